"""Take a gate out of service and put it back: its own document says so, and the log says who.

There is one place that says whether a gate is served, `playlists/<cluster>.toml`, which people may
edit by hand as well; this writes the same two lines.
"""

from datetime import datetime

from django.db import transaction

from cluster_feed.adapters import documents
from cluster_feed.core.cluster import Cluster, Status
from cluster_feed.core.errors import NoSuchCluster, StopReasonNeeded
from cluster_feed.core.labels import clean
from cluster_feed.ledger import audit
from cluster_feed.workspace import Workspace


def stop(workspace: Workspace, now: datetime, cluster: str, reason: str, by: str) -> Cluster:
    """Send nothing to a gate until it is started again; its editions finish without it.

    Raises NoSuchCluster, StopReasonNeeded, and BadDocument where its document cannot be read.
    """
    if not (why := " ".join(clean(reason).split())):
        raise StopReasonNeeded(cluster=cluster)
    return _set(workspace, now, cluster, Status.OUT_OF_SERVICE, why, by)


def start(workspace: Workspace, now: datetime, cluster: str, by: str) -> Cluster:
    """Serve a gate again: it gets what is live at the next visit."""
    return _set(workspace, now, cluster, Status.ACTIVE, "", by)


def _set(
    workspace: Workspace, now: datetime, cluster: str, status: Status, reason: str, by: str
) -> Cluster:
    if cluster not in workspace.clusters:
        raise NoSuchCluster(cluster=cluster, known=", ".join(workspace.clusters))
    path = workspace.document_of(cluster)
    with workspace.alone("service"), transaction.atomic():
        act = "stop-cluster" if status is Status.OUT_OF_SERVICE else "start-cluster"
        audit.record(now, by, act, cluster, **({"reason": reason} if reason else {}))
        return documents.rewrite(path, Cluster, status=status.value, status_reason=reason)
