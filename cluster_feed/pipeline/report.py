"""Read what came back from the gates, and say what was played against what was planned."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from pydantic import ValidationError

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import BrokenChain
from cluster_feed.core.health import Health
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord, verify_chain
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

log = logging.getLogger(__name__)

_ROWS_LACKING = Bilingual("các dòng trước chưa từng về tới", "the rows before it never arrived")
_ANOTHER_SCREEN = Bilingual("nói về màn hình khác", "tells of another screen")
_TOLD_OTHERWISE = Bilingual("khác với lần báo trước", "was reported otherwise before")

_READ = "read"
_BROKEN = "broken"


class Collected(NamedTuple):
    """How many plays were added to the record, and how many spools were refused."""

    plays: int
    broken: int


class Plays(NamedTuple):
    """One asset on one screen in an edition's life so far."""

    cluster: str
    screen: str
    asset: str
    title: str
    planned: int
    played: int
    skipped: int


def run(workspace: Workspace, now: datetime) -> Collected:
    """Take every returned spool and health report into the record, each exactly once.

    A spool whose chain is broken is set aside, told in the audit log, and counts nothing.
    Raises Busy where another process is at it.
    """
    with workspace.alone("report"):
        return _read_all(workspace, now)


def _read_all(workspace: Workspace, now: datetime) -> Collected:
    plays = broken = 0
    for cluster in sorted(workspace.clusters):
        for folder in sorted((workspace.returned / cluster).glob("*/")):
            _take_health(folder / "health.json", cluster, folder.name)
            for spool in sorted(folder.glob("proof-*.jsonl")):
                try:
                    plays += _take_spool(spool, cluster, folder.name)
                except BrokenChain as error:
                    broken += 1
                    log.warning("%s: %s", spool, error)
                    audit.record(now, "cluster-feed", "refuse-proof", spool.name, **error.facts)
                    _set_aside(spool, _BROKEN)
                else:
                    _set_aside(spool, _READ)
    return Collected(plays, broken)


def _take_spool(spool: Path, cluster: str, screen: str) -> int:
    """Add the rows that the record does not have yet."""
    lines = spool.read_bytes().splitlines(keepends=True)
    first_row = int(spool.stem.removeprefix("proof-"))
    with transaction.atomic():
        known = ledger.Play.objects.filter(cluster=cluster, screen=screen)
        before = known.filter(row=first_row - 1).first()
        if first_row > 1 and before is None:
            raise BrokenChain(row=first_row, detail=_ROWS_LACKING)
        chain = verify_chain(
            lines, after_row=first_row - 1, previous=before.sha256 if before else GENESIS
        )
        rows = known.filter(row__gte=first_row, row__lt=first_row + len(lines))
        there = dict(rows.values_list("row", "sha256"))
        new = [_row(each) for each in chain if _is_new(each, cluster, screen, there)]
        ledger.Play.objects.bulk_create(new)
    return len(new)


def _is_new(record: PlayRecord, cluster: str, screen: str, there: Mapping[int, str]) -> bool:
    """Whether the record lacks a row that this screen may tell of."""
    if (record.cluster, record.screen) != (cluster, screen):
        raise BrokenChain(row=record.row, detail=_ANOTHER_SCREEN)
    known = there.get(record.row)
    if known not in {None, record.sha256}:
        raise BrokenChain(row=record.row, detail=_TOLD_OTHERWISE)
    return known is None


def _row(record: PlayRecord) -> ledger.Play:
    return ledger.Play(sha256=record.sha256, **record.model_dump(exclude={"previous"}))


def _take_health(path: Path, cluster: str, screen: str) -> None:
    try:
        health = Health.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return
    except ValidationError as error:
        log.warning("%s: %s", path, error)
        return
    if (health.cluster, health.screen) == (cluster, screen):
        ledger.Health.objects.update_or_create(
            cluster=cluster,
            screen=screen,
            defaults={"at": health.at, "says": health.model_dump(mode="json")},
        )


def _set_aside(spool: Path, where: str) -> None:
    folder = spool.parent / where
    folder.mkdir(exist_ok=True)
    spool.replace(folder / spool.name)


def summary(workspace: Workspace, now: datetime, edition: ledger.Edition) -> Iterator[Plays]:
    """Count, for every screen and asset of a published edition, the plays planned and proven.

    Planned is how often the asset's loop fits into the opening hours from publication until the
    next edition's; a screen whose cluster is out of service plans nothing.
    """
    titles = dict(ledger.Asset.objects.values_list("sha256", "caption__words__vi__title"))
    for programme in edition.programmes.order_by("cluster"):
        cluster = workspace.clusters.get(programme.cluster)
        if cluster is None:
            continue
        playlist, until = programme.to_value(), _end_of_life(programme, now)
        planned = _planned(cluster, playlist, edition.published_at or now, until)
        for screen in cluster.screens:
            played, skipped = _proven(cluster.name, screen.name, edition.number)
            for asset in dict.fromkeys(each.asset for each in playlist.programme()):
                yield Plays(
                    cluster.name,
                    screen.name,
                    asset,
                    titles.get(asset) or asset[:10],
                    planned[asset] if cluster.in_service else 0,
                    played[asset],
                    skipped[asset],
                )


def _end_of_life(programme: ledger.Programme, now: datetime) -> datetime:
    """When another edition took the cluster's screens; now: none did."""
    later = ledger.Edition.objects.filter(
        programmes__cluster=programme.cluster,
        number__gt=programme.edition.number,
        published_at__isnull=False,
    )
    taken_over = later.order_by("published_at").values_list("published_at", flat=True).first()
    return min(taken_over or now, now)


def _planned(
    cluster: Cluster, playlist: Playlist, since: datetime, until: datetime
) -> Counter[str]:
    """Walk the opening hours from change to change of the loop and count whole rounds."""
    planned: Counter[str] = Counter()
    moment, until = max(since, playlist.show_from), min(until, playlist.ends_at())
    while moment < until:
        change = min(playlist.next_change(moment) or until, until, _end_of_day(moment))
        loop = playlist.at(moment)
        round_seconds = sum(entry.seconds for entry in loop)
        if round_seconds:
            rounds = int(_open_seconds(cluster, moment, change) // round_seconds)
            planned.update(dict.fromkeys((entry.asset for entry in loop), rounds))
        moment = change
    return planned


def _end_of_day(moment: datetime) -> datetime:
    midnight = moment.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def _open_seconds(cluster: Cluster, begin: datetime, end: datetime) -> float:
    """How long of a stretch within one day the cluster is open, also across midnight."""
    midnight = _end_of_day(begin) - timedelta(days=1)
    opens, closes = (
        datetime.combine(midnight, moment, ZONE) for moment in (cluster.opens, cluster.closes)
    )
    hours = (
        [(opens, closes)]
        if opens < closes
        else [(midnight, closes), (opens, midnight + timedelta(days=1))]
    )
    return sum(
        max((min(end, last) - max(begin, first)).total_seconds(), 0.0) for first, last in hours
    )


def _proven(cluster: str, screen: str, number: int) -> tuple[Counter[str], Counter[str]]:
    """Count the turns that were played, and those that were skipped or broken off."""
    turns = ledger.Play.objects.filter(cluster=cluster, screen=screen, edition=number)
    was_played = Q(outcome=Outcome.PLAYED)
    counted = turns.values_list("asset").annotate(
        played=Count("pk", filter=was_played), skipped=Count("pk", filter=~was_played)
    )
    counts = list(counted)
    return (
        Counter({asset: played for asset, played, _ in counts}),
        Counter({asset: skipped for asset, _, skipped in counts}),
    )
