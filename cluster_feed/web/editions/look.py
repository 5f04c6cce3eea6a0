"""The editions, and one of them: every cluster's programme, and what may be done next."""

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State, called
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import assemble
from cluster_feed.web import signers
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.editions import shown
from cluster_feed.web.editions.for_portal import for_portal
from cluster_feed.web.house import workspace

_A_PAGE = 50


def index(request: Asked) -> HttpResponse:
    """List the editions, newest first."""
    rows = ledger.Edition.objects.annotate(signed=Count("signatures")).order_by("-pk")
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("trang"))
    cycle = workspace().calendar.current(moment())
    there = ledger.Edition.objects.filter(name=str(cycle)).first()
    if there and there.state == State.PUBLISHED:  # the day has not come, and it is out already
        cycle = cycle.next
        there = ledger.Edition.objects.filter(name=str(cycle)).first()
    return render(
        request,
        "desk/editions/index.html",
        {
            "page": page,
            "states": {state.value: state.label for state in State},
            "needed": workspace().settings.trust.threshold,
            "lines": [(row, shown.given_back(row), shown.kept_back(row)) for row in page],
            "cycle": cycle,
            "cycle_called": called(str(cycle)),
            "there": there,
        },
    )


@require_POST
def start(request: Asked) -> HttpResponse:
    """Draft the month's edition by the rules, again where there is one, or an urgent one."""
    try:
        cycle = Cycle.parse(request.POST.get("cycle", ""))
    except ValueError as error:
        raise Http404 from error
    urgent = request.POST.get("urgent") == "yes"
    made = assemble.run(workspace(), moment(), cycle, urgent=urgent)
    return redirect("edition", made.name)


def edition(request: Asked, edition: str) -> HttpResponse:
    """Show one cluster's programme of an edition, chosen by a link."""
    row = get_object_or_404(ledger.Edition, name=edition)
    programmes = shown.programmes(row)
    asked = request.GET.get("cum", "")
    chosen = next((each for each in programmes if each.name == asked), None)
    chosen = chosen or next(iter(programmes), None)
    seen = shown.review(row)
    more: dict[str, object] = {}
    if chosen:
        day = shown.day_asked(request.GET.get("ngay", ""), chosen.simulation, moment())
        more = {"day": day, "hours": shown.HOURS, "bars": shown.timeline(chosen.simulation, day)}
    return render(
        request,
        "desk/editions/edition.html",
        {
            "row": row,
            "seen": seen,
            "needs": signers.for_edition(seen),
            "road": list(shown.road(seen, row)),
            "withdrawn": row.withdrawals.select_related("asset").order_by("pk"),
            "programmes": programmes,
            "sound": all(each.simulation.sound for each in programmes),
            "again": seen.edition.state is State.DRAFT and row.name == row.cycle,
            "chosen": chosen,
            "may_sign": request.user.name in seen.awaited,
            "editable": seen.edition.state is State.DRAFT and not row.derived,
            "not_right": list(shown.not_right(programmes))
            if seen.edition.state is State.DRAFT
            else [],
            "portal": for_portal(row),
            "here": request.get_full_path(),
            **more,
        },
    )


def changes(request: Asked, edition: str) -> HttpResponse:
    """Put an edition beside what is live and beside what was submitted before."""
    row = get_object_or_404(ledger.Edition, name=edition)
    return render(
        request,
        "desk/editions/changes.html",
        {"row": row, "comparison": shown.comparison(row)},
    )
