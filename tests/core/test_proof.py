import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.device import mark_of
from cluster_feed.core.errors import BrokenChain, OperatorError
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.proof import (
    GENESIS,
    NAME,
    Life,
    Outcome,
    PlayRecord,
    Proof,
    verify_chain,
)
from tests.device import Device

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
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
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


# --- A file of proof ----------------------------------------------------------------------------

DEVICE = Device()
FILE = DEVICE.proof(CHAIN[2:5])[1]


def packed(lines: list[bytes]) -> bytes:
    return gzip.compress(b"".join(lines))


def test_a_file_of_proof_is_read_back_and_is_the_same_bytes_each_time() -> None:
    told = Proof.from_bytes(FILE)
    assert (told.device, list(told.records)) == (DEVICE.public, CHAIN[2:5])
    assert told.to_bytes(DEVICE.sign) == FILE
    assert told.name == f"proof-{mark_of(DEVICE.public)}-0000000003.jsonl.gz"
    assert NAME.fullmatch(told.name)


@given(st.data())
def test_a_changed_byte_of_a_file_changes_nothing_that_is_believed(data: st.DataObject) -> None:
    lines = gzip.decompress(FILE)
    at = data.draw(st.integers(0, len(lines) - 1))
    content = bytearray(lines)
    content[at] = data.draw(st.integers(0, 255))
    try:
        told = Proof.from_bytes(gzip.compress(bytes(content)))
    except OperatorError:
        return
    assert told == Proof.from_bytes(FILE)


def test_rows_that_were_left_out_added_or_signed_by_another_make_no_file() -> None:
    *rows, seal = gzip.decompress(FILE).splitlines(keepends=True)
    other = gzip.decompress(Device().proof(CHAIN[2:5])[1]).splitlines(keepends=True)[-1]
    hostile = [
        *([], [seal], rows, [*rows, rows[-1]], [*rows[:-1], seal], [*rows[1:], seal]),
        [*rows, seal, seal],
        [*rows, CHAIN[5].to_bytes() + b"\n", seal],
        [*rows, other.replace(json.loads(other)["device"].encode(), DEVICE.public.encode())],
        [*rows, b"\n", seal],
    ]
    for lines in hostile:
        with pytest.raises(OperatorError):
            Proof.from_bytes(packed(lines))
    whole = Proof.from_bytes(packed([*rows, other]))
    assert whole.device != DEVICE.public  # another's word, and to be judged as such


def test_a_file_tells_of_one_screen() -> None:
    told = DEVICE.chain(2)
    moved = told[1].model_copy(update={"screen": "hall"})
    with pytest.raises(BrokenChain, match="row 2: tells of another screen"):
        Proof.from_bytes(DEVICE.proof([told[0], moved])[1])


def test_a_file_that_is_torn_doubled_or_swells_is_not_read() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    for content in (b"", b"junk", FILE[:-1], FILE[:20], FILE + FILE, FILE + b"\0", bomb):
        with pytest.raises(OperatorError):
            Proof.from_bytes(content)


# --- What has arrived ---------------------------------------------------------------------------


def pieces(cuts: set[int]) -> list[list[PlayRecord]]:
    ends = sorted(cuts | {0, LENGTH})
    return [CHAIN[begin:end] for begin, end in pairwise(ends)]


@given(st.sets(st.integers(1, LENGTH)), st.data())
def test_what_is_known_is_what_arrived_in_whatever_order(
    cuts: set[int], data: st.DataObject
) -> None:
    arrived = data.draw(st.lists(st.sampled_from(pieces(cuts)), max_size=12))
    life = Life()
    rows: set[int] = set()
    for piece in arrived:
        life = life.told(piece)
        rows |= {record.row for record in piece}
        lacking = [row for gap in life.gaps for row in range(gap.first, gap.last + 1)]
        assert sorted(lacking) == sorted(set(range(1, max(rows) + 1)) - rows)
        assert (life.row, life.missing) == (max(rows), len(lacking))


@given(st.permutations(pieces({1, 3, 4})), st.integers(0, 3))
def test_another_story_fits_nowhere(arrived: list[list[PlayRecord]], at: int) -> None:
    """A piece of another chain is refused at the latest when its neighbour has come too."""
    other = DEVICE.chain(LENGTH)
    arrived = [*arrived]
    arrived[at] = [other[record.row - 1] for record in arrived[at]]
    with pytest.raises(BrokenChain):
        reduce(Life.told, arrived, Life())


def test_rows_written_before_frames_were_counted_are_the_same_bytes_still() -> None:
    line = (
        b'{"asset":"' + b"a" * 64 + b'","began_at":"2026-11-25T09:00:00Z","cluster":"lao-bao",'
        b'"edition":5,"outcome":"played","previous":"' + GENESIS.encode() + b'","reason":"",'
        b'"rendition":"' + b"b" * 64 + b'","row":1,"screen":"led","seconds":8.0}'
    )
    (record,) = verify_chain([line])
    assert record.frames is None
    counted = record.model_copy(update={"frames": 200})
    assert b'"frames":200' in counted.to_bytes()
    assert list(verify_chain([counted.to_bytes()])) == [counted]
