"""A small picture of each asset, to know it by; made once there is something to take it from.

A clip's is taken from a rendition, which is our own work; a photo's original is opened in a process
of its own, as at its intake.
"""

import threading
from pathlib import Path
from typing import Final

from django.db.models import Exists, OuterRef, Q

from cluster_feed.adapters import stills
from cluster_feed.adapters.packages import poster
from cluster_feed.adapters.process import Patience
from cluster_feed.adapters.store import write_visible
from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import Busy, Refusal
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

LONGEST_SIDE: Final = 480
"""Pixels: twice what a page shows, for fine screens."""

_PATIENCE: Final = Patience(stall_seconds=20)
_MAKING: Final = threading.Lock()
"""A page that asks for fifty at once does not take the whole machine."""


def run(workspace: Workspace) -> int:
    """Make what is lacking, the newest first, one after the other; give how many there were."""
    there = {path.stem for path in workspace.thumbnails.glob("*/*.jpg")}
    made = ledger.Rendition.objects.filter(asset=OuterRef("pk"), code="")
    rows = ledger.Asset.objects.filter(Q(kind=Kind.PHOTO) | Exists(made)).order_by("-received_at")
    lacking = [each for each in rows.values_list("pk", flat=True) if each not in there]
    return sum(of(workspace, ledger.Asset.objects.get(pk=each)) is not None for each in lacking)


def of(workspace: Workspace, row: ledger.Asset) -> Path | None:
    """Give an asset's picture; None: there is nothing yet to take it from.

    Raises Busy where another is being made; asking again a little later helps.
    """
    path = workspace.thumbnails / row.sha256[:2] / f"{row.sha256}.jpg"
    if not path.exists():
        if not _MAKING.acquire(blocking=False):
            raise Busy(stage="thumbnails")
        try:
            picture = _make(workspace, row)
        finally:
            _MAKING.release()
        if picture is None:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        write_visible(path, picture)
    return path if path.stat().st_size else None


def _make(workspace: Workspace, row: ledger.Asset) -> bytes | None:
    """Make the JPEG; none at all where it cannot be made, so that it is not tried at every look."""
    try:
        if row.kind == Kind.PHOTO:
            return _small(workspace.store.path(row.sha256))
        made = row.renditions.filter(code="").order_by("-made_at", "profile").first()
        if made is None:
            return None
        value = made.to_value()
        still = poster.of(workspace.store.path(value.sha256), value.media, _PATIENCE)
        scratch = workspace.store.scratch()
        try:
            scratch.write_bytes(still)
            return _small(scratch)
        finally:
            scratch.unlink(missing_ok=True)
    except FileNotFoundError:
        return None
    except Refusal:
        return b""


def _small(photo: Path) -> bytes:
    (picture,) = stills.copies(photo, [LONGEST_SIDE], _PATIENCE)
    return picture
