"""A photo's copy for publication: upright, sRGB, and silent about where and with what it was taken.

A camera's or phone's file carries the place, the device's serial number and sometimes a second
picture; none of that was approved.  So a package never holds a photo's own file.
"""

import io
import logging
import struct
from pathlib import Path
from typing import Final

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from cluster_feed.core.asset import MediaInfo, VideoInfo
from cluster_feed.core.errors import CannotBeNormalized

_log = logging.getLogger(__name__)

_FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "HEIF")
_UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    struct.error,
    Image.DecompressionBombError,
)

pillow_heif.register_heif_opener()


def save(source: Path, to: Path, longest: int | None = None) -> MediaInfo:
    """Save a JPEG of a photo and say what it is.

    `longest` is the longer side in pixels, never enlarged; None: the size it has.  Raises
    CannotBeNormalized where the photo cannot be read.
    """
    try:
        with Image.open(source, formats=_FORMATS) as photo:
            picture = _to_srgb(ImageOps.exif_transpose(photo))
    except _UNREADABLE as error:
        raise CannotBeNormalized(profile="Vietnam.vn", detail=error) from error
    if longest:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    picture.info.clear()
    picture.save(to, "JPEG", quality=95, subsampling=0)
    return MediaInfo(
        container="jpeg",
        byte_count=to.stat().st_size,
        video=VideoInfo(
            codec="mjpeg", width=picture.width, height=picture.height, pixel_format="yuvj444p"
        ),
    )


def _to_srgb(photo: Image.Image) -> Image.Image:
    """Convert by the embedded profile, if there is one; what is transparent becomes white."""
    icc = photo.info.get("icc_profile")
    if photo.mode.startswith("I"):
        photo = photo.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if photo.has_transparency_data:
        transparent = photo.convert("RGBA")
        photo = Image.new("RGB", photo.size, "white")
        photo.paste(transparent, mask=transparent.getchannel("A"))
    if photo.mode not in ("L", "CMYK"):
        photo = photo.convert("RGB")
    if icc:
        photo = _by_profile(photo, icc)
    return photo.convert("RGB")


def _by_profile(photo: Image.Image, icc: bytes) -> Image.Image:
    """Convert to sRGB; a profile that is broken or for another kind of picture says nothing."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(photo, own, srgb, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        _log.warning("a photo's colour profile cannot be used; it is taken for sRGB")
        return photo
    return converted or photo
