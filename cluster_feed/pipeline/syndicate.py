"""Vietnam.vn: what an edition shows and its newsrooms propose, as one verified package.

The package goes to the Ministry (Quảng Trị's plan for 2026, section II.5).  All in it comes from
the edition, the captions and the store, every time from the edition's own: the same edition gives
the same bytes.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Sum

from cluster_feed import __version__
from cluster_feed.adapters.packages import (
    bag,
    bag_check,
    catalogue,
    dublin_core,
    filming_place,
    papers,
    photo_copy,
    schema_org,
)
from cluster_feed.adapters.store import make_visible
from cluster_feed.core.asset import Kind, MediaInfo
from cluster_feed.core.caption import Caption
from cluster_feed.core.edition import State
from cluster_feed.core.errors import DiskFull, FeedError, StoreDamaged
from cluster_feed.core.package import (
    Approval,
    Item,
    Package,
    PackagedFile,
    item_id,
    legible,
    master_suffix,
    package_name,
)
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_LARGEST_MASTER: Final = 500_000_000
"""Bytes of a clip that the portal still takes (Happy Vietnam 2025: 500 MB)."""
_PORTAL_SIZES: Final = {(1920, 1080): "1080p", (1280, 720): "720p"}
_WEB_LONGEST: Final = 1920
"""Pixels of the longer side of the copy of a photo that a page shows."""
_RESERVE: Final = 256 << 20
"""Bytes that the disk must have left when the package is written."""


@dataclass
class Syndicated:
    """What came of the published editions that had no package yet."""

    packages: list[Path] = field(default_factory=list)
    nothing_proposed: list[str] = field(default_factory=list)
    """Editions that show nothing which is proposed for Vietnam.vn: no package, and no fault."""
    refused: dict[str, FeedError] = field(default_factory=dict)
    """Editions whose package could not be made, with the reason; they are tried again."""


def run(workspace: Workspace, now: datetime, tick: Tick = quiet) -> Syndicated:
    """Make every package that is due."""
    due = ledger.Edition.objects.filter(
        state=State.PUBLISHED, published_at__isnull=False, package=None, derived=False
    )
    came = Syndicated()
    with workspace.alone("syndicate"):
        for edition in due.order_by("number"):
            try:
                if proposed := _proposed(edition):
                    came.packages.append(_make(workspace, now, edition, proposed, tick))
                else:
                    came.nothing_proposed.append(edition.name)
            except FeedError as error:
                _log.warning("no package of edition %s: %s", edition.name, error)
                came.refused[edition.name] = error
    return came


# --- What the package holds ---------------------------------------------------------------------


class _Proposed(NamedTuple):
    """An asset that the edition shows and its newsroom proposes."""

    row: ledger.Asset
    caption: Caption
    clusters: tuple[str, ...]
    renditions: tuple[Sha256, ...]


def _proposed(edition: ledger.Edition) -> list[_Proposed]:
    clusters: dict[Sha256, set[str]] = {}
    renditions: dict[Sha256, set[Sha256]] = {}
    for programme in edition.programmes.all():
        for entry in programme.to_value().all_entries():
            clusters.setdefault(entry.asset, set()).add(programme.cluster)
            blobs = {blob.sha256 for blob in entry.blobs.values()}
            renditions.setdefault(entry.asset, set()).update(blobs)
    rows = ledger.Asset.objects.filter(pk__in=clusters).order_by("received_at", "pk")
    shown = (
        _Proposed(
            row,
            Caption.model_validate(legible(row.caption)),
            tuple(sorted(clusters[row.pk])),
            tuple(sorted(renditions[row.pk])),
        )
        for row in rows
    )
    return [each for each in shown if each.caption.vietnam_vn and each.caption.no_state_secrets]


class _Medium(NamedTuple):
    """A file that an item gets: what it is to the portal, and where its bytes are."""

    role: str
    suffix: str
    path: Path
    sha256: Sha256
    info: MediaInfo


def _clip_media(workspace: Workspace, proposed: _Proposed) -> list[_Medium]:
    """Choose the newsroom's own file and the approved HD renditions.

    Its own stays here where it is too large for the portal or tells where it was filmed.  Where
    nothing is left to choose, every rendition that was approved.
    """
    row = proposed.row
    approved = row.renditions.filter(code="", sha256__in=proposed.renditions)
    rows = approved.exclude(sha256=row.pk).order_by("profile", "pk")
    renditions = [
        _Medium(
            each.profile,
            each.suffix,
            _stored(workspace, each.sha256),
            each.sha256,
            each.media,
        )
        for each in (rendition.to_value() for rendition in rows)
    ]
    chosen: dict[str, _Medium] = {}
    own = _stored(workspace, row.pk)
    if row.byte_count <= _LARGEST_MASTER and not filming_place.is_told(own):
        suffix, info = master_suffix(row.name), row.to_value().media
        chosen["master"] = _Medium("master", suffix, own, row.pk, info)
    for rendition in renditions:
        role = _PORTAL_SIZES.get(rendition.info.video.shown_size)
        if role:
            chosen.setdefault(role, rendition._replace(role=role))
    return list(chosen.values()) or renditions


def _photo_media(workspace: Workspace, proposed: _Proposed, scratch: Path) -> list[_Medium]:
    """Make the photo's two copies; its own file may tell where it was taken and stays here."""
    source = workspace.store.verify(proposed.row.pk)
    copies = []
    for role, longest in (("full", None), ("1920", _WEB_LONGEST)):
        made = scratch / f"{proposed.row.pk}.{role}.jpg"
        info = photo_copy.save(source, made, longest)
        copies.append(_Medium(role, ".jpg", made, _sha256(made), info))
    return copies


