"""Files to a cluster's node, and what it holds ready for the hub, over links that break.

SFTP by asyncssh.  A file grows under `.incoming` and is renamed once it is whole and on the node's
disk.  Its name there holds the hash of its content, so that a broken transfer goes on where the
last one ended.  The node is not trusted: its key is pinned, what it says is bounded, and only what
it holds is read.
"""

import asyncio
import math
import os
import posixpath
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import asyncssh

from cluster_feed.adapters.sftp.pace import Pace
from cluster_feed.adapters.sftp.session import ANSWER_SECONDS, Session, first_failure, several
from cluster_feed.adapters.sftp.ssh import Patience, connect, explained
from cluster_feed.adapters.sftp.transfer import Transfer
from cluster_feed.adapters.sftp.upload import Content, Upload
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import NodeFull
from cluster_feed.core.value import digest

_INCOMING: Final = ".incoming"
_SLOWEST_BYTES_A_SECOND: Final = 1000
_RESERVE: Final = 32 << 20
"""Bytes to leave free on a node, for its screens' proof and its system."""
_SMALL_BYTES: Final = 128 << 10
"""Files up to this size do not fill a link eight at a time: what they cost is round trips."""
_SMALL_AT_ONCE: Final = 8
"""How many small files go in the place of one."""
_LONGEST_NAME: Final = 255
"""Bytes; no disk has longer ones, and a list of those would fill the hub's memory."""


class Held(NamedTuple):
    """A file that a node says it has."""

    name: str
    byte_count: int


@asynccontextmanager
async def open_link(
    cluster: str,
    node: Node,
    key_file: Path,
    patience: Patience,
    at_most_bytes_a_second: float | None = None,
) -> AsyncIterator["Link"]:
    """Open a link to a cluster's node, and send no faster than it may; raises as `ssh.connect`."""
    async with connect(cluster, node, key_file, patience) as connection:
        with explained(cluster, node):
            async with asyncio.timeout(patience.connect_seconds):
                session = Session(connection, await connection.start_sftp_client())
        pace = Pace(session.largest_write, at_most_bytes_a_second)
        yield Link(cluster, node, session, pace, patience.files_in_flight)


def _untold(_what: object) -> None:
    """Tell nobody."""


