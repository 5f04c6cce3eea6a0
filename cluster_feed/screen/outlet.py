"""Other people's players: a folder with what is due now, in a form that they read by themselves.

They verify nothing, so that what they find must be verified when it is laid out: each file is read
through and copied as it is read, and appears under a name made of its hash.  A small file, or a
link, names what is due; it is replaced in one rename, after what it names is there and before what
it no longer names goes.  There is no proof of what these players show.
"""

import hashlib
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from cluster_feed.adapters.store import fsync_folder, make_visible, write_visible
from cluster_feed.core.errors import BlobDamaged, ScreenDiskFailed, ScreenError, ScreenFull
from cluster_feed.core.playlist import Blob, Playlist
from cluster_feed.core.slot import Loop, loop_at
from cluster_feed.core.value import Sha256, digest, suffix_of
from cluster_feed.screen import card, formats
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import OutletConfig, OutletKind, ScreenConfig
from cluster_feed.screen.formats import Item
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.programme import Programme
from cluster_feed.screen.trust import Trust, TrustedClock

logger = logging.getLogger(__name__)

_LOOK_AGAIN: Final = 5.0
"""Seconds after which outlets are looked at again, where nothing is due before."""
_READ_AGAIN: Final = 3600.0
"""Seconds after which files are read through, whatever their dates say."""
_CARD_SECONDS: Final = 10.0
_OURS: Final = re.compile(r"sha1-[0-9a-f]{40}|[0-9a-f]{64}(\.[a-z0-9]{1,8})?|\.[0-9a-f]{16}\.part")
_NAMES: Final = {
    OutletKind.M3U8: "playlist.m3u8",
    OutletKind.SMIL: "index.smil",
    OutletKind.BRIGHTSIGN: "current-sync.json",
}
"""The file that names the rest."""


class _File(NamedTuple):
    """A file of ours that was read through, and what tells whether it was touched since."""

    path: Path
    sha1: str
    mark: tuple[int, ...]

    def is_untouched(self) -> bool:
        return _mark(self.path) == self.mark


class Outlets:
    """All outlets of a screen, kept right for as long as it runs."""

    def __init__(self, config: ScreenConfig) -> None:
        self._trust = Trust(config.trust)
        self._health = HealthBook(config)
        self._programme = Programme(config, self._trust, self._health)
        self._outlets = [Outlet(config, each) for each in config.outlets]

    def run(self, stop: Event) -> None:
        """Lay out what is due, at the moment at which it is, until told to stop."""
        clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731  until trust is read
        while not stop.is_set():
            wait = _LOOK_AGAIN
            try:
                clock = TrustedClock(self._trust)
                wait = self._lay_out(clock)
            except (ScreenError, OSError) as error:
                self._tell(error, clock())
            except Exception:
                logger.exception("the outlets go on")
            stop.wait(wait)

    def _lay_out(self, clock: Callable[[], datetime]) -> float:
        """Lay all out; gives the seconds until something else is due."""
        playlist = self._programme.look(clock)
        moment = clock()
        for outlet in self._outlets:
            try:
                for lacking in outlet.lay_out(playlist, moment):
                    self._health.fault(lacking, at=moment)
            except (ScreenError, OSError) as error:
                self._tell(error, moment)
            except Exception:
                logger.exception("the other outlets go on")
        change = playlist.next_change(moment) if playlist else None
        until = (change - clock()).total_seconds() if change else _LOOK_AGAIN
        return min(max(until, 0), _LOOK_AGAIN)

    def _tell(self, error: ScreenError | OSError, at: datetime) -> None:
        if isinstance(error, OSError):
            error = ScreenDiskFailed(path=error.filename or "?", detail=error.strerror or error)
        self._health.fault(error, at=at)


