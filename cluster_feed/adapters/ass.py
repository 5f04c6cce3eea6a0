"""Words and boxes as ASS has them, the subtitles that libass draws over a picture."""

from typing import Final

_FONTS: Final = {"lo": ("Noto Sans Lao", 1.645)}
_FONT: Final = ("Noto Sans", 1.362)
"""What a language is written in, and how many em a line is high: by that ASS sizes a font."""


def escaped(text: str) -> str:
    """Words, and nothing that ASS takes for an order."""
    text = text.replace("\\", "\\\u2060").replace("{", r"\{").replace("}", r"\}")
    return text.replace("\n", " ")


def line_height(language: str) -> float:
    """Of a language's font, in em."""
    return _of(language)[1]


def font(language: str, size: float) -> str:
    """What sets the font of a language, of so many pixels to the em."""
    name, high = _of(language)
    return rf"{{\fn{name}\fs{size * high:.2f}}}"


def text(
    words: str, language: str, anchor: int, at: tuple[float, float], size: float, colour: str
) -> str:
    """A line of escaped words; the anchor is as on a keyboard's digits: 4 left, 5 the middle."""
    place = rf"\an{anchor}\pos({at[0]:.1f},{at[1]:.1f})\q2\bord0\shad0"
    return rf"{{{place}{_colour(colour)}}}{font(language, size)}{words}"


def box(left: float, top: float, wide: float, high: float, colour: str, opacity: float = 1) -> str:
    """A box of whole pixels."""
    corner = (round(left), round(top))
    return shape(corner, rectangle(0, 0, round(wide), round(high)), colour, opacity)


def shape(corner: tuple[int, int], drawing: str, colour: str, opacity: float) -> str:
    """What is drawn of rectangles, from a corner."""
    place = rf"\an7\pos({corner[0]},{corner[1]})\bord0\shad0{_colour(colour)}"
    return rf"{{{place}\1a&H{round(255 * (1 - opacity)):02X}&\p1}}{drawing}"


def rectangle(left: int, top: int, wide: int, high: int) -> str:
    """One of a drawing's."""
    right, bottom = left + wide, top + high
    return f"m {left} {top} l {right} {top} {right} {bottom} {left} {bottom} "


def _of(language: str) -> tuple[str, float]:
    return _FONTS.get(language.split("-", maxsplit=1)[0], _FONT)


def _colour(colour: str) -> str:
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    return rf"\1c&H{blue}{green}{red}&"
