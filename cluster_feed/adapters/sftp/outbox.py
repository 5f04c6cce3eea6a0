"""What the screens of a gate left at their node for the hub: proof of play, and their health.

The node is not trusted.  Only files of the three expected names are taken, only so large and so
many at a visit, and only what is safely on the hub's disk is removed from the node.  What nobody
has admitted yet waits on the hub, in a room of its own for each device, and the rest on the node.
"""

import asyncio
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cluster_feed.adapters.sftp.link import Held, Link
from cluster_feed.adapters.store import fsync_folder, write_visible
from cluster_feed.core import health, proof
from cluster_feed.core.errors import DiskFull, FolderUnwritable

_log = logging.getLogger(__name__)

_MOST_ENTRIES: Final = 20_000
"""How far a folder is read: files come in any order, and are best taken in that of their rows."""
_MOST_FILES: Final = 5_000
_MOST_BYTES: Final = 64 << 20
"""What one screen may hand over at one visit; the rest waits for the next."""
_FILES_AT_ONCE: Final = 8
"""A small file costs a far link's whole delay, several times over."""
_MOST_DEVICES: Final = 16
_ROOM: Final = 16 << 20
"""Bytes of one device's proof that wait on the hub to be read, or for a person to admit it."""
_RESERVE: Final = 256 << 20
"""Bytes that stay free on the hub's disk, whatever a node would send."""


async def collect(link: Link, screen: str, into: Path) -> int:
    """Bring home what a screen left, and give the number of files that are new.

    A proof that is here already under the same name is compared and never replaced.
    Raises NodeUnreachable, NodeFault, DiskFull, FolderUnwritable.
    """
    folder = f"outbox/{screen}"
    held = await link.held(folder, _MOST_ENTRIES)
    ours = {each: mark for each in held if (mark := _mark(each))}
    if strange := [each.name for each in held if each not in ours]:
        _log.warning(
            "%s: %d files are left at their node, too large or not ours, such as %r",
            *(folder, len(strange), min(strange)),
        )
    if not ours:
        return 0
    await asyncio.to_thread(make_folder, into)
    turns = asyncio.Semaphore(_FILES_AT_ONCE)

    async def bring(each: Held) -> bool:
        async with turns:
            return await _bring(link, f"{folder}/{each.name}", each, into / each.name)

    under_way = [
        asyncio.create_task(bring(each)) for each in await asyncio.to_thread(_chosen, ours, into)
    ]
    try:
        return sum(await asyncio.gather(*under_way))
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _mark(held: Held) -> str | None:
    """The mark of the device whose file this is; None: it is nothing that is taken."""
    if name := proof.NAME.fullmatch(held.name):
        largest = proof.LARGEST
    elif name := health.NAME.fullmatch(held.name):
        largest = health.LARGEST
    elif name := health.PICTURE.fullmatch(held.name):
        largest = health.LARGEST_PICTURE
    return name[1] if name and held.byte_count <= largest else None


def _chosen(ours: Mapping[Held, str], into: Path) -> list[Held]:
    """Which files to bring at this visit: health, then each device's rows in their order."""
    chosen: list[Held] = []
    by_visit = _MOST_BYTES
    by_device = {
        mark: _ROOM - sum(each.stat().st_size for each in into.glob(f"proof-{mark}-*"))
        for mark in sorted(set(ours.values()))[:_MOST_DEVICES]
    }
    for each in sorted(ours):
        mark = ours[each]
        if each.byte_count > by_visit or len(chosen) == _MOST_FILES:
            break
        if proof.NAME.fullmatch(each.name) and not (into / each.name).exists():
            by_device[mark] = by_device.get(mark, 0) - each.byte_count
        if by_device.get(mark, -1) < 0:
            continue
        by_visit -= each.byte_count
        chosen.append(each)
    return chosen


def make_folder(folder: Path) -> None:
    """Make a folder for what comes home, which a power cut does not take away again."""
    try:
        made = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for each in made:
            fsync_folder(each.parent)
    except OSError as error:
        raise FolderUnwritable(path=folder, detail=error.strerror) from error


async def _bring(link: Link, path: str, held: Held, to: Path) -> bool:
    """Fetch one file; whether it is new."""
    final = proof.NAME.fullmatch(held.name) is not None
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
