"""Submit, approve by signature or give back, with everything in view that a signature covers."""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cluster_feed.adapters import request as requests
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import Edition, State, called
from cluster_feed.core.errors import (
    BadAnswer,
    Busy,
    ChangedSinceSeen,
    WrongPassphrase,
)
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve as stage
from cluster_feed.pipeline import publish
from cluster_feed.web import signers
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.editions import shown
from cluster_feed.web.editions.for_portal import for_portal
from cluster_feed.web.house import workspace
from cluster_feed.web.roles import Role
from cluster_feed.web.telling import names, told

_LARGEST_ANSWER: Final = 1 << 20

_SUBMITTED = Bilingual(
    "Đã trình phiên bản phát {name}. Chờ người duyệt ký.", "{name} is before the approvers."
)
_SIGNED = Bilingual("Đã ký. Còn cần {missing} chữ ký.", "Signed. {missing} more to come.")
_APPROVED = Bilingual("Đã ký. Phiên bản phát {name} đã được duyệt.", "Signed. {name} is approved.")
_OUT = Bilingual("Đã ký. Phiên bản phát {name} đã phát hành.", "Signed. {name} has gone out.")
_RETURNED = Bilingual(
    "Đã trả lại phiên bản phát {name}. {voided}", "{name} was given back. {voided}"
)
_TAKEN_BACK = Bilingual(
    "Đã lấy lại phiên bản phát {name}. {voided}", "{name} was taken back. {voided}"
)
_VOIDED = Bilingual(
    "Chữ ký của {people} không còn hiệu lực.", "Void now: the signature of {people}."
)
_NONE_VOIDED = Bilingual("Chưa có chữ ký nào.", "Nobody had signed.")
_DROPPED = Bilingual("Đã bỏ phiên bản phát {name}.", "{name} was put aside.")


@require_POST
def submit(request: Asked, edition: str) -> HttpResponse:
    """Put a draft before the approvers."""
    get_object_or_404(ledger.Edition, name=edition)
    stage.submit(workspace(), moment(), edition, request.user.name)
    tell(request, _SUBMITTED.fill(name=called(edition)))
    return redirect("edition", edition)


@never_cache
@sensitive_post_parameters("passphrase")
def approve(request: Asked, edition: str) -> HttpResponse:
    """Show exactly what a signature covers, and sign it."""
    row = get_object_or_404(ledger.Edition, name=edition)
    if request.method == "POST":
        return _approved(request, row)
    return _to_approve(request, row)


def _to_approve(
    request: Asked, row: ledger.Edition, refused: Bilingual | None = None
) -> HttpResponse:
    """Show it; with a refusal beside the field that it is about: the page is a long one."""
    seen = shown.review(row)
    programmes = shown.programmes(row)
    person = request.user.name
    return render(
        request,
        "desk/editions/approve.html",
        {
            "row": row,
            "seen": seen,
            "needs": signers.for_edition(seen),
            "programmes": programmes,
            "sound": all(each.simulation.sound for each in programmes),
            "sensitive": _once(programmes, lambda line: line.entry.sensitive),
            "flawed": _once(programmes, lambda line: bool(line.findings)),
            "comparison": shown.comparison(row),
            "portal": for_portal(row),
            "here": reverse("approve", args=[row.name]),
            "open": seen.edition.state is State.SUBMITTED,
            "mine": seen.edition.maker == person,
            "done": person in seen.edition.approvals,
            "key_here": workspace().approver_key(person).exists(),
            "no_key": person not in seen.awaited,
            "withdrawn": row.withdrawals.select_related("asset").order_by("pk"),
            "refused": refused,
        },
        status=422 if refused else 200,
    )


def _once(
    programmes: Iterable[shown.Programme], wanted: Callable[[shown.Line], bool]
) -> list[tuple[shown.Line, list[str]]]:
    """Name each asset that is wanted once, with the clusters that show it."""
    found: dict[str, tuple[shown.Line, list[str]]] = {}
    for programme in programmes:
        for line in filter(wanted, programme.lines):
            where = found.setdefault(line.entry.asset, (line, []))[1]
            if programme.title not in where:
                where.append(programme.title)
    return list(found.values())


