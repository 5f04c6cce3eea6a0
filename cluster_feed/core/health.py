"""What a screen says of itself, signed by its device."""

import re
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import from_json

from cluster_feed.core.device import PublicKey, Signed, check_signature, mark_of
from cluster_feed.core.errors import ReportUnreadable
from cluster_feed.core.value import Moment, Number, Sha256, Slug, Value, canonical

_DOMAIN: Final = b"cluster-feed health 1\n"
"""What sets these signatures apart from any other that the same key makes."""

NAME: Final = re.compile(r"health-([0-9a-f]{16})\.json", re.ASCII)
"""The name of the file that is handed over; in it the mark of its device."""

LARGEST: Final = 256 << 10
"""Bytes of that file."""
MOST_FAULTS: Final = 50
MOST_LACKING: Final = 20
FACT_LENGTH: Final = 300

PICTURE: Final = re.compile(r"picture-([0-9a-f]{16})\.jpg", re.ASCII)
"""The name of a picture of the screen; what is no health's, by its hash, is nobody's."""
LARGEST_PICTURE: Final = 128 << 10
MOST_DIFFERENCE: Final = 24.0
"""Of 255: codecs, scaling and a moving clip stay below 10, another entry is rarely below 40."""

COLDEST: Final = -100.0
HOTTEST: Final = 200.0
"""Degrees Celsius; no machine that still reports is beyond."""

Count = Annotated[int, Field(ge=0, lt=2**63)]
_NO_NUL: Final = r"^[^\x00]*$"
"""What PostgreSQL cannot keep."""
Word = Annotated[str, StringConstraints(max_length=64, pattern=_NO_NUL)]
Fact = Annotated[str, StringConstraints(max_length=FACT_LENGTH, pattern=_NO_NUL)]


class Fault(Value):
    """Something that a screen refused or could not do, as a reason's code and facts."""

    at: Moment
    code: Word
    facts: dict[Word, Fact] = Field(max_length=16)


class Inventory(Value):
    """What of the edition that plays lies on the screen's disk; `lacks` names the first missing."""

    playlist: Sha256
    wanted: Count
    holds: Count
    lacks: tuple[Sha256, ...] = Field(default=(), max_length=MOST_LACKING)


class Showing(Value):
    """What is on the screen and since when; no asset: the safe card."""

    asset: Sha256 | None
    since: Moment


class Picture(Value):
    """What was on the screen at a moment at which `asset` was shown; `sha256` names its JPEG.

    `difference` is from what the asset has there, of 255; a screen that shows what it says has
    little of it.
    """

    at: Moment
    asset: Sha256
    difference: Annotated[float, Field(ge=0, le=255)]
    sha256: Sha256

    @property
    def is_it(self) -> bool:
        """Whether the picture is the asset's."""
        return self.difference <= MOST_DIFFERENCE


class Health(Value):
    """A screen's own account at a moment.

    `serial` grows with every account, so that an old one that comes again is known as such.
    `at` is the time that the screen believes, `clock` what its machine's clock says.  `edition` is
    the number of the edition it shows, 0 for none; `faults` the latest, oldest first.
    """

    cluster: Slug
    screen: Slug
    serial: Count = 0
    at: Moment
    clock: Moment | None = None
    version: Word = ""
    """Of this software."""
    pulled_at: Moment | None = None
    """When the source was last found to have nothing newer than what the screen has."""
    edition: Number = 0
    switched_at: Moment | None = None
    inventory: Inventory | None = None
    showing: Showing | None = None
    picture: Picture | None = Field(default=None, exclude_if=lambda picture: picture is None)
    """The latest that was taken; left out of the bytes where none was."""
    free_bytes: Count = 0
    temperature_celsius: float | None = Field(
        default=None, ge=COLDEST, le=HOTTEST, exclude_if=lambda degrees: degrees is None
    )
    """Of the warmest part of the machine that tells it; left out of the bytes where none does."""
    faults: tuple[Fault, ...] = Field(default=(), max_length=MOST_FAULTS)

    def to_sign(self) -> bytes:
        """The bytes that the device signs."""
        return _DOMAIN + canonical(self.model_dump(mode="json"))


class SignedHealth(Value):
    """An account and the device that stands for it: the file that is handed over."""

    device: PublicKey
    sig: Signed
    says: Health

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"health-{mark_of(self.device)}.json"

    @property
    def picture_name(self) -> str:
        """What the picture is called that it vouches for."""
        return f"picture-{mark_of(self.device)}.jpg"

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a file that anybody may have written.

        Raises ReportUnreadable, or ReportForged where the named device did not sign it.
        """
        try:
            document = from_json(content, allow_inf_nan=False)
            signed = cls.model_validate(document)
            # The bytes as they were sent: a screen of another version may have said more, or less.
            message = _DOMAIN + canonical(document["says"])
        except ValidationError as error:
            raise ReportUnreadable(detail=error.errors()[0]["msg"]) from error
        except ValueError as error:
            raise ReportUnreadable(detail=error) from error
        check_signature(signed.device, signed.sig, message)
        return signed

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        return canonical(self.model_dump(mode="json"))
