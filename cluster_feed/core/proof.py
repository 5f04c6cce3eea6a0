"""What a screen says it played, in a chain that cannot be cut or mended unseen."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field, ValidationError

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import BrokenChain
from cluster_feed.core.value import Moment, Number, Sha256, Slug, Value, canonical, digest

GENESIS: Final = "0" * 64
"""What the first record of a chain follows."""


class Outcome(StrEnum):
    """How an entry's turn ended."""

    PLAYED = "played"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


class PlayRecord(Value):
    """One turn of one entry on one screen.

    `previous` is the hash of the record before it, `row` counts from 1 over the screen's life.
    """

    row: int = Field(ge=1, lt=10**10)
    previous: Sha256
    cluster: Slug
    screen: Slug
    edition: Number
    asset: Sha256
    rendition: Sha256
    began_at: Moment
    seconds: float = Field(ge=0)
    outcome: Outcome
    reason: str = ""

    @property
    def sha256(self) -> Sha256:
        """The record's own hash, which the next one carries."""
        return digest(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The canonical bytes: one line of the spool."""
        return canonical(self.model_dump(mode="json"))


_UNREADABLE = Bilingual("không phải bản ghi phát", "not a record of a play")
_NOT_CANONICAL = Bilingual("không viết đúng dạng chuẩn", "not written canonically")
_NOT_FOLLOWING = Bilingual("không nối tiếp dòng trước", "does not follow the row before")


def verify_chain(
    lines: Iterable[bytes], *, after_row: int = 0, previous: Sha256 = GENESIS
) -> Iterator[PlayRecord]:
    """Read a spool's lines and check that each follows the one before.

    Raises BrokenChain at the first row that is missing, changed, doubled or unreadable.
    """
    for row, line in enumerate(lines, start=after_row + 1):
        try:
            record = PlayRecord.model_validate_json(line)
        except ValidationError as error:
            raise BrokenChain(row=row, detail=_UNREADABLE) from error
        if record.to_bytes() != line.rstrip(b"\n"):
            raise BrokenChain(row=row, detail=_NOT_CANONICAL)
        if (record.row, record.previous) != (row, previous):
            raise BrokenChain(row=row, detail=_NOT_FOLLOWING)
        previous = record.sha256
        yield record
