"""Where a clip breaks: a piece that is missing, or pictures that cannot be decoded."""

import os
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

import ffmpeg

from cluster_feed.adapters import packets
from cluster_feed.adapters.ffmpeg import (
    INPUT,
    OPENING,
    RECORDED_MIDWAY,
    Work,
    judging,
    opened,
    run,
    unheard,
)
from cluster_feed.adapters.process import Finished, Patience
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.bilingual import decimal
from cluster_feed.core.errors import BreaksOff
from cluster_feed.core.finding import Finding, Flaw, Stretch, stretches

_SHORTFALL_SECONDS: Final = (0.2, 0.5)
_SHORTFALL_FRAMES: Final = 3
"""How much less than its container promises a clip may hold, within those seconds."""

_EDGE_SECONDS: Final = 1.5
_EDGE_PART: Final = 1 / 8
"""How much at the ends of a recording may be broken, because it was cut there: the lesser."""
_GAP_SECONDS: Final = 0.5
_JOINT_SECONDS: Final = 0.2
"""What may be missing where a recording was joined of two; where more is, a piece was lost."""
_ZEROS: Final = 1 << 14

_PACKETS: Final = {188: 0, 192: 4, 204: 0}
"""How long a transport stream's packets may be, and how much of one precedes its first sign."""
_SEVERAL_PACKETS: Final = 1 << 12

_STEPPED_OVER: Final = re.compile(
    r"^\[(?:matroska,webm @|asf @ \w+\] (?!parser not found))", re.MULTILINE
)
"""What demuxers say that pass over what they cannot read as if it had not been there."""

_WRONG_SUM: Final = re.compile(r"^\[ffv1 @ \w+\] slice CRC mismatch .*at ([\d.]+) s", re.MULTILINE)

_PICTURE: Final = re.compile(
    rb"\[Parsed_showinfo\S* @ \w+\] n: *\d+ .*?pts_time:([\d.]+) .*?iskey:(\d)"
)
_UNDECODED: Final = re.compile(rb"^Error while decoding stream|: corrupt decoded frame in stream")
"""Of pictures before the first whole one a recording that began midway cannot have any."""
_MOST_REORDERED: Final = 4
"""How many pictures may be shown after one that is coded behind them."""
_NOT_THERE: Final = re.compile(rb"Frame num gap|Could not find ref with POC")
"""Of a picture on which others build: said of H.264 and H.265, the former where all is told."""
_LATE: Final = 1.5
"""How many times the usual step it takes to the next picture where one is missing."""
_CORRUPT: Final = re.compile(rb": corrupt input packet in stream")


def blame(source: Path, media: MediaInfo, patience: Patience) -> None:
    """Find where a clip breaks, by decoding it again and watching every frame; BreaksOff there.

    The second time its sound, which alone would be through before anybody could look, is decoded
    beside the picture.
    """
    clip = opened(media)
    picture = clip["V:0"].filter("showinfo", checksum=0)
    sounds = [clip[f"a:{index}"] for index in media.audible[:1]]
    for streams in ([picture], [picture, *sounds]):
        shown = _Shown()
        graph = ffmpeg.output(*streams, "-", format="null")
        work = Work(patience, overheard=shown)
        finished, progress = run(source, graph, media.seconds, work)
        if finished.status:
            raise _breaks_off(max(shown.moments, default=0.0), media)
        check_length(progress.reached, media)


def check_recording(source: Path, media: MediaInfo, patience: Patience) -> tuple[Finding, ...]:
    """Decode a recorded stream, and tell where its ends are broken; BreaksOff where its inside is.

    Elsewhere the first broken packet ends the work.  A file whose size was set before its content
    came ends in zeros.
    """
    if media.container not in RECORDED_MIDWAY:
        return ()
    seconds = media.seconds or 0.0
    if (held := _before_zeros(source)) < media.byte_count:
        whole = media.model_copy(update={"seconds": seconds * media.byte_count / max(held, 1)})
        raise _breaks_off(seconds, whole)
    clip = ffmpeg.input(INPUT, **judging(media.video), **OPENING)
    streams = [clip["V:0"].filter("showinfo", checksum=0)]
    if media.container == "mpegts":
        # Of the others' sound a frame is cut in two wherever one begins.
        streams += (clip[f"a:{index}"] for index in media.audible[:1])
    shown = _Shown()
    decoded = ffmpeg.output(*streams, "-", format="null")
    graph = ffmpeg.merge_outputs(decoded, *unheard(clip, media))
    work = Work(patience, overheard=shown)
    run(source, graph, seconds, work, level="debug" if media.video.codec == "h264" else "info")
    edge = min(_EDGE_SECONDS, seconds * _EDGE_PART)
    for moment in sorted(
        [*shown.broken, *shown.lacks(), *packets.follow(source, patience).lacks_at]
    ):
        if edge < moment < seconds - edge:
            raise _breaks_off(moment, media)
    told = stretches(Flaw.BROKEN, shown.stretches(), gap=_GAP_SECONDS)
    ends = (
        each
        for each in told
        if each.from_seconds > edge or (each.to_seconds or 0.0) - each.from_seconds > _GAP_SECONDS
    )
    torn = [Stretch(max(shown.moments, default=0.0), seconds)] if _is_torn(source) else []
    return (*ends, *stretches(Flaw.BROKEN, torn))