def _item(workspace: Workspace, id_: str, proposed: _Proposed, media: list[_Medium]) -> Item:
    asset = proposed.row.to_value()
    newsroom = workspace.newsroom(asset.newsroom)
    return Item(
        id=id_,
        asset=asset,
        caption=proposed.caption,
        newsroom=legible(newsroom.title) if newsroom else asset.newsroom,
        clusters=proposed.clusters,
        approved_renditions=proposed.renditions,
        files=tuple(
            PackagedFile(
                path=f"media/{id_}_{each.role}{each.suffix}",
                role=each.role,
                sha256=each.sha256,
                byte_count=each.path.stat().st_size,
                media=each.info,
            )
            for each in media
        ),
    )


# --- How it is written --------------------------------------------------------------------------


def _make(
    workspace: Workspace,
    now: datetime,
    edition: ledger.Edition,
    proposed: list[_Proposed],
    tick: Tick,
) -> Path:
    with _scratch(workspace) as scratch:
        package, media = _gather(workspace, edition, proposed, scratch)
        tick(package.name, 0.0)
        made = scratch / f"{package.name}.zip"
        _write(workspace, package, media, made)
        bag_check.verify(made)
        sha256 = _sha256(made)
        path = workspace.packages / made.name
        path.parent.mkdir(exist_ok=True)
        make_visible(made, path, mode=0o444)
    _record(now, edition, package, sha256)
    tick(package.name, 1.0)
    return path


