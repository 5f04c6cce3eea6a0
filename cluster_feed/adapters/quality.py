"""Look and listen for what is wrong in a clip, on the way of a decode that is made anyway.

The picture is looked at small, in a branch beside the work; what filters find they note down on
ffmpeg's standard output, line by line.
"""

# ruff: noqa: ANN401  ffmpeg-python, which builds the graph, has no types

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import ffmpeg

from cluster_feed.core.asset import VideoInfo
from cluster_feed.core.finding import Finding, Flaw, Stretch, stretches
from cluster_feed.core.loudness import SILENCE_LUFS, Loudness

_SIZE: Final = (480, 270)
_BLACK_SECONDS: Final = 2.0
_FREEZE_SECONDS: Final = 5.0
_SILENCE_SECONDS: Final = 5.0
WINDOW_SECONDS: Final = 1.2
"""How much of a clip must be seen at once to tell of anything in it."""
_NOTED_SECONDS: Final = 1.0
"""What stands still for less is not noted down."""
_FLASHING: Final = 10.0
"""What ffmpeg's meter makes of black and white changing more than twice a second, measured: two a
second 8, three (the most that ITU-R BT.1702 allows) 12, five 20."""
_USUAL_RATE: Final = 25
_FLASHES_SIZE: Final = (160, 90)
"""A flash that harms fills a quarter of the picture."""
_REDNESS: Final = {f"{to}{of}": 2 if of == "r" else -2 for to in "rgb" for of in "rgb"}
"""Twice what red has over green and blue together, as grey: saturated red is white, and only that.
Flashes of it harm although they are dark (ITU-R BT.1702, annex 1)."""
_FEWEST_FRAMES: Final = 6
"""A second; fewer cannot show three flashes, which are six changes."""
_FULL_SCALE_DB: Final = -0.05
_LEAST_PICTURE: Final = 0.94
"""The part of the frame's side below which bars were built into the picture."""
_NOTES: Final = "pipe:1"
_MOMENT: Final = re.compile(r"(frame:.*pts_time:|lavfi\.\S+_(?:start|end)=)([\d.]+)")
_SHORT_TERM: Final = "lavfi.r128.S"
_ONCE_A_SECOND: Final = "not(mod(n+1,10))"
"""The meter speaks every 100 ms."""
_MOST_MOMENTS: Final = 600
_COURSE_STEP_LU: Final = 0.5
"""Finer than anybody hears, or sees in a plot."""
_USUAL_SAMPLE_RATE: Final = 48_000


class _Note(NamedTuple):
    """What a filter said at a moment of the clip."""

    at: float
    name: str
    value: float


def watched(picture: Any, video: VideoInfo) -> Any:
    """Look at a small copy of the picture: black, freezes, flashes; once a second at its bars.

    What comes of it is an output that leads nowhere.
    """
    fps = video.fps or _USUAL_RATE
    window = max(2, min(240, round(fps * WINDOW_SECONDS)))
    small = (
        picture.filter("scale", *_SIZE, flags="fast_bilinear")
        .filter("format", "yuv420p")
        .filter("blackdetect", d=_NOTED_SECONDS)
        .filter("freezedetect", n="-60dB", d=_NOTED_SECONDS)
    )
    for name in (
        "black_start",
        "black_end",
        "freezedetect.freeze_start",
        "freezedetect.freeze_end",
    ):
        small = _noted(small, "metadata", f"lavfi.{name}")
    views = small.filter_multi_output("split")
    edges = views[0].filter("fps", fps=1).filter("cropdetect", limit=24, round=2, skip=0)
    for side in ("w", "h"):
        edges = _noted(edges, "metadata", f"lavfi.cropdetect.{side}")
    if fps < _FEWEST_FRAMES:
        return ffmpeg.output(edges, "-", format="null")
    tiny = views[1].filter("scale", *_FLASHES_SIZE, flags="fast_bilinear").filter("format", "gbrp")
    shades = tiny.filter_multi_output("split")
    red = shades[1].filter("colorchannelmixer", **_REDNESS)
    flashes = [_flashes(shade, window) for shade in (shades[0], red)]
    return ffmpeg.output(edges, *flashes, "-", format="null")


def _flashes(picture: Any, window: int) -> Any:
    metered = picture.filter("photosensitivity", frames=window, skip=1, bypass=1)
    return _noted(
        metered,
        "metadata",
        "lavfi.photosensitivity.badness",
        value=str(_FLASHING),
        function="greater",
    )


def listened(sound: Any) -> Any:
    """Listen for silence."""
    sound = sound.filter("silencedetect", n="-60dB", d=_SILENCE_SECONDS)
    for name in ("silence_start", "silence_end"):
        sound = _noted(sound, "ametadata", f"lavfi.{name}")
    return sound


