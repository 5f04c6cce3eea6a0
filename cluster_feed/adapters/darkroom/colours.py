"""Bring a photo's colours to sRGB."""

import io
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from PIL import Image, ImageCms

_SCREENS_GAMMA: Final = 1 / 2.2
"""PNG's for pictures that are shown as they are."""
_HARDLY: Final = 0.05


class Colours(NamedTuple):
    """What a picture says its numbers mean: an ICC profile, a screen's level for each of 256."""

    profile: bytes | None
    curve: Sequence[int]


def named_srgb() -> bytes:
    """Write sRGB's profile; it says when it was written, which is at the same moment every time."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


def plain(image: Image.Image, white: float) -> Image.Image:
    """Bring a picture to a mode that can be scaled without looking at neighbouring colours."""
    if image.mode in {"RGB", "RGBA", "CMYK", "L", "LA", "LAB"}:
        if image.mode != "LA" and "transparency" not in image.info:
            return image
        return image.convert("RGBA")
    if image.mode.startswith("I") or image.mode == "F":
        grey = image.convert("F").point(lambda value: value * (255 / white)).convert("L")
        if (clear := image.info.get("transparency")) is None:
            return grey
        opacity = [255 * (level != clear) for level in range(1 << 16)]
        grey.putalpha(image.convert("I").point(opacity, "L"))
        return grey.convert("RGBA")
    transparent = "transparency" in image.info or image.mode in {"PA", "La", "RGBa"}
    return image.convert("RGBA" if transparent else "RGB")


def white_of(image: Image.Image) -> float:
    """Find what grey of 16 bits, 32 bits or fractions means by white; Pillow would say 255."""
    if image.mode not in {"I", "F"}:
        return 65_535
    _, brightest = image.getextrema()
    return max(1.0, float(str(brightest)))


def curve(image: Image.Image) -> list[int]:
    """Make of PNG's own gamma a screen's, 256 levels; none where its colours are told otherwise."""
    power = _SCREENS_GAMMA / (image.info.get("gamma") or _SCREENS_GAMMA)
    if {"srgb", "icc_profile"} & image.info.keys() or abs(power - 1) < _HARDLY:
        return []
    return [round(255 * (level / 255) ** power) for level in range(256)]


def srgb(image: Image.Image, colours: Colours, ground: str) -> Image.Image:
    """Convert by what the picture says of its colours where it can be read, on a ground."""
    if image.mode == "RGBA":
        opaque = srgb(image.convert("RGB"), colours, ground)
        return Image.composite(opaque, Image.new("RGB", image.size, ground), image.getchannel("A"))
    if colours.curve:
        return image.convert("RGB").point([*colours.curve] * 3)
    try:
        profile = colours.profile
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else _assumed(image)
        converted = own and ImageCms.profileToProfile(
            image, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None
    return converted or image.convert("RGB")


def _assumed(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """LAB says its own colours; of others without a profile Pillow's conversion is as good."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")) if image.mode == "LAB" else None
