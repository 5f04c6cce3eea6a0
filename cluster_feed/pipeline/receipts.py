"""What became of a package for Vietnam.vn: handed over, sent by which letter, published where.

People note it: nobody has published a way to ask the portal.
"""

import asyncio
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

from django.db import transaction

from cluster_feed.adapters.sftp.link import open_link
from cluster_feed.adapters.sftp.upload import Content, Upload
from cluster_feed.adapters.store import make_visible
from cluster_feed.core.bilingual import Bilingual, joined
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import BadReceipt, PackageLost, PackageNotHandedOver
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
_NOT_MADE_YET = Bilingual(
    "ngày {on} chưa có gói, gói lập ngày {made}",
    "on {on} there was no package yet: it was made on {made}",
)
_NO_LINES = Bilingual("chưa có dòng nào có địa chỉ", "no line has an address")
_LINES = Bilingual("{lines}{more}", "{lines}{more}")
_LINE_WITHOUT_ADDRESS = Bilingual("dòng {number}: không có địa chỉ", "line {number}: no address")
_LINE_WITHOUT_CODE = Bilingual(
    "dòng {number}: không có mã của mục nào đã cung cấp", "line {number}: no code of a given item"
)
_LINE_WITHOUT_DAY = Bilingual(
    "dòng {number}: không có ngày {day}", "line {number}: there is no day {day}"
)
_LINE_SAYS = Bilingual("dòng {number}: {detail}", "line {number}: {detail}")
_TOO_LONG = Bilingual("danh sách dài quá 2.000 dòng", "the list is longer than 2,000 lines")
_MOST_LINES: Final = 2000
_TOLD_LINES: Final = 5


def file_of(workspace: Workspace, row: ledger.Package) -> Path:
    """Find a package's file; PackageLost where the hub has it no more."""
    path = workspace.packages / row.name
    if not path.is_file():
        raise PackageLost(path=path)
    return path


def hand_over(workspace: Workspace, now: datetime, package: str, by: str) -> str:
    """Copy a package the way that the settings name, whole or not at all; say where it is now.

    Raises NoSuchPackage, PackageLost, PackageNotHandedOver, and what a link raises.
    """
    check_person(by)
    row, ministry = ledger.Package.called(package), workspace.settings.ministry
    source = file_of(workspace, row)
    upload = Upload(row.name, row.sha256, source.stat().st_size, source)
    if ministry.way is Way.SFTP and ministry.node:
        asyncio.run(_push(workspace, ministry.node, upload))
        where = f"sftp://{ministry.node.host}/{ministry.node.folder}/{row.name}"
    else:
        where = str(_copied(Path(ministry.folder) if ministry.folder else None, upload))
    with transaction.atomic():
        row.handovers.create(way=ministry.way, where=where, by=by, at=now)
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
    _check_made(now, row, on)
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
    first = asset.packaged.select_related("package").earliest("package__at").package
    _check_made(now, first, on)
    with transaction.atomic():
        audit.record(now, by, "package-posted", asset.pk, url=address[:255], on=on)
        row, _ = ledger.Posting.objects.update_or_create(
            asset=asset, url=address, defaults={"on": on, "by": by, "at": now}
        )
    return row


class _Line(NamedTuple):
    """A line of a list that was pasted, taken apart."""

    number: int
    before: tuple[str, ...]
    """The words before the address."""
    url: str
    day: str

    @classmethod
    def read(cls, number: int, written: str) -> Self | None:
        """Take a line apart; None: it has no address."""
        begins = _ADDRESS.search(written)
        if begins is None:
            return None
        url, _, rest = written[begins.start() :].replace('"', " ").partition(" ")
        url = url.rstrip(_BETWEEN)
        if day := _DAY_AT_THE_END.search(url):
            url, rest = url[: day.start()], day[1]
        after = _DAY.search(rest)
        words = re.split(f"[{_BETWEEN}]+", written[: begins.start()])
        return cls(number, tuple(words), url, after[0] if after else "")


