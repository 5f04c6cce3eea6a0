"""The playlist that may be shown: what lies on the disk, where a pull has accepted those bytes."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import FeedRefused, PlaylistDamaged, ScreenError
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import digest
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.trust import Trust

_TRIES: Final = 3

_OTHER_BYTES: Final = Bilingual("không phải tệp đã nhận", "not the file that was accepted")


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
        for _ in range(_TRIES - 1):
            linked = self._link()
            try:
                return self._read()
            except ScreenError:
                if linked == self._link():
                    raise
        return self._read()

    def _read(self) -> Playlist:
        try:
            content = (self._current / "playlist.json").read_bytes()
            playlist = Playlist.from_bytes(content)
        except OSError as error:
            raise PlaylistDamaged(detail=error.strerror or error) from error
        except ValidationError as error:
            raise PlaylistDamaged(detail=error.errors()[0]["msg"]) from error
        accepted = self._trust.accepted
        known = accepted.playlists.get(playlist.number)
        if known is None or playlist.number < accepted.lowest_number:
            raise FeedRefused(detail="the playlist on the disk is not the one that was accepted")
        if known != digest(content):
            raise PlaylistDamaged(detail=_OTHER_BYTES)
        return playlist

    def _link(self) -> str:
        try:
            return str(self._current.readlink())
        except OSError:
            return ""
