"""The caption as a form: every field as text, what is wrong beside it, and the caption it makes."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from django.http import QueryDict
from pydantic import ValidationError

from cluster_feed.core import complaint
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.labels import Key, UnclearError, caption_of, meaning, said_in
from cluster_feed.core.vocabulary import (
    LANGUAGES,
    Consent,
    DigitalSource,
    Genre,
    InformationClass,
    NewsroomClass,
    RepublishBasis,
    Term,
    Theme,
)

_TEXTS: Final = ("title", "description", "alt_text")
_LANGUAGES: Final = {
    "vi": Bilingual("Tiếng Việt", "Vietnamese"),
    "en": Bilingual("Tiếng Anh", "English"),
    "lo": Bilingual("Tiếng Lào", "Lao"),
}
_CHECKED: Final = ("no_state_secrets", "vietnam_vn", "licence_granted")
_BROADCAST: Final = ("broadcast_on", "channel", "programme")
_PLAIN: Final = (
    *("genre", "information_class", "language", "digital_source", "creator", "contributors"),
    *("rights_holder", "usage_terms", "rights_until", "consent"),
    *("republish_basis", "agreement", "places", "created_on", *_BROADCAST),
    *("valid_from", "valid_until"),
)
_DAY_NEEDED: Final = Bilingual(
    "ghi cả ngày phát sóng, nếu không kênh và chương trình sẽ không được lưu",
    "give the broadcast date too, or channel and programme are not kept",
)
LABELS: Final = {
    "title": Bilingual("Tiêu đề", "Title"),
    "description": Bilingual("Mô tả", "Description"),
    "alt_text": Bilingual("Văn bản thay thế", "Alt text"),
    "themes": Bilingual("Chủ đề (nhiều nhất 3)", "Themes (at most 3)"),
    "genre": Bilingual("Thể loại", "Genre"),
    "information_class": Bilingual("Loại thông tin", "Information class"),
    "language": Bilingual("Ngôn ngữ của lời", "Spoken language"),
    "creator": Bilingual("Tác giả", "Creator"),
    "contributors": Bilingual("Cộng tác", "Contributors"),
    "rights_holder": Bilingual("Chủ sở hữu quyền", "Rights holder"),
    "usage_terms": Bilingual("Điều kiện sử dụng", "Usage terms"),
    "rights_until": Bilingual("Hết hạn quyền (nếu có)", "Rights end on (if they do)"),
    "consent": Bilingual("Người trong hình đồng ý", "Consent of those shown"),
    "digital_source": Bilingual("Nguồn số", "Digital source"),
    "republish_basis": Bilingual("Căn cứ phát lại", "Republish basis"),
    "agreement": Bilingual("Số văn bản thỏa thuận", "Reference of the agreement"),
    "places": Bilingual("Địa danh", "Places"),
    "created_on": Bilingual("Ngày sản xuất", "Day of production"),
    "broadcast_on": Bilingual("Ngày phát sóng", "Broadcast date"),
    "channel": Bilingual("Kênh", "Channel"),
    "programme": Bilingual("Chương trình", "Programme"),
    "valid_from": Bilingual("Phát từ ngày", "Shown from"),
    "valid_until": Bilingual("Phát đến hết ngày", "Shown until"),
    "no_state_secrets": Bilingual(
        "Cam kết nội dung không chứa bí mật nhà nước", "It holds no state secret: I declare so"
    ),
    "vietnam_vn": Bilingual("Đề xuất đăng Vietnam.vn", "Propose it for Vietnam.vn"),
    "licence_granted": Bilingual(
        "Chủ sở hữu quyền cho phép Bộ Văn hóa, Thể thao và Du lịch đăng tải, khai thác trên "
        "Vietnam.vn",
        "The rights holder lets the Ministry publish and use it on Vietnam.vn",
    ),
}
_HINTS: Final = {
    "alt_text": Bilingual(
        "Tả điều nhìn thấy, cho người không xem được hình.",
        "What is to be seen, for who cannot see it.",
    ),
    "places": Bilingual("Cách nhau bằng dấu chấm phẩy.", "Separated by semicolons."),
    "contributors": Bilingual("Cách nhau bằng dấu chấm phẩy.", "Separated by semicolons."),
    "language": Bilingual(
        "Ví dụ: tiếng Việt, tiếng Lào; không có ai nói thì ghi: không lời.",
        "For example: Vietnamese, Lao; no speech where nobody speaks.",
    ),
}
_DATES: Final = frozenset(
    {"created_on", "broadcast_on", "valid_from", "valid_until", "rights_until"}
)
_CHOICES: Final[Mapping[str, type[Term]]] = {
    "genre": Genre,
    "information_class": InformationClass,
    "republish_basis": RepublishBasis,
    "consent": Consent,
    "digital_source": DigitalSource,
}
_OF_BROADCAST: Final = {"broadcast": "broadcast_on", "on": "broadcast_on"}


class Field(NamedTuple):
    """One field as the page shows it."""

    name: str
    label: Bilingual
    written: str
    error: Bilingual | None
    missing: bool
    """Needed before the asset may enter an edition."""
    for_portal: bool
    """Needed before it may be given to Vietnam.vn."""
    hint: Bilingual | None = None
    choices: tuple[Any, ...] = ()
    form: str = "text"
    language: str = ""

    @property
    def checked(self) -> bool:
        """Whether a box is ticked."""
        return self.written == "on"


class Otherwise(NamedTuple):
    """A field, and what is on record there."""

    field: Field
    saved: Bilingual


class Tab(NamedTuple):
    """The texts in one language."""

    code: str
    label: Bilingual
    fields: tuple[Field, ...]
    chosen: bool

    @property
    def open_points(self) -> int:
        """How many of its fields still lack something."""
        return sum(bool(each.missing or each.for_portal or each.error) for each in self.fields)


class CaptionForm:
    """A caption being written."""

    def __init__(self, said: Caption, newsroom: NewsroomClass, kind: Kind) -> None:
        """Begin with a caption as it is."""
        self.errors: dict[str, Bilingual] = {}
        self._said, self._newsroom, self._kind = said, newsroom, kind
        self._written = dict(_as_written(said))
        self._posted = False
        self.otherwise: list[Otherwise] = []
        """What another person saved meanwhile, where it is not what is written here."""
        self._languages = list(dict.fromkeys((*_LANGUAGES, *sorted(said.words))))

    def take(self, posted: QueryDict) -> Caption | None:
        """Read what was posted; None: something is wrong, `errors` says what."""
        self._written = {
            name: "; ".join(posted.getlist(name)) if name == "themes" else posted.get(name, "")
            for name in (*self._names(), *_PLAIN, *_CHECKED, "themes")
        }
        self._posted = True
        said = dict(self._meant())
        try:
            caption = caption_of(said)
        except ValidationError as error:
            wrong = complaint.first_of(Caption, error)
            field = str(next((each for each in reversed(wrong.place) if isinstance(each, str)), ""))
            self.errors.setdefault(_OF_BROADCAST.get(field, field), wrong.advice)
        return None if self.errors else caption

    def beside(self, saved: Caption, said: Caption) -> None:
        """Keep what is written here, and say what another person saved where that differs."""
        self._said = saved
        theirs, own = dict(_as_written(saved)), dict(_as_written(said))
        names = (*self._names(), "themes", *_PLAIN, *_CHECKED)
        self.otherwise = [
            Otherwise(self._field(name), _told(name, theirs.get(name, "")))
            for name in names
            if theirs.get(name) != own.get(name)
        ]

    def refuse(self, field: str, why: Bilingual) -> None:
        """Say at a field why the caption was not taken."""
        self.errors[field] = why

    def _meant(self) -> Iterator[tuple[Key, Any]]:
        for name in (*self._names(), *_PLAIN, "themes"):
            field, _, language = name.partition("-")
            if written := self._written[name].strip():
                try:
                    yield (field, language), meaning(field, written)
                except UnclearError as error:
                    self.errors[name] = error.says
        for name in _CHECKED:
            yield (name, ""), self._written[name] == "on"
        if self._written["broadcast_on"].strip():
            blank = (each for each in _BROADCAST if not self._written[each].strip())
            yield from (((each, ""), "") for each in blank)
        elif any(self._written[each].strip() for each in _BROADCAST):
            self.errors["broadcast_on"] = _DAY_NEEDED

    def _names(self) -> list[str]:
        return [f"{field}-{language}" for language in self._languages for field in _TEXTS]

    # -- as the page shows it

    @property
    def tabs(self) -> list[Tab]:
        """The texts, a tab a language; the one with something wrong in it is open."""
        wrong = [name.partition("-")[2] for name in self.errors if "-" in name]
        first = wrong[0] if wrong else "vi"
        return [
            Tab(
                code,
                _LANGUAGES.get(code, Bilingual(code, code)),
                tuple(self._field(f"{field}-{code}") for field in _TEXTS),
                code == first,
            )
            for code in self._languages
        ]

    def __getitem__(self, name: str) -> Field:
        """Find a field for a template: `form.creator`."""
        if name not in LABELS:
            raise KeyError(name)
        return self._field(name)

    @property
    def open_fields(self) -> list[Field]:
        """What the caption on record still lacks for an edition, in the form's order."""
        return [each for each in self._fields() if each.missing]

    @property
    def open_for_portal(self) -> list[Field]:
        """What it lacks for Vietnam.vn beyond that, where it is proposed."""
        return [each for each in self._fields() if each.for_portal]

    def _fields(self) -> Iterator[Field]:
        return map(self._field, (*self._names(), "themes", *_PLAIN, *_CHECKED))

    def _field(self, name: str) -> Field:
        field, _, language = name.partition("-")
        needed = {_where(each) for each in self._said.missing(self._newsroom, self._kind)}
        portal = {
            _where(each) for each in self._said.missing_for_portal(self._newsroom, self._kind)
        }
        terms = _CHOICES.get(name)
        return Field(
            name,
            LABELS[field],
            self._written.get(name, ""),
            self.errors.get(name),
            name in needed and not (self._posted and self._written.get(name, "").strip()),
            name in portal - needed and self._said.vietnam_vn,
            _HINTS.get(field),
            tuple(Theme) if name == "themes" else tuple(terms or ()),
            "date" if name in _DATES else "text",
            language,
        )

    @property
    def themes_written(self) -> list[str]:
        """The themes that are ticked."""
        return self._written.get("themes", "").split("; ")


