"""What mpv writes over the picture, as the browser's page does.

Captions, an urgent notice's words, the clock, and the public page's code in a corner.

Each is an overlay in ASS, laid out in the window's own pixels, which mpv draws with libass: it
shapes Lao rightly and has the fonts that the page has.
"""

import logging
import threading
import time
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, Final, NamedTuple

from cluster_feed.adapters import ass, icu
from cluster_feed.core.errors import ToolMissing
from cluster_feed.core.playlist import ZONE
from cluster_feed.screen import card
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import fresh_code
from cluster_feed.screen.player import Line, Turn, ordered
from cluster_feed.screen.projector import Projector, Refused

logger = logging.getLogger(__name__)

_TICK: Final = 0.25
_STEP: Final = 0.04
"""Seconds between two places of words that run."""
_SPEED: Final = 0.12
"""Of the window's width, in a second."""
_SHORTEST: Final = 3.0
_LONGEST: Final = 8.0
"""Seconds for which a caption stands in one language."""
_SAFE: Final = 4.0
"""Units from the edge; a unit is a hundredth of the window's shorter side."""
_BETWEEN: Final = "   •   "
_BOLD: Final = 1.15
"""How much longer a line may be in bold, with the blanks at its end."""
_PIECE: Final = 100
"""Letters that are measured at once."""

_EDGES, _CAPTION, _URGENT, _CLOCK, _MARK, _DEVICE = range(1, 7)
"""Ids of the overlays, from the lowest up."""


class Window(NamedTuple):
    """Pixels of mpv's window, and of its edges on which there is no picture."""

    width: int
    height: int
    edges: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Left, top, right, bottom."""

    @property
    def unit(self) -> float:
        """As the page's."""
        return min(self.width, self.height) / 100


