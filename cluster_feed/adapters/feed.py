"""The signed feed: a repository of The Update Framework, as the hub keeps it.

Who may say what:

    root       three keys of the department's leaders, two must sign; offline
    targets    the same keys; says which people's keys approve for which cluster, nothing else
    <cluster>  the approvers, as many as the threshold; lists the cluster's playlist and files
    snapshot,
    timestamp  the hub's online key; which versions are live now

A hub that is stolen has only the online key: it can withhold, but neither add nor change what a
screen shows, nor give one cluster another's edition.
"""

import fcntl
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from securesystemslib.signer import Key, Signature, Signer
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    Targets,
    Timestamp,
    VerificationResult,
)

from cluster_feed.adapters.amendment import Amendment, recount
from cluster_feed.adapters.charter import Charter, expiry
from cluster_feed.adapters.live_feed import (
    ROOT_VERSION,
    SIGNED_AT,
    LiveFeed,
    Roles,
    State,
    renewed_name,
)
from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core.errors import (
    AlreadyFounded,
    KeysMissing,
    WrongKey,
)

_SIGNED = TypeVar("_SIGNED", Root, Targets, Snapshot, Timestamp)


class Feed(LiveFeed):
    """The hub's side of the repository: the only one that changes it.

    `timestamp.json` is written last, so that a crash at any point leaves the feed as it was or as
    it should be.
    """

    def __init__(self, folder: Path, expires_days: int = 100) -> None:
        """Use a folder; `expires_days` is how long a snapshot is believed without another."""
        super().__init__(folder)
        self._life = timedelta(days=expires_days)

    @classmethod
    def create(  # noqa: PLR0913  a ceremony has many witnesses
        cls,
        folder: Path,
        clusters: Iterable[str],
        *,
        root_signers: Sequence[Signer],
        approvers: Mapping[str, Key],
        threshold: int,
        online: Signer,
        now: datetime,
        expires_days: int = 100,
    ) -> Self:
        """Found the feed: who is trusted, and an empty first snapshot.

        It appears whole, by a rename: a half that a crash left is begun anew.  Raises
        AlreadyFounded, and what `Charter.check` raises.
        """
        charter = Charter(
            root_keys=tuple(signer.public_key for signer in root_signers),
            online=online.public_key,
            approvers=approvers,
            threshold=threshold,
            clusters=tuple(clusters),
            expires=expiry(now),
        )
        charter.check()
        feed, begun = cls(folder, expires_days), cls(folder / ".founding", expires_days)
        folder.mkdir(parents=True, exist_ok=True)
        with feed._locked():
            if feed.founded:
                raise AlreadyFounded(path=folder)
            if begun.folder.exists():
                shutil.rmtree(begun.folder)
            begun._metadata.mkdir(parents=True)
            root, targets = charter.root(1), charter.targets(1)
            signed_root = _sign(root, root_signers)
            signed_targets = _sign(targets, root_signers)
            begun._write("1.root.json", signed_root)
            begun._write("root.json", signed_root)
            begun._write("1.targets.json", signed_targets)
            begun._announce(root, (0, 0), {"targets.json": _meta(1, signed_targets)}, online, now)
            begun._metadata.replace(feed._metadata)
            begun.folder.rmdir()
            fsync_folder(folder)
        return feed

    def put(self, roles: Roles, online: Signer, now: datetime) -> int:
        """Make clusters' signed roles live, all or none, and give the timestamp's version.

        What is live already stays as it is.  Raises TooFewSignatures, NotTheClusters, Superseded,
        NotDelegated, WrongKey.
        """
        with self._alone():
            live = self._live()
            new = self._new(live, roles, now)
            if not new:
                return live.timestamp.version
            for cluster, (version, content) in new.items():
                self._write(f"{version}.{cluster}.json", content)
            meta = {f"{cluster}.json": _meta(*each) for cluster, each in new.items()}
            return self._announce_after(live, meta, online, now)

    def refresh(self, online: Signer, now: datetime) -> int:
        """Sign anew what would expire within half its life; give the timestamp's version."""
        with self._alone():
            live = self._live()
            expires = min(live.timestamp.expires, live.snapshot.expires)
            if expires - now > self._life / 2:
                return live.timestamp.version
            return self._announce_after(live, {}, online, now)

    def amend(
        self,
        amendment: Amendment,
        again: Mapping[str, Mapping[str, Signature]],
        online: Signer,
        now: datetime,
    ) -> Mapping[str, VerificationResult]:
        """Make a change of trust live, and give the clusters that it leaves without approval.

        `again` holds, by cluster and key, signatures made anew on a live role, for where a key
        that had signed it is trusted no more.  A cluster that has too few keeps its edition, and
        its screens take nothing new.  What is live already stays as it is, so that the rest of the
        signatures can follow.  Raises ChangeOutdated, TooFewLeaders, WrongKey.
        """
        with self._alone():
            live = self._live()
            before = self._in_force(live)
            is_live = (live.root, live.targets) == (amendment.root.signed, amendment.targets.signed)
            root, targets = before if is_live else amendment.after(before)
            if online.public_key.keyid not in root.signed.roles[Timestamp.type].keyids:
                raise WrongKey(role=Timestamp.type)
            counted = recount(targets.signed, self._live_roles(live, targets.signed), again)
            meta = {}
            for cluster, signed in counted.renewed.items():
                content = signed.to_bytes()
                named = _meta(signed.signed.version, content)
                self._write(renewed_name(cluster, named), content)
                meta[f"{cluster}.json"] = named
            if not is_live:
                self._write(f"{root.signed.version}.root.json", root.to_bytes())
                version, content = targets.signed.version, targets.to_bytes()
                self._write(f"{version}.targets.json", content)
                meta["targets.json"] = _meta(version, content)
            if meta:
                self._announce_after(live._replace(root=root.signed), meta, online, now)
            self._write("root.json", root.to_bytes())
        return counted.lacking

    def _announce_after(
        self, live: State, changed: Mapping[str, MetaFile], online: Signer, now: datetime
    ) -> int:
        before = live.snapshot.version, live.timestamp.version
        return self._announce(live.root, before, {**live.snapshot.meta, **changed}, online, now)

    def _announce(
        self,
        root: Root,
        before: tuple[int, int],
        meta: dict[str, MetaFile],
        online: Signer,
        now: datetime,
    ) -> int:
        """Write the next snapshot and, last, the next timestamp."""
        expires = now.astimezone(UTC) + self._life
        snapshot = Snapshot(before[0] + 1, None, expires, meta)
        snapshot_content = _sign_online(root, snapshot, online)
        named = _meta(snapshot.version, snapshot_content)
        said = {SIGNED_AT: now.isoformat(), ROOT_VERSION: root.version}
        timestamp = Timestamp(before[1] + 1, None, expires, named, unrecognized_fields=said)
        timestamp_content = _sign_online(root, timestamp, online)
        self._write(f"{snapshot.version}.snapshot.json", snapshot_content)
        self._write("timestamp.json", timestamp_content)
        return timestamp.version

    def _write(self, name: str, content: bytes) -> None:
        write_visible(self._metadata / name, content)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other process change the feed meanwhile."""
        if not self._metadata.is_dir():
            raise KeysMissing(path=self.folder)
        with self._locked():
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Wait for the feed's lock; a dead process's goes with it."""
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _sign(signed: _SIGNED, signers: Iterable[Signer]) -> bytes:
    metadata = Metadata(signed)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def _sign_online(root: Root, signed: _SIGNED, online: Signer) -> bytes:
    metadata = Metadata(signed)
    metadata.sign(online)
    try:
        root.verify_delegate(signed.type, metadata.signed_bytes, metadata.signatures)
    except UnsignedMetadataError as error:
        raise WrongKey(role=signed.type) from error
    return metadata.to_bytes()


def _meta(version: int, content: bytes) -> MetaFile:
    return MetaFile.from_data(version, content, ["sha256"])
