"""The simulator against going through an edition's life minute by minute."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.core.playlist import ZONE, Daypart, Entry, Playlist, Takeover
from cluster_feed.core.simulate import Known, Matter, Mode, Simulation, run
from tests.core.test_playlist import MONDAY, entry, playlists

by_the_minute = settings(max_examples=25)
"""A life has up to 23,000 minutes, and the comparison goes through them all."""

FINE = Known(
    withdrawn=False, declared=True, valid_from=None, valid_until=None, renditions=frozenset()
)


def known(playlist: Playlist, **other: Any) -> dict[str, Known]:  # noqa: ANN401
    """A record that agrees with a playlist but for what is said."""
    made: dict[str, set[str]] = {}
    for each in playlist.all_entries():
        made.setdefault(each.asset, set()).update(blob.sha256 for blob in each.blobs.values())
    return {
        asset: FINE._replace(renditions=frozenset(files), **other) for asset, files in made.items()
    }


def simulated(playlist: Playlist, **other: Any) -> Simulation:  # noqa: ANN401
    return run(playlist, ["led"], known(playlist, **other))


def minutes_of(playlist: Playlist) -> list[datetime]:
    begins = min(
        [playlist.show_from, *([playlist.takeover.show_from] if playlist.takeover else [])]
    )
    count = int((playlist.ends_at() - begins) / timedelta(minutes=1))
    return [begins + timedelta(minutes=n) for n in range(count)]


def matters(simulation: Simulation) -> set[Matter]:
    return {trouble.matter for trouble in simulation.troubles}


@by_the_minute
@given(playlists())
def test_its_spans_are_the_whole_life_and_each_shows_what_the_screen_would(
    playlist: Playlist,
) -> None:
    spans = simulated(playlist).spans
    minutes = minutes_of(playlist)
    assert spans[0].begins == minutes[0]
    assert spans[-1].ends == playlist.ends_at()
    for before, after in pairwise(spans):
        assert before.ends == after.begins
    at = 0
    for minute in minutes:
        while spans[at].ends <= minute:
            at += 1
        assert spans[at].loop == playlist.at(minute)


@by_the_minute
@given(playlists())
def test_a_gap_is_told_exactly_where_a_minute_has_nothing_to_show(playlist: Playlist) -> None:
    empty = [minute for minute in minutes_of(playlist) if not playlist.at(minute)]
    told = [each for each in simulated(playlist).troubles if each.matter is Matter.SAFE_CARD]
    assert bool(told) is bool(empty)
    if told:
        assert told[0].begins == empty[0]


@by_the_minute
@given(playlists())
def test_a_takeover_has_the_screens_to_itself_or_it_is_told_that_it_lapsed(
    playlist: Playlist,
) -> None:
    simulation, takeover = simulated(playlist), playlist.takeover
    lapsed = False
    for minute in minutes_of(playlist):
        on = bool(takeover and takeover.show_from <= minute < takeover.show_until)
        span = next(each for each in simulation.spans if each.begins <= minute < each.ends)
        if on and takeover and playlist.at(minute) and playlist.at(minute) == takeover.at(minute):
            assert span.mode is Mode.TAKEOVER
        elif on:
            lapsed = True
        else:
            assert span.mode is not Mode.TAKEOVER
    assert (Matter.LAPSED in matters(simulation)) is lapsed


days = st.integers(-1, 16).map(lambda n: (MONDAY + timedelta(days=n)).date())


@by_the_minute
@given(playlists(), st.none() | days, st.none() | days)
def test_an_entry_is_expired_where_some_minute_shows_it_outside_its_captions_dates(
    playlist: Playlist, first: date | None, last: date | None
) -> None:
    def over(day: date) -> bool:
        return bool((first and day < first) or (last and last < day))

    shown = [minute for minute in minutes_of(playlist) if playlist.at(minute)]
    expected = any(over(minute.astimezone(ZONE).date()) for minute in shown)
    found = matters(simulated(playlist, valid_from=first, valid_until=last))
    assert (Matter.EXPIRED in found) is expected


@by_the_minute
@given(playlists(), st.tuples(st.booleans(), st.booleans()))
def test_what_was_withdrawn_or_is_not_declared_is_told_where_it_would_show(
    playlist: Playlist, said: tuple[bool, bool]
) -> None:
    withdrawn, declared = said
    shown = any(playlist.at(minute) for minute in minutes_of(playlist))
    found = matters(simulated(playlist, withdrawn=withdrawn, declared=declared))
    assert (Matter.WITHDRAWN in found) is (withdrawn and shown)
    assert (Matter.UNDECLARED in found) is (not declared and shown)


def whole(*entries: Entry, **fields: object) -> Playlist:
    return Playlist.model_validate(
        {
            "cluster": "lao-bao",
            "cycle": "2026-11",
            "number": 1,
            "show_from": MONDAY,
            "show_until": MONDAY + timedelta(days=45),
            "entries": entries,
            **fields,
        }
    )


def test_a_file_that_was_not_made_here_is_told() -> None:
    playlist = whole(entry(1), evergreen=(entry(9),))
    assert simulated(playlist).sound
    others = dict.fromkeys(known(playlist), FINE)
    assert Matter.OTHER_BYTES in matters(run(playlist, ["led"], others))
    assert Matter.OTHER_BYTES in matters(run(playlist, ["led"], {}))


def test_a_kind_of_screen_for_which_nothing_was_made_has_a_gap_of_its_own() -> None:
    playlist = whole(entry(1), evergreen=(entry(9),))
    simulation = run(playlist, ["lcd", "led"], known(playlist))
    (gap,) = (each for each in simulation.troubles if each.matter is Matter.SAFE_CARD)
    assert gap.profile == "lcd"


def test_evergreen_entries_at_night_are_worth_knowing_and_no_gap() -> None:
    part = Daypart.model_validate({"name": "ngay", "start": "06:00:00", "end": "22:00:00"})
    playlist = whole(entry(1, daypart="ngay"), dayparts=(part,), evergreen=(entry(9),))
    simulation = simulated(playlist)
    (told,) = simulation.troubles
    assert simulation.sound
    assert (told.matter, told.times) == (Matter.EVERGREEN, 46)


@pytest.mark.parametrize(
    ("field", "days", "never"),
    [
        ("valid_from", 45, True),
        ("valid_from", 44, False),
        ("valid_until", -1, True),
        ("valid_until", 0, False),
    ],
)
def test_an_entry_that_no_day_of_the_edition_shows_is_told(
    field: str, days: int, *, never: bool
) -> None:
    day = (MONDAY + timedelta(days=days)).astimezone(ZONE).date()
    simulation = simulated(whole(entry(1), entry(2, **{field: day}), evergreen=(entry(9),)))
    assert [each.matter for each in simulation.troubles] == [Matter.NEVER] * never
    assert simulation.sound


def test_without_an_evergreen_entry_the_end_is_told() -> None:
    simulation = simulated(whole(entry(1)))
    assert [each.matter for each in simulation.troubles] == [Matter.NO_EVERGREEN]
    assert simulation.sound


def test_a_notice_whose_only_entry_is_over_gives_the_screens_back_and_that_is_grave() -> None:
    over = entry(80, valid_until=MONDAY.date())
    takeover = Takeover(
        notice="bao", entries=(over,), show_from=MONDAY, show_until=MONDAY + timedelta(days=2)
    )
    simulation = simulated(whole(entry(1), evergreen=(entry(9),), takeover=takeover))
    (lapsed,) = simulation.troubles
    assert (lapsed.matter, lapsed.begins) == (Matter.LAPSED, MONDAY + timedelta(days=1))
    assert not simulation.sound
