"""All that was ever approved, with its use: searched, sifted, and taken away."""

from typing import Final

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cluster_feed.core.vocabulary import Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import catalogue
from cluster_feed.pipeline.catalogue import Sieve, Standing
from cluster_feed.web import library, visible
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.house import workspace
from cluster_feed.web.listing import page_of

_LONGEST_QUERY: Final = 200
_DIGITS_OF_A_YEAR: Final = 4
_FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonld": "application/ld+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _sieve(asked: QueryDict) -> Sieve:
    """Read what is wanted; a year that is none is the year 1, of which there is nothing."""
    year = asked.get("year", "")
    known = year.isascii() and year.isdecimal() and len(year) <= _DIGITS_OF_A_YEAR
    return Sieve(
        words=asked.get("q", "")[:_LONGEST_QUERY],
        newsroom=asked.get("newsroom", ""),
        kind=asked.get("kind", ""),
        theme=asked.get("theme", ""),
        year=(int(year) if known else 1) if year else 0,
        standing=asked.get("standing", ""),
    )


@require_safe
def index(request: Asked) -> HttpResponse:
    """Show what was approved, the latest first."""
    wanted = _sieve(request.GET)
    rows_of_it = catalogue.matching(wanted).order_by("-received_at", "pk")
    page = page_of(rows_of_it, request.GET.get("page"))
    told = catalogue.uses(list(page))
    rows = ledger.Asset.objects.in_bulk(list(page))
    titles = {each.slug: each.title for each in workspace().settings.newsrooms}
    kept = request.GET.copy()
    kept.pop("page", None)
    clusters = {each.name: each.title for each in workspace().clusters.values()}
    shown = {
        "page": page,
        "query": kept.urlencode(),
        "asked": request.GET,
        "sifted": any(wanted),
        "newsrooms": visible.newsrooms(request.user),
        "kinds": library.KINDS,
        "themes": list(Theme),
        "years": catalogue.years(),
        "standings": list(Standing),
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
    """Give all of it, or what is sifted, for officials, for a spreadsheet or for programs."""
    if form not in _FORMS:
        raise Http404
    wanted = _sieve(request.GET)
    match form:
        case "csv":
            content = catalogue.as_csv(workspace(), wanted)
        case "xlsx":
            content = catalogue.as_workbook(workspace(), moment(), wanted)
        case _:
            content = catalogue.as_json_ld(workspace(), moment(), wanted)
    return HttpResponse(
        content,
        content_type=_FORMS[form],
        headers={"Content-Disposition": f'attachment; filename="danh-muc.{form}"'},
    )
