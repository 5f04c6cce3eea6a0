from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.errors import BrokenChain
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord, verify_chain

LENGTH = 6


def _chain(length: int = LENGTH) -> list[PlayRecord]:
    chain: list[PlayRecord] = []
    for row in range(1, length + 1):
        chain.append(
            PlayRecord(
                row=row,
                previous=chain[-1].sha256 if chain else GENESIS,
                cluster="lao-bao",
                screen="led",
                edition=7,
                asset="a" * 64,
                rendition="b" * 64,
                began_at=datetime(2026, 11, 25, 18, tzinfo=UTC) + timedelta(seconds=row),
                seconds=10.5,
                outcome=Outcome.PLAYED,
            )
        )
    return chain


CHAIN = _chain()
LINES = [record.to_bytes() for record in CHAIN]

CHANGES: list[dict[str, Any]] = [
    {"row": 99},
    {"previous": "f" * 64},
    {"cluster": "cha-lo"},
    {"screen": "hall"},
    {"edition": 8},
    {"asset": "c" * 64},
    {"rendition": "c" * 64},
    {"began_at": datetime(2026, 11, 26, tzinfo=UTC)},
    {"seconds": 9999.0},
    {"outcome": Outcome.SKIPPED},
    {"reason": "mất điện"},
]


def test_an_untouched_chain_is_read_back() -> None:
    assert list(verify_chain(LINES)) == CHAIN
    assert list(verify_chain(line + b"\n" for line in LINES)) == CHAIN
    assert list(verify_chain([])) == []


def test_a_later_part_is_read_after_what_went_before() -> None:
    cut = 3
    rest = verify_chain(LINES[cut:], after_row=cut, previous=CHAIN[cut - 1].sha256)
    assert list(rest) == CHAIN[cut:]


@pytest.mark.parametrize("at", range(LENGTH - 1))
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_changed_row_is_noticed_at_the_latest_by_its_successor(
    change: dict[str, Any], at: int
) -> None:
    lines = [*LINES]
    lines[at] = CHAIN[at].model_copy(update=change).to_bytes()
    with pytest.raises(BrokenChain, match=f"row ({at + 1}|{at + 2}):"):
        list(verify_chain(lines))


@pytest.mark.parametrize(
    ("harm", "row"),
    [
        (lambda lines: lines[1:], 1),
        (lambda lines: lines[:2] + lines[3:], 3),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2),
        (lambda lines: [lines[0], lines[0], *lines[1:]], 2),
        (lambda lines: [lines[0], b"", *lines[1:]], 2),
        (lambda lines: [lines[0], b"{}", *lines[1:]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'"row":2', b'"row": 2'), *lines[2:]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'"row":2', b'"row":"2"'), *lines[2:]], 2),
        (lambda lines: [lines[0], lines[1][:-9], *lines[2:]], 2),
        (lambda lines: [lines[0], b"\xff\x00", *lines[2:]], 2),
        (lambda lines: [lines[0] + lines[1], *lines[2:]], 1),
    ],
    ids=[
        *("head cut", "cut in the middle", "swapped", "doubled", "blank", "no record"),
        *("spaced", "retyped", "torn", "not text", "joined"),
    ],
)
def test_a_harmed_chain_is_refused_at_the_row(
    harm: Callable[[list[bytes]], list[bytes]], row: int
) -> None:
    with pytest.raises(BrokenChain) as caught:
        list(verify_chain(harm(LINES)))
    assert caught.value.facts["row"] == str(row)
    assert caught.value.facts["detail_vi"] in caught.value.message(Tongue.VI)


def test_rows_are_counted_though_they_follow_each_other() -> None:
    skipping = CHAIN[1].model_copy(update={"row": 3})
    with pytest.raises(BrokenChain, match="row 2: does not follow"):
        list(verify_chain([LINES[0], skipping.to_bytes()]))


@given(st.integers(0, LENGTH))
def test_a_cut_tail_is_known_only_to_who_knows_what_comes_next(kept: int) -> None:
    """By design: the next rows that the hub fetches do not follow what it kept."""
    assert list(verify_chain(LINES[:kept])) == CHAIN[:kept]
    if kept + 1 < LENGTH:
        previous = CHAIN[kept - 1].sha256 if kept else GENESIS
        with pytest.raises(BrokenChain):
            list(verify_chain(LINES[kept + 1 :], after_row=kept, previous=previous))


@given(st.permutations(LINES), st.integers(0, LENGTH))
def test_no_other_order_of_rows_is_a_chain(lines: list[bytes], kept: int) -> None:
    lines = lines[:kept]
    if lines == LINES[:kept]:
        assert list(verify_chain(lines)) == CHAIN[:kept]
    else:
        with pytest.raises(BrokenChain):
            list(verify_chain(lines))


@given(
    st.floats(0, 1e9),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.datetimes(
        datetime(1970, 1, 2),  # noqa: DTZ001
        datetime(9998, 12, 30),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, ZONE]),
    ),
)
def test_whatever_a_screen_can_say_is_read_back(
    seconds: float, reason: str, began_at: datetime
) -> None:
    record = CHAIN[0].model_copy(
        update={"seconds": seconds, "reason": reason, "began_at": began_at}
    )
    (again,) = verify_chain([record.to_bytes()])
    assert again.sha256 == record.sha256
