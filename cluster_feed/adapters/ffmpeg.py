"""How ffmpeg is run on a clip that nobody here made.

ffmpeg-python builds the filter graph; `process` runs it.  An exit status proves nothing: ffmpeg
ends with 0 on half a file and on a full disk.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import ffmpeg

from cluster_feed.adapters import process
from cluster_feed.adapters.process import PATIENT, Finished, Limits, Patience
from cluster_feed.core.asset import MediaInfo, VideoInfo
from cluster_feed.core.errors import DamagedMedia, WorkInterrupted

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
MEMORY: Final = 2 * process.GIB
"""Of each of the processes that work on a clip together: a decoder, and a coder a screen."""
READING: Final = Limits(MEMORY)
_LEAST_BUDGET_SECONDS: Final = 900
_SLOWEST: Final = 30
"""How many seconds a second of a clip may take, whatever is done with it."""
_SLOWEST_READING: Final = 1 << 20
"""Bytes a second."""
_ENDED_BY_SIGNAL: Final = 255
RECORDED_MIDWAY: Final = frozenset({"mpegts", "mpeg"})
"""Containers that may begin and end anywhere, so that broken packets at the ends are no damage."""

_ALL_IT_NOTICES: Final = {"err_detect": "crccheck+bitstream+buffer+explode"}
_STRICTNESS: Final = {
    **dict.fromkeys(("msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2"), _ALL_IT_NOTICES),
    "mjpeg": {"err_detect": "explode"},
    "hevc": {"err_detect": "crccheck+explode"},
    "vp9": {"c:V": "libvpx-vp9"},
}
"""What has decoders tell of a broken picture that they would otherwise take for a whole one: H.265
of the hash that some encoders send with it; of VP9 libvpx notices more than ffmpeg."""

UNTOLD: Final = frozenset(
    {"hevc", "vp8", "vp9", "av1", "dvvideo", "prores", "ffv1", "rawvideo", "v210", "cinepak"}
)
"""Codings of which some or most that is damaged decodes to some picture, and nobody is told."""

_SHARES_SLICES: Final = frozenset({"mpeg2video", "prores", "dnxhd"})
"""Decoders that share the slices of one picture among threads, and miss nothing (measured)."""

_VERSION: Final = re.compile(rb"ffmpeg version (\S+)")
THREADS: Final = 2
"""For work that judges nothing; see `judging`."""
_MEMORY_HABITS: Final = {
    # New memory holds zeros.  x264's AVX-512 code reads some before it is written, so that what an
    # encoder made depended on what the others had left there.
    "MALLOC_PERTURB_": "255",
    # What a frame lay in is kept for the next one, and not given back in between.
    "MALLOC_TRIM_THRESHOLD_": str(MEMORY),
    "MALLOC_MMAP_THRESHOLD_": str(MEMORY),
}
"""What glibc is told."""
_REPORT_SECONDS: Final = "0.5"
_MOST_NOTES: Final = 200_000


class Work(NamedTuple):
    """What it takes to run ffmpeg for somebody: patience, and whom to tell how far it is.

    `overheard` gets all that it complains of.
    """

    patience: Patience = PATIENT
    tell: Callable[[float], None] = lambda _part: None
    overheard: Callable[[bytes], None] = process.unheard


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


def version() -> str:
    """Name the ffmpeg that is installed, "5.1.9-0+deb12u1"; nothing where there is none.

    It is asked once, and again when it was replaced while this process goes on.
    """
    place = shutil.which("ffmpeg")
    return _version(place, Path(place).stat().st_mtime_ns) if place else ""


@lru_cache(1)
def _version(place: str, _installed_ns: int) -> str:
    finished = process.run((place, "-version"), patience=PATIENT, limits=READING)
    said = _VERSION.match(finished.output)
    return said[1].decode("ascii", "replace") if said else ""


# --- How it is run ------------------------------------------------------------------------------


def judging(video: VideoInfo) -> dict[str, str | int]:
    """Say how a clip is decoded whose pictures are to be judged, the same at every run.

    With a thread a picture, a decoder hands one out before it knows that it is broken.
    """
    sliced = video.codec in _SHARES_SLICES
    threads: dict[str, str | int] = (
        {"threads": THREADS, "thread_type": "slice"} if sliced else {"threads": 1}
    )
    return {**threads, **_STRICTNESS.get(video.codec, {})}


def opened(media: MediaInfo) -> Any:  # noqa: ANN401  ffmpeg-python has no types
    """Open a clip strictly, so that its first broken packet ends the work."""
    strictness: dict[str, str | None] = (
        {"fflags": "+discardcorrupt"} if media.container in RECORDED_MIDWAY else {"xerror": None}
    )
    decoding = {**judging(media.video), **seeing_through(media.video)}
    return ffmpeg.input(INPUT, **decoding, **strictness, **OPENING)


def unheard(clip: Any, media: MediaInfo) -> Iterator[Any]:  # noqa: ANN401
    """Let a recording's sound run along where nobody hears it: its time begins with the sooner."""
    if media.audio and media.container in RECORDED_MIDWAY:
        yield ffmpeg.output(clip["a"], "-", c="copy", format="null")


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
    limits: Limits = READING,
    intakes: Sequence[int] = (),
) -> tuple[Finished, Progress]:
    """Run a graph on a clip of so many seconds to its end, whatever its status.

    `limits` say where it may leave files, and how large; its time goes by the clip's, or by the
    size of one without a length.  `intakes` are pipes that it may write to.
    """
    limits = limits._replace(seconds=budget_seconds(source, seconds))
    with source.open("rb") as content:
        return fed(content, graph, seconds, work, level=level, limits=limits, intakes=intakes)


def fed(
    content: BinaryIO,
    graph: Any,  # noqa: ANN401
    seconds: float | None,
    work: Work,
    *,
    limits: Limits,
    level: str = "info",
    intakes: Sequence[int] = (),
) -> tuple[Finished, Progress]:
    """Run a graph on what is open already."""
    progress = Progress(seconds, work.tell)
    options = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", level, "-y")
    telling = ("-progress", "pipe:1", "-stats_period", _REPORT_SECONDS)
    threads = ("-filter_complex_threads", str(THREADS))
    finished = process.run(
        ffmpeg.compile(graph, cmd=["ffmpeg", *options, *telling, *threads]),
        patience=work.patience,
        limits=limits._replace(environment=_MEMORY_HABITS),
        content=content,
        moved=progress,
        overheard=work.overheard,
        intakes=intakes,
    )
    if finished.status == _ENDED_BY_SIGNAL:
        raise WorkInterrupted(program="ffmpeg")
    return finished, progress


def budget_seconds(source: Path, seconds: float | None) -> float:
    """How long work on a file may take: one program's, and all that is done for it together."""
    if seconds is None:
        return _LEAST_BUDGET_SECONDS + source.stat().st_size / _SLOWEST_READING
    return _LEAST_BUDGET_SECONDS + _SLOWEST * seconds
