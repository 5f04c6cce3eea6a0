from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cluster_feed.core.asset import Kind
from cluster_feed.core.playlist import ZONE, Blob, Daypart, Entry, Playlist, Takeover, Weekday
from cluster_feed.core.value import canonical

MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)
DAYS = 16
"""The stretch of time that the laws are checked over."""

minutes = st.integers(0, 60 * 24 * DAYS - 1).map(lambda n: MONDAY + timedelta(minutes=n))
edges = st.times().map(lambda t: t.replace(second=0, microsecond=0)) | st.just(time())
weekdays = st.lists(st.sampled_from(Weekday), min_size=1, unique=True).map(tuple)
names = st.sampled_from(["sang", "trua", "toi"])
dates = st.integers(-1, DAYS).map(lambda n: (MONDAY + timedelta(days=n)).date())
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
dayparts = st.builds(Daypart, name=names, start=edges, end=edges, days=weekdays)


def entry(number: int, **fields: Any) -> Entry:  # noqa: ANN401
    asset = f"{number:02x}" * 32
    blob = Blob(target=f"lao-bao/{asset[:16]}.led.mp4", sha256=asset, byte_count=number)
    return Entry(
        asset=asset, kind=Kind.VIDEO, seconds=10, captions={}, blobs={"led": blob}, **fields
    )


@st.composite
def takeovers(draw: st.DrawFn) -> Takeover:
    begins, lasts = draw(st.tuples(minutes, st.integers(1, 60 * 48)))
    limits = st.none() | st.none() | dates
    return Takeover(
        notice="bao",
        show_from=begins.astimezone(draw(zones)),
        show_until=(begins + timedelta(minutes=lasts)).astimezone(draw(zones)),
        entries=tuple(
            entry(80 + number, valid_from=draw(limits), valid_until=draw(limits))
            for number in range(draw(st.integers(1, 2)))
        ),
    )


