"""What the next package for Vietnam.vn would hold, before anybody makes it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import State
from cluster_feed.core.package import Change
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.syndicate.contents import Contents, Held
from cluster_feed.workspace import Workspace


class Line(NamedTuple):
    """An item of the package to come; `asset` is its id."""

    code: str
    title: str
    change: Change
    asset: str


class Ahead(NamedTuple):
    """What the next package holds as things stand; `edition` is whose it is.

    `out`: that one is published, so that the package is due now and not when it goes out.
    `awaited` names the clips whose copies for the portal are still being made.
    """

    edition: str
    out: bool
    lines: Sequence[Line]
    held: Sequence[Held] = ()
    awaited: Sequence[str] = ()

    @property
    def counts(self) -> list[tuple[Bilingual, int]]:
        """How many are new, changed and withdrawn, of what there is."""
        told = Counter(each.change for each in self.lines)
        return [(each.label, told[each]) for each in Change if told[each]]


def look(workspace: Workspace, now: datetime) -> Ahead | None:
    """Look at what is due, else at the edition on its way; None: nobody has to be told anything."""
    editions = ledger.Edition.objects.order_by("number", "pk")
    out = editions.filter(state=State.PUBLISHED, published_at__isnull=False)
    for edition in out.filter(settled_at=None):
        if found := _ahead(edition, Contents.of(workspace, edition, now)):
            return found
    latest, coming = out.last(), editions.filter(state__in=_ON_ITS_WAY).order_by("pk").last()
    found = _ahead(latest, Contents.taken_back()) if latest else None
    if found is None and coming:
        found = _ahead(coming, Contents.of(workspace, coming, now))
    return found


_ON_ITS_WAY: Final = (State.DRAFT, State.SUBMITTED, State.APPROVED)


def _ahead(edition: ledger.Edition, contents: Contents) -> Ahead | None:
    if not (contents or contents.held):
        return None
    out = edition.state == State.PUBLISHED
    return Ahead(edition.name, out, list(_lines(contents)), contents.held, contents.awaited)


def _lines(contents: Contents) -> Iterator[Line]:
    for code, each in contents.items.items():
        yield Line(code, each.title, each.change or Change.CHANGED, each.row.pk)
    for back in contents.withdrawn:
        yield Line(back.id, back.title, Change.WITHDRAWN, back.asset)
