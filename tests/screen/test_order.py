from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from cluster_feed.core.playlist import Playlist
from cluster_feed.core.slot import slot_at
from cluster_feed.screen.order import InOrder, InStep
from tests.core.test_playlist import MONDAY, entry, minutes, playlists
from tests.screen.hub import CLUSTER

NINE = MONDAY + timedelta(hours=9)


def edition(*lengths: float) -> Playlist:
    return Playlist(
        cluster=CLUSTER,
        cycle="2026-11",
        number=1,
        show_from=MONDAY,
        show_until=MONDAY + timedelta(days=30),
        entries=tuple(entry(n).model_copy(update={"seconds": s}) for n, s in enumerate(lengths, 1)),
    )


@given(playlists(), minutes)
def test_in_step_what_is_due_is_next_and_is_followed_by_what_is_due_then(
    playlist: Playlist, moment: datetime
) -> None:
    order = InStep("led")
    slot = order.next(playlist, moment)
    assert slot == slot_at(playlist, "led", moment)
    if slot:
        assert order.after(playlist, slot) == slot_at(playlist, "led", slot.ends_at)


def stand_ins(playlist: Playlist, broken: Iterable[int], until: datetime) -> list[tuple[int, int]]:
    """Which entries are shown, for how many seconds, where some cannot be."""
    order, now, shown = InStep("led"), NINE, []
    bad = {playlist.entries[index].asset for index in broken}
    while now < until:
        slot = order.next(playlist, now)
        if not slot:
            now += timedelta(seconds=1)
            continue
        failed = slot.entry.asset in bad
        order.ended(slot, failed=failed)
        if not failed:
            lasts = slot.ends_at - max(now, slot.begins_at)
            shown.append((playlist.entries.index(slot.entry), int(lasts.total_seconds())))
            now = slot.ends_at
    return shown


@pytest.mark.parametrize(
    ("broken", "shown"),
    [
        ([], [(0, 10), (1, 20), (2, 30)]),
        ([1], [(0, 10), (2, 20), (2, 30)]),
        ([2], [(0, 10), (1, 20), (0, 10), (1, 20)]),
        ([1, 2], [(0, 10), (0, 10), (0, 10), (0, 10), (0, 10), (0, 10)]),
        ([0, 1, 2], []),
    ],
)
def test_in_step_others_stand_in_for_what_failed_and_the_next_slot_is_kept(
    broken: list[int], shown: list[tuple[int, int]]
) -> None:
    playlist = edition(10, 20, 30)  # an hour is 60 rounds
    assert stand_ins(playlist, broken, NINE + timedelta(seconds=60)) == shown


def test_in_step_what_fails_before_its_moment_is_not_tried_again_until_then() -> None:
    playlist, order = edition(10, 20, 30), InStep("led")
    second = order.next(playlist, NINE + timedelta(seconds=29.5))
    assert second
    order.ended(second, failed=True)
    third = order.next(playlist, NINE + timedelta(seconds=29.5))
    assert third
    assert third.entry == playlist.entries[2]
    order.ended(third, failed=True)
    first = order.next(playlist, NINE + timedelta(seconds=29.6))
    assert first
    assert first.entry == playlist.entries[0]
    assert first.ends_at == second.ends_at


def test_in_order_each_follows_the_last_and_when_all_failed_there_is_nothing_for_once() -> None:
    playlist, order = edition(10, 20), InOrder("led")
    turns = [order.next(playlist, NINE) for _ in range(3)]
    assert [turn and turn.entry for turn in turns] == [
        *playlist.entries,
        playlist.entries[0],
    ]
    for turn in turns[1:]:
        assert turn
        order.ended(turn, failed=True)
    assert order.next(playlist, NINE) is None
    assert order.next(playlist, NINE)
