"""What became of a package for Vietnam.vn: handed over, sent by which letter, published where.

People note it: nobody has published a way to ask the portal.
"""

import asyncio
import os
import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.db import transaction

from cluster_feed.adapters.sftp.link import open_link
from cluster_feed.adapters.sftp.upload import Content, Upload
from cluster_feed.adapters.store import make_visible
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import BadReceipt, PackageNotHandedOver
from cluster_feed.core.labels import clean
from cluster_feed.core.package import Way
from cluster_feed.core.person import check_person
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

_MINISTRY: Final = "vietnam-vn"
_LETTER_LENGTH: Final = 128
_URL_LENGTH: Final = 1000

_NO_LETTER = Bilingual(
    "cần số công văn, không quá 128 chữ", "the letter's number is needed, of 128 letters at most"
)
_NO_ADDRESS = Bilingual(
    "cần địa chỉ trang, ví dụ https://vietnam.vn/…",
    "a page's address is needed: https://vietnam.vn/…",
)
_NOT_YET = Bilingual("ngày ở tương lai", "the day is in the future")
_NOT_GIVEN = Bilingual(
    "nội dung này chưa có trong gói nào", "this asset has not been in any package"
)
_NO_FOLDER = Bilingual("không có thư mục {folder}", "there is no folder {folder}")
_UNNAMED = Bilingual("chưa đặt thư mục", "no folder is set")
_GONE = Bilingual("tệp gói không còn nguyên vẹn", "the package's file is not what it was")


def hand_over(workspace: Workspace, now: datetime, package: str, by: str) -> str:
    """Copy a package the way that the settings name, whole or not at all; say where it is now.

    Raises NoSuchPackage, PackageNotHandedOver, and what a link raises.
    """
    check_person(by)
    row, ministry = ledger.Package.called(package), workspace.settings.ministry
    source = workspace.packages / row.name
    if not source.is_file():
        raise PackageNotHandedOver(package=row.name, detail=_GONE)
    upload = Upload(row.name, row.sha256, source.stat().st_size, source)
    if ministry.way is Way.SFTP and ministry.node:
        asyncio.run(_push(workspace, ministry.node, upload))
        where = f"sftp://{ministry.node.host}/{ministry.node.folder}/{row.name}"
    else:
        where = str(_copied(Path(ministry.folder) if ministry.folder else None, upload))
    audit.record(now, by, "hand-over", row.title, way=ministry.way, path=where)
    return where


async def _push(workspace: Workspace, node: Node, upload: Upload) -> None:
    delivery = workspace.settings.delivery
    async with open_link(_MINISTRY, node, workspace.sftp_key, delivery.patience) as link:
        missing = await link.missing([upload])
        await link.make_sure_of_room(missing)
        await link.make_folders(missing)
        await link.put(missing)


def _copied(folder: Path | None, upload: Upload) -> Path:
    """Copy to a mounted folder, and read back what lies there."""
    if folder is None:
        raise PackageNotHandedOver(package=upload.path, detail=_UNNAMED)
    if not folder.is_dir():
        raise PackageNotHandedOver(package=upload.path, detail=_NO_FOLDER.fill(folder=folder))
    made, name = folder / f".{upload.path}.part", folder / upload.path
    try:
        shutil.copyfile(str(upload.source), made)
        with made.open("rb") as written:
            os.fsync(written.fileno())
        with Content(upload._replace(source=made)) as content:
            content.check()
        make_visible(made, name)
    except OSError as error:
        raise PackageNotHandedOver(package=upload.path, detail=error.strerror or error) from error
    finally:
        made.unlink(missing_ok=True)
    return name


def sent(now: datetime, package: str, letter: str, on: date, way: Way, by: str) -> ledger.Sending:
    """Note that a package went to the Ministry; NoSuchPackage, BadReceipt."""
    check_person(by)
    row, number = ledger.Package.called(package), " ".join(clean(letter).split())
    if not number or len(number) > _LETTER_LENGTH:
        raise BadReceipt(detail=_NO_LETTER)
    _check_day(now, on)
    with transaction.atomic():
        audit.record(now, by, "package-sent", row.title, letter=number, on=on, way=way)
        return row.sendings.create(letter=number, on=on, way=way, by=by, at=now)


def posted() -> frozenset[str]:
    """Give the assets that somebody has found on Vietnam.vn."""
    return frozenset(ledger.Posting.objects.values_list("asset", flat=True))


def note_posting(now: datetime, code: str, url: str, on: date, by: str) -> ledger.Posting:
    """Note where an item of a package was published; its code or the asset's id names it.

    Raises BadReceipt, and NoSuchAsset where there is none.  An address that is noted again gets
    the new day.
    """
    check_person(by)
    item = ledger.PackagedItem.objects.filter(code=code).order_by("-pk").first()
    asset = item.asset if item else ledger.Asset.called(code)
    if not asset.packaged.exists():
        raise BadReceipt(detail=_NOT_GIVEN)
    address = _address(url)
    _check_day(now, on)
    with transaction.atomic():
        audit.record(now, by, "package-posted", asset.pk, url=address[:255], on=on)
        row, _ = ledger.Posting.objects.update_or_create(
            asset=asset, url=address, defaults={"on": on, "by": by, "at": now}
        )
    return row


def postings(assets: Iterable[str]) -> dict[str, ledger.Posting]:
    """Give, by asset, where it was published last."""
    rows = ledger.Posting.objects.filter(asset__in=list(assets)).order_by("on", "pk")
    return {row.asset_id: row for row in rows}


def _address(url: str) -> str:
    address = clean(url)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound or len(address) > _URL_LENGTH or len(address.split()) != 1:
        raise BadReceipt(detail=_NO_ADDRESS)
    return address


def _check_day(now: datetime, on: date) -> None:
    if on > now.astimezone(ZONE).date():
        raise BadReceipt(detail=_NOT_YET)
