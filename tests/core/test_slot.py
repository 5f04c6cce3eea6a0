from collections import Counter
from datetime import datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.core.playlist import ZONE, Daypart, Playlist, Takeover
from cluster_feed.core.slot import loop_at, slot_at, turns
from tests.core.test_playlist import MONDAY, entry, minutes, playlists

seconds = st.integers(0, 59).map(lambda n: timedelta(seconds=n))
lengths = st.sampled_from([10.0, 59.9, 600.0, 5000.0, 40_000.0])


@st.composite
def long_playlists(draw: st.DrawFn) -> Playlist:
    """Entries of all lengths, so that changes find something running."""
    playlist = draw(playlists())
    entries = tuple(each.model_copy(update={"seconds": draw(lengths)}) for each in playlist.entries)
    return playlist.model_copy(update={"entries": entries})


@settings(max_examples=200)
@given(long_playlists(), minutes, seconds)
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
    assert slot.begins_at.astimezone(ZONE).date() == moment.date()
    assert (slot.ends_at - timedelta.resolution).astimezone(ZONE).date() == moment.date()
    if (taken_over := playlist.taken_over(slot.ends_at - timedelta.resolution)) and (
        playlist.taken_over(slot.begins_at) == taken_over
    ):
        assert slot.entry in taken_over


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


def walked(playlist: Playlist, since: datetime, until: datetime) -> Counter[str]:
    """Go from slot to slot, and where nothing is due to the next change."""
    counted: Counter[str] = Counter()
    moment = since
    while moment < until:
        slot = slot_at(playlist, "led", moment)
        if slot and since <= slot.begins_at:
            counted[slot.entry.asset] += 1
        moment = slot.ends_at if slot else playlist.next_change(moment) or until
    return counted


pasts = st.integers(0, 30 * 3600).map(lambda n: timedelta(seconds=n))


@settings(max_examples=60)
@given(long_playlists(), minutes, pasts)
def test_the_turns_that_are_counted_are_those_of_a_walk_from_slot_to_slot(
    playlist: Playlist, since: datetime, past: timedelta
) -> None:
    assert +turns(playlist, "led", since, since + past) == walked(playlist, since, since + past)


@given(playlists(), minutes, pasts, pasts)
def test_turns_of_two_stretches_of_time_add_up(
    playlist: Playlist, since: datetime, first: timedelta, second: timedelta
) -> None:
    between, until = since + first, since + first + second
    parts = [turns(playlist, "led", since, between), turns(playlist, "led", between, until)]
    assert +turns(playlist, "led", since, until) == +(parts[0] + parts[1])


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


def test_a_daypart_shorter_than_its_content_has_each_turn_that_begins_in_it() -> None:
    hour = Daypart(name="sang", start=time(6), end=time(7))
    playlist = edition(1500, 2400, dayparts=(hour,))
    entries = tuple(each.model_copy(update={"daypart": "sang"}) for each in playlist.entries)
    playlist = playlist.model_copy(update={"entries": entries})
    day = turns(playlist, "led", MONDAY, MONDAY + timedelta(days=1))
    assert day == {each.asset: 1 for each in entries}


def test_midnight_cuts_also_what_another_loop_waits_for() -> None:
    hour = Daypart(name="toi", start=time(22), end=time(23))
    playlist = edition(50_000, 30, dayparts=(hour,))
    evening = playlist.entries[1].model_copy(update={"daypart": "toi"})
    playlist = playlist.model_copy(update={"entries": (playlist.entries[0], evening)})
    slot = slot_at(playlist, "led", MONDAY + timedelta(hours=23))
    assert slot
    assert (slot.entry, slot.ends_at) == (playlist.entries[0], MONDAY + timedelta(days=1))


def test_a_notice_does_not_wait_with_the_loop_that_waits_for_a_turn_to_end() -> None:
    six = MONDAY + timedelta(hours=6)
    notice = Takeover(
        notice="bao",
        entries=(entry(9),),
        show_from=six + timedelta(minutes=5),
        show_until=six + timedelta(minutes=10),
    )
    hour = Daypart(name="sang", start=time(6), end=time(7))
    playlist = edition(7000, 30, dayparts=(hour,), takeover=notice)
    morning = playlist.entries[1].model_copy(update={"daypart": "sang"})
    playlist = playlist.model_copy(update={"entries": (playlist.entries[0], morning)})
    found = [
        (slot.entry, slot.ends_at - six)
        for minute in (1, 5, 11)
        if (slot := slot_at(playlist, "led", six + timedelta(minutes=minute)))
    ]
    assert found == [
        (playlist.entries[0], timedelta(minutes=5)),
        (notice.entries[0], timedelta(minutes=5, seconds=10)),
        (morning, timedelta(minutes=11, seconds=30)),
    ]


def test_another_loop_begins_at_its_hour_where_nothing_runs() -> None:
    hour = Daypart(name="sang", start=time(6), end=time(7))
    playlist = edition(10, 20, 30, dayparts=(hour,))
    morning = playlist.entries[2].model_copy(update={"daypart": "sang"})
    playlist = playlist.model_copy(update={"entries": (*playlist.entries[:2], morning)})
    slot = slot_at(playlist, "led", MONDAY + timedelta(hours=6))
    assert slot
    assert slot.entry == morning
