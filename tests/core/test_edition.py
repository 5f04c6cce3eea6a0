from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from cluster_feed.core.asset import Kind
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import (
    ROAD,
    Act,
    Edition,
    State,
    fingerprint,
    live_month,
    next_number,
)
from cluster_feed.core.errors import (
    ApprovedTwice,
    ChangedSinceSeen,
    NotDropped,
    NotOnTheRoad,
    NotSubmitted,
    NumbersUsedUp,
    OwnSubmission,
    ReviewError,
)
from cluster_feed.core.playlist import ZONE, Blob, Entry, Playlist

EVERYONE = {"lan", "minh", "hoa", "tuan", "ha"}
PEOPLE = st.sampled_from(sorted(EVERYONE))
CONTENT = st.sampled_from([str(n) * 64 for n in range(4)])


class Road(RuleBasedStateMachine):
    """Anyone may try any act at any time; what is counted here by hand must agree."""

    @initialize(threshold=st.integers(1, 4))
    def begin(self, threshold: int) -> None:
        self.threshold = threshold
        self.edition = Edition(
            name="2026-11-khan-1", cycle="2026-11", urgent=True, fingerprint="0" * 64
        )
        self.past: list[Edition] = []
        self.signers: set[str] = set()
        self.maker: str | None = None
        self.numbers = 0

    def _try(self, act: Act, attempt: Callable[[], Edition]) -> bool:
        """Do it exactly if the road has it."""
        if (self.edition.state, act) in ROAD:
            self._go(attempt())
            return True
        with pytest.raises(NotOnTheRoad):
            attempt()
        return False

    def _go(self, after: Edition) -> None:
        self.past.append(self.edition)
        self.edition = after

    @rule(content=CONTENT)
    def change(self, content: str) -> None:
        if content == self.edition.fingerprint:
            assert self.edition.changed(content) is self.edition
        elif self._try(Act.CHANGE, lambda: self.edition.changed(content)):
            self.signers = set()
            assert self.edition.state is State.DRAFT

    @rule(by=PEOPLE, prepared_by=st.none() | PEOPLE)
    def submit(self, by: str, prepared_by: str | None) -> None:
        number = self.numbers + 1
        if self._try(Act.SUBMIT, lambda: self.edition.submitted(by, number, prepared_by)):
            self.maker = prepared_by or by
            self.numbers += 1

    @precondition(lambda self: len(self.past) > 5)
    @rule()
    def drop(self) -> None:
        if self._try(Act.DROP, self.edition.dropped):
            self.signers = set()

    @rule()
    def give_back(self) -> None:
        if self._try(Act.RETURN, self.edition.returned):
            self.signers = set()

    @rule(by=PEOPLE, seen=st.none() | CONTENT)
    def sign(self, by: str, seen: str | None) -> None:
        before, seen = self.edition, seen or self.edition.fingerprint
        refused: type[ReviewError] | None = None
        if before.state is not State.SUBMITTED:
            refused = NotOnTheRoad
        elif by == self.maker:
            refused = OwnSubmission
        elif by in self.signers:
            refused = ApprovedTwice
        elif seen != before.fingerprint:
            refused = ChangedSinceSeen
        if refused:
            with pytest.raises(refused):
                before.signed(by, seen, self.threshold)
            return
        self._go(before.signed(by, seen, self.threshold))
        self.signers.add(by)
        enough = len(self.signers) >= self.threshold
        assert self.edition.state is (State.APPROVED if enough else State.SUBMITTED)

    @precondition(lambda self: self.edition.state is State.SUBMITTED)
    @rule()
    def sign_next(self) -> None:
        """Somebody who may signs what is there, so that the road is walked to its end."""
        others = sorted(EVERYONE - self.signers - {self.maker})
        self.sign(others[0], None)

    @rule()
    def publish(self) -> None:
        self._try(Act.PUBLISH, self.edition.published)

    @precondition(lambda self: len(self.past) > 5)  # let the road be walked before it ends
    @rule()
    def withdraw(self) -> None:
        self._try(Act.WITHDRAW, self.edition.withdrawn)

    @invariant()
    def enough_people_other_than_who_made_it_approved(self) -> None:
        assert sorted(self.edition.approvals) == sorted(self.signers)
        assert self.edition.maker not in self.signers
        if self.edition.state in {State.APPROVED, State.PUBLISHED}:
            assert len(self.signers) >= self.threshold

    @invariant()
    def only_what_was_submitted_has_a_number_and_a_submitter(self) -> None:
        submitted = self.edition.state is not State.DRAFT
        if self.edition.state is State.WITHDRAWN:
            submitted = self.past[-1].state is not State.DRAFT
        assert (self.edition.number > 0) == submitted
        assert (self.edition.submitted_by is not None) == submitted
        assert (self.edition.maker is not None) == submitted

    @invariant()
    def what_was_published_never_changes(self) -> None:
        for before in self.past:
            if before.state is State.PUBLISHED:
                assert self.edition == before.model_copy(update={"state": self.edition.state})
                assert self.edition.state in {State.PUBLISHED, State.WITHDRAWN}

    @invariant()
    def nothing_comes_back_from_withdrawal(self) -> None:
        assert all(before.state is not State.WITHDRAWN for before in self.past)


