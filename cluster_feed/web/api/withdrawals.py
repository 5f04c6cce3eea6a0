"""What the department took back."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from cluster_feed.core.value import Sha256, Slug, Value
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import withdraw
from cluster_feed.web.api.editions import Why
from cluster_feed.web.api.operation import Call
from cluster_feed.web.api.paging import Paged, page
from cluster_feed.web.house import workspace


class WithdrawalLine(Value):
    """An asset that no later edition shows; `edition` is the one that takes it off the screens."""

    asset: Sha256
    name: str
    at: AwareDatetime
    by: str
    reason: str
    edition: str | None


class WithdrawalPage(Value):
    """A page of withdrawals, the newest first; `next` names the page after it, as `after`."""

    items: tuple[WithdrawalLine, ...]
    next: str | None


class Withdrawing(Why):
    """What to take back: these assets, or, none named, all that the edition shows."""

    edition: Slug
    assets: Annotated[tuple[Sha256, ...], Field(max_length=200)] = ()


class Taken(Value):
    """What came of it: the edition without the assets, which waits for the approvers.

    None: they were live nowhere, and nothing has to be signed.
    """

    edition: str | None


class Lifted(Value):
    """The asset that may be shown again."""

    asset: Sha256


def index(call: Call, query: Paged) -> WithdrawalPage:
    """List what is withdrawn, the newest first."""
    del call
    rows = ledger.Withdrawal.objects.select_related("asset", "edition")
    items, following = page(rows, query, "at", _line)
    return WithdrawalPage(items=items, next=following)


def make(call: Call, body: Withdrawing) -> Taken:
    """Withdraw assets, and submit what is live without them."""
    edition = withdraw.run(
        workspace(), call.now, body.edition, call.person.name, body.reason, body.assets
    )
    return Taken(edition=edition.name if edition else None)


def lift(call: Call, sha256: Sha256, body: Why) -> Lifted:
    """Let an asset be shown again by editions to come."""
    row = withdraw.lift(call.now, sha256, call.person.name, body.reason)
    return Lifted(asset=row.pk)


def _line(row: ledger.Withdrawal) -> WithdrawalLine:
    return WithdrawalLine(
        asset=row.asset_id,
        name=f"{row.asset.newsroom}/{row.asset.name}",
        at=row.at,
        by=row.by,
        reason=row.reason,
        edition=row.edition.name if row.edition else None,
    )
