"""Which entry is due at a moment, since when and until when: the same on every screen.

A screen that starts late, or whose player was restarted, joins the entry that runs; screens of a
cluster with the same playlist and clock show the same picture without a word between them.

The loop starts with its first entry at each local midnight, and whenever `Playlist.at` gives
another one.  What runs when a loop changes finishes first; at midnight, at a takeover's beginning
it ends at once.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from cluster_feed.core.playlist import ZONE, Entry, Playlist
from cluster_feed.core.value import Sha256, Slug

Loop = tuple[Entry, ...]

_LEAST: Final = timedelta(milliseconds=1)
"""No entry is shorter, whatever it says, or a loop could have no length."""


class Slot(NamedTuple):
    """An entry's turn on the common clock."""

    entry: Entry
    begins_at: datetime
    ends_at: datetime


class Stretch(NamedTuple):
    """A part of one day in which the same loop goes round, from its first entry on.

    Its last turn is whole, unless something takes the screens at once.
    """

    loop: Loop
    begins_at: datetime
    ends_at: datetime

    def slot(self, moment: datetime) -> Slot:
        """The turn in which a moment of it lies."""
        ends = list(self._ends())
        begins = self.begins_at + (moment - self.begins_at) // ends[-1] * ends[-1]
        index = next(index for index, end in enumerate(ends) if moment < begins + end)
        before = ends[index - 1] if index else timedelta()
        return Slot(self.loop[index], begins + before, min(begins + ends[index], self.ends_at))

    def turns(self, since: datetime, until: datetime) -> Iterator[tuple[Entry, int]]:
        """How many turns of each entry begin at or after a moment and before another."""
        since, until = max(since, self.begins_at), min(until, self.ends_at)
        if since >= until:
            return
        *before, length = [timedelta(), *self._ends()]
        for entry, past in zip(self.loop, before, strict=True):
            first = self.begins_at + past
            yield entry, _times(first, length, until) - _times(first, length, since)

    def _ends(self) -> Iterator[timedelta]:
        return accumulate(max(timedelta(seconds=each.seconds), _LEAST) for each in self.loop)


def loop_at(playlist: Playlist, profile: Slug, moment: datetime) -> Loop:
    """What screens of a profile show at a moment: entries that were made for it."""
    return tuple(entry for entry in playlist.at(moment) if profile in entry.blobs)


def slot_at(playlist: Playlist, profile: Slug, moment: datetime) -> Slot | None:
    """The slot in which a moment lies; None: nothing is due, the safe card is shown."""
    for stretch in stretches(playlist, profile, moment.astimezone(ZONE).date()):
        if stretch.begins_at <= moment < stretch.ends_at:
            return stretch.slot(moment)
    return None


def turns(playlist: Playlist, profile: Slug, since: datetime, until: datetime) -> Counter[Sha256]:
    """Count the slots of each asset that begin at or after a moment and before another."""
    counted: Counter[Sha256] = Counter()
    day = since.astimezone(ZONE).date()
    while _midnight(day) < until:
        for stretch in stretches(playlist, profile, day):
            for entry, times in stretch.turns(since, until):
                counted[entry.asset] += times
        day += timedelta(days=1)
    return counted


def stretches(playlist: Playlist, profile: Slug, day: date) -> Iterator[Stretch]:
    """What goes round on a day, one stretch after another; between them, nothing is due."""
    tomorrow = _midnight(day + timedelta(days=1))
    loop: Loop = ()
    begun: list[tuple[datetime, Loop]] = []
    for change in _changes(playlist, day):
        following = loop_at(playlist, profile, change)
        if following == loop:
            continue
        begins = change
        if begun and not playlist.taken_over(change):
            begins = _free(Stretch(loop, begun[-1][0], tomorrow), change)
        while begun and begun[-1][0] >= begins:  # it was still waiting for a turn to finish
            begun.pop()
        loop = following
        begun.append((begins, loop))
    for (begins, each), (ends, _) in pairwise([*begun, (tomorrow, ())]):
        if each:
            yield Stretch(each, begins, ends)


def _changes(playlist: Playlist, day: date) -> Iterator[datetime]:
    """The moments of a day at which another loop could begin."""
    change: datetime | None = _midnight(day)
    while change and change < _midnight(day + timedelta(days=1)):
        yield change
        change = playlist.next_change(change)


def _free(stretch: Stretch, moment: datetime) -> datetime:
    """When the turn that runs at a moment is over; one that has not begun gives way."""
    if not stretch.loop or moment <= stretch.begins_at:
        return max(stretch.begins_at, moment)
    slot = stretch.slot(moment)
    return moment if slot.begins_at == moment else slot.ends_at


def _times(first: datetime, length: timedelta, moment: datetime) -> int:
    """How often something that recurs, at first then, has begun before a moment."""
    return max(0, -((first - moment) // length))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
