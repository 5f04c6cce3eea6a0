"""Subtitles and titles as they will stand on a screen: broken into lines, measured, as ASS.

Noto Sans has no Lao and Noto Sans Lao no Latin letters, so each stretch of a line names its font.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import ImageFont

from cluster_feed.adapters import ass, icu
from cluster_feed.core.caption import Cue
from cluster_feed.core.errors import ToolMissing
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.core.subtitles import readings

_FOLDER: Final = Path("/usr/share/fonts/truetype/noto")
_LAO: Final = re.compile(r"[\u0e80-\u0eff\u200b]+")
_SAFE: Final = 0.05
"""The part of each side of the picture that a screen's frame may hide (EBU R 95)."""
_LARGEST_PART: Final = 0.055
"""The size of letters as a part of the picture's shorter side."""
_MOST_HEIGHT: Final = 0.4
_MOST_TITLE: Final = 0.25
"""The part of the picture's height that its title may take."""
_PADDING: Final = 0.4
"""Between a title's letters and the edge of its bar, and from there to the subtitles, in ems."""
_ALWAYS: Final = "0:00:00.00,9:59:59.99"
_LINE_SPACING: Final = 1.45
_SMALLER: Final = (1.0, 0.85, 0.7, 0.55, 0.4)
_MEASURED_AT: Final = 1000
_HEADER: Final = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline, \
Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Noto Sans,{size},&H00FFFFFF,&H00000000,&H80000000,1,{outline},0,2,{side},{side},\
{bottom},1

[Events]
Format: Layer, Start, End, Style, Text
"""


class _Face(NamedTuple):
    """A font: ASS counts its size from the top of its letters to the bottom, others by the em."""

    name: str
    ruler: ImageFont.FreeTypeFont
    ass_per_em: float

    def width(self, text: str) -> float:
        """Measure a text, in ems."""
        return self.ruler.getlength(text) / _MEASURED_AT


@cache
def _face(name: str) -> _Face:
    path = _FOLDER / f"{name.replace(' ', '')}-Regular.ttf"
    try:
        ruler = ImageFont.truetype(path, _MEASURED_AT)
    except OSError as error:
        raise ToolMissing(tool=name, install="apt install fonts-noto-core") from error
    return _Face(name, ruler, sum(ruler.getmetrics()) / _MEASURED_AT)


def script(
    tracks: Sequence[Sequence[Cue]], profile: DisplayProfile, titles: Sequence[str] = ()
) -> str:
    """Write the languages' cues, the first on top, for the screens of a profile.

    Titles stand on a bar at the foot all the time, the cues above them.  Nothing is cut off: what
    would not fit is written smaller.  Raises ToolMissing.
    """
    largest = _LARGEST_PART * min(profile.width, profile.height)
    events: list[str] = []
    bottom = _SAFE * profile.height
    if titles:
        events, top = _bar(titles, profile, largest)
        bottom = profile.height - top + _PADDING * largest
    for begin, end, texts in readings(tracks):
        size, lines = _set(texts, profile, largest, _MOST_HEIGHT)
        span = f"{_clock(begin)},{_clock(end)}"
        events.append(f"Dialogue: 0,{span},Default,{_written(lines, size)}\n")
    header = _HEADER.format(
        width=profile.width,
        height=profile.height,
        size=round(largest),
        outline=max(1, round(largest / 14)),
        side=round(_SAFE * profile.width),
        bottom=round(bottom),
    )
    return header + "".join(events)


def _bar(titles: Sequence[str], profile: DisplayProfile, largest: float) -> tuple[list[str], float]:
    """Draw the bar and the titles on it; the answer tells at what height the bar begins."""
    inside = 2 * _PADDING * largest
    size, lines = _set(titles, profile, largest, _MOST_TITLE, inside)
    left, right = _SAFE * profile.width, (1 - _SAFE) * profile.width
    foot = (1 - _SAFE) * profile.height
    tallest = (max(face.ass_per_em for face, _ in _parts(line)) for line in lines if line)
    top = foot - sum(tallest) * size - inside
    x, y = profile.width / 2, (top + foot) / 2
    corners = f"m {left:.0f} {top:.0f} l {right:.0f} {top:.0f} {right:.0f} {foot:.0f}"
    box = rf"{{\an7\pos(0,0)\bord0\1c&H000000&\1a&H60&\p1}}{corners} {left:.0f} {foot:.0f}"
    words = rf"{{\an5\pos({x:.1f},{y:.1f})}}{_written(lines, size)}"
    events = [
        f"Dialogue: {layer},{_ALWAYS},Default,{said}\n" for layer, said in ((1, box), (2, words))
    ]
    return events, top


def _set(
    texts: Sequence[str], profile: DisplayProfile, largest: float, most: float, inside: float = 0
) -> tuple[float, list[str]]:
    """Choose the largest letters with which all lines stand in so much of the picture's height.

    `inside` is what their width loses, in pixels.
    """
    room = (1 - 2 * _SAFE) * profile.width - inside
    for part in _SMALLER:
        size = largest * part
        lines = [
            each
            for text in texts
            for line in text.split("\n")
            for each in _lines(line, room / size)
        ]
        if len(lines) * size * _LINE_SPACING <= most * profile.height:
            break
    return size, lines


def _lines(text: str, room: float) -> Iterator[str]:
    """Break a line where its script allows it, or, where one piece is too long, anywhere."""
    line = ""
    for piece in (part for whole in icu.pieces(text) for part in _short(whole, room)):
        if line and _width((line + piece).rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def _short(piece: str, room: float) -> Iterator[str]:
    if _width(piece.rstrip()) <= room:
        yield piece
    else:
        yield from piece


def _width(text: str) -> float:
    return sum(face.width(part) for face, part in _parts(text))


def _parts(text: str) -> Iterator[tuple[_Face, str]]:
    """Cut a line where its script changes."""
    at = 0
    for lao in _LAO.finditer(text):
        if lao.start() > at:
            yield _face("Noto Sans"), text[at : lao.start()]
        yield _face("Noto Sans Lao"), lao[0]
        at = lao.end()
    if at < len(text):
        yield _face("Noto Sans"), text[at:]


def _written(lines: Sequence[str], size: float) -> str:
    return r"\N".join("".join(_styled(line, size)) for line in lines)


def _styled(line: str, size: float) -> Iterator[str]:
    for face, part in _parts(line):
        yield rf"{{\fn{face.name}\fs{size * face.ass_per_em:.1f}}}{ass.escaped(part)}"


def _clock(seconds: float) -> str:
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest // 100:02}.{rest % 100:02}"
