"""What the next package for Vietnam.vn would hold, before anybody makes it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Missing
from cluster_feed.core.edition import State
from cluster_feed.core.package import Change
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.syndicate.items import Contents
from cluster_feed.workspace import Workspace


class Line(NamedTuple):
    """An item of the package to come; `asset` is its id."""

    code: str
    title: str
    change: Change
    asset: str


class Held(NamedTuple):
    """What the edition shows and its newsroom proposes, and yet stays here: what it lacks."""

    asset: str
    title: str
    lacks: tuple[Missing, ...]


class Ahead(NamedTuple):
    """What the next package holds as things stand; `edition` is whose it is.

    `out`: that one is published, so that the package is due now and not when it goes out.
    """

    edition: str
    out: bool
    lines: Sequence[Line]
    held: Sequence[Held] = ()

    @property
    def counts(self) -> list[tuple[Bilingual, int]]:
        """How many are new, changed and withdrawn, of what there is."""
        told = Counter(each.change for each in self.lines)
        return [(each.label, told[each]) for each in Change if told[each]]


def look(workspace: Workspace) -> Ahead | None:
    """Look at what is due, else at the edition on its way; None: nobody has to be told anything."""
    editions = ledger.Edition.objects.all()
    due = editions.filter(state=State.PUBLISHED, published_at__isnull=False, package=None)
    coming = editions.filter(state__in=_ON_ITS_WAY).order_by("-pk")[:1]
    for edition in (*due.order_by("number"), *coming):
        contents = Contents.of(workspace, edition)
        if lines := list(_lines(contents)):
            return Ahead(edition.name, edition.state == State.PUBLISHED, lines)
    return None


_ON_ITS_WAY: Final = (State.DRAFT, State.SUBMITTED, State.APPROVED)


def _lines(contents: Contents) -> Iterator[Line]:
    for code, each in contents.items.items():
        yield Line(code, each.row.title, each.change or Change.CHANGED, each.row.pk)
    for back in contents.withdrawn:
        yield Line(back.id, back.title, Change.WITHDRAWN, back.asset)
