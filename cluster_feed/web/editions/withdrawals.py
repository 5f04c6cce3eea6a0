"""What the department took back: by whom and why, and which screens have not yet let go of it."""

from collections.abc import Iterator
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import State, called
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import status, urgent, withdraw
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.editions.approval import tell
from cluster_feed.web.house import workspace
from cluster_feed.web.telling import names

_A_PAGE = 50
_ASKED = Bilingual(
    "Đã lập phiên bản phát {name}; chờ người duyệt ký để gỡ khỏi màn hình.",
    "{name} is before the approvers: it takes them off the screens.",
)
_NOWHERE = Bilingual(
    "Đã thu hồi. Nội dung không ở bản nào đang phát.", "Withdrawn. It was live nowhere."
)
_KEPT = Bilingual("Phiên bản phát {name} sẽ không phát hành.", "{name} will not go out.")
_LIFTED = Bilingual("Cho phép phát lại ở các bản sau.", "It may be shown again by later editions.")


class Gone(NamedTuple):
    """A withdrawal, and the screens that may still show it."""

    row: ledger.Withdrawal
    title: str
    by: str
    screens: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Whether what takes it off still waits for signatures."""
        return self.row.edition is not None and self.row.edition.state == State.SUBMITTED

    @property
    def out(self) -> bool:
        """Whether what takes it off is out, and a screen has still to confirm it."""
        published = self.row.edition is not None and self.row.edition.state == State.PUBLISHED
        return published and bool(self.screens)


def index(request: Asked) -> HttpResponse:
    """List what was withdrawn, newest first, red while a screen has not confirmed."""
    rows = ledger.Withdrawal.objects.select_related("asset", "edition").order_by("-at", "-pk")
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("trang"))
    return render(
        request,
        "desk/editions/withdrawals.html",
        {"page": page, "gone": list(_gone(list(page)))},
    )


def _gone(rows: list[ledger.Withdrawal]) -> Iterator[Gone]:
    people = names(row.by for row in rows)
    still: dict[str, list[str]] = {}
    for cluster in status.of(workspace(), moment()).clusters if rows else ():
        for screen in cluster.screens:
            for each in screen.may_show:
                still.setdefault(each.asset, []).append(f"{cluster.title}, {screen.title}")
    for row in rows:
        yield Gone(
            row,
            row.asset.title,
            people.get(row.by, row.by),
            tuple(still.get(row.asset_id, ())),
        )


class Live(NamedTuple):
    """An asset that is on screens now, and at which clusters."""

    asset: str
    title: str
    newsroom: str
    clusters: str


def ask(request: Asked) -> HttpResponse:
    """Choose what comes off the screens, and say why."""
    return _asked(request) if request.method == "POST" else _form(request)


def _form(request: Asked, *, none_chosen: bool = False) -> HttpResponse:
    """Show what is live; what was typed stays where nothing was chosen."""
    where: dict[str, list[str]] = {}
    for name, playlist in urgent.live(workspace()).items():
        for asset in playlist.assets():
            where.setdefault(asset, []).append(workspace().clusters[name].title)
    rows = ledger.Asset.objects.in_bulk(list(where))
    rooms = {each.slug: each.title for each in workspace().settings.newsrooms}
    live = sorted(
        (
            Live(
                asset,
                rows[asset].title,
                rooms.get(rows[asset].newsroom, rows[asset].newsroom),
                ", ".join(clusters),
            )
            for asset, clusters in where.items()
            if asset in rows
        ),
        key=lambda each: each.title,
    )
    chosen = request.POST.getlist("asset") or request.GET.getlist("asset")
    return render(
        request,
        "desk/editions/withdraw.html",
        {
            "live": live,
            "chosen": chosen,
            "none_chosen": none_chosen,
            "reason": request.POST.get("reason", ""),
        },
        status=422 if none_chosen else 200,
    )


def _asked(request: Asked) -> HttpResponse:
    assets = request.POST.getlist("asset")
    latest = ledger.Edition.objects.filter(state=State.PUBLISHED).order_by("-number").first()
    if not assets or latest is None:
        return _form(request, none_chosen=True)
    reason = request.POST.get("reason", "")
    value = withdraw.run(workspace(), moment(), latest.name, request.user.name, reason, assets)
    if value is None:
        tell(request, _NOWHERE)
        return redirect("withdrawals")
    tell(request, _ASKED.fill(name=called(value.name)))
    return redirect("edition", value.name)


@require_POST
def keep_from_screens(request: Asked, edition: str) -> HttpResponse:
    """Keep an approved edition from being published."""
    row = get_object_or_404(ledger.Edition, name=edition)
    if row.state == State.PUBLISHED:
        return redirect("withdraw")
    reason = request.POST.get("reason", "")
    withdraw.run(workspace(), moment(), row.name, request.user.name, reason)
    tell(request, _KEPT.fill(name=called(row.name)))
    return redirect("edition", row.name)


@require_POST
def lift(request: Asked, asset: str) -> HttpResponse:
    """Let an asset be shown again."""
    row = get_object_or_404(ledger.Asset, pk=asset)
    withdraw.lift(moment(), row.pk, request.user.name, request.POST.get("reason", ""))
    tell(request, _LIFTED)
    return redirect("withdrawals")
