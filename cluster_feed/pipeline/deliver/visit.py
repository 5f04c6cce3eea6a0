"""What one cluster's node shall have and may lose, and how far a visit has come with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cluster_feed.adapters.live_feed import Standing
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.delivery import Delivered, Outcome, Planned, Unfinished, UpToDate, Waiting
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.deliver import damage, garbage
from cluster_feed.workspace import Workspace

BULK_BYTES: Final = 1 << 20
"""What is more waits for the cluster's window; a playlist that leaves something out does not."""


@dataclass
class Visit:
    """One cluster's feed at a version, and what is known of its node."""

    cluster: Cluster
    version: int
    edition: ledger.Edition | None
    due: bool
    received: Mapping[str, datetime]
    """When each file arrived that the node has by its receipts."""
    blobs: Sequence[Upload]
    versioned: Sequence[Upload]
    """Metadata whose name says its version: nobody asks for it before the timestamp names it."""
    fixed: Sequence[Upload]
    """Metadata that is replaced, in its order: the timestamp is the last."""
    damaged: frozenset[str]
    """Paths of blobs that a screen found to be other than what was signed."""
    garbage: Sequence[str]
    """Paths of what may be removed, in the order in which it may."""
    to_send: int = 0
    sent_blobs: int = 0
    sent_bytes: int = 0
    returned: int = 0
    delivered: bool = False
    waits: bool = False
    """For the cluster's window, with `to_send` bytes."""
    broken_off: bool = False
    removed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with all that is damaged; what was sent again is not sent a third time."""
        self.again = set(self.damaged)

    def may_send(self, byte_count: int, moment: datetime) -> bool:
        """Whether so much may be sent now; an urgent edition waits for no window."""
        urgent = self.edition is not None and self.edition.urgent
        return urgent or byte_count <= BULK_BYTES or self.cluster.node.takes_bulk(moment)

    def window_closes_at(self, moment: datetime) -> datetime | None:
        """When a push that goes on now must stop; None: it need not."""
        urgent = self.edition is not None and self.edition.urgent
        node = self.cluster.node
        return None if urgent or not node.takes_bulk(moment) else node.next_turn(moment)

    def planned(self, moment: datetime) -> Planned | UpToDate | Waiting:
        """What a visit would send, by the receipts."""
        if not self.due:
            return UpToDate(self.cluster.name, self.version, 0)
        known = self.received.keys() - self.damaged
        lacking = [each.byte_count for each in self.blobs if each.path not in known]
        if not self.may_send(sum(lacking), moment):
            return self._waiting(sum(lacking), moment)
        return Planned(self.cluster.name, self.version, len(lacking), sum(lacking))

    def outcome(self, moment: datetime) -> Outcome:
        """What came of it."""
        if self.delivered:
            return Delivered(
                self.cluster.name, self.version, self.sent_blobs, self.sent_bytes, self.returned
            )
        if self.waits:
            return self._waiting(self.to_send, moment)
        if self.broken_off:
            return Unfinished(self.cluster.name, self.version, self.sent_bytes, self.to_send)
        return UpToDate(self.cluster.name, self.version, self.returned)

    def _waiting(self, byte_count: int, moment: datetime) -> Waiting:
        opens_at = self.cluster.node.next_turn(moment)
        return Waiting(self.cluster.name, self.version, byte_count, opens_at)


def plan(workspace: Workspace, standing: Standing, cluster: Cluster, now: datetime) -> Visit:
    """Read what a cluster is due, from the feed and the receipts."""
    name = cluster.name
    version, number = standing.timestamp_version, standing.live_number(name)
    blobs, versioned, fixed = [], [], []
    for file in standing.tree(name):
        source = workspace.store.path(file.sha256) if file.content is None else file.content
        upload = Upload(file.path, file.sha256, file.byte_count, source)
        if file.content is None:
            blobs.append(upload)
        elif upload.path.removeprefix("metadata/")[0].isdigit():
            versioned.append(upload)
        else:
            fixed.append(upload)
    received = dict(ledger.FileReceipt.objects.filter(cluster=name).values_list("path", "at"))
    receipts = ledger.Receipt.objects.filter(cluster=name, timestamp_version=version)
    damaged = damage.reported(cluster, [each.path for each in blobs], received, now)
    tree = garbage.Tree(version, number, {each.path for each in (*blobs, *versioned)})
    grace = timedelta(days=workspace.settings.delivery.garbage_after_days)
    return Visit(
        cluster=cluster,
        version=version,
        edition=ledger.Edition.objects.filter(number=number).first() if number else None,
        due=bool(damaged) or not receipts.exists(),
        received=received,
        blobs=blobs,
        versioned=versioned,
        fixed=fixed,
        damaged=damaged,
        garbage=garbage.removable(cluster, tree, received, now - grace),
    )
