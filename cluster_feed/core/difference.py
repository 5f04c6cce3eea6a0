"""What a playlist shows that another did not: the two side by side, as an approver reads them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.playlist import Entry, Playlist


class Change(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    OTHER_BYTES = "other_bytes"
    OTHER_TERMS = "other_terms"

    @property
    def label(self) -> Bilingual:
        """The change as people call it."""
        return _LABELS[self]


_LABELS: Final = {
    Change.ADDED: Bilingual("thêm", "added"),
    Change.REMOVED: Bilingual("bỏ", "removed"),
    Change.MOVED: Bilingual("đổi chỗ", "moved"),
    Change.OTHER_BYTES: Bilingual("tệp khác", "other bytes"),
    Change.OTHER_TERMS: Bilingual("khác giờ, hạn hoặc lời", "other hours, dates or words"),
}


class Place(NamedTuple):
    """An entry and where it stands: its number from 1 within its part of the playlist."""

    part: str
    """A daypart's name, "" for the whole day, "!" in a takeover, "∞" for evergreen ones."""
    number: int
    entry: Entry
    previous: Entry | None = None
    """What stands before it in its part."""
    following: Entry | None = None


class Pair(NamedTuple):
    """An entry as it was and as it is; None: it was, or is, not there."""

    before: Place | None
    after: Place | None
    changes: tuple[Change, ...]

    @property
    def stood(self) -> tuple[Bilingual, Bilingual] | None:
        """Say of what was moved where it stood and where it stands, by its neighbours.

        Numbers would not do: what was put in before it changes them, and a move need not.
        """
        if self.before is None or self.after is None or Change.MOVED not in self.changes:
            return None
        for side, words, alone in (
            ("previous", _BEHIND, _FIRST),
            ("following", _BEFORE, _LAST),
        ):
            was, now = (getattr(place, side) for place in (self.before, self.after))
            if (was and was.asset) != (now and now.asset):
                told = [words.fill(title=_title(each)) if each else alone for each in (was, now)]
                return told[0], told[1]
        return None


_BEHIND: Final = Bilingual("sau “{title}”", "after “{title}”")
_BEFORE: Final = Bilingual("trước “{title}”", "before “{title}”")
_FIRST: Final = Bilingual("đứng đầu", "the first")
_LAST: Final = Bilingual("đứng cuối", "the last")


def _title(entry: Entry) -> str:
    return entry.captions.get("vi") or entry.asset[:10]


def between(before: Playlist | None, after: Playlist) -> tuple[Pair, ...]:
    """Give every entry of either playlist, in the order of what is, those gone at the end.

    An entry has moved when others that are in both have overtaken it: what was put in before it
    moves nothing.
    """
    were = list(_places(before)) if before else []
    are = list(_places(after))
    same = _matched(were, are)
    steady = _steady((were[one], are[index]) for index, one in same.items())
    pairs = []
    for index, place in enumerate(are):
        if index not in same:
            pairs.append(Pair(None, place, (Change.ADDED,)))
            continue
        was = were[same[index]]
        moved = () if id(place) in steady else (Change.MOVED,)
        pairs.append(Pair(was, place, (*moved, *_within(was.entry, place.entry))))
    gone = (each for index, each in enumerate(were) if index not in same.values())
    return (*pairs, *(Pair(each, None, (Change.REMOVED,)) for each in gone))


def _places(playlist: Playlist) -> Iterator[Place]:
    numbers: dict[str, int] = {}
    takeover = playlist.takeover.entries if playlist.takeover else ()
    parts = [
        *(("!", entry) for entry in takeover),
        *((entry.daypart or "", entry) for entry in playlist.entries),
        *(("∞", entry) for entry in playlist.evergreen),
    ]
    together: dict[str, list[Entry]] = {}
    for part, entry in parts:
        together.setdefault(part, []).append(entry)
    for part, entry in parts:
        at = numbers.get(part, 0)
        numbers[part] = at + 1
        behind, ahead = together[part][:at][-1:], together[part][at + 1 :][:1]
        yield Place(part, at + 1, entry, *(next(iter(each), None) for each in (behind, ahead)))


def _matched(were: Sequence[Place], are: Sequence[Place]) -> dict[int, int]:
    """Find for what is what it was: the same asset, first in the same part, else in another."""
    left = set(range(len(were)))
    found: dict[int, int] = {}
    for same_part in (True, False):
        for index, place in enumerate(are):
            fitting = (
                one
                for one in sorted(left)
                if were[one].entry.asset == place.entry.asset
                and (were[one].part == place.part or not same_part)
            )
            if index not in found and (one := next(fitting, None)) is not None:
                found[index] = one
                left.discard(one)
    return dict(sorted(found.items()))


def _steady(same: Iterable[tuple[Place, Place]]) -> set[int]:
    """Name, by identity, the places of what is that kept their order within their part."""
    stayed: dict[str, list[tuple[int, Place]]] = {}
    for was, place in same:
        if was.part == place.part:
            stayed.setdefault(place.part, []).append((was.number, place))
    return {id(place) for each in stayed.values() for place in _rising(each)}


def _rising(numbered: Iterable[tuple[int, Place]]) -> list[Place]:
    """Find a longest run of places whose numbers rise: everything else was moved about it."""
    ends: list[int] = []
    runs: list[list[Place]] = []
    for number, place in numbered:
        at = bisect_left(ends, number)
        run = [*(runs[at - 1] if at else []), place]
        ends[at : at + 1], runs[at : at + 1] = [number], [run]
    return runs[-1] if runs else []


def _within(was: Entry, now: Entry) -> Iterator[Change]:
    if {each.sha256 for each in was.blobs.values()} != {each.sha256 for each in now.blobs.values()}:
        yield Change.OTHER_BYTES
    terms = {"blobs", "daypart"}
    if was.model_dump(exclude=terms) != now.model_dump(exclude=terms):
        yield Change.OTHER_TERMS
