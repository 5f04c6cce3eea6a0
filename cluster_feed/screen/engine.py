"""Play what was verified, one turn after another, and prove it.

What is due is what the playlist says for the moment; it is asked again before every turn.  A file
is read through before each turn, while another is shown, and the player is given the very file
that was read.  What cannot be shown is skipped and reported; when nothing can be shown, the safe
card is.  What the disk does not take is reported, and stops nothing.
"""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Event
from types import TracebackType
from typing import Final, NamedTuple, Self

from cluster_feed.core.errors import BlobDamaged, FeedError, PlayerFailed, ScreenError
from cluster_feed.core.playlist import Entry, Playlist
from cluster_feed.core.proof import Outcome, PlayRecord
from cluster_feed.core.slot import Slot, loop_at
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.cues import Cues, TakenOff
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.order import InOrder, InStep, Order
from cluster_feed.screen.player import Player, Shown
from cluster_feed.screen.programme import Programme
from cluster_feed.screen.service import Watchdog
from cluster_feed.screen.spool import Spool
from cluster_feed.screen.trust import Trust, TrustedClock

logger = logging.getLogger(__name__)

_LOOK_AGAIN: Final = 5.0
"""Seconds after which what went wrong is tried again."""
_NOTHING_SECONDS: Final = 1.0
"""After which a screen that shows the safe card looks for something to play."""
_KEEP_TIME: Final = 600.0
_MOMENT: Final = timedelta(seconds=1)
_SET: Final = 5.0
"""Seconds by which a clock is off, after it was set or the machine slept, and is asked again."""
_PART: Final = "part"
"""The reason of a turn that was joined late, or cut short, by the clock."""
_TO_ITS_END: Final = ("", _PART)
_SETTLED: Final = 1.0
"""Seconds after which an entry certainly has the screen to itself."""
_PATIENCE: Final = 5
"""Turns in a row at which the player may fail before it is given time."""
_FIRST_LOOK: Final = 10.0
"""Seconds after the start in which nobody looks: there is enough to do."""


def _ignore(record: PlayRecord) -> None:
    del record


