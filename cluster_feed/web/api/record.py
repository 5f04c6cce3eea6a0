"""The record: every act, and the packages that were made."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from cluster_feed.core.value import Moment, Sha256, Value
from cluster_feed.ledger import models as ledger
from cluster_feed.web.api.operation import Call
from cluster_feed.web.api.paging import Paged, page

_Word = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]


class ActsAsked(Paged):
    """Which acts: whose, of which sort, on what, from a moment to another."""

    actor: _Word | None = None
    act: _Word | None = None
    subject: _Word | None = None
    at_from: Moment | None = None
    at_before: Moment | None = None


class Act(Value):
    """One row of the audit log; `sha256` follows from the row, which has the hash before it."""

    id: int
    at: AwareDatetime
    actor: str
    act: str
    subject: str
    facts: dict[str, str]
    previous: Sha256
    sha256: Sha256


class ActPage(Value):
    """A page of acts, the newest first; `next` names the page after it, as `after`."""

    items: tuple[Act, ...]
    next: str | None


class PackageLine(Value):
    """A package for Vietnam.vn."""

    name: str
    edition: str
    sha256: Sha256
    assets: int
    at: AwareDatetime


class PackagePage(Value):
    """A page of packages, the newest first; `next` names the page after it, as `after`."""

    items: tuple[PackageLine, ...]
    next: str | None


def acts(call: Call, query: ActsAsked) -> ActPage:
    """List acts, the newest first."""
    del call
    asked = {
        "actor": query.actor,
        "act": query.act,
        "subject": query.subject,
        "at__gte": query.at_from,
        "at__lt": query.at_before,
    }
    rows = ledger.Event.objects.filter(
        **{name: wanted for name, wanted in asked.items() if wanted is not None}
    )
    items, following = page(rows, query, "at", _act)
    return ActPage(items=items, next=following)


def packages(call: Call, query: Paged) -> PackagePage:
    """List the packages, the newest first."""
    del call
    rows = ledger.Package.objects.select_related("edition")
    items, following = page(rows, query, "at", _package)
    return PackagePage(items=items, next=following)


def _act(row: ledger.Event) -> Act:
    shown = {name: getattr(row, name) for name in Act.model_fields if name != "id"}
    return Act(id=row.pk, **shown)


def _package(row: ledger.Package) -> PackageLine:
    return PackageLine(
        name=row.name,
        edition=row.edition.name,
        sha256=row.sha256,
        assets=row.assets,
        at=row.at,
    )
