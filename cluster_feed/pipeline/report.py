"""Read what came back from the gates, and say what was played against what was planned."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Count, Q

from cluster_feed.core import health, proof
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import BrokenChain, DeviceRetired, OperatorError, ReportUnreadable
from cluster_feed.core.health import Health, SignedHealth
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.proof import Gap, Outcome, PlayRecord, Proof
from cluster_feed.core.value import digest
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices
from cluster_feed.workspace import Workspace

log = logging.getLogger(__name__)

_ANOTHER_SCREEN = Bilingual("nói về màn hình khác", "tells of another screen")
_RENAMED = Bilingual("mang tên của tệp khác", "it has another file's name")
_TOLD_OTHERWISE = Bilingual("khác với lần báo trước", "was reported otherwise before")

_READ = "read"
_BROKEN = "broken"
_BROKEN_KEPT: Final = 200
_REFUSALS_TOLD: Final = 3
"""Of one screen at one reading: a node that makes thousands up does not fill the audit log."""


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


def run(workspace: Workspace, now: datetime, clusters: Iterable[str] | None = None) -> Collected:
    """Take every report of an admitted device into the record, each row exactly once.

    Of the named clusters, where one knows which were visited; none named: of all.
    Reports of devices that nobody has admitted are left where they are.  A proof that is broken,
    forged, or of a retired device is set aside, told in the audit log, and counts nothing.  Rows
    that never arrived are told once, and stop no later ones.  Raises Busy where another process is
    at it.
    """
    with workspace.alone("report"):
        screens = [
            _Screen(cluster, folder, now)
            for cluster in sorted(workspace.clusters if clusters is None else clusters)
            for folder in sorted((workspace.returned / cluster).glob("*/"))
        ]
        for screen in screens:
            screen.read()
        return Collected(sum(each.plays for each in screens), sum(each.broken for each in screens))


class _Screen:
    """What came back from one screen."""

    def __init__(self, cluster: str, folder: Path, now: datetime) -> None:
        self._cluster, self._screen = cluster, folder.name
        self._folder, self._now = folder, now
        self._name = f"{cluster}/{folder.name}"
        self._gaps: dict[str, list[Gap]] = {}
        self.plays = self.broken = 0

    def read(self) -> None:
        """Read the devices' health, then their proof in the order of its rows."""
        for path in sorted(self._folder.glob("health-*.json")):
            self._read_health(path)
        waiting = {each.mark for each in self._devices() if devices.waits(each)}
        for path in sorted(self._folder.glob("proof-*.gz")):
            if path.name.split("-")[1] not in waiting and self._read(path):
                waiting.add(path.name.split("-")[1])
        for code, gaps in self._gaps.items():
            facts = {"device": code, "rows": devices.ranges(gaps)}
            audit.record(self._now, "cluster-feed", "miss-proof", self._name, **facts)
        self._forget_strangers()

    def _read(self, path: Path) -> bool:
        """Read one file of proof; whether it must wait for its device to be admitted."""
        before = self._folder / _READ / path.name
        if before.exists() and before.read_bytes() == path.read_bytes():
            path.unlink()  # a node brings again what it has brought before
            return False
        try:
            return devices.waits(self._read_proof(path))
        except OperatorError as error:
            self._refuse(path, error)
            return False

    def _devices(self) -> Iterable[ledger.Device]:
        return devices.of_screen(self._cluster, self._screen)

    # --- Health --------------------------------------------------------------------------------

    def _read_health(self, path: Path) -> None:
        try:
            signed = SignedHealth.from_bytes(path.read_bytes())
            self._check_names(path, signed.name, signed.says.cluster, signed.says.screen)
        except OperatorError as error:
            log.warning("%s: %s", path, error)
            path.unlink()
            return
        self._take_health(signed)

    def _take_health(self, signed: SignedHealth) -> None:
        """Keep the latest that the screen's device said; an old one that comes again is none."""
        says = signed.says
        with transaction.atomic():
            device = devices.meet(self._cluster, self._screen, signed.device, self._now)
            if says.serial <= device.serial:
                return
            device.serial, device.seen_at = says.serial, self._now
            device.save(update_fields=["serial", "seen_at"])
            if not device.admitted_at or device.retired_at:
                return
            ledger.Health.objects.update_or_create(
                cluster=self._cluster,
                screen=self._screen,
                defaults={"at": says.at, "says": says.model_dump(mode="json")},
            )

    # --- Proof ---------------------------------------------------------------------------------

    def _read_proof(self, path: Path) -> ledger.Device:
        """Read a file; that of a device which waits for a person stays where it is."""
        content = path.read_bytes()
        told = Proof.from_bytes(content)
        first = told.records[0]
        self._check_names(path, told.name, first.cluster, first.screen)
        with transaction.atomic():
            device = devices.meet(self._cluster, self._screen, told.device, self._now)
            if devices.waits(device):
                return device
            self._check_not_retired(device, told)
            self.plays += self._take_rows(device, told.records)
        _set_aside(path, _READ)
        return device

    def _check_names(self, path: Path, name: str, cluster: str, screen: str) -> None:
        """A node may rename and exchange files; what was signed says whose they are."""
        if (cluster, screen) != (self._cluster, self._screen):
            raise ReportUnreadable(detail=_ANOTHER_SCREEN)
        if name != path.name:
            raise ReportUnreadable(detail=_RENAMED)

    def _check_not_retired(self, device: ledger.Device, told: Proof) -> None:
        """What a device played before it was retired counts, also where it comes home late."""
        since = device.retired_at
        last = max(record.began_at for record in told.records)
        if since and (device.admitted_at is None or last > since):
            raise DeviceRetired(device=device.code, since=since.astimezone(ZONE).isoformat())

    def _take_rows(self, device: ledger.Device, records: Sequence[PlayRecord]) -> int:
        """Add the rows that the record does not have yet."""
        known = ledger.Play.objects.filter(
            cluster=self._cluster, screen=self._screen, device=device.keyid
        )
        span = known.filter(row__gte=records[0].row, row__lte=records[-1].row)
        there = dict(span.values_list("row", "sha256"))
        for record in records:
            if there.get(record.row, record.sha256) != record.sha256:
                raise BrokenChain(row=record.row, detail=_TOLD_OTHERWISE)
        before = device.to_life()
        life = before.told(records)
        new = [_row(each, device.keyid) for each in records if each.row not in there]
        ledger.Play.objects.bulk_create(new)
        device.told = life.model_dump(mode="json")
        if new:  # a node can pack old rows anew
            device.seen_at = self._now
        device.save(update_fields=["told", "seen_at"])
        if records[0].row > before.row + 1:
            self._gaps.setdefault(device.code, []).append(life.gaps[-1])
        return len(new)

    def _refuse(self, path: Path, error: OperatorError) -> None:
        """Set a file aside, of which only the last few are kept: anybody can make more."""
        self.broken += 1
        log.warning("%s: %s", path, error)
        if self.broken <= _REFUSALS_TOLD and not devices.was_told(self._name, error, self._now):
            facts = {"file": path.name, "code": error.code} | error.facts
            audit.record(self._now, "cluster-feed", devices.REFUSED, self._name, **facts)
        _set_aside(path, _BROKEN)
        aside = (self._folder / _BROKEN).iterdir()
        for old in sorted(aside, key=lambda each: each.stat().st_mtime)[:-_BROKEN_KEPT]:
            old.unlink()

    def _forget_strangers(self) -> None:
        """Keep only so many devices that wait, and nothing that others sent."""
        devices.forget_surplus(self._cluster, self._screen)
        known = {each.mark for each in self._devices()}
        for path in self._folder.iterdir():
            named = health.PICTURE.fullmatch(path.name) or health.NAME.fullmatch(path.name)
            named = named or proof.NAME.fullmatch(path.name)
            if named and named[1] not in known:
                log.warning("%s is removed: too many unknown devices report", path)
                path.unlink()


