"""Urgent notices: kept ready, approved ahead, released and ended by two people."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.collation import sought
from cluster_feed.core.edition import Edition, State, called
from cluster_feed.core.errors import FeedError
from cluster_feed.core.notice import LONGEST
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import notice as stage
from cluster_feed.pipeline import release as releasing
from cluster_feed.pipeline import standing, status
from cluster_feed.web import signers
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.editions import shown
from cluster_feed.web.editions.approval import as_file, read_answer, signed, tell
from cluster_feed.web.house import workspace
from cluster_feed.web.telling import names

_USUAL: Final = timedelta(hours=24)
_OFFERED: Final = 50

_PREPARED = Bilingual("Đã chuẩn bị {name}. Chờ duyệt trước.", "{name} is prepared, to be approved.")
_TO_SIGN = Bilingual(
    "Đã lập phiên bản phát {name}. Hãy tải yêu cầu ký, ký ở máy giữ khóa, rồi nộp chữ ký.",
    "{name} is made. Download the request, sign where the key is, and hand in the signature.",
)
_APPROVED = Bilingual("Đã ký {count}/{needed}.", "Signed, {count} of {needed}.")


def index(request: Asked) -> HttpResponse:
    """List the notices, those that have the screens first."""
    now = moment()
    rows = sorted(
        status.notices(workspace(), now), key=lambda each: (each.until is None, each.name)
    )
    begun = {
        each.name
        for each in rows
        for ends in (False, True)
        if releasing.waiting(each.name, ends=ends)
    }
    listed = [(each, _problem(each.name) if each.problem else None) for each in rows]
    return render(request, "desk/notices/index.html", {"notices": listed, "begun": begun})


def _problem(name: str) -> FeedError | None:
    """Why a notice cannot be released, for the desk to say in its own way."""
    return stage.readiness(workspace(), ledger.Notice.called(name)).problem


def notice(request: Asked, notice: str) -> HttpResponse:
    """Show a notice: what it shows where, who approved it, and what may be done now."""
    row = get_object_or_404(ledger.Notice, name=notice)
    now = moment()
    ready = stage.readiness(workspace(), row)
    assets = ledger.Asset.objects.in_bulk(list(ready.notice.assets))
    found = ledger.Rendition.found(workspace().wanted_profiles, assets)
    person = request.user.name
    people = names([*ready.people, row.prepared_by])
    release, end = (releasing.waiting(row.name, ends=ends) for ends in (False, True))
    on = releasing.on_screens(workspace(), now, row.name)
    begun = release or end
    return render(
        request,
        "desk/notices/notice.html",
        {
            "row": row,
            "ready": ready,
            "needs": _needs(ready, begun),
            "entries": [
                (each, shown.title_of(assets.get(each)), found.get(each, ()))
                for each in ready.notice.assets
            ],
            "clusters": [_title(each) for each in ready.notice.entries],
            "prepared_by": people.get(row.prepared_by, row.prepared_by),
            "signed_by": ", ".join(people.get(each, each) for each in ready.people),
            "on": on,
            "arrived": _arrived(on, now),
            "begun": begun,
            "signed_it": begun is not None and begun.signatures.filter(approver=person).exists(),
            "ordered_by": _signers(begun) if begun else "",
            "release": release,
            "end": end,
            "until": _until(release),
            "key_here": workspace().approver_key(person).exists(),
            "may_approve": person in ready.awaited,
            "usual": (now + _USUAL).astimezone(ZONE).replace(minute=0),
            "longest": (now + LONGEST).astimezone(ZONE),
        },
    )


def _needs(ready: stage.Readiness, begun: ledger.Edition | None) -> signers.Needs:
    """Whose signature it waits for: on its release or its end where one is begun, else ahead."""
    if begun:
        return signers.for_edition(shown.review(begun))
    return signers.needs(ready.needed - len(ready.people), ready.awaited)


class Arrived(NamedTuple):
    """How far a notice has come to a cluster that it was released for."""

    title: str
    delivered: bool
    confirmed: int
    screens: int


def _arrived(on: Collection[str], now: datetime) -> list[Arrived]:
    """Tell what the screens have confirmed: released is not yet shown."""
    if not on:
        return []
    return [
        Arrived(
            each.title,
            each.delivered,
            sum(screen.confirmed for screen in each.screens),
            len(each.screens),
        )
        for each in status.clusters(workspace(), now, on)
    ]


def _signers(edition: ledger.Edition) -> str:
    people = edition.signatures.order_by("pk").values_list("approver", flat=True)
    called = names(people)
    return ", ".join(called.get(each, each) for each in people)


def _title(cluster: str) -> str:
    known = workspace().clusters.get(cluster)
    return known.title if known else cluster


def _until(release: ledger.Edition | None) -> datetime | None:
    programmes = release.programmes.all() if release else ()
    takeovers = (programme.to_value().takeover for programme in programmes)
    return max((each.show_until for each in takeovers if each), default=None)


def prepare(request: Asked) -> HttpResponse:
    """Choose what a notice shows, and where."""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()
        stage.prepare(
            workspace(),
            moment(),
            name,
            request.user.name,
            request.POST.getlist("asset"),
            clusters=request.POST.getlist("cluster"),
            again=request.POST.get("again") == "yes",
        )
        tell(request, _PREPARED.fill(name=name))
        return redirect("notice", name)
    before = ledger.Notice.objects.filter(name=request.GET.get("sua", "")).first()
    value = before.to_value() if before else None
    asked = request.GET.get("q", "")
    return render(
        request,
        "desk/notices/prepare.html",
        {
            "material": list(_material(asked, value.assets if value else ())),
            "q": asked,
            "clusters": workspace().clusters.values(),
            "before": value,
            "signed": list(before.approvals.values_list("approver", flat=True)) if before else (),
        },
    )


class Choice(NamedTuple):
    """An asset that a notice may show."""

    sha256: str
    title: str
    newsroom: str


def _material(asked: str, chosen: Collection[str]) -> Iterator[Choice]:
    """Give what is in the notice already, then the newest that is ready and is asked for."""
    ready = standing.only(workspace(), ledger.Asset.objects.all(), standing.Standing.READY)
    for word in sought(asked[:200]):
        ready = ready.filter(searched__contains=word)
    there = ledger.Asset.objects.in_bulk(list(chosen))
    newest = ready.exclude(pk__in=chosen).order_by("-received_at", "pk")[:_OFFERED]
    for row in (*(there[each] for each in chosen if each in there), *newest):
        yield Choice(row.pk, row.title, row.newsroom)


@require_POST
@never_cache
@sensitive_post_parameters("passphrase")
def approve(request: Asked, notice: str) -> HttpResponse:
    """Sign a notice ahead."""
    get_object_or_404(ledger.Notice, name=notice)
    ready = stage.approve(
        workspace(),
        moment(),
        notice,
        request.user.name,
        request.POST.get("seen", ""),
        request.POST.get("passphrase", ""),
    )
    tell(request, _APPROVED.fill(count=len(ready.people), needed=ready.needed))
    return redirect("notice", notice)


@require_safe
def signing_request(_request: Asked, notice: str) -> HttpResponse:
    """Give the file that an approver signs ahead on a machine of their own."""
    row = get_object_or_404(ledger.Notice, name=notice)
    return as_file(stage.request(workspace(), moment(), row.name).to_bytes(), row.name)


@require_POST
def take_signature(request: Asked, notice: str) -> HttpResponse:
    """Count a signature that was made on an approver's own machine."""
    get_object_or_404(ledger.Notice, name=notice)
    ready = stage.import_signature(workspace(), moment(), notice, read_answer(request))
    tell(request, _APPROVED.fill(count=len(ready.people), needed=ready.needed))
    return redirect("notice", notice)


