"""The turns that come next: their files are read, and the first of them is ready on the player."""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from cluster_feed.core.errors import BlobDamaged, PlayerFailed
from cluster_feed.core.playlist import Entry, Playlist
from cluster_feed.core.slot import Slot
from cluster_feed.screen.ahead import Ahead, Reading
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.order import Order
from cluster_feed.screen.player import Line, Player, Turn, ordered
from cluster_feed.screen.programme import Programme

logger = logging.getLogger(__name__)

_SET: Final = 1.0
"""Seconds by which a cued turn may begin at a wrong moment: more, and a clock was set since."""
_TICK: Final = 0.25
"""Seconds: how often a turn that waits for its file is looked at."""
_LAST_PICTURE: Final = 2.0
"""Seconds for which the last picture may stay up while the next file is read."""
_LEAST: Final = 5.0
"""Seconds that even the shortest turn waits for its file."""
_AHEAD: Final = 2
"""Turns whose files are read before them: a long clip may follow a photo of eight seconds."""


class TakenOff(Exception):  # noqa: N818  nothing went wrong
    """A turn is not to begin any more."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Cued(NamedTuple):
    """A turn that the player has ready."""

    slot: Slot
    turn: Turn
    reading: Reading


class Cues:
    """What is had ready for one player."""

    def __init__(self, config: ScreenConfig, programme: Programme, player: Player) -> None:
        self._profile = config.profile
        self._programme = programme
        self._player = player
        self._ahead = Ahead(Blobs(config.blobs))
        self._next: _Cued | None = None
        self._following: Slot | None = None
        self._prepared_for: tuple[Playlist, Slot] | None = None

    def close(self) -> None:
        """Let go of all files."""
        self._forget_next()
        self._ahead.close()

    def take(
        self,
        slot: Slot,
        opened: ExitStack,
        clock: Callable[[], datetime],
        off: Callable[[], str],
    ) -> Turn:
        """The turn of a slot: the one that was cued for it, or one whose file is read through now.

        `off` says, meanwhile, why it must not begin: TakenOff.  Raises BlobDamaged where it cannot
        be shown, PlayerFailed where its time is over before its file is read.
        """
        following, self._next = self._next, None
        if (
            following
            and following.slot == slot
            and abs(_ahead(clock) - following.turn.ahead) < _SET
        ):
            opened.callback(following.reading.close)
            return following.turn
        if following:
            following.reading.close()
        blob = slot.entry.blobs[self._profile]
        reading = self._ahead.take(blob)
        opened.callback(reading.close)
        since = time.monotonic()
        patience = max((slot.ends_at - clock()).total_seconds(), _LEAST)
        while not reading.wait(_TICK):
            if reason := off():
                raise TakenOff(reason)
            waited = time.monotonic() - since
            if waited > patience:
                raise PlayerFailed(name=blob.target, detail=f"read for {waited:.0f} s, in vain")
            if waited > _LAST_PICTURE:
                self._player.hold()
        return self._turn_of(slot, reading, clock)

    def prepare_after(self, slot: Slot, order: Order, clock: Callable[[], datetime]) -> None:
        """Have the files of the next turns read, and the next turn cued once its own is.

        Of the playlist as it is now; called again and again while a slot's turn is shown.
        """
        playlist = self._programme.known
        if not playlist:
            return
        if self._prepared_for != (playlist, slot):
            self._prepared_for = (playlist, slot)
            self._following = order.after(playlist, slot)
            if self._next and self._next.slot != self._following:
                self._forget_next()
                self._player.cue(None)
            coming = islice(order.coming(playlist, slot), _AHEAD)
            self._ahead.want(each.blobs[self._profile] for each in coming)
        following = self._following
        if not following or self._next:
            return
        blob = following.entry.blobs[self._profile]
        if not self._ahead.is_read(blob):
            return
        self._following = None
        reading = self._ahead.take(blob)
        try:
            turn = self._turn_of(following, reading, clock)
        except BlobDamaged as error:  # which its own turn will find again, and tell
            logger.warning("%s", error)
            return
        self._next = _Cued(following, turn, reading)
        self._player.cue(turn)

    def _turn_of(self, slot: Slot, reading: Reading, clock: Callable[[], datetime]) -> Turn:
        entry = slot.entry
        ahead = _ahead(clock)
        return Turn(
            file=reading.file,
            name=entry.blobs[self._profile].target,
            kind=entry.kind,
            seconds=entry.seconds,
            begins=slot.begins_at.timestamp() - ahead,
            ends=slot.ends_at.timestamp() - ahead,
            ahead=ahead,
            captions=entry.captions,
            urgent=self._notice_of(entry, slot.begins_at),
        )

    def _notice_of(self, entry: Entry, moment: datetime) -> tuple[Line, ...]:
        """All words of the notice that an entry belongs to, each line once."""
        playlist = self._programme.known
        entries = playlist.taken_over(moment) if playlist else ()
        if entry not in entries:
            return ()
        return tuple(dict.fromkeys(line for each in entries for line in ordered(each.captions)))

    def _forget_next(self) -> None:
        if self._next:
            self._next.reading.close()
            self._next = None


def _ahead(clock: Callable[[], datetime]) -> float:
    """By how many seconds the time that is believed is ahead of the machine's clock."""
    return clock().timestamp() - time.time()
