"""What people say of an asset after it was taken in: the department, or its newsroom at the desk.

From the moment on which the department has written it, the caption is the department's.
"""

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Prefetch

from cluster_feed.adapters.sheets import read_sidecar
from cluster_feed.core.caption import Caption
from cluster_feed.core.edition import State
from cluster_feed.core.errors import CaptionChanged, CaptionClosed, CaptionMarked, WouldBar
from cluster_feed.core.labels import said_in
from cluster_feed.core.person import check_person
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.secrecy import marking
from cluster_feed.core.value import Sha256, canonical, digest
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.ingest.examine import check_broadcast
from cluster_feed.workspace import Workspace

_EDITIONS_REMEMBERED: Final = 24
"""How many editions back an asset is looked for."""
_BEFORE_PEOPLE: Final = (State.SUBMITTED, State.APPROVED)


class Writer(NamedTuple):
    """Who writes; for the newsroom, where it is one of its people."""

    name: str
    newsroom: str = ""


def run(
    workspace: Workspace,
    now: datetime,
    asset: str,
    sheet: Path,
    person: str,
    *,
    again: bool = False,
) -> ledger.Asset:
    """Replace an asset's caption by a sidecar's; the asset is named by the beginning of its id.

    Raises BadPersonName, NoSuchAsset, BadSheet, and what `write` does.
    """
    check_person(person)
    said = read_sidecar(sheet)
    return write(workspace, now, asset, said, Writer(person), again=again)


def write(
    workspace: Workspace,
    now: datetime,
    asset: str,
    caption: Caption,
    writer: Writer,
    *,
    seen: str = "",
    again: bool = False,
) -> ledger.Asset:
    """Replace an asset's caption; the same again changes nothing.

    `seen` is the `version` that the writer had before them; CaptionChanged where another has been
    written since.  To take the declaration back from what an edition before people shows keeps
    that from going out: WouldBar, unless `again` says that it is meant.  Raises CaptionMarked,
    NotBroadcastYet, and CaptionClosed for a newsroom whose caption it no longer is.
    """
    check_person(writer.name)
    with transaction.atomic():
        row = ledger.Asset.called(asset)
        if writer.newsroom and not is_open_to(row, writer.newsroom):
            raise CaptionClosed(name=row.name)
        if seen and seen != version(row):
            raise CaptionChanged(name=row.name, person=row.captioned_by)
        before = row.to_caption()
        caption = caption.model_copy(update={"subtitles": before.subtitles})  # files of their own
        if caption == before:
            return row
        _check(workspace, now, row, caption)
        if before.no_state_secrets and not caption.no_state_secrets and not again:
            _refuse_to_bar(row)
        row.caption = caption.model_dump(mode="json")
        row.captioned_by = writer.newsroom or writer.name
        row.save(update_fields=["caption", "captioned_by"])
        changed = ", ".join(_changed(before, caption))
        audit.record(now, writer.name, "caption", row.sha256, changed=changed)
    return row


def version(row: ledger.Asset) -> Sha256:
    """Name the caption as it is, so that nobody overwrites what they have not seen."""
    return digest(canonical(row.caption))


def is_open_to(row: ledger.Asset, newsroom: str) -> bool:
    """Whether a caption is still its newsroom's to write."""
    return row.captioned_by == row.newsroom == newsroom and not any(
        edition.state != State.DRAFT for edition in editions_with(row.sha256)
    )


def editions_with(asset: Sha256) -> list[ledger.Edition]:
    """Find the editions, newest first, that show an asset; withdrawn ones aside."""
    rows = ledger.Edition.objects.exclude(state=State.WITHDRAWN).order_by("-created_at", "-pk")
    playlists = ledger.Programme.objects.only("edition", "playlist")
    needle = asset.encode()
    return [
        edition
        for edition in rows.prefetch_related(Prefetch("programmes", playlists))[
            :_EDITIONS_REMEMBERED
        ]
        if any(needle in bytes(each.playlist) for each in edition.programmes.all())
    ]


def barred_by_taking_back(row: ledger.Asset) -> list[str]:
    """Name the editions before people that could not go out without the declaration."""
    return [each.name for each in editions_with(row.sha256) if each.state in _BEFORE_PEOPLE]


def _refuse_to_bar(row: ledger.Asset) -> None:
    if barred := barred_by_taking_back(row):
        raise WouldBar(name=row.name, editions=", ".join(barred))


def _check(workspace: Workspace, now: datetime, row: ledger.Asset, caption: Caption) -> None:
    for field, text in caption.all_text():
        if found := marking(text):
            raise CaptionMarked(marking=found, field=field)
    kind = workspace.newsroom_class(row.newsroom)
    check_broadcast(said_in(caption), kind, now.astimezone(ZONE).date())


def _changed(before: Caption, after: Caption) -> list[str]:
    old, new = said_in(before), said_in(after)
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return [f"{field} ({language})" if language else field for field, language in changed]
