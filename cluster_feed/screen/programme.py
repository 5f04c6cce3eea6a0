"""The playlist that may be shown: what lies on the disk, where a pull has accepted those bytes."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from cluster_feed.core.errors import FeedRefused, ScreenError
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import digest
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.trust import Trust

_TRIES: Final = 3


class Programme:
    """A screen's playlist, as whoever shows it looks at it."""

    def __init__(self, config: ScreenConfig, trust: Trust, health: HealthBook) -> None:
        self._current = config.current
        self._trust = trust
        self._health = health
        self._looked_at: tuple[object, ...] = ()
        self.known: Playlist | None = None
        """As it was when it was looked at last."""

    def look(self, clock: Callable[[], datetime]) -> Playlist | None:
        """Give it: read again when another file is there, else as remembered.

        One that is refused leaves the last one that was verified, until a pull has mended it.
        """
        there = self._there()
        if there and (there != self._looked_at or not self.known):
            try:
                self.known = self._verified()
            except ScreenError as error:
                self._health.fault(error, at=clock())
            self._looked_at = there
        return self.known

    def _there(self) -> tuple[object, ...]:
        """Which edition the link leads to, and which writing of its playlist; nothing yet: empty.

        A pull that mends a damaged playlist writes it anew in the place where it was.
        """
        if not (linked := self._link()):
            return ()
        try:
            written = (self._current / "playlist.json").stat()
        except OSError:
            return (linked,)
        return linked, written.st_ino, written.st_mtime_ns

    def _verified(self) -> Playlist:
        """Read the current playlist; only bytes that a pull has accepted count.

        Read anew where the link has changed meanwhile, which a pull does once in its time.
        """
        for _ in range(_TRIES):
            linked = self._link()
            try:
                content = (self._current / "playlist.json").read_bytes()
                playlist = Playlist.from_bytes(content)
            except (OSError, ValidationError) as error:
                raise FeedRefused(detail=f"the playlist on the disk: {error}") from error
            accepted = self._trust.accepted
            known = accepted.playlists.get(playlist.number)
            if playlist.number >= accepted.lowest_number and known == digest(content):
                return playlist
            if linked == self._link():
                break
        raise FeedRefused(detail="the playlist on the disk is not the one that was accepted")

    def _link(self) -> str:
        try:
            return str(self._current.readlink())
        except OSError:
            return ""
