"""Two playlists side by side."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.difference import Change, between
from cluster_feed.core.playlist import Playlist
from tests.core.test_playlist import MONDAY, entry, playlists


def of(*numbers: int) -> Playlist:
    return Playlist(
        cluster="lao-bao",
        cycle="2026-11",
        number=1,
        show_from=MONDAY,
        show_until=MONDAY + timedelta(days=45),
        entries=tuple(entry(number) for number in numbers),
    )


orders = st.lists(st.integers(1, 40), unique=True, max_size=12)


@given(playlists())
def test_a_playlist_differs_from_itself_in_nothing(playlist: Playlist) -> None:
    assert not any(pair.changes for pair in between(playlist, playlist))


@given(playlists(), playlists())
def test_every_entry_of_both_is_there_once(before: Playlist, after: Playlist) -> None:
    pairs = between(before, after)
    for playlist, side in ((before, 0), (after, 1)):
        there = [pair[side].entry for pair in pairs if pair[side]]  # type: ignore[union-attr]
        assert sorted(map(id, there)) == sorted(map(id, playlist.all_entries()))


@given(orders, orders)
def test_added_and_removed_are_what_only_one_of_them_has(were: list[int], are: list[int]) -> None:
    pairs = between(of(*were), of(*are))
    assert sum(Change.ADDED in pair.changes for pair in pairs) == len(set(are) - set(were))
    assert sum(Change.REMOVED in pair.changes for pair in pairs) == len(set(were) - set(are))


@given(orders, st.sets(st.integers(1, 40)), st.sets(st.integers(41, 60)))
def test_what_comes_and_goes_moves_nothing_else(
    were: list[int], gone: set[int], come: set[int]
) -> None:
    are = [*come, *(number for number in were if number not in gone)]
    assert not any(Change.MOVED in pair.changes for pair in between(of(*were), of(*are)))


@given(st.lists(st.integers(1, 40), unique=True, min_size=3, max_size=12), st.data())
def test_of_one_that_is_moved_alone_it_is_said(were: list[int], data: st.DataObject) -> None:
    taken = data.draw(st.sampled_from(were))
    rest = [number for number in were if number != taken]
    are = list(rest)
    are.insert(data.draw(st.integers(0, len(rest))), taken)
    moved = [pair for pair in between(of(*were), of(*are)) if Change.MOVED in pair.changes]
    assert len(moved) == (were != are)


def test_another_rendition_of_the_same_asset_is_other_bytes() -> None:
    (was,) = of(1).entries
    blob = was.blobs["led"].model_copy(update={"sha256": "f" * 64})
    after = of(1).model_copy(update={"entries": (was.model_copy(update={"blobs": {"led": blob}}),)})
    (pair,) = between(of(1), after)
    assert pair.changes == (Change.OTHER_BYTES,)


def test_where_nothing_was_before_everything_is_added() -> None:
    assert [pair.changes for pair in between(None, of(1, 2))] == [(Change.ADDED,)] * 2


@given(st.lists(st.integers(1, 40), unique=True, min_size=2, max_size=12), st.data())
def test_of_one_that_is_moved_it_is_said_beside_which_it_stood_and_stands(
    were: list[int], data: st.DataObject
) -> None:
    taken = data.draw(st.sampled_from(were))
    are = [number for number in were if number != taken]
    are.insert(data.draw(st.integers(0, len(are))), taken)
    for pair in between(of(*were), of(*are)):
        if Change.MOVED in pair.changes:
            assert pair.stood
            was, now = pair.stood
            assert was.vi != now.vi
        else:
            assert pair.stood is None