class Words:
    """Keeps them over whatever projector there is."""

    def __init__(self, config: ScreenConfig, projector: Callable[[], Projector | None]) -> None:
        """Begin; `projector` tells which mpv is at work, and whether one is."""
        self._config = config
        self._projector = projector
        self._over: Projector | None = None
        self._drawn: dict[int, tuple[Window, str]] = {}
        self._turn: Turn | None = None
        self._lines: list[Line] = []
        self._since = 0.0
        self._ahead = 0.0
        self._bars: dict[tuple[Window, Line], str] = {}
        self._length = 0.0
        self._measured: tuple[Window, tuple[Line, ...]] | None = None
        self._device, fresh = fresh_code(config.trust)
        self._fresh_until = time.monotonic() + fresh
        self._changed, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="words", daemon=True)
        self._thread.start()

    def show(self, turn: Turn | None) -> None:
        """Write what belongs to a turn that is on the screen now; None: the safe card is."""
        self._lines = ordered(turn.captions) if turn else []
        self._bars = {}
        self._since = time.monotonic()
        self._ahead = turn.ahead if turn else self._ahead
        self._turn = turn
        self._changed.set()

    def close(self) -> None:
        """Write no more."""
        self._stop.set()
        self._changed.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stop.is_set():
            self._changed.clear()
            try:
                runs = self._draw()
            except (OSError, EOFError, Refused) as error:  # it is gone, or has no window yet
                logger.debug("no words: %s", error)
                self._over, runs = None, False
            self._changed.wait(_STEP if runs else _TICK)

    def _draw(self) -> bool:
        """Have all drawn as it should be now; gives whether words run."""
        projector = self._projector()
        if projector is not self._over:
            self._over, self._drawn = projector, {}
        if not projector:
            return False
        window = _window(projector.ask("get_property", "osd-dimensions"))
        if not window.width or not window.height:
            return False
        turn, lines, shown = self._turn, self._lines, time.monotonic() - self._since
        urgent = turn.urgent if turn else ()
        self._put(_EDGES, window, edges(window))
        self._put(_CLOCK, window, self._clock(window) if self._config.clock else "")
        self._put(_MARK, window, self._mark(window) if turn else "")
        fresh = turn and time.monotonic() < self._fresh_until
        self._put(_DEVICE, window, self._code(window) if fresh else "")
        caption = self._caption(window, turn, lines, shown) if turn and not urgent else ""
        self._put(_CAPTION, window, caption)
        self._put(_URGENT, window, self._urgent(window, urgent) if urgent else "")
        return bool(urgent)

    def _believed(self) -> float:
        """The time that the screen believes, in seconds since 1970."""
        return time.time() + self._ahead

    def _put(self, overlay: int, window: Window, events: str) -> None:
        if self._drawn.get(overlay, (window, "")) != (window, events):
            self._overlay(window, overlay, events)
            self._drawn[overlay] = (window, events)

    def _caption(self, window: Window, turn: Turn, lines: Sequence[Line], shown: float) -> str:
        """One language after another in a bar, as large as two lines allow."""
        if not lines or not self._config.captions:
            return ""
        each = min(max(turn.seconds / len(lines), _SHORTEST), _LONGEST)
        line = lines[int(shown / each) % len(lines)]
        if (window, line) not in self._bars:
            self._bars[window, line] = self._bar(window, line)
        return self._bars[window, line]

    def _bar(self, window: Window, line: Line) -> str:
        unit = window.unit
        left, high = _SAFE * unit, 13 * unit
        top, wide = window.height - left - high, window.width - 2 * left
        room = wide - 4.8 * unit
        language, text = line
        size, rows = 0.36 * high, [text]
        if self._width(window, text, language, size) > room:
            rows = broken(text)
            widest = max(self._width(window, row, language, size) for row in rows)
            highest = high / len(rows) / ass.line_height(language)
            size = min(size * room / max(widest, 1), size, highest)
        words = r"\N".join(ass.escaped(row) for row in rows)
        return "\n".join(
            [
                ass.box(left, top, wide, high, card.INK, 0.82),
                ass.box(left, top, 0.8 * unit, high, card.GOLD),
                ass.text(words, language, 4, (left + 2.8 * unit, top + high / 2), size, card.WHITE),
            ]
        )

    def _urgent(self, window: Window, lines: tuple[Line, ...]) -> str:
        """A notice's words in a row, from right to left, over and over.

        Where they are goes by the clock: however short its turns, all of the row is seen.
        """
        unit = window.unit
        size, high = 5 * unit, 9 * unit
        top = window.height - _SAFE * unit - high
        if self._measured != (window, lines):
            widths = (self._width(window, text + _BETWEEN, tag, size) for tag, text in lines)
            self._length, self._measured = sum(widths) * _BOLD, (window, lines)
        way = window.width + round(self._length)
        x = window.width - round(self._believed() * _SPEED * window.width) % way
        row = "".join(ass.font(tag, size) + ass.escaped(text) + _BETWEEN for tag, text in lines)
        text = ass.text(rf"{{\b1}}{row}", "", 4, (x, top + high / 2), size, card.INK)
        return "\n".join([ass.box(0, top, window.width, high, card.GOLD), text])

    def _clock(self, window: Window) -> str:
        unit = window.unit
        now = datetime.fromtimestamp(self._believed(), UTC).astimezone(ZONE)
        off = (_SAFE if self._turn else 8.0) * unit
        wide, high = 12.7 * unit, 5.5 * unit
        left = window.width - off - wide
        at = (left + wide / 2, off + high / 2)
        box = ass.box(left, off, wide, high, card.INK, 0.7)
        return f"{box}\n{ass.text(f'{now:%H:%M}', '', 5, at, 4 * unit, card.WHITE)}"

    def _code(self, window: Window) -> str:
        """The device's, which somebody on the spot reads out in the first hour, as on the card."""
        if not self._device:
            return ""
        words, size, line = card.DEVICE + self._device, 3.2 * window.unit, ("", card.DEVICE)
        if (window, line) not in self._bars:
            wide = self._width(window, words, "", size) + 2.4 * window.unit
            middle, high = window.width / 2, 4.4 * window.unit
            box = ass.box(middle - wide / 2, 8 * window.unit, wide, high, card.INK, 0.82)
            at = (middle, 8 * window.unit + high / 2)
            code = ass.text(ass.escaped(words), "", 5, at, size, card.WHITE)
            self._bars[window, line] = f"{box}\n{code}"
        return self._bars[window, line]

    def _mark(self, window: Window) -> str:
        """The code in whole pixels, or no camera reads it."""
        if not self._config.public_page or not self._config.corner_mark:
            return ""
        rows = card.code(self._config.public_page)
        at, side = card.mark(self._config, min(window.width, window.height))
        dark = "".join(
            ass.rectangle(x * side, y * side, side, side)
            for y, row in enumerate(rows)
            for x, module in enumerate(row)
            if module
        )
        light = ass.rectangle(0, 0, side * len(rows), side * len(rows))
        drawn = ((light, card.WHITE), (dark, card.INK))
        return "\n".join(ass.shape((at, at), each, colour, 0.9) for each, colour in drawn)

    def _width(self, window: Window, words: str, language: str, size: float) -> float:
        """Pixels that a line takes, by mpv's own account of it."""
        pieces = [words[at : at + _PIECE] for at in range(0, len(words), _PIECE)]
        return sum(self._piece(window, piece, language, size) for piece in pieces)

    def _piece(self, window: Window, words: str, language: str, size: float) -> float:
        """Measure it so small that it certainly is within the window: what is not is left out."""
        small = min(size, window.width / len(words))
        written = ass.text(ass.escaped(words), language, 7, (0, 0), small, card.WHITE)
        told = self._overlay(window, 0, written, hidden=True, compute_bounds=True)
        return float((told or {}).get("x1", 0)) * size / small

    def _overlay(self, window: Window, overlay: int, events: str, **more: object) -> Any:  # noqa: ANN401
        if not self._over:
            raise EOFError("there is no mpv")
        kind = "ass-events" if events else "none"
        size = {"res_x": window.width, "res_y": window.height, "z": overlay}
        return self._over.ask("osd-overlay", id=overlay, format=kind, data=events, **size, **more)


def broken(text: str) -> list[str]:
    """Two rows, about as long: where a line may end, or in a word too long for that anywhere."""
    ends: list[int] = []
    with suppress(ToolMissing):  # mpv comes with ICU where its ffmpeg does
        pieces = accumulate(map(len, icu.pieces(text)))
        ends = [len(text[:end].rstrip()) for end in pieces]
    letters = [at for at, each in enumerate(text) if not unicodedata.category(each).startswith("M")]
    for places in (ends, letters):
        middle = min(places, key=lambda at: abs(at - len(text) / 2), default=0)
        if len(text) / 4 < middle < len(text) * 3 / 4:
            return [text[:middle].rstrip(), text[middle:].lstrip()]
    return [text]


def edges(window: Window) -> str:
    """What a picture of another shape leaves free, in the province's colour."""
    left, top, right, bottom = window.edges
    width, height = window.width, window.height
    boxes = (
        (0, 0, left, height),
        (width - right, 0, right, height),
        (0, 0, width, top),
        (0, height - bottom, width, bottom),
    )
    return "\n".join(ass.box(*box, card.RED) for box in boxes if box[2] > 0 and box[3] > 0)


def _window(told: Any) -> Window:  # noqa: ANN401  JSON
    left, top, right, bottom = (round(told[name]) for name in ("ml", "mt", "mr", "mb"))
    return Window(round(told["w"]), round(told["h"]), (left, top, right, bottom))
