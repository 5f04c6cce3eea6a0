"""The words by which people name a caption's fields, and what they mean by what they write there.

A newsroom writes "Tiêu đề", "TIEU DE (en)" or "title"; "Du lịch; OCOP"; "25/11/2026"; "có".
Case, accents, punctuation and underscores make no difference.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeVar

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Broadcast, Caption, Words
from cluster_feed.core.value import nfc
from cluster_feed.core.vocabulary import (
    Consent,
    DigitalSource,
    Genre,
    InformationClass,
    RepublishBasis,
    Term,
    Theme,
)

Key = tuple[str, str]
"""A caption's field, and the language of its text where it has one: `("title", "lo")`."""

Said = Mapping[Key, Any]
"""What one source says of an asset, field by field; what it leaves blank it does not say."""

FILE: Final = "file"
"""The column that names the file."""

TermT = TypeVar("TermT", bound=Term)


class UnclearError(ValueError):
    """What somebody wrote cannot be what the field needs; `says` tells what to write."""

    def __init__(self, says: Bilingual) -> None:
        """Keep both sentences."""
        super().__init__(says.en)
        self.says: Final = says


def fold(text: str) -> str:
    """Reduce to plain lower-case words: "Chủ đề", "CHU_DE" and "chu-de" are the same."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", letters.replace("_", " ")))


def clean(text: str) -> str:
    """Make text safe to keep: NFC, no control characters, no halves of surrogate pairs."""
    text = text.encode("utf-8", "replace").decode().replace("\r\n", "\n")
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return nfc("".join(kept)).strip()


_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("Tiêu đề", "title", "headline"),
    "description": ("Mô tả", "Chú thích", "description", "caption"),
    "alt_text": ("Văn bản thay thế", "alt text", "alt"),
}
"""The fields that exist once in each language."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    FILE: ("Tệp", "Tên tệp", "Tệp tin", "Tên file", "file", "file name", "filename"),
    "themes": ("Chủ đề", "Mã chủ đề", "themes", "theme"),
    "genre": ("Thể loại", "Loại hình", "genre"),
    "information_class": ("Loại thông tin", "information class"),
    "language": ("Ngôn ngữ", "Ngôn ngữ của lời", "language", "spoken language"),
    "creator": ("Tác giả", "Người tạo", "creator", "author"),
    "contributors": ("Cộng tác", "Người cộng tác", "Cộng tác viên", "contributors", "contributor"),
    "rights_holder": ("Bản quyền", "Chủ sở hữu quyền", "rights holder", "copyright"),
    "usage_terms": ("Điều kiện sử dụng", "usage terms"),
    "licence_granted": (
        *("Cho phép Bộ sử dụng", "Cho phép sử dụng", "Cấp phép cho Bộ VHTTDL"),
        *("licence granted", "licence", "license"),
    ),
    "rights_until": ("Hết hạn quyền", "Hạn quyền sử dụng", "rights until"),
    "consent": ("Đồng ý hình ảnh", "Sự đồng ý của người trong hình", "consent"),
    "digital_source": ("Nguồn số", "Nguồn hình ảnh", "digital source"),
    "republish_basis": ("Căn cứ phát lại", "republish basis"),
    "agreement": ("Số văn bản thỏa thuận", "Văn bản thỏa thuận", "Thỏa thuận", "agreement"),
    "places": ("Địa danh", "Địa điểm", "places", "place"),
    "created_on": ("Ngày tạo", "Ngày quay", "Ngày chụp", "created on", "date created"),
    "broadcast_on": ("Ngày phát sóng", "broadcast date", "broadcast on"),
    "channel": ("Kênh", "Kênh phát sóng", "channel", "broadcast channel"),
    "programme": ("Chương trình", "Chuyên mục", "Nguồn, chuyên mục", "programme", "program"),
    "no_state_secrets": (
        *("Cam kết bí mật", "Cam kết không chứa bí mật nhà nước"),
        *("Không chứa bí mật nhà nước", "no state secrets"),
    ),
    "valid_from": ("Phát từ ngày", "valid from"),
    "valid_until": ("Phát đến ngày", "Hạn phát", "valid until"),
    "vietnam_vn": ("Đề xuất Vietnam.vn", "Vietnam.vn", "vietnam_vn"),
}

_LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "vi": ("Việt", "Vietnamese"),
    "en": ("Anh", "English"),
    "lo": ("Lào", "Lao"),
    "zh": ("Trung", "Trung Quốc", "Hoa", "Chinese"),
    "ko": ("Hàn", "Hàn Quốc", "Korean"),
    "fr": ("Pháp", "French"),
    "th": ("Thái", "Thái Lan", "Thai"),
    "km": ("Khmer", "Campuchia"),
    "ja": ("Nhật", "Nhật Bản", "Japanese"),
    "ru": ("Nga", "Russian"),
    "bru": ("Bru Vân Kiều", "Vân Kiều"),
    "zxx": ("không lời", "không có lời", "no speech"),
}

