"""What people, and a cropping, need to see of a clip: a preview, a still, a glance."""

from pathlib import Path
from typing import Final

import ffmpeg
from PIL import Image

from cluster_feed.adapters import process, sound
from cluster_feed.adapters.coders import FILE, beside
from cluster_feed.adapters.darkroom.framing import Attention, attention
from cluster_feed.adapters.ffmpeg import INPUT, OPENING, THREADS, Work, opening, run, seeing_through
from cluster_feed.adapters.frames import opaque, small
from cluster_feed.adapters.process import PATIENT, Limits, Patience
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import DamagedMedia

_PREVIEW_BYTES: Final = 250_000
"""A second; far more than a small picture takes."""
_STILL: Final = Limits(2 * process.GIB)
_GLANCES: Final = 8
_GLANCE: Final = 64
"""Pixels a side."""
_AS_JPEG_HAS_IT: Final = (
    "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj444p"
)
"""A rendition's colours are BT.709's, a JPEG's those of BT.601."""


def glance(source: Path, media: MediaInfo, patience: Patience = PATIENT) -> Attention | None:
    """Look at some frames over the whole of a clip for what draws the eye; None: at nothing."""
    frames = []
    for number in range(_GLANCES):
        seconds = (media.seconds or 0.0) * (number + 0.5) / _GLANCES
        with source.open("rb") as content:
            finished = process.run(
                [
                    *("ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"),
                    *(*opening(), "-threads", "1", "-ss", f"{seconds:.3f}", "-i", INPUT),
                    *("-map", "0:V:0", "-frames:v", "1", "-f", "rawvideo", "-vf"),
                    *(f"scale={_GLANCE}:{_GLANCE}:flags=area+bitexact,format=rgb24", "-"),
                ],
                patience=patience,
                limits=_STILL,
                content=content,
            )
        if len(finished.output) == 3 * _GLANCE**2:
            frames.append(Image.frombytes("RGB", (_GLANCE, _GLANCE), finished.output))
    return attention(*frames) if frames else None


def preview(source: Path, media: MediaInfo, to: Path, patience: Patience = PATIENT) -> None:
    """Code a small copy in a fraction of a clip's length, for people to see what is in it.

    What is broken in the clip is passed over.  Raises DamagedMedia where nothing can be read.
    """
    quickly = {"threads": THREADS, "skip_loop_filter": "all", **seeing_through(media.video)}
    clip = ffmpeg.input(INPUT, **quickly, **OPENING)
    streams = [small(opaque(clip["V:0"], media.video), media.video)]
    if media.audible:
        streams.append(sound.track(clip, media))
    coding = {"c:v": "libx264", "preset": "ultrafast", "crf": 28, "g": 50, "threads": THREADS}
    heard = {"c:a": "aac", "b:a": "64k"} if media.audible else {}
    graph = ffmpeg.output(*streams, str(to), **coding, **heard, **FILE)
    limits = beside(to, round((media.seconds or 0) * _PREVIEW_BYTES))
    finished, progress = run(
        source, graph, media.seconds, Work(patience), level="error", limits=limits
    )
    if finished.status or not progress.frames:
        raise DamagedMedia(detail=finished.last_complaint)


def still(made: Path, seconds: float, chain: str, patience: Patience = PATIENT) -> bytes:
    """Take a frame of a rendition as JPEG, by a chain of ffmpeg's filters from a moment on.

    The same rendition gives the same bytes.  Raises DamagedMedia.
    """
    with made.open("rb") as content:
        finished = process.run(
            [
                *("ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"),
                *("-protocol_whitelist", "file", "-format_whitelist", "mov"),
                *("-threads", "1", "-ss", f"{seconds:.3f}", "-i", INPUT, "-map", "0:v:0"),
                *("-vf", f"{chain},{_AS_JPEG_HAS_IT}", "-frames:v", "1"),
                *("-fflags", "+bitexact", "-flags:v", "+bitexact"),
                *("-c:v", "mjpeg", "-q:v", "2", "-threads", "1", "-f", "image2pipe", "-"),
            ],
            patience=patience,
            limits=_STILL,
            content=content,
        )
    if finished.status or not finished.output:
        raise DamagedMedia(detail=finished.last_complaint)
    return finished.output
