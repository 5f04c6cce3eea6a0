"""A month's edition and the only road it may take."""

import re
from calendar import month_name
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Self

from pydantic import Field

from cluster_feed.core.bilingual import Bilingual, alike, joined
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.errors import (
    ApprovedTwice,
    ChangedSinceSeen,
    NotDropped,
    NotOnTheRoad,
    NotSubmitted,
    NumbersUsedUp,
    OwnSubmission,
)
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import Sha256, Slug, Value, canonical, digest

NUMBER_OF_A_DRAFT: Final = 1
"""What a playlist carries until submission gives the edition its number."""


_NAMED: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<kind>[a-z-]+)-(?P<nth>\d+))?")
_KINDS: Final = {
    "khan": Bilingual("bản khẩn {nth}", "urgent edition {nth}"),
    "thu-hoi": Bilingual("bản gỡ nội dung {nth}", "removal {nth}"),
}


def called(name: str) -> Bilingual:
    """Call an edition as people do: "tháng 12/2026, bản khẩn 1"; any other name is its own."""
    found = _NAMED.fullmatch(name)
    kind = _KINDS.get(found["kind"]) if found and found["kind"] else None
    if not found or not 1 <= int(found["month"]) <= len(month_name) - 1:
        return alike(name)
    month = Bilingual(
        f"tháng {int(found['month'])}/{found['year']}",
        f"{month_name[int(found['month'])]} {found['year']}",
    )
    if found["kind"] is None:
        return month
    return joined([month, kind.fill(nth=found["nth"])]) if kind else alike(name)


class State(StrEnum):
    """Where an edition stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Bilingual:
        """The state as people call it."""
        return _LABELS[self]


_LABELS: Final[Mapping[State, Bilingual]] = {
    State.DRAFT: Bilingual("bản nháp", "draft"),
    State.SUBMITTED: Bilingual("đã trình", "submitted"),
    State.APPROVED: Bilingual("đã duyệt", "approved"),
    State.PUBLISHED: Bilingual("đã phát hành", "published"),
    State.WITHDRAWN: Bilingual("đã thu hồi", "withdrawn"),
}
_NOT_SUBMITTED: Final[Mapping[str, object]] = {
    "submitted_by": None,
    "prepared_by": None,
    "approvals": (),
    "number": 0,
}
_DROPPED: Final = Bilingual("đã bỏ", "dropped")


def label(state: State, number: int) -> Bilingual:
    """Tell where an edition stands; what ends as a draft, without a number, was dropped."""
    return _DROPPED if state is State.WITHDRAWN and not number else state.label


class Act(StrEnum):
    """What can be done to an edition."""

    CHANGE = "change"
    DROP = "drop"
    SUBMIT = "submit"
    RETURN = "return"
    SIGN = "sign"
    APPROVE = "approve"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> Bilingual:
        """The act as people call it."""
        return _ACT_LABELS[self]


_ACT_LABELS: Final[Mapping[Act, Bilingual]] = {
    Act.CHANGE: Bilingual("sửa nội dung", "change"),
    Act.DROP: Bilingual("bỏ bản nháp", "drop"),
    Act.SUBMIT: Bilingual("trình duyệt", "submit"),
    Act.RETURN: Bilingual("trả lại", "return"),
    Act.SIGN: Bilingual("ký duyệt", "sign"),
    Act.APPROVE: Bilingual("duyệt", "approve"),
    Act.PUBLISH: Bilingual("phát hành", "publish"),
    Act.WITHDRAW: Bilingual("thu hồi", "withdraw"),
}

ROAD: Final[Mapping[tuple[State, Act], State]] = {
    (State.DRAFT, Act.CHANGE): State.DRAFT,
    (State.DRAFT, Act.SUBMIT): State.SUBMITTED,
    (State.DRAFT, Act.DROP): State.WITHDRAWN,
    (State.SUBMITTED, Act.CHANGE): State.DRAFT,
    (State.SUBMITTED, Act.RETURN): State.DRAFT,
    (State.SUBMITTED, Act.SIGN): State.SUBMITTED,
    (State.SUBMITTED, Act.APPROVE): State.APPROVED,
    (State.APPROVED, Act.CHANGE): State.DRAFT,
    (State.APPROVED, Act.RETURN): State.DRAFT,
    (State.APPROVED, Act.PUBLISH): State.PUBLISHED,
    (State.APPROVED, Act.WITHDRAW): State.WITHDRAWN,
    (State.PUBLISHED, Act.WITHDRAW): State.WITHDRAWN,
}
"""The legal acts; whatever is not here is refused.

