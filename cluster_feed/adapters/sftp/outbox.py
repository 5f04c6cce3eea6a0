"""What the screens of a gate left at their node for the hub: proof of play, and their health.

The node is not trusted.  Only files of the two expected names are taken, only so large and so
many at a visit, and only what is safely on the hub's disk is removed from the node.
"""

import asyncio
import logging
import re
import shutil
from pathlib import Path
from typing import Final

from cluster_feed.adapters.sftp.link import Held, Link
from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core.errors import DiskFull, FolderUnwritable

_log = logging.getLogger(__name__)

_PROOF: Final = re.compile(r"proof-[0-9]{10}\.jsonl", re.ASCII)
_HEALTH: Final = "health.json"
_LARGEST_PROOF: Final = 8 << 20
_LARGEST_HEALTH: Final = 256 << 10
_MOST_ENTRIES: Final = 2000
_MOST_BYTES: Final = 64 << 20
"""What one screen may hand over at one visit; the rest waits for the next."""
_RESERVE: Final = 256 << 20
"""Bytes that stay free on the hub's disk, whatever a node would send."""


async def collect(link: Link, screen: str, into: Path) -> int:
    """Bring home what a screen left, and give the number of files that are new.

    A proof that is here already under the same name is compared and never replaced.
    Raises NodeUnreachable, NodeFault, DiskFull, FolderUnwritable.
    """
    folder = f"outbox/{screen}"
    new, room = 0, _MOST_BYTES
    waiting = [each for each in await link.held(folder, _MOST_ENTRIES) if _acceptable(each)]
    if waiting:
        await asyncio.to_thread(make_folder, into)
    for held in sorted(waiting):
        room -= held.byte_count
        if room < 0:
            break
        new += await _bring(link, f"{folder}/{held.name}", held, into / held.name)
    return new


def make_folder(folder: Path) -> None:
    """Make a folder for what comes home, which a power cut does not take away again."""
    try:
        made = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for each in made:
            fsync_folder(each.parent)
    except OSError as error:
        raise FolderUnwritable(path=folder, detail=error.strerror) from error


def _acceptable(held: Held) -> bool:
    if _PROOF.fullmatch(held.name):
        largest = _LARGEST_PROOF
    elif held.name == _HEALTH:
        largest = _LARGEST_HEALTH
    else:
        _log.warning("a node holds %r for us, which is nothing of ours", held.name)
        return False
    if held.byte_count > largest:
        _log.warning("%s is left at its node: %d bytes are too many", held.name, held.byte_count)
        return False
    return True


async def _bring(link: Link, path: str, held: Held, to: Path) -> bool:
    """Fetch one file; whether it is new."""
    final = held.name != _HEALTH
    here = await asyncio.to_thread(_content, to)
    if final and here is not None and len(here) != held.byte_count:
        _log.warning("%s is left at its node: it is not what came under that name before", path)
        return False
    content = await link.fetch(path, held.byte_count)
    if len(content) != held.byte_count:
        return False
    if content != here:
        if final and here is not None:
            _log.warning("%s is left at its node: it is not what came under that name before", path)
            return False
        await asyncio.to_thread(_write, to, content)
    if final:
        await link.remove(path)
    return content != here


def _content(path: Path) -> bytes | None:
    """What is here already; None: nothing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < len(content) + _RESERVE:
        raise DiskFull(
            path=path.parent,
            free=f"{free >> 20} MiB",
            needed=f"{len(content) + _RESERVE >> 20} MiB",
        )
    try:
        write_visible(path, content)
    except OSError as error:
        raise FolderUnwritable(path=path.parent, detail=error.strerror) from error
