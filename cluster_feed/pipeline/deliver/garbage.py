"""What a node holds and no edition needs any more.

Known by the receipts alone: what the hub never brought is never touched.  Metadata goes before the
blobs that it names, and only once no screen can still be reading it: every one reported what the
node serves, or it has served that for long.
"""

import asyncio
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cluster_feed.adapters.live_feed import LiveFeed
from cluster_feed.adapters.sftp.link import Link
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import NodeFault
from cluster_feed.core.health import Health
from cluster_feed.ledger import models as ledger

_log = logging.getLogger(__name__)

_VERSIONED: Final = re.compile(r"metadata/([0-9]+)\.(.+)\.json", re.ASCII)
_PART: Final = re.compile(r"([0-9a-f]{64})[-.0-9a-z]*", re.ASCII)
_INCOMING: Final = ".incoming"
_PARTS_AT_MOST: Final = 20_000
_AT_ONCE: Final = 16


class Tree(NamedTuple):
    """What a node shall hold at a version of the feed; `number` is its edition's."""

    version: int
    number: int
    paths: set[str]


def removable(
    cluster: Cluster, tree: Tree, received: Iterable[str], long_ago: datetime
) -> list[str]:
    """Name what may leave a node now, in the order in which it may.

    What the node serves stays, also where the feed has moved on and the node has not.
    """
    if not (gone := sorted(set(received) - tree.paths)):
        return []
    receipts = ledger.Receipt.objects.filter(cluster=cluster.name)
    latest = receipts.order_by("-timestamp_version").first()
    if latest is None:
        return []
    serves = latest.edition
    if latest.timestamp_version == tree.version:
        number, since = tree.number, latest.at
    elif serves is not None:
        number, since = serves.number, latest.at
        still_served = _blobs(serves, cluster.name)
        gone = [path for path in gone if path not in still_served]
    else:
        return []
    if serves is not None:
        first = receipts.filter(edition=serves).order_by("timestamp_version").first()
        since = first.at if first else since
    if not number or not (since <= long_ago or _all_switched(cluster, number)):
        return []
    kept = _latest_before(tree, gone)
    metadata = [path for path in gone if path.startswith("metadata/") and path not in kept]
    return metadata + [path for path in gone if path.startswith("targets/")]


def _blobs(edition: ledger.Edition, cluster: str) -> set[str]:
    """What an edition shows at a cluster, as it lies on the node."""
    programme = edition.programmes.filter(cluster=cluster).first()
    signed = bytes(programme.to_sign or b"") if programme else b""
    return {file.path for file in LiveFeed.files(cluster, signed)} if signed else set()


def _all_switched(cluster: Cluster, number: int) -> bool:
    """Whether every screen says that it shows an edition, or a later one."""
    rows = ledger.Health.objects.filter(cluster=cluster.name)
    shows = {row.screen: Health.model_validate(row.says).edition for row in rows}
    return all(shows.get(screen.name, 0) >= number for screen in cluster.screens)


def _latest_before(tree: Tree, gone: Iterable[str]) -> set[str]:
    """Every root, and each role's last version before the live one: who refreshes may want it."""
    live = _versions(tree.paths)
    kept: dict[str, tuple[int, str]] = {}
    roots = set()
    for path in gone:
        if found := _VERSIONED.fullmatch(path):
            version, role = int(found[1]), found[2]
            if role == "root":
                roots.add(path)
            elif version < live.get(role, version + 1):
                kept[role] = max(kept.get(role, (0, "")), (version, path))
    return roots | {path for _, path in kept.values()}


def _versions(paths: Iterable[str]) -> Mapping[str, int]:
    found = (match for path in paths if (match := _VERSIONED.fullmatch(path)))
    return {match[2]: int(match[1]) for match in found if match[2] != "root"}


async def remove(link: Link, paths: Sequence[str], removed: list[str]) -> None:
    """Remove files, some at once, metadata before blobs, and list those that are gone.

    One that cannot be removed is left for the next visit.
    """
    for folder in ("metadata/", "targets/"):
        of_folder = [path for path in paths if path.startswith(folder)]
        for begin in range(0, len(of_folder), _AT_ONCE):
            await _remove(link, of_folder[begin : begin + _AT_ONCE], removed)


async def _remove(link: Link, paths: Sequence[str], removed: list[str]) -> None:
    answers = await asyncio.gather(*map(link.remove, paths), return_exceptions=True)
    for path, answer in zip(paths, answers, strict=True):
        if answer is None:
            removed.append(path)
        elif isinstance(answer, NodeFault):
            _log.warning("%s stays at its node: %s", path, answer)
        else:
            raise answer


async def sweep(link: Link, going_on: Iterable[str], removed: list[str]) -> None:
    """Remove begun files that no upload continues; `going_on` are the hashes of those that do."""
    wanted = set(going_on)
    parts = [
        f"{_INCOMING}/{held.name}"
        for held in await link.held(_INCOMING, _PARTS_AT_MOST)
        if (part := _PART.fullmatch(held.name)) and part[1] not in wanted
    ]
    for begin in range(0, len(parts), _AT_ONCE):
        await _remove(link, parts[begin : begin + _AT_ONCE], removed)
