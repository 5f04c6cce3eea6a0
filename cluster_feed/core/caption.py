"""Editorial metadata: what a newsroom says of an asset, and when it is complete."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.collation import same_words
from cluster_feed.core.value import Value, check_days, nfc, written_as
from cluster_feed.core.vocabulary import (
    Consent,
    DigitalSource,
    Genre,
    InformationClass,
    NewsroomClass,
    RepublishBasis,
    Theme,
)

Language = Annotated[
    str,
    written_as(
        r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*",
        "mã ngôn ngữ, ví dụ vi, en, lo",
        "a language tag such as vi, en or lo",
    ),
]
"""A BCP 47 tag: `vi`, `en`, `lo`, `bru`."""

_UNSEEN: Final = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
"""Unicode's embeddings, overrides and isolates (UAX 9), and the mark at the head of a file."""


def _on_one_line(text: str) -> str:
    return " ".join(_writable(text).split())


def _writable(text: str) -> str:
    """Compose it and drop what no reader sees: control characters and orders to write backwards.

    Neither XML nor PostgreSQL can hold the former; the latter show a text otherwise than it is.
    """
    kept = (each for each in nfc(text) if each in "\n\t" or unicodedata.category(each) != "Cc")
    return _UNSEEN.sub("", "".join(kept)).strip()


_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
# Measured after composing, which can make a text longer.
Line = Annotated[_Text, AfterValidator(_on_one_line), Field(max_length=300)]
Prose = Annotated[_Text, AfterValidator(_writable), Field(max_length=5000)]


class Words(Value):
    """What is said of an asset in one language."""

    title: Line = ""
    description: Prose = ""
    alt_text: Prose = ""


class Broadcast(Value):
    """Where and when the broadcaster aired it."""

    on: date
    channel: Line
    programme: Line

    @property
    def proven(self) -> bool:
        """Whether it names the channel and the programme as well as the day."""
        return bool(self.channel and self.programme)


class Missing(StrEnum):
    """What a caption still lacks, in the field's own name."""

    TITLE = "title"
    DESCRIPTION = "description"
    ALT_TEXT = "alt_text"
    THEMES = "themes"
    INFORMATION_CLASS = "information_class"
    LANGUAGE = "language"
    CREATOR = "creator"
    RIGHTS_HOLDER = "rights_holder"
    REPUBLISH_BASIS = "republish_basis"
    AGREEMENT = "agreement"
    SECRECY_DECLARATION = "no_state_secrets"
    BROADCAST = "broadcast"
    ENGLISH_TITLE = "title (en)"
    ENGLISH_ALT_TEXT = "alt_text (en)"
    USAGE_TERMS = "usage_terms"
    CREATED_ON = "created_on"
    LICENCE = "licence_granted"
    RIGHTS = "rights_until"

    @property
    def label(self) -> Bilingual:
        """The field as people call it."""
        return _LABELS[self]


_LABELS = {
    Missing.TITLE: Bilingual("tiêu đề tiếng Việt", "title in Vietnamese"),
    Missing.DESCRIPTION: Bilingual("mô tả tiếng Việt", "description in Vietnamese"),
    Missing.ALT_TEXT: Bilingual("văn bản thay thế của ảnh", "alt text of the photo"),
    Missing.THEMES: Bilingual("chủ đề", "themes"),
    Missing.INFORMATION_CLASS: Bilingual("loại thông tin", "information class"),
    Missing.LANGUAGE: Bilingual("ngôn ngữ của lời", "spoken language"),
    Missing.CREATOR: Bilingual("tác giả", "creator"),
    Missing.RIGHTS_HOLDER: Bilingual("chủ sở hữu quyền", "rights holder"),
    Missing.REPUBLISH_BASIS: Bilingual("căn cứ phát lại", "republish basis"),
    Missing.AGREEMENT: Bilingual("số văn bản thỏa thuận", "reference of the agreement"),
    Missing.SECRECY_DECLARATION: Bilingual(
        "cam kết không chứa bí mật nhà nước", "declaration that it holds no state secret"
    ),
    Missing.BROADCAST: Bilingual(
        "ngày phát sóng, kênh, chương trình", "broadcast date, channel and programme"
    ),
    Missing.ENGLISH_TITLE: Bilingual("tiêu đề tiếng Anh", "title in English"),
    Missing.ENGLISH_ALT_TEXT: Bilingual("văn bản thay thế tiếng Anh", "alt text in English"),
    Missing.USAGE_TERMS: Bilingual("điều kiện sử dụng", "usage terms"),
    Missing.CREATED_ON: Bilingual("ngày sản xuất", "day of production"),
    Missing.LICENCE: Bilingual("cho phép Bộ sử dụng", "licence to the Ministry"),
    Missing.RIGHTS: Bilingual("quyền sử dụng còn hạn", "rights that are not over"),
}