def _approved(request: Asked, row: ledger.Edition) -> HttpResponse:
    try:
        value = stage.approve(
            workspace(),
            moment(),
            row.name,
            request.user.name,
            request.POST.get("seen", ""),
            request.POST.get("passphrase", ""),
        )
    except ChangedSinceSeen:
        both = {"row": row, "comparison": shown.comparison(row)}
        return render(request, "desk/editions/changed.html", both, status=409)
    except WrongPassphrase as wrong:
        said = told(wrong)
        return _to_approve(request, row, said)
    signed(request, value)
    return redirect("edition", row.name)


@require_POST
def take_signature(request: Asked, edition: str) -> HttpResponse:
    """Count a signature that was made on an approver's own machine."""
    row = get_object_or_404(ledger.Edition, name=edition)
    answer = read_answer(request)
    signed(request, stage.import_signature(workspace(), moment(), row.name, answer))
    return redirect("edition", row.name)


def read_answer(request: Asked) -> requests.Answer:
    """Read the signature file of a form; BadAnswer where it is none."""
    sent = request.FILES.get("signature")
    if sent is None or isinstance(sent, list) or (sent.size or 0) > _LARGEST_ANSWER:
        raise BadAnswer(path=getattr(sent, "name", "—"))
    with tempfile.NamedTemporaryFile(suffix=".sig.json") as kept:
        kept.write(sent.read())
        kept.flush()
        return requests.read_answer(Path(kept.name))


@require_safe
def signing_request(_request: Asked, edition: str) -> HttpResponse:
    """Give the file that an approver signs on a machine of their own."""
    row = get_object_or_404(ledger.Edition, name=edition)
    return as_file(stage.request(workspace(), moment(), row.name).to_bytes(), row.name)


def as_file(asked: bytes, name: str) -> HttpResponse:
    """Let a browser keep what is to be signed."""
    return HttpResponse(
        asked,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.request.json"'},
    )


@require_POST
def give_back(request: Asked, edition: str) -> HttpResponse:
    """Give an edition back to be changed, with the reason; say whose signatures are void."""
    row = get_object_or_404(ledger.Edition, name=edition)
    people = ", ".join(names(row.to_value().approvals).values()) or ", ".join(
        row.to_value().approvals
    )
    reason = request.POST.get("reason", "")
    stage.return_(workspace(), moment(), row.name, request.user.name, reason)
    voided = _VOIDED.fill(people=people) if people else _NONE_VOIDED
    done = _TAKEN_BACK if request.user.part is Role.EDITOR else _RETURNED
    tell(request, done.fill(name=called(row.name), voided=voided))
    return redirect("edition", row.name)


@require_POST
def drop(request: Asked, edition: str) -> HttpResponse:
    """Put an urgent draft aside for good."""
    row = get_object_or_404(ledger.Edition, name=edition)
    stage.drop(moment(), row.name, request.user.name, request.POST.get("reason", ""))
    tell(request, _DROPPED.fill(name=called(row.name)))
    return redirect("edition", row.name)


def sheet(request: Asked, edition: str) -> HttpResponse:
    """Print what was put before the approvers, and who signed it."""
    row = get_object_or_404(ledger.Edition, name=edition)
    if not row.number:
        raise Http404
    return render(
        request,
        "desk/editions/sheet.html",
        {
            "row": row,
            "seen": shown.review(row),
            "programmes": shown.programmes(row),
            "sender": workspace().settings.sender,
            "today": moment(),
        },
    )


def signed(request: Asked, value: Edition) -> None:
    """Tell how far an edition has come; one that is urgent and approved goes out at once."""
    if value.urgent and value.state is State.APPROVED:
        with suppress(Busy):  # the daemon is at it
            publish.run(workspace(), moment())
    row = ledger.Edition.called(value.name)
    missing = shown.review(row).missing
    told = {
        State.SUBMITTED.value: _SIGNED.fill(missing=missing),
        State.PUBLISHED.value: _OUT.fill(name=called(value.name)),
    }
    tell(request, told.get(row.state, _APPROVED.fill(name=called(value.name))))


def tell(request: Asked, what: Bilingual) -> None:
    """Say what was done, on the page that comes next."""
    messages.success(request, what.to(tongue_of(request)))
