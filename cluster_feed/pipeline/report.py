"""Read what came back from the gates: what the screens' devices signed."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from django.db import transaction

from cluster_feed.core import health, proof
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import DeviceRetired, OperatorError, ReportUnreadable
from cluster_feed.core.health import Health, SignedHealth
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import Gap, PlayRecord, Proof
from cluster_feed.core.value import digest
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices
from cluster_feed.workspace import Workspace

log = logging.getLogger(__name__)

_ANOTHER_SCREEN = Bilingual("nói về màn hình khác", "tells of another screen")
_RENAMED = Bilingual("mang tên của tệp khác", "it has another file's name")

_READ = "read"
_BROKEN = "broken"
_BROKEN_KEPT: Final = 200
_REFUSALS_TOLD: Final = 3
"""Of one screen at one reading: a node that makes thousands up does not fill the audit log."""


class Collected(NamedTuple):
    """How many plays were added to the record, and how many spools were refused."""

    plays: int
    broken: int


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
        proof.make_sure_of_one_story(records, there)
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
    facts = record.model_dump(exclude={"previous"})
    return ledger.Play(sha256=record.sha256, device=device, **facts)


def _set_aside(path: Path, where: str) -> None:
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    path.replace(folder / path.name)
