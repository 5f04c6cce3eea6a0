"""Which entry comes next: round the loop, or by the clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from typing import Final, Protocol

from cluster_feed.core.playlist import Entry, Playlist
from cluster_feed.core.slot import Loop, Slot, loop_at, slot_at
from cluster_feed.core.value import Sha256, Slug

_LEAST: Final = timedelta(seconds=1)
"""What is left of a slot below this is not worth a stand-in."""


class Order(Protocol):
    """Chooses the next turn, and is told what became of it."""

    def next(self, playlist: Playlist, moment: datetime) -> Slot | None:
        """The turn to take at a moment; None: nothing can be shown, the safe card is."""

    def after(self, playlist: Playlist, slot: Slot) -> Slot | None:
        """The turn that will follow one that runs, to have it ready; None: not known yet."""

    def coming(self, playlist: Playlist, slot: Slot) -> Iterator[Entry]:
        """The entries that will most likely follow a turn that runs, to have them read."""

    def ended(self, slot: Slot, *, failed: bool) -> None:
        """Learn how a turn ended."""


class InOrder:
    """Round the loop; each turn begins when the one before has ended."""

    def __init__(self, profile: Slug) -> None:
        self._profile = profile
        self._loop: Loop = ()
        self._turn = self._failed = 0

    def next(self, playlist: Playlist, moment: datetime) -> Slot | None:
        """The entry after the last; nothing for once where all of them have failed."""
        loop = loop_at(playlist, self._profile, moment)
        if loop != self._loop:
            self._loop, self._turn, self._failed = loop, 0, 0
        if self._failed >= len(loop):
            self._failed = 0
            return None
        entry = loop[self._turn % len(loop)]
        self._turn += 1
        return _from(entry, moment)

    def after(self, playlist: Playlist, slot: Slot) -> Slot | None:
        """Unknown until it begins."""
        del playlist, slot
        return None

    def coming(self, playlist: Playlist, slot: Slot) -> Iterator[Entry]:
        """Round the loop from where it stands."""
        loop = loop_at(playlist, self._profile, slot.ends_at)
        at = self._turn % len(loop) if loop == self._loop and loop else 0
        return cycle(loop[at:] + loop[:at])

    def ended(self, slot: Slot, *, failed: bool) -> None:
        """Count those that failed in a row."""
        del slot
        self._failed = self._failed + 1 if failed else 0


class InStep:
    """By the clock, as all screens of the cluster.

    Where an entry has failed, others of its loop stand in for it until its slot ends.
    """

    def __init__(self, profile: Slug) -> None:
        self._profile = profile
        self._slot_begins: datetime | None = None
        self._failed: set[Sha256] = set()
        self._last: Sha256 | None = None

    def next(self, playlist: Playlist, moment: datetime) -> Slot | None:
        """The entry that is due, or one that stands in for it."""
        slot = slot_at(playlist, self._profile, moment)
        if not slot:
            return None
        if slot.begins_at != self._slot_begins:
            self._slot_begins, self._failed, self._last = slot.begins_at, set(), slot.entry.asset
        if slot.entry.asset not in self._failed:
            return slot
        if slot.ends_at - moment < _LEAST:
            following = self.after(playlist, slot)
            # One that cannot be shown either fails at once, again and again until its moment.
            if not following or following.entry.asset not in self._failed:
                return following
        for entry in _round(loop_at(playlist, self._profile, moment), self._last):
            if entry.asset not in self._failed:
                stands_in = _from(entry, moment)
                return stands_in._replace(ends_at=min(stands_in.ends_at, slot.ends_at))
        return None

    def after(self, playlist: Playlist, slot: Slot) -> Slot | None:
        """The entry that is due when this one ends."""
        following = slot_at(playlist, self._profile, slot.ends_at)
        # A stand-in that is short leaves time for another, which only `next` can choose.
        return following if following and following.begins_at >= slot.ends_at else None

    def coming(self, playlist: Playlist, slot: Slot) -> Iterator[Entry]:
        """By the clock."""
        following: Slot | None = slot
        while following and (following := slot_at(playlist, self._profile, following.ends_at)):
            yield following.entry

    def ended(self, slot: Slot, *, failed: bool) -> None:
        """Remember what failed until the slot is over."""
        self._last = slot.entry.asset
        if failed:
            self._failed.add(slot.entry.asset)


def _from(entry: Entry, moment: datetime) -> Slot:
    return Slot(entry, moment, moment + timedelta(seconds=entry.seconds))


def _round(loop: Loop, last: Sha256 | None) -> Loop:
    """The loop from the entry after the last one on."""
    at = next((i + 1 for i, entry in enumerate(loop) if entry.asset == last), 0)
    return loop[at:] + loop[:at]