class _Shown:
    """Reads what ffmpeg says of each picture and of each failure, in the order of their coming.

    Where a recording was joined of two a packet looks incomplete; a key picture follows at once,
    and nothing builds on what was before.
    """

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.broken: list[float] = []
        self._keys: list[float] = []
        self._suspect: list[float] = []
        self._lacking: list[int] = []
        self._since_suspect = 0
        self._unread = b""

    def __call__(self, chunk: bytes) -> None:
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            if found := _PICTURE.match(line):
                self._show(float(found[1]), is_key=found[2] == b"1")
            elif self.moments and _UNDECODED.search(line):
                self.broken.append(self.moments[-1])
            elif self.moments and _NOT_THERE.search(line):
                self._lacking.append(len(self.moments) - 1)
            elif _CORRUPT.search(line):
                self._suspect.append(self.moments[-1] if self.moments else 0.0)
                self._since_suspect = 0

    def _show(self, moment: float, *, is_key: bool) -> None:
        missing = moment - (self.moments[-1] if self.moments else 0.0)
        self.moments.append(moment)
        self._since_suspect += 1
        if is_key:
            self._keys.append(moment)
        if is_key or self._since_suspect > _MOST_REORDERED:
            if not is_key or missing > _JOINT_SECONDS:
                self.broken += self._suspect
            self._suspect.clear()

    def lacks(self) -> Iterator[float]:
        """Give the moments after which pictures are missing by their number and by their time.

        Either alone may be an encoder's way, and at a key picture another recording may begin.
        """
        steps = [later - moment for moment, later in pairwise(self.moments)]
        most = _LATE * median(steps) if steps else 0.0
        for last in self._lacking:
            following = self.moments[last + 1 : last + 2 + _MOST_REORDERED]
            step = max(steps[last : last + len(following)], default=0.0)
            is_joint = step <= _JOINT_SECONDS and not set(following).isdisjoint(self._keys)
            if step > most and not is_joint:
                yield self.moments[last]

    def stretches(self) -> Iterator[Stretch]:
        """Give the times at which nothing new was shown, or not what should be: until a key.

        Where no picture is coded behind one that is broken the recording was cut.
        """
        for moment in self.broken:
            if len(self.moments) - bisect_right(self.moments, moment) > _MOST_REORDERED:
                later = (key for key in self._keys if key > moment)
                yield Stretch(moment, next(later, self.moments[-1]))
        yield from (
            Stretch(moment, following)
            for moment, following in pairwise([0.0, *self.moments])
            if following - moment > _GAP_SECONDS
        )


def _is_torn(source: Path) -> bool:
    """Whether a transport stream ends in the midst of a packet: it may not be copied whole."""
    with source.open("rb") as content:
        head = content.read(_SEVERAL_PACKETS)
        size = content.seek(0, os.SEEK_END)
    for length, before in _PACKETS.items():
        if found := re.search(rb"\x47(?:.{%d}\x47){8}" % (length - 1), head, re.DOTALL):
            return (size - found.start() + before) % length > 0
    return False


def _before_zeros(source: Path) -> int:
    """Count the bytes before a long tail of zeros."""
    with source.open("rb") as content:
        end = content.seek(0, os.SEEK_END)
        while end >= _ZEROS:
            content.seek(end - _ZEROS)
            if any(content.read(_ZEROS)):
                break
            end -= _ZEROS
    return end


def check_for_holes(source: Path, media: MediaInfo, finished: Finished, patience: Patience) -> None:
    """Raise BreaksOff where the container lacks a piece that its demuxer passed over.

    Or where a decoder passed over a picture whose own checksum says that it is another.
    """
    if found := _WRONG_SUM.search(finished.complaints):
        raise _breaks_off(float(found[1]), media)
    if _STEPPED_OVER.search(finished.complaints):
        raise _breaks_off(packets.last_before_gap(source, media, patience), media)


def check_length(reached: float, media: MediaInfo) -> None:
    """Raise BreaksOff where a clip ended before its time."""
    if media.seconds is not None and reached < media.seconds - shortfall(media):
        raise _breaks_off(reached, media)


def shortfall(media: MediaInfo) -> float:
    """How many seconds less than its header says a clip may last; a recording has no header."""
    least, most = _SHORTFALL_SECONDS
    if media.container in RECORDED_MIDWAY:
        return most
    return min(most, max(least, _SHORTFALL_FRAMES / float(media.video.fps or 1)))


def _breaks_off(reached: float, media: MediaInfo) -> BreaksOff:
    """Say at which second a clip breaks."""
    return BreaksOff(at=decimal(reached), seconds=decimal(media.seconds or reached))
