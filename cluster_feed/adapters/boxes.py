"""What lies in an MP4 (ISO/IEC 14496-12) besides pictures, sound and their index.

Only the boxes' headers are read.  A file that makes no sense is a stranger through and through.
"""

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

_HOLD_OTHERS: Final = frozenset(
    {b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"udta", b"meta"}
)
_NEEDED: Final = _HOLD_OTHERS | {
    *(b"ftyp", b"mdat", b"mvhd", b"iods", b"tkhd", b"elst", b"mdhd", b"hdlr", b"vmhd", b"smhd"),
    *(b"dref", b"stsd", b"stts", b"stss", b"ctts", b"stsc", b"stsz", b"stco", b"co64"),
    *(b"sgpd", b"sbgp", b"sdtp"),
}
_MAY_BE_THERE_EMPTY: Final = frozenset({b"free", b"skip", b"ilst"})
_MOST_BOXES: Final = 2000
_HEADER: Final = 8
_LONG_HEADER: Final = 16
_VERSION: Final = 4
_SPARE_SECONDS: Final = 0.5


class Inside(NamedTuple):
    """What a walk through a file's boxes found; `strangers` are the kinds that need not be."""

    tracks: int
    media_bytes: int
    index_in_front: bool
    strangers: tuple[str, ...]


class Course(NamedTuple):
    """How long the packets of a sound track last, by its index.

    `seconds` is all of them together; `usual_seconds` what they would last if each were as long as
    most are.
    """

    seconds: float
    usual_seconds: float

    def adds_up(self, decoded_seconds: int) -> bool:
        """Whether what it decodes to is what the index says it lasts."""
        return (
            abs(self.usual_seconds - self.seconds) < _SPARE_SECONDS
            and abs(self.usual_seconds - decoded_seconds) < 1 + _SPARE_SECONDS
        )


class _Box(NamedTuple):
    kind: bytes
    content: int
    end: int


def read(path: Path) -> Inside:
    """Walk through a file's boxes."""
    with path.open("rb") as file:
        found: list[_Box] = []
        whole = _walk(file, 0, path.stat().st_size, found)
    kinds = [box.kind for box in found]
    strangers = {
        box.kind
        for box in found
        if box.kind not in _NEEDED
        and not (box.kind in _MAY_BE_THERE_EMPTY and box.end == box.content)
    }
    names = sorted(ascii(kind.decode("latin-1"))[1:-1] for kind in strangers)
    return Inside(
        tracks=kinds.count(b"trak"),
        media_bytes=sum(box.end - box.content for box in found if box.kind == b"mdat"),
        index_in_front=b"moov" in kinds
        and b"mdat" in kinds
        and kinds.index(b"moov") < kinds.index(b"mdat"),
        strangers=tuple(names if whole else [*names, "bytes that make no sense"]),
    )


def sound_course(path: Path) -> Course | None:
    """Read the packets' times of the first sound track; None where no index has any."""
    with path.open("rb") as file:
        found: list[_Box] = []
        _walk(file, 0, path.stat().st_size, found)
        tracks: list[dict[bytes, bytes]] = []
        for box in found:
            if box.kind == b"trak":
                tracks.append({})
            elif tracks and box.kind in {b"mdhd", b"hdlr", b"stts"}:
                file.seek(box.content)
                tracks[-1].setdefault(box.kind, file.read(box.end - box.content))
    for track in tracks:
        if track.get(b"hdlr", b"")[8:12] == b"soun" and len(track.get(b"stts", b"")) > _HEADER:
            return _course(track[b"mdhd"], track[b"stts"][_HEADER:])
    return None


def _course(header: bytes, runs: bytes) -> Course:
    rate = int.from_bytes(header[20:24] if header[:1] == b"\1" else header[12:16]) or 1
    packets = [*struct.iter_unpack(">II", runs[: len(runs) // _HEADER * _HEADER])]
    lasting = Counter[int]()
    for count, each in packets:
        lasting[each] += count
    usual = max(1, lasting.most_common(1)[0][0])
    return Course(
        seconds=sum(count * each for count, each in packets) / rate,
        usual_seconds=lasting.total() * usual / rate,
    )


def _walk(file: BinaryIO, start: int, end: int, found: list[_Box]) -> bool:
    """Add the boxes between two places; say whether they fill them exactly."""
    for box in _boxes(file, start, end):
        if len(found) >= _MOST_BOXES:
            return False
        found.append(box)
        start = box.end
        if box.kind in _HOLD_OTHERS and not _walk(file, box.content, box.end, found):
            return False
    return start == end


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    while start + _HEADER <= end:
        file.seek(start)
        header = file.read(_LONG_HEADER)
        size, content = int.from_bytes(header[:4]), start + _HEADER
        if size == 1:
            size, content = int.from_bytes(header[8:16]), start + _LONG_HEADER
        if size == 0:
            size = end - start
        if not content <= start + size <= end:
            return
        kind = header[4:8]
        yield _Box(kind, content + (_VERSION if kind == b"meta" else 0), start + size)
        start += size
