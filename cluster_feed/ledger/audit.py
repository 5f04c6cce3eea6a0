"""The audit log: every act, in an append-only chain of hashes."""

from datetime import datetime
from typing import NamedTuple, Self

from django.db import transaction

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.device import same_code, spoken
from cluster_feed.core.errors import BrokenChain
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import GENESIS
from cluster_feed.core.value import Sha256, canonical, digest
from cluster_feed.ledger import models as ledger

_NOT_FOLLOWING = Bilingual("không nối tiếp dòng trước", "does not follow the row before")
_CHANGED = Bilingual("đã bị sửa", "was changed")
_NOT_AS_NOTED = Bilingual(
    "không còn, hoặc khác với mã đã ghi lại; nhật ký có thể đã bị cắt đuôi",
    "is gone, or is not what was noted; the log's end may have been cut off",
)


class Anchor(NamedTuple):
    """A row and its code, as people note them where the log's keeper has no hand.

    The chain shows what was changed or taken out of its middle; that its end was cut off shows
    only to who noted how far it once went.
    """

    row: int
    code: str

    @classmethod
    def parse(cls, noted: str) -> Self:
        """Read `1234 ABCD-EFGH-IJKL-MNOP`; ValueError where it is none."""
        row, _, code = noted.strip().replace(":", " ").partition(" ")
        if not code.strip():
            raise ValueError(noted)
        return cls(int(row), code)

    def __str__(self) -> str:
        """Write it as people note it."""
        return f"{self.row} {self.code}"


def head() -> Anchor | None:
    """How far the log goes; None: it is empty."""
    last = ledger.Event.objects.order_by("-pk").first()
    return Anchor(last.pk, spoken(last.sha256)) if last else None


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


def verify(noted: Anchor | None = None) -> int:
    """Walk the whole log and count its rows; raise BrokenChain at the first that was touched.

    With what was noted before: also where that row is not there any more as it was.
    """
    previous, rows = GENESIS, 0
    for event in ledger.Event.objects.order_by("pk").iterator():
        rows += 1
        if event.previous != previous:
            raise BrokenChain(row=event.pk, detail=_NOT_FOLLOWING)
        if event.sha256 != _hash(event):
            raise BrokenChain(row=event.pk, detail=_CHANGED)
        previous = event.sha256
    if noted:
        row = ledger.Event.objects.filter(pk=noted.row).first()
        if row is None or not same_code(noted.code, spoken(row.sha256)):
            raise BrokenChain(row=noted.row, detail=_NOT_AS_NOTED)
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