def clipped(sound: Any, sample_rate: int) -> Any:
    """Listen to a sound's own channels for samples at full scale: mixing them hides those."""
    sound = sound.filter("asetnsamples", sample_rate or _USUAL_SAMPLE_RATE, p=0).filter(
        "astats",
        metadata=1,
        reset=1,
        measure_perchannel="none",
        measure_overall="Peak_level",
    )
    return _noted(
        sound,
        "ametadata",
        "lavfi.astats.Overall.Peak_level",
        value=str(_FULL_SCALE_DB),
        function="greater",
    )


def followed(metered: Any) -> Any:
    """Note down, once a second, how loud a metered sound has just been."""
    return _noted(metered.filter("aselect", _ONCE_A_SECOND), "ametadata", _SHORT_TERM)


def _noted(stream: Any, filter_name: str, key: str, **condition: str) -> Any:
    return stream.filter(filter_name, "print", key=key, file=_NOTES, direct=1, **condition)


def seen(notes: Sequence[str], seconds: float) -> Iterator[Finding]:
    """Say what was seen in a picture of so many seconds.

    What lasts may have been noted down in parts of it that overlap; pictures that stand still one
    after another do not.
    """
    said = list(_read(notes))
    black = _spans(said, "black_start", "black_end", seconds)
    yield from stretches(Flaw.BLACK, black, least=_BLACK_SECONDS)
    frozen = _spans(said, "freezedetect.freeze_start", "freezedetect.freeze_end", seconds)
    yield from stretches(Flaw.FREEZE, frozen, least=_FREEZE_SECONDS, gap=-_NOTED_SECONDS / 2)
    flashes = (
        Stretch(max(0.0, note.at - WINDOW_SECONDS), note.at)
        for note in said
        if note.name == "photosensitivity.badness"
    )
    yield from stretches(Flaw.FLASHING, flashes, gap=1.0)
    edges = [note for note in said if note.name.startswith("cropdetect.")]
    sides = {
        side: max(note.value for note in edges if note.name[-1] == side) for side in "wh" if edges
    }
    across, down = sides.get("w", 0) / _SIZE[0], sides.get("h", 0) / _SIZE[1]
    if min(across, down) > 0 and min(across, down) < _LEAST_PICTURE:
        detail = f"{across:.0%} x {down:.0%}"
        yield Finding(flaw=Flaw.LETTERBOX, detail=detail)


def later(notes: Sequence[str], seconds: float) -> Iterator[str]:
    """Give what was noted down in a part of a clip as of the whole, where the part begins so late.

    Moments are told at the head of each note, and by what is said of beginnings and ends.
    """
    for note in notes:
        if found := _MOMENT.fullmatch(note):
            yield f"{found[1]}{float(found[2]) + seconds:.6f}"
        else:
            yield note


def heard(notes: Sequence[str], seconds: float, loudness: Loudness) -> Iterator[Finding]:
    """Say what was heard in a sound of so many seconds."""
    if loudness.lufs is None:
        yield Finding(flaw=Flaw.SILENCE, to_seconds=seconds)
        return
    said = list(_read(notes))
    silent = _spans(said, "silence_start", "silence_end", seconds)
    yield from stretches(Flaw.SILENCE, silent, least=_SILENCE_SECONDS)
    full = (Stretch(note.at, note.at + 1) for note in said if note.name.startswith("astats."))
    yield from stretches(Flaw.CLIPPING, full, gap=0.1)


def seconds_followed(notes: Sequence[str]) -> int:
    """Count the whole seconds of sound that were followed."""
    return sum(note.name == "r128.S" for note in _read(notes))


def course(notes: Sequence[str]) -> tuple[float | None, ...]:
    """Give how loud a sound was as time went by; of many moments the loudest of each few."""
    values = [note.value for note in _read(notes) if note.name == "r128.S"]
    step = math.ceil(len(values) / _MOST_MOMENTS) or 1
    loudest = (max(values[start : start + step]) for start in range(0, len(values), step))
    return tuple(
        round(value / _COURSE_STEP_LU) * _COURSE_STEP_LU if value > SILENCE_LUFS else None
        for value in loudest
    )


def _read(notes: Sequence[str]) -> Iterator[_Note]:
    """Read "frame:3 pts:120 pts_time:0.12", then "lavfi.black_start=0.12"."""
    at = 0.0
    for note in notes:
        words, _, number = note.rpartition("pts_time:" if note.startswith("frame:") else "=")
        try:
            value = float(number)
        except ValueError:
            continue
        if note.startswith("frame:"):
            at = value
        else:
            yield _Note(at, words.removeprefix("lavfi."), value)


def _spans(said: Sequence[_Note], start: str, end: str, seconds: float) -> Iterator[Stretch]:
    """Pair each start with the end after it; what never ended lasts to the end."""
    since: float | None = None
    for note in said:
        if note.name == start and since is None:
            since = note.value
        elif note.name == end and since is not None:
            yield Stretch(since, note.value)
            since = None
    if since is not None and since < seconds:
        yield Stretch(since, seconds)
