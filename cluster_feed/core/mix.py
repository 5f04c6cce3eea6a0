"""Which assets make a cluster's loop, in which order, and why the others do not."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Mix
from cluster_feed.core.value import Sha256, Value
from cluster_feed.core.vocabulary import Theme


class Candidate(Value):
    """What the rules need to know of an asset that may be shown.

    `last_shown` is when it was last in a published edition of the cluster; None: never.
    """

    asset: Sha256
    seconds: float = Field(gt=0)
    themes: tuple[Theme, ...]
    language: str
    received_at: datetime
    last_shown: datetime | None = None


class LeftOut(NamedTuple):
    """An asset that is not in the loop, with the reason for a person."""

    asset: Sha256
    why: Bilingual
    fit: bool = False
    """Whether it could be shown, and only the loop has no room for it."""


class Loop(NamedTuple):
    """The chosen order and what was left out."""

    chosen: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]


def choose(
    candidates: Iterable[Candidate],
    mix: Mix,
    loop_seconds: float,
    begun: Iterable[Candidate] = (),
) -> Loop:
    """Fill a loop from the candidates, after those with which people have begun it.

    What is begun stays as it is, even where it alone is longer than the loop.  Each further place
    goes to the candidate whose theme and language are furthest below their share of the time
    chosen so far; among equals, to what was never shown, then the longest unshown, then the most
    recent.  A candidate that does not fit in the remaining time is passed over.
    """
    by_preference = sorted(candidates, key=_preference)
    filled = _Filled()
    chosen = list(begun)
    for each in chosen:
        filled.add(each)
    waiting = _Waiting(by_preference, mix)
    while best := waiting.take(filled, loop_seconds):
        chosen.append(best)
        filled.add(best)
    taken = {each.asset for each in chosen}
    no_room, too_long = (why.fill(loop=round(loop_seconds)) for why in (_NO_ROOM, _TOO_LONG))
    left_out = [
        LeftOut(each.asset, no_room if each.seconds <= loop_seconds else too_long, fit=True)
        for each in by_preference
        if each.asset not in taken
    ]
    return Loop(tuple(chosen), tuple(left_out))


_NO_ROOM = Bilingual(
    "không còn chỗ trong vòng phát {loop} giây", "no room left in the loop of {loop} s"
)

_TOO_LONG = Bilingual("dài hơn cả vòng phát {loop} giây", "longer than the whole loop of {loop} s")


def _preference(candidate: Candidate) -> tuple[float, float, str]:
    shown = candidate.last_shown.timestamp() if candidate.last_shown else float("-inf")
    return (shown, -candidate.received_at.timestamp(), candidate.asset)


class Weight(NamedTuple):
    """A part of a loop as its mix counts it."""

    seconds: float
    themes: tuple[Theme, ...]
    language: str


class Balance(NamedTuple):
    """A theme's or a language's part of a loop's time, beside the one that it should have."""

    name: Theme | str
    share: float
    target: float


def balance(loop: Iterable[Weight], mix: Mix) -> tuple[Balance, ...]:
    """Weigh a loop against the mix that its cluster asks for, themes first."""
    filled = _Filled()
    for each in loop:
        filled.add(each)
    total = filled.seconds or 1.0
    themes = (Balance(name, filled.by_theme[name] / total, to) for name, to in mix.themes.items())
    languages = (
        Balance(name, filled.by_language[name] / total, to) for name, to in mix.languages.items()
    )
    return (*themes, *languages)


class _Filled:
    """The seconds of a loop so far, by theme and by language."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.by_theme: defaultdict[Theme, float] = defaultdict(float)
        self.by_language: defaultdict[str, float] = defaultdict(float)

    def add(self, candidate: Candidate | Weight) -> None:
        self.seconds += candidate.seconds
        self.by_language[candidate.language] += candidate.seconds
        for theme in candidate.themes:
            self.by_theme[theme] += candidate.seconds

    def need(self, candidate: Candidate, mix: Mix) -> float:
        """How many seconds its theme or language lags behind its share; 0 where none is set."""
        total = self.seconds + candidate.seconds
        lags = [
            mix.themes[theme] * total - self.by_theme[theme]
            for theme in candidate.themes
            if theme in mix.themes
        ]
        if candidate.language in mix.languages:
            share = mix.languages[candidate.language]
            lags.append(share * total - self.by_language[candidate.language])
        return round(max(lags, default=0.0), 6)


class _Waiting:
    """The candidates that wait, in lines of those whose themes and languages count the same.

    Of a line the longest lags furthest, so that its other end is not weighed at all; where nothing
    counts, all lag alike and preference alone orders it.
    """

    def __init__(self, by_preference: Iterable[Candidate], mix: Mix) -> None:
        self._mix = mix
        lines: defaultdict[object, list[tuple[float, int, Candidate]]] = defaultdict(list)
        for rank, each in enumerate(by_preference):
            themes = tuple(theme for theme in each.themes if theme in mix.themes)
            language = each.language if each.language in mix.languages else ""
            length = each.seconds if themes or language else 0.0
            lines[themes, language].append((length, -rank, each))
        self._lines = [sorted(line, key=lambda place: place[:2]) for line in lines.values()]

    def take(self, filled: _Filled, loop_seconds: float) -> Candidate | None:
        """Take out the one that the next place is for; None: nothing fits any more."""
        foremost = []
        for line in self._lines:
            while line and filled.seconds + line[-1][2].seconds > loop_seconds:
                line.pop()  # what does not fit now never will
            if line:
                foremost.append((filled.need(line[-1][2], self._mix), line))
        if not foremost:
            return None
        most = max(need for need, _ in foremost)
        alike = [
            (line, at)
            for need, line in foremost
            if need == most
            for at in self._alike(filled, line, most)
        ]
        line, at = max(alike, key=lambda place: place[0][place[1]][1])
        return line.pop(at)[2]

    def _alike(
        self, filled: _Filled, line: Sequence[tuple[float, int, Candidate]], need: float
    ) -> Iterator[int]:
        """Give the places in a line of whoever lags as much: the preferred of each length."""
        at = len(line) - 1
        while at >= 0 and filled.need(line[at][2], self._mix) == need:
            yield at
            at = bisect_left(line, line[at][0], key=lambda place: place[0]) - 1
