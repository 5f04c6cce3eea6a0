"""Which entry is due at a moment, since when and until when: the same on every screen.

A screen that starts late, or whose player was restarted, joins the entry that runs; screens of a
cluster with the same playlist and clock show the same picture without a word between them.

The loop starts with its first entry at each local midnight, and whenever `Playlist.at` gives
another one.  What runs when a loop changes finishes first; at midnight, at a takeover's beginning
it ends at once.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

from cluster_feed.core.playlist import ZONE, Entry, Playlist
from cluster_feed.core.value import Slug

Loop = tuple[Entry, ...]

_LEAST: Final = timedelta(milliseconds=1)
"""No entry is shorter, whatever it says, or a loop could have no length."""


class Slot(NamedTuple):
    """An entry's turn on the common clock."""

    entry: Entry
    begins_at: datetime
    ends_at: datetime


def loop_at(playlist: Playlist, profile: Slug, moment: datetime) -> Loop:
    """What screens of a profile show at a moment: entries that were made for it."""
    return tuple(entry for entry in playlist.at(moment) if profile in entry.blobs)


def slot_at(playlist: Playlist, profile: Slug, moment: datetime) -> Slot | None:
    """The slot in which a moment lies; None: nothing is due, the safe card is shown."""
    loop: Loop = ()
    starts = since = _midnight(moment.astimezone(ZONE).date())
    running: Slot | None = None
    for change in _changes(playlist, moment):
        following = loop_at(playlist, profile, change)
        if following == loop:
            continue
        if change > since:
            running = _running(loop, starts, change) or running
        since = change
        hard = bool(playlist.taken_over(change))
        starts = change if hard or not running else max(change, running.ends_at)
        loop = following
    if running and since <= moment < starts:
        due: Slot | None = running
    else:
        due = _running(loop, starts, moment)
    return due._replace(ends_at=min(due.ends_at, _cut(playlist, moment))) if due else None


def _changes(playlist: Playlist, moment: datetime) -> Iterator[datetime]:
    """The moments since midnight at which another loop could have begun."""
    change: datetime | None = _midnight(moment.astimezone(ZONE).date())
    while change and change <= moment:
        yield change
        change = playlist.next_change(change)


def _running(loop: Loop, starts: datetime, moment: datetime) -> Slot | None:
    """The slot of a loop that starts at a moment and goes round, at a later one."""
    if not loop or moment < starts:
        return None
    ends = list(accumulate(max(timedelta(seconds=each.seconds), _LEAST) for each in loop))
    rounds = (moment - starts) // ends[-1]
    begins = starts + rounds * ends[-1]
    past = moment - begins
    index = next(index for index, end in enumerate(ends) if past < end)
    before = ends[index - 1] if index else timedelta()
    return Slot(loop[index], begins + before, begins + ends[index])


def _cut(playlist: Playlist, moment: datetime) -> datetime:
    """The next moment at which whatever runs ends at once."""
    midnight = _midnight(moment.astimezone(ZONE).date() + timedelta(days=1))
    takeover = playlist.takeover
    if takeover and moment < takeover.show_from and takeover.at(takeover.show_from):
        return min(midnight, takeover.show_from)
    return midnight


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
