"""Bring each cluster's node the feed as it is live, and bring home what its screens left there.

Each node gets the blobs that it lacks, then the versioned metadata, and last `root.json` and
`timestamp.json`: until that rename its screens see the feed as it was.  Whether a blob is there is
asked of the node, by name: a receipt cannot know that the node was exchanged since.  What nobody
needs any more is removed by the receipts, in the reverse order.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.core.delivery import Failed, Outcome, Skipped, UpToDate
from cluster_feed.core.errors import FeedError
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.deliver.record import failure
from cluster_feed.pipeline.deliver.round import Round
from cluster_feed.pipeline.deliver.visit import Visit, plan
from cluster_feed.workspace import Workspace

__all__ = ["failure", "never", "run"]


def never() -> bool:
    """Go on until all is done."""
    return False


def run(
    workspace: Workspace,
    now: datetime,
    tick: Tick = quiet,
    *,
    clusters: Iterable[str] | None = None,
    dry_run: bool = False,
    collect: bool = True,
    enough: Callable[[], bool] = never,
) -> list[Outcome]:
    """Serve the named clusters, or every one, many at once; no one's failure touches another.

    A dry run asks the ledger only.  Without `collect`, a node that has the live version by its
    receipt is not visited.  Once `enough` says so, pushes under way are broken off in good order;
    it is asked twice a second and may not ask the ledger.
    """
    feed = LiveFeed(workspace.feed)
    outcomes: list[Outcome] = []
    visits: list[Visit] = []
    wanted = workspace.clusters if clusters is None else clusters
    standing = None
    for cluster in (workspace.clusters[name] for name in wanted):
        if not cluster.in_service:
            outcomes.append(Skipped(cluster.name, cluster.status_reason))
            continue
        try:
            standing = standing or feed.standing()
            visit = plan(workspace, standing, cluster, now)
        except FeedError as error:
            outcomes.append(Failed(cluster.name, error))
            continue
        if dry_run:
            outcomes.append(visit.planned(now))
        elif visit.due or collect:
            visits.append(visit)
        else:
            outcomes.append(UpToDate(cluster.name, visit.version, 0))
    if visits:
        outcomes += Round(workspace, now, tick, collect=collect, enough=enough).serve(visits)
    return outcomes
