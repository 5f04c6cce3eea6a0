"""Somebody of its newsroom or of the department has seen why a file was refused."""

from datetime import datetime

from django.db import transaction

from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger


def run(now: datetime, rejection: ledger.Rejection, person: str) -> None:
    """Let a refusal wait for nobody any more; seen twice, the first time stands."""
    check_person(person)
    with transaction.atomic():
        row = ledger.Rejection.objects.select_for_update().get(pk=rejection.pk)
        if row.seen_at is None:
            row.seen_at = now
            row.save(update_fields=["seen_at"])
            about = row.sha256 or row.name[:255]
            audit.record(now, person, "acknowledge", about, code=row.code)
