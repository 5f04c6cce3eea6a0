"""What the ledger keeps of one newsroom's files: admitted, captioned, refused."""

import logging
from datetime import datetime
from pathlib import PurePosixPath

from django.db import transaction
from django.db.models import QuerySet

from cluster_feed.core.asset import Asset, Kind
from cluster_feed.core.caption import Caption, Missing
from cluster_feed.core.errors import Refusal
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.ingest.outcome import Refused
from cluster_feed.settings import Newsroom

logger = logging.getLogger(__name__)


class Record:
    """One newsroom's part of the ledger."""

    def __init__(self, newsroom: Newsroom) -> None:
        """Write for a newsroom."""
        self.newsroom = newsroom
        self._slug = newsroom.slug

    @property
    def assets(self) -> QuerySet[ledger.Asset]:
        """What the newsroom sent, oldest first."""
        return ledger.Asset.objects.filter(newsroom=self._slug).order_by("received_at")

    @property
    def rejections(self) -> QuerySet[ledger.Rejection]:
        """What was refused to the newsroom."""
        return ledger.Rejection.objects.filter(newsroom=self._slug)

    def missing(self, caption: Caption, kind: str) -> tuple[Missing, ...]:
        """What a caption of this newsroom still lacks."""
        return tuple(caption.missing(self.newsroom.kind, Kind(kind)))

    def admit(self, now: datetime, asset: Asset, caption: Caption) -> tuple[ledger.Asset, bool]:
        """Record an asset unless its content is there; give the row and whether it is new."""
        with transaction.atomic():
            row, new = ledger.Asset.objects.get_or_create(
                sha256=asset.sha256,
                defaults=asset.model_dump(mode="json", exclude={"sha256", "received_at"})
                | {
                    "received_at": asset.received_at,
                    "caption": caption.model_dump(mode="json"),
                    "captioned_by": self._slug,
                },
            )
            if new:
                audit.record(now, self._slug, "admit", asset.sha256, name=asset.name)
                logger.info("%s sent %s: %s", self._slug, asset.name, asset.short_id)
        return row, new

    def caption(self, now: datetime, row: ledger.Asset, caption: Caption, by: str) -> None:
        """Write a caption that came after its asset."""
        row.caption = caption.model_dump(mode="json")
        row.captioned_by = by
        with transaction.atomic():
            row.save(update_fields=["caption", "captioned_by"])
            audit.record(now, self._slug, "caption", row.sha256, by=by)

    def refuse(self, now: datetime, name: str, why: Refusal, sha256: str) -> Refused:
        """Record a refusal; the same content under the same name, refused again, is one row."""
        with transaction.atomic():
            row = self.rejections.filter(name=name, sha256=sha256, code=why.code).first()
            row = row or ledger.Rejection(
                newsroom=self._slug,
                name=name,
                submission=submission_of(name),
                sha256=sha256,
                code=why.code,
            )
            row.facts, row.at, row.seen_at = why.facts, now, None
            row.save()
            audit.record(now, self._slug, "refuse", sha256 or name[:255], code=why.code)
        logger.info("%s: %s was refused: %s", self._slug, name, why)
        return Refused(self._slug, name, why)


def submission_of(name: str) -> str:
    """Name the sub-folder that a file came in; empty at the top."""
    folder = str(PurePosixPath(name).parent)
    return "" if folder == "." else folder
