"""All that was ever approved, with its use: searched, and taken away whole."""

from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import catalogue
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.house import workspace
from cluster_feed.web.listing import page_of

_LONGEST_QUERY: Final = 200


@require_safe
def index(request: Asked) -> HttpResponse:
    """Show what was approved, the latest first."""
    query = request.GET.get("q", "")[:_LONGEST_QUERY]
    page = page_of(
        catalogue.matching(query).order_by("-received_at", "pk"), request.GET.get("page")
    )
    told = catalogue.uses(list(page))
    rows = ledger.Asset.objects.in_bulk(list(page))
    titles = {each.slug: each.title for each in workspace().settings.newsrooms}
    kept = request.GET.copy()
    kept.pop("page", None)
    clusters = {each.name: each.title for each in workspace().clusters.values()}
    shown = {
        "page": page,
        "query": kept.urlencode(),
        "q": query,
        "items": [
            (
                rows[each],
                titles.get(rows[each].newsroom, rows[each].newsroom),
                told[each],
                [clusters.get(name, name) for name in told[each].clusters],
            )
            for each in page
        ],
    }
    return render(request, "desk/papers/catalogue.html", shown)


@require_safe
def export(request: Asked, form: str) -> HttpResponse:
    """Give all of it, for a spreadsheet or for programs."""
    del request
    if form == "csv":
        content, kind = catalogue.as_csv(workspace()), "text/csv; charset=utf-8"
    elif form == "jsonld":
        content, kind = catalogue.as_json_ld(workspace(), moment()), "application/ld+json"
    else:
        raise Http404
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="danh-muc.{form}"'},
    )
