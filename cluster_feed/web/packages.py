"""Packages for Vietnam.vn: what the next one holds, how each goes to the Ministry, what came of it.

Making, checking and handing over take as long as the files do: a page asks for them, and tells how
they stand until they are done.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errand import Errand
from cluster_feed.core.errors import BadReceipt, FeedError, NotMadeForPortal
from cluster_feed.core.package import Change, Way
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import check as installation
from cluster_feed.pipeline import errands, receipts
from cluster_feed.pipeline.syndicate import ahead
from cluster_feed.pipeline.syndicate.contents import asked_back
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.house import workspace
from cluster_feed.web.media import serve
from cluster_feed.web.roles import CARRIERS
from cluster_feed.web.telling import names

_ON_A_PAGE: Final = 50
_NO_DAY = Bilingual("cần một ngày", "a day is needed")
_LISTED = Bilingual("Đã ghi {count} địa chỉ.", "{count} addresses noted.")
_NO_WAY = Bilingual("cần cách gửi", "which way it went is needed")


@require_safe
def index(request: Asked) -> HttpResponse:
    """List the packages, the newest first, and what the next one would hold."""
    made = errands.making()
    if request.htmx and not (made and made.going):
        return HttpResponseClientRefresh()
    rows = ledger.Package.objects.order_by("-at", "-pk").prefetch_related("sendings", "items")
    page = Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
    there = receipts.posted()
    shown = {
        "page": page,
        "rows": [(row, _last(row), _posted(row, there)) for row in page],
        "made": made,
        "awaits": bool(made and isinstance(made.failed, NotMadeForPortal)),
        "daemon": _daemon(),
        "ahead": ahead.look(workspace(), moment()),
        "asked_back": asked_back(),
    }
    part = "desk/papers/next.html" if request.htmx else "desk/papers/packages.html"
    return render(request, part, shown)


def _daemon() -> FeedError | None:
    """Why nothing that is asked for is being done; None: it is."""
    return installation.stopped(workspace(), moment())


@require_POST
def make(request: Asked) -> HttpResponse:
    """Ask for the package that is due."""
    errands.ask(moment(), Errand.MAKE, request.user.name)
    return redirect("packages")


def _last(row: ledger.Package) -> ledger.Sending | None:
    return max(row.sendings.all(), key=lambda each: each.pk, default=None)


def _posted(row: ledger.Package, there: frozenset[str]) -> int:
    given = {each.asset_id for each in row.items.all() if each.change != Change.WITHDRAWN}
    return len(given & there)


@require_safe
def package(request: Asked, package: str) -> HttpResponse:
    """Show one: its file, how it went, its items and their addresses."""
    row = _row(package)
    if not request.htmx:
        return _page(request, row)
    file = _file(request, row)
    if not file["going"]:
        return HttpResponseClientRefresh()
    return render(request, "desk/papers/package_file.html", file)


def _file(request: Asked, row: ledger.Package) -> dict[str, object]:
    asked = [errands.latest(act, row.title) for act in (Errand.CHECK, Errand.HAND_OVER)]
    going = any(each and each.going for each in asked)
    path = workspace().packages / row.name
    people = names(row.handovers.values_list("by", flat=True))
    return {
        "row": row,
        "size": path.stat().st_size if path.is_file() else None,
        "check": asked[0],
        "hand_over": asked[1],
        "going": going,
        "daemon": _daemon() if going else None,
        "ministry": workspace().settings.ministry,
        "handovers": [
            (each, Way(each.way), people.get(each.by, each.by))
            for each in row.handovers.order_by("-pk")
        ],
        "may_carry": request.user.part in CARRIERS,
    }


class Unnoted(NamedTuple):
    """A list of addresses that was not noted, as it was written, and why."""

    written: str
    on: str
    why: BadReceipt


def _page(request: Asked, row: ledger.Package, unnoted: Unnoted | None = None) -> HttpResponse:
    people = names(row.sendings.values_list("by", flat=True))
    items = list(row.items.select_related("asset").order_by("code"))
    posted = receipts.postings(each.asset_id for each in items)
    titles = row.titles()
    gone = _withdrawn_since(row, items)
    asked = _asked_back(items)
    last, today = row.handovers.last(), moment().astimezone(ZONE).date()
    shown = {
        **_file(request, row),
        "sendings": [
            (each, Way(each.way), people.get(each.by, each.by))
            for each in row.sendings.order_by("-pk")
        ],
        "items": [
            Shown(
                each,
                titles.get(each.code, each.asset.title),
                Change(each.change).label,
                posted.get(each.asset_id, ()),
                each.asset_id in gone,
                gone.get(each.asset_id),
                each.asset_id in asked,
            )
            for each in items
        ],
        "any_gone": bool(gone),
        "untold": row.sendings.exists() and not all(map(_went, gone.values())),
        "all_ways": list(Way),
        "usual": last.way if last else workspace().settings.ministry.way,
        "made_on": min(row.at.astimezone(ZONE).date(), today),
        "today": today,
        "unnoted": unnoted,
    }
    return render(request, "desk/papers/package.html", shown, status=422 if unnoted else 200)


@require_safe
def file(request: Asked, package: str) -> HttpResponseBase:
    """Give the package itself; who took it away is on record."""
    row = _row(package)
    path = receipts.file_of(workspace(), row)
    if request.method == "GET" and "Range" not in request.headers:
        audit.record(moment(), request.user.name, "take-package", row.title)
    return serve(request, path, "application/zip", row.sha256, save_as=row.name)


@require_POST
def check(request: Asked, package: str) -> HttpResponse:
    """Ask to have its file checked."""
    return _asked(request, Errand.CHECK, package)


@require_POST
def hand_over(request: Asked, package: str) -> HttpResponse:
    """Ask to have it copied to where the Ministry takes it from."""
    return _asked(request, Errand.HAND_OVER, package)


def _asked(request: Asked, act: Errand, package: str) -> HttpResponse:
    row = _row(package)
    errands.ask(moment(), act, request.user.name, row.title)
    return redirect("package", row.title)


class Shown(NamedTuple):
    """An item of a package, and what became of it."""

    item: ledger.PackagedItem
    title: str
    """As the package says it, whatever the caption became."""
    change: Bilingual
    postings: Sequence[ledger.Posting]
    gone: bool
    """Whether it was withdrawn after this package gave it."""
    gone_by: ledger.Package | None
    """The later package that tells the portal so."""
    asked_back: bool
    """Whether its withdrawal waits for signatures: till then it stands."""


def _went(package: ledger.Package | None) -> bool:
    return package is not None and package.sendings.exists()


def _withdrawn_since(
    row: ledger.Package, items: Sequence[ledger.PackagedItem]
) -> dict[str, ledger.Package | None]:
    """Name the assets that a package gives and that were withdrawn, and what tells the portal."""
    given = [each.asset_id for each in items if each.change != Change.WITHDRAWN]
    in_force = ledger.Withdrawal.in_force()
    withdrawn = in_force.filter(asset__in=given).values_list("asset_id", flat=True)
    gone: dict[str, ledger.Package | None] = dict.fromkeys(withdrawn)
    later = ledger.PackagedItem.objects.filter(asset__in=given, package__pk__gt=row.pk)
    last = {each.asset_id: each for each in later.select_related("package").order_by("pk")}
    told = {asset: each.package for asset, each in last.items() if each.change == Change.WITHDRAWN}
    return gone | told


def _asked_back(items: Sequence[ledger.PackagedItem]) -> frozenset[str]:
    given = [each.asset_id for each in items if each.change != Change.WITHDRAWN]
    waits = ledger.Withdrawal.awaited().filter(asset__in=given)
    return frozenset(waits.values_list("asset_id", flat=True))


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


@require_POST
def listed(request: Asked, package: str) -> HttpResponse:
    """Note a list of addresses that was pasted; what is wrong is told beside what was written."""
    row, asked = _row(package), request.POST
    on, written = asked.get("on", ""), asked.get("list", "")
    try:
        count = receipts.note_postings(moment(), written, _day(on), request.user.name)
    except BadReceipt as why:
        return _page(request, row, Unnoted(written, on, why))
    messages.success(request, _LISTED.fill(count=count).to(tongue_of(request)))
    return redirect("package", row.title)


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
