"""The editor of a draft: order, dayparts, days; leave out with a reason, take in."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from pydantic import ValidationError

from cluster_feed.core.arrangement import Place
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import State
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import arrange as stage
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.editions import shown
from cluster_feed.web.editions.approval import tell
from cluster_feed.web.house import workspace

_A_PAGE = 20
"""Entries: each has fields of its own, and a loop of half an hour has a hundred."""


def arrange(request: Asked, edition: str, cluster: str) -> HttpResponse:
    """Show a cluster's programme to be arranged, and take the order that was made of it."""
    row = _row(edition, cluster)
    if request.method == "POST":
        return _arranged(request, row, cluster)
    if row.state != State.DRAFT or row.derived:
        return redirect("edition", edition)
    programmes = shown.programmes(row)
    chosen = next(each for each in programmes if each.name == cluster)
    places = [line.place for part in chosen.parts for line in part.lines]
    page = Paginator(places, _A_PAGE).get_page(request.GET.get("trang"))
    return render(
        request,
        "desk/editions/edit.html",
        {
            "row": row,
            "programmes": programmes,
            "chosen": chosen,
            "moved": request.GET.get("moved"),
            "page": page,
            "first": page.start_index() - 1 if places else 0,
            "after": page.end_index(),
        },
    )


def _arranged(request: Asked, row: ledger.Edition, cluster: str) -> HttpResponse:
    edition = row.name
    try:
        given = list(_places(request))
    except ValidationError:
        messages.error(request, _DAYS.to(tongue_of(request)))
        return redirect("arrange", edition, cluster)
    first = request.POST.get("first", "")
    places = _among_all(row, cluster, given, int(first)) if _is_number(first) else given
    moved = _move(places, request.POST.get("up", ""), -1) or _move(
        places, request.POST.get("down", ""), +1
    )
    stage.place(
        workspace(),
        moment(),
        edition,
        request.user.name,
        cluster,
        places,
        seen=request.POST.get("seen", ""),
    )
    tell(request, _DONE)
    back = reverse("arrange", args=[edition, cluster])
    at = next((at for at, each in enumerate(places) if each.asset == moved), 0)
    at = at if moved else int(first) if _is_number(first) else 0
    back = f"{back}?trang={at // _A_PAGE + 1}"
    return redirect(f"{back}&moved={moved}#e-{moved}" if moved else back)


def _among_all(row: ledger.Edition, cluster: str, given: list[Place], first: int) -> list[Place]:
    """Put a page's places among those of the pages before and after it."""
    shown = row.programmes.get(cluster=cluster).to_value()
    parts = [None, *(part.name for part in shown.dayparts)]
    in_order = sorted(shown.entries, key=lambda entry: parts.index(entry.daypart))
    places = [
        Place(
            asset=entry.asset,
            daypart=entry.daypart,
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
        )
        for entry in in_order
    ]
    return [*places[:first], *given, *places[first + len(given) :]]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6  # noqa: PLR2004  of entries


_DAYS = Bilingual(
    "Ngày không đúng: ngày cuối không được trước ngày đầu.",
    "The dates are not right: the last day cannot be before the first.",
)
_DONE = Bilingual("Đã ghi vào bản nháp.", "Kept in the draft.")
_OUT = Bilingual("Đã bỏ ra khỏi mọi cụm.", "It is left out at every cluster.")
_IN = Bilingual("Đã đưa vào.", "It is taken in.")
_RULES = Bilingual("Đã lập lại theo quy tắc của cụm.", "Drafted again by the cluster's rules.")


def _places(request: Asked) -> Iterator[Place]:
    """Read the rows of the form in the order in which they stand."""
    fields = ("asset", "daypart", "valid_from", "valid_until")
    columns = [request.POST.getlist(name) for name in fields]
    if len({len(column) for column in columns}) != 1:
        raise Http404
    for values in zip(*columns, strict=True):
        given: dict[str, Any] = {
            name: value for name, value in zip(fields, values, strict=True) if value
        }
        yield Place.model_validate(given)


def _move(places: list[Place], which: str, by: int) -> str:
    """Let an entry change places with its neighbour of the same daypart; give its asset."""
    if not (_is_number(which) and int(which) < len(places)):
        return ""
    at = int(which)
    same = [index for index, each in enumerate(places) if each.daypart == places[at].daypart]
    to = same.index(at) + by
    if 0 <= to < len(same):
        other = same[to]
        places[at], places[other] = places[other], places[at]
        at = other
    return places[at].asset


@require_POST
def leave_out(request: Asked, edition: str, cluster: str) -> HttpResponse:
    """Leave an asset out, with the reason."""
    _row(edition, cluster)
    stage.leave_out(
        workspace(),
        moment(),
        edition,
        request.user.name,
        request.POST.get("asset", ""),
        reason=request.POST.get("reason", ""),
        seen=request.POST.get("seen", ""),
    )
    tell(request, _OUT)
    return redirect("arrange", edition, cluster)


@require_POST
def take_in(request: Asked, edition: str, cluster: str) -> HttpResponse:
    """Take an asset in that people or the rules left out."""
    _row(edition, cluster)
    stage.take_in(
        workspace(),
        moment(),
        edition,
        request.user.name,
        request.POST.get("asset", ""),
        cluster=cluster,
        seen=request.POST.get("seen", ""),
    )
    tell(request, _IN)
    return redirect("arrange", edition, cluster)


@require_POST
def follow_rules(request: Asked, edition: str, cluster: str) -> HttpResponse:
    """Forget a hand-made order."""
    _row(edition, cluster)
    seen = request.POST.get("seen", "")
    stage.follow_rules(workspace(), moment(), edition, request.user.name, cluster, seen=seen)
    tell(request, _RULES)
    return redirect("arrange", edition, cluster)


def _row(edition: str, cluster: str) -> ledger.Edition:
    row = get_object_or_404(ledger.Edition, name=edition)
    get_object_or_404(ledger.Programme, edition=row, cluster=cluster)
    return row
