"""Where everything stands: what came in, what waits for whom, what each gate shows."""

from datetime import datetime

from pydantic import AwareDatetime

from cluster_feed.core.asset import Kind
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.edition import State
from cluster_feed.core.health import Health
from cluster_feed.core.value import Value
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_EDITIONS_LISTED = 6


class ScreenStatus(Value):
    """What a screen last said.  `confirmed`: it shows what was last published for it."""

    name: str
    title: str
    edition: int
    confirmed: bool
    heard_at: AwareDatetime | None
    faults: int


class ClusterStatus(Value):
    """A gate.  `delivered`: its node holds the newest feed; `edition` is what is live for it."""

    name: str
    title: str
    in_service: bool
    reason: str
    edition: str | None
    delivered: bool
    delivered_at: AwareDatetime | None
    screens: tuple[ScreenStatus, ...]


class EditionStatus(Value):
    """An edition and how many signatures it has."""

    name: str
    state: State
    number: int
    approvals: tuple[str, ...]
    needed: int


class Status(Value):
    """The house at a moment."""

    now: AwareDatetime
    cycle: str
    cut_off_at: AwareDatetime
    push_at: AwareDatetime
    assets: int
    incomplete: int
    refusals_unseen: int
    renditions_failed: int
    editions: tuple[EditionStatus, ...]
    clusters: tuple[ClusterStatus, ...]


def of(workspace: Workspace, now: datetime) -> Status:
    """Look at the record."""
    cycle = workspace.calendar.current(now)
    editions = ledger.Edition.objects.order_by("-created_at")[:_EDITIONS_LISTED]
    return Status(
        now=now,
        cycle=str(cycle),
        cut_off_at=workspace.calendar.cut_off_at(cycle),
        push_at=workspace.calendar.push_at(cycle),
        assets=ledger.Asset.objects.count(),
        incomplete=sum(_is_incomplete(workspace, row) for row in ledger.Asset.objects.iterator()),
        refusals_unseen=ledger.Rejection.objects.filter(seen_at=None).count(),
        renditions_failed=ledger.Rendition.objects.exclude(code="").count(),
        editions=tuple(_edition(workspace, row) for row in editions),
        clusters=tuple(_cluster(cluster) for cluster in workspace.clusters.values()),
    )


def _is_incomplete(workspace: Workspace, row: ledger.Asset) -> bool:
    newsroom = workspace.newsroom_class(row.newsroom)
    return any(row.to_caption().missing(newsroom, Kind(row.kind)))


def _edition(workspace: Workspace, row: ledger.Edition) -> EditionStatus:
    value = row.to_value()
    return EditionStatus(
        name=value.name,
        state=value.state,
        number=value.number,
        approvals=value.approvals,
        needed=workspace.settings.trust.threshold,
    )


def _cluster(cluster: Cluster) -> ClusterStatus:
    live = ledger.Edition.objects.filter(state=State.PUBLISHED).order_by("-number").first()
    receipt = (
        ledger.Receipt.objects.filter(cluster=cluster.name).order_by("-timestamp_version").first()
    )
    delivered = receipt is not None and live is not None and receipt.edition_id == live.pk
    heard = {row.screen: row for row in ledger.Health.objects.filter(cluster=cluster.name)}
    return ClusterStatus(
        name=cluster.name,
        title=cluster.title,
        in_service=cluster.in_service,
        reason=cluster.status_reason,
        edition=live.name if live else None,
        delivered=delivered,
        delivered_at=receipt.at if receipt else None,
        screens=tuple(
            _screen(screen.name, screen.title, heard.get(screen.name), live)
            for screen in cluster.screens
        ),
    )


def _screen(
    name: str, title: str, heard: ledger.Health | None, live: ledger.Edition | None
) -> ScreenStatus:
    health = Health.model_validate(heard.says) if heard else None
    return ScreenStatus(
        name=name,
        title=title,
        edition=health.edition if health else 0,
        confirmed=bool(health and live and health.edition == live.number),
        heard_at=health.at if health else None,
        faults=len(health.faults) if health else 0,
    )