def _gather(
    workspace: Workspace, edition: ledger.Edition, proposed: list[_Proposed], scratch: Path
) -> tuple[Package, dict[str, Path]]:
    """Give what the package says, and where the bytes of its media are by their path in data/."""
    earlier = ledger.Package.objects.filter(edition__cycle=edition.cycle)
    taken = earlier.aggregate(total=Sum("assets"))["total"] or 0
    items, paths = [], {}
    for number, each in enumerate(proposed, start=taken + 1):
        if each.row.kind == Kind.VIDEO:
            media = _clip_media(workspace, each)
        else:
            media = _photo_media(workspace, each, scratch)
        item = _item(workspace, item_id(edition.cycle, number), each, media)
        for file, medium in zip(item.files, media, strict=True):
            paths[f"{item.folder}/{file.path}"] = medium.path
        items.append(item)
    package = Package(
        name=package_name(edition.cycle, earlier.count() + 1),
        cycle=edition.cycle,
        edition=edition.name,
        number=edition.number,
        fingerprint=edition.fingerprint,
        submitted_by=edition.submitted_by,
        approvals=tuple(
            Approval(approver=signature.approver, at=signature.at)
            for signature in edition.signatures.order_by("pk")
        ),
        published_at=edition.published_at,
        sender=legible(workspace.settings.sender.organization),
        items=tuple(items),
    )
    return package, paths


def _write(workspace: Workspace, package: Package, media: dict[str, Path], to: Path) -> None:
    """Write the bag; StoreDamaged where a file is no longer what the ledger says."""
    _make_sure_of_room(workspace, sum(path.stat().st_size for path in media.values()))
    payload: dict[str, bag.Source] = {
        "DANH_MUC.xlsx": catalogue.workbook(package),
        "danh_muc.csv": catalogue.table(package),
        "catalogue.jsonld": schema_org.catalogue_document(package),
        "HUONG_DAN.txt": papers.guide(package),
        "vocab/chu_de.json": schema_org.vocabulary_document(),
        **media,
    }
    for item in package.items:
        documents = {
            "dc.xml": dublin_core.record(package, item),
            "schema.jsonld": schema_org.item_document(package, item),
            "phieu_duyet.json": papers.approval_slip(package, item),
            **papers.texts(item),
        }
        payload |= {f"{item.folder}/{name}": content for name, content in documents.items()}
    written = bag.write(
        to, package.name, payload, _bag_info(workspace, package), package.published_at
    )
    for item in package.items:
        for file in item.files:
            if written[f"{item.folder}/{file.path}"] != file.sha256:
                raise StoreDamaged(sha256=file.sha256)


def _bag_info(workspace: Workspace, package: Package) -> list[tuple[str, str]]:
    sender = workspace.settings.sender
    return [
        ("Source-Organization", sender.organization),
        ("Organization-Address", sender.address),
        ("Contact-Name", sender.contact),
        ("Contact-Phone", sender.phone),
        ("Contact-Email", sender.email),
        ("External-Description", f"Dữ liệu cung cấp cho Vietnam.vn, kỳ {package.cycle}"),
        ("External-Identifier", package.name),
        ("Bag-Group-Identifier", package.cycle),
        ("Internal-Sender-Description", f"{package.edition} {package.fingerprint}"),
        ("Bag-Software-Agent", f"cluster-feed {__version__}"),
    ]


def _record(now: datetime, edition: ledger.Edition, package: Package, sha256: Sha256) -> None:
    """Remember the package once, also where another process has made the same one meanwhile."""
    with transaction.atomic():
        _, first = ledger.Package.objects.get_or_create(
            edition=edition,
            defaults={
                "name": f"{package.name}.zip",
                "sha256": sha256,
                "assets": len(package.items),
                "at": now,
            },
        )
        if first:
            facts = {"package": package.name, "sha256": sha256, "assets": len(package.items)}
            audit.record(now, "hub", "syndicate", edition.name, **facts)


def _make_sure_of_room(workspace: Workspace, byte_count: int) -> None:
    free = shutil.disk_usage(workspace.root).free
    if free < byte_count + _RESERVE:
        raise DiskFull(
            path=workspace.root,
            free=f"{free >> 20} MiB",
            needed=f"{(byte_count + _RESERVE) >> 20} MiB",
        )


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    folder = workspace.store.scratch()
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _stored(workspace: Workspace, sha256: Sha256) -> Path:
    if sha256 not in workspace.store:
        raise StoreDamaged(sha256=sha256)
    return workspace.store.path(sha256)


def _sha256(path: Path) -> Sha256:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
