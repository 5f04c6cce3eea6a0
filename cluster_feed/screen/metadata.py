"""What was signed, as a screen believes it: TUF's rules, the trusted time, a durable cache.

Python-tuf decides; this module gives it the time that is believed instead of the machine's, its
limits, and a disk that a power cut does not roll back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import TargetFile
from tuf.api.serialization import DeserializationError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from cluster_feed.adapters.live_feed import SIGNED_AT
from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core.errors import (
    FeedExpired,
    FeedGarbled,
    FeedOversized,
    FeedRefused,
    FeedRolledBack,
    FeedTampered,
    FeedUnsigned,
)

LIMITS: Final = UpdaterConfig(
    max_root_rotations=256,  # since commissioning: two a year for longer than a screen lives
    max_delegations=32,
    root_max_length=512 << 10,
    timestamp_max_length=16 << 10,
    snapshot_max_length=2 << 20,  # some 10,000 clusters
    targets_max_length=16 << 20,  # some 60,000 files in one cluster's edition
)
"""What a screen reads of a stranger at most, in bytes and files, before anything is verified."""

_AWARE: Final = TypeAdapter(AwareDatetime)

_REASONS: Final[tuple[tuple[type[Exception], type[FeedRefused]], ...]] = (
    (ExpiredMetadataError, FeedExpired),
    (BadVersionNumberError, FeedRolledBack),
    (UnsignedMetadataError, FeedUnsigned),
    (LengthOrHashMismatchError, FeedTampered),
    (DeserializationError, FeedGarbled),
    (DownloadLengthMismatchError, FeedOversized),
)


def refusal(error: RepositoryError | DownloadLengthMismatchError) -> FeedRefused:
    """Say what python-tuf found in a screen's own words, by the class of what it raised."""
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason(detail=error)
    return FeedRefused(detail=error)


class SignedMetadata:
    """The signed metadata of one source at one moment.

    `folder` keeps what was verified: it guards against a rollback at the next time.
    """

    def __init__(
        self,
        folder: Path,
        root: bytes,
        source: FetcherInterface,
        now: datetime,
        *,
        place: str = "metadata/",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with _json_of_strangers():
            self._updater = _DurableUpdater(
                str(folder),
                metadata_base_url=place,
                fetcher=source,
                config=LIMITS,
                bootstrap=root,
            )
        self._trusted = self._updater._trusted_set  # noqa: SLF001
        # Python-tuf takes the machine's clock, which at a gate may say 1970, and offers no other.
        self._trusted.reference_time = now

    def refresh(self) -> None:
        """Verify root, timestamp, snapshot and the top of the targets, the newest there are.

        Raises python-tuf's RepositoryError and DownloadError, and OSError for the screen's disk.
        """
        with _json_of_strangers():
            self._updater.refresh()

    def target(self, name: str) -> TargetFile | None:
        """What was signed of a file; None: nobody who may has signed it.  Raises as `refresh`."""
        with _json_of_strangers():
            return self._updater.get_targetinfo(name)

    @property
    def leaders_list_files(self) -> bool:
        """Whether the top of the targets, which leaders sign, lists files itself."""
        return bool(self._trusted.targets.targets)

    @property
    def names_by_hash(self) -> bool:
        """Whether files lie in the tree with their hash before their name."""
        return bool(self._trusted.root.consistent_snapshot)

    @property
    def signed_at(self) -> datetime | None:
        """When the hub says that it signed the timestamp; None: it says nothing readable."""
        try:
            stated = self._trusted.timestamp.unrecognized_fields.get(SIGNED_AT)
            return _AWARE.validate_python(stated)
        except ValidationError:
            return None


class _DurableUpdater(Updater):
    """Python-tuf renames without fsync: after a power cut its guard against a rollback is empty."""

    def _persist_file(self, filename: str, data: bytes) -> None:
        write_visible(Path(filename), data)

    def _persist_root(self, version: int, data: bytes) -> None:
        super()._persist_root(version, data)
        fsync_folder(Path(self._dir))


@contextmanager
def _json_of_strangers() -> Iterator[None]:
    """Take what a stranger's JSON makes python-tuf stumble over for a refusal.

    It reads most documents with care, and some that nobody but an attacker writes without.
    """
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DeserializationError(f"{type(error).__name__}: {error}") from error