_BETWEEN: Final = r""" \t,;|"'"""
_ADDRESS: Final = re.compile("https?://", re.IGNORECASE)
_DAY: Final = re.compile(r"\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_AT_THE_END: Final = re.compile(rf"[{_BETWEEN}]+({_DAY.pattern})$", re.ASCII)


def note_postings(now: datetime, written: str, on: date, by: str) -> int:
    """Note a list of codes with their addresses, as it was pasted; all of it, or nothing.

    A line has an item's code, an address and perhaps the day, else it is `on`; what stands before
    the address besides, as a number or a title, is passed over, and so are lines of headings before
    the first address.  Raises BadReceipt, which names the lines that are wrong.
    """
    check_person(by)
    lines, wrong = _read(written, on)
    with transaction.atomic():
        for each in lines:
            try:
                note_posting(now, each.code, each.url, each.on, by)
            except BadReceipt as error:
                detail = Bilingual(error.facts["detail_vi"], error.facts["detail_en"])
                wrong[each.number] = _LINE_SAYS.fill(number=each.number, detail=detail)
        _refuse(wrong)
    return len(lines)


class _Posted(NamedTuple):
    """What is where, since when, by which line."""

    number: int
    code: str
    url: str
    on: date


def _read(written: str, on: date) -> tuple[Sequence[_Posted], dict[int, Bilingual]]:
    """Take a list apart; what is wrong with a line is told by its number."""
    rows = list(enumerate((clean(each).replace("\t", " ") for each in written.splitlines()), 1))
    if len(rows) > _MOST_LINES:
        raise BadReceipt(detail=_TOO_LONG)
    lines = {number: _Line.read(number, row) for number, row in rows if row}
    found = [line for line in lines.values() if line]
    if not found:
        raise BadReceipt(detail=_NO_LINES)
    heads = [number for number in lines if number < found[0].number]
    asked = {word for line in found for word in line.before}
    known = ledger.PackagedItem.objects.filter(code__in=asked)
    codes = frozenset(known.values_list("code", flat=True))
    wrong = {
        number: _LINE_WITHOUT_ADDRESS.fill(number=number)
        for number, line in lines.items()
        if line is None and number not in heads
    }
    read = []
    for line in found:
        code = next((word for word in line.before if word in codes), None)
        try:
            day = _day(line.day) if line.day else on
        except ValueError:
            wrong[line.number] = _LINE_WITHOUT_DAY.fill(number=line.number, day=line.day)
            continue
        if code is None:
            wrong[line.number] = _LINE_WITHOUT_CODE.fill(number=line.number)
        else:
            read.append(_Posted(line.number, code, line.url, day))
    return read, wrong


def _day(written: str) -> date:
    form = "%d/%m/%Y" if "/" in written else "%Y-%m-%d"
    return datetime.strptime(written, form).date()  # noqa: DTZ007  a day has no zone


def _refuse(wrong: Mapping[int, Bilingual]) -> None:
    if wrong:
        told = [wrong[number] for number in sorted(wrong)[:_TOLD_LINES]]
        more = f" (+{len(wrong) - _TOLD_LINES})" if len(wrong) > _TOLD_LINES else ""
        raise BadReceipt(detail=_LINES.fill(lines=joined(told, "; "), more=more))


def postings(assets: Iterable[str]) -> Mapping[str, Sequence[ledger.Posting]]:
    """Give, by asset, where it was published, the latest last."""
    found: defaultdict[str, list[ledger.Posting]] = defaultdict(list)
    for row in ledger.Posting.objects.filter(asset__in=list(assets)).order_by("on", "pk"):
        found[row.asset_id].append(row)
    return dict(found)


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


def _check_made(now: datetime, package: ledger.Package, on: date) -> None:
    made = package.at.astimezone(ZONE).date()
    if on < min(made, now.astimezone(ZONE).date()):
        raise BadReceipt(detail=_NOT_MADE_YET.fill(on=f"{on:%d/%m/%Y}", made=f"{made:%d/%m/%Y}"))
