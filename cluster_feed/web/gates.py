"""The gates: what each node has, what each screen shows and proved, whose word counts there."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Final, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Cluster, Screen
from cluster_feed.core.errors import Busy, FeedError
from cluster_feed.core.health import Health
from cluster_feed.core.paper import CHECKS
from cluster_feed.core.playlist import Playlist
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices, played, report, service, status
from cluster_feed.pipeline.deliver.progress import Progress, progress
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.house import workspace

_RECEIPTS: Final = 8
_ASSETS: Final = 200
"""Of a screen's month, the most planned first."""


def index(request: Asked) -> HttpResponse:
    """Show every gate."""
    gates = list(status.clusters(workspace(), moment()))
    return render(request, "desk/gates/index.html", {"gates": gates})


def gate(request: Asked, cluster: str) -> HttpResponse:
    """Show one gate: its node, what is under way to it, its screens."""
    known, now = _cluster(cluster), moment()
    (stands,) = status.clusters(workspace(), now, [cluster])
    receipts = ledger.Receipt.objects.filter(cluster=cluster).select_related("edition")
    heard = ledger.Device.objects.filter(cluster=cluster, admitted_at__isnull=False)
    shown = {
        "cluster": known,
        "stands": stands,
        "receipts": receipts.order_by("-timestamp_version")[:_RECEIPTS],
        "heard_at": heard.order_by("-seen_at").values_list("seen_at", flat=True).first(),
        "document": workspace().document_of(cluster).relative_to(workspace().root),
        **_delivery(known),
    }
    return render(request, "desk/gates/gate.html", shown)


def delivery(request: Asked, cluster: str) -> HttpResponse:
    """Show how far the feed has come, for a page that asks again and again."""
    known = _cluster(cluster)
    return render(
        request, "desk/gates/delivery.html", {"cluster": known, "asked": True, **_delivery(known)}
    )


@require_POST
def stop(request: Asked, cluster: str) -> HttpResponse:
    """Take a gate out of service."""
    _cluster(cluster)
    reason = request.POST.get("reason", "")
    service.stop(workspace(), moment(), cluster, reason, request.user.name)
    said = Bilingual("Cụm đã ngừng phục vụ.", "The cluster is out of service.")
    messages.success(request, said.to(tongue_of(request)))
    return redirect("gate", cluster)


@require_POST
def start(request: Asked, cluster: str) -> HttpResponse:
    """Serve a gate again."""
    _cluster(cluster)
    service.start(workspace(), moment(), cluster, request.user.name)
    said = Bilingual("Cụm được phục vụ lại.", "The cluster is served again.")
    messages.success(request, said.to(tongue_of(request)))
    return redirect("gate", cluster)


def screen(request: Asked, cluster: str, screen: str) -> HttpResponse:
    """Show one screen: what it shows, how it is, what it played, whose word counts."""
    return render(request, "desk/gates/screen.html", _about(cluster, screen))


