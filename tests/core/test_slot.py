from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.playlist import ZONE, Playlist, Takeover
from cluster_feed.core.slot import loop_at, slot_at
from tests.core.test_playlist import MONDAY, entry, minutes, playlists

seconds = st.integers(0, 59).map(lambda n: timedelta(seconds=n))


@given(playlists(), minutes, seconds)
def test_slots_follow_each_other_without_a_gap_and_each_is_the_same_throughout(
    playlist: Playlist, minute: datetime, past: timedelta
) -> None:
    moment = minute + past
    slot = slot_at(playlist, "led", moment)
    if slot is None:
        assert loop_at(playlist, "led", moment) == ()
        return
    assert slot.begins_at <= moment < slot.ends_at
    assert slot_at(playlist, "led", slot.begins_at) == slot
    assert slot_at(playlist, "led", slot.ends_at - timedelta.resolution) == slot
    following = slot_at(playlist, "led", slot.ends_at)
    assert following is None or following.begins_at == slot.ends_at


@given(playlists(), minutes)
def test_what_is_due_is_of_the_loop_of_the_moment_in_which_its_slot_begins_or_one_before_it(
    playlist: Playlist, moment: datetime
) -> None:
    slot = slot_at(playlist, "led", moment)
    if slot:
        longest = timedelta(seconds=max(each.seconds for each in playlist.all_entries()))
        moments = (slot.begins_at, slot.begins_at - longest)
        assert any(slot.entry in loop_at(playlist, "led", each) for each in moments)
        if taken_over := playlist.taken_over(moment):
            assert slot.entry in taken_over


def edition(*lengths: float, **facts: object) -> Playlist:
    entries = [entry(n).model_copy(update={"seconds": s}) for n, s in enumerate(lengths, 1)]
    return Playlist.model_validate(
        {
            "cluster": "lao-bao",
            "cycle": "2026-11",
            "number": 1,
            "show_from": MONDAY,
            "show_until": MONDAY + timedelta(days=30),
            "entries": entries,
            **facts,
        }
    )


def test_the_loop_goes_round_from_midnight_and_whoever_comes_late_joins_it() -> None:
    playlist = edition(10, 20)
    slot = slot_at(playlist, "led", MONDAY + timedelta(hours=6, seconds=17))
    assert slot
    assert slot.entry == playlist.entries[1]
    assert slot.begins_at == MONDAY + timedelta(hours=6, seconds=10)
    assert slot.ends_at == MONDAY + timedelta(hours=6, seconds=30)


def test_midnight_and_a_notice_cut_what_runs() -> None:
    begins = MONDAY + timedelta(hours=1, seconds=5)
    notice = Takeover(
        notice="bao",
        entries=(entry(9).model_copy(update={"seconds": 7.0}),),
        show_from=begins,
        show_until=begins + timedelta(seconds=10),
    )
    playlist = edition(3600, takeover=notice)
    before = slot_at(playlist, "led", begins - timedelta(seconds=1))
    assert before
    assert before.ends_at == begins
    last = slot_at(playlist, "led", begins + timedelta(seconds=12))
    assert last
    assert (last.entry, last.ends_at) == (notice.entries[0], begins + timedelta(seconds=14))
    after = slot_at(playlist, "led", last.ends_at)
    assert after
    assert after.entry == playlist.entries[0]
    night = slot_at(playlist, "led", datetime(2026, 11, 23, 23, 59, tzinfo=ZONE))
    assert night
    assert night.ends_at == MONDAY + timedelta(days=1)
