"""Which assets make a cluster's loop, in which order, and why the others do not."""

from collections import defaultdict
from collections.abc import Iterable
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
    waiting = by_preference
    while waiting := [each for each in waiting if filled.seconds + each.seconds <= loop_seconds]:
        best = max(waiting, key=lambda candidate: filled.need(candidate, mix))
        waiting = [each for each in waiting if each is not best]
        chosen.append(best)
        filled.add(best)
    taken = {each.asset for each in chosen}
    left_out = [
        LeftOut(each.asset, _why_not(each, loop_seconds), fit=True)
        for each in by_preference
        if each.asset not in taken
    ]
    return Loop(tuple(chosen), tuple(left_out))


def _why_not(candidate: Candidate, loop_seconds: float) -> Bilingual:
    why = _NO_ROOM if candidate.seconds <= loop_seconds else _TOO_LONG
    return why.fill(loop=round(loop_seconds))


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
