"""What the ledger knows of the visits to the nodes; only the calling thread records."""

import logging
from datetime import datetime
from typing import Final

from django.db import transaction

from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.errors import FeedError
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.deliver import damage
from cluster_feed.pipeline.deliver.visit import Visit

_log = logging.getLogger(__name__)

_ACTOR: Final = "hub"
_DELIVERED: Final = "deliver"
_FAILED: Final = "deliver-failed"
_REACHED: Final = "reach"
"""A node that could not be served answers again, and has the feed already."""
_REMOVED: Final = "collect-garbage"


def failure(cluster: str) -> ledger.Event | None:
    """The event that says why the latest visit to a node failed; None: it did not."""
    acts = (_DELIVERED, _REACHED, _FAILED)
    visits = ledger.Event.objects.filter(subject=cluster, act__in=acts)
    last = visits.order_by("-pk").first()
    return last if last and last.act == _FAILED else None


def arrived(visit: Visit, file: Upload, at: datetime) -> None:
    """Write the receipt of a file; of one that was damaged, that it was sent again."""
    ledger.FileReceipt.objects.update_or_create(
        cluster=visit.cluster.name,
        path=file.path,
        defaults={"byte_count": file.byte_count, "at": at},
    )
    if file.path in visit.damaged:
        _log.warning("%s was damaged at %s and is sent again", file.path, visit.cluster.name)
        audit.record(at, _ACTOR, damage.SENT_AGAIN, visit.cluster.name, path=file.path)


def delivered(visit: Visit, at: datetime) -> None:
    """Write the receipt of a version, and of the metadata that is never replaced."""
    blobs, byte_count = visit.sent_blobs, visit.sent_bytes
    receipt = {"edition": visit.edition, "at": at, "blobs": blobs, "byte_count": byte_count}
    metadata = (
        ledger.FileReceipt(
            cluster=visit.cluster.name, path=each.path, byte_count=each.byte_count, at=at
        )
        for each in visit.versioned
        if each.path not in visit.received
    )
    with transaction.atomic():
        ledger.FileReceipt.objects.bulk_create(metadata, ignore_conflicts=True)
        ledger.Receipt.objects.get_or_create(
            cluster=visit.cluster.name, timestamp_version=visit.version, defaults=receipt
        )
        audit.record(
            *(at, _ACTOR, _DELIVERED, visit.cluster.name),
            version=visit.version,
            edition=visit.edition.name if visit.edition else "",
            blobs=blobs,
            byte_count=byte_count,
        )


def failed(visit: Visit, error: FeedError, at: datetime) -> None:
    """Put a failure on record once, not at every try of a node that stays away for weeks."""
    subject = visit.cluster.name
    last = failure(subject)
    if last is None or last.facts.get("code") != error.code:
        _log.warning("%s (%s)", error, error.facts.get("machine_said", error.code))
        audit.record(at, _ACTOR, _FAILED, subject, code=error.code, **error.facts)


def reached(visit: Visit, at: datetime) -> None:
    """Put on record that a failure is over."""
    if failure(visit.cluster.name):
        audit.record(at, _ACTOR, _REACHED, visit.cluster.name, version=visit.version)


def removed(visit: Visit, at: datetime) -> None:
    """Put on record what left a node; its receipts are void."""
    counts = {
        kind: sum(path.startswith(folder) for path in visit.removed)
        for kind, folder in (("metadata", "metadata/"), ("blobs", "targets/"), ("parts", "."))
    }
    with transaction.atomic():
        receipts = ledger.FileReceipt.objects.filter(cluster=visit.cluster.name)
        receipts.filter(path__in=visit.removed).delete()
        audit.record(at, _ACTOR, _REMOVED, visit.cluster.name, **counts)
