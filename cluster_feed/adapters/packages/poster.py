"""The still that stands for a clip where it does not play."""

from pathlib import Path
from typing import Final

from cluster_feed.adapters import ffmpeg, process
from cluster_feed.adapters.process import PATIENT, Limits, Patience
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import DamagedMedia

_LIMITS: Final = Limits(2 * process.GIB)
_FROM: Final = 0.25
"""The part of a clip after which to look: openings are titles, and black."""
_FRAMES: Final = 50
"""Of so many frames in a row the one most like the others is taken: no flash, no fade."""
_AS_JPEG_HAS_IT: Final = (
    "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj444p"
)
"""A rendition's colours are BT.709's, a JPEG's those of BT.601."""


def of(rendition: Path, media: MediaInfo, patience: Patience = PATIENT) -> bytes:
    """Take a frame of a rendition, as JPEG of its size; the same rendition gives the same bytes.

    Raises DamagedMedia.
    """
    picture = f"thumbnail={_FRAMES},{_AS_JPEG_HAS_IT}"
    with rendition.open("rb") as content:
        finished = process.run(
            [
                *("ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"),
                *("-protocol_whitelist", "file", "-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2"),
                *("-threads", "1", "-ss", f"{(media.seconds or 0) * _FROM:.3f}"),
                *("-i", ffmpeg.INPUT, "-map", "0:v:0", "-vf", picture),
                *("-frames:v", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
                *("-c:v", "mjpeg", "-q:v", "2", "-threads", "1", "-f", "image2pipe", "-"),
            ],
            patience=patience,
            limits=_LIMITS,
            content=content,
        )
    if finished.status or not finished.output:
        raise DamagedMedia(detail=finished.last_complaint)
    return finished.output
