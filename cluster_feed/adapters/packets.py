"""How a clip is packed: read packet by packet, nothing decoded."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters import boxes, ffmpeg, process
from cluster_feed.adapters.process import Patience
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import DamagedMedia
from cluster_feed.core.packing import Packing

WITHOUT_MESSAGES: Final = "filter_units=remove_types=6"
"""H.264's supplemental messages (SEI): cameras write places and serial numbers there."""

_MESSAGES: Final = "h264_mp4toannexb,filter_units=pass_types=6"
SLICES: Final = "h264_mp4toannexb,filter_units=pass_types=1-5"
"""The coded pictures without what lies between them: the same in every container."""
_OF_X264: Final = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
"""How x264's own message begins, which tells its version and settings."""
_OFF_RATE: Final = 0.1
"""By what part of a frame's time a picture may miss its moment."""


_MOST_SECONDS_BETWEEN: Final = (-0.1, 10.0)
"""By how much a clock may go on between two packets; what is more ffmpeg takes for another clock,
and then may lay sound and picture apart."""


class Course(NamedTuple):
    """How a recording goes on: when its clock jumps, and what of it goes on under other names.

    `parts` are the kinds of stream, "video" or "audio", whose first stream is not there for the
    whole of it while another takes its place; with the second at which that is so.
    """

    jumps_at: float | None
    parts: Mapping[str, float]


class _Stream:
    """What is seen of a stream while its packets are read."""

    def __init__(self, begins: int) -> None:
        self.begins = self.ends = begins
        self.seconds = 0.0
        self.jumps_at: float | None = None
        self._last: float | None = None

    def add(self, place: int, time: float | None) -> None:
        self.ends = place
        if time is None:
            return
        step = 0.0 if self._last is None else time - self._last
        least, most = _MOST_SECONDS_BETWEEN
        if least < step < most:
            self.seconds += step
        elif self.jumps_at is None:
            self.jumps_at = self.seconds
        self._last = time


class _Packet(NamedTuple):
    pts: float
    seconds: float
    byte_count: int
    flags: str


def last_before_gap(path: Path, media: MediaInfo, patience: Patience) -> float:
    """Find the moment of the last picture before the longest gap, from the first one on."""
    times = sorted(each.pts for each in _read(path, patience)["video"])
    gaps = [(later - time, time) for time, later in pairwise([*times, media.seconds or times[-1]])]
    return max(gaps)[1] - times[0]


def inspect(path: Path, media: MediaInfo, patience: Patience) -> Packing:
    """Read how a clip of H.264 is packed; DamagedMedia where it cannot be read."""
    tracks = _read(path, patience)
    pictures, sounds = tracks["video"], [each for each in tracks["audio"] if "D" not in each.flags]
    times = sorted(each.pts for each in pictures)
    frame = 1 / float(media.video.fps or 25)
    begins, ends = times[0], times[-1] + frame
    inside = boxes.read(path) if media.container == "mp4" else None
    strangers = list(inside.strangers) if inside else []
    if inside:
        referenced = sum(each.byte_count for each in (*pictures, *tracks["audio"]))
        strangers += ["bytes of no track"] if inside.media_bytes != referenced else []
        strangers += ["further tracks"] if inside.tracks != 1 + len(media.audio) else []
        strangers += ["messages"] if _has_messages(path, patience) else []
    return Packing(
        constant_rate=all(
            abs(time - begins - number * frame) < _OFF_RATE * frame
            for number, time in enumerate(times)
        ),
        closed_gops=_closed(pictures),
        longest_gop_seconds=round(_longest_gop(pictures, ends), 3),
        starts_at_once=begins < frame + min((each.pts for each in sounds), default=begins),
        nothing_cut=not any("D" in each.flags for each in pictures),
        sound_from_seconds=round(max(0.0, min((s.pts for s in sounds), default=0) - begins), 3),
        sound_over_seconds=round(
            max(0.0, max((each.pts + each.seconds for each in sounds), default=0) - ends), 3
        ),
        index_in_front=bool(inside and inside.index_in_front),
        strangers=tuple(strangers),
    )


