"""What is live in the signed feed, by its files: who is trusted with what, and what is shown.

For looking only.  Whoever changes the feed is in `feed`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import (
    DelegatedRole,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    Targets,
    Timestamp,
    VerificationResult,
)
from tuf.api.serialization import DeserializationError

from cluster_feed.adapters import role
from cluster_feed.adapters.amendment import Amendment, recount
from cluster_feed.adapters.charter import Charter, person_of
from cluster_feed.adapters.role import TreeFile
from cluster_feed.core.errors import (
    FeedDamaged,
    KeysMissing,
    NotAnApprover,
    NotDelegated,
    NotTheClusters,
    Superseded,
    TooFewSignatures,
    WrongSignature,
)
from cluster_feed.core.value import digest

Roles = Mapping[str, tuple[bytes, Sequence[Mapping[str, str]]]]
"""By cluster, the bytes of `to_sign` and their signatures."""

SIGNED_AT: Final = "x-cluster-feed-signed-at"
"""A field of the timestamp: when the hub signed it, for a screen whose clock lost its battery."""

ROOT_VERSION: Final = "x-cluster-feed-root"
"""Another: which root is live with it, so that a change of trust is done when it is written."""

_SIGNED = TypeVar("_SIGNED", Root, Targets, Snapshot, Timestamp)


class State(NamedTuple):
    """What the timestamp stands for."""

    root: Root
    timestamp: Timestamp
    timestamp_content: bytes
    snapshot: Snapshot
    targets: Targets


class LiveFeed:
    """The feed in a folder, read anew at every question; `standing` reads once.

    What is live is what `timestamp.json` leads to.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder."""
        self.folder = folder
        self._metadata = folder / "metadata"

    @property
    def founded(self) -> bool:
        """Whether the ceremony was held; whatever is missing since then is damage."""
        return any(self._metadata.glob("*.json"))

    @property
    def timestamp_version(self) -> int:
        """Which state of the feed is live; grows with every change and every refreshing."""
        return self._read("timestamp.json", Timestamp).signed.version

    def live_number(self, cluster: str) -> int:
        """The number of the edition that is live at a cluster; 0: none yet."""
        return self.live_numbers().get(cluster, 0)

    def live_numbers(self) -> Mapping[str, int]:
        """The same of every cluster that has one."""
        return {
            name.removesuffix(".json"): meta.version
            for name, meta in self._live().snapshot.meta.items()
            if name != "targets.json"
        }

    def approvers(self, cluster: str) -> Mapping[str, str]:
        """Whose signatures count for a cluster, each with the id of the key."""
        targets = self._live().targets
        keyids = _delegated(targets, cluster).keyids
        return {person_of(targets.get_key(keyid)): keyid for keyid in keyids}

    def threshold(self, cluster: str) -> int:
        """How many approvers must sign for a cluster."""
        return _delegated(self._live().targets, cluster).threshold

    to_sign = staticmethod(role.to_sign)
    sign = staticmethod(role.sign)

    @staticmethod
    def files(cluster: str, to_sign: bytes) -> list[TreeFile]:
        """The targets that signed bytes list, as they lie on a node.  Raises NotTheClusters."""
        return role.files(role.parse(cluster, to_sign))

    def check_signature(self, cluster: str, to_sign: bytes, signature: Mapping[str, str]) -> str:
        """Tell who signed.  Raises NotAnApprover or WrongSignature."""
        targets = self._live().targets
        keyid = signature["keyid"]
        if keyid not in _delegated(targets, cluster).keyids:
            raise NotAnApprover(person=keyid[:10])
        key = targets.get_key(keyid)
        try:
            key.verify_signature(Signature(keyid, signature["sig"]), to_sign)
        except UnverifiedSignatureError as error:
            raise WrongSignature(person=person_of(key), cluster=cluster) from error
        return person_of(key)

    def check(self, roles: Roles, now: datetime) -> None:
        """Verify clusters' signed roles as `put` does, and change nothing."""
        self._new(self._live(), roles, now)

    def standing(self) -> "Standing":
        """Read what is live now, for whoever asks about many clusters."""
        return Standing(self)

    def charter(self) -> Charter:
        """Who is trusted with what, as it is live."""
        live = self._live()
        return Charter.read(live.root, live.targets)

    def in_force(self) -> Amendment:
        """The live root and targets with their signatures."""
        return self._in_force(self._live())

    def left_without(self, targets: Targets) -> dict[str, Metadata[Targets]]:
        """The live roles whose signatures would be too few under another delegation."""
        roles = self._live_roles(self._live(), targets)
        return {cluster: roles[cluster] for cluster in recount(targets, roles, {}).lacking}

    def lacking(self) -> Mapping[str, VerificationResult]:
        """The clusters whose live role too few of those sign who are trusted now."""
        live = self._live()
        return recount(live.targets, self._live_roles(live, live.targets), {}).lacking

    def tree(self, cluster: str) -> list[TreeFile]:
        """All that a cluster's node must hold, in the order in which it may appear there.

        Targets first, metadata after what it names, the timestamp last.
        """
        live = self._live()
        _delegated(live.targets, cluster)
        files: list[TreeFile] = []
        names = [f"{version}.root.json" for version in range(1, live.root.version + 1)]
        names.append(f"{live.snapshot.meta['targets.json'].version}.targets.json")
        metadata = {name: self._bytes(name) for name in names}
        if meta := live.snapshot.meta.get(f"{cluster}.json"):
            name = self._role_name(cluster, meta)
            metadata[f"{meta.version}.{cluster}.json"] = self._bytes(name)
            files += role.files(self._read(name, Targets).signed)
        snapshot_name = f"{live.snapshot.version}.snapshot.json"
        metadata[snapshot_name] = self._bytes(snapshot_name)
        metadata["root.json"] = self._bytes(f"{live.root.version}.root.json")
        metadata["timestamp.json"] = live.timestamp_content
        files += [
            TreeFile(f"metadata/{name}", digest(content), len(content), content)
            for name, content in metadata.items()
        ]
        return files

    def _in_force(self, live: State) -> Amendment:
        number = live.snapshot.meta["targets.json"].version
        return Amendment(
            self._read(f"{live.root.version}.root.json", Root),
            self._read(f"{number}.targets.json", Targets),
        )

    def _live_roles(self, live: State, targets: Targets) -> dict[str, Metadata[Targets]]:
        """The live roles of those clusters that a delegation knows."""
        roles = targets.delegations.roles if targets.delegations else None
        named = {cluster: live.snapshot.meta.get(f"{cluster}.json") for cluster in roles or ()}
        return {
            cluster: self._read(self._role_name(cluster, meta), Targets)
            for cluster, meta in named.items()
            if meta
        }

    def _new(self, live: State, roles: Roles, now: datetime) -> dict[str, tuple[int, bytes]]:
        """Verify roles as a screen will; give version and file of those that are not live yet."""
        new = {}
        for cluster, (to_sign, signatures) in roles.items():
            signed = _verified(live.targets, cluster, to_sign, signatures)
            version = signed.signed.version
            if self._stands(live, cluster, version, to_sign):
                continue
            if signed.signed.is_expired(now):
                expired = f"expired on {signed.signed.expires:%Y-%m-%d}"
                raise NotTheClusters(cluster=cluster, detail=expired)
            new[cluster] = version, signed.to_bytes()
        return new

    def _stands(self, live: State, cluster: str, version: int, to_sign: bytes) -> bool:
        """Whether this very role is live; Superseded where it would take a screen back."""
        meta = live.snapshot.meta.get(f"{cluster}.json")
        if meta is None or version > meta.version:
            return False
        if self._read(self._role_name(cluster, meta), Targets).signed_bytes == to_sign:
            return True
        raise Superseded(edition=f"{cluster}/{version}", number=version, live=meta.version)

    def _live(self) -> State:
        timestamp_content = self._bytes("timestamp.json")
        timestamp = self._parsed("timestamp.json", timestamp_content, Timestamp).signed
        root = self._read(f"{_root_version(timestamp)}.root.json", Root).signed
        snapshot_name = f"{timestamp.snapshot_meta.version}.snapshot.json"
        snapshot = self._read(snapshot_name, Snapshot).signed
        targets_name = f"{snapshot.meta['targets.json'].version}.targets.json"
        targets = self._read(targets_name, Targets)
        try:
            root.verify_delegate(Targets.type, targets.signed_bytes, targets.signatures)
        except UnsignedMetadataError as error:
            raise FeedDamaged(path=self._metadata / targets_name) from error
        return State(root, timestamp, timestamp_content, snapshot, targets.signed)

    def _role_name(self, cluster: str, meta: MetaFile) -> str:
        """Name the file of a live role: with new signatures it has one of its own."""
        renewed = renewed_name(cluster, meta)
        there = (self._metadata / renewed).exists()
        return renewed if there else f"{meta.version}.{cluster}.json"

    def _read(self, name: str, kind: type[_SIGNED]) -> Metadata[_SIGNED]:
        return self._parsed(name, self._bytes(name), kind)

    def _parsed(self, name: str, content: bytes, kind: type[_SIGNED]) -> Metadata[_SIGNED]:
        try:
            metadata = Metadata[_SIGNED].from_bytes(content)
        except DeserializationError as error:
            raise FeedDamaged(path=self._metadata / name) from error
        if metadata.signed.type != kind.type:
            raise FeedDamaged(path=self._metadata / name)
        return metadata

    def _bytes(self, name: str) -> bytes:
        try:
            return (self._metadata / name).read_bytes()
        except FileNotFoundError as error:
            if self.founded:
                raise FeedDamaged(path=self._metadata / name) from error
            raise KeysMissing(path=self.folder) from error


