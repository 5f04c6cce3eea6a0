"""One asset: see it, hear it, know what became of it."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from cluster_feed.core.acts import in_words
from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.datasheet import facts_of_original
from cluster_feed.core.decision import Way
from cluster_feed.core.errors import FeedError
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import caption, replace, standing, urgent
from cluster_feed.pipeline.normalize import preview
from cluster_feed.web import quality, visible
from cluster_feed.web.asked import Asked
from cluster_feed.web.house import workspace
from cluster_feed.web.listing import items
from cluster_feed.web.roles import REVIEWERS, WRITERS, Role
from cluster_feed.web.telling import MACHINES, actors

_HISTORY: Final = 100
_ACTS: Final = {
    "admit": Bilingual("nhận vào hệ thống", "taken in"),
    "caption": Bilingual("sửa chú thích", "caption written"),
    "normalize": Bilingual("tạo bản phát", "rendition made"),
    "hurry": Bilingual("làm trước", "let go first"),
    "refuse": Bilingual("không tạo được bản phát", "no rendition could be made"),
    "replace": Bilingual("thay bằng bản đúng", "put a correct one in its place"),
    "withdraw-asset": Bilingual("thu hồi", "withdrawn"),
    "lift-withdrawal": Bilingual("bỏ thu hồi", "withdrawal lifted"),
    "acknowledge": Bilingual("đã xem lý do", "reason seen"),
}


class Made(NamedTuple):
    """What came of an asset for one kind of screen."""

    profile: str
    title: str
    row: ledger.Rendition | None
    why: FeedError | None
    way: Way | None
    loudness: float | None
    peak: float | None
    plot: quality.Plot | None


class Shown(NamedTuple):
    """How often a cluster's screens showed it."""

    cluster: str
    times: int
    last: Any


def asset(request: Asked, asset: str) -> HttpResponse:
    """Show all that is known of it; what is being made is a part that is asked for again."""
    row = visible.asset(request.user, asset)
    (item,) = items([row.pk])
    said = row.to_caption()
    made = list(_made(row))
    going = any(each.row is None for each in made)
    own = row.to_value().media
    part = {
        "item": item,
        "row": row,
        "made": made,
        "going": going,
        "own": own,
        "facts": list(facts_of_original(own)),
    }
    if request.htmx:
        return render(request, "desk/library/made.html", part | {"part": True})
    player = next((each for each in made if each.row and not each.why), None)
    moves = player and player.row and player.row.suffix == ".mp4"
    writes = request.user.part in WRITERS
    found = ledger.Rendition.found(workspace().wanted_profiles, [row.sha256])
    withdrawal = ledger.Withdrawal.objects.filter(asset=row).first()
    replacement = ledger.Replacement.objects.filter(old=row).select_related("new").first()
    replaces = ledger.Replacement.objects.filter(new=row).select_related("old").first()
    acts = {"withdrawal": withdrawal, "replacement": replacement, "replaces": replaces}
    people = actors({each.by for each in acts.values() if each})
    shown = {
        **acts,
        **part,
        "called": {name: people[each.by] for name, each in acts.items() if each},
        "said": said,
        "player": player,
        "preview": preview.path(workspace(), row.sha256).is_file(),
        "plots": [each.plot for each in made if each.plot],
        "findings": found.get(row.sha256, ()),
        "is_photo": row.kind == Kind.PHOTO and not moves,
        "for_portal": row.missing_for_portal(),
        "editions": caption.editions_with(row.sha256),
        "plays": list(_plays(row)),
        "history": _history(row),
        "back": _back(request),
        "offered": replace.offered(visible.assets(request.user), row) if writes else None,
        "writes": writes,
        "packaged": row.packaged.select_related("package").order_by("-pk")[:5],
        "may_write": may_write(request, row),
        "may_withdraw": request.user.part in REVIEWERS and _is_live(row),
    }
    return render(request, "desk/library/asset.html", shown)


def _is_live(row: ledger.Asset) -> bool:
    """Whether screens show it now."""
    return row.pk in urgent.live_assets(workspace())


def may_write(request: Asked, row: ledger.Asset) -> bool:
    """Whether the caption is this person's to write."""
    if request.user.part is Role.CONTRIBUTOR:
        return caption.is_open_to(row, request.user.newsroom)
    return request.user.part is Role.EDITOR


def _made(row: ledger.Asset) -> Iterator[Made]:
    """Tell, for every profile that a screen needs, what stands; a success goes before a failure."""
    rows = {each.profile: each for each in row.renditions.order_by("-code", "made_at", "pk")}
    for name, profile in workspace().wanted_profiles.items():
        each = rows.get(name)
        target = profile.loudness_lufs
        audio = ((each.media or {}).get("audio") or [{}])[0] if each else {}
        yield Made(
            name,
            profile.title,
            each,
            each.to_error() if each and each.failed else None,
            Way.said_in(each.decision) if each else None,
            audio.get("loudness_lufs"),
            audio.get("true_peak_dbtp"),
            quality.plot(profile.title, target, each) if each and target is not None else None,
        )


def _plays(row: ledger.Asset) -> Iterator[Shown]:
    clusters = workspace().clusters
    counted = standing.plays([row.sha256]).values_list("cluster")
    for name, times, last in counted.annotate(n=Count("pk"), last=Max("began_at")).order_by("-n"):
        yield Shown(clusters[name].title if name in clusters else name, times, last)


def _history(row: ledger.Asset) -> list[tuple[ledger.Event, Bilingual, Bilingual]]:
    """Give each event with who acted and what it was."""
    about = ledger.Event.objects.filter(act__in=_ACTS, subject=row.sha256)
    events = list(about.order_by("-pk")[:_HISTORY])
    known = actors({each.actor for each in events})
    return [(each, known[each.actor], _done(each)) for each in events]


def _done(event: ledger.Event) -> Bilingual:
    """Say what was done; what a newsroom sent again and got back says no word of renditions."""
    if event.act == "refuse" and event.actor not in MACHINES:
        return in_words(event.act)
    return _ACTS[event.act]


def _back(request: Asked) -> str:
    """Where the person came from, if that is a page of this desk, at this very asset."""
    came_from = request.GET.get("tu", "")
    here = url_has_allowed_host_and_scheme(came_from, None, require_https=request.is_secure())
    return f"{came_from}#e-{request.path.strip('/').rpartition('/')[2]}" if here else ""
