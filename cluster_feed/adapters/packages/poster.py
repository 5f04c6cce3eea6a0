"""The still that stands for a clip where it does not play."""

from pathlib import Path
from typing import Final

from cluster_feed.adapters import clips
from cluster_feed.adapters.process import PATIENT, Patience
from cluster_feed.core.asset import MediaInfo

_FROM: Final = 0.25
"""The part of a clip after which to look: openings are titles, and black."""
_FRAMES: Final = 50
"""Of so many frames in a row the one most like the others is taken: no flash, no fade."""


def of(rendition: Path, media: MediaInfo, patience: Patience = PATIENT) -> bytes:
    """Take a frame of a rendition, as JPEG of its size; the same rendition gives the same bytes.

    Raises DamagedMedia.
    """
    return clips.still(
        rendition, (media.seconds or 0) * _FROM, f"thumbnail={_FRAMES}", patience=patience
    )
