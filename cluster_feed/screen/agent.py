"""Pull, verify, switch: how an edition reaches a screen.

A pull, in order: (1) the signed metadata, by the trusted time; (2) the cluster's playlist, which
must be this cluster's and no older than what was accepted; (3) room on the disk; (4) the blobs of
this screen's profile, each resumed, measured and hashed; (5) the switch, one rename.  Whatever
fails before the rename leaves what plays untouched.
"""

import errno
import logging
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from pydantic import ValidationError
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.api.metadata import TargetFile

from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import (
    BlobRefused,
    FeedGarbled,
    FeedIncomplete,
    FeedOfAnotherCluster,
    FeedOversized,
    FeedRefused,
    FeedRolledBack,
    FeedStale,
    FeedUnreachable,
    FeedUnsigned,
    ScreenDiskFailed,
    ScreenError,
    ScreenFull,
)
from cluster_feed.core.playlist import Blob, Playlist
from cluster_feed.core.value import Sha256, digest
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.lock import locked
from cluster_feed.screen.metadata import SignedMetadata, refusal
from cluster_feed.screen.source import Source, fetch, open_source, target_path
from cluster_feed.screen.trust import Trust, TrustedClock, believable

logger = logging.getLogger(__name__)

_LARGEST_PLAYLIST: Final = 16 << 20
"""Bytes; a year's programme is less than one MiB."""
_STALE: Final = timedelta(days=35)
"""Since the hub signed last: it signs with every edition, and a month and a late 25th are less."""


_NOT_FOUND: Final = 404

