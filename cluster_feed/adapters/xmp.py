"""Adobe's metadata (XMP, ISO 16684) in a clip, whatever its container.

MP4, QuickTime, AVI and MXF each have places of their own for a packet of it, and programs that
use others; so the file is searched for what every packet must hold, the name of RDF.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from cluster_feed.adapters.darkroom.opening import BAD_METADATA
from cluster_feed.adapters.darkroom.texts import xmp_texts

_RDF: Final = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CHUNK: Final = 4 << 20
_OPENING_ROOM: Final = 4 << 10
"""How far before that name its element may begin."""
_LARGEST: Final = 1 << 20
_MOST: Final = 16


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Give every text in a file's packets by a flat name, as `xmp:dc:title`.

    A packet that makes no sense is one text, so that whatever it says is still looked at.
    """
    with path.open("rb") as file:
        for number, packet in enumerate(_packets(file)):
            try:
                yield from xmp_texts(packet)
            except BAD_METADATA:
                yield f"xmp:packet{number}", packet.decode(errors="replace")


def _packets(file: BinaryIO) -> Iterator[bytes]:
    after = 0
    for _ in range(_MOST):
        found = _find(file, after)
        if found is None:
            return
        before = max(after, found - _OPENING_ROOM)
        file.seek(before)
        room = file.read(found - before + _LARGEST)
        opening = max(0, room.rfind(b"<", 0, found - before))
        name = room[opening + 1 : found - before].split(maxsplit=1)[:1]
        closing = b"</" + name[0] + b">" if name else b"\0"
        end = room.find(closing, found - before)
        end = len(room) if end < 0 else end + len(closing)
        yield room[opening:end]
        after = before + end


def _find(file: BinaryIO, start: int) -> int | None:
    """Find the name of RDF from a place on."""
    file.seek(start)
    kept = b""
    while chunk := file.read(_CHUNK):
        window = kept + chunk
        if (found := window.find(_RDF)) >= 0:
            return start + found
        kept = window[-len(_RDF) :]
        start += len(window) - len(kept)
    return None