def picture(workspace: Workspace, cluster: str, screen: str) -> bytes | None:
    """Give the JPEG of what was on a screen, for which the last that it said of itself vouches."""
    told = ledger.Health.objects.filter(cluster=cluster, screen=screen).first()
    taken = Health.model_validate(told.says).picture if told else None
    if taken is None:
        return None
    for path in (workspace.returned / cluster / screen).glob("picture-*.jpg"):
        content = path.read_bytes()
        if digest(content) == taken.sha256:
            return content
    return None


def _row(record: PlayRecord, device: str) -> ledger.Play:
    facts = record.model_dump(exclude={"previous", "frames"})
    return ledger.Play(sha256=record.sha256, device=device, **facts)


def _set_aside(path: Path, where: str) -> None:
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    path.replace(folder / path.name)


def summary(workspace: Workspace, now: datetime, edition: ledger.Edition) -> Iterator[Plays]:
    """Count, for every screen and asset of a published edition, the plays planned and proven.

    Planned is how often the asset's loop fits into the opening hours from publication until the
    next edition's; a screen whose cluster is out of service plans nothing.
    """
    shown = ledger.Asset.objects.filter(pk__in=edition.shown())
    titles = dict(shown.values_list("sha256", "caption__words__vi__title"))
    for programme in edition.programmes.order_by("cluster"):
        cluster = workspace.clusters.get(programme.cluster)
        if cluster is None:
            continue
        playlist, until = programme.to_value(), end_of_life(programme, now)
        planned = planned_plays(cluster, playlist, edition.published_at or now, until)
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


def end_of_life(programme: ledger.Programme, now: datetime) -> datetime:
    """When another edition took the cluster's screens; now: none did."""
    later = ledger.Edition.objects.filter(
        programmes__cluster=programme.cluster,
        number__gt=programme.edition.number,
        published_at__isnull=False,
    )
    taken_over = later.order_by("published_at").values_list("published_at", flat=True).first()
    return min(taken_over or now, now)


def planned_plays(
    cluster: Cluster, playlist: Playlist, since: datetime, until: datetime, profile: str = ""
) -> Counter[str]:
    """Walk the opening hours from change to change of the loop and count whole rounds.

    With a profile: of what was made for it, as its screens show no more.
    """
    planned: Counter[str] = Counter()
    moment, until = max(since, playlist.show_from), min(until, playlist.ends_at())
    while moment < until:
        change = min(playlist.next_change(moment) or until, until, _end_of_day(moment))
        loop = [e for e in playlist.at(moment) if not profile or profile in e.blobs]
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
