"""How a clip is packed: read packet by packet, nothing decoded."""

import math
import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
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
_SHORT_REST_SECONDS: Final = 0.2
_USUAL_STEPS: Final = 4
"""How long a stream may rest between two packets, or how many times as long as it mostly does."""
_INTERLEAVED_SECONDS: Final = 1.0
"""How far apart in time picture and sound may lie that stand beside each other."""


class Course(NamedTuple):
    """How a recording goes on: when its clock jumps, and what of it goes on under other names.

    `picture_ends` is when its last picture was shown, by its own clock.  `lacks_at` are the seconds
    at which nothing at all goes on for a while.  `parts` are the kinds of stream, "video" or
    "audio", whose first stream is not there for the whole of it while another takes its place;
    with the second at which that is so.
    """

    picture_ends: float
    jumps_at: float | None
    lacks_at: tuple[float, ...]
    parts: Mapping[str, float]


class _Rows:
    """Reads what ffprobe prints, as it comes."""

    def __init__(self) -> None:
        self._unread = b""

    def __call__(self, chunk: bytes) -> bool:
        """Read on; say that the work has moved."""
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            self._read(line.decode("ascii", "replace").split(","))
        return True

    def _read(self, row: list[str]) -> None:
        raise NotImplementedError


class _Rest(NamedTuple):
    """A while in which a stream does not go on, and between what bytes that is."""

    at: float
    until: float
    begins: int
    ends: int

    def is_about_when(self, other: "_Rest") -> bool:
        """Whether another stream rests at about the same time."""
        sooner, later = sorted((self, other))
        return later.at < sooner.until + _INTERLEAVED_SECONDS


class _Stream:
    """What is seen of a stream while its packets are read; not all of them tell their place.

    Nor do all tell their time: of the small pictures that come together in a program stream only
    the first does.  `shown_until` counts the others too, each shown as late after it is decoded as
    those that tell.
    """

    def __init__(self, begins: int) -> None:
        self.begins = self.ends = begins
        self.shown_until = -math.inf
        self._last_shown, self._next, self._later = -math.inf, math.nan, math.inf
        self.times, self.places = array("d"), array("q")
        self.seconds = 0.0
        self.jumps_at: float | None = None

    def add(self, place: str, shown: float | None, time: float | None, seconds: float) -> None:
        """Read when a packet is shown and decoded, as far as it tells."""
        if place.isdigit():
            self.ends = int(place)
        decoded = self._next if time is None else time
        self._next = decoded + seconds
        if shown is not None:
            self._last_shown = max(self._last_shown, shown)
            self._later = min(self._later, self._last_shown - decoded)
        elif self._later < math.inf:
            self._last_shown = max(self._last_shown, decoded + self._later)
        self.shown_until = max(self.shown_until, self._last_shown + seconds)
        if time is None:
            return
        step = time - self.times[-1] if self.times else 0.0
        least, most = _MOST_SECONDS_BETWEEN
        if least < step < most:
            self.seconds += step
        elif self.jumps_at is None:
            self.jumps_at = self.seconds
        self.times.append(time)
        self.places.append(self.ends)

    def rests(self) -> list[_Rest]:
        """Find where it does not go on as it mostly does."""
        steps = [later - time for time, later in pairwise(self.times)]
        most = max(_SHORT_REST_SECONDS, _USUAL_STEPS * median(steps)) if steps else 0.0
        return [
            _Rest(self.times[before], self.times[after], self.places[before], self.places[after])
            for before, after in pairwise(range(len(self.times)))
            if steps[before] > most
        ]


