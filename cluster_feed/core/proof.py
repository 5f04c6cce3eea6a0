"""What a screen says it played, in a chain that cannot be cut or mended unseen.

A file of proof is some rows of the chain, a line each, and a last line by which the device signs
them: `proof-<device>-<first row>.jsonl.gz`.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Self

from pydantic import Field, ValidationError

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.device import PublicKey, Signed, check_signature, mark_of
from cluster_feed.core.errors import BrokenChain, ReportUnreadable
from cluster_feed.core.value import Moment, Number, Sha256, Slug, Value, canonical, digest

GENESIS: Final = "0" * 64
"""What the first record of a chain follows."""

NAME: Final = re.compile(r"proof-([0-9a-f]{16})-[0-9]{10}\.jsonl\.gz", re.ASCII)
"""The name of a file of proof; in it the mark of its device."""

LARGEST: Final = 1 << 20
"""Bytes of a file of proof; 200 plays take 14 KB, compressed from 76 KB."""
MOST_ROWS: Final = 2_000
_LARGEST_UNPACKED: Final = 8 << 20
_DOMAIN: Final = b"cluster-feed proof 1\n"
"""What sets these signatures apart from any other that the same key makes."""


class Outcome(StrEnum):
    """How an entry's turn ended."""

    PLAYED = "played"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


IN_ORDER: Final[Mapping[str, Bilingual]] = {
    "part": Bilingual("vào giữa lượt, hoặc hết giờ", "joined late, or cut by the clock"),
    "stopped": Bilingual("chương trình phát dừng", "the player was stopped"),
    "withdrawn": Bilingual("nội dung bị thu hồi", "the asset was withdrawn"),
    "clock": Bilingual("đồng hồ màn hình bị chỉnh", "the screen's clock was set"),
    "takeover": Bilingual("nhường thông báo khẩn", "gave way to a notice"),
}
"""The reasons for which a turn is shown in part though nothing has failed."""


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
    frames: int | None = Field(
        default=None, ge=0, lt=2**53, exclude_if=lambda frames: frames is None
    )
    """Pictures that were really presented; left out where the player does not count them."""
    outcome: Outcome
    reason: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$")

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
_NOT_FOLLOWED = Bilingual("dòng sau không nối tiếp", "is not the one that the next row follows")
_ANOTHER_SCREEN = Bilingual("nói về màn hình khác", "tells of another screen")
_TOLD_OTHERWISE = Bilingual("khác với lần báo trước", "was reported otherwise before")


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


class _Seal(Value):
    """The last line of a file of proof."""

    device: PublicKey
    sig: Signed


class Proof(NamedTuple):
    """Rows of one screen that follow each other, and the device that signed them."""

    device: PublicKey
    records: Sequence[PlayRecord]

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"proof-{mark_of(self.device)}-{self.records[0].row:010}.jsonl.gz"

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a file that anybody may have written.

        Raises ReportUnreadable, BrokenChain with the first bad row, or ReportForged where the named
        device did not sign these rows.
        """
        *lines, last = _unpacked(content).splitlines(keepends=True) or [b""]
        try:
            seal = _Seal.model_validate_json(last)
            first = PlayRecord.model_validate_json(lines[0] if lines else b"")
        except ValidationError as error:
            raise ReportUnreadable(detail=error.errors()[0]["msg"]) from error
        chain = verify_chain(lines, after_row=first.row - 1, previous=first.previous)
        proof = cls(seal.device, tuple(chain))
        for record in proof.records:
            if (record.cluster, record.screen) != (first.cluster, first.screen):
                raise BrokenChain(row=record.row, detail=_ANOTHER_SCREEN)
        check_signature(seal.device, seal.sig, proof._to_sign())
        return proof

    def to_bytes(self, sign: Callable[[bytes], Signed]) -> bytes:
        """The file's bytes, the same for the same rows; `sign` is the device's."""
        seal = _Seal(device=self.device, sig=sign(self._to_sign()))
        lines = [each.to_bytes() for each in self.records]
        lines.append(canonical(seal.model_dump(mode="json")))
        return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)

    def _to_sign(self) -> bytes:
        """The ends of the chain are enough: the last row's hash covers all before it."""
        first, last = self.records[0], self.records[-1]
        facts = {
            "cluster": first.cluster,
            "screen": first.screen,
            "device": self.device,
            "first": first.row,
            "last": last.row,
            "sha256": last.sha256,
        }
        return _DOMAIN + canonical(facts)


