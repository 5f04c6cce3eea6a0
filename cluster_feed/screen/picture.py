"""Whether a picture of the screen is what the verified file has at that moment.

The file is decoded once more, by another program than the one that shows it: Pillow for a photo,
ffmpeg for a clip, where it is installed.
"""

import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image, ImageFilter, ImageOps

from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import BlobDamaged
from cluster_feed.core.health import MOST_DIFFERENCE
from cluster_feed.screen import card
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.player import Glance, Turn

logger = logging.getLogger(__name__)

_WIDE: Final = 480
"""Pixels of a picture that is kept, across."""
_QUALITY: Final = 50
_SMALL: Final = 160
"""Pixels across of what is compared, before it is made smaller still."""
_COLOURS: Final = (16, 9)
_SHAPES: Final = (32, 18)
_WORDLESS: Final = (0.15, 0.75)
"""From which part of the height to which neither the clock nor a caption lies."""
_AROUND: Final = 4
"""Of these, on each side."""
_FAINT: Final = 4.0
"""Variance below which nothing is to be made out: two steps of 255."""
_UNLIKE: Final = 2 * MOST_DIFFERENCE
"""What shapes that have nothing in common count for; half as much is too much."""
_SLACK: Final = 0.1
"""Seconds by which a program may be wrong about which picture of a clip is on the screen."""
_RATE: Final = 15
"""Pictures of a second that are compared."""
_DECODES: Final = 20.0
"""Seconds: a weak machine decodes slowly what its display decodes for it."""


class Taken(NamedTuple):
    """A picture of the screen, and between which seconds of a turn it was taken."""

    image: Image.Image
    turn: Turn
    begin: float
    end: float


def look(take: Callable[[], Taken | None], config: ScreenConfig) -> Glance | None:
    """Take a picture and compare it; one that differs is taken once more: a busy machine is late.

    None: there is none to take, or nothing to compare it with.
    """
    glance = _glance(take(), config)
    if glance and glance.difference > MOST_DIFFERENCE:
        again = _glance(take(), config)
        return min(glance, again, key=lambda each: each.difference) if again else None
    return glance


def _glance(taken: Taken | None, config: ScreenConfig) -> Glance | None:
    if not taken:
        return None
    image = taken.image.convert("RGB")
    size = (_SMALL, max(1, round(_SMALL * image.height / image.width)))
    seen = image.resize(size, Image.Resampling.BOX)
    try:
        top = card.mark_ends(config, image.size)
        least = min((difference(seen, own, top) for own in _decoded(taken, size)), default=None)
    except (BlobDamaged, OSError, subprocess.SubprocessError) as error:
        logger.warning("nothing to compare the picture of %s with: %s", taken.turn.name, error)
        return None
    if least is None:
        return None
    image.thumbnail((_WIDE, image.height))
    jpeg = BytesIO()
    image.save(jpeg, "JPEG", quality=_QUALITY)
    return Glance(jpeg.getvalue(), least)


def difference(one: Image.Image, other: Image.Image, top: float = 0) -> float:
    """By how much two pictures of a size differ, of 255: in their colours, or in their shapes.

    What lies above `top`, of the height, is left out, and what clocks and captions may cover.
    """
    part = [round(one.height * each) for each in (max(top, _WORDLESS[0]), _WORDLESS[1])]
    box = (0, part[0], one.width, max(part[1], part[0] + 1))
    parts = [each.crop(box) for each in (one, other)]
    colours = [each.resize(_COLOURS, Image.Resampling.BOX).tobytes() for each in parts]
    off: float = sum(abs(a - b) for a, b in zip(*colours, strict=True)) / len(colours[0])
    return max(off, _UNLIKE * (1 - _likeness(*parts)))


def _likeness(one: Image.Image, other: Image.Image) -> float:
    """What the shapes of two pictures have in common: 1 all, 0 nothing.

    It is the structure and contrast of SSIM (Wang et al., 2004): a night has more to be made out
    than black has, and what has nothing is like all that has nothing.
    """
    a, b = (_shapes(each) for each in (one, other))
    both = sum(x * y for x, y in zip(a, b, strict=True))
    each = sum(x * x for x in a) + sum(y * y for y in b)
    faint = _FAINT * len(a)
    return float((2 * both + faint) / (each + faint))


def _shapes(image: Image.Image) -> list[int]:
    """By how much each place is brighter than what is around it: every sky is above every land."""
    grey = image.convert("L").resize(_SHAPES, Image.Resampling.BOX)
    around = grey.filter(ImageFilter.BoxBlur(_AROUND))
    return [x - y for x, y in zip(grey.tobytes(), around.tobytes(), strict=True)]


def _decoded(taken: Taken, size: tuple[int, int]) -> Iterator[Image.Image]:
    """What the file has then, laid out as on the screen."""
    if taken.turn.kind is Kind.PHOTO:
        content = b"".join(taken.turn.file.read(0, taken.turn.file.byte_count))
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as photo:
            yield ImageOps.pad(photo.convert("RGB"), size, color=card.RED)
        return
    width, height = size
    begin = max(0.0, taken.begin - _SLACK)
    fits = f"{width}:{height}:force_original_aspect_ratio=decrease"
    padded = f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:color={card.RED}"
    cut = ["-ss", f"{begin:.3f}", "-t", f"{taken.end + _SLACK - begin:.3f}"]
    file = f"/proc/{os.getpid()}/fd/{taken.turn.file.fileno()}"
    command = ["nice", "-n", "19", "ffmpeg", "-nostdin", "-v", "error", "-threads", "1"]
    source = ["-protocol_whitelist", "file", *cut, "-i", file]
    small = ["-an", "-vf", f"fps={_RATE},scale={fits},{padded}", "-pix_fmt", "rgb24"]
    ffmpeg = [*command, *source, *small, "-f", "rawvideo", "-"]
    raw = subprocess.run(ffmpeg, capture_output=True, check=True, timeout=_DECODES).stdout
    length = width * height * 3
    for at in range(0, len(raw) - length + 1, length):
        yield Image.frombytes("RGB", size, raw[at : at + length])
