"""How far the live feed has come on its way to a node, by the receipts of what has arrived."""

from datetime import datetime
from typing import NamedTuple

from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.core.cluster import Cluster
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.deliver.visit import plan
from cluster_feed.workspace import Workspace


class Progress(NamedTuple):
    """What a node has of the blobs that it shall have, and when the last one came.

    `done`: it serves this version.  `opens_at`: what is left waits for the gate's window.
    """

    version: int
    done: bool
    files: int
    files_there: int
    byte_count: int
    bytes_there: int
    last_at: datetime | None
    opens_at: datetime | None

    @property
    def percent(self) -> int:
        """How much of it has arrived; all of it only once it is served."""
        if self.done:
            return 100
        return min(99, 100 * self.bytes_there // self.byte_count) if self.byte_count else 0


def progress(workspace: Workspace, cluster: Cluster, now: datetime) -> Progress | None:
    """Look at what has arrived; None: nothing is live.  Raises FeedDamaged, NotDelegated."""
    feed = LiveFeed(workspace.feed)
    if not feed.founded:
        return None
    visit = plan(workspace, feed.standing(), cluster, now)
    if visit.edition is None:
        return None
    there = [each for each in visit.blobs if each.path in visit.received.keys() - visit.damaged]
    byte_count = sum(each.byte_count for each in visit.blobs)
    bytes_there = sum(each.byte_count for each in there)
    waits = visit.due and not visit.may_send(byte_count - bytes_there, now)
    receipts = ledger.FileReceipt.objects.filter(cluster=cluster.name)
    return Progress(
        version=visit.version,
        done=not visit.due,
        files=len(visit.blobs),
        files_there=len(there),
        byte_count=byte_count,
        bytes_there=bytes_there,
        last_at=receipts.order_by("-at").values_list("at", flat=True).first(),
        opens_at=cluster.node.next_turn(now) if waits else None,
    )
