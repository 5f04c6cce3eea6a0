"""Pull, verify, switch: how an edition reaches a screen.

A pull, in order: (1) the signed metadata, by the trusted time; (2) the cluster's playlist, which
must be this cluster's and no older than what was accepted; (3) room on the disk; (4) the blobs of
this screen's profile, each resumed, measured and hashed; (5) the switch, one rename.  Whatever
fails before the rename leaves what plays untouched.
"""

import errno
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from tuf.api.exceptions import (
    DownloadError,
    DownloadLengthMismatchError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater

from cluster_feed.adapters.feed import SIGNED_AT
from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core.errors import (
    BlobRefused,
    FeedRefused,
    FeedUnreachable,
    ScreenDiskFailed,
    ScreenError,
    ScreenFull,
)
from cluster_feed.core.playlist import Blob, Playlist
from cluster_feed.core.value import digest
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.lock import locked
from cluster_feed.screen.source import Source, open_source, target_path
from cluster_feed.screen.trust import Trust, TrustedClock

logger = logging.getLogger(__name__)

_LARGEST_PLAYLIST: Final = 16 << 20
"""Bytes; a year's programme is less than one MiB."""


_AWARE = TypeAdapter(AwareDatetime)


class Pulled(NamedTuple):
    """What a pull brought: the edition that plays after it and the blobs that came for it."""

    number: int
    switched: bool
    fetched: int
    fetched_bytes: int


def commission(config: ScreenConfig, root: bytes, lowest_number: int, now: datetime) -> Device:
    """Set a screen's trust up, on site: what it will believe, and how far back it may not go.

    Gives the screen's device, whose code the hub's people must see before they believe it.
    """
    Trust.commission(config.trust, root, lowest_number, now)
    return Device(config.trust)


class Agent:
    """Keeps one screen's content what the department approved last."""

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._trust = Trust(config.trust)
        self._blobs = Blobs(config.blobs)
        self._health = HealthBook(config)

    def pull(self, now: datetime) -> Pulled:
        """Take the newest edition, if there is one and if everything about it is right.

        Raises a ScreenError, which is then also in the screen's health.
        """
        try:
            with locked(self._config.state / ".pull.lock"), self._reasons():
                now = self._trust.at(now)
                pulled = self._pull(now)
                self._health.shows(pulled.number, at=now, switched=pulled.switched)
                return pulled
        except ScreenError as error:
            self._health.fault(error, at=now)
            raise

    def run(self, stop: Event) -> None:
        """Pull and hand over, again and again, until told to stop."""
        clock: TrustedClock | None = None
        while not stop.is_set():
            try:
                clock = clock or TrustedClock(self._trust)
                with suppress(ScreenError):  # which is in the screen's health, to be handed over
                    self.pull(clock())
                hand_over(self._config, clock())
                clock.keep()
            except (ScreenError, OSError) as error:
                logger.warning("tried again in %s minutes: %s", self._config.pull_minutes, error)
            stop.wait(self._config.pull_minutes * 60)

    def _pull(self, now: datetime) -> Pulled:
        with closing(open_source(self._config.source)) as source:
            updater = self._updater(source, now)
            target = self._playlist_target(updater)
            self._trust.prove(max(now, self._signed_at(updater)))
            content = self._playlist_bytes(source, target)
            playlist = self._checked(content)
            wanted = self._wanted(playlist, updater)
            settled = self._trust.is_settled(playlist.number, digest(content))
            switches = not settled or content != self._current()
            # An edition that begins to play is read through; between pulls the player does it.
            held = self._blobs.intact if switches else self._blobs.holds
            missing = [blob for blob in wanted if not held(blob)]
            self._admit(missing, wanted)
            for blob in missing:
                self._fetch(source, blob, wanted[blob])
        if switches:
            self._switch(playlist, content)
        fetched_bytes = sum(blob.byte_count for blob in missing)
        return Pulled(playlist.number, switches, len(missing), fetched_bytes)

    def _updater(self, source: Source, now: datetime) -> Updater:
        """Verify the top of the signed metadata as of the trusted time."""
        self._trust.metadata.mkdir(parents=True, exist_ok=True)
        updater = Updater(
            str(self._trust.metadata),
            metadata_base_url="metadata/",
            fetcher=source,
            bootstrap=self._trust.root,
        )
        # Python-tuf takes the machine's clock, which at a gate may say 1970, and offers no other.
        updater._trusted_set.reference_time = now  # noqa: SLF001
        updater.refresh()
        return updater

    def _playlist_target(self, updater: Updater) -> TargetFile:
        name = f"{self._config.cluster}/playlist.json"
        target = updater.get_targetinfo(name)
        if target is None:
            raise FeedRefused(detail=f"nobody signed a {name}")
        _fsync_files(self._trust.metadata)
        if target.length > _LARGEST_PLAYLIST:
            raise FeedRefused(detail=f"{name} has {target.length} bytes")
        return target

    def _signed_at(self, updater: Updater) -> datetime:
        """When the hub signed the verified timestamp, where it says so.

        Believed only within the life of what the approvers signed: a stolen hub must not send a
        screen into a time in which nothing will ever be valid.
        """
        verified = updater._trusted_set  # noqa: SLF001
        stated = verified.timestamp.unrecognized_fields.get(SIGNED_AT)
        try:
            signed_at = _AWARE.validate_python(stated)
        except ValidationError:
            return self._trust.proven
        approved = verified[self._config.cluster]
        return signed_at if signed_at < approved.expires else self._trust.proven

    def _playlist_bytes(self, source: Source, target: TargetFile) -> bytes:
        here = self._current()
        try:
            target.verify_length_and_hashes(here)
        except LengthOrHashMismatchError:
            path = target_path(target.path, target.hashes["sha256"])
            content = source.download_bytes(path, target.length)
            target.verify_length_and_hashes(content)
            return content
        return here

    def _current(self) -> bytes:
        """The playlist that plays; nothing yet, or a damaged disk, read as no bytes."""
        try:
            return (self._config.current / "playlist.json").read_bytes()
        except OSError:
            return b""

    def _checked(self, content: bytes) -> Playlist:
        try:
            playlist = Playlist.from_bytes(content)
        except ValidationError as error:
            raise FeedRefused(detail=f"playlist: {error.errors()[0]['msg']}") from error
        accepted = self._trust.accepted
        if playlist.cluster != self._config.cluster:
            raise FeedRefused(detail=f"the playlist is for cluster {playlist.cluster}")
        if playlist.number < accepted.lowest_number:
            raise FeedRefused(
                detail=f"edition {playlist.number} is older than {accepted.lowest_number}"
            )
        if accepted.playlists.get(playlist.number, digest(content)) != digest(content):
            raise FeedRefused(detail=f"edition {playlist.number} has changed under its number")
        return playlist

    def _wanted(self, playlist: Playlist, updater: Updater) -> dict[Blob, TargetFile]:
        """The blobs of this screen's profile with what was signed of each."""
        profile = self._config.profile
        entries = list(playlist.all_entries())
        blobs = [entry.blobs[profile] for entry in entries if profile in entry.blobs]
        if entries and not blobs:
            raise FeedRefused(detail=f"nothing in it is made for profile {profile}")
        wanted = {}
        for blob in blobs:
            target = updater.get_targetinfo(blob.target)
            if target is None:
                raise FeedRefused(detail=f"nobody signed {blob.target}")
            if (target.hashes.get("sha256"), target.length) != (blob.sha256, blob.byte_count):
                raise FeedRefused(detail=f"{blob.target} was signed as another file")
            wanted[blob] = target
        return wanted

    def _admit(self, missing: list[Blob], wanted: dict[Blob, TargetFile]) -> None:
        """Make sure of room before the first byte; editions that no longer play give way."""
        needed = sum(map(self._blobs.missing_bytes, missing)) + (self._config.reserve_mib << 20)
        if not missing or shutil.disk_usage(self._config.blobs).free >= needed:
            return
        playing = self._blobs_of(self._config.current)
        self._blobs.sweep(playing | {self._blobs.path(blob) for blob in wanted})
        if (free := shutil.disk_usage(self._config.blobs).free) < needed:
            raise ScreenFull(free=f"{free >> 20} MiB", needed=f"{needed >> 20} MiB")

    def _fetch(self, source: Source, blob: Blob, target: TargetFile) -> None:
        """Fetch a blob; one that was resumed and came out wrong is fetched once more, whole."""
        part = self._blobs.part(blob)
        resumed = part.exists()
        for may_retry in (resumed, False):
            try:
                source.resume(target_path(blob.target, blob.sha256), part, blob.byte_count)
                with part.open("rb") as content:
                    target.verify_length_and_hashes(content)
                break
            except (LengthOrHashMismatchError, DownloadLengthMismatchError) as error:
                part.unlink()
                if not may_retry:
                    raise BlobRefused(name=blob.target, detail=error) from error
        self._blobs.keep(blob)

    def _switch(self, playlist: Playlist, content: bytes) -> None:
        folder = self._config.editions / str(playlist.number)
        folder.mkdir(parents=True, exist_ok=True)
        write_visible(folder / "playlist.json", content)
        fsync_folder(self._config.editions)
        self._trust.accept(playlist.number, digest(content))
        link = self._config.state / ".current"
        link.unlink(missing_ok=True)
        link.symlink_to(folder.relative_to(self._config.state))
        link.replace(self._config.current)
        fsync_folder(self._config.state)
        self._trust.settle(playlist.number, digest(content))
        logger.info("edition %s plays", playlist.number)
        self._tidy(playlist.number)

    def _tidy(self, number: int) -> None:
        """Keep the edition that plays and the one before it."""
        editions = {int(f.name): f for f in self._config.editions.iterdir() if f.name.isdecimal()}
        kept = sorted(each for each in editions if each <= number)[-2:]
        for each in editions.keys() - set(kept):
            shutil.rmtree(editions[each])
        self._blobs.sweep({path for each in kept for path in self._blobs_of(editions[each])})

    def _blobs_of(self, edition: Path) -> set[Path]:
        try:
            playlist = Playlist.from_bytes((edition / "playlist.json").read_bytes())
        except (OSError, ValidationError):
            return set()
        return {self._blobs.path(blob) for blob in playlist.blobs().values()}

    @contextmanager
    def _reasons(self) -> Iterator[None]:
        """Say each failure in the screen's own words."""
        try:
            yield
        except DownloadLengthMismatchError as error:
            raise FeedRefused(detail=error) from error
        except DownloadError as error:
            raise FeedUnreachable(source=self._config.source, detail=error) from error
        except RepositoryError as error:
            raise FeedRefused(detail=error) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ScreenFull(free="0 MiB", needed="?") from error
            raise ScreenDiskFailed(path=self._config.state, detail=error) from error


def _fsync_files(folder: Path) -> None:
    """Make what python-tuf wrote durable: it renames without fsync."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with (Path(parent) / name).open("rb") as file:
                os.fsync(file.fileno())
        fsync_folder(Path(parent))