def follow(path: Path, patience: Patience) -> Course:
    """Follow every stream of a recording to its end, also those that no header names."""
    wanted = "packet=codec_type,stream_index,dts_time,pos"
    entries = ("-show_entries", wanted, "-of", "csv=p=0", "-i", ffmpeg.INPUT)
    rows = _run(path, ("ffprobe", "-v", "error", *ffmpeg.opening(), *entries), patience).split()
    kinds: dict[str, dict[int, _Stream]] = {"video": {}, "audio": {}}
    for row in rows:
        kind, number, time, place, *_ = (*row.decode("ascii", "replace").split(","), "", "", "")
        if kind in kinds and place.isdigit():
            streams = kinds[kind]
            stream = streams.setdefault(int(number), _Stream(int(place)))
            stream.add(int(place), float(time) if time != "N/A" else None)
    firsts = {kind: streams[min(streams)] for kind, streams in kinds.items() if streams}
    return Course(
        jumps_at=min(
            (j for each in firsts.values() if (j := each.jumps_at) is not None), default=None
        ),
        parts={
            kind: min(first.seconds, other.seconds)
            for kind, first in firsts.items()
            for other in kinds[kind].values()
            if other.begins > first.ends or other.ends < first.begins
        },
    )


def _read(path: Path, patience: Patience) -> dict[str, list[_Packet]]:
    """List the packets of sound, and of the first picture that is no cover; or DamagedMedia."""
    wanted = "packet=codec_type,stream_index,pts_time,duration_time,size,flags"
    covers = "stream=index:stream_disposition=attached_pic"
    entries = ("-show_entries", f"{wanted}:{covers}", "-of", "csv", "-i", ffmpeg.INPUT)
    said = _run(path, ("ffprobe", "-v", "error", *ffmpeg.opening(), *entries), patience)
    rows = [row.split(",") for row in said.decode("ascii", "replace").split()]
    told = {row[1] for row in rows if row[0] == "stream" and row[-1] == "1"}
    packets = [row[1:] for row in rows if row[0] == "packet" and row[2] not in told]
    pictures = [row for row in packets if row[0] == "video"]
    if not pictures:
        raise DamagedMedia(detail="it holds no picture")
    first = min(int(row[1]) for row in pictures)
    return {
        "video": [_packet(row[2:]) for row in pictures if int(row[1]) == first],
        "audio": [_packet(row[2:]) for row in packets if row[0] == "audio"],
    }


def _has_messages(path: Path, patience: Patience) -> bool:
    """Whether there are messages between the pictures that could tell of the camera."""
    copied = ("-map", "0:V:0", "-c", "copy", "-bsf:v", _MESSAGES, "-f", "h264", "-")
    units = _run(path, (*_ffmpeg(), *copied), patience).split(b"\0\0\1")
    return not all(_is_harmless(unit.strip(b"\0")) for unit in units)


def _is_harmless(unit: bytes) -> bool:
    """Whether a unit of messages (H.264, 7.3.2.3) holds x264's alone, or nothing."""
    size = re.match(rb"\x06\x05(\xff*)(.)", unit, re.DOTALL)
    if size is None:
        return not unit
    end = size.end() + 255 * len(size[1]) + size[2][0]
    return unit.startswith(_OF_X264, size.end()) and unit[end:] == b"\x80"


def _ffmpeg() -> tuple[str, ...]:
    quiet = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", "error")
    return ("ffmpeg", *quiet, *ffmpeg.opening(), "-i", ffmpeg.INPUT)


def _run(path: Path, argv: Sequence[str], patience: Patience) -> bytes:
    with path.open("rb") as content:
        finished = process.run(
            argv,
            patience=patience,
            limits=ffmpeg.READING,
            content=content,
            moved=bool,
        )
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    return finished.output


def _packet(fields: Sequence[str]) -> _Packet:
    """Read "0.040000,0.040000,363,K_"; a packet without a time makes no constant rate."""
    pts, seconds, size, flags, *_ = (*fields, "", "", "", "")
    return _Packet(_number(pts, -1.0), _number(seconds, 0.0), int(_number(size, 0)), flags)


def _number(said: str, otherwise: float) -> float:
    try:
        return float(said)
    except ValueError:
        return otherwise


def _closed(pictures: Sequence[_Packet]) -> bool:
    """Whether no picture that is coded after a key picture is shown before it."""
    key = pictures[0].pts
    for each in pictures:
        if "K" in each.flags:
            key = each.pts
        if each.pts < key:
            return False
    return "K" in pictures[0].flags


def _longest_gop(pictures: Sequence[_Packet], ends: float) -> float:
    keys = [each.pts for each in pictures if "K" in each.flags]
    return max((later - key for key, later in pairwise([*keys, ends])), default=ends)