class _Streams(_Rows):
    """Reads the packets of all streams, also of those that no header names."""

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[str, dict[str, _Stream]] = {"video": {}, "audio": {}}

    def _read(self, row: list[str]) -> None:
        kind, number, shown, time, seconds, place, *_ = (*row, *[""] * 5)
        streams = self._kinds.get(kind, {})
        if place.isdigit() and number not in streams:
            streams[number] = _Stream(int(place))
        if number in streams:
            streams[number].add(place, _number(shown), _number(time), _number(seconds) or 0.0)

    def course(self) -> Course:
        """Tell how it all goes on."""
        firsts = {kind: each[min(each, key=int)] for kind, each in self._kinds.items() if each}
        jumps = (j for each in firsts.values() if (j := each.jumps_at) is not None)
        return Course(
            picture_ends=firsts["video"].shown_until if "video" in firsts else -math.inf,
            jumps_at=min(jumps, default=None),
            lacks_at=tuple(_lacking(firsts)),
            parts={
                kind: min(first.seconds, other.seconds)
                for kind, first in firsts.items()
                for other in self._kinds[kind].values()
                if other.begins > first.ends or other.ends < first.begins
            },
        )


def _lacking(firsts: Mapping[str, _Stream]) -> Iterator[float]:
    """Give the seconds, from the recording's start, at which both picture and sound rest."""
    if firsts.keys() < {"video", "audio"}:
        return
    begins = min(min(each.times, default=0.0) for each in firsts.values())
    silences = firsts["audio"].rests()
    for rest in firsts["video"].rests():
        first = bisect_right(silences, rest.begins, key=lambda each: each.ends)
        behind = bisect_left(silences, rest.ends, key=lambda each: each.begins)
        if any(rest.is_about_when(each) for each in silences[first:behind]):
            yield rest.at - begins


class _Track:
    """What is seen of a track while its packets are read, in the order of their coding.

    `times` are those of the packets that tell when they are shown, `keys` which of these can be
    decoded alone.  `begins` and `ends` leave out what an edit list cuts off; where nothing tells
    when the last is shown, when it is decoded is near enough.
    """

    def __init__(self) -> None:
        self.times, self.keys = array("d"), bytearray()
        self.begins, self.ends = math.inf, -math.inf
        self.byte_count = 0
        self.is_cut = self.is_untimed = False

    def add(self, pts: str, dts: str, seconds: str, size: str, flags: str) -> None:
        """Read "0.040000", "0.000000", "0.040000", "363", "K_"."""
        self.byte_count += int(_number(size) or 0)
        self.is_cut |= "D" in flags
        shown, decoded = _number(pts), _number(dts)
        if shown is None:
            self.is_untimed = True
        else:
            self.times.append(shown)
            self.keys.append("K" in flags)
        time = decoded if shown is None else shown
        if time is not None and "D" not in flags:
            self.begins = min(self.begins, time)
            self.ends = max(self.ends, time + (_number(seconds) or 0.0))