def _told(name: str, written: str) -> Bilingual:
    """Say a field's words as a person reads them."""
    terms: type[Term] | None = Theme if name == "themes" else _CHOICES.get(name)
    if terms and written:
        said = written.split("; ")
        labels = [each.label for each in tuple(terms) if each.value in said]
        return Bilingual(
            "; ".join(each.vi for each in labels), "; ".join(each.en for each in labels)
        )
    if name in _CHECKED:
        return Bilingual("có", "yes") if written else Bilingual("không", "no")
    return Bilingual(f"“{written}”", f"“{written}”") if written else Bilingual("trống", "empty")


def _where(missing: Missing) -> str:
    """Name the field of the form in which something is missing."""
    field, _, language = missing.value.removesuffix(")").partition(" (")
    if missing is Missing.BROADCAST:
        return "broadcast_on"
    return f"{field}-{language or 'vi'}" if field in _TEXTS else field


def _as_written(said: Caption) -> Iterator[tuple[str, str]]:
    for (field, language), value in said_in(said).items():
        name = f"{field}-{language}" if language else field
        if isinstance(value, bool):
            yield name, "on"
        elif isinstance(value, tuple):
            yield name, "; ".join(value)
        elif isinstance(value, date):
            yield name, f"{value:%d/%m/%Y}"
        elif name == "language" and value in LANGUAGES:
            yield name, LANGUAGES[value].vi
        else:
            yield name, str(value)