_LABELS = {**_WORDS, **_FIELDS}
_BY_LABEL = {fold(label): name for name, labels in _LABELS.items() for label in labels}
_BY_LANGUAGE = {
    fold(spoken): code
    for code, names in _LANGUAGES.items()
    for name in names
    for spoken in (code, name, f"tiếng {name}")
}
_TAG = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


def field_called(label: str) -> Key | None:
    """Find the field that a label means: "Tiêu đề (tiếng Lào)", "words.lo.title"; None: none."""
    words = fold(label)
    for plain in (words, words.removeprefix("words "), words.removeprefix("broadcast ")):
        if name := _BY_LABEL.get(plain):
            return (name, "vi") if name in _WORDS else (name, "")
        if named := _with_language(plain.split()):
            return named
    return None


def _with_language(words: list[str]) -> Key | None:
    for cut in range(1, len(words)):
        first, last = " ".join(words[:cut]), " ".join(words[cut:])
        for label, language in ((first, last), (last, first)):
            name = _BY_LABEL.get(label, "")
            if name in _WORDS and language in _BY_LANGUAGE:
                return name, _BY_LANGUAGE[language]
    return None


def nearest_label(label: str) -> str | None:
    """Guess which label a misspelt one was to be; None: it is about something else."""
    labels = [each for names in _LABELS.values() for each in names]
    near = difflib.get_close_matches(fold(label), [fold(each) for each in labels], 1, 0.8)
    return next((each for each in labels if near and fold(each) == near[0]), None)


def meaning(name: str, written: object) -> Any:  # noqa: ANN401  each field has its own type
    """Read what somebody wrote in a field, not blank; UnclearError where it cannot be that."""
    return _READERS[name](written)


def as_text(written: object) -> str:
    """Give what a cell holds as a person reads it."""
    if isinstance(written, datetime | date):
        return written.strftime("%d/%m/%Y")
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    return clean(str(written))


def _line(written: object) -> str:
    return _no_longer_than(300, " ".join(as_text(written).split()))


def _prose(written: object) -> str:
    return _no_longer_than(5000, as_text(written))


def _no_longer_than(most: int, text: str) -> str:
    if len(text) > most:
        raise UnclearError(
            Bilingual(
                f"dài {len(text)} ký tự, nhiều nhất là {most}",
                f"{len(text)} characters long, at most {most} are allowed",
            )
        )
    return text


_DATES = (
    re.compile(r"^(?P<day>\d{1,2})\s*[/.\-]\s*(?P<month>\d{1,2})\s*[/.\-]\s*(?P<year>\d{4})$"),
    re.compile(r"^(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ]00:00(?::00)?)?$"),
    re.compile(r"^(?:ngay )?(?P<day>\d{1,2}) thang (?P<month>\d{1,2}) nam (?P<year>\d{4})$"),
)


def _date(written: object) -> date:
    if isinstance(written, datetime):
        return written.date()
    if isinstance(written, date):
        return written
    text = as_text(written)
    for pattern in _DATES:
        if found := pattern.match(text) or pattern.match(fold(text)):
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                break
    raise UnclearError(
        Bilingual(
            f"“{text[:40]}” không phải là ngày; hãy viết ngày/tháng/năm, ví dụ 25/11/2026",
            f"“{text[:40]}” is no date; write day/month/year, as in 25/11/2026",
        )
    )


_YES = {"co", "x", "yes", "y", "true", "1", "dung", "dong y", "cam ket", "da cam ket", "v"} | {
    "khong chua bi mat nha nuoc",
    "cam ket khong chua bi mat nha nuoc",
}
_NO = {"khong", "no", "n", "false", "0", "chua", "khong cam ket"}


def _yes_or_no(written: object) -> bool:
    text = as_text(written)
    if fold(text) in _YES or text in {"✓", "✔", "☑"}:
        return True
    if fold(text) in _NO:
        return False
    raise UnclearError(
        Bilingual(
            f"“{text[:40]}” chưa rõ; hãy viết “có” hoặc “không”",
            f"“{text[:40]}” is not clear; write “yes” or “no”",
        )
    )


def _language(written: object) -> str:
    text = as_text(written)
    if code := _BY_LANGUAGE.get(fold(text)):
        return code
    if _TAG.match(text):
        return text
    raise UnclearError(
        Bilingual(
            f"không rõ ngôn ngữ “{text[:40]}”; hãy viết một ngôn ngữ: vi, en, lo, … "
            "(zxx nếu không có lời)",
            f"“{text[:40]}” is no language; write one: vi, en, lo, … (zxx where nobody speaks)",
        )
    )


def _several(written: object) -> tuple[str, ...]:
    """Take names separated by semicolons, each on one line, each once."""
    names = (_line(name) for name in re.split(r"[;\n]", as_text(written)))
    return tuple(dict.fromkeys(name for name in names if name))


