"""Whose word counts: the devices of the screens, which a person admits by the code they show.

A node could invent any number of devices.  What an unknown one signs waits, and counts nothing,
until somebody has compared its code with the one that the screen printed on the spot.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from cluster_feed.core.device import PublicKey, keyid_of, same_code
from cluster_feed.core.errors import (
    ClockWrong,
    DeviceWaiting,
    FeedError,
    NoSuchDevice,
    NoSuchScreen,
    ProofMissing,
    ScreenSilent,
    recall,
)
from cluster_feed.core.health import Health
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import Gap
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

REFUSED: Final = "refuse-proof"
_MOST_UNKNOWN: Final = 8
"""How many devices of one screen may wait: as many as an honest node lets deliver."""
_GAPS_TOLD: Final = 10
_REFUSAL_STANDS: Final = timedelta(days=30)
"""How long a proof that was refused is told of: a screen's work sheet is looked at each month."""
_SILENT: Final = timedelta(days=7)
"""After so long a screen is asked after; a node may take an edition and show it to nobody."""
_CLOCK_OFF: Final = timedelta(minutes=10)
"""How far a screen's clock may be off before somebody should set it right."""


def meet(cluster: str, screen: str, public: PublicKey, now: datetime) -> ledger.Device:
    """Find the device that signed a report, or write it down as one that waits."""
    device, is_new = ledger.Device.objects.get_or_create(
        cluster=cluster,
        screen=screen,
        keyid=keyid_of(public),
        defaults={"public": public, "seen_at": now},
    )
    if is_new:
        _log.warning("%s/%s has a new device, code %s", cluster, screen, device.code)
    return device


def forget_surplus(cluster: str, screen: str) -> None:
    """Where too many devices wait, forget those that were not heard for longest."""
    waiting = of_screen(cluster, screen).filter(admitted_at=None, retired_at=None)
    for surplus in waiting.order_by("-seen_at", "pk")[_MOST_UNKNOWN:]:
        surplus.delete()


def of_screen(cluster: str, screen: str) -> QuerySet[ledger.Device]:
    """List a screen's devices."""
    return ledger.Device.objects.filter(cluster=cluster, screen=screen)


def waits(device: ledger.Device) -> bool:
    """Whether nobody has decided on a device yet."""
    return device.admitted_at is None and device.retired_at is None


def admit(workspace: Workspace, now: datetime, screen: str, code: str, by: str) -> ledger.Device:
    """Let a screen's device count, in place of the one before it.

    `screen` is written `<cluster>/<screen>`, `code` is the whole of it as a person read it.  What
    the device has sent so far is read at the next look at what came back.  Raises NoSuchScreen,
    NoSuchDevice.
    """
    with transaction.atomic():
        device = _named(workspace, screen, code)
        for former in of_screen(device.cluster, device.screen).filter(
            admitted_at__isnull=False, retired_at=None
        ):
            if former.pk != device.pk:
                _retire(now, former, by)
        if device.admitted_at is None or device.retired_at:
            _forget_health(device)
            device.admitted_at, device.admitted_by, device.retired_at = now, by, None
            device.serial = max(device.serial - 1, 0)  # its last word waits to be read
            device.save()
            audit.record(now, by, "admit-screen", screen, device=device.code, keyid=device.keyid)
    return device


def retire(workspace: Workspace, now: datetime, screen: str, code: str, by: str) -> ledger.Device:
    """Let nothing that a device plays from now on count, or dismiss one that waits.

    Raises NoSuchScreen, NoSuchDevice.
    """
    with transaction.atomic():
        device = _named(workspace, screen, code)
        if device.retired_at is None:
            if device.admitted_at:
                _forget_health(device)
            _retire(now, device, by)
    return device


def concerns(
    cluster: str, screen: str, says: Health | None, now: datetime
) -> Iterator[tuple[FeedError, datetime]]:
    """Tell what a person must look into about a screen's reports, and since when."""
    for device in of_screen(cluster, screen).filter(retired_at=None).order_by("pk"):
        life = device.to_life()
        if waits(device):
            yield DeviceWaiting(screen=f"{cluster}/{screen}", code=device.code), device.seen_at
            continue
        if life.missing:
            yield ProofMissing(rows=life.missing, ranges=ranges(life.gaps)), device.seen_at
        if now - device.seen_at > _SILENT:
            told = {"screen": f"{cluster}/{screen}", "since": _written(device.seen_at)}
            yield ScreenSilent(**told), device.seen_at
    refused = _refused_since(f"{cluster}/{screen}", now - _REFUSAL_STANDS)
    if last := refused.order_by("-pk").first():
        facts = {name: fact for name, fact in last.facts.items() if name not in {"file", "code"}}
        yield recall(last.facts["code"], facts), last.at
    if says and says.at > now + _CLOCK_OFF:
        yield ClockWrong(clock=_written(says.at), right=_written(now)), says.at
    elif says and says.clock and abs(says.clock - says.at) > _CLOCK_OFF:
        yield ClockWrong(clock=_written(says.clock), right=_written(says.at)), says.at


def was_told(screen: str, error: FeedError, now: datetime) -> bool:
    """Whether the audit log tells of such a refusal of a screen's proof within the last day."""
    of_file = {"file", "row"}
    same = {"code": error.code} | error.facts
    return any(
        {name: fact for name, fact in event.facts.items() if name not in of_file}
        == {name: fact for name, fact in same.items() if name not in of_file}
        for event in _refused_since(screen, now - timedelta(days=1))
    )


def _refused_since(screen: str, since: datetime) -> QuerySet[ledger.Event]:
    return ledger.Event.objects.filter(act=REFUSED, subject=screen, at__gt=since)


def ranges(gaps: Sequence[Gap]) -> str:
    """Write which rows are missing: "5-200, 401-600"; of many, the first."""
    told = [f"{gap.first}-{gap.last}" for gap in gaps[:_GAPS_TOLD]]
    return ", ".join([*told, "…"] if len(gaps) > _GAPS_TOLD else told)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M %d/%m/%Y}"


def _retire(now: datetime, device: ledger.Device, by: str) -> None:
    device.retired_at = now
    device.save()
    screen = f"{device.cluster}/{device.screen}"
    audit.record(now, by, "retire-screen", screen, device=device.code, keyid=device.keyid)


def _forget_health(device: ledger.Device) -> None:
    """What a former device said of the screen is no word of another."""
    ledger.Health.objects.filter(cluster=device.cluster, screen=device.screen).delete()


def _named(workspace: Workspace, screen: str, code: str) -> ledger.Device:
    cluster, _, name = screen.partition("/")
    known = workspace.clusters.get(cluster)
    if known is None or name not in {each.name for each in known.screens}:
        raise NoSuchScreen(screen=screen)
    for device in of_screen(cluster, name):
        if same_code(code, device.code):
            return device
    raise NoSuchDevice(screen=screen, code=code)
