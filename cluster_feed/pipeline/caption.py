"""What the department says of an asset; from then on the caption is the department's."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from cluster_feed.adapters.sheets import read_sidecar
from cluster_feed.core.person import check_person
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger


def run(now: datetime, asset: str, sheet: Path, person: str) -> ledger.Asset:
    """Replace an asset's caption by a sidecar's; the asset is named by the beginning of its id.

    Raises BadPersonName, NoSuchAsset, BadSheet.
    """
    check_person(person)
    said = read_sidecar(sheet)
    with transaction.atomic():
        row = ledger.Asset.called(asset)
        caption = said.model_copy(update={"subtitles": row.to_caption().subtitles})
        row.caption = caption.model_dump(mode="json")
        row.captioned_by = person
        row.save(update_fields=["caption", "captioned_by"])
        audit.record(now, person, "caption", row.sha256)
    return row
