"""The safe card: what a gate shows when nothing approved can be shown.  Never black."""

import logging
import os
from typing import BinaryIO

import segno
from PIL import Image, ImageDraw, ImageFont

from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import fresh_code

logger = logging.getLogger(__name__)

RED, GOLD, WHITE, INK = "#a3161d", "#f5c542", "#ffffff", "#3c080c"
"""The province's colours."""
DEVICE = "Mã thiết bị · Device code: "
PROVINCE, WORK = "TỈNH QUẢNG TRỊ", "Thông tin đối ngoại · External information"

_QUIET = 4
"""Modules of white around a code (ISO/IEC 18004)."""

_FONTS = ("NotoSans-Bold.ttf", "DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf")
"""Those that have every Vietnamese letter, by the names under which systems install them."""


class CardFile:
    """The card as a file that lies on no disk, so that nobody can change it."""

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._device: str | None = None
        self._file: BinaryIO | None = None

    def drawn(self) -> tuple[BinaryIO, bool]:
        """The file, and whether it is another than before: the device code comes and goes."""
        device, _ = fresh_code(self._config.trust)
        if self._file and device == self._device:
            return self._file, False
        self.close()
        self._device = device
        self._file = os.fdopen(os.memfd_create("card"), "w+b")
        draw(self._config, self._file, device)
        self._file.flush()
        return self._file, True

    def close(self) -> None:
        """Give it up."""
        if self._file:
            self._file.close()


def draw(config: ScreenConfig, to: BinaryIO, device: str = "") -> None:
    """Draw the card of a screen's gate, as PNG."""
    image(config, (config.width, config.height), device).save(to, "PNG")


def image(config: ScreenConfig, size: tuple[int, int], device: str = "") -> Image.Image:
    """Draw the card in so many pixels, with the device code where one is given."""
    width, height = size
    card = Image.new("RGB", (width, height), RED)
    pen = ImageDraw.Draw(card)
    margin = min(width, height) // 20
    pen.rectangle(
        (margin, margin, width - margin, height - margin), outline=GOLD, width=max(margin // 8, 1)
    )
    lines = (
        (PROVINCE, 0.36, GOLD, 0.5),
        (config.gate, 0.5, WHITE, 1.0),
        (WORK, 0.64, GOLD, 0.5),
    )
    for text, at, colour, part in lines:
        font = _fitting(pen, text, width - 4 * margin, round(height / 8 * part))
        if font:
            pen.text((width / 2, height * at), text, colour, font, anchor="mm")
    if device and (font := _fitting(pen, DEVICE + device, width * 3 // 5, height // 20)):
        pen.text((2 * margin, height - 3 * margin), DEVICE + device, WHITE, font, anchor="lm")
    if config.public_page:
        _draw_code(pen, config.public_page, size, margin)
    return card


def _draw_code(pen: ImageDraw.ImageDraw, page: str, size: tuple[int, int], margin: int) -> None:
    """Draw the public page's code in the corner below, of whole pixels, as large as a fifth."""
    rows = code(page)
    pixels = max(min(size) // 5 // len(rows), 1)
    left, top = (side - 2 * margin - pixels * len(rows) for side in size)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            at = (left + x * pixels, top + y * pixels)
            to = (at[0] + pixels - 1, at[1] + pixels - 1)
            pen.rectangle((at, to), fill=INK if dark else WHITE)


def code(page: str) -> list[list[int]]:
    """The public page's code: rows of modules, a dark one is 1, with white around them."""
    made = segno.make(page, error="m", micro=False)
    return [list(row) for row in made.matrix_iter(border=_QUIET)]


def mark(config: ScreenConfig, shorter: int) -> tuple[int, int]:
    """Where a window's corner mark begins, on both axes, and of how many pixels its modules are."""
    return round(0.04 * shorter), max(1, int(0.11 * shorter / len(code(config.public_page))))


def mark_ends(config: ScreenConfig, size: tuple[int, int]) -> float:
    """To which part of the height the corner mark reaches, at most; 0: there is none."""
    if not config.public_page or not config.corner_mark:
        return 0
    at, module = mark(config, min(size))
    return (at + module * len(code(config.public_page)) + 1) / size[1]


def inline_code(config: ScreenConfig) -> str:
    """Draw the same for a page: an SVG element; nothing where there is no public page."""
    if not config.public_page:
        return ""
    code = segno.make(config.public_page, error="m", micro=False)
    return code.svg_inline(border=_QUIET, dark=INK, light=WHITE, omitsize=True)


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
