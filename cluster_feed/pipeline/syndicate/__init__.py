"""Vietnam.vn: what an edition shows and its newsrooms propose, as one verified package.

A package holds what is new or changed against those before it, and names what was taken back.  It
goes to the Ministry (Quảng Trị's plan for 2026, section II.5).  All that it says is kept on record,
so that it can be made again from there and the store, byte for byte.
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
from django.db.models import Count, Q

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
from cluster_feed.core.errors import (
    DiskFull,
    FeedError,
    NotMadeForPortal,
    PackageMadeOtherwise,
    SenderUnsaid,
    StoreDamaged,
)
from cluster_feed.core.package import (
    Approval,
    Change,
    Item,
    Package,
    Past,
    legible,
    package_name,
    version_of,
)
from cluster_feed.core.person import Official
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import Tick, quiet
from cluster_feed.pipeline.syndicate import items
from cluster_feed.pipeline.syndicate.contents import Contents, Held, Proposed, told_before
from cluster_feed.workspace import Workspace

_log = logging.getLogger(__name__)

_RESERVE: Final = 256 << 20
"""Bytes that the disk must have left when the package is written."""


@dataclass
class Syndicated:
    """What came of the published editions that nobody had looked at, and of what was taken back."""

    packages: list[Path] = field(default_factory=list)
    nothing_new: list[str] = field(default_factory=list)
    """Editions that have nothing to tell the portal: no package, and no fault."""
    held: dict[str, list[Held]] = field(default_factory=dict)
    """What is proposed in an edition and is not in its package, as something lacks."""
    refused: dict[str, FeedError] = field(default_factory=dict)
    """Editions whose package could not be made, with the reason; they are tried again."""


def run(workspace: Workspace, now: datetime, tick: Tick = quiet) -> Syndicated:
    """Make every package that is due, and one more where something must be taken back at once."""
    published = ledger.Edition.objects.filter(
        state=State.PUBLISHED, published_at__isnull=False
    ).order_by("number")
    came = Syndicated()
    with workspace.alone("syndicate"):
        for edition in published.filter(settled_at=None):
            try:
                contents = Contents.of(workspace, edition, now)
                if contents:
                    came.packages.append(_make(workspace, now, edition, contents, tick))
                else:
                    came.nothing_new.append(edition.name)
                    _settle(now, edition)
            except FeedError as error:
                _log.warning("no package of edition %s: %s", edition.name, error)
                came.refused[edition.name] = error
                continue
            if contents.held:
                names = ", ".join(each.asset[:10] for each in contents.held)
                _log.warning("%s: what lacks something stays out: %s", edition.name, names)
                came.held[edition.name] = list(contents.held)
        if (latest := published.last()) and (contents := Contents.taken_back()):
            try:
                came.packages.append(_make(workspace, now, latest, contents, tick))
            except FeedError as error:
                _log.warning("what was taken back is not told: %s", error)
                came.refused[latest.name] = error
    return came


def rebuild(workspace: Workspace, name: str) -> Path:
    """Make a package again from the record, and put it where it lay if it is not there.

    Raises NoSuchPackage, PackageNotOnRecord, StoreDamaged where the store lost what it holds, and
    PackageMadeOtherwise where the bytes are not those on record.
    """
    row = ledger.Package.called(name)
    package = row.to_value()
    path = workspace.packages / row.name
    with workspace.alone("syndicate"), _scratch(workspace) as scratch:
        media: dict[str, Path] = {}
        made = []
        for item in package.items:
            again = item.model_copy(update={"files": ()})
            made.append(_with_media(workspace, Proposed.again(item), again, scratch, media))
        bag_file = scratch / row.name
        _write(workspace, package.model_copy(update={"items": tuple(made)}), media, bag_file)
        sha256 = items.sha256_of(bag_file)
        if sha256 != row.sha256:
            software = dict(package.info).get("Bag-Software-Agent", "")
            raise PackageMadeOtherwise(
                package=row.title, recorded=row.sha256[:10], made=sha256[:10], software=software
            )
        if not path.is_file() or items.sha256_of(path) != sha256:
            path.parent.mkdir(exist_ok=True)
            make_visible(bag_file, path, mode=0o444)
    return path


# --- How it is written --------------------------------------------------------------------------


def _make(
    workspace: Workspace, now: datetime, edition: ledger.Edition, contents: Contents, tick: Tick
) -> Path:
    if unsaid := workspace.settings.sender.unsaid:
        raise SenderUnsaid(fields=", ".join(unsaid))
    if contents.awaited:
        raise NotMadeForPortal(edition=edition.name, assets="; ".join(contents.awaited))
    with _scratch(workspace) as scratch:
        package, media = _gather(workspace, now, edition, contents, scratch)
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
    workspace: Workspace, now: datetime, edition: ledger.Edition, contents: Contents, scratch: Path
) -> tuple[Package, dict[str, Path]]:
    """Give what the package says, and where the bytes of its media are by their path in data/."""
    media: dict[str, Path] = {}
    told = told_before(contents.items.keys())
    made = [
        _with_media(
            workspace, proposed, items.item(code, proposed, told[code], now), scratch, media
        )
        for code, proposed in contents.items.items()
    ]
    before = ledger.Package.objects.filter(edition__cycle=edition.cycle)
    version = max(map(version_of, before.values_list("name", flat=True)), default=0) + 1
    submission = edition.submission()
    by = submission.official if submission else Official(name=edition.submitted_by)
    package = Package(
        name=package_name(edition.cycle, version),
        cycle=edition.cycle,
        version=version,
        edition=edition.name,
        number=edition.number,
        fingerprint=edition.fingerprint,
        words=submission.words if submission and submission.captions is not None else None,
        submitted_by=by,
        approvals=tuple(
            Approval(
                approver=signature.approver,
                at=signature.at,
                full_name=signature.full_name,
                office=signature.office,
            )
            for signature in edition.signatures.order_by("pk")
        ),
        published_at=edition.published_at,
        made_at=now,
        sender=legible(workspace.settings.sender.organization),
        items=tuple(made),
        withdrawn=tuple(contents.withdrawn),
        past=_past(edition.cycle),
    )
    info = tuple(_bag_info(workspace, package))
    return package.model_copy(update={"info": info}), media


def _with_media(
    workspace: Workspace, proposed: Proposed, item: Item, scratch: Path, media: dict[str, Path]
) -> Item:
    """Give an item its files, and add to `media` where their bytes are."""
    files = []
    for medium in items.media(workspace, proposed, item, scratch):
        file = items.file_of(item, medium)
        media[f"{item.folder}/{file.path}"] = medium.path
        files.append(file)
    return item.model_copy(update={"files": tuple(files)})


def _past(cycle: str) -> tuple[Past, ...]:
    """Name the packages of a cycle's year before now, and the last of all."""
    rows = ledger.Package.objects.select_related("edition").order_by("at", "pk")
    counted = rows.annotate(
        **{each.value: Count("items", filter=Q(items__change=each)) for each in Change}
    )
    last = rows.last()
    year = Q(edition__cycle__startswith=cycle.partition("-")[0])
    return tuple(
        Past(name=row.title, at=row.at, **{each.value: getattr(row, each.value) for each in Change})
        for row in counted.filter(year | Q(pk=last.pk if last else None))
    )


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
        package.info,
        package.made_at,
        {profile.NAME: profile.document(dict(package.info)[profile.LABEL])},
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
        ("Internal-Sender-Description", _after(package)),
        (profile.LABEL, workspace.settings.sender.profile or profile.IDENTIFIER),
        ("Bag-Software-Agent", f"cluster-feed {__version__}"),
    ]


def _after(package: Package) -> str:
    """Say which edition it comes from, and which package it follows."""
    said = f"{package.edition} {package.fingerprint}"
    return f"{said}; sau gói {package.past[-1].name}" if package.past else said


def _settle(now: datetime, edition: ledger.Edition) -> None:
    """Remember that the portal has what there was to give of an edition."""
    ledger.Edition.objects.filter(pk=edition.pk, settled_at=None).update(settled_at=now)


def _record(
    now: datetime, edition: ledger.Edition, package: Package, contents: Contents, sha256: Sha256
) -> None:
    """Remember the package once, and by asset what the portal has from now on."""
    with transaction.atomic():
        row = ledger.Package.objects.create(
            edition=edition,
            name=f"{package.name}.zip",
            sha256=sha256,
            assets=len(package.items),
            at=now,
            says=package.model_dump(mode="json"),
        )
        _settle(now, edition)
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
        if contents.held:
            facts["held"] = len(contents.held)
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
