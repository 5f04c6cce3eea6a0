"""The still that stands for a clip where it does not play."""

from pathlib import Path
from typing import Final

from cluster_feed.adapters import glimpses
from cluster_feed.adapters.process import PATIENT, Patience
from cluster_feed.core.asset import MediaInfo

_FROM: Final = 0.25
"""The part of a clip after which to look: openings are titles, and black."""
_LONGEST: Final = 1920
"""Pixels of its longer side."""
_FRAMES: Final = 50
"""Of so many frames in a row the one most like the others is taken: no flash, no fade."""


def of(rendition: Path, media: MediaInfo, patience: Patience = PATIENT) -> bytes:
    """Take a frame of a rendition, as JPEG of its shape; the same rendition gives the same bytes.

    Raises DamagedMedia.
    """
    chain = f"thumbnail={_FRAMES}"
    if max(media.video.shown_size) > _LONGEST:
        chain += f",scale={_LONGEST}:{_LONGEST}:force_original_aspect_ratio=decrease"
    return glimpses.still(rendition, (media.seconds or 0) * _FROM, chain, patience)