def _names_of(terms: type[TermT]) -> dict[str, TermT]:
    """Every unmistakable way to write a term: its code, its labels, a part of a label."""
    names: dict[str, TermT] = {}
    parts: list[tuple[str, TermT]] = []
    for term in terms:
        names |= {fold(written): term for written in (term.value, *term.label)}
        parts += [(fold(part), term) for part in re.split(r"[;,–]", term.label.vi)]
    for part, term in parts:
        if part not in names and {each for name, each in parts if name == part} == {term}:
            names[part] = term
    return names


def _read_terms(terms: type[TermT]) -> Callable[[object], tuple[TermT, ...]]:
    names = _names_of(terms)

    def read(written: object) -> tuple[TermT, ...]:
        """Take terms separated by ; or , which labels themselves contain: longest first."""
        pieces = [piece for piece in re.split(r"[;,\n|]", as_text(written)) if piece.strip()]
        found: list[TermT] = []
        while pieces:
            for end in range(len(pieces), 0, -1):
                if term := names.get(fold(" ".join(pieces[:end]))):
                    found.append(term)
                    del pieces[:end]
                    break
            else:
                raise UnclearError(_unknown_term(pieces[0], terms))
        return tuple(dict.fromkeys(found))

    return read


def _unknown_term(piece: str, terms: type[Term]) -> Bilingual:
    known = {fold(written): term for term in terms for written in (term.value, *term.label)}
    near = difflib.get_close_matches(fold(piece), known, 1, 0.7)
    advice = [known[near[0]]] if near else list(terms)
    codes = ", ".join(advice)
    return Bilingual(
        f"không có “{piece.strip()[:40]}”; hãy viết: {codes}",
        f"there is no “{piece.strip()[:40]}”; write: {codes}",
    )


def _one(read: Callable[[object], tuple[TermT, ...]]) -> Callable[[object], TermT]:
    def read_one(written: object) -> TermT:
        found = read(written)
        if len(found) != 1:
            raise UnclearError(Bilingual("chỉ được ghi một mục", "only one may be given"))
        return found[0]

    return read_one


_MOST_THEMES = 3


def _themes(written: object) -> tuple[Theme, ...]:
    found = _read_themes(written)
    if len(found) > _MOST_THEMES:
        raise UnclearError(
            Bilingual(
                f"có {len(found)} chủ đề, nhiều nhất là {_MOST_THEMES}",
                f"{len(found)} themes, at most {_MOST_THEMES} are allowed",
            )
        )
    return found


_read_themes = _read_terms(Theme)

_READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "title": _line,
    "description": _prose,
    "alt_text": _prose,
    FILE: as_text,
    "themes": _themes,
    "genre": _one(_read_terms(Genre)),
    "information_class": _one(_read_terms(InformationClass)),
    "language": _language,
    "creator": _line,
    "rights_holder": _line,
    "contributors": _several,
    "usage_terms": _prose,
    "licence_granted": _yes_or_no,
    "rights_until": _date,
    "consent": _one(_read_terms(Consent)),
    "digital_source": _one(_read_terms(DigitalSource)),
    "republish_basis": _one(_read_terms(RepublishBasis)),
    "agreement": _line,
    "places": _several,
    "created_on": _date,
    "broadcast_on": _date,
    "channel": _line,
    "programme": _line,
    "no_state_secrets": _yes_or_no,
    "valid_from": _date,
    "valid_until": _date,
    "vietnam_vn": _yes_or_no,
}

_BROADCAST = {"broadcast_on": "on", "channel": "channel", "programme": "programme"}


def caption_of(said: Said) -> Caption:
    """Make a caption of what was said; a broadcast counts once all three of its facts are known."""
    words: dict[str, dict[str, str]] = {}
    plain: dict[str, Any] = {}
    broadcast: dict[str, Any] = {}
    subtitles: dict[str, Any] = {}
    for (name, language), value in said.items():
        if name == Caption.SUBTITLES:
            subtitles[language] = value
        elif language:
            words.setdefault(language, {})[name] = value
        elif name in _BROADCAST:
            broadcast[_BROADCAST[name]] = value
        else:
            plain[name] = value
    return Caption(
        words={language: Words(**texts) for language, texts in words.items()},
        broadcast=Broadcast(**broadcast) if len(broadcast) == len(_BROADCAST) else None,
        subtitles=subtitles,
        **plain,
    )


def said_in(caption: Caption) -> Said:
    """Take a caption apart again, field by field, without what it leaves blank."""
    return {key: value for key, value in _all_in(caption) if value not in ("", None, (), False)}


def _all_in(caption: Caption) -> Iterator[tuple[Key, Any]]:
    for language, words in caption.words.items():
        for name in _WORDS:
            yield (name, language), getattr(words, name)
    for language, cues in caption.subtitles.items():
        yield (Caption.SUBTITLES, language), cues
    for name in Caption.model_fields:
        if name not in {"words", "broadcast", Caption.SUBTITLES}:
            yield (name, ""), getattr(caption, name)
    if caption.broadcast:
        for name, fact in _BROADCAST.items():
            yield (name, ""), getattr(caption.broadcast, fact)
