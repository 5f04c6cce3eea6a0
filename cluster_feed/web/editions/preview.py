"""A programme exactly as a screen would show it at a moment, played in the page."""

from collections.abc import Sequence
from datetime import datetime, time
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from cluster_feed.core.finding import Finding
from cluster_feed.core.playlist import ZONE, Entry
from cluster_feed.ledger import models as ledger
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.editions import shown
from cluster_feed.web.house import workspace
from cluster_feed.web.media import serve

_TYPES: Final = {".mp4": "video/mp4", ".jpg": "image/jpeg"}
_NOON: Final = time(12)


class Turn(NamedTuple):
    """An entry of the loop, and the file that this kind of screen shows for it."""

    entry: Entry
    file: str
    findings: Sequence[Finding]
    moves: bool


def preview(request: Asked, edition: str, cluster: str, profile: str) -> HttpResponse:
    """Play the loop of a chosen moment on a kind of screen."""
    row = get_object_or_404(ledger.Edition, name=edition)
    programme = next((each for each in shown.programmes(row) if each.name == cluster), None)
    display = workspace().profiles.get(profile)
    if programme is None or display is None:
        raise Http404
    at = _moment_asked(request, programme)
    spans = programme.simulation.spans
    span = next((each for each in spans if each.begins <= at < each.ends), None)
    entries = [entry for entry in programme.playlist.at(at) if profile in entry.blobs]
    found = ledger.Rendition.found([profile], {entry.asset for entry in entries})
    loop = [
        Turn(entry, blob.sha256, found.get(entry.asset, ()), blob.target.endswith(".mp4"))
        for entry in entries
        for blob in [entry.blobs[profile]]
    ]
    return render(
        request,
        "desk/editions/preview.html",
        {
            "row": row,
            "programme": programme,
            "profile": display,
            "at": at.astimezone(ZONE),
            "first": spans[0].begins.astimezone(ZONE).date(),
            "last": spans[-1].ends.astimezone(ZONE).date(),
            "span": span,
            "loop": loop,
            "seconds": sum(turn.entry.seconds for turn in loop),
            "profiles": sorted(programme.cluster.profiles) if programme.cluster else (),
        },
    )


def _moment_asked(request: Asked, programme: shown.Programme) -> datetime:
    """Read the day and the hour that are asked for; else now, or when the edition begins."""
    now = moment().astimezone(ZONE)
    spans = programme.simulation.spans
    asked_day, asked_hour = request.GET.get("ngay", ""), request.GET.get("gio", "")
    if not asked_day and not asked_hour:
        first, last = spans[0].begins, spans[-1].ends
        return now if first <= now < last else first.astimezone(ZONE)
    day = shown.day_asked(asked_day, programme.simulation, now)
    try:
        hour = time.fromisoformat(asked_hour).replace(tzinfo=None)
    except ValueError:
        hour = _NOON
    return datetime.combine(day, hour, ZONE)


@require_safe
def file(request: Asked, edition: str, cluster: str, file: str) -> HttpResponseBase:
    """Give the very bytes that a playlist names: what is signed, also after a new rendition."""
    programme = get_object_or_404(ledger.Programme, edition__name=edition, cluster=cluster)
    for blob in programme.to_value().blobs().values():
        if blob.sha256 == file:
            form = _TYPES.get(PurePosixPath(blob.target).suffix, "application/octet-stream")
            return serve(request, workspace().store.path(file), form, file)
    raise Http404
