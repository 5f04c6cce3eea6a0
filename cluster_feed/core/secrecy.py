"""Markings of state secrets: MẬT, TỐI MẬT, TUYỆT MẬT (Law 117/2025/QH15).

The product must never carry secret material, so a doubtful marking refuses the file: a person can
rename a file, nobody can call a secret back.  But `mật` is also honey, density and a part of many
everyday compounds; those are let through.
"""

import re
import unicodedata
from typing import Final

_LETTER: Final = r"[^\W\d_]"
_GAP: Final = r"(?:\s+|[_.+\-–—]{1,3}|)"
_WORD: Final = r"(?:mật|mât|mat|maät|mËt)"
"""With its marks, without some or all, in VNI and in TCVN3, as old machines still write it."""

_NOT_HONEY: Final = r"(?![\s_-]+(?:ong|độ(?!\s+khẩn))(?![^\W\d_]))"
"""“Buổi tối mật độ xe tăng” is about traffic; “TỐI MẬT ĐỘ KHẨN” is a stamp and its urgency."""

_GRADES: Final = (
    re.compile(rf"(?:tuyệt|tối){_GAP}mật{_NOT_HONEY}", re.IGNORECASE),
    re.compile(
        rf"(?<!{_LETTER})(?:tuyệt|tuyêt|tuyet|tuyeät|tuyÖt|tối|toi|toái|tèi){_GAP}{_WORD}"
        rf"(?!{_LETTER}){_NOT_HONEY}(?!\s+ong)",
        re.IGNORECASE,
    ),
    re.compile(r"(?:Tuyet|Toi)Mat(?![a-z])"),
)
_LABELLED: Final = re.compile(
    rf"(?<!{_LETTER})[đðd][ộo][\s_]+{_WORD}\s*(?:[:=–—-]+|là)\W*{_WORD}(?!{_LETTER})",
    re.IGNORECASE,
)
_BRACKETED: Final = re.compile(r"[\[({<]\s*(?:MAT|Mat|[mM]ật)\s*[\])}>]")
_ALONE: Final = re.compile(r"\W*mật\W*", re.IGNORECASE)

_STAMP: Final = re.compile(r"MẬT|MÂT|MAÄT|MËT|M[\s.]{1,3}Ậ[\s.]{1,3}T")
_COMPOUND_BEFORE: Final = re.compile(
    rf"(?<!{_LETTER})(?:BÍ|BẢO|THÂN|TRĂNG|RỈ|CẨN)(?:[^\S\n]+|[_-]|)\Z"
)
_COMPOUND_AFTER: Final = re.compile(
    r"(?:[^\S\n]+|[_-]|)"
    r"(?:ONG|ĐỘ(?!\s+KHẨN)|KHẨU(?!\s+HIỆU)|MÃ(?!\s+(?:SỐ|HIỆU))|THIẾT(?!\s+(?:KẾ|BỊ|LẬP))"
    r"|NGỌT|HOA(?!\s+KỲ)|GẤU|MÍA|TÔNG)"
    rf"(?!{_LETTER})"
)
_LONGEST_BEFORE: Final = 16
"""More characters than any compound's first word and the space after it take."""


def marking(text: str) -> str | None:
    """Find a secrecy marking in a name, a caption or embedded metadata.

    The two higher grades count in any case and, since file names often lose their accents, also
    without them.  MẬT counts in capitals, as it is stamped, unless it is a part of a compound in
    capitals; in any case it counts in brackets, after “độ mật:”, and where it is the whole text.
    """
    text = _plain(text)
    for pattern in (*_GRADES, _LABELLED, _BRACKETED):
        if found := pattern.search(text):
            return found.group()
    if _ALONE.fullmatch(text):
        return text.strip()
    for stamp in _STAMP.finditer(text):
        before = text[max(0, stamp.start() - _LONGEST_BEFORE) : stamp.start()]
        if not (_COMPOUND_BEFORE.search(before) or _COMPOUND_AFTER.match(text, stamp.end())):
            return stamp.group()
    return None


def _plain(text: str) -> str:
    """Undo what the eye does not see: decomposed marks, wide letters, invisible characters."""
    return "".join(
        each
        for each in unicodedata.normalize("NFKC", text)
        if unicodedata.category(each) not in {"Cf", "Cc"} or each in "\n\t\r"
    )