class Engine:
    """One screen.  Use it as a context, so that the player and the proof are closed."""

    def __init__(self, config: ScreenConfig, player: Player) -> None:
        self._config = config
        self._health = HealthBook(config)
        self._trust = Trust(config.trust, self._health.tell)
        self._spool = Spool(config, self._health.tell)
        self._player = player
        self._programme = Programme(config, self._trust, self._health)
        self._cues = Cues(config, self._programme, player)
        self._watchdog = Watchdog()
        self._looks_at = time.monotonic() + _FIRST_LOOK
        self._failed_in_a_row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the player and close the file of proof."""
        self._cues.close()
        self._player.close()
        self._spool.close()

    def play_once(
        self, now: datetime, on_entry: Callable[[PlayRecord], None] = _ignore
    ) -> list[PlayRecord]:
        """Play the loop of a moment once, to its end; the safe card, and no record, for none."""
        moment, started = self._trust.at(now), time.monotonic()

        def clock() -> datetime:
            return moment + timedelta(seconds=time.monotonic() - started)

        playlist = self._programme.look(clock)
        if not playlist or not (loop := loop_at(playlist, self._config.profile, moment)):
            self._player.hold()
            return []
        order, records = InOrder(self._config.profile), []
        for _ in loop:
            if slot := order.next(playlist, moment):
                slot = slot._replace(begins_at=clock(), ends_at=clock() + _length(slot.entry))
                records.append(self._turn(playlist, slot, order, clock, Event()))
                on_entry(records[-1])
        return records

    def run(self, stop: Event) -> None:
        """Play until told to stop, whatever happens."""
        clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731  until trust is read
        while not stop.is_set():
            try:
                trusted = TrustedClock(self._trust)
                clock = trusted
                self._play_on(trusted, stop)
            except Exception as error:
                logger.exception("the player goes on")
                self._fall_back(error, clock)
                stop.wait(_LOOK_AGAIN)

    def _play_on(self, clock: TrustedClock, stop: Event) -> None:
        kind = InStep if self._player.in_step else InOrder
        order: Order = kind(self._config.profile)
        kept, ends = time.monotonic(), clock()
        self._player.hold()  # reading the first file through may take a while
        self._health.turns_to(None, ends)
        while not stop.is_set():
            if time.monotonic() - kept > _KEEP_TIME:
                self._keep_time(clock)
                kept = time.monotonic()
            playlist = self._programme.look(clock)
            # A turn may be told to have ended a moment before its slot has; more than that is a
            # clock that was set back.
            moment = clock()
            moment = ends if moment < ends < moment + _MOMENT else moment
            slot = order.next(playlist, moment) if playlist else None
            if not playlist or not slot:
                self._show_nothing(playlist, clock, stop)
                continue
            record = self._turn(playlist, slot, order, clock, stop)
            ends = slot.ends_at if record.reason in _TO_ITS_END else clock()
            if self._spool.failure:  # it was shown, and waits in memory to be written down
                self._health.fault(self._spool.failure, at=clock())
            self._rest_after(record, stop)

    def _keep_time(self, clock: TrustedClock) -> None:
        try:
            clock.keep()
        except ScreenError as error:
            self._health.fault(error, at=clock())

    def _rest_after(self, record: PlayRecord, stop: Event) -> None:
        """Wait longer and longer where the player fails at everything: it may need time itself.

        And a row at every tenth of a second, for weeks, would wear the disk out.
        """
        by_player = record.reason == PlayerFailed.__name__
        self._failed_in_a_row = self._failed_in_a_row + 1 if by_player else 0
        times = self._failed_in_a_row - _PATIENCE
        if times < 0:
            return
        self._player.hold()
        stop.wait(min(0.5 * 2 ** min(times, 8), _LOOK_AGAIN))

    def _show_nothing(
        self, playlist: Playlist | None, clock: Callable[[], datetime], stop: Event
    ) -> None:
        """Show the safe card until the next moment at which something could be due."""
        self._watchdog.alive()
        self._player.hold()
        self._health.turns_to(None, clock())
        self._spool.close_if_due(clock())
        change = playlist.next_change(clock()) if playlist else None
        until = (change - clock()).total_seconds() if change else _NOTHING_SECONDS
        stop.wait(min(max(until, 0), _NOTHING_SECONDS))

    def _turn(
        self,
        playlist: Playlist,
        slot: Slot,
        order: Order,
        clock: Callable[[], datetime],
        stop: Event,
    ) -> PlayRecord:
        """Verify, show and write down one entry."""
        entry, blob = slot.entry, slot.entry.blobs[self._config.profile]
        began, shown, reason, failed = clock(), Shown(), "", False
        asked = _Clocks.at(began)

        def off() -> str:
            self._watchdog.alive()
            return "stopped" if stop.is_set() else self._off(entry, clock, asked)

        with ExitStack() as opened:
            try:
                turn = self._cues.take(slot, opened, clock, off)
                began = max(clock(), slot.begins_at)
                for so_far in self._player.play(turn):
                    if so_far.seconds and not shown.seconds:
                        self._health.turns_to(entry.asset, began)
                    if not so_far.on_screen:
                        self._health.turns_to(None, clock())
                    shown = so_far
                    reason = off()
                    if reason:
                        break
                    if shown.seconds:
                        self._cues.prepare_after(slot, order, clock)
                    if shown.seconds > _SETTLED + self._config.fade_seconds:
                        self._look(entry, clock)
                else:
                    reason = "" if _is_whole(shown, entry) else _PART
            except TakenOff as gone:
                reason = gone.reason
            except (BlobDamaged, PlayerFailed) as error:
                reason, failed = error.code, True
                self._health.turns_to(None, clock())
                self._health.fault(error, at=clock())
            order.ended(slot, failed=failed)
            outcome = Outcome.INTERRUPTED if shown.seconds else Outcome.SKIPPED
            return self._spool.append(
                edition=playlist.number,
                asset=entry.asset,
                rendition=blob.sha256,
                began_at=began,
                shown=shown,
                outcome=outcome if reason else Outcome.PLAYED,
                reason=reason,
            )

    def _look(self, entry: Entry, clock: Callable[[], datetime]) -> None:
        """See now and then whether what is on the screen is what plays."""
        if time.monotonic() < self._looks_at:
            return
        self._looks_at = time.monotonic() + _LOOK_AGAIN
        if glance := self._player.look():
            self._looks_at += self._config.picture_minutes * 60
            self._health.saw(entry.asset, glance, clock())

    def _off(self, entry: Entry, clock: Callable[[], datetime], asked: "_Clocks") -> str:
        """Why what is being shown must go at once; empty: it may finish its turn.

        An edition that came meanwhile no longer has it, a notice has taken the screen, or a clock
        was set since it was asked what is due: also the machine's alone, back behind what is
        proven, since the player goes by it.
        """
        playlist, now = self._programme.look(clock), clock()
        if not playlist or entry.asset not in playlist.assets():
            return "withdrawn"
        taken_over = playlist.taken_over(now)
        if taken_over and entry.asset not in {each.asset for each in taken_over}:
            return "takeover"
        return "clock" if asked.differ_from(_Clocks.at(now)) else ""

    def _fall_back(self, error: Exception, clock: Callable[[], datetime]) -> None:
        if isinstance(error, FeedError):
            self._health.fault(error, at=clock())
        self._health.turns_to(None, clock())
        try:
            self._player.hold()
        except FeedError as failed:
            self._health.fault(failed, at=clock())


def _is_whole(shown: Shown, entry: Entry) -> bool:
    """Whether an entry was on for as long as it is, give or take what a busy machine needs."""
    return shown.seconds >= 0.9 * entry.seconds - 0.5


def _length(entry: Entry) -> timedelta:
    return timedelta(seconds=entry.seconds)


class _Clocks(NamedTuple):
    """By how much clocks are ahead of the seconds that have passed: the same until one is set."""

    believed: float
    machine: float
    """The player's, by which a turn begins and ends."""

    @classmethod
    def at(cls, now: datetime) -> Self:
        passed = time.monotonic()
        return cls(now.timestamp() - passed, time.time() - passed)

    def differ_from(self, other: Self) -> bool:
        pairs = zip(self, other, strict=True)
        return any(abs(one - another) > _SET for one, another in pairs)
