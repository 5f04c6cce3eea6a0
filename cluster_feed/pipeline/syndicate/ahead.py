"""What the next package for Vietnam.vn would hold, before anybody makes it."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from cluster_feed.core.bilingual import Bilingual
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
    """What the edition shows and its newsroom proposes, and yet stays here, with each reason."""

    asset: str
    title: str
    why: tuple[Bilingual, ...]


class Ahead(NamedTuple):
    """What is due; `edition` is whose package it is, of the first that is to be made."""

    edition: str
    lines: Sequence[Line]
    held: Sequence[Held] = ()

    @property
    def counts(self) -> list[tuple[Bilingual, int]]:
        """How many are new, changed and withdrawn, of what there is."""
        told = Counter(each.change for each in self.lines)
        return [(each.label, told[each]) for each in Change if told[each]]


def look(workspace: Workspace) -> Ahead | None:
    """Look at the first package that would be made; None: there is nothing to tell the portal."""
    due = ledger.Edition.objects.filter(
        state=State.PUBLISHED, published_at__isnull=False, package=None
    )
    for edition in due.order_by("number"):
        contents = Contents.of(workspace, edition)
        lines = [
            Line(code, each.row.title, each.change or Change.CHANGED, each.row.pk)
            for code, each in contents.items.items()
        ]
        lines += [
            Line(each.id, each.title, Change.WITHDRAWN, each.asset) for each in contents.withdrawn
        ]
        if lines:
            return Ahead(edition.name, lines)
    return None
