"""Try an edition out before it is signed: what each cluster's screens will show, and what is wrong.

The record is asked anew: a caption, a withdrawal or a rendition may have changed since the draft.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from cluster_feed.core import simulate
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace


def run(workspace: Workspace, row: ledger.Edition) -> dict[str, simulate.Simulation]:
    """Simulate every cluster's playlist; the screens of a cluster that is gone are not known."""
    playlists = {each.cluster: each.to_value() for each in row.programmes.order_by("cluster")}
    known = _known(set().union(*(each.assets() for each in playlists.values())))
    found = {}
    for name, playlist in playlists.items():
        cluster = workspace.clusters.get(name)
        found[name] = simulate.run(playlist, cluster.profiles if cluster else (), known)
    return found


def _known(assets: Collection[Sha256]) -> Mapping[Sha256, simulate.Known]:
    made: defaultdict[str, set[str]] = defaultdict(set)
    renditions = ledger.Rendition.objects.filter(asset__in=assets, code="")
    for asset, sha256 in renditions.values_list("asset_id", "sha256"):
        made[asset].add(sha256)
    withdrawn = set(
        ledger.Withdrawal.objects.filter(asset__in=assets).values_list("asset_id", flat=True)
    )
    known = {}
    for row in ledger.Asset.objects.filter(pk__in=assets):
        caption = row.to_caption()
        known[row.pk] = simulate.Known(
            withdrawn=row.pk in withdrawn,
            declared=caption.no_state_secrets,
            valid_from=caption.valid_from,
            valid_until=caption.valid_until,
            renditions=frozenset(made[row.pk]),
        )
    return known
