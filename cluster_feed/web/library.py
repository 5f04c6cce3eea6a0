"""The library: what came in, newest first, and how to find something in it."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Min, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.collation import sought
from cluster_feed.core.facets import holding
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import standing as stage
from cluster_feed.pipeline.standing import Standing
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked
from cluster_feed.web.house import workspace
from cluster_feed.web.listing import items, page_of

_LONGEST_QUERY: Final = 200
_ORDERS: Final = {"": "-received_at", "old": "received_at", "title": "sort_key"}
KINDS: Final = (
    (Kind.VIDEO, Bilingual("Video", "Clips")),
    (Kind.PHOTO, Bilingual("Ảnh", "Photos")),
)
_FOR_PORTAL: Final = (
    ("proposed", Bilingual("đề xuất", "proposed")),
    ("lacking", Bilingual("đề xuất, còn thiếu", "proposed, incomplete")),
    ("given", Bilingual("đã cung cấp", "given")),
)


def index(request: Asked) -> HttpResponse:
    """Show what the person may see, as they asked to see it."""
    asked = request.GET
    found = _filtered(visible.assets(request.user), asked)
    order = _ORDERS.get(asked.get("order", ""), "-received_at")
    page = page_of(found.order_by(order, "pk"), asked.get("page"))
    shown = {
        "items": items(page),
        "page": page,
        "asked": asked,
        "query": _without_page(asked),
        "newsrooms": visible.newsrooms(request.user),
        "kinds": KINDS,
        "themes": list(Theme),
        "standings": list(Standing),
        "for_portal": _FOR_PORTAL,
        "months": _months(request),
        "incomplete": stage.incomplete(workspace(), visible.assets(request.user)).count(),
    }
    part = "desk/library/found.html" if _wants_part(request) else "desk/library/index.html"
    return render(request, part, shown)


def _filtered(rows: QuerySet[Any], asked: QueryDict) -> QuerySet[Any]:
    for word in sought(asked.get("q", "")[:_LONGEST_QUERY]):
        rows = rows.filter(searched__contains=word)
    for field in ("newsroom", "kind"):
        if wanted := asked.get(field):
            rows = rows.filter(**{field: wanted})
    if standing := asked.get("standing"):
        known = standing in list(Standing)
        rows = stage.only(workspace(), rows, Standing(standing)) if known else rows.none()
    rows = _for_portal(rows, asked.get("vietnam_vn", ""))
    for theme in Theme:
        if theme == asked.get("theme"):
            rows = rows.filter(themes__contains=holding((theme,)))
    if month := _month(asked.get("month", "")):
        first = datetime(month.year, month.month, 1, tzinfo=ZONE)
        rows = rows.filter(received_at__gte=first, received_at__lt=_next_month(first))
    return rows


def _for_portal(rows: QuerySet[Any], wanted: str) -> QuerySet[Any]:
    match wanted:
        case "proposed":
            return rows.filter(proposed=True)
        case "lacking":
            return stage.lacking_for_portal(workspace(), rows)
        case "given":
            return rows.filter(pk__in=ledger.PackagedItem.objects.values("asset"))
    return rows


def _month(written: str) -> date | None:
    try:
        return date.fromisoformat(f"{written}-01")
    except ValueError:
        return None


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=31)).replace(day=1)


def _months(request: Asked) -> list[date]:
    """List the months from the first asset to the last, newest first."""
    ends = visible.assets(request.user).aggregate(first=Min("received_at"), last=Max("received_at"))
    if ends["first"] is None:
        return []
    first, month = (ends[end].astimezone(ZONE).date().replace(day=1) for end in ("first", "last"))
    months = []
    while month >= first:
        months.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return months


def _without_page(asked: QueryDict) -> str:
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _wants_part(request: Asked) -> bool:
    return bool(request.htmx) and not request.htmx.history_restore_request
