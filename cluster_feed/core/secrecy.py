"""Markings of state secrets: MẬT, TỐI MẬT, TUYỆT MẬT (Law 117/2025/QH15).

The product must never carry secret material, so a doubtful marking refuses the file: a person can
rename a file, nobody can call a secret back.  But `mật` is also honey, density and a part of many
everyday compounds; those are let through.
"""

import re

from cluster_feed.core.value import nfc

_GAP = r"[\s_.\-]*"
_GRADE = re.compile(rf"(?<![^\W_])(?:tuyệt|tối){_GAP}mật(?![^\W_])", re.IGNORECASE)
_GRADE_WITHOUT_ACCENTS = re.compile(rf"(?<![^\W_])(?:tuyet|toi){_GAP}mat(?![^\W_])", re.IGNORECASE)
_LABELLED = re.compile(r"độ\s+mật\s*[:=–-]+\s*mật(?![^\W_])", re.IGNORECASE)
_STAMP = re.compile(r"(?<![^\W_])MẬT(?![^\W_])")

_COMPOUND_BEFORE = re.compile(
    r"(?<![^\W_])(?:bí|bảo|thân|chi|đường|tuần|trăng|rỉ|cẩn)[\s_\-]+$", re.IGNORECASE
)
_COMPOUND_AFTER = re.compile(
    r"[\s_\-]+(?:ong|độ|khẩu|mã|thiết|ngọt|hoa|gấu|mía|nghị|tông)(?![^\W_])", re.IGNORECASE
)


def marking(text: str) -> str | None:
    """Find a secrecy marking in a name, a caption or embedded metadata.

    The two higher grades count in any case and, since file names often lose their accents, also
    without them.  MẬT alone counts only in capitals, as it is stamped.
    """
    text = nfc(text).replace("\N{NO-BREAK SPACE}", " ")
    for pattern in (_GRADE, _GRADE_WITHOUT_ACCENTS, _LABELLED):
        if found := pattern.search(text):
            return found.group()
    for stamp in _STAMP.finditer(text):
        in_compound = _COMPOUND_BEFORE.search(text[: stamp.start()]) or _COMPOUND_AFTER.match(
            text[stamp.end() :]
        )
        if not in_compound:
            return stamp.group()
    return None
