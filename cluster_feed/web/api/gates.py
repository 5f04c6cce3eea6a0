"""The gates: their screens, where everything stands, and what was played."""

from cluster_feed.core.errors import NoSuchCluster
from cluster_feed.core.value import Slug, Value
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import played, status
from cluster_feed.pipeline.status import ClusterStatus, Status
from cluster_feed.web.api.operation import Call
from cluster_feed.web.house import workspace


class Clusters(Value):
    """Every cluster with its screens, and how each stands."""

    items: tuple[ClusterStatus, ...]


class PlaysAsked(Value):
    """Of which edition, at which cluster."""

    edition: Slug
    cluster: Slug | None = None


class PlaysShown(Value):
    """One asset on one screen in an edition's life so far: turns planned and proven."""

    cluster: str
    screen: str
    asset: str
    title: str
    planned: int
    played: int
    in_part: int
    """Begun late or ended early, by the clock or an order."""
    skipped: int
    frames: int
    """Pictures of clips that were really presented, of `frames_due`; players that count them."""
    frames_due: int


class PlaysOfEdition(Value):
    """What was played against what was planned."""

    edition: str
    items: tuple[PlaysShown, ...]


def status_now(call: Call) -> Status:
    """Tell where everything stands."""
    return status.of(workspace(), call.now)


def index(call: Call) -> Clusters:
    """List the clusters with their screens: what each shows, since when, what is wrong."""
    return Clusters(items=tuple(status.clusters(workspace(), call.now)))


def one(call: Call, name: Slug) -> ClusterStatus:
    """Look at a cluster."""
    known = workspace().clusters
    if name not in known:
        raise NoSuchCluster(cluster=name, known=", ".join(known))
    return next(each for each in status.clusters(workspace(), call.now) if each.name == name)


def plays(call: Call, query: PlaysAsked) -> PlaysOfEdition:
    """Count, for each screen and asset of an edition, the turns planned and proven."""
    row = ledger.Edition.called(query.edition)
    counted = played.summary(workspace(), call.now, row)
    return PlaysOfEdition(
        edition=row.name,
        items=tuple(
            PlaysShown(**each._asdict())
            for each in counted
            if query.cluster in (None, each.cluster)
        ),
    )