@st.composite
def playlists(draw: st.DrawFn) -> Playlist:
    parts = draw(st.lists(dayparts, max_size=3))
    begins, lasts = draw(st.tuples(minutes, st.integers(1, 60 * 24 * DAYS)))
    known = st.sampled_from([None, *(part.name for part in parts)])
    limits = st.none() | st.none() | dates
    several = [
        entry(
            number,
            daypart=draw(known),
            valid_from=draw(limits),
            valid_until=draw(limits | st.just(date.max)),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return Playlist(
        cluster="lao-bao",
        cycle="2026-11",
        number=1,
        show_from=begins.astimezone(draw(zones)),
        show_until=(begins + timedelta(minutes=lasts)).astimezone(draw(zones)),
        dayparts=tuple(parts),
        entries=tuple(several),
        evergreen=tuple(
            entry(99, valid_from=draw(limits), valid_until=draw(limits | st.just(date.max)))
            for _ in range(draw(st.integers(0, 1)))
        ),
        takeover=draw(st.none() | takeovers()),
    )


def _evergreen(playlist: Playlist, moment: datetime) -> tuple[Entry, ...]:
    return tuple(each for each in playlist.evergreen if each.valid_on(moment.date()))


@given(playlists(), minutes)
def test_until_the_next_change_nothing_changes(playlist: Playlist, moment: datetime) -> None:
    change = playlist.next_change(moment)
    loop = playlist.at(moment)
    end = min(change or datetime.max.replace(tzinfo=UTC), MONDAY + timedelta(days=DAYS + 2))
    assert change is None or change > moment
    while moment < end:
        assert playlist.at(moment) == loop
        moment += timedelta(minutes=1)
    assert playlist.at(end - timedelta(microseconds=1)) == loop


@given(playlists(), minutes)
def test_hopping_from_change_to_change_ends(playlist: Playlist, moment: datetime) -> None:
    hops = 0
    while change := playlist.next_change(moment):
        moment = change
        hops += 1
        assert hops < 1000
    in_a_year = MONDAY + timedelta(days=400)
    assert playlist.at(in_a_year) == _evergreen(playlist, in_a_year)


@given(playlists(), minutes, zones)
def test_the_zone_in_which_a_moment_is_told_changes_nothing(
    playlist: Playlist, moment: datetime, zone: timezone
) -> None:
    elsewhere = moment.astimezone(zone)
    assert playlist.at(elsewhere) == playlist.at(moment)
    assert playlist.next_change(elsewhere) == playlist.next_change(moment)


@given(playlists(), minutes)
def test_what_plays_is_allowed_to(playlist: Playlist, moment: datetime) -> None:
    playlist = playlist.model_copy(update={"takeover": None})
    loop = playlist.at(moment)
    if not playlist.show_from <= moment < playlist.show_until:
        assert loop == _evergreen(playlist, moment)
        return
    on = {part.name for part in playlist.dayparts if part.contains(moment)}
    for each in loop:
        assert each.valid_on(moment.date())
        if each not in playlist.evergreen:
            assert each.daypart in on | {None}
    assert len({each.daypart is None for each in loop}) <= 1


@given(playlists(), takeovers(), minutes)
def test_a_takeover_has_the_screens_to_itself_and_changes_nothing_else(
    playlist: Playlist, takeover: Takeover, moment: datetime
) -> None:
    before = playlist.model_copy(update={"takeover": None})
    taken = playlist.model_copy(update={"takeover": takeover})
    on = takeover.show_from <= moment < takeover.show_until
    valid = tuple(each for each in takeover.entries if each.valid_on(moment.date()))
    if on and valid:
        assert taken.at(moment) == taken.taken_over(moment) == valid
    else:
        assert taken.at(moment) == before.at(moment)
        assert taken.taken_over(moment) == ()
    assert taken.blobs().items() >= before.blobs().items()
    assert taken.assets() == before.assets() | {each.asset for each in takeover.entries}


@given(playlists(), minutes, st.sets(st.integers(0, 99)))
def test_what_is_taken_off_never_plays_and_what_is_left_plays_in_its_order(
    playlist: Playlist, moment: datetime, numbers: set[int]
) -> None:
    gone = {f"{number:02x}" * 32 for number in numbers}
    left = playlist.without(gone)
    assert not left.assets() & gone
    assert left.assets() == playlist.assets() - gone
    kept = tuple(each for each in playlist.at(moment) if each.asset not in gone)
    assert left.at(moment) == kept or not kept
    assert Playlist.from_bytes(left.to_bytes()) == left


def test_a_playlist_without_a_takeover_has_the_bytes_it_always_had() -> None:
    assert b"takeover" not in _playlist(entry(1)).to_bytes()


@pytest.mark.parametrize(
    "fields", [{"show_until": MONDAY}, {"entries": []}, {"entries": [entry(1, daypart="sang")]}]
)
def test_an_inconsistent_takeover_is_refused(fields: dict[str, Any]) -> None:
    good = {
        "notice": "bao",
        "show_from": MONDAY,
        "show_until": MONDAY + timedelta(hours=1),
        "entries": [entry(1)],
    }
    Takeover.model_validate(good)
    with pytest.raises(ValidationError):
        Takeover.model_validate(good | fields)


def test_a_takeover_outlasts_the_programme_that_it_interrupts() -> None:
    takeover = Takeover(
        notice="bao",
        entries=(entry(9),),
        show_from=MONDAY,
        show_until=MONDAY + timedelta(days=DAYS + 1),
    )
    playlist = _playlist(entry(1), takeover=takeover)
    assert playlist.at(playlist.show_until) == takeover.entries
    assert playlist.ends_at() == takeover.show_until
    assert playlist.at(takeover.show_until) == ()


@given(playlists())
def test_a_playlist_is_read_back_as_it_was_written(playlist: Playlist) -> None:
    content = playlist.to_bytes()
    assert Playlist.from_bytes(content) == playlist
    assert Playlist.from_bytes(content).to_bytes() == content


def _minutes_on(part: Daypart) -> set[int]:
    """The minutes of a week in which a daypart is on, counted from each of its starts."""
    start = part.start.hour * 60 + part.start.minute
    lasts = (part.end.hour * 60 + part.end.minute - start) % 1440 or 1440
    return {(day * 1440 + start + n) % 10080 for day in part.days for n in range(lasts)}


@given(dayparts)
def test_a_daypart_lasts_from_each_start_to_the_next_end_round_the_week(part: Daypart) -> None:
    on = _minutes_on(part)
    for n in range(0, 10080, 7):
        assert part.contains(MONDAY + timedelta(minutes=n)) == (n in on)
    for edge in {(n + step) % 10080 for n in (0, 1439) for step in (0, 1)}:
        assert part.contains(MONDAY + timedelta(minutes=edge)) == (edge in on)


@given(dayparts, minutes, zones)
def test_a_daypart_is_of_the_gates_clock(part: Daypart, moment: datetime, zone: timezone) -> None:
    assert part.contains(moment.astimezone(zone)) == part.contains(moment)


def test_a_friday_night_ends_on_saturday() -> None:
    night = Daypart(name="dem", start=time(22), end=time(2), days=(Weekday.FRI,))
    friday = MONDAY + timedelta(days=4)
    on = [hour for hour in range(-3, 40) if night.contains(friday + timedelta(hours=hour))]
    assert on == [22, 23, 24, 25]


def test_sunday_night_runs_into_monday() -> None:
    night = Daypart(name="dem", start=time(22), end=time(2), days=(Weekday.SUN,))
    assert night.contains(MONDAY + timedelta(hours=1))
    assert not night.contains(MONDAY + timedelta(hours=2))
    assert not night.contains(MONDAY + timedelta(hours=22))


def test_equal_ends_are_a_whole_day() -> None:
    day = Daypart(name="ngay", start=time(6), end=time(6), days=(Weekday.MON,))
    on = [hour for hour in range(-24, 72) if day.contains(MONDAY + timedelta(hours=hour))]
    assert on == list(range(6, 30))


def _playlist(*entries: Entry, **fields: Any) -> Playlist:  # noqa: ANN401
    return Playlist.model_validate(
        {
            "cluster": "lao-bao",
            "cycle": "2026-11",
            "number": 1,
            "show_from": MONDAY,
            "show_until": MONDAY + timedelta(days=DAYS),
            "entries": entries,
        }
        | fields
    )


def test_the_last_day_of_an_entry_is_shown_to_its_end() -> None:
    tuesday = date(2026, 11, 24)
    playlist = _playlist(entry(1, valid_from=tuesday, valid_until=tuesday))
    begins = MONDAY + timedelta(days=1)
    ends = begins + timedelta(days=1)
    assert playlist.next_change(MONDAY) == begins
    assert playlist.next_change(begins) == ends
    assert playlist.at(begins - timedelta(microseconds=1)) == ()
    assert playlist.at(begins) == playlist.at(ends - timedelta(microseconds=1)) == playlist.entries
    assert playlist.at(ends) == ()


def test_a_dayparts_own_programme_takes_the_place_of_the_whole_days() -> None:
    morning = Daypart(name="sang", start=time(6), end=time(11))
    of_day, of_morning, evergreen = entry(1), entry(2, daypart="sang"), entry(3)
    playlist = _playlist(of_day, of_morning, dayparts=(morning,), evergreen=(evergreen,))
    assert playlist.at(MONDAY + timedelta(hours=6)) == (of_morning,)
    assert playlist.at(MONDAY + timedelta(hours=11)) == (of_day,)
    assert playlist.at(playlist.show_until) == (evergreen,)


def test_when_todays_dayparts_are_over_tomorrows_come() -> None:
    morning = Daypart(name="sang", start=time(6), end=time(11))
    playlist = _playlist(entry(1, daypart="sang"), dayparts=(morning,))
    assert playlist.next_change(MONDAY + timedelta(hours=12)) == MONDAY + timedelta(hours=30)


def test_an_entry_ends_though_the_edition_ends_the_day_after() -> None:
    playlist = _playlist(
        entry(1, valid_until=MONDAY.date()), show_until=MONDAY + timedelta(hours=36)
    )
    assert playlist.next_change(MONDAY) == MONDAY + timedelta(days=1)


def test_an_entry_may_be_shown_for_ever() -> None:
    playlist = _playlist(entry(1, valid_until=date.max))
    assert playlist.next_change(MONDAY) == playlist.show_until


@pytest.mark.parametrize("given_time", [6, 6.5, True, "06:00Z", "06:00+07:00", "6:00", None])
def test_a_time_of_day_is_neither_a_number_nor_of_another_zone(given_time: object) -> None:
    with pytest.raises(ValidationError):
        Daypart.model_validate({"name": "sang", "start": given_time, "end": time(8)})


@pytest.mark.parametrize(
    "fields",
    [
        {"show_until": MONDAY},
        {"show_from": MONDAY.replace(tzinfo=None)},
        {"number": 0},
        {"format": 2},
        {"entries": [entry(1, daypart="trua")]},
        {"colour": "red"},
    ],
)
def test_an_inconsistent_playlist_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _playlist(**fields)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{}", b"[" * 100_000])
def test_bytes_that_are_no_playlist_are_refused(content: bytes) -> None:
    with pytest.raises(ValidationError):
        Playlist.from_bytes(content)


def test_the_feed_gets_one_blob_a_target() -> None:
    playlist = _playlist(entry(1), entry(2), entry(1), evergreen=(entry(3),))
    assert sorted(blob.byte_count for blob in playlist.blobs().values()) == [1, 2, 3]
    assert canonical(playlist.model_dump(mode="json")) == playlist.to_bytes()