class _Tracks(_Rows):
    """Reads the packets of every track, and of what kind it is at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: defaultdict[str, _Track] = defaultdict(_Track)
        self._pictures: set[int] = set()
        self._sounds: set[int] = set()

    def _read(self, row: list[str]) -> None:
        what, *said = row
        if what == "packet":
            _, stream, *told = (*said, "", "", "", "", "", "")
            self._seen[stream].add(*told[:5])
        elif what == "stream":
            stream, kind, is_cover, *_ = (*said, "", "")
            if kind == "audio":
                self._sounds.add(int(stream))
            elif kind == "video" and is_cover == "0":
                self._pictures.add(int(stream))

    @property
    def picture(self) -> _Track:
        """The first that is no cover and has pictures; DamagedMedia where there is none."""
        for stream in sorted(self._pictures):
            if str(stream) in self._seen:
                return self._seen[str(stream)]
        raise DamagedMedia(detail="it holds no picture")

    @property
    def sounds(self) -> list[_Track]:
        """All sound tracks."""
        return [self._seen[str(stream)] for stream in sorted(self._sounds)]


def last_before_gap(path: Path, media: MediaInfo, patience: Patience) -> float:
    """Find the moment of the last picture before the longest gap, from the first one on."""
    times = sorted(_read(path, patience).picture.times) or [0.0]
    gaps = [(later - time, time) for time, later in pairwise([*times, media.seconds or times[-1]])]
    return max(gaps)[1] - times[0]


def inspect(path: Path, media: MediaInfo, patience: Patience) -> Packing:
    """Read how a clip is packed; DamagedMedia where it cannot be read."""
    tracks = _read(path, patience)
    picture, sounds = tracks.picture, tracks.sounds
    heard = [sounds[index] for index in media.heard if math.isfinite(sounds[index].begins)]
    times = sorted(picture.times)
    frame = 1 / float(media.video.fps or 25)
    begins, ends = picture.begins, picture.ends
    if not picture.is_untimed:
        begins, ends = times[0], times[-1] + frame
    if not math.isfinite(begins):
        raise DamagedMedia(detail="its pictures have no times")
    sounds_from = min((each.begins for each in heard), default=begins)
    inside, strangers = None, list[str]()
    if media.container == "mp4" and media.video.codec == "h264":
        inside = boxes.read(path)
        referenced = picture.byte_count + sum(each.byte_count for each in sounds)
        strangers += inside.strangers
        strangers += ["bytes of no track"] if inside.media_bytes != referenced else []
        strangers += ["further tracks"] if inside.tracks != 1 + len(media.audio) else []
        strangers += ["messages"] if _has_messages(path, patience) else []
    return Packing(
        constant_rate=not picture.is_untimed
        and all(
            abs(time - begins - number * frame) < _OFF_RATE * frame
            for number, time in enumerate(times)
        ),
        closed_gops=_closed(picture),
        longest_gop_seconds=round(_longest_gop(picture, ends), 3),
        starts_at_once=begins < frame + sounds_from,
        nothing_cut=not picture.is_cut,
        picture_ends_seconds=round(ends - begins, 3),
        sound_from_seconds=round(max(0.0, sounds_from - begins), 3),
        sound_ends_seconds=round(max(each.ends for each in heard) - begins, 3) if heard else None,
        index_in_front=bool(inside and inside.index_in_front),
        strangers=tuple(strangers),
    )


def follow(path: Path, patience: Patience) -> Course:
    """Follow every stream of a recording to its end, also those that no header names."""
    wanted = "packet=codec_type,stream_index,pts_time,dts_time,duration_time,pos"
    entries = ("-show_entries", wanted, "-of", "csv=p=0", "-i", ffmpeg.INPUT)
    streams = _Streams()
    _run(path, ("ffprobe", "-v", "error", *ffmpeg.opening(), *entries), patience, streams)
    return streams.course()


def _read(path: Path, patience: Patience) -> _Tracks:
    """Read the packets of every track; DamagedMedia where that fails."""
    wanted = "packet=codec_type,stream_index,pts_time,dts_time,duration_time,size,flags"
    streams = "stream=index,codec_type:stream_disposition=attached_pic"
    entries = ("-show_entries", f"{wanted}:{streams}", "-of", "csv", "-i", ffmpeg.INPUT)
    tracks = _Tracks()
    _run(path, ("ffprobe", "-v", "error", *ffmpeg.opening(), *entries), patience, tracks)
    return tracks


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


def _run(
    path: Path, argv: Sequence[str], patience: Patience, moved: Callable[[bytes], bool] = bool
) -> bytes:
    limits = ffmpeg.READING._replace(seconds=ffmpeg.budget_seconds(path, None))
    with path.open("rb") as content:
        finished = process.run(argv, patience=patience, limits=limits, content=content, moved=moved)
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    return finished.output


def _number(said: str) -> float | None:
    try:
        return float(said)
    except ValueError:
        return None


def _closed(picture: _Track) -> bool:
    """Whether no picture that is coded after a key picture is shown before it."""
    key = math.inf
    for time, is_key in zip(picture.times, picture.keys, strict=True):
        if is_key:
            key = time
        if time < key:
            return False
    return bool(picture.times)


def _longest_gop(picture: _Track, ends: float) -> float:
    keys = [time for time, is_key in zip(picture.times, picture.keys, strict=True) if is_key]
    return max((later - key for key, later in pairwise([*keys, ends])), default=ends)
