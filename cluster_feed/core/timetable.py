"""When each cluster's node is visited next: no gate's trouble sets the pace for another."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cluster_feed.core.delivery import Failed, Outcome, Unfinished

BETWEEN_SECONDS: Final = 15 * 60.0
"""From a visit that went well to the next, which fetches reports."""
_FIRST_SECONDS: Final = 60.0
_LONGEST_SECONDS: Final = 60 * 60.0


class _Turn(NamedTuple):
    at: float
    failures: int


class Timetable:
    """Whose turn it is, by seconds of a clock that never runs backwards.

    After a visit that went well 15 minutes pass, after failures 1, 2, 4 … 60 minutes; a push that
    was broken off in good order goes on at once.  Whoever was never visited is due.
    """

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    def due(self, clusters: Iterable[str], now: float) -> list[str]:
        """Name those whose turn has come, who waits longest first."""
        turns = {cluster: self.turn(cluster) for cluster in clusters}
        return sorted(
            (each for each, at in turns.items() if at <= now), key=lambda each: turns[each]
        )

    def turn(self, cluster: str) -> float:
        """When a cluster is due; minus infinity: now, and before all others."""
        turn = self._turns.get(cluster)
        return turn.at if turn else float("-inf")

    def visited(self, outcome: Outcome, now: float) -> None:
        """Plan the next visit by what came of the last."""
        failures = 0
        wait = BETWEEN_SECONDS
        if isinstance(outcome, Unfinished) and outcome.byte_count:
            wait = 0.0
        elif isinstance(outcome, Failed | Unfinished):
            before = self._turns.get(outcome.cluster)
            failures = before.failures + 1 if before else 1
            wait = min(_FIRST_SECONDS * 2 ** min(failures - 1, 10), _LONGEST_SECONDS)
        self._turns[outcome.cluster] = _Turn(now + wait, failures)

    def everybody(self) -> None:
        """Make everybody due at once, also who failed: there is something new."""
        self._turns.clear()
