from datetime import UTC, datetime

import pytest

from cluster_feed.core.errors import BrokenChain
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh(database: None) -> None:
    """Every test here writes to an empty ledger."""


def test_an_untouched_log_verifies() -> None:
    for number in range(3):
        audit.record(NOW, "lan", "approve", "2026-11", number=number)
    assert audit.verify() == 3


def test_a_changed_row_is_named() -> None:
    events = [audit.record(NOW, "lan", "approve", "2026-11") for _ in range(3)]
    type(events[1]).objects.filter(pk=events[1].pk).update(actor="someone-else")
    with pytest.raises(BrokenChain, match=f"row {events[1].pk}"):
        audit.verify()


def test_a_removed_row_is_noticed_at_its_successor() -> None:
    events = [audit.record(NOW, "lan", "approve", "2026-11") for _ in range(3)]
    events[1].delete()
    with pytest.raises(BrokenChain, match=f"row {events[2].pk}"):
        audit.verify()


def test_what_was_done_to_something_is_found_without_reading_the_log() -> None:
    last = ledger.Event.objects.filter(act__in=("deliver", "reach"), subject="lao-bao")
    assert "event_by_act" in last.order_by("-pk")[:1].explain()


def test_a_log_whose_end_was_cut_off_is_not_what_was_noted() -> None:
    for number in range(3):
        audit.record(NOW, "lan", "approve", "2026-11", number=number)
    noted = audit.head()
    assert noted
    assert audit.verify(audit.Anchor.parse(str(noted).lower())) == 3
    ledger.Event.objects.filter(pk=noted.row).delete()
    assert audit.verify() == 2, "the chain alone shows nothing"
    with pytest.raises(BrokenChain, match=f"row {noted.row}"):
        audit.verify(noted)
    audit.record(NOW, "lan", "approve", "2026-12")
    with pytest.raises(BrokenChain, match=f"row {noted.row}"):
        audit.verify(noted)


@pytest.mark.parametrize("noted", ["", "12", "AAAA-BBBB-CCCC-DDDD", "x AAAA", "12 "])
def test_a_note_is_a_row_and_a_code(noted: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        audit.Anchor.parse(noted)
