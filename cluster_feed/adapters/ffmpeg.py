"""How ffmpeg is run on a clip that nobody here made.

ffmpeg-python builds the filter graph; `process` runs it.  An exit status proves nothing: ffmpeg
ends with 0 on half a file and on a full disk.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import ffmpeg

from cluster_feed.adapters import process
from cluster_feed.adapters.process import PATIENT, Finished, Limits, Patience
from cluster_feed.core.asset import MediaInfo, VideoInfo
from cluster_feed.core.bilingual import decimal
from cluster_feed.core.errors import BreaksOff, DamagedMedia, WorkInterrupted

FORMATS: Final = "mov,matroska,mxf,mpegts,mpeg,avi,dv,asf"
"""Containers that may be opened.  No playlist is among them: those make ffmpeg read other files."""

INPUT: Final = "file:/dev/stdin"
"""A file is handed over open: its name, which may look like a pattern or an option, stays here."""

OPENING: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": FORMATS,
    "analyzeduration": "20M",
    "probesize": "20M",
}
MEMORY: Final = 4 * process.GIB
READING: Final = Limits(MEMORY)
_LEAST_BUDGET_SECONDS: Final = 900
_SLOWEST: Final = 60
"""How many seconds a second of a clip may take."""
_ENDED_BY_SIGNAL: Final = 255
SHORTFALL_SECONDS: Final = 0.5
"""How much less than its container promises a clip may hold."""

_RECORDED_MIDWAY: Final = frozenset({"mpegts", "mpeg"})
"""Containers that may begin and end anywhere, so that broken packets at the ends are no damage."""

_EDGE_SECONDS: Final = 1.5
"""How much at the ends of a recording may be broken, because it was cut there."""
_ZEROS: Final = 1 << 14

_STEPPED_OVER: Final = re.compile(
    r"^\[(?:matroska,webm @|asf @ \w+\] (?!parser not found))", re.MULTILINE
)
"""What demuxers say that pass over what they cannot read as if it had not been there."""

_FORGIVING: Final = frozenset({"mjpeg"})
"""Decoders that take a broken picture for a whole one, unless they are told not to."""

THREADS: Final = 2
_MOST_NOTES: Final = 200_000


class Work(NamedTuple):
    """What it takes to run ffmpeg for somebody: patience, and whom to tell how far it is."""

    patience: Patience = PATIENT
    tell: Callable[[float], None] = lambda _part: None


UNWATCHED: Final = Work()


class Progress:
    """Reads `-progress`, notices whether it stands still, and keeps what filters note down."""

    def __init__(self, seconds: float | None, tell: Callable[[float], None]) -> None:
        self.reached = 0.0
        self.frames = 0
        self.notes: list[str] = []
        self._seconds = seconds
        self._tell = tell
        self._unread = b""
        self._last: tuple[bytes, ...] = ()

    def __call__(self, chunk: bytes) -> bool:
        """Read on; say whether the work has moved."""
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        marks = tuple(line for line in lines if line.startswith((b"frame=", b"out_time_us=")))
        notes = (line for line in lines if line.startswith((b"frame:", b"lavfi.", b"SHA")))
        self.notes += (note.decode("ascii", "replace") for note in notes)
        del self.notes[_MOST_NOTES:]
        for mark in marks:
            name, _, value = mark.partition(b"=")
            if name == b"out_time_us" and value.strip().lstrip(b"-").isdigit():
                self.reached = max(self.reached, int(value) / 1_000_000)
            elif name == b"frame" and value.strip().isdigit():
                self.frames = int(value)
        if self._seconds:
            self._tell(min(1.0, self.reached / self._seconds))
        moved = bool(marks) and marks != self._last
        self._last = marks or self._last
        return moved


def opening() -> tuple[str, ...]:
    """Say the same as words of a command line."""
    return tuple(word for name, value in OPENING.items() for word in (f"-{name}", value))


def demux_seconds(source: Path, patience: Patience) -> float:
    """Read a clip's packets to the end for the length of its picture that no header tells."""
    clip = ffmpeg.input(INPUT, **OPENING)["V:0"]
    graph = ffmpeg.output(clip, "-", c="copy", format="null")
    finished, progress = run(source, graph, None, Work(patience), level="error")
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    return progress.reached


# --- How it is run ------------------------------------------------------------------------------


def opened(media: MediaInfo) -> Any:  # noqa: ANN401  ffmpeg-python has no types
    """Open a clip strictly, so that its first broken packet ends the work."""
    strictness: dict[str, str | None] = (
        {"fflags": "+discardcorrupt"} if media.container in _RECORDED_MIDWAY else {"xerror": None}
    )
    if media.video.codec in _FORGIVING:
        strictness["err_detect"] = "explode"
    strictness |= seeing_through(media.video)
    return ffmpeg.input(INPUT, threads=THREADS, **strictness, **OPENING)


