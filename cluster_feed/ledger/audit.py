"""The audit log: every act, in an append-only chain of hashes."""

from datetime import datetime

from django.db import transaction

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import BrokenChain
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import GENESIS
from cluster_feed.core.value import Sha256, canonical, digest
from cluster_feed.ledger import models as ledger

_NOT_FOLLOWING = Bilingual("không nối tiếp dòng trước", "does not follow the row before")
_CHANGED = Bilingual("đã bị sửa", "was changed")


def record(now: datetime, actor: str, act: str, subject: str, **facts: object) -> ledger.Event:
    """Add an act to the log, in the caller's transaction where there is one."""
    with transaction.atomic():
        last = ledger.Event.objects.order_by("-pk").values_list("sha256", flat=True).first()
        event = ledger.Event(
            at=now,
            actor=actor,
            act=act,
            subject=subject,
            facts={name: str(fact) for name, fact in facts.items()},
            previous=last or GENESIS,
        )
        event.sha256 = _hash(event)
        event.save()
    return event


def verify() -> int:
    """Walk the whole log and count its rows; raise BrokenChain at the first that was touched."""
    previous, rows = GENESIS, 0
    for event in ledger.Event.objects.order_by("pk").iterator():
        rows += 1
        if event.previous != previous:
            raise BrokenChain(row=event.pk, detail=_NOT_FOLLOWING)
        if event.sha256 != _hash(event):
            raise BrokenChain(row=event.pk, detail=_CHANGED)
        previous = event.sha256
    return rows


def _hash(event: ledger.Event) -> Sha256:
    return digest(
        canonical(
            {
                "at": event.at.astimezone(ZONE).isoformat(),
                "actor": event.actor,
                "act": event.act,
                "subject": event.subject,
                "facts": event.facts,
                "previous": event.previous,
            }
        )
    )
