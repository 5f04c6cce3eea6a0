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


class Loop(NamedTuple):
    """The chosen order and what was left out."""

    chosen: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]


def choose(candidates: Iterable[Candidate], mix: Mix, loop_seconds: float) -> Loop:
    """Fill a loop from the candidates.

    Each place goes to the candidate whose theme and language are furthest below their share of
    the time chosen so far; among equals, to what was never shown, then the longest unshown, then
    the most recent.  A candidate that does not fit in the remaining time is passed over.
    """
    by_preference = sorted(candidates, key=_preference)
    filled = _Filled()
    chosen: list[Candidate] = []
    waiting = by_preference
    while waiting := [each for each in waiting if filled.seconds + each.seconds <= loop_seconds]:
        best = max(waiting, key=lambda candidate: filled.need(candidate, mix))
        waiting = [each for each in waiting if each is not best]
        chosen.append(best)
        filled.add(best)
    taken = {each.asset for each in chosen}
    left_out = [
        LeftOut(each.asset, _why_not(each, loop_seconds))
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


class _Filled:
    """The seconds of a loop so far, by theme and by language."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._by_theme: defaultdict[Theme, float] = defaultdict(float)
        self._by_language: defaultdict[str, float] = defaultdict(float)

    def add(self, candidate: Candidate) -> None:
        self.seconds += candidate.seconds
        self._by_language[candidate.language] += candidate.seconds
        for theme in candidate.themes:
            self._by_theme[theme] += candidate.seconds

    def need(self, candidate: Candidate, mix: Mix) -> float:
        """How many seconds its theme or language lags behind its share; 0 where none is set."""
        total = self.seconds + candidate.seconds
        lags = [
            mix.themes[theme] * total - self._by_theme[theme]
            for theme in candidate.themes
            if theme in mix.themes
        ]
        if candidate.language in mix.languages:
            share = mix.languages[candidate.language]
            lags.append(share * total - self._by_language[candidate.language])
        return round(max(lags, default=0.0), 6)