def seeing_through(video: VideoInfo) -> dict[str, str]:
    """Name the decoder that knows what is transparent; ffmpeg's own leaves that out."""
    decoders = {"vp8": "libvpx", "vp9": "libvpx-vp9"} if "yuva" in video.pixel_format else {}
    return {"c:V": decoders[video.codec]} if video.codec in decoders else {}


def level(media: MediaInfo) -> str:
    """Name the level at which ffmpeg tells of all that it passes over."""
    return "info" if media.container == "asf" else "error"


def run(
    source: Path,
    graph: Any,  # noqa: ANN401
    seconds: float | None,
    work: Work,
    *,
    level: str = "info",
    report_seconds: float = 0.5,
    limits: Limits = READING,
) -> tuple[Finished, Progress]:
    """Run a graph on a clip of so many seconds to its end, whatever its status.

    `limits` say where it may leave files, and how large; its time goes by the clip's.
    """
    progress = Progress(seconds, work.tell)
    options = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", level, "-y")
    telling = ("-progress", "pipe:1", "-stats_period", str(report_seconds))
    threads = ("-filter_complex_threads", str(THREADS))
    with source.open("rb") as content:
        finished = process.run(
            ffmpeg.compile(graph, cmd=["ffmpeg", *options, *telling, *threads]),
            patience=work.patience,
            limits=limits._replace(seconds=_budget_seconds(seconds)),
            content=content,
            moved=progress,
        )
    if finished.status == _ENDED_BY_SIGNAL:
        raise WorkInterrupted(program="ffmpeg")
    return finished, progress


def _budget_seconds(seconds: float | None) -> float:
    return _LEAST_BUDGET_SECONDS + _SLOWEST * (seconds or _LEAST_BUDGET_SECONDS)


def blame(source: Path, media: MediaInfo, patience: Patience) -> None:
    """Find where a clip breaks, by decoding it again and watching every frame; BreaksOff there.

    The second time its sound, which alone would be through before anybody could look, is decoded
    beside the picture.
    """
    clip = opened(media)
    sounds = [clip[f"a:{index}"] for index in media.audible[:1]]
    for streams in ([clip["V:0"]], [clip["V:0"], *sounds]):
        reached, whole = _decoded(source, streams, patience)
        if not whole:
            raise breaks_off(reached, media)
        check_length(reached, media)


def check_recording(source: Path, media: MediaInfo, patience: Patience) -> None:
    """Decode a recorded stream between its ends, which may be broken; BreaksOff where it is.

    Elsewhere the first broken packet ends the work.  A file whose size was set before its content
    came ends in zeros.
    """
    if media.container in _RECORDED_MIDWAY and (held := _before_zeros(source)) < media.byte_count:
        seconds = media.seconds or 0.0
        whole = media.model_copy(update={"seconds": seconds * media.byte_count / max(held, 1)})
        raise breaks_off(seconds, whole)
    inside = (media.seconds or 0.0) - 2 * _EDGE_SECONDS
    if media.container not in _RECORDED_MIDWAY or inside <= 0:
        return
    strictly = {"threads": THREADS, "xerror": None, "ss": _EDGE_SECONDS, "t": inside}
    clip = ffmpeg.input(INPUT, **strictly, **OPENING)
    streams = [clip["V:0"]]
    if (
        media.container == "mpegts"
    ):  # of the others' sound a frame is cut in two wherever one begins
        streams += (clip[f"a:{index}"] for index in media.audible[:1])
    reached, whole_inside = _decoded(source, streams, patience)
    if not whole_inside:
        raise breaks_off(_EDGE_SECONDS + reached, media)


def _decoded(source: Path, streams: list[Any], patience: Patience) -> tuple[float, bool]:
    """Decode, watching every frame; say how far that went, and whether to the end."""
    graph = ffmpeg.output(*streams, "-", format="null")
    finished, progress = run(
        source, graph, None, Work(patience), level="error", report_seconds=0.001
    )
    return progress.reached, not finished.status


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


def has_stepped_over(complaints: str) -> bool:
    """Whether a demuxer left out what it could not read."""
    return bool(_STEPPED_OVER.search(complaints))


def check_length(reached: float, media: MediaInfo) -> None:
    """Raise BreaksOff where a clip ended before its time."""
    if media.seconds is not None and reached < media.seconds - SHORTFALL_SECONDS:
        raise breaks_off(reached, media)


def breaks_off(reached: float, media: MediaInfo) -> BreaksOff:
    """Say at which second a clip breaks."""
    return BreaksOff(at=decimal(reached), seconds=decimal(media.seconds or reached))
