"""Play what was verified, one turn after another, and prove it.

The loop is what the playlist says for the moment; it is asked again before every turn.  A file is
read through before each turn, and mpv is given the very file that was read.  What cannot be shown
is skipped and reported; when nothing can be shown, the safe card is.
"""

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from types import TracebackType
from typing import BinaryIO, Final, Self

from pydantic import ValidationError

from cluster_feed.core.errors import (
    BlobDamaged,
    FeedError,
    FeedRefused,
    PlayerFailed,
    ScreenDiskFailed,
    ScreenError,
)
from cluster_feed.core.playlist import Entry, Playlist
from cluster_feed.core.proof import Outcome, PlayRecord
from cluster_feed.core.value import digest
from cluster_feed.screen import card
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.mpv import Mpv
from cluster_feed.screen.spool import Spool
from cluster_feed.screen.trust import Trust, TrustedClock

logger = logging.getLogger(__name__)

_LOOK_AGAIN: Final = 5.0
"""Seconds after which a screen that shows the safe card looks for something to play."""
_KEEP_TIME: Final = 600.0


def _ignore(record: PlayRecord) -> None:
    del record


class Player:
    """One screen's player.  Use it as a context, so that mpv and the proof are closed."""

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._trust = Trust(config.trust)
        self._blobs = Blobs(config.blobs)
        self._health = HealthBook(config)
        self._spool = Spool(config)
        self._mpv = Mpv(config)
        self._card = _memory_file()
        card.draw(config, self._card)
        self._card.flush()
        self._playlist: Playlist | None = None
        self._looked_at: tuple[object, ...] = ()

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
        """Stop mpv and close the file of proof."""
        self._mpv.close()
        self._card.close()
        self._spool.close()

    def play_once(
        self, now: datetime, on_entry: Callable[[PlayRecord], None] = _ignore
    ) -> list[PlayRecord]:
        """Play the loop of a moment once, to its end; the safe card, and no record, for none."""
        moment, started = self._trust.at(now), time.monotonic()

        def clock() -> datetime:
            return moment + timedelta(seconds=time.monotonic() - started)

        playlist = self._current(clock)
        loop = self._loop(playlist, moment)
        if not playlist or not loop:
            self._mpv.hold(self._card)
            return []
        records = []
        for entry in loop:
            records.append(self._turn(playlist.number, entry, clock, Event()))
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
        loop: tuple[Entry, ...] = ()
        turn = failed = 0
        kept = time.monotonic()
        while not stop.is_set():
            if time.monotonic() - kept > _KEEP_TIME:
                clock.keep()
                kept = time.monotonic()
            playlist = self._current(clock)
            due = self._loop(playlist, clock())
            if due != loop:
                loop, turn, failed = due, 0, 0
            if not playlist or not loop or failed >= len(loop):
                failed = 0
                self._mpv.hold(self._card)
                self._health.turns_to(None, clock())
                self._spool.close_if_due(clock())
                stop.wait(_LOOK_AGAIN)
                continue
            entry = loop[turn % len(loop)]
            turn += 1
            try:
                record = self._turn(playlist.number, entry, clock, stop)
            except OSError as error:  # it was shown, and could not be written down
                logger.exception("%s has no proof", entry.asset)
                failure = ScreenDiskFailed(path=self._config.outbox, detail=error)
                self._health.fault(failure, at=clock())
                continue
            failed = failed + 1 if record.outcome is Outcome.SKIPPED else 0

    def _turn(
        self, edition: int, entry: Entry, clock: Callable[[], datetime], stop: Event
    ) -> PlayRecord:
        """Verify, show and write down one entry."""
        blob = entry.blobs[self._config.profile]
        began, seconds, outcome, reason = clock(), 0.0, Outcome.PLAYED, ""
        try:
            with self._blobs.open(blob) as file:
                began = clock()
                self._health.turns_to(entry.asset, began)
                for shown in self._mpv.play(file, blob.target, entry.kind, entry.seconds):
                    seconds = shown
                    reason = "stopped" if stop.is_set() else self._off(entry, clock)
                    if reason:
                        outcome = Outcome.INTERRUPTED
                        break
        except (BlobDamaged, PlayerFailed) as error:
            outcome = Outcome.INTERRUPTED if seconds else Outcome.SKIPPED
            reason = error.code
            self._health.fault(error, at=clock())
        return self._spool.append(
            edition=edition,
            asset=entry.asset,
            rendition=blob.sha256,
            began_at=began,
            seconds=seconds,
            outcome=outcome,
            reason=reason,
        )

    def _loop(self, playlist: Playlist | None, moment: datetime) -> tuple[Entry, ...]:
        """What this screen shows at a moment: entries that were made for its profile."""
        due = playlist.at(moment) if playlist else ()
        return tuple(entry for entry in due if self._config.profile in entry.blobs)

    def _current(self, clock: Callable[[], datetime]) -> Playlist | None:
        """The playlist that may play: read again when another file is there, else as remembered.

        One that is refused leaves the last one that was verified, until a pull has mended it.
        """
        there = self._there()
        if there and (there != self._looked_at or not self._playlist):
            try:
                self._playlist = self._verified()
            except ScreenError as error:
                self._health.fault(error, at=clock())
            self._looked_at = there
        return self._playlist

    def _there(self) -> tuple[object, ...]:
        """Which edition the link leads to, and which writing of its playlist; nothing yet: empty.

        A pull that mends a damaged playlist writes it anew in the place where it was.
        """
        if not (linked := self._link()):
            return ()
        try:
            written = (self._config.current / "playlist.json").stat()
        except OSError:
            return (linked,)
        return linked, written.st_ino, written.st_mtime_ns

    def _verified(self) -> Playlist:
        """Read the current playlist; only bytes that a pull has accepted count."""
        linked = self._link()
        try:
            content = (self._config.current / "playlist.json").read_bytes()
            playlist = Playlist.from_bytes(content)
        except (OSError, ValidationError) as error:
            raise FeedRefused(detail=f"the playlist on the disk: {error}") from error
        accepted = self._trust.accepted
        if playlist.number >= accepted.lowest_number and accepted.playlists.get(
            playlist.number
        ) == digest(content):
            return playlist
        if linked != self._link():
            return self._verified()
        raise FeedRefused(detail="the playlist on the disk is not the one that was accepted")

    def _link(self) -> str:
        try:
            return str(self._config.current.readlink())
        except OSError:
            return ""

    def _off(self, entry: Entry, clock: Callable[[], datetime]) -> str:
        """Why what is being shown must go at once; empty: it may finish its turn.

        An edition that came meanwhile no longer has it, or a notice has taken the screen.
        """
        playlist = self._current(clock)
        if not playlist or entry.asset not in playlist.assets():
            return "withdrawn"
        taken_over = playlist.taken_over(clock())
        own = entry.asset in {each.asset for each in taken_over}
        return "takeover" if taken_over and not own else ""

    def _fall_back(self, error: Exception, clock: Callable[[], datetime]) -> None:
        if isinstance(error, FeedError):
            self._health.fault(error, at=clock())
        try:
            self._mpv.hold(self._card)
        except FeedError as failed:
            self._health.fault(failed, at=clock())


def _memory_file() -> BinaryIO:
    """A file that lies on no disk, so that nobody can change it."""
    return os.fdopen(os.memfd_create("card"), "w+b")