class Link:
    """An open link to a node; paths are relative to the node's folder.

    Every act may raise NodeUnreachable where the link is lost, and NodeFault where the node
    refuses or answers nonsense.
    """

    def __init__(
        self,
        cluster: str,
        node: Node,
        session: Session,
        pace: Pace,
        files_in_flight: int,
    ) -> None:
        """Use an SFTP session; see `open_link`."""
        self._cluster = cluster
        self._node = node
        self._session = session
        self._sftp = session.sftp
        self._ask = session.ask
        self._pace = pace
        self._files_in_flight = files_in_flight

    async def missing(self, uploads: Iterable[Upload]) -> list[Upload]:
        """Ask which files the node does not hold whole under their final names."""
        wanted = list(uploads)
        with self._explained():
            sizes = await several(self._size, [each.path for each in wanted])
        return [
            upload for upload, size in zip(wanted, sizes, strict=True) if size != upload.byte_count
        ]

    async def holds(self, upload: Upload) -> bool:
        """Whether the node holds a small file byte for byte."""
        with self._explained(), Content(upload) as content:
            expected = content.read(0, content.byte_count)
            try:
                file = await self._ask(self._sftp.open(self._path(upload.path), "rb", block_size=0))
            except asyncssh.SFTPNoSuchFile:
                return False
            found = await self._session.read(file, 0, content.byte_count + 1)
            await self._ask(file.close())
            return found == expected

    async def make_sure_of_room(self, uploads: Iterable[Upload]) -> None:
        """Raise NodeFull where the files do not fit, less what was sent of them before."""
        wanted = list(uploads)
        with self._explained():
            free, sent = await asyncio.gather(self._free(), several(self._size, map(_part, wanted)))
        needed = sum(
            max(0, upload.byte_count - (size or 0))
            for upload, size in zip(wanted, sent, strict=True)
        )
        self._make_sure_of_room(free, needed)

    async def make_folders(self, uploads: Iterable[Upload]) -> None:
        """Make every folder that the files need, where it is not there yet."""
        files = [path for upload in uploads for path in (upload.path, _part(upload))]
        folders = sorted({parent for path in files for parent in _parents(path)})
        with self._explained():
            sizes = await several(self._size, folders)
            lacking = [each for each, size in zip(folders, sizes, strict=True) if size is None]
            for _, siblings in groupby(sorted(lacking, key=_depth), key=_depth):
                await several(self._make_folder, siblings)

    async def put(
        self,
        uploads: Iterable[Upload],
        moved: Callable[[int], None] = _untold,
        arrived: Callable[[Upload], None] = _untold,
    ) -> None:
        """Send files, several at once, each whole under its name or not at all.

        `moved` is told of bytes that crossed the link, `arrived` of each file that is in place.
        Raises NodeFull, and StoreDamaged where a source is not what it was.
        """

        async def put(upload: Upload) -> None:
            part, path = self._path(_part(upload)), self._path(upload.path)
            with Content(upload) as content:
                await Transfer(self._session, self._pace, content, part, path, moved).run()
            arrived(upload)

        every = list(uploads)
        small = [each for each in every if each.byte_count <= _SMALL_BYTES]
        large = [each for each in every if each.byte_count > _SMALL_BYTES]
        with self._explained():
            try:
                with first_failure():
                    async with asyncio.TaskGroup() as group:
                        at_once = self._files_in_flight
                        group.create_task(several(put, small, at_once * _SMALL_AT_ONCE))
                        group.create_task(several(put, large, at_once))
            except asyncssh.SFTPFailure:
                # OpenSSH says no more than "Failure" when its disk is full.
                self._make_sure_of_room(await self._free(), 1)
                raise
            finally:
                self._pace.rest()

    async def held(self, folder: str, at_most: int) -> list[Held]:
        """List a folder's regular files, of its first `at_most` entries; none where it is not."""
        found: list[Held] = []
        path = self._path(folder).encode()  # as bytes: names need not be UTF-8
        with self._explained(), suppress(asyncssh.SFTPNoSuchFile):
            async with asyncio.timeout(ANSWER_SECONDS):
                async for entry in self._sftp.scandir(path):
                    at_most -= 1
                    name = os.fsencode(entry.filename)
                    regular = entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR
                    if regular and len(name) <= _LONGEST_NAME:
                        size = entry.attrs.size or 0
                        found.append(Held(name.decode(errors="replace"), size))
                    if at_most <= 0:
                        break
        return found

    async def fetch(self, path: str, byte_count: int) -> bytes:
        """Read the first `byte_count` bytes of a file, or fewer where it has fewer."""
        with self._explained():
            async with asyncio.timeout(ANSWER_SECONDS + byte_count / _SLOWEST_BYTES_A_SECOND):
                file = await self._ask(self._sftp.open(self._path(path), "rb", block_size=0))
                content = await self._session.read(file, 0, byte_count)
                await self._ask(file.close())
        return content

    async def remove(self, path: str) -> None:
        """Remove a file; one that is gone is gone."""
        with self._explained(), suppress(asyncssh.SFTPNoSuchFile):
            await self._ask(self._sftp.remove(self._path(path)))

    # --- Questions -----------------------------------------------------------------------------

    async def _size(self, path: str) -> int | None:
        """A file's or folder's size; None: there is none."""
        try:
            return (await self._ask(self._sftp.stat(self._path(path)))).size
        except asyncssh.SFTPNoSuchFile:
            return None

    async def _free(self) -> float:
        """How many bytes the node has free; without end where it does not say."""
        try:
            try:
                space = await self._ask(self._sftp.statvfs(self._node.folder))
            except asyncssh.SFTPNoSuchFile:
                space = await self._ask(self._sftp.statvfs("."))  # a new node: where it will be
        except (asyncssh.SFTPOpUnsupported, asyncssh.SFTPFailure):  # the latter is Windows' way
            return math.inf
        free: int = space.bavail * space.frsize
        return free

    def _make_sure_of_room(self, free: float, needed: int) -> None:
        if needed and free < needed + _RESERVE:
            raise NodeFull(
                cluster=self._cluster,
                free=f"{int(free) >> 20} MiB",
                needed=f"{(needed + _RESERVE) >> 20} MiB",
            )

    async def _make_folder(self, path: str) -> None:
        try:
            await self._ask(self._sftp.mkdir(self._path(path)))
        except asyncssh.SFTPError:
            if not await self._ask(self._sftp.isdir(self._path(path))):
                raise

    def _path(self, path: str) -> str:
        return posixpath.join(self._node.folder, path)

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self._cluster, self._node)


def _part(upload: Upload) -> str:
    """Where a file grows: by its content, and by its name, for two may have the same content."""
    return f"{_INCOMING}/{upload.sha256}-{digest(upload.path.encode())[:8]}.part"


def _parents(path: str) -> Iterator[str]:
    """Every folder above a path; the node's own is the empty one."""
    while path:
        path = posixpath.dirname(path)
        yield path


def _depth(folder: str) -> int:
    return len([*_parents(folder)])