TestRoad = Road.TestCase


class Numbers(RuleBasedStateMachine):
    """A house over some months: editions of a month approved ahead, urgent ones in between."""

    @initialize()
    def begin(self) -> None:
        self.coming = Cycle(year=2026, month=11)
        self.live: list[int] = []
        self.given: list[int] = []
        self.ahead: dict[Cycle, int] = {}
        self.waiting: list[int] = []

    def _give(self, month: Cycle) -> int:
        number = next_number(month, self.given)
        self.given.append(number)
        return number

    @rule(later=st.integers(0, 2))
    def submit_a_month(self, later: int) -> None:
        """For the first time, or again after a return: another number."""
        month = self.coming
        for _ in range(later):
            month = month.next
        self.ahead[month] = self._give(month)

    @rule()
    def push(self) -> None:
        """Time goes on, and the month's edition goes out if there is one."""
        if number := self.ahead.pop(self.coming, None):
            assert number > max(self.live, default=0)
            self.live.append(number)
            self.waiting.clear()
        self.coming = self.coming.next

    @rule()
    def submit_an_urgent_one(self) -> None:
        number = self._give(live_month(self.live, self.coming))
        assert number > max(self.live, default=0)
        self.waiting.append(number)

    @precondition(lambda self: self.waiting)
    @rule()
    def publish_the_last_urgent_one(self) -> None:
        self.live.append(self.waiting.pop())
        self.waiting.clear()

    @invariant()
    def no_number_was_given_twice(self) -> None:
        assert len(set(self.given)) == len(self.given)

    @invariant()
    def what_was_live_was_never_taken_back(self) -> None:
        assert self.live == sorted(self.live)

    @invariant()
    def what_was_approved_ahead_can_still_go_out_in_its_month(self) -> None:
        for month, number in self.ahead.items():
            assert number > max(self.live, default=0)
            assert Cycle.numbered(number) == month
        assert [self.ahead[month] for month in sorted(self.ahead, key=str)] == sorted(
            self.ahead.values()
        )


TestNumbers = Numbers.TestCase


def test_a_month_has_999_numbers_and_says_when_they_are_used_up() -> None:
    month = Cycle(year=2026, month=11)
    assert (month.numbers[0], month.numbers[-1]) == (202611001, 202611999)
    assert next_number(month, [202612005, 202610999]) == 202611001
    assert next_number(month, [202611001, 202611998]) == 202611999
    with pytest.raises(NumbersUsedUp):
        next_number(month, [202611999])


def test_the_last_number_of_the_last_month_can_be_kept() -> None:
    assert Cycle(year=9998, month=12).numbers[-1] < 2**31


def test_a_months_own_draft_is_not_dropped() -> None:
    draft = Edition(name="2026-11", cycle="2026-11", fingerprint="0" * 64)
    with pytest.raises(NotDropped):
        draft.dropped()


