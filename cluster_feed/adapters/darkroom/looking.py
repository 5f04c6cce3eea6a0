"""What a photo is."""

from typing import Any, Final

from PIL import ImageFile

from .opening import BAD_METADATA, SUBFILE_TYPE, orientation_of
from .texts import embedded

_NO_PAGE: Final = 0b101
"""Bits of TIFF's subfile type: a preview, and what says where another picture is seen through."""
_MPF_ENTRIES: Final = 0xB002
_MOST_PAGES: Final = 1000
_TURN_CLOCKWISE: Final = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""By EXIF orientation; 2, 4, 5 and 7 are mirrored as well."""


def look(image: ImageFile.ImageFile) -> dict[str, object]:
    """Say what a photo is, having decoded all of it.

    A JPEG is decoded at an eighth of its size: all its data are read, few of its pixels made.
    """
    facts = {
        "format": str(image.format).lower().replace("mpo", "jpeg"),
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "turn": _TURN_CLOCKWISE.get(orientation_of(image), 0),
    }
    image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()
    return {**facts, "embedded": dict(embedded(image)), "pages": _pages(image)}


def _pages(image: Any) -> int:  # noqa: ANN401  what tells it, each format's reader names otherwise
    """Count the pictures that somebody would leaf through: no previews, no maps of a phone's HDR.

    It is leafed through here too, so that this comes last.
    """
    if image.format == "HEIF":
        return int(image.n_frames)
    if image.format == "MPO":
        kinds = [entry["Attribute"]["MPType"] for entry in image.mpinfo[_MPF_ENTRIES]]
        return max(1, sum(str(kind).startswith("Multi-Frame") for kind in kinds))
    count = 1
    for number in range(1, _MOST_PAGES if image.format == "TIFF" else 1):
        try:
            image.seek(number)
            count += not image.tag_v2.get(SUBFILE_TYPE, 0) & _NO_PAGE
        except (EOFError, *BAD_METADATA):
            break
    return count
