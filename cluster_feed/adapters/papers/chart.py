"""Draw a table's figures as bars, for a document of Word: the same figures, the same picture."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from cluster_feed.core.errors import ToolMissing

WIDTH_MM: Final = 160
MOST_ROWS: Final = 15
"""Of one picture: half a page; the annex draws them all."""

_WIDTH: Final = 1600
_LABELS: Final = 560
"""Pixels for what the bars are of; the width has ten a millimetre."""
_SIZE: Final = 30
_BAR: Final = 26
_GAP: Final = 22
_LEGEND: Final = 70
_INK, _PAPER, _LINE = "#1a1a1a", "#ffffff", "#b8b8b8"
_FILLS: Final = ("#1f4e79", "#9fb8d0", "#5c7f4f")
"""Dark, light and between: told apart where the paper is copied in grey."""
_FONTS: Final = ("NotoSerif-Regular.ttf", "NotoSans-Regular.ttf", "DejaVuSans.ttf")
"""Those that have every Vietnamese letter, the nearest to the text's first."""


def bars(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    written: Callable[[float], str] = str,
) -> bytes:
    """Draw bars side by side for each label, each with its figure as it is `written`, as PNG.

    Raises ToolMissing where no font can write them.
    """
    font = _font()
    height_of_row = _BAR * len(series) + _GAP
    height = height_of_row * len(labels) + _LEGEND
    picture = Image.new("RGB", (_WIDTH, height), _PAPER)
    pen = ImageDraw.Draw(picture)
    figures = [value for values in series.values() for value in values]
    longest = max(figures, default=0) or 1
    room = _WIDTH - _LABELS - 20 - max(font.getlength(written(each)) for each in figures)
    for place, label in enumerate(labels):
        top = place * height_of_row + _GAP // 2
        middle = top + _BAR * len(series) / 2
        lines = list(_broken(label, font))
        for line, text in enumerate(lines):
            y = middle + (line - (len(lines) - 1) / 2) * _SIZE
            pen.text((_LABELS - 20, y), text, _INK, font, anchor="rm")
        for number, values in enumerate(series.values()):
            y = top + number * _BAR
            right = _LABELS + round(room * values[place] / longest)
            pen.rectangle((_LABELS, y, right, y + _BAR - 4), fill=_FILLS[number % len(_FILLS)])
            figure = written(values[place])
            pen.text((right + 10, y + _BAR / 2 - 2), figure, _INK, font, anchor="lm")
    pen.line((_LABELS, 0, _LABELS, height - _LEGEND), _LINE, 2)
    _legend(pen, font, list(series), height - _LEGEND / 2)
    content = io.BytesIO()
    picture.save(content, "PNG", optimize=True)
    return content.getvalue()


def _legend(
    pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, names: Sequence[str], middle: float
) -> None:
    x = float(_LABELS)
    for number, name in enumerate(names):
        fill = _FILLS[number % len(_FILLS)]
        pen.rectangle((x, middle - 11, x + 22, middle + 11), fill=fill)
        pen.text((x + 34, middle), name, _INK, font, anchor="lm")
        x += 34 + font.getlength(name) + 60


def _broken(text: str, font: ImageFont.FreeTypeFont) -> Iterator[str]:
    """Break a label into two lines at most; what is still too long ends in dots."""
    room, words = _LABELS - 40, text.split()
    line = ""
    for number, word in enumerate(words):
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > room:
            yield line
            yield _cut(" ".join(words[number:]), font, room)
            return
        line = longer
    yield _cut(line, font, room)


def _cut(text: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    text = text[:200]
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@cache
def _font() -> ImageFont.FreeTypeFont:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, _SIZE)
        except OSError:
            continue
    raise ToolMissing(tool=_FONTS[0], install="apt install fonts-noto-core")