class Cue(Value):
    """What is to be read in a clip, from when to when in its own seconds."""

    from_seconds: float = Field(ge=0)
    to_seconds: float = Field(gt=0)
    text: Annotated[_Text, AfterValidator(_writable), Field(min_length=1, max_length=400)]

    @property
    def span(self) -> tuple[float, float]:
        """Both ends."""
        return self.from_seconds, self.to_seconds


_OF_THE_STORY = (
    "themes",
    "genre",
    "information_class",
    "language",
    "creator",
    "contributors",
    "rights_holder",
    "usage_terms",
    "rights_until",
    "consent",
    "digital_source",
    "places",
    "created_on",
    "broadcast",
)
_TOGETHER = (("republish_basis", "agreement"), ("valid_from", "valid_until"))
"""What is taken both or not at all."""


class Caption(Value):
    """What a newsroom, and after it the department, says of an asset.

    `words` maps a language to its texts; Vietnamese is the one that must be there.  `language` is
    what is spoken in a clip, `zxx` where nobody speaks.  `vietnam_vn` proposes the asset for the
    national portal; `licence_granted` lets the Ministry publish it there, until `rights_until`
    where the rights end.  `valid_until` is the last day on which a screen may show it.
    """

    words: dict[Language, Words] = Field(default_factory=dict)
    themes: tuple[Theme, ...] = Field(default=(), max_length=3)
    genre: Genre | None = None
    information_class: InformationClass | None = None
    language: Language | None = None
    creator: Line = ""
    contributors: tuple[Line, ...] = ()
    rights_holder: Line = ""
    usage_terms: Prose = ""
    licence_granted: bool = False
    rights_until: date | None = None
    consent: Consent | None = None
    digital_source: DigitalSource | None = None
    republish_basis: RepublishBasis | None = None
    agreement: Line = ""
    places: tuple[Line, ...] = ()
    created_on: date | None = None
    broadcast: Broadcast | None = None
    no_state_secrets: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    vietnam_vn: bool = False
    subtitles: dict[Language, tuple[Cue, ...]] = Field(default_factory=dict)
    """What is said in a clip, to be read on it; by language, each in the order of time."""

    SUBTITLES: ClassVar = "subtitles"

    @property
    def title(self) -> str:
        """The Vietnamese title, or nothing yet."""
        return self.in_language("vi").title

    def in_language(self, language: Language) -> Words:
        """The texts in a language, empty ones where nobody has written them."""
        return self.words.get(language, Words())

    @model_validator(mode="after")
    def _shown_some_day(self) -> Self:
        check_days(self.valid_from, self.valid_until)
        return self

    def filled_from(self, other: Self) -> Self:
        """Take from the caption of what an asset replaces all of which its own says nothing.

        Not its subtitles, whose times are the other's, nor its declaration and its licence:
        somebody gives those of what they have seen.
        """
        filled = {
            name: getattr(other, name)
            for name in _OF_THE_STORY
            if not getattr(self, name) and getattr(other, name)
        }
        for together in _TOGETHER:
            if not any(getattr(self, name) for name in together):
                filled |= {name: getattr(other, name) for name in together}
        languages = {**other.words, **self.words}
        filled["words"] = {
            language: Words(
                **{
                    name: getattr(self.in_language(language), name)
                    or getattr(other.in_language(language), name)
                    for name in Words.model_fields
                }
            )
            for language in languages
        }
        if not self.words:
            filled["vietnam_vn"] = other.vietnam_vn
        return self.model_copy(update=filled)

    def missing(self, newsroom: NewsroomClass, kind: Kind) -> Iterator[Missing]:
        """Name what must be added before the asset can enter an edition.

        The broadcaster supplies what has been on air, with the proof; other agencies supply what
        they made (Quảng Trị's plan for 2026, sections IV.6 and IV.7).
        """
        vietnamese = self.in_language("vi")
        needed = {
            Missing.TITLE: vietnamese.title,
            Missing.DESCRIPTION: vietnamese.description,
            Missing.ALT_TEXT: vietnamese.alt_text or kind is not Kind.PHOTO,
            Missing.THEMES: self.themes,
            Missing.INFORMATION_CLASS: self.information_class,
            Missing.LANGUAGE: self.language or kind is Kind.PHOTO,
            Missing.CREATOR: self.creator,
            Missing.RIGHTS_HOLDER: self.rights_holder,
            Missing.REPUBLISH_BASIS: self.republish_basis,
            Missing.AGREEMENT: self.agreement
            or self.republish_basis is not RepublishBasis.AGREEMENT,
            Missing.SECRECY_DECLARATION: self.no_state_secrets,
            Missing.BROADCAST: (self.broadcast and self.broadcast.proven)
            or newsroom is not NewsroomClass.BROADCASTER,
        }
        return (field for field, there in needed.items() if not there)

    def missing_for_portal(self, newsroom: NewsroomClass, kind: Kind) -> Iterator[Missing]:
        """Name what must be added before the asset can be given to Vietnam.vn.

        That is what an edition needs, and what the portal's foreign readers do: English words, a
        text for those who do not see the photo, or the clip's poster, and terms of use.  Vietnamese
        words copied are not English ones.
        """
        vietnamese, english = self.in_language("vi"), self.in_language("en")
        needed = {
            Missing.ALT_TEXT: vietnamese.alt_text or kind is Kind.PHOTO,
            Missing.ENGLISH_TITLE: not same_words(english.title, vietnamese.title)
            and english.title,
            Missing.ENGLISH_ALT_TEXT: not same_words(english.alt_text, vietnamese.alt_text)
            and english.alt_text,
            Missing.USAGE_TERMS: self.usage_terms,
            Missing.LICENCE: self.licence_granted,
            Missing.CREATED_ON: self.created_on,
        }
        yield from self.missing(newsroom, kind)
        yield from (field for field, there in needed.items() if not there)

    @property
    def may_be_given(self) -> bool:
        """Whether somebody proposes it for the portal and declares that it holds no secret."""
        return self.vietnam_vn and self.no_state_secrets

    @property
    def expires(self) -> date | None:
        """The last day on which the portal may show it: until its rights or its news are over."""
        ends = [each for each in (self.rights_until, self.valid_until) if each]
        return min(ends, default=None)

    def shown_on(self, day: date) -> bool:
        """Whether its own validity allows it to be shown on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def all_text(self) -> Iterator[tuple[str, str]]:
        """Every free text with the name of its field, for whoever must read them all."""
        for language, words in sorted(self.words.items()):
            for field in ("title", "description", "alt_text"):
                yield f"{field} ({language})", getattr(words, field)
        for field in ("creator", "rights_holder", "usage_terms", "agreement"):
            yield field, getattr(self, field)
        for field in ("contributors", "places"):
            for text in getattr(self, field):
                yield field, text
        for language, cues in sorted(self.subtitles.items()):
            yield f"subtitles ({language})", "\n".join(cue.text for cue in cues)
        if self.broadcast:
            yield "programme", self.broadcast.programme
            yield "channel", self.broadcast.channel