@require_safe
def picture(request: Asked, cluster: str, screen: str) -> HttpResponse:
    """Give the latest picture that was taken of the screen, if it is what its device signed."""
    del request
    jpeg = report.picture(workspace(), cluster, _screen(_cluster(cluster), screen).name)
    if jpeg is None:
        raise Http404
    return HttpResponse(jpeg, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def sheet(request: Asked, cluster: str, screen: str) -> HttpResponse:
    """Give the inspection sheet, to be printed and filled in on the spot."""
    shown = {**_about(cluster, screen), "checks": CHECKS}
    return render(request, "desk/gates/sheet.html", shown)


@require_POST
def admit(request: Asked, cluster: str, screen: str) -> HttpResponse:
    """Let a device count, by the code that was read out on the spot."""
    _screen(_cluster(cluster), screen)
    name, code = f"{cluster}/{screen}", request.POST.get("code", "")
    devices.admit(workspace(), moment(), name, code, request.user.name)
    with suppress(Busy):  # the daemon reads what has waited
        report.run(workspace(), moment(), [cluster])
    said = Bilingual("Thiết bị đã được xác nhận.", "The device is admitted.")
    messages.success(request, said.to(tongue_of(request)))
    return redirect("screen", cluster, screen)


@require_POST
def retire(request: Asked, cluster: str, screen: str) -> HttpResponse:
    """Let a device count no more, or dismiss one that waits."""
    _screen(_cluster(cluster), screen)
    name, code = f"{cluster}/{screen}", request.POST.get("code", "")
    devices.retire(workspace(), moment(), name, code, request.user.name)
    said = Bilingual("Thiết bị đã ngừng dùng.", "The device is retired.")
    messages.success(request, said.to(tongue_of(request)))
    return redirect("screen", cluster, screen)


def _cluster(name: str) -> Cluster:
    try:
        return workspace().clusters[name]
    except KeyError:
        raise Http404 from None


def _screen(cluster: Cluster, name: str) -> Screen:
    for each in cluster.screens:
        if each.name == name:
            return each
    raise Http404


def _delivery(cluster: Cluster) -> dict[str, object]:
    """How far it has come, or why nobody can tell."""
    try:
        come: Progress | None = progress(workspace(), cluster, moment())
    except FeedError as error:
        return {"come": None, "unknown": error}
    going = come is not None and not come.done and come.opens_at is None and cluster.in_service
    return {"come": come, "going": going, "stopped": status.stopped(workspace(), cluster, moment())}


# --- A screen ----------------------------------------------------------------------------------


class Line(NamedTuple):
    """An asset with what was planned and played of it."""

    asset: str
    title: str
    turns: played.Turns


class Bar(NamedTuple):
    """A day in the chart, in its own units: the planned bar behind, the played one before it."""

    date: date
    turns: played.Turns
    x: int
    planned_y: int
    planned_height: int
    played_y: int
    played_height: int
    part_y: int
    part_height: int
    skipped_y: int
    skipped_height: int


_STEP: Final = 20
_HEIGHT: Final = 120


def _about(cluster_name: str, screen_name: str) -> dict[str, object]:
    cluster, now = _cluster(cluster_name), moment()
    screen = _screen(cluster, screen_name)
    (stands,) = status.clusters(workspace(), now, [cluster_name])
    told = ledger.Health.objects.filter(cluster=cluster_name, screen=screen_name).first()
    health = Health.model_validate(told.says) if told else None
    programme = ledger.Programme.live(cluster_name)
    playlist = programme.to_value() if programme else None
    loop = _loop(playlist, screen)
    of_late = played.of(workspace(), cluster, screen, now)
    shows = health.showing.asset if health and health.showing else None
    listed = dict(islice(of_late.assets.items(), _ASSETS))
    titles = ledger.Asset.titles({*listed, *(why.asset for why in of_late.whys), shows or ""})
    stands_on = next(each for each in stands.screens if each.name == screen_name)
    numbered = ledger.Edition.objects.filter(number=stands_on.edition or 0).exclude(number=0)
    return {
        "cluster": cluster,
        "screen": screen,
        "profile": workspace().profiles.get(screen.profile),
        "gate_stands": stands,
        "stands": stands_on,
        "on_screen": numbered.order_by("-pk").first(),
        "health": health,
        "edition": programme.edition if programme else None,
        "shows": shows,
        "shows_title": titles.get(shows or "", (shows or "")[:10]),
        "loop": loop,
        "taken_over": bool(playlist and playlist.taken_over(now)),
        "devices": devices.of_screen(cluster_name, screen_name).order_by("retired_at", "-seen_at"),
        "bars": list(_bars(of_late.days)),
        "chart_width": _STEP * len(of_late.days) + 24,
        "last_x": _STEP * len(of_late.days),
        "most": max(map(_tallest, of_late.days.values())),
        "total": of_late.total,
        "lines": [Line(a, titles.get(a, a[:10]), t) for a, t in listed.items()],
        "more": len(of_late.assets) - len(listed),
        "whys": [(titles.get(why.asset, why.asset[:10]), why, why.says) for why in of_late.whys],
        "now": now,
    }


def _loop(playlist: Playlist | None, screen: Screen) -> list[tuple[str, str, float]]:
    """What the playlist has the screen show at this moment, in its order."""
    entries = playlist.at(moment()) if playlist else ()
    return [
        (entry.asset, entry.captions.get("vi") or entry.asset[:10], entry.seconds)
        for entry in entries
        if screen.profile in entry.blobs
    ]


def _tallest(turns: played.Turns) -> int:
    return max(turns.planned, turns.played + turns.in_part + turns.skipped)


def _bars(days: Mapping[date, played.Turns]) -> Iterator[Bar]:
    """Lay the chart out; the highest bar fills it."""
    most = max(map(_tallest, days.values()), default=0)
    scale = _HEIGHT / most if most else 0.0
    for at, (day, turns) in enumerate(days.items()):
        planned, went, part, skipped = (round(count * scale) for count in turns[:4])
        yield Bar(
            day,
            turns,
            at * _STEP,
            _HEIGHT - planned,
            planned,
            _HEIGHT - went,
            went,
            _HEIGHT - went - part,
            part,
            _HEIGHT - went - part - skipped,
            skipped,
        )
