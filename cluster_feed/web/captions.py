"""Writing captions, one after the other, without leaving the keyboard."""

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual, joined
from cluster_feed.core.caption import Caption
from cluster_feed.core.edition import called
from cluster_feed.core.errors import (
    CaptionChanged,
    CaptionMarked,
    FeedError,
    NotBroadcastYet,
    WouldBar,
)
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import caption, standing
from cluster_feed.pipeline.caption import Writer
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.asset import may_write
from cluster_feed.web.caption_form import CaptionForm
from cluster_feed.web.house import workspace
from cluster_feed.web.roles import Role
from cluster_feed.web.telling import actors, told

_AT_THE_SIDE: Final = 20
_SAVED: Final = Bilingual("Đã lưu chú thích của “{name}”.", "The caption of “{name}” is saved.")
_COMPLETE: Final = Bilingual("Đã đủ cho phiên bản phát.", "It is complete for an edition.")
_LACKS: Final = Bilingual("“{name}” còn thiếu: {missing}.", "“{name}” still lacks: {missing}.")
_ALL_DONE: Final = Bilingual(
    "Không còn nội dung nào thiếu chú thích.", "No asset lacks anything in its caption."
)
_NO_OTHER: Final = Bilingual(
    "Không còn nội dung nào khác thiếu chú thích.", "No other asset lacks anything in its caption."
)
_BARRED: Final = Bilingual(
    "Phiên bản phát {editions} không phát hành được nữa: hãy trả lại và lập lại.",
    "Edition {editions} cannot go out any more: return it and assemble it again.",
)


def write(request: Asked, asset: str) -> HttpResponse:
    """Show an asset's caption as a form, and take it."""
    row = visible.asset(request.user, asset)
    if not may_write(request, row):
        if request.method == "POST":
            raise PermissionDenied
        return redirect("asset", asset)
    kind = workspace().newsroom_class(row.newsroom)
    form = CaptionForm(row.to_caption(), kind, Kind(row.kind))
    if request.method == "POST":
        said = form.take(request.POST)
        if said is not None:
            answer = _take(request, row, form, said)
            if answer is not None:
                return answer
    if form.otherwise:
        row.refresh_from_db()
    seen = "" if form.otherwise else request.POST.get("seen", "")
    shown = {
        "form": form,
        "row": row,
        "title": row.title,
        "seen": seen or caption.version(row),
        "other": _who_wrote(request, row) if form.otherwise else None,
        "editions": caption.editions_with(row.sha256),
        "at_the_side": _beside(request, row),
        "open": _open(request).count(),
    }
    status = 409 if form.otherwise else 422 if form.errors else 200
    return render(request, "desk/library/caption.html", shown, status=status)


def _take(
    request: Asked, row: ledger.Asset, form: CaptionForm, said: Caption
) -> HttpResponse | None:
    """Give the caption to the stage; None: it was refused, and the form says where."""
    person = request.user
    writer = Writer(person.name, person.newsroom if person.part is Role.CONTRIBUTOR else "")
    barred = caption.barred_by_taking_back(row) if not said.no_state_secrets else []
    try:
        row = caption.write(
            workspace(),
            moment(),
            row.sha256,
            said,
            writer,
            seen=request.POST.get("seen", ""),
            again=request.POST.get("again") == "on",
        )
    except CaptionChanged:
        row.refresh_from_db()
        form.beside(row.to_caption(), said)
        if not form.otherwise:  # the same was saved already: the button was pressed twice
            return _saved(request, row, [])
    except CaptionMarked as why:
        form.refuse(_field_of(why.facts["field"]), _says(why))
    except NotBroadcastYet as why:
        form.refuse("broadcast_on", _says(why))
    except WouldBar as why:
        form.refuse("no_state_secrets", _says(why))
    else:
        return _saved(request, row, barred)
    return None


def _saved(request: Asked, row: ledger.Asset, barred: list[str]) -> HttpResponse:
    """Say what was done and what is left, and go where the person wanted."""
    tongue = tongue_of(request)
    missing = row.missing(workspace().broadcasters)
    going_on = request.POST.get("then") == "next"
    following = _after(request, row) if going_on else None
    over = going_on and following is None
    done = [_SAVED.fill(name=row.title)]
    left = [_LACKS.fill(name=row.title, missing=joined(each.label for each in missing))]
    if over:
        left.append(_NO_OTHER)
    if not missing:
        done.append(_ALL_DONE if over else _COMPLETE)
    messages.success(request, " ".join(each.to(tongue) for each in done), extra_tags=request.path)
    if missing:
        messages.warning(request, " ".join(each.to(tongue) for each in left))
    if barred and not row.to_caption().no_state_secrets:
        editions = joined(map(called, barred))
        messages.warning(request, _BARRED.fill(editions=editions).to(tongue))
    if over:
        return redirect(reverse("library"))
    return redirect("caption", (following or row).sha256)


def _open(request: Asked) -> QuerySet[ledger.Asset]:
    """Find what this person can complete."""
    rows = visible.assets(request.user)
    if request.user.part is Role.CONTRIBUTOR:
        rows = rows.filter(captioned_by=request.user.newsroom)
    return standing.incomplete(workspace(), rows)


def _after(request: Asked, row: ledger.Asset) -> ledger.Asset | None:
    """Give the next that is incomplete, in the list's order, from the top again after its end."""
    others = _open(request).exclude(pk=row.pk)
    older = Q(received_at__lt=row.received_at) | Q(received_at=row.received_at, pk__gt=row.pk)
    return others.filter(older).first() or others.first()


def _beside(request: Asked, row: ledger.Asset) -> list[tuple[ledger.Asset, str, int]]:
    """List what is incomplete, around this one."""
    newer = _open(request).filter(received_at__gt=row.received_at).count()
    begin = max(0, newer - _AT_THE_SIDE // 2)
    broadcasters = workspace().broadcasters
    return [
        (each, each.title, len(each.missing(broadcasters)))
        for each in _open(request)[begin : begin + _AT_THE_SIDE]
    ]


def _who_wrote(request: Asked, row: ledger.Asset) -> Bilingual:
    """Say who wrote the caption last, as people know them."""
    name = row.captioned_by
    if name == request.user.name:
        return Bilingual("Chính bạn, ở một cửa sổ khác,", "You, in another window,")
    return actors([name])[name]


def _says(why: FeedError) -> Bilingual:
    return told(why)


def _field_of(place: str) -> str:
    """Name the form's field of a place as a caption names it: `title (lo)`."""
    field, _, language = place.removesuffix(")").partition(" (")
    return f"{field}-{language}" if language else field
