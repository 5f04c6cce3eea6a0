"""Files that were refused, with why and who must act."""

from pydantic import AwareDatetime

from cluster_feed.core.errors import NoSuchAddress
from cluster_feed.core.value import Number, Slug, Value
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import acknowledge
from cluster_feed.pipeline.status import Problem
from cluster_feed.web import visible
from cluster_feed.web.api.operation import Call
from cluster_feed.web.api.paging import Paged, page
from cluster_feed.web.house import workspace


class RejectionsAsked(Paged):
    """Which refusals: of a newsroom, and whether anybody has seen them."""

    newsroom: Slug | None = None
    seen: bool | None = None


class RejectionLine(Value):
    """A file that was refused; `code` names the reason (see `problems`)."""

    id: int
    newsroom: str
    name: str
    at: AwareDatetime
    seen_at: AwareDatetime | None
    code: str
    vi: str
    en: str


class RejectionPage(Value):
    """A page of refusals, the newest first; `next` names the page after it, as `after`."""

    items: tuple[RejectionLine, ...]
    next: str | None


def index(call: Call, query: RejectionsAsked) -> RejectionPage:
    """List what was refused, the newest first."""
    rows = visible.rejections(call.person)
    if query.newsroom is not None:
        rows = rows.filter(newsroom=query.newsroom)
    if query.seen is not None:
        rows = rows.filter(seen_at__isnull=not query.seen)
    items, following = page(rows, query, "at", _line)
    return RejectionPage(items=items, next=following)


def seen(call: Call, rejection: Number) -> RejectionLine:
    """Note that somebody of the department knows why a file was refused."""
    row = visible.rejections(call.person).filter(pk=rejection).first()
    if row is None:
        raise NoSuchAddress
    acknowledge.run(call.now, row, call.person.name)
    row.refresh_from_db()
    return _line(row)


def _line(row: ledger.Rejection) -> RejectionLine:
    why = Problem.of(workspace(), row.code, row.facts, row.at)
    return RejectionLine(
        id=row.pk,
        newsroom=row.newsroom,
        name=row.name,
        at=row.at,
        seen_at=row.seen_at,
        code=row.code,
        vi=why.vi,
        en=why.en,
    )
