"""Packages for Vietnam.vn: sent when and by which letter, and where each item was published."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import BadReceipt
from cluster_feed.core.package import Change, Way
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import receipts
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.house import workspace

_ON_A_PAGE: Final = 50
_NO_DAY = Bilingual("cần một ngày", "a day is needed")
_NO_WAY = Bilingual("cần cách gửi", "which way it went is needed")


@require_safe
def index(request: Asked) -> HttpResponse:
    """List the packages, the newest first."""
    rows = ledger.Package.objects.order_by("-at", "-pk").prefetch_related("sendings", "items")
    page = Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
    there = receipts.posted()
    shown = {"page": page, "rows": [(row, _last(row), _posted(row, there)) for row in page]}
    return render(request, "desk/papers/packages.html", shown)


def _last(row: ledger.Package) -> ledger.Sending | None:
    return max(row.sendings.all(), key=lambda each: each.pk, default=None)


def _posted(row: ledger.Package, there: frozenset[str]) -> int:
    given = {each.asset_id for each in row.items.all() if each.change != Change.WITHDRAWN}
    return len(given & there)


@require_safe
def package(request: Asked, package: str) -> HttpResponse:
    """Show one: its letters, its items and their addresses."""
    row = _row(package)
    items = list(row.items.select_related("asset").order_by("code"))
    posted = receipts.postings(each.asset_id for each in items)
    gone = _withdrawn_since(row, items)
    shown = {
        "row": row,
        "sendings": row.sendings.order_by("-pk"),
        "items": [
            Shown(
                each,
                Change(each.change).label,
                posted.get(each.asset_id),
                each.asset_id in gone,
                gone.get(each.asset_id),
            )
            for each in items
        ],
        "any_gone": bool(gone),
        "all_ways": list(Way),
        "usual": workspace().settings.ministry.way,
        "today": moment().astimezone(ZONE).date(),
    }
    return render(request, "desk/papers/package.html", shown)


class Shown(NamedTuple):
    """An item of a package, and what became of it."""

    item: ledger.PackagedItem
    change: Bilingual
    posting: ledger.Posting | None
    gone: bool
    """Whether it was withdrawn after this package gave it."""
    gone_by: ledger.Package | None
    """The later package that tells the portal so."""


def _withdrawn_since(
    row: ledger.Package, items: Sequence[ledger.PackagedItem]
) -> dict[str, ledger.Package | None]:
    """Name the assets that a package gives and that were withdrawn, and what tells the portal."""
    given = [each.asset_id for each in items if each.change != Change.WITHDRAWN]
    withdrawn = ledger.Withdrawal.objects.filter(asset__in=given).values_list("asset_id", flat=True)
    gone: dict[str, ledger.Package | None] = dict.fromkeys(withdrawn)
    later = ledger.PackagedItem.objects.filter(asset__in=given, package__pk__gt=row.pk)
    last = {each.asset_id: each for each in later.select_related("package").order_by("pk")}
    told = {asset: each.package for asset, each in last.items() if each.change == Change.WITHDRAWN}
    return gone | told


@require_POST
def sent(request: Asked, package: str) -> HttpResponse:
    """Note by which letter it went."""
    row, asked = _row(package), request.POST
    way = asked.get("way", "")
    if way not in list(Way):
        raise BadReceipt(detail=_NO_WAY)
    letter = asked.get("letter", "")
    receipts.sent(moment(), row.title, letter, _day(asked.get("on")), Way(way), request.user.name)
    return _noted(request, row)


@require_POST
def posted(request: Asked, package: str) -> HttpResponse:
    """Note where one of its items was published."""
    row, asked = _row(package), request.POST
    item = get_object_or_404(row.items, code=asked.get("code", ""))
    url, on = asked.get("url", ""), _day(asked.get("on"))
    receipts.note_posting(moment(), item.code, url, on, request.user.name)
    return _noted(request, row)


def _row(package: str) -> ledger.Package:
    return get_object_or_404(ledger.Package, name=f"{package}.zip")


def _noted(request: Asked, row: ledger.Package) -> HttpResponse:
    messages.success(request, Bilingual("Đã ghi.", "Noted.").to(tongue_of(request)))
    return redirect("package", row.title)


def _day(written: str | None) -> date:
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        raise BadReceipt(detail=_NO_DAY) from None
