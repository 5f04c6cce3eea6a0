"""What an edition gives Vietnam.vn, in view before anybody submits or signs it."""

from collections.abc import Sequence
from typing import NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption
from cluster_feed.core.edition import State
from cluster_feed.core.package import Withdrawn
from cluster_feed.core.value import Sha256
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.syndicate.contents import Contents, Held
from cluster_feed.web.asked import moment
from cluster_feed.web.house import workspace


class Going(NamedTuple):
    """What goes into the package, how it differs from what the portal has, and its words."""

    asset: Sha256
    change: Bilingual
    caption: Caption


class ForPortal(NamedTuple):
    """What goes, what stays out and what it lacks, what is taken back.

    `words` is the hash of what is kept for the approvers; empty: of a draft.
    """

    going: Sequence[Going]
    held: Sequence[Held]
    withdrawn: Sequence[Withdrawn]
    words: str


def for_portal(row: ledger.Edition) -> ForPortal | None:
    """Look ahead; None: it has gone out already, or never will."""
    if row.state not in (State.DRAFT, State.SUBMITTED, State.APPROVED):
        return None
    contents = Contents.of(workspace(), row, moment())
    submission = row.submission()
    return ForPortal(
        [
            Going(each.row.pk, each.change.label, each.caption)
            for each in contents.items.values()
            if each.change
        ],
        contents.held,
        contents.withdrawn,
        submission.words if submission and submission.captions is not None else "",
    )
