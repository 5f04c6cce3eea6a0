"""Blobs that a screen reports to have come otherwise than they were signed: sent once more, whole.

A node's disk may lose bits that no size shows.  A node, or who owns it, may also lie: a report
counts once, and a blob is sent again a few times a day at most.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import BlobRefused
from cluster_feed.core.health import Health
from cluster_feed.ledger import models as ledger

SENT_AGAIN: Final = "send-again"
_TIMES_A_DAY: Final = 3


def reported(
    cluster: Cluster, paths: Iterable[str], received: Mapping[str, datetime], now: datetime
) -> frozenset[str]:
    """Name the blobs whose damage was reported after they arrived last."""
    found = _faults(cluster, now)
    damaged = {
        path
        for path in paths
        if path in received and found.get(_target(path), received[path]) > received[path]
    }
    return frozenset(damaged - _exhausted(cluster.name, now) if damaged else ())


def _faults(cluster: Cluster, now: datetime) -> dict[str, datetime]:
    """When each target was last refused, by what the cluster's screens say."""
    latest: dict[str, datetime] = {}
    for row in ledger.Health.objects.filter(cluster=cluster.name):
        for fault in Health.model_validate(row.says).faults:
            if fault.code == BlobRefused.__name__ and fault.at <= now:
                target = fault.facts.get("name", "")
                latest[target] = max(fault.at, latest.get(target, fault.at))
    return latest


def _exhausted(cluster: str, now: datetime) -> set[str]:
    """The blobs that were sent again often enough for a day."""
    events = ledger.Event.objects.filter(
        act=SENT_AGAIN, subject=cluster, at__gt=now - timedelta(days=1)
    )
    times = Counter(event.facts.get("path", "") for event in events)
    return {path for path, count in times.items() if count >= _TIMES_A_DAY}


def _target(path: str) -> str:
    """A blob's name in the signed feed: `targets/<cluster>/<sha256>.<name>` without its hash."""
    folder, _, name = path.removeprefix("targets/").rpartition("/")
    return f"{folder}/{name.partition('.')[2]}"
