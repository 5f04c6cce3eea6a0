"""A small hub that can also sign what it should not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from securesystemslib.signer import CryptoSigner, Key
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from cluster_feed.adapters.live_feed import SIGNED_AT
from cluster_feed.core.asset import Kind
from cluster_feed.core.playlist import Blob, Entry, Playlist

SignedT = TypeVar("SignedT", Root, Targets, Snapshot, Timestamp)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
CLUSTER, PROFILE = "lao-bao", "led-wall"


class Hub:
    """Signs and lays out a feed tree as a node holds it; every attack is a step of this left out.

    `folder` is the tree.  Versions grow with every `announce`.
    """

    def __init__(self, folder: Path, now: datetime = NOW) -> None:
        self.folder = folder
        self.now = now
        self.expires = now + timedelta(days=100)
        self.signed_at: datetime | None = None
        self.root_keys = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.approvers = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.online = CryptoSigner.generate_ed25519()
        self.version = 0
        (folder / "metadata").mkdir(parents=True)
        root = Root(1, None, now + timedelta(days=1800), consistent_snapshot=True)
        for key in self.root_keys:
            root.add_key(key.public_key, "root")
            root.add_key(key.public_key, "targets")
        root.add_key(self.online.public_key, "snapshot")
        root.add_key(self.online.public_key, "timestamp")
        root.roles["root"].threshold = root.roles["targets"].threshold = 2
        self.root = self.write("1.root", root, self.root_keys[:2])
        keys: dict[str, Key] = {key.public_key.keyid: key.public_key for key in self.approvers}
        roles = {
            name: DelegatedRole(name, list(keys), 2, terminating=True, paths=[f"{name}/*"])
            for name in (CLUSTER, "la-lay")
        }
        targets = Targets(1, None, root.expires, delegations=Delegations(keys, roles))
        self.meta = {"targets.json": self.named("1.targets", targets, self.root_keys[:2])}
        self.announce()

    def write(
        self,
        name: str,
        signed: SignedT,
        signers: Sequence[CryptoSigner],
    ) -> bytes:
        metadata = Metadata(signed)
        for signer in signers:
            metadata.sign(signer, append=True)
        content = metadata.to_bytes()
        (self.folder / "metadata" / f"{name}.json").write_bytes(content)
        return content

    def named(self, name: str, signed: Targets, signers: Sequence[CryptoSigner]) -> MetaFile:
        return MetaFile.from_data(signed.version, self.write(name, signed, signers), ["sha256"])

    def announce(self) -> None:
        """Sign what is there as the newest snapshot."""
        self.version += 1
        snapshot = Snapshot(self.version, None, self.expires, dict(self.meta))
        content = self.write(f"{self.version}.snapshot", snapshot, [self.online])
        named = MetaFile.from_data(self.version, content, ["sha256"])
        said = {SIGNED_AT: self.signed_at.isoformat()} if self.signed_at else {}
        timestamp = Timestamp(
            self.version, None, self.expires, named, unrecognized_fields=dict(said)
        )
        self.write("timestamp", timestamp, [self.online])

    def blob(self, path: Path, cluster: str = CLUSTER, profile: str = PROFILE) -> Blob:
        """Put a rendition into the tree."""
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        blob = Blob(
            target=f"{cluster}/{digest[:16]}.{profile}{path.suffix}",
            sha256=digest,
            byte_count=len(content),
        )
        target = self.target(blob)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return blob

    def target(self, blob: Blob) -> Path:
        """Where a blob lies on the node."""
        folder, name = blob.target.split("/")
        return self.folder / "targets" / folder / f"{blob.sha256}.{name}"

    def publish(
        self,
        playlist: Playlist,
        *,
        role: str | None = None,
        signers: Sequence[CryptoSigner] | None = None,
        expires: datetime | None = None,
    ) -> None:
        """Put an edition into the feed; `role` and `signers` other than the right ones attack."""
        role = role or playlist.cluster
        content = playlist.to_bytes()
        targets = {
            blob.target: TargetFile(blob.byte_count, {"sha256": blob.sha256}, blob.target)
            for blob in playlist.blobs().values()
        }
        name = f"{role}/playlist.json"
        targets[name] = TargetFile.from_data(name, content, ["sha256"])
        path = self.folder / "targets" / role / f"{sha256(content).hexdigest()}.playlist.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        signed = Targets(playlist.number, None, expires or self.expires, targets)
        signers = self.approvers[:2] if signers is None else signers
        self.meta[f"{role}.json"] = self.named(f"{playlist.number}.{role}", signed, signers)
        self.announce()


def entry(blob: Blob, seconds: float = 0.8, **facts: object) -> Entry:
    kind = Kind.PHOTO if blob.target.endswith(".jpg") else Kind.VIDEO
    return Entry.model_validate(
        {
            "asset": sha256(blob.sha256.encode()).hexdigest(),
            "kind": kind,
            "seconds": seconds,
            "captions": {},
            "blobs": {PROFILE: blob},
            **facts,
        }
    )


def playlist(number: int, *entries: Entry, **facts: object) -> Playlist:
    return Playlist.model_validate(
        {
            "cluster": CLUSTER,
            "cycle": "2026-11",
            "number": number,
            "show_from": NOW,
            "show_until": NOW + timedelta(days=40),
            "entries": entries,
            **facts,
        }
    )
