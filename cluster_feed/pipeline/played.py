"""What one screen played of late, day by day, against what was planned for it."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Count, QuerySet

from cluster_feed.core.cluster import Cluster, Screen
from cluster_feed.core.edition import State
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import Outcome
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import report

_DAYS: Final = 31
_REASONS: Final = 12


class Turns(NamedTuple):
    """How often something was planned, and how its turns ended."""

    planned: int
    played: int
    skipped: int

    @property
    def percent(self) -> int | None:
        """What was proven of what was planned, 100 at most; None: nothing was planned."""
        return min(100 * self.played // self.planned, 100) if self.planned else None


class Why(NamedTuple):
    """How often a screen skipped or broke something off, and what it said of that."""

    asset: str
    outcome: Outcome
    reason: str
    times: int


class Played(NamedTuple):
    """The last days of one screen."""

    days: dict[date, Turns]
    assets: dict[str, Turns]
    """The most planned first."""
    whys: list[Why]


def of(cluster: Cluster, screen: Screen, now: datetime, days: int = _DAYS) -> Played:
    """Count a screen's turns of the last days, today's included, as far as they have come home.

    A gate that is out of service now plans nothing, as in `report.summary`.
    """
    today = now.astimezone(ZONE).date()
    dates = [today - timedelta(days=ago) for ago in reversed(range(days))]
    planned_on = _planned(cluster, screen, dates, now) if cluster.in_service else {}
    by_day: dict[date, Turns] = {}
    planned, played, skipped = Counter[str](), Counter[str](), Counter[str]()
    for day in dates:
        of_day = planned_on.get(day, Counter())
        planned += of_day
        went, failed = _ended(cluster, screen, day)
        by_day[day] = Turns(of_day.total(), went.total(), failed.total())
        played += went
        skipped += failed
    assets = sorted({*planned, *played, *skipped}, key=lambda each: (-planned[each], each))
    return Played(
        by_day,
        {each: Turns(planned[each], played[each], skipped[each]) for each in assets},
        list(_whys(cluster, screen, dates[0])),
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), ZONE)


def _turns(cluster: Cluster, screen: Screen) -> QuerySet[ledger.Play]:
    return ledger.Play.objects.filter(cluster=cluster.name, screen=screen.name)


def _ended(cluster: Cluster, screen: Screen, day: date) -> tuple[Counter[str], Counter[str]]:
    """Count a day's turns that were played, and those that were not, by asset."""
    begins = _begins(day)
    of_day = _turns(cluster, screen).filter(
        began_at__gte=begins, began_at__lt=begins + timedelta(days=1)
    )
    played, skipped = Counter[str](), Counter[str]()
    for asset, outcome, count in of_day.values_list("asset", "outcome").annotate(Count("pk")):
        (played if outcome == Outcome.PLAYED else skipped)[asset] += count
    return played, skipped


def _planned(
    cluster: Cluster, screen: Screen, dates: list[date], now: datetime
) -> dict[date, Counter[str]]:
    """Count the plays planned on each day, of every edition that was live then."""
    found: dict[date, Counter[str]] = {day: Counter() for day in dates}
    for programme, until in _live_since(cluster, _begins(dates[0]), now):
        playlist, published = programme.to_value(), programme.edition.published_at or now
        for day in dates:
            begins = max(_begins(day), published)
            ends = min(_begins(day) + timedelta(days=1), until)
            if begins < ends:
                turns = report.planned_plays(cluster, playlist, begins, ends, screen.profile)
                found[day] += turns
    return found


def _live_since(
    cluster: Cluster, begin: datetime, now: datetime
) -> Iterator[tuple[ledger.Programme, datetime]]:
    """Give what was live at a gate at any time since, each with when the next took its place."""
    programmes = ledger.Programme.objects.filter(
        cluster=cluster.name, edition__state=State.PUBLISHED
    ).select_related("edition")
    until = now
    for programme in programmes.order_by("-edition__number"):
        yield programme, until
        until = min(until, programme.edition.published_at or until)
        if until <= begin:
            return


def _whys(cluster: Cluster, screen: Screen, since: date) -> Iterator[Why]:
    """The commonest reasons of what was not played."""
    rows = _turns(cluster, screen).filter(began_at__gte=_begins(since))
    other = rows.filter(outcome__in=[each for each in Outcome if each is not Outcome.PLAYED])
    counted = other.values_list("asset", "outcome", "reason").annotate(times=Count("pk"))
    for asset, outcome, reason, times in counted.order_by("-times", "asset")[:_REASONS]:
        yield Why(asset, Outcome(outcome), reason, times)