Signing keeps an edition submitted until enough people have signed; the signature that completes
the number approves it.  A change of content takes it back to a draft and voids every signature.
What is published cannot change: it can be withdrawn and followed by another edition.
"""


class Edition(Value):
    """What a cycle shows at every cluster: one playlist each, approved as a whole.

    `name` is for people ("2026-11", "2026-11-khan-1").  `number` is given at submission, once
    only, and becomes the version of the signed metadata: a screen refuses to go back to a lower
    one.
    """

    name: Slug
    cycle: str
    urgent: bool = False
    state: State = State.DRAFT
    number: int = Field(default=0, ge=0)
    fingerprint: Sha256
    submitted_by: Slug | None = None
    prepared_by: Slug | None = None
    """Who prepared the notice that it puts on or takes off; None: whoever submits it."""
    approvals: tuple[Slug, ...] = ()

    @property
    def maker(self) -> Slug | None:
        """Whose content it is, for others to sign: who submitted it, or prepared its notice."""
        return self.prepared_by or self.submitted_by

    @property
    def label(self) -> Bilingual:
        """Where it stands, as people call it."""
        return label(self.state, self.number)

    def _after(self, act: Act, **changes: object) -> Self:
        try:
            state = ROAD[self.state, act]
        except KeyError:
            if self.state is State.DRAFT and act in (Act.SIGN, Act.APPROVE):
                raise NotSubmitted(edition=self.name) from None
            raise NotOnTheRoad(edition=self.name, state=self.state.label, act=act.label) from None
        return self.model_copy(update={"state": state, **changes})

    def changed(self, fingerprint: Sha256) -> Self:
        """Take new content, which voids the submission and every signature; or the same: itself."""
        if fingerprint == self.fingerprint:
            return self
        return self._after(Act.CHANGE, fingerprint=fingerprint, **_NOT_SUBMITTED)

    def changeable(self) -> Self:
        """Give itself, if its content may still be changed; NotOnTheRoad where it may not."""
        self._after(Act.CHANGE)
        return self

    def submitted(self, by: Slug, number: int, prepared_by: Slug | None = None) -> Self:
        """Put it before the approvers; with a notice's preparer, `by` may be the first of them."""
        return self._after(Act.SUBMIT, submitted_by=by, prepared_by=prepared_by, number=number)

    def returned(self) -> Self:
        """Give it back to be changed."""
        return self._after(Act.RETURN, **_NOT_SUBMITTED)

    def awaiting_signatures(self) -> Self:
        """Give itself, if a signature could be added; NotOnTheRoad where none is awaited.

        NotSubmitted, which is one of those, for a draft.
        """
        return self._after(Act.SIGN)

    def signed(self, by: Slug, seen: Sha256, threshold: int) -> Self:
        """Count one approver's signature on the content that the approver saw.

        Raises NotOnTheRoad where the edition awaits no signature, else OwnSubmission,
        ApprovedTwice or ChangedSinceSeen, in this order: nobody is asked to look again at what
        their signature could not approve.
        """
        act = Act.APPROVE if len(self.approvals) + 1 >= threshold else Act.SIGN
        after = self._after(act, approvals=(*self.approvals, by))
        if by == self.maker:
            raise OwnSubmission(person=by, edition=self.name)
        if by in self.approvals:
            raise ApprovedTwice(person=by, edition=self.name)
        if seen != self.fingerprint:
            raise ChangedSinceSeen(edition=self.name, seen=seen[:10], now=self.fingerprint[:10])
        return after

    def published(self) -> Self:
        """Put it in the signed feed."""
        return self._after(Act.PUBLISH)

    def dropped(self) -> Self:
        """Put an urgent draft aside for good; a month's own is drafted again, NotDropped."""
        after = self._after(Act.DROP)
        if not self.urgent:
            raise NotDropped(edition=self.name)
        return after

    def withdrawn(self) -> Self:
        """Keep it from the screens."""
        return self._after(Act.WITHDRAW)


def next_number(month: Cycle, given: Iterable[int]) -> int:
    """Give a month's edition the next number that was never given; NumbersUsedUp after 999.

    A month's own edition is numbered in its month, an urgent one in the month that is live
    (`live_month`): so the one that was approved for the next month stays ahead of it.
    """
    last = max((each for each in given if each in month.numbers), default=month.numbers[0] - 1)
    if last + 1 not in month.numbers:
        raise NumbersUsedUp(cycle=month, last=last)
    return last + 1


def live_month(numbers: Iterable[int], coming: Cycle) -> Cycle:
    """Tell whose month is on the screens; before anything is, the one before the coming month."""
    highest = max(numbers, default=0)
    return Cycle.numbered(highest) if highest else coming.previous


def fingerprint(playlists: Mapping[Slug, Playlist]) -> Sha256:
    """Name the content that is approved: every cluster's playlist, thereby every file's hash.

    The edition's number is no content: it is left out, so that submitting does not change what
    was looked at.
    """
    content = {
        cluster: playlist.model_dump(mode="json", exclude={"number"})
        for cluster, playlist in playlists.items()
    }
    return digest(canonical(content))