@require_POST
@never_cache
@sensitive_post_parameters("passphrase")
def release(request: Asked, notice: str) -> HttpResponse:
    """Give a notice the screens until an end: the first or the second of two people."""
    get_object_or_404(ledger.Notice, name=notice)
    value = releasing.run(
        workspace(),
        moment(),
        notice,
        request.user.name,
        until=_end_asked(request),
        seen=request.POST.get("seen", ""),
        passphrase=request.POST.get("passphrase", ""),
    )
    return _on(request, notice, value)


def _on(request: Asked, notice: str, value: Edition) -> HttpResponse:
    """Lead a person on: to sign, where their key is elsewhere and their signature is missing."""
    person = request.user.name
    elsewhere = not workspace().approver_key(person).exists()
    if elsewhere and value.state is State.SUBMITTED and person not in value.approvals:
        tell(request, _TO_SIGN.fill(name=called(value.name)))
        return redirect("approve", value.name)
    signed(request, value)
    return redirect("notice", notice)


def _end_asked(request: Asked) -> datetime | None:
    """Read the end; None, of which the stage says what is needed, where it is no time."""
    try:
        return datetime.fromisoformat(request.POST.get("until", "")).replace(tzinfo=ZONE)
    except ValueError:
        return None


@require_POST
@never_cache
@sensitive_post_parameters("passphrase")
def end(request: Asked, notice: str) -> HttpResponse:
    """Take a notice off early."""
    get_object_or_404(ledger.Notice, name=notice)
    value = releasing.end(
        workspace(),
        moment(),
        notice,
        request.user.name,
        seen=request.POST.get("seen", ""),
        passphrase=request.POST.get("passphrase", ""),
    )
    return _on(request, notice, value)
