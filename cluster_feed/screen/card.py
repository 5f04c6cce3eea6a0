"""The safe card: what a gate shows when nothing approved can be shown.  Never black."""

import logging
from typing import BinaryIO

from PIL import Image, ImageDraw, ImageFont

from cluster_feed.screen.config import ScreenConfig

logger = logging.getLogger(__name__)

_RED, _GOLD, _WHITE = "#a3161d", "#f5c542", "#ffffff"
_FONTS = ("NotoSans-Bold.ttf", "DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf")
"""Those that have every Vietnamese letter, by the names under which systems install them."""


def draw(config: ScreenConfig, to: BinaryIO) -> None:
    """Draw the card of a screen's gate, as PNG."""
    width, height = config.width, config.height
    card = Image.new("RGB", (width, height), _RED)
    pen = ImageDraw.Draw(card)
    margin = min(width, height) // 20
    pen.rectangle(
        (margin, margin, width - margin, height - margin), outline=_GOLD, width=max(margin // 8, 1)
    )
    lines = (
        ("TỈNH QUẢNG TRỊ", 0.36, _GOLD, 0.5),
        (config.gate, 0.5, _WHITE, 1.0),
        ("Thông tin đối ngoại · External information", 0.64, _GOLD, 0.5),
    )
    for text, at, colour, size in lines:
        font = _fitting(pen, text, width - 4 * margin, round(height / 8 * size))
        if font:
            pen.text((width / 2, height * at), text, colour, font, anchor="mm")
    card.save(to, "PNG")


def _fitting(
    pen: ImageDraw.ImageDraw, text: str, room: int, size: int
) -> ImageFont.FreeTypeFont | None:
    """A font in which the line fits into the room; none where the system has none: no boxes."""
    for name in _FONTS:
        try:
            font = ImageFont.truetype(name, max(size, 8))
        except OSError:
            continue
        needed = pen.textlength(text, font)
        return font if needed <= room else font.font_variant(size=max(size * room // needed, 8))
    logger.warning("none of %s is installed: the safe card has no words", ", ".join(_FONTS))
    return None
