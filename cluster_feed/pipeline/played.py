"""What screens played, against what was planned for them.

Planned are the turns that the live playlist gives a screen by the clock; played those that it
proved.  Both are counted where they begin, within the gate's opening hours: a screen that shows on
at night owes nothing there, and is given nothing for it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Final, NamedTuple

from django.db.models import Count, F, Q, Sum

from cluster_feed.core import slot
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster, Screen
from cluster_feed.core.errors import gist
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.proof import IN_ORDER, Outcome
from cluster_feed.core.span import Span
from cluster_feed.core.value import Sha256, printable
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_DAYS: Final = 31
_REASONS: Final = 12
_FEWEST: Final = 0.25
"""The part of a clip's pictures below which it stood still rather than stuttered."""


class Turns(NamedTuple):
    """How often something was planned, and how its turns ended.

    `in_part`: begun late or ended early, by the clock or an order; `skipped`: not shown, broken off
    by a fault, or shown as a picture that stood still.  `frames` are the pictures of clips that
    were really presented, of the `frames_due` in the seconds that they were on; of players that
    count them.
    """

    planned: int = 0
    played: int = 0
    in_part: int = 0
    skipped: int = 0
    frames: int = 0
    frames_due: int = 0

    @property
    def percent(self) -> int | None:
        """What was proven of what was planned, 100 at most; None: nothing was planned."""
        return min(100 * self.played // self.planned, 100) if self.planned else None

    @property
    def frames_percent(self) -> int | None:
        """The part of the clips' pictures that were presented; None: nobody counted."""
        return min(100 * self.frames // self.frames_due, 100) if self.frames_due else None

    @classmethod
    def total(cls, each: Iterable["Turns"]) -> "Turns":
        """Add them up."""
        return cls(*map(sum, zip(cls(), *each, strict=True)))


class Why(NamedTuple):
    """How often a screen skipped or broke something off, and what it said of that."""

    asset: str
    outcome: Outcome
    reason: str
    times: int

    @property
    def in_part(self) -> bool:
        """Whether nothing had failed."""
        return self.outcome is Outcome.INTERRUPTED and self.reason in IN_ORDER

    @property
    def says(self) -> Bilingual:
        """Say what the screen gave as its reason: the code of a fault, or words of its own."""
        if self.outcome is Outcome.PLAYED:
            return _STOOD_STILL
        with suppress(LookupError, ValueError):
            return gist(self.reason)
        said = printable(self.reason)
        return IN_ORDER.get(self.reason) or Bilingual(said, said)


_STOOD_STILL: Final = Bilingual("hình đứng yên", "the picture stood still")


class Played(NamedTuple):
    """Some days of one screen."""

    days: dict[date, Turns]
    assets: dict[str, Turns]
    """The most planned first."""
    whys: list[Why]

    @property
    def total(self) -> Turns:
        """All of it."""
        return Turns.total(self.days.values())


class Plays(NamedTuple):
    """One asset on one screen in an edition's life so far."""

    cluster: str
    screen: str
    asset: str
    title: str
    planned: int
    played: int
    in_part: int
    skipped: int
    frames: int
    frames_due: int


def summary(workspace: Workspace, now: datetime, edition: ledger.Edition) -> Iterator[Plays]:
    """Count, for every screen and asset, the turns of an edition's life so far.

    From its publication until the next edition's: what plays later, where that came late, is not
    planned any more.  What else a screen played meanwhile is told too, as planned never.
    """
    for programme in edition.programmes.order_by("cluster"):
        cluster = workspace.clusters.get(programme.cluster)
        if cluster is None:
            continue
        lives = (each for each in _lives(cluster, now) if each.edition == edition.pk)
        life = next(lives, _Life(edition.pk, programme.to_value(), now, now))
        entries = [entry.asset for entry in life.playlist.programme()]
        for screen in cluster.screens:
            told = _told(workspace, cluster, screen, now, life.since, life.until)
            titles = ledger.Asset.titles({*entries, *told.assets})
            for asset in dict.fromkeys([*entries, *told.assets]):
                turns = told.assets.get(asset, Turns())
                yield Plays(cluster.name, screen.name, asset, titles.get(asset, asset[:10]), *turns)


def of(
    workspace: Workspace, cluster: Cluster, screen: Screen, now: datetime, days: int = _DAYS
) -> Played:
    """Count a screen's turns of the last days, today's included, as far as they have come home."""
    today = now.astimezone(ZONE).date()
    span = Span(begins=today - timedelta(days=days - 1), ends=today)
    return in_span(workspace, cluster, screen, now, span)


def in_span(
    workspace: Workspace, cluster: Cluster, screen: Screen, now: datetime, span: Span
) -> Played:
    """Count a screen's turns on some days, as in `summary`."""
    told = _told(workspace, cluster, screen, now, span.begins_at, span.ends_at)
    days = {day: told.days.get(day, Turns()) for day in span.days()}
    return told._replace(days=days)


class _Life(NamedTuple):
    """When an edition had a gate's screens, and what it gave them."""

    edition: int
    playlist: Playlist
    since: datetime
    until: datetime


def _lives(cluster: Cluster, now: datetime) -> Iterator[_Life]:
    """Everything that was published for a gate, the latest first, until the next took its place."""
    until = now
    programmes = ledger.Programme.objects.filter(
        cluster=cluster.name, edition__published_at__isnull=False
    ).select_related("edition")
    for programme in programmes.order_by("-edition__number").iterator():
        since = programme.edition.published_at or now
        yield _Life(programme.edition.pk, programme.to_value(), since, until)
        until = min(until, since)


def _told(
    workspace: Workspace,
    cluster: Cluster,
    screen: Screen,
    now: datetime,
    since: datetime,
    until: datetime,
) -> Played:
    """Count what a screen was to play in a stretch of time, and what came of it.

    A gate that is out of service now plans nothing.
    """
    lives = takewhile(lambda each: each.until > since, _lives(cluster, now))
    live = list(lives) if cluster.in_service else []
    profile = workspace.profiles.get(screen.profile)
    rows = _Rows(cluster.name, screen.name, float(profile.fps) if profile else 0.0)
    planned: dict[date, Counter[Sha256]] = defaultdict(Counter)
    for begins, ends in _open(cluster, since, min(until, now)):
        day = begins.astimezone(ZONE).date()
        for life in live:
            within = max(begins, life.since), min(ends, life.until)
            planned[day] += slot.turns(life.playlist, screen.profile, *within)
        rows.read(day, begins, ends)
    return rows.against(planned)


def _open(
    cluster: Cluster, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The gate's opening hours in a stretch of time, none of them across a midnight."""
    day = since.astimezone(ZONE).date()
    while (midnight := datetime.combine(day, time(), ZONE)) < until:
        tomorrow = midnight + timedelta(days=1)
        opens, closes = (datetime.combine(day, at, ZONE) for at in (cluster.opens, cluster.closes))
        hours = [(opens, closes)]
        if opens >= closes:
            hours = [(midnight, closes), (opens, tomorrow)]
        for first, last in hours:
            if max(first, since) < min(last, until):
                yield max(first, since), min(last, until)
        day += timedelta(days=1)


class _Ended(NamedTuple):
    """Turns of an asset that ended in the same way; `still` of them showed hardly a picture."""

    day: date
    asset: Sha256
    outcome: str
    reason: str
    times: int
    still: int
    frames: int | None
    seconds: float | None


class _Rows:
    """What one screen proved."""

    def __init__(self, cluster: str, screen: str, fps: float) -> None:
        self._plays = ledger.Play.objects.filter(cluster=cluster, screen=screen)
        self._fps = fps
        self._ended: list[_Ended] = []

    def read(self, day: date, since: datetime, until: datetime) -> None:
        """Add the turns that began in some hours of a day."""
        few = Q(outcome=Outcome.PLAYED, frames__lt=F("seconds") * (self._fps * _FEWEST))
        plays = self._plays.filter(began_at__gte=since, began_at__lt=until)
        counted = plays.values_list("asset", "outcome", "reason").annotate(
            times=Count("asset"),
            still=Count("asset", filter=few),
            pictures=Sum("frames"),
            counted=Sum("seconds", filter=Q(frames__isnull=False)),
        )
        self._ended += (_Ended(day, *row) for row in counted)

    def against(self, planned: Mapping[date, Counter[Sha256]]) -> Played:
        """Hold them against what was planned."""
        by_day: dict[date, list[Turns]] = defaultdict(list)
        by_asset: dict[str, list[Turns]] = defaultdict(list)
        whys: Counter[tuple[str, Outcome, str]] = Counter()
        for day, counted in planned.items():
            for asset, times in counted.items():
                by_day[day].append(Turns(planned=times))
                by_asset[asset].append(Turns(planned=times))
        clips = self._clips()
        for each in self._ended:
            turns = self._turns(each, is_clip=each.asset in clips)
            by_day[each.day].append(turns)
            by_asset[each.asset].append(turns)
            if not turns.played or turns.skipped:
                times = turns.in_part + turns.skipped
                whys[each.asset, Outcome(each.outcome), each.reason] += times
        assets = {asset: Turns.total(turns) for asset, turns in by_asset.items()}
        most = sorted(whys.items(), key=lambda each: (-each[1], each[0]))[:_REASONS]
        return Played(
            {day: Turns.total(turns) for day, turns in by_day.items()},
            dict(sorted(assets.items(), key=lambda each: (-each[1].planned, each[0]))),
            [Why(*what, times) for what, times in most],
        )

    def _turns(self, ended: _Ended, *, is_clip: bool) -> Turns:
        still = ended.still if is_clip else 0
        frames, due = (ended.frames or 0, ended.seconds or 0.0) if is_clip else (0, 0.0)
        turns = Turns(skipped=ended.times)
        if ended.outcome == Outcome.PLAYED:
            turns = Turns(played=ended.times - still, skipped=still)
        elif ended.outcome == Outcome.INTERRUPTED and ended.reason in IN_ORDER:
            turns = Turns(in_part=ended.times)
        return turns._replace(frames=frames, frames_due=round(due * self._fps))

    def _clips(self) -> frozenset[str]:
        """Which of the assets move: of a photo one picture is presented."""
        assets = {each.asset for each in self._ended}
        clips = ledger.Asset.objects.filter(pk__in=assets, kind=Kind.VIDEO)
        return frozenset(clips.values_list("pk", flat=True))
