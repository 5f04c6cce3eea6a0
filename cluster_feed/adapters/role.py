"""A cluster's signed role: the bytes that approvers sign, and what they list.

Pure: needs neither the feed's folder nor a network, so that an approver's own machine can make
the same bytes from the playlist, compare them and sign.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from pydantic import ValidationError
from securesystemslib.signer import Signer
from tuf.api.metadata import TargetFile, Targets
from tuf.api.serialization.json import CanonicalJSONSerializer

from cluster_feed.core.errors import NotTheClusters
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import Sha256, digest

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class TreeFile(NamedTuple):
    """One file that a node must hold.

    `path` is relative to the node's feed folder.  `content` is that of metadata; None: a target,
    which the store holds under its `sha256`.
    """

    path: str
    sha256: Sha256
    byte_count: int
    content: bytes | None = None


def to_sign(playlist: Playlist, expires: datetime) -> bytes:
    """Write the exact bytes that approve a playlist and every file it shows.

    They depend on nothing else.  Raises NotTheClusters where the playlist names a file outside
    its cluster.
    """
    role = Targets(
        playlist.number, None, expires.astimezone(UTC), _targets(playlist, playlist.to_bytes())
    )
    _check_reach(playlist.cluster, role)
    return CanonicalJSONSerializer().serialize(role)


def shown(cluster: str, role: Targets, playlist_bytes: bytes) -> Playlist:
    """Give the playlist that a role approves; NotTheClusters where it approves anything else.

    An approver sees the playlist and signs the role: the role must list that playlist's bytes and
    its files, and nothing more.
    """
    try:
        playlist = Playlist.from_bytes(playlist_bytes)
    except ValidationError as error:
        raise NotTheClusters(cluster=cluster, detail=error.errors()[0]["msg"]) from error
    if (playlist.cluster, playlist.number) != (cluster, role.version):
        detail = f"the playlist is {playlist.cluster}/{playlist.number}"
        raise NotTheClusters(cluster=cluster, detail=detail)
    if role.targets != _targets(playlist, playlist_bytes) or role.unrecognized_fields:
        raise NotTheClusters(cluster=cluster, detail="not the files of its playlist")
    return playlist


def _targets(playlist: Playlist, content: bytes) -> dict[str, TargetFile]:
    """List a playlist, in its own bytes, and every file that it shows."""
    listed = {blob.target: (blob.sha256, blob.byte_count) for blob in playlist.blobs().values()}
    listed[f"{playlist.cluster}/playlist.json"] = (digest(content), len(content))
    return {
        path: TargetFile(byte_count, {"sha256": sha256}, path)
        for path, (sha256, byte_count) in listed.items()
    }


def sign(signed_bytes: bytes, signer: Signer) -> dict[str, str]:
    """Sign those bytes."""
    signature = signer.sign(signed_bytes)
    return {"keyid": signature.keyid, "sig": signature.signature}


def parse(cluster: str, signed_bytes: bytes) -> Targets:
    """Read signed bytes as a cluster's role; NotTheClusters where they are anything else."""
    try:
        role = Targets.from_dict(cast("dict[str, Any]", json.loads(signed_bytes)))
        canonical = CanonicalJSONSerializer().serialize(role)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotTheClusters(cluster=cluster, detail=error) from error
    if canonical != signed_bytes:
        raise NotTheClusters(cluster=cluster, detail="not written canonically")
    _check_reach(cluster, role)
    return role


def files(role: Targets) -> list[TreeFile]:
    """What a role lists, as it lies on a node: named by content, in its cluster's folder."""
    return [
        TreeFile(f"targets/{path}", target.hashes["sha256"], target.length)
        for _, target in sorted(role.targets.items())
        for path in target.get_prefixed_paths()
    ]


def _check_reach(cluster: str, role: Targets) -> None:
    """Refuse a role that reaches beyond its cluster, though a screen would not follow it there."""
    for path, target in role.targets.items():
        folder, _, name = path.partition("/")
        if folder != cluster or not _FILE_NAME.fullmatch(name):
            raise NotTheClusters(cluster=cluster, detail=path)
        if set(target.hashes) != {"sha256"}:
            raise NotTheClusters(cluster=cluster, detail=f"{path} without its SHA-256")
    if f"{cluster}/playlist.json" not in role.targets:
        raise NotTheClusters(cluster=cluster, detail="no playlist")
    if role.delegations is not None:
        raise NotTheClusters(cluster=cluster, detail="delegates further")
