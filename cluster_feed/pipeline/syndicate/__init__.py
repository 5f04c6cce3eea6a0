"""Vietnam.vn: what an edition shows and its newsrooms propose, as one verified package.

A package holds what is new or changed against those before it, and names what was taken back.  It
goes to the Ministry (Quảng Trị's plan for 2026, section II.5).  All in it comes from
the edition, the captions and the store, every time from the edition's own: the same edition gives
the same bytes.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from cluster_feed import __version__
from cluster_feed.adapters.packages import (
    bag,
    bag_check,
    catalogue,
    dublin_core,
    ninjs,
    papers,
    profile,
    schema_org,
)
from cluster_feed.adapters.store import make_visible
from cluster_feed.core.edition import State
from cluster_feed.core.errors import DiskFull, FeedError, SenderUnsaid, StoreDamaged
from cluster_feed.core.package import Approval, Change, Package, legible, package_name
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.syndicate import items
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_RESERVE: Final = 256 << 20
"""Bytes that the disk must have left when the package is written."""


@dataclass
class Syndicated:
    """What came of the published editions that had no package yet."""

    packages: list[Path] = field(default_factory=list)
    nothing_new: list[str] = field(default_factory=list)
    """Editions that have nothing to tell the portal: no package, and no fault."""
    refused: dict[str, FeedError] = field(default_factory=dict)
    """Editions whose package could not be made, with the reason; they are tried again."""


def run(workspace: Workspace, now: datetime, tick: Tick = quiet) -> Syndicated:
    """Make every package that is due."""
    due = ledger.Edition.objects.filter(
        state=State.PUBLISHED, published_at__isnull=False, package=None
    )
    came = Syndicated()
    with workspace.alone("syndicate"):
        for edition in due.order_by("number"):
            try:
                if contents := items.Contents.of(workspace, edition):
                    came.packages.append(_make(workspace, now, edition, contents, tick))
                else:
                    came.nothing_new.append(edition.name)
            except FeedError as error:
                _log.warning("no package of edition %s: %s", edition.name, error)
                came.refused[edition.name] = error
    return came


# --- How it is written --------------------------------------------------------------------------


def _make(
    workspace: Workspace,
    now: datetime,
    edition: ledger.Edition,
    contents: items.Contents,
    tick: Tick,
) -> Path:
    if unsaid := workspace.settings.sender.unsaid:
        raise SenderUnsaid(fields=", ".join(unsaid))
    with _scratch(workspace) as scratch:
        package, media = _gather(workspace, edition, contents, scratch)
        tick(package.name, 0.0)
        made = scratch / f"{package.name}.zip"
        _write(workspace, package, media, made)
        bag_check.verify(made)
        sha256 = items.sha256_of(made)
        path = workspace.packages / made.name
        path.parent.mkdir(exist_ok=True)
        make_visible(made, path, mode=0o444)
    _record(now, edition, package, contents, sha256)
    tick(package.name, 1.0)
    return path


def _gather(
    workspace: Workspace, edition: ledger.Edition, contents: items.Contents, scratch: Path
) -> tuple[Package, dict[str, Path]]:
    """Give what the package says, and where the bytes of its media are by their path in data/."""
    made, paths = [], {}
    for code, proposed in contents.items.items():
        item = items.item(code, proposed)
        files = []
        for medium in items.media(workspace, proposed, item, scratch):
            file = items.file_of(item, medium)
            paths[f"{item.folder}/{file.path}"] = medium.path
            files.append(file)
        made.append(item.model_copy(update={"files": tuple(files)}))
    version = ledger.Package.objects.filter(edition__cycle=edition.cycle).count() + 1
    package = Package(
        name=package_name(edition.cycle, version),
        cycle=edition.cycle,
        version=version,
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
        items=tuple(made),
        withdrawn=tuple(contents.withdrawn),
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
            **ninjs.documents(package, item),
            "phieu_duyet.json": papers.approval_slip(package, item),
            **papers.texts(item),
        }
        payload |= {f"{item.folder}/{name}": content for name, content in documents.items()}
    for each in package.withdrawn:
        for name, content in ninjs.cancellations(package, each).items():
            payload[f"{each.folder}/{name}"] = content
    written = bag.write(
        to,
        package.name,
        payload,
        _bag_info(workspace, package),
        package.published_at,
        {profile.NAME: profile.document(_profile(workspace))},
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
        ("Bag-Count", f"{package.version} of ?"),
        ("Internal-Sender-Description", f"{package.edition} {package.fingerprint}"),
        ("BagIt-Profile-Identifier", _profile(workspace)),
        ("Bag-Software-Agent", f"cluster-feed {__version__}"),
    ]


def _profile(workspace: Workspace) -> str:
    return workspace.settings.sender.profile or profile.IDENTIFIER


def _record(
    now: datetime,
    edition: ledger.Edition,
    package: Package,
    contents: items.Contents,
    sha256: Sha256,
) -> None:
    """Remember the package once, and by asset what the portal has from now on."""
    with transaction.atomic():
        row = ledger.Package.objects.create(
            edition=edition,
            name=f"{package.name}.zip",
            sha256=sha256,
            assets=len(package.items),
            at=now,
        )
        given = [
            (item.id, item.asset.sha256, item.version, item.change, contents.items[item.id].content)
            for item in package.items
        ]
        back = [
            (each.id, each.asset, each.version, Change.WITHDRAWN, "") for each in package.withdrawn
        ]
        for code, asset, version, change, content in (*given, *back):
            row.items.create(
                code=code, asset_id=asset, version=version, change=change, content=content
            )
        facts = {"package": package.name, "sha256": sha256, "withdrawn": len(back)}
        audit.record(now, "hub", "syndicate", edition.name, assets=len(given), **facts)


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