def _unpacked(content: bytes) -> bytes:
    """Uncompress a stranger's file, up to what a file of proof can have."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacking.decompress(content, _LARGEST_UNPACKED)
    except zlib.error as error:
        raise ReportUnreadable(detail=error) from error
    if not unpacking.eof or unpacking.unused_data:
        raise ReportUnreadable(detail="not one whole gzip file, or too large a one")
    return unpacked


class Gap(Value):
    """Rows that never arrived: the first follows `previous`, the last hashes to `sha256`."""

    first: int
    last: int
    previous: Sha256
    sha256: Sha256

    @property
    def rows(self) -> int:
        """How many are missing."""
        return self.last - self.first + 1


class Life(Value):
    """How much of a device's chain is known: up to which row, and which are missing before it."""

    row: int = 0
    sha256: Sha256 = GENESIS
    gaps: tuple[Gap, ...] = ()

    @property
    def missing(self) -> int:
        """How many rows never arrived."""
        return sum(gap.rows for gap in self.gaps)

    def told(self, records: Sequence[PlayRecord]) -> "Life":
        """What is known once these rows, which follow each other, have arrived too.

        They may come in any order of files; a row that is known already must be the same, which is
        for the caller to compare.  Raises BrokenChain where they do not fit what is known: the
        device tells two stories, or there are two of it.
        """
        first, last = records[0], records[-1]
        gaps = [rest for gap in self.gaps for rest in _without(gap, records)]
        if first.row > self.row + 1:
            end = first.row - 1
            gaps.append(
                Gap(first=self.row + 1, last=end, previous=self.sha256, sha256=first.previous)
            )
        elif first.row == self.row + 1 and first.previous != self.sha256:
            raise BrokenChain(row=first.row, detail=_NOT_FOLLOWING)
        head = last if last.row > self.row else self
        return Life(row=head.row, sha256=head.sha256, gaps=tuple(gaps))


class Known:
    """What files of one chain tell together, of which each alone shows only its own part."""

    def __init__(self) -> None:
        self.life = Life()
        self._rows: dict[int, Sha256] = {}

    def take(self, records: Sequence[PlayRecord]) -> None:
        """Add a file's rows; BrokenChain where they do not fit what others told."""
        make_sure_of_one_story(records, self._rows)
        self.life = self.life.told(records)
        self._rows |= {record.row: record.sha256 for record in records}


def make_sure_of_one_story(records: Iterable[PlayRecord], known: Mapping[int, Sha256]) -> None:
    """Raise BrokenChain at the first row that was told otherwise before; `known` are hashes."""
    for record in records:
        if known.get(record.row, record.sha256) != record.sha256:
            raise BrokenChain(row=record.row, detail=_TOLD_OTHERWISE)


def _without(gap: Gap, records: Sequence[PlayRecord]) -> Iterator[Gap]:
    """What is left of a gap after some rows have come; they must fit its ends."""
    first, last = records[0], records[-1]
    if last.row < gap.first or first.row > gap.last:
        yield gap
        return
    if first.row > gap.first:
        yield gap.model_copy(update={"last": first.row - 1, "sha256": first.previous})
    elif records[gap.first - first.row].previous != gap.previous:
        raise BrokenChain(row=gap.first, detail=_NOT_FOLLOWING)
    if last.row < gap.last:
        yield gap.model_copy(update={"first": last.row + 1, "previous": last.sha256})
    elif records[gap.last - first.row].sha256 != gap.sha256:
        raise BrokenChain(row=gap.last, detail=_NOT_FOLLOWED)
