"""What every value of the domain has in common, and the bytes that stand for it."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Final, NewType

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from cluster_feed.core.bilingual import Bilingual

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of a file's bytes, in lower-case hexadecimal: a file's only identity."""


class Mistake(ValueError):  # noqa: N818  it is what a person made, not a fault of ours
    """A rule that what a person wrote breaks: what is needed, in both languages.

    `at` is the field to look at, where the rule speaks of several.
    """

    def __init__(self, vi: str, en: str, *, at: str = "") -> None:
        self.says = Bilingual(vi, en)
        self.at = at
        super().__init__(en)


def check_days(first: date | None, last: date | None) -> None:
    """Raise Mistake where `valid_until` is a day before `valid_from`."""
    if first and last and last < first:
        raise Mistake(
            "ngày cuối không trước ngày đầu",
            "a last day that is not before the first",
            at="valid_until",
        )


def written_as(pattern: str, vi: str, en: str) -> AfterValidator:
    """Make a rule that a text must match as a whole, with what to tell a person it is."""
    whole = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not whole.fullmatch(text):
            raise Mistake(vi, en)
        return text

    return AfterValidator(check)


Slug = Annotated[
    str,
    StringConstraints(max_length=64),
    written_as(
        r"[a-z0-9]+(-[a-z0-9]+)*",
        "chữ thường không dấu, chữ số và gạch nối, ví dụ lao-bao",
        "lower-case letters without accents, digits and hyphens, such as lao-bao",
    ),
]
"""An ASCII name that is safe in a path, a URL and a role: `lao-bao`, `lcd-1080p`."""

_SLUG: Final[TypeAdapter[str]] = TypeAdapter(Slug)


def is_slug(name: str) -> bool:
    """Whether a name is one."""
    try:
        _SLUG.validate_python(name)
    except ValidationError:
        return False
    return True


Seconds = NewType("Seconds", float)

_LARGEST_NUMBER: Final = 2**31 - 1

Number = Annotated[int, Field(ge=0, le=_LARGEST_NUMBER)]
"""An edition's number, as far as the record can count; 0: none."""

Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
]
"""A time that can be written in any zone: a stranger's year 1 could be neither kept nor shown."""


class Value(BaseModel):
    """A frozen fact, checked once at the edge of the application and trusted inside."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def canonical(document: object) -> bytes:
    """Serialize JSON data to the one byte string that stands for it.

    Keys sorted, no white space, text in NFC, UTF-8: two equal documents have equal bytes on any
    machine, so that a hash or a signature of the bytes speaks of the document.  ValueError where
    no such bytes exist: a NaN, half a surrogate pair, two keys that are the same text.
    """
    return json.dumps(
        _composed(document),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def _composed(part: object) -> object:
    """Put every text in NFC before it is escaped, lest a newline and a tilde make one `ñ`."""
    if isinstance(part, str):
        return nfc(part)
    if isinstance(part, Mapping):
        composed = {nfc(key): _composed(value) for key, value in part.items()}
        if len(composed) != len(part):
            raise ValueError("two keys are the same text")
        return composed
    if isinstance(part, list | tuple):
        return [_composed(each) for each in part]
    return part


def digest(content: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def nfc(text: str) -> str:
    """Compose a text's marks: "Quảng Trị" is then nine code points wherever it came from."""
    return unicodedata.normalize("NFC", text)


def printable(text: str) -> str:
    """Give a stranger's words as letters only: some characters rule a terminal."""
    return "".join(each if each.isprintable() else "·" for each in text)


_SAFE_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}\Z")


def suffix_of(name: str) -> str:
    """Give the extension of a file name if it is a plain one, in lower case, else nothing."""
    found = _SAFE_SUFFIX.search(name.lower())
    return found.group() if found else ""
