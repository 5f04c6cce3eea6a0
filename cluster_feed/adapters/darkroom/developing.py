"""What is made of a photo."""

import io
import json
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any, Final

from PIL import Image, ImageFile, ImageFilter, ImageOps

from .colours import Colours, curve, named_srgb, plain, srgb, white_of
from .framing import Cut, attention, cut_for, focus, thumb
from .opening import Bounds, byte_count, orientation_of

_STRIP_PIXELS: Final = 4_000_000
_HANDS: Final = 2
"""How many strips are in work at once."""
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_REACH: Final = 3
"""How many of the result's pixels Lanczos looks to each side."""
_EXACT_STEPS: Final = 3.0
"""Pillow's `reducing_gap`: from 3 on the result can hardly be told from that of one step."""


def develop(image: ImageFile.ImageFile, orders: list[dict[str, Any]], bounds: Bounds) -> bytes:
    """Make a baseline JPEG an order: upright, in sRGB, without metadata, of exactly its size.

    An order for a screen: `whole` the screen, `fitted` the whole picture on it, `filled` the parts
    of 1 of the picture that fill it, `fit` pad, blur, crop (to the middle) or smart.  An order for
    a copy to publish: `longest`, the pixels of its longer side, never enlarged; 0: as it is; it
    carries sRGB's profile.  The answer is a line of JSON with the pictures' lengths in bytes, then
    the pictures.
    """
    orientation = orientation_of(image)
    cuts = [cut_for(order, image.size, sideways=orientation in _SIDEWAYS) for order in orders]
    smart = any(order.get("fit") == "smart" for order in orders)
    colours = Colours(image.info.get("icc_profile"), curve(image))
    wanted = [
        2 * max(int(cut.size[0] / cut.across) for cut in cuts),
        2 * max(int(cut.size[1] / cut.down) for cut in cuts),
    ]
    if byte_count(image) > bounds.bytes:
        wanted = [min(each, side // 2) for each, side in zip(wanted, image.size, strict=True)]
    image.draft(image.mode, (wanted[0], wanted[1]))
    white = white_of(image)
    seen = attention(scaled(image, thumb(image), white)) if smart else None
    pictures = []
    for order, cut in zip(orders, cuts, strict=True):
        if seen and order.get("fit") == "smart":
            cut = cut._replace(at=focus(seen, cut.across, cut.down))  # noqa: PLW2901
        ground = "white" if "longest" in order else "black"
        picture = srgb(scaled(image, cut, white), colours, ground)
        if orientation in _UPRIGHT:
            picture = picture.transpose(_UPRIGHT[orientation])
        if "longest" in order:
            pictures.append(_jpeg(picture, quality=92, subsampling="4:4:4", named=True))
        else:
            picture = _set_in(picture, tuple(order["whole"]), order["fit"])
            pictures.append(_jpeg(picture, quality=88, subsampling="4:2:0"))
    lengths = json.dumps([len(picture) for picture in pictures])
    return b"\n".join((lengths.encode(), b"".join(pictures)))


def scaled(image: Image.Image, cut: Cut, white: float) -> Image.Image:
    """Cut out and scale, a strip at a time, so that a large picture is never held twice."""
    image.load()
    width, height = cut.across * image.width, cut.down * image.height
    left, top = cut.at[0] * (image.width - width), cut.at[1] * (image.height - height)
    step = height / cut.size[1]
    margin = math.ceil(_REACH * max(1.0, step)) + 1
    rows = min(math.ceil(cut.size[1] / 2 / _HANDS), int(_STRIP_PIXELS / image.width / step)) or 1

    def strip(first: int) -> Image.Image:
        count = min(rows, cut.size[1] - first)
        begins, ends = top + first * step, top + (first + count) * step
        low = max(0, math.floor(begins) - margin)
        high = min(image.height, math.ceil(ends) + margin)
        return plain(image.crop((0, low, image.width, high)), white).resize(
            (cut.size[0], count),
            Image.Resampling.LANCZOS,
            box=(left, begins - low, min(left + width, image.width), min(ends, high) - low),
            reducing_gap=_EXACT_STEPS,
        )

    with ThreadPoolExecutor(_HANDS) as pool:
        return _stacked(list(pool.map(strip, range(0, cut.size[1], rows))))


def _stacked(parts: Sequence[Image.Image]) -> Image.Image:
    """Put pictures of one width below each other."""
    if len(parts) == 1:
        return parts[0]
    whole = Image.new(parts[0].mode, (parts[0].width, sum(part.height for part in parts)))
    below = accumulate((part.height for part in parts), initial=0)
    for part, top in zip(parts, below, strict=False):
        whole.paste(part, (0, top))
    return whole


def _jpeg(picture: Image.Image, quality: int, subsampling: str, *, named: bool = False) -> bytes:
    """Code a picture; `named`: with the profile of its colours."""
    made = io.BytesIO()
    picture.info = {}
    picture.save(
        made,
        "JPEG",
        quality=quality,
        subsampling=subsampling,
        optimize=True,
        icc_profile=named_srgb() if named else None,
    )
    return made.getvalue()


def _set_in(upright: Image.Image, whole: tuple[int, int], fit: str) -> Image.Image:
    """Set a picture in the middle of the screen, on black or on its own blurred likeness."""
    if upright.size == whole:
        return upright
    ground = Image.new("RGB", whole)
    if fit == "blur":
        small = (max(16, whole[0] // 8), max(16, whole[1] // 8))
        likeness = ImageOps.fit(upright, small, Image.Resampling.BILINEAR)
        likeness = likeness.filter(ImageFilter.GaussianBlur(small[1] / 24))
        ground = likeness.resize(whole, Image.Resampling.BICUBIC)
    ground.paste(upright, ((whole[0] - upright.width) // 2, (whole[1] - upright.height) // 2))
    return ground