class Outlet:
    """One player's folder."""

    def __init__(self, config: ScreenConfig, outlet: OutletConfig) -> None:
        self._config, self._outlet = config, outlet
        self._folder = outlet.folder
        self._pool = outlet.folder / ("pool" if outlet.kind is OutletKind.BRIGHTSIGN else "media")
        self._blobs = Blobs(config.blobs)
        self._files: dict[Sha256, _File] = {}
        self._read_at = float("-inf")
        drawn = BytesIO()
        card.draw(config, drawn)
        self._card = drawn.getvalue()

    def lay_out(self, playlist: Playlist | None, moment: datetime) -> list[ScreenError]:
        """Have the folder name what is due at a moment, and hold nothing that is not approved.

        Gives why files are left out, for now: they broke on the screen's own disk, or there is no
        room.  Nothing left: the safe card.
        """
        self._pool.mkdir(parents=True, exist_ok=True)
        if time.monotonic() - self._read_at > _READ_AGAIN:
            self._files = dict(self._read_through())
            self._read_at = time.monotonic()
        self._files = {sha: file for sha, file in self._files.items() if file.is_untouched()}
        lacking = list(self._gather(playlist))
        try:
            self._switch(playlist, moment)
        finally:
            self._sweep(playlist)
        return lacking

    # --- Files ---------------------------------------------------------------------------------

    def _read_through(self) -> Iterator[tuple[Sha256, _File]]:
        """What is there from an earlier run, where its name is what it is."""
        for path in self._ours():
            mark = _mark(path)
            with path.open("rb") as file:
                sha256, sha1 = _hashes(iter(lambda: file.read(1 << 20), b""))
            suffix = suffix_of(path.name)
            if path == self._path(sha256, sha1, suffix):
                yield sha256, _File(path, sha1, mark)

    def _gather(self, playlist: Playlist | None) -> Iterator[ScreenError]:
        if digest(self._card) not in self._files:
            self._keep([self._card], digest(self._card), ".png")
        for blob in self._blobs_of(playlist):
            if blob.sha256 in self._files:
                continue
            try:
                self._make_sure_of_room(blob.byte_count)
                with self._blobs.open(blob) as verified:
                    pieces = verified.read(0, verified.byte_count)
                    self._keep(pieces, blob.sha256, suffix_of(blob.target))
            except (BlobDamaged, ScreenFull) as error:
                yield error
            except OSError as error:
                yield ScreenDiskFailed(path=self._folder, detail=error.strerror or error)

    def _keep(self, pieces: Iterable[bytes], sha256: Sha256, suffix: str) -> None:
        """Write a file, and give it its name once all its bytes are there."""
        made = self._pool / f".{secrets.token_hex(8)}.part"
        try:
            with made.open("wb") as file:

                def written(piece: bytes) -> bytes:
                    file.write(piece)
                    return piece

                copied, sha1 = _hashes(written(piece) for piece in pieces)
            if copied != sha256:
                raise BlobDamaged(name=sha256, detail="its bytes have changed")
            path = self._path(sha256, sha1, suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            make_visible(made, path, mode=0o444)
            self._files[sha256] = _File(path, sha1, _mark(path))
        finally:
            made.unlink(missing_ok=True)

    def _path(self, sha256: Sha256, sha1: str, suffix: str) -> Path:
        if self._outlet.kind is OutletKind.BRIGHTSIGN:
            return self._pool / sha1[-2] / sha1[-1] / f"sha1-{sha1}"
        return self._pool / f"{sha256}{suffix}"

    def _make_sure_of_room(self, byte_count: int) -> None:
        needed = byte_count + (self._config.reserve_mib << 20)
        if (free := shutil.disk_usage(self._pool).free) < needed:
            raise ScreenFull(free=f"{free >> 20} MiB", needed=f"{needed >> 20} MiB")

    def _ours(self) -> list[Path]:
        return [
            path
            for path in self._pool.rglob("*")
            if _OURS.fullmatch(path.name) and path.is_file() and not path.is_symlink()
        ]

    def _sweep(self, playlist: Playlist | None) -> None:
        """Remove what may not be shown any more; what others have put there is theirs."""
        wanted = {blob.sha256 for blob in self._blobs_of(playlist)} | {digest(self._card)}
        self._files = {sha: file for sha, file in self._files.items() if sha in wanted}
        kept = {file.path for file in self._files.values()}
        for path in self._ours():
            if path not in kept:
                logger.info("removing %s from an outlet", path.name)
                path.unlink()

    # --- What is named -------------------------------------------------------------------------

    def _blobs_of(self, playlist: Playlist | None) -> list[Blob]:
        entries, profile = playlist.all_entries() if playlist else (), self._config.profile
        return [entry.blobs[profile] for entry in entries if profile in entry.blobs]

    def _items(self, loop: Loop) -> list[Item]:
        """The files of a loop that are there; none: the safe card."""
        blobs = [(entry.blobs[self._config.profile], entry.seconds) for entry in loop]
        items = [
            self._item(blob.sha256, suffix_of(blob.target), seconds, blob.byte_count)
            for blob, seconds in blobs
            if blob.sha256 in self._files
        ]
        return items or [self._item(digest(self._card), ".png", _CARD_SECONDS, len(self._card))]

    def _item(self, sha256: Sha256, suffix: str, seconds: float, byte_count: int) -> Item:
        file = self._files[sha256]
        path = file.path.relative_to(self._folder).as_posix()
        return Item(path, suffix, seconds, byte_count, file.sha1)

    def _switch(self, playlist: Playlist | None, moment: datetime) -> None:
        profile = self._config.profile
        items = self._items(loop_at(playlist, profile, moment) if playlist else ())
        match self._outlet.kind:
            case OutletKind.NUMBERED:
                self._number(items)
                return
            case OutletKind.M3U8:
                content = formats.m3u8(items)
            case OutletKind.BRIGHTSIGN:
                content = formats.sync_spec(items, self._outlet.address)
            case OutletKind.SMIL:
                told = formats.stretches(playlist, profile, moment) if playlist else ()
                timed = [(self._items(loop), ends) for loop, ends in told] or [(items, None)]
                content = formats.smil(timed, self._config.width, self._config.height)
        name = self._folder / _NAMES[self._outlet.kind]
        if not _is(name, content):
            write_visible(name, content)

    def _number(self, items: Sequence[Item]) -> None:
        """Lay files out as 0001.mp4, 0002.jpg … in a new folder, to which the link then leads."""
        names = {
            f"{n:04}{item.suffix}": self._folder / item.path for n, item in enumerate(items, 1)
        }
        loops = self._folder / "loops"
        loops.mkdir(exist_ok=True)
        link = self._folder / "current"
        now = link.resolve()
        if not _holds(now, names):
            made = loops / secrets.token_hex(8)
            made.mkdir()
            for name, path in names.items():
                os.link(path, made / name)
            fsync_folder(made)
            fsync_folder(loops)
            new = self._folder / ".current"
            new.unlink(missing_ok=True)
            new.symlink_to(made.relative_to(self._folder))
            new.replace(link)
            fsync_folder(self._folder)
            now = made
        for folder in loops.iterdir():
            if folder.name != now.name:
                shutil.rmtree(folder)


def _holds(folder: Path, names: dict[str, Path]) -> bool:
    """Whether a folder has these very files under these names, and nothing else."""
    try:
        there = {path.name: path.stat().st_ino for path in folder.iterdir()}
    except OSError:
        return False
    return there == {name: path.stat().st_ino for name, path in names.items()}


def _is(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _hashes(pieces: Iterable[bytes]) -> tuple[Sha256, str]:
    """SHA-256, by which files are approved, and SHA-1, by which a BrightSign names them."""
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    for piece in pieces:
        sha256.update(piece)
        sha1.update(piece)
    return sha256.hexdigest(), sha1.hexdigest()


def _mark(path: Path) -> tuple[int, ...]:
    """What changes when a file is written to, or is another; empty: it is not there."""
    try:
        about = path.stat(follow_symlinks=False)
    except OSError:
        return ()
    return about.st_ino, about.st_size, about.st_mtime_ns
