"""The inbox: what is arriving, what is in the works, what was refused and who must act."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cluster_feed.adapters import sheets
from cluster_feed.adapters.watchfolder import scan
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import (
    Duplicate,
    FeedError,
    FolderMissing,
    MarkedAfterIntake,
    OperatorError,
    SecrecyMarking,
)
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import acknowledge, replace, standing
from cluster_feed.pipeline.ingest.inbox import shown
from cluster_feed.pipeline.upload import UPLOADED
from cluster_feed.web import quality, visible
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.house import workspace
from cluster_feed.web.listing import items
from cluster_feed.web.roles import SETTLERS, WRITERS

_ON_A_PAGE: Final = 50
_IN_THE_WORKS: Final = 20
_ARRIVING: Final = 20
_NEWEST: Final = 100

_NEWSROOM: Final = Bilingual("tòa soạn cần sửa và gửi lại", "the newsroom mends it and sends again")
_NOBODY: Final = Bilingual("không ai phải làm gì", "nobody needs to do anything")
_OPERATOR: Final = Bilingual("người vận hành cần xem máy", "the operator looks at the machine")
_SECRET: Final = Bilingual(
    "tòa soạn báo ngay người phụ trách bảo vệ bí mật nhà nước",
    "the newsroom tells the person responsible for state secrets now",
)
_WHO_ACTS: Final = (
    (OperatorError, _OPERATOR),
    ((SecrecyMarking, MarkedAfterIntake), _SECRET),
    (Duplicate, _NOBODY),
)


class Refused(NamedTuple):
    """A file that was refused, as a list shows it; an upload's folder is no part of its name."""

    row: ledger.Rejection
    name: str
    newsroom: str
    why: FeedError
    acts: Bilingual
    waits: bool
    """Whether somebody must act and nobody has looked at it: what the heading counts."""


class Arriving(NamedTuple):
    """What lies in a newsroom's folder and has not been taken in; sheets stay there."""

    newsroom: str
    files: list[tuple[str, int]]
    more: int
    lost: bool


def inbox(request: Asked) -> HttpResponse:
    """Show it; what moves is a part of its own, asked for again and again."""
    if request.htmx:
        return render(request, "desk/library/moving.html", _moving(request))
    wanted, newsroom = _wanted(request)
    rows = standing.unseen_first(wanted)
    page = Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
    shown_here = {
        **_moving(request),
        "refused": list(refused(page.object_list)),
        "corrections": list(replace.corrections(visible.assets(request.user), _NEWEST)),
        "may_replace": request.user.part in WRITERS,
        "to_look_at": list(quality.to_look_at(request.user)),
        "page": page,
        "query": f"newsroom={newsroom}" if newsroom else "",
        "newsrooms": visible.newsrooms(request.user),
        "unseen": standing.unseen(wanted).count(),
        "may_settle": request.user.part in SETTLERS,
    }
    return render(request, "desk/library/inbox.html", shown_here)


def _wanted(request: Asked) -> tuple[QuerySet[ledger.Rejection], str]:
    """Find the refusals that the person looks at: of all newsrooms, or of a chosen one."""
    rows, newsroom = visible.rejections(request.user), request.GET.get("newsroom", "")
    return (rows.filter(newsroom=newsroom) if newsroom else rows), newsroom


@require_POST
def seen(request: Asked, rejection: int) -> HttpResponse:
    """Note that somebody of its newsroom or of the department knows why a file was refused."""
    row = get_object_or_404(visible.rejections(request.user), pk=rejection)
    acknowledge.run(moment(), row, request.user.name)
    if request.htmx:
        row.refresh_from_db()
        (each,) = refused([row])
        left = standing.unseen(_wanted(request)[0]).count()
        shown_here = {"each": each, "may_settle": True, "unseen": left}
        return render(request, "desk/library/seen.html", shown_here)
    return redirect("inbox")


def refused(rows: object) -> Iterator[Refused]:
    """Make refusals ready to show."""
    titles = {each.slug: each.title for each in workspace().settings.newsrooms}
    for row in rows:  # type: ignore[attr-defined]
        why = row.to_error()
        acts = next((who for kind, who in _WHO_ACTS if isinstance(why, kind)), _NEWSROOM)
        name = row.name.rpartition("/")[2] if row.name.startswith(UPLOADED) else row.name
        waits = row.seen_at is None and acts is not _NOBODY
        yield Refused(row, name, titles.get(row.newsroom, row.newsroom), why, acts, waits)


def _moving(request: Asked) -> dict[str, object]:
    works = standing.in_the_works(workspace(), visible.assets(request.user))
    ids = list(works.values_list("pk", flat=True))
    return {
        "arriving": list(_arriving(request)),
        "in_the_works": items(ids[:_IN_THE_WORKS]),
        "works_more": len(ids[_IN_THE_WORKS:]),
    }


def _arriving(request: Asked) -> Iterator[Arriving]:
    """Look into the newsrooms' folders, as far as they can be read."""
    for newsroom in visible.newsrooms(request.user):
        folder = workspace().inbox / newsroom.slug
        try:
            found = scan(folder).files
        except FolderMissing:
            if ledger.Asset.objects.filter(newsroom=newsroom.slug).exists():
                yield Arriving(newsroom.title, [], 0, lost=True)
            continue
        files = [
            (shown(path), sight.byte_count)
            for path, sight in sorted(found.items())
            if not (sheets.is_sheet(path) or sheets.is_subtitle(path))
        ]
        if files:
            more = max(0, len(files) - _ARRIVING)
            yield Arriving(newsroom.title, files[:_ARRIVING], more, lost=False)