_OLDER: Final = Bilingual(
    "phiên bản {number} cũ hơn {lowest}", "edition {number} is older than {lowest}"
)
_CHANGED: Final = Bilingual(
    "phiên bản {number} đã đổi nội dung mà giữ nguyên số",
    "edition {number} has changed under its number",
)
_NOTHING_MADE: Final = Bilingual(
    "không có gì làm cho loại màn hình {profile}", "nothing in it is made for profile {profile}"
)
_BY_LEADERS: Final = Bilingual(
    "khóa gốc ký thẳng tệp, không qua người duyệt", "root keys signed files, past the approvers"
)
_NOBODY_SIGNED: Final = Bilingual("không ai ký {name}", "nobody signed {name}")
_SIGNED_OTHERWISE: Final = Bilingual(
    "{name} được ký là một tệp khác", "{name} was signed as another file"
)


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
        self._health = HealthBook(config)
        self._trust = Trust(config.trust, self._health.tell)
        self._blobs = Blobs(config.blobs)
        self._clock: TrustedClock | None = None

    def pull(self, now: datetime) -> Pulled:
        """Take the newest edition, if there is one and if everything about it is right.

        Raises a ScreenError, which is then also in the screen's health.
        """
        try:
            with self._reasons(), locked(self._config.state / ".pull.lock"):
                clock, now = now, self._trust.at(now)
                pulled = self._pull(now, clock)
                self._health.shows(pulled.number, at=now, switched=pulled.switched)
                return pulled
        except ScreenError as error:
            self._health.fault(error, at=now)
            raise

    def run(self, stop: Event) -> None:
        """Pull and hand over, again and again, until told to stop, whatever happens."""
        while not stop.is_set():
            for step in (self._look, self._tell):
                try:
                    step()
                except (ScreenError, OSError) as error:
                    minutes = self._config.pull_minutes
                    logger.warning("tried again in %s minutes: %s", minutes, error)
                except Exception:
                    # A screen whose agent is gone plays on and takes nothing: nobody would hear.
                    logger.exception("the agent goes on")
            stop.wait(self._config.pull_minutes * 60)

    def _look(self) -> None:
        """Pull by the machine's own clock, with the time that has passed kept before.

        The hub's word may carry that clock on by a day: not the time that is believed already,
        which would be a day more at each start.
        """
        try:
            self._time().keep()
        except ScreenError as error:
            self._health.fault(error, at=datetime.now(UTC))
        with suppress(ScreenError):  # which is in the screen's health, to be handed over
            self.pull(datetime.now(UTC))

    def _tell(self) -> None:
        hand_over(self._config, self._time()())

    def _time(self) -> TrustedClock:
        self._clock = self._clock or TrustedClock(self._trust)
        return self._clock

    def _pull(self, now: datetime, clock: datetime) -> Pulled:
        with closing(open_source(self._config.source)) as source:
            metadata = SignedMetadata(self._trust.metadata, self._trust.root, source, now)
            metadata.refresh()
            if metadata.leaders_list_files:
                raise FeedRefused(detail=_BY_LEADERS)
            self._look_at_age(metadata, now)
            target = self._playlist_target(metadata)
            content = self._playlist_bytes(source, target)
            playlist = self._checked(content)
            if metadata.signed_at:
                self._trust.prove(believable(metadata.signed_at, clock, playlist.show_from))
            wanted = self._wanted(playlist, metadata)
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

    def _look_at_age(self, metadata: SignedMetadata, now: datetime) -> None:
        """Report a hub that has not been heard for long: its word may be held back on the way."""
        signed_at = metadata.signed_at
        if signed_at and now - signed_at > _STALE:
            self._health.fault(FeedStale(since=f"{signed_at:%Y-%m-%d}"), at=now)

    def _playlist_target(self, metadata: SignedMetadata) -> TargetFile:
        name = f"{self._config.cluster}/playlist.json"
        target = metadata.target(name)
        if target is None:
            raise _unsigned(name)
        if target.length > _LARGEST_PLAYLIST:
            raise FeedOversized(detail=f"{name}: {target.length} bytes")
        return target

    def _playlist_bytes(self, source: Source, target: TargetFile) -> bytes:
        here = self._current()
        try:
            target.verify_length_and_hashes(here)
        except LengthOrHashMismatchError:
            path = target_path(target.path, _sha256(target))
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
            raise FeedGarbled(detail=f"playlist: {error.errors()[0]['msg']}") from error
        accepted = self._trust.accepted
        number = playlist.number
        if playlist.cluster != self._config.cluster:
            raise FeedOfAnotherCluster(theirs=playlist.cluster, ours=self._config.cluster)
        if number < accepted.lowest_number:
            raise FeedRolledBack(detail=_OLDER.fill(number=number, lowest=accepted.lowest_number))
        if accepted.playlists.get(number, digest(content)) != digest(content):
            raise FeedRefused(detail=_CHANGED.fill(number=number))
        return playlist

    def _wanted(self, playlist: Playlist, metadata: SignedMetadata) -> dict[Blob, TargetFile]:
        """The blobs of this screen's profile with what was signed of each."""
        profile = self._config.profile
        entries = list(playlist.all_entries())
        blobs = [entry.blobs[profile] for entry in entries if profile in entry.blobs]
        if entries and not blobs:
            raise FeedRefused(detail=_NOTHING_MADE.fill(profile=profile))
        wanted = {}
        for blob in blobs:
            target = metadata.target(blob.target)
            if target is None:
                raise _unsigned(blob.target)
            if (target.hashes.get("sha256"), target.length) != (blob.sha256, blob.byte_count):
                raise FeedRefused(detail=_SIGNED_OTHERWISE.fill(name=blob.target))
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
        """Fetch a blob; BlobRefused where the source has another file, or none, for it."""
        part = self._blobs.part(blob)
        try:
            fetch(source, target_path(blob.target, blob.sha256), part, target)
        except (LengthOrHashMismatchError, DownloadLengthMismatchError) as error:
            raise BlobRefused(name=blob.target, detail=error) from error
        except DownloadHTTPError as error:
            if error.status_code != _NOT_FOUND:
                raise
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
        except (RepositoryError, DownloadLengthMismatchError) as error:
            raise refusal(error) from error
        except DownloadHTTPError as error:
            reason = FeedIncomplete if error.status_code == _NOT_FOUND else FeedUnreachable
            raise reason(source=self._config.source, detail=error) from error
        except DownloadError as error:
            raise FeedUnreachable(source=self._config.source, detail=error) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ScreenFull(free="0 MiB", needed="?") from error
            raise ScreenDiskFailed(path=self._config.state, detail=error) from error


def _unsigned(name: str) -> FeedUnsigned:
    return FeedUnsigned(detail=_NOBODY_SIGNED.fill(name=name))


def _sha256(target: TargetFile) -> Sha256:
    """The hash by which a file of the feed is named; there is no other in what approvers sign."""
    try:
        return target.hashes["sha256"]
    except KeyError as error:
        raise FeedRefused(detail=f"{target.path}: SHA-256?") from error
