"""A newsroom's own page: what became of everything it sent, and how often it was shown."""

from collections import Counter
from datetime import timedelta
from typing import Final

from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import standing
from cluster_feed.pipeline.standing import Standing
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.house import workspace
from cluster_feed.web.inbox import refused
from cluster_feed.web.listing import items, page_of
from cluster_feed.web.roles import SETTLERS

_REFUSALS: Final = 20
_LATELY: Final = timedelta(days=31)


def newsroom(request: Asked, newsroom: str) -> HttpResponse:
    """Show one newsroom's."""
    known = {each.slug: each for each in visible.newsrooms(request.user)}
    if newsroom not in known:
        raise Http404
    now = moment()
    own = visible.assets(request.user).filter(newsroom=newsroom)
    page = page_of(own.order_by("-received_at", "pk"), request.GET.get("page"))
    listed = items(page)
    plays = {
        asset: (times, last)
        for asset, times, last in standing.plays([each.row.pk for each in listed])
        .values_list("asset")
        .annotate(times=Count("pk"), last=Max("began_at"))
    }
    lately = ledger.Play.objects.filter(
        asset__in=own.values("pk"), outcome="played", began_at__gte=now - _LATELY
    ).aggregate(times=Count("pk"), clusters=Count("cluster", distinct=True))
    rows = standing.with_standing(workspace(), own).order_by()
    standings = Counter(rows.values_list("standing", flat=True))
    refusals = visible.rejections(request.user).filter(newsroom=newsroom)
    shown = {
        "newsroom": known[newsroom],
        "items": [(each, *plays.get(each.row.pk, (0, None))) for each in listed],
        "page": page,
        "lately": lately,
        "standings": [(each, standings[each]) for each in Standing if standings[each]],
        "total": sum(standings.values()),
        "refused": list(refused(standing.unseen(refusals).order_by("-at")[:_REFUSALS])),
        "unseen": standing.unseen(refusals).count(),
        "query": f"newsroom={newsroom}",
        "may_settle": request.user.part in SETTLERS,
        "everyone": visible.newsrooms(request.user),
    }
    return render(request, "desk/library/newsroom.html", shown)


def start(request: Asked) -> HttpResponse:
    """Lead a person to their own newsroom, and the department's to the first."""
    known = visible.newsrooms(request.user)
    if not known:
        raise Http404
    return redirect("newsroom", known[0].slug)
