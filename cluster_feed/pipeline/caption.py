"""What the department says of an asset; from then on the caption is the department's."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from cluster_feed.adapters.sheets import read_sidecar
from cluster_feed.core.caption import Caption
from cluster_feed.core.errors import CaptionChanged
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger


def run(now: datetime, asset: str, sheet: Path, person: str) -> ledger.Asset:
    """Replace an asset's caption by a sidecar's; the asset is named by the beginning of its id.

    Raises BadPersonName, NoSuchAsset, BadSheet.
    """
    return write(now, asset, read_sidecar(sheet), person)


def write(
    now: datetime, asset: str, caption: Caption, person: str, *, seen: Caption | None = None
) -> ledger.Asset:
    """Replace an asset's caption; `seen`: the one that was looked at, which must still stand.

    Raises BadPersonName, NoSuchAsset, CaptionChanged.
    """
    check_person(person)
    with transaction.atomic():
        row = ledger.Asset.called(asset)
        row = ledger.Asset.objects.select_for_update().get(pk=row.pk)
        if seen is not None and row.to_caption() != seen:
            raise CaptionChanged(asset=row)
        row.caption = caption.model_dump(mode="json")
        row.captioned_by = person
        row.save(update_fields=["caption", "captioned_by"])
        audit.record(now, person, "caption", row.sha256)
    return row
