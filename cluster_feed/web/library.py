"""The library: what came in, newest first, and how to find something in it."""

from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.functions import TruncMonth
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Missing
from cluster_feed.core.collation import sought
from cluster_feed.core.facets import holding
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import library as stage
from cluster_feed.pipeline.library import Standing
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked
from cluster_feed.web.house import workspace

_ON_A_PAGE: Final = 50
_LONGEST_QUERY: Final = 200
_ORDERS: Final = {"": "-received_at", "old": "received_at", "title": "sort_key"}
_KINDS: Final = (
    (Kind.VIDEO, Bilingual("Video", "Clips")),
    (Kind.PHOTO, Bilingual("Ảnh", "Photos")),
)


class Item(NamedTuple):
    """An asset as a list shows it."""

    row: ledger.Asset
    title: str
    newsroom: str
    standing: Standing
    made: int
    wanted: int
    missing: tuple[Missing, ...]
    seconds: float | None


def index(request: Asked) -> HttpResponse:
    """Show what the person may see, as they asked to see it."""
    asked = request.GET
    rows = stage.with_standing(workspace(), visible.assets(request.user))
    found = _filtered(rows, asked).order_by(
        _ORDERS.get(asked.get("order", ""), "-received_at"), "pk"
    )
    page = Paginator(found, _ON_A_PAGE).get_page(asked.get("page"))
    shown = {
        "items": items(page.object_list),
        "page": page,
        "asked": asked,
        "query": _without_page(asked),
        "newsrooms": visible.newsrooms(request.user),
        "kinds": _KINDS,
        "themes": list(Theme),
        "standings": list(Standing),
        "months": _months(request),
        "incomplete": stage.incomplete(workspace(), visible.assets(request.user)).count(),
    }
    part = "desk/library/found.html" if _wants_part(request) else "desk/library/index.html"
    return render(request, part, shown)


def items(rows: Any) -> list[Item]:  # noqa: ANN401  rows with a standing, from a queryset or a page
    """Make them ready to show."""
    titles = {each.slug: each.title for each in workspace().settings.newsrooms}
    broadcasters, wanted = workspace().broadcasters, len(workspace().wanted_profiles)
    return [
        Item(
            row,
            title_of(row),
            titles.get(row.newsroom, row.newsroom),
            Standing(row.standing),
            row.made,
            wanted,
            row.missing(broadcasters),
            row.media.get("seconds"),
        )
        for row in rows
    ]


def title_of(row: ledger.Asset) -> str:
    """Call an asset by its title, or by the name of its file."""
    said = row.caption.get("words", {}).get("vi", {}).get("title", "")
    return said or row.name.rpartition("/")[2]


def _filtered(rows: QuerySet[Any], asked: QueryDict) -> QuerySet[Any]:
    for word in sought(asked.get("q", "")[:_LONGEST_QUERY]):
        rows = rows.filter(searched__contains=word)
    for field in ("newsroom", "kind", "standing"):
        if wanted := asked.get(field):
            rows = rows.filter(**{field: wanted})
    for theme in Theme:
        if theme == asked.get("theme"):
            rows = rows.filter(themes__contains=holding((theme,)))
    if month := _month(asked.get("month", "")):
        first = datetime(month.year, month.month, 1, tzinfo=ZONE)
        rows = rows.filter(received_at__gte=first, received_at__lt=_next_month(first))
    return rows


def _month(written: str) -> date | None:
    try:
        return date.fromisoformat(f"{written}-01")
    except ValueError:
        return None


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=31)).replace(day=1)


def _months(request: Asked) -> list[date]:
    received = visible.assets(request.user).annotate(month=TruncMonth("received_at", tzinfo=ZONE))
    return list(received.order_by("-month").values_list("month", flat=True).distinct())


def _without_page(asked: QueryDict) -> str:
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _wants_part(request: Asked) -> bool:
    return bool(request.htmx) and not request.htmx.history_restore_request