def test_a_draft_is_to_be_submitted_before_anybody_signs() -> None:
    draft = Edition(name="2026-11", cycle="2026-11", fingerprint="0" * 64)
    with pytest.raises(NotSubmitted, match="cluster-feed submit 2026-11"):
        draft.signed("ha", "0" * 64, 2)
    with pytest.raises(NotSubmitted):
        draft.awaiting_signatures()
    with pytest.raises(NotOnTheRoad) as approved:
        _submitted().signed("ha", "0" * 64, 1).awaiting_signatures()
    assert not isinstance(approved.value, NotSubmitted)


def test_what_was_dropped_is_not_called_withdrawn() -> None:
    draft = Edition(name="2026-11-khan-1", cycle="2026-11", urgent=True, fingerprint="0" * 64)
    assert draft.dropped().label.vi == "đã bỏ"
    assert draft.submitted("lan", 7).returned().dropped().label.vi == "đã bỏ"
    assert _submitted().signed("ha", "0" * 64, 1).withdrawn().label.vi == "đã thu hồi"


def _submitted() -> Edition:
    draft = Edition(name="2026-11", cycle="2026-11", fingerprint="0" * 64)
    return draft.submitted("lan", 7)


def test_the_submitter_hears_so_before_anything_else() -> None:
    with pytest.raises(OwnSubmission):
        _submitted().signed("lan", "1" * 64, 2)


def test_who_has_signed_is_not_asked_to_look_again() -> None:
    with pytest.raises(ApprovedTwice):
        _submitted().signed("ha", "0" * 64, 3).signed("ha", "1" * 64, 3)


def test_nobody_signs_what_they_have_not_seen() -> None:
    with pytest.raises(ChangedSinceSeen, match="has changed since"):
        _submitted().signed("ha", "1" * 64, 1)


def test_what_is_published_cannot_change() -> None:
    published = _submitted().signed("ha", "0" * 64, 1).published()
    with pytest.raises(NotOnTheRoad):
        published.changed("1" * 64)
    assert published.withdrawn().state is State.WITHDRAWN


def test_a_lower_threshold_approves_at_the_next_signature() -> None:
    waiting = _submitted().signed("ha", "0" * 64, 4).signed("hoa", "0" * 64, 4)
    assert waiting.state is State.SUBMITTED
    assert waiting.signed("minh", "0" * 64, 2).state is State.APPROVED


def test_every_state_and_act_has_a_name_in_both_languages() -> None:
    for each in (*State, *Act):
        assert each.label.vi
        assert each.label.en
        assert each.label.vi != each.label.en


def _playlist(**changes: object) -> Playlist:
    blob = Blob(target="lao-bao/a.led.mp4", sha256="a" * 64, byte_count=1)
    entry = Entry(
        asset="b" * 64, kind=Kind.VIDEO, seconds=10, captions={"vi": "Lễ"}, blobs={"led": blob}
    )
    playlist = Playlist(
        cluster="lao-bao",
        cycle="2026-11",
        number=1,
        show_from=datetime(2026, 11, 25, 18, tzinfo=ZONE),
        show_until=datetime(2027, 1, 8, tzinfo=ZONE),
        entries=(entry,),
    )
    return playlist.model_copy(update=changes)


def test_the_number_is_no_content() -> None:
    assert fingerprint({"lao-bao": _playlist(number=2)}) == fingerprint({"lao-bao": _playlist()})


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": ()},
        {"show_until": datetime(2027, 1, 9, tzinfo=ZONE)},
        {"evergreen": _playlist().entries},
        {
            "entries": (
                _playlist()
                .entries[0]
                .model_copy(
                    update={
                        "blobs": {
                            "led": Blob(target="lao-bao/a.led.mp4", sha256="c" * 64, byte_count=1)
                        }
                    }
                ),
            )
        },
    ],
)
def test_any_other_change_is_another_content(changes: dict[str, object]) -> None:
    assert fingerprint({"lao-bao": _playlist(**changes)}) != fingerprint({"lao-bao": _playlist()})


def test_a_cluster_less_or_under_another_name_is_another_content() -> None:
    names = [("lao-bao",), ("cha-lo",), ("cha-lo", "lao-bao"), ()]
    assert len({fingerprint(dict.fromkeys(each, _playlist())) for each in names}) == len(names)
