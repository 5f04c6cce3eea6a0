"""Editions: what each cluster will show, and the way to its screens."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from cluster_feed.adapters.request import Answer, EditionRequest
from cluster_feed.core.caption import Prose
from cluster_feed.core.edition import State
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import Sha256, Slug, Value
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import approve
from cluster_feed.web.api.operation import Call
from cluster_feed.web.api.paging import Paged, page
from cluster_feed.web.house import workspace


class EditionsAsked(Paged):
    """Which editions: of a state, of a month such as `2026-11`."""

    state: State | None = None
    cycle: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$")] | None = None


class SignatureShown(Value):
    """Who signed, and when."""

    approver: str
    at: AwareDatetime


class EditionLine(Value):
    """An edition in a list.  `fingerprint` names the content that is approved.

    `prepared_by` is who prepared the notice that it puts on or takes off; empty: it is for none.
    """

    name: str
    cycle: str
    urgent: bool
    state: State
    number: int
    fingerprint: Sha256
    submitted_by: str
    prepared_by: str
    created_at: AwareDatetime
    published_at: AwareDatetime | None


class EditionPage(Value):
    """A page of editions, the newest first; `next` names the page after it, as `after`."""

    items: tuple[EditionLine, ...]
    next: str | None


class LeftOut(Value):
    """An asset that is not in a playlist, and why; `fit`: it only finds no room."""

    asset: Sha256
    vi: str
    en: str
    fit: bool = False


class ProgrammeShown(Value):
    """What a cluster's screens will show, and the foremost of all that was left out."""

    cluster: str
    playlist: Playlist
    left_out: tuple[LeftOut, ...]
    left_out_count: int


class EditionShown(EditionLine):
    """An edition with every cluster's playlist, and who has signed of how many that must."""

    signatures: tuple[SignatureShown, ...]
    needed: int
    programmes: tuple[ProgrammeShown, ...]


class Why(Value):
    """Why something is done; it is kept."""

    reason: Annotated[Prose, Field(min_length=1)]


def index(call: Call, query: EditionsAsked) -> EditionPage:
    """List editions, the newest first."""
    del call
    asked = {"state": query.state, "cycle": query.cycle}
    rows = ledger.Edition.objects.filter(
        **{name: wanted for name, wanted in asked.items() if wanted is not None}
    )
    items, following = page(rows, query, "created_at", lambda row: EditionLine(**_line(row)))
    return EditionPage(items=items, next=following)


def one(call: Call, name: Slug) -> EditionShown:
    """Show an edition with every cluster's playlist."""
    del call
    return shown(name)


def submit(call: Call, name: Slug) -> EditionShown:
    """Put a draft before the approvers; who submits never counts as one of them."""
    approve.submit(workspace(), call.now, name, call.person.name)
    return shown(name)


def return_(call: Call, name: Slug, body: Why) -> EditionShown:
    """Give an edition back to be changed; its signatures are void."""
    approve.return_(workspace(), call.now, name, call.person.name, body.reason)
    return shown(name)


def request(call: Call, name: Slug) -> EditionRequest:
    """Write down what an approver signs on a machine of their own (`cluster-feed sign`)."""
    return approve.request(workspace(), call.now, name)


def sign(call: Call, name: Slug, body: Answer) -> EditionShown:
    """Add a signature that was made elsewhere; enough people's approve the edition.

    The person who counts is the one whose key it is.  No passphrase is ever taken here.
    """
    approve.import_signature(workspace(), call.now, name, body)
    return shown(name)


def shown(name: str) -> EditionShown:
    """Look at an edition."""
    row = ledger.Edition.called(name)
    programmes = list(row.programmes.order_by("cluster"))
    return EditionShown(
        **_line(row),
        signatures=tuple(
            SignatureShown(approver=each.approver, at=each.at)
            for each in row.signatures.order_by("pk")
        ),
        needed=workspace().settings.trust.threshold,
        programmes=tuple(
            ProgrammeShown(
                cluster=each.cluster,
                playlist=each.to_value(),
                left_out=tuple(LeftOut.model_validate(left) for left in each.left_out),
                left_out_count=each.left_out_count,
            )
            for each in programmes
        ),
    )


def _line(row: ledger.Edition) -> dict[str, object]:
    return {name: getattr(row, name) for name in EditionLine.model_fields}