def _verified(
    targets: Targets, cluster: str, to_sign: bytes, signatures: Sequence[Mapping[str, str]]
) -> Metadata[Targets]:
    """Count approvers' valid signatures, each person once, and keep those alone."""
    content = role.parse(cluster, to_sign)
    threshold = _delegated(targets, cluster).threshold
    found = {each["keyid"]: Signature(each["keyid"], each["sig"]) for each in signatures}
    result = targets.get_verification_result(cluster, to_sign, found)
    if not result:
        raise TooFewSignatures(cluster=cluster, valid=len(result.signed), threshold=threshold)
    return Metadata(content, {keyid: found[keyid] for keyid in result.signed})


def _delegated(targets: Targets, cluster: str) -> DelegatedRole:
    roles = targets.delegations.roles if targets.delegations else None
    if not roles or cluster not in roles:
        raise NotDelegated(cluster=cluster)
    return roles[cluster]


def _root_version(timestamp: Timestamp) -> int:
    return int(timestamp.unrecognized_fields.get(ROOT_VERSION, 1))


def renewed_name(cluster: str, meta: MetaFile) -> str:
    """Name a role whose signatures changed, beside the file that the snapshot still names.

    On a node it has the name that screens ask for; there the timestamp follows at once.
    """
    sha256 = (meta.hashes or {})["sha256"]
    return f"{meta.version}.{cluster}.{sha256[:16]}.json"


class Standing(LiveFeed):
    """The feed as it was live when it was read, and every file read once; for looking only."""

    def __init__(self, feed: LiveFeed) -> None:
        super().__init__(feed.folder)
        self._content = cache(super()._bytes)
        self._then = super()._live()

    def _live(self) -> State:
        return self._then

    def _bytes(self, name: str) -> bytes:
        return self._content(name)
