"""Assets as every list of the desk shows them."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from cluster_feed.core.caption import Missing
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import standing
from cluster_feed.pipeline.standing import Standing
from cluster_feed.web.house import workspace

_ON_A_PAGE: Final = 50


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
    for_portal: tuple[Missing, ...]
    """What it lacks for Vietnam.vn beyond what is missing, where it is proposed."""


def page_of(rows: QuerySet[Any], number: str | None) -> Page[str]:
    """Cut a list of assets into pages, of their ids: only a page's are read whole."""
    return Paginator(rows.values_list("pk", flat=True), _ON_A_PAGE).get_page(number)


def items(assets: Iterable[str]) -> list[Item]:
    """Read assets to show them, in their order."""
    ids = list(assets)
    here = ledger.Asset.objects.filter(pk__in=ids)
    rows = standing.with_made(workspace(), standing.with_standing(workspace(), here)).in_bulk()
    titles = {each.slug: each.title for each in workspace().settings.newsrooms}
    broadcasters, wanted = workspace().broadcasters, len(workspace().wanted_profiles)
    return [
        Item(
            row,
            row.title,
            titles.get(row.newsroom, row.newsroom),
            Standing(row.standing),
            row.made,
            wanted,
            row.missing(broadcasters),
            row.media.get("seconds"),
            row.missing_for_portal(),
        )
        for row in (rows[each] for each in ids if each in rows)
    ]
