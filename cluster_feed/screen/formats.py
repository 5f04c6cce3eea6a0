"""How other people's players are told what to show; only words, no file is touched."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.slot import Loop, loop_at
from cluster_feed.core.value import Slug
from cluster_feed.screen import card

_AHEAD: Final = timedelta(days=8)
"""How far a player that keeps hours itself is told; after that, and untold, the safe card."""
_MOST: Final = 400
"""Stretches that it is told of at the most."""
_REFRESH_SECONDS: Final = 15
_MOVING: Final = {".mp4", ".webm", ".mov", ".mkv"}


class Item(NamedTuple):
    """A verified file as a player is told of it: its path in the outlet and how long it is shown.

    `suffix` says what it is: the rendition of a photo may be a clip.
    """

    path: str
    suffix: str
    seconds: float
    byte_count: int
    sha1: str

    @property
    def is_still(self) -> bool:
        """Whether it has no end of its own."""
        return self.suffix not in _MOVING


class Stretch(NamedTuple):
    """A loop and until when it goes round; None: for ever."""

    loop: Loop
    ends_at: datetime | None


def stretches(playlist: Playlist, profile: Slug, moment: datetime) -> Iterator[Stretch]:
    """What is due from a moment on, loop after loop; then, empty, the safe card for ever.

    These are the playlist's own dayparts, dates and notice, worked out: no player's idea of
    them counts.
    """
    until = datetime.combine(moment.astimezone(ZONE).date(), time(), ZONE) + _AHEAD
    loop = loop_at(playlist, profile, moment)
    change: datetime | None = moment
    for _ in range(_MOST):
        change = playlist.next_change(change) if change else None
        if not change or change >= until:
            break
        following = loop_at(playlist, profile, change)
        if following != loop:
            yield Stretch(loop, change)
            loop = following
    else:
        until = change or until
    if loop:
        yield Stretch(loop, until)
    yield Stretch((), None)


def m3u8(items: Sequence[Item]) -> bytes:
    """Write a playlist for mpv and VLC, once round (RFC 8216's comments, VLC's own option)."""
    lines = ["#EXTM3U"]
    for item in items:
        lines.append(f"#EXTINF:{item.seconds:.3f},")
        if item.is_still:
            lines.append(f"#EXTVLCOPT:image-duration={item.seconds:.3f}")
        lines.append(item.path)
    return "\n".join([*lines, ""]).encode()


def smil(told: Sequence[tuple[Sequence[Item], datetime | None]], width: int, height: int) -> bytes:
    """Write SMIL 3.0 as signage players read it (a-smil.org): one stretch of time after another.

    Moments are written without a zone, in whole seconds: garlic-player reads a time with anything
    more as midnight.  The player's own zone must be that of the gate.
    """
    root = ET.Element("smil")
    head, body = ET.SubElement(root, "head"), ET.SubElement(root, "body")
    refresh = {"http-equiv": "Refresh", "content": str(_REFRESH_SECONDS)}
    ET.SubElement(head, "meta", refresh)
    layout = ET.SubElement(head, "layout")
    size = {"width": str(width), "height": str(height), "backgroundColor": card.RED}
    ET.SubElement(layout, "root-layout", size)
    region = {"regionName": "screen", "left": "0", "top": "0"}
    ET.SubElement(layout, "region", region | size)
    par = ET.SubElement(body, "par")
    begins = ""
    for items, ends_at in told:
        ends = _wall_clock(ends_at) if ends_at else ""
        if not begins or begins != ends:
            timing = {"begin": begins, "end": ends, "repeatCount": "indefinite"}
            seq = ET.SubElement(par, "seq", {k: v for k, v in timing.items() if v})
            for item in items:
                _add(seq, item)
        begins = ends
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add(seq: ET.Element, item: Item) -> None:
    if item.is_still:
        media = ET.SubElement(seq, "img", {"dur": f"{item.seconds:.3f}s"})
    else:
        media = ET.SubElement(seq, "video")
    media.attrib |= {"src": item.path, "region": "screen", "fit": "meet"}


def _wall_clock(moment: datetime) -> str:
    return f"wallclock({moment.astimezone(ZONE):%Y-%m-%dT%H:%M:%S})"


def sync_spec(items: Sequence[Item], address: str) -> bytes:
    """Write BrightSign's sync spec, by which a player fills its own pool: files by SHA-1, in order.

    Nothing is to be deleted: what a player runs, its owner has put there.
    """
    base = address.rstrip("/")
    download = [
        {
            "name": f"{number:04}{item.suffix}",
            "hash": {"method": "SHA1", "hex": item.sha1},
            "size": item.byte_count,
            "link": f"{base}/{item.path}" if base else item.path,
        }
        for number, item in enumerate(items, 1)
    ]
    client = {"base": base, "next": "/current-sync.json"} if base else {}
    spec = {
        "meta": {"client": client, "server": {}},
        "files": {"download": download, "ignore": [{"pattern": "*"}], "delete": []},
    }
    return json.dumps(spec, indent=2).encode() + b"\n"
