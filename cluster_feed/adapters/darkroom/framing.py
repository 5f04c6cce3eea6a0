"""What part of a photo is shown, and at what size."""

from array import array
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from PIL import Image, ImageChops, ImageFilter

_GLANCE: Final = 64
"""Pixels a side of the likeness in which is looked for what draws the eye."""
_ASIDE: Final = 0.15
"""The part of what a window shows that must be gained by going from the middle to an edge."""


class Cut(NamedTuple):
    """The parts of 1 of a stored picture that are wanted, and at what size.

    `at` is where in the room that is left over they lie: 0.5 in the middle, 0 at the left, the top.
    """

    size: tuple[int, int]
    across: float
    down: float
    at: tuple[float, float] = (0.5, 0.5)


class Attention(NamedTuple):
    """How much there is to see in each column, and in each row, of a picture or of several."""

    columns: Sequence[float]
    rows: Sequence[float]


def attention(*pictures: Image.Image) -> Attention:
    """Look for edges and strong colours, which draw the eye; sky, sea and walls have neither."""
    lines = [_lines(picture) for picture in pictures]
    columns, rows = (
        [sum(values) for values in zip(*each, strict=True)] for each in zip(*lines, strict=True)
    )
    return Attention(columns, rows)


def _lines(picture: Image.Image) -> tuple[list[float], list[float]]:
    small = picture.convert("RGB").resize((_GLANCE, _GLANCE), Image.Resampling.BOX)
    _, saturation, brightness = small.convert("HSV").split()
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES)
    seen = ImageChops.add(edges, ImageChops.multiply(saturation, brightness), scale=2)
    seen = seen.crop((1, 1, _GLANCE - 1, _GLANCE - 1)).convert("F")  # a filter's border is no edge
    columns = seen.resize((seen.width, 1), Image.Resampling.BOX)
    rows = seen.resize((1, seen.height), Image.Resampling.BOX)
    return list(array("f", columns.tobytes())), list(array("f", rows.tobytes()))


def focus(seen: Attention, across: float, down: float) -> tuple[float, float]:
    """Find where a window of these parts of 1 takes in most; see `Cut.at`."""
    return _window(seen.columns, across), _window(seen.rows, down)


def _window(energy: Sequence[float], part: float) -> float:
    """Try every place, the middle ones a little preferred: a picture was framed by somebody."""
    length = max(1, round(part * len(energy)))
    places = len(energy) - length
    if not places:
        return 0.5

    def worth(place: int) -> float:
        aside = abs(2 * place / places - 1)
        return sum(energy[place : place + length]) * (1 - _ASIDE * aside) - aside / 1e6

    return max(range(places + 1), key=worth) / places


def cut_for(order: dict[str, Any], stored: tuple[int, int], *, sideways: bool) -> Cut:
    """Say what an order shows of a picture of that size, which may lie on its side."""
    if "longest" in order:
        scale = min(1.0, (order["longest"] or max(stored)) / max(stored))
        return Cut((max(1, round(stored[0] * scale)), max(1, round(stored[1] * scale))), 1.0, 1.0)
    (across, down), size = (1.0, 1.0), order["fitted"]
    if order["fit"] in {"crop", "smart"}:
        (across, down), size = order["filled"], order["whole"]
    if sideways:
        return Cut((size[1], size[0]), down, across)
    return Cut((size[0], size[1]), across, down)


def thumb(image: Image.Image) -> Cut:
    """Take the whole picture, small."""
    scale = min(1.0, 8 * _GLANCE / max(image.size))
    return Cut((max(1, round(image.width * scale)), max(1, round(image.height * scale))), 1.0, 1.0)
