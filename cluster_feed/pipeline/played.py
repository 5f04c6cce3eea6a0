"""What one screen played, day by day, against what was planned for it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Count, QuerySet

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster, Screen
from cluster_feed.core.edition import State
from cluster_feed.core.errors import gist
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import Outcome
from cluster_feed.core.span import Span
from cluster_feed.core.value import printable
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

    @property
    def says(self) -> Bilingual:
        """Say what the screen gave as its reason: the code of a fault, or words of its own."""
        with suppress(LookupError, ValueError):
            return gist(self.reason)
        said = printable(self.reason)
        return _REASONS_IN_WORDS.get(self.reason) or Bilingual(said, said)


_REASONS_IN_WORDS: Final = {
    "stopped": Bilingual("chương trình phát dừng", "the player was stopped"),
    "withdrawn": Bilingual("nội dung bị thu hồi", "the asset was withdrawn"),
    "clock": Bilingual("đồng hồ màn hình bị chỉnh", "the screen's clock was set"),
    "takeover": Bilingual("nhường thông báo khẩn", "gave way to a notice"),
}


class Played(NamedTuple):
    """Some days of one screen."""

    days: dict[date, Turns]
    assets: dict[str, Turns]
    """The most planned first."""
    whys: list[Why]


def of(cluster: Cluster, screen: Screen, now: datetime, days: int = _DAYS) -> Played:
    """Count a screen's turns of the last days, today's included, as far as they have come home."""
    today = now.astimezone(ZONE).date()
    return in_span(cluster, screen, now, Span(begins=today - timedelta(days=days - 1), ends=today))


def in_span(cluster: Cluster, screen: Screen, now: datetime, span: Span) -> Played:
    """Count a screen's turns on some days.

    A gate that is out of service now plans nothing, as in `report.summary`.
    """
    dates = list(span.days())
    planned_on = _planned(cluster, screen, span, now) if cluster.in_service else {}
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
        list(_whys(cluster, screen, span)),
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
    cluster: Cluster, screen: Screen, span: Span, now: datetime
) -> dict[date, Counter[str]]:
    """Count the plays planned on each day, of every edition that was live then."""
    found: dict[date, Counter[str]] = {day: Counter() for day in span.days()}
    for programme, until in _live_since(cluster, span.begins_at, now):
        playlist, published = programme.to_value(), programme.edition.published_at or now
        for day, counted in found.items():
            begins = max(_begins(day), published)
            ends = min(_begins(day) + timedelta(days=1), until)
            if begins < ends:
                turns = report.planned_plays(cluster, playlist, begins, ends, screen.profile)
                counted.update(turns)
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


def _whys(cluster: Cluster, screen: Screen, span: Span) -> Iterator[Why]:
    """The commonest reasons of what was not played."""
    rows = _turns(cluster, screen).filter(began_at__gte=span.begins_at, began_at__lt=span.ends_at)
    other = rows.filter(outcome__in=[each for each in Outcome if each is not Outcome.PLAYED])
    counted = other.values_list("asset", "outcome", "reason").annotate(times=Count("pk"))
    for asset, outcome, reason, times in counted.order_by("-times", "asset")[:_REASONS]:
        yield Why(asset, Outcome(outcome), reason, times)
