"""Files to a cluster's node, and what it holds ready for the hub, over links that break.

SFTP by asyncssh.  A file grows under `.incoming` and is renamed once it is whole and on the node's
disk.  Its name there holds the hash of its content, so that a broken transfer goes on where the
last one ended.  The node is not trusted: its key is pinned, what it says is bounded, and only what
it holds is read.
"""

import asyncio
import os
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import asyncssh

from cluster_feed.adapters.sftp.pace import Pace
from cluster_feed.adapters.sftp.ssh import Patience, connect, explained
from cluster_feed.adapters.sftp.upload import Content, Upload
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import NodeFull
from cluster_feed.core.value import digest

_READ_OR_MAKE: Final = asyncssh.FXF_READ | asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
_INCOMING: Final = ".incoming"
_TAIL_BYTES: Final = 128 << 10
"""How much of a partial upload's end is read back and compared before it is continued."""
_READ_BYTES: Final = 32 << 10
_QUESTIONS_AT_ONCE: Final = 64
_ANSWER_SECONDS: Final = 300
"""When a node that is alive but does not answer (a dying disk) is given up."""
_SLOWEST_BYTES_A_SECOND: Final = 1000
_RESERVE: Final = 32 << 20
"""Bytes to leave free on a node, for its screens' proof and its system."""

_ItemT = TypeVar("_ItemT")
_ResultT = TypeVar("_ResultT")


class Held(NamedTuple):
    """A file that a node says it has."""

    name: str
    byte_count: int


@asynccontextmanager
async def open_link(
    cluster: str, node: Node, key_file: Path, patience: Patience
) -> AsyncIterator["Link"]:
    """Open a link to a cluster's node; raises what `ssh.connect` does."""
    async with connect(cluster, node, key_file, patience) as connection:
        with explained(cluster, node):
            async with asyncio.timeout(patience.connect_seconds):
                client = await connection.start_sftp_client()
        yield Link(cluster, node, connection, client, patience.files_in_flight)


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
        connection: asyncssh.SSHClientConnection,
        sftp: asyncssh.SFTPClient,
        files_in_flight: int,
    ) -> None:
        """Use an SFTP session; see `connect`."""
        self._cluster = cluster
        self._node = node
        self._connection = connection
        self._sftp = sftp
        self._files_in_flight = files_in_flight
        self._pace = Pace(sftp.limits.max_write_len or _READ_BYTES)
        version = str(connection.get_extra_info("server_version", ""))
        self._writes_in_order = version.startswith("SSH-2.0-OpenSSH")

    async def missing(self, uploads: Iterable[Upload]) -> list[Upload]:
        """Ask which files the node does not hold whole under their final names."""
        wanted = list(uploads)
        with self._explained():
            sizes = await _several(_QUESTIONS_AT_ONCE, self._size, [each.path for each in wanted])
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
            found = await self._read(file, 0, content.byte_count + 1)
            await self._ask(file.close())
            return found == expected

    async def make_sure_of_room(self, uploads: Iterable[Upload]) -> None:
        """Raise NodeFull where the files do not fit, less what was sent of them before."""
        wanted = list(uploads)
        with self._explained():
            sent = await _several(_QUESTIONS_AT_ONCE, self._size, map(_part, wanted))
            await self._make_sure_of_room(
                sum(
                    max(0, upload.byte_count - (size or 0))
                    for upload, size in zip(wanted, sent, strict=True)
                )
            )

    async def make_folders(self, uploads: Iterable[Upload]) -> None:
        """Make every folder that the files need, where it is not there yet."""
        files = [path for upload in uploads for path in (upload.path, _part(upload))]
        with self._explained():
            for folder in sorted({parent for path in files for parent in _parents(path)}):
                await self._make_folder(folder)

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
            await self._put(upload, moved)
            arrived(upload)

        with self._explained():
            try:
                await _several(self._files_in_flight, put, uploads)
            except asyncssh.SFTPFailure:
                # OpenSSH says no more than "Failure" when its disk is full.
                await self._make_sure_of_room(1)
                raise

    async def held(self, folder: str, at_most: int) -> list[Held]:
        """List a folder's regular files, of its first `at_most` entries; none where it is not."""
        found: list[Held] = []
        path = self._path(folder).encode()  # as bytes: names need not be UTF-8
        with self._explained(), suppress(asyncssh.SFTPNoSuchFile):
            async with asyncio.timeout(_ANSWER_SECONDS):
                async for entry in self._sftp.scandir(path):
                    at_most -= 1
                    if entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR:
                        name = os.fsencode(entry.filename).decode(errors="replace")
                        found.append(Held(name, entry.attrs.size or 0))
                    if at_most <= 0:
                        break
        return found

    async def fetch(self, path: str, byte_count: int) -> bytes:
        """Read the first `byte_count` bytes of a file, or fewer where it has fewer."""
        with self._explained():
            async with asyncio.timeout(_ANSWER_SECONDS + byte_count / _SLOWEST_BYTES_A_SECOND):
                file = await self._ask(self._sftp.open(self._path(path), "rb", block_size=0))
                content = await self._read(file, 0, byte_count)
                await self._ask(file.close())
        return content

    async def remove(self, path: str) -> None:
        """Remove a file; one that is gone is gone."""
        with self._explained(), suppress(asyncssh.SFTPNoSuchFile):
            await self._ask(self._sftp.remove(self._path(path)))

    # --- One file ------------------------------------------------------------------------------

    async def _put(self, upload: Upload, moved: Callable[[int], None]) -> None:
        part = self._path(_part(upload))
        with Content(upload) as content:
            await asyncio.to_thread(content.check)
            file = await self._ask(
                self._sftp.open(part, _READ_OR_MAKE, encoding=None, block_size=0)
            )
            begin = await self._resume(file, content)
            await self._write(file, content, begin, moved)
            with suppress(asyncssh.SFTPOpUnsupported):
                await self._ask(file.fsync())
            size = (await self._ask(file.stat())).size
            await self._ask(file.close())
        if size != upload.byte_count:
            raise asyncssh.SFTPFailure(f"{part} has {size} bytes, not {upload.byte_count}")
        await self._name(part, self._path(upload.path))

    async def _resume(self, file: asyncssh.SFTPClientFile, content: Content) -> int:
        """Find how much of a file lies there already; what is not ours is thrown away."""
        size = (await self._ask(file.stat())).size or 0
        if size <= content.byte_count:
            tail = min(size, _TAIL_BYTES)
            if await self._read(file, size - tail, tail) == content.read(size - tail, tail):
                return size
        await self._ask(file.truncate(0))
        return 0

    async def _write(
        self,
        file: asyncssh.SFTPClientFile,
        content: Content,
        offset: int,
        moved: Callable[[int], None],
    ) -> None:
        """Send the rest of a file, many requests ahead of their answers.

        A server that may write them out of order gets one at a time: a break would leave holes
        in the file, and its length would lie about where to go on.
        """

        async def write(offset: int, chunk: bytes) -> None:
            await self._ask(file.write(chunk, offset))
            self._pace.leave(len(chunk))
            moved(len(chunk))

        with _first_failure():
            async with asyncio.TaskGroup() as requests:
                while offset < content.byte_count:
                    size = min(self._pace.request_bytes, content.byte_count - offset)
                    await self._pace.enter(size)
                    request = requests.create_task(write(offset, content.read(offset, size)))
                    if not self._writes_in_order:
                        await request
                    offset += size

    async def _read(self, file: asyncssh.SFTPClientFile, offset: int, size: int) -> bytes:
        end = offset + size

        async def piece(begin: int) -> bytes:
            content = b""
            while rest := min(begin + _READ_BYTES, end) - begin - len(content):
                more: bytes = await self._ask(file.read(rest, begin + len(content)))
                if not more:
                    break
                content += more[:rest]
            return content

        return b"".join(await _several(_QUESTIONS_AT_ONCE, piece, range(offset, end, _READ_BYTES)))

    async def _name(self, part: str, path: str) -> None:
        """Give a finished file its name."""
        try:
            await self._ask(self._sftp.posix_rename(part, path))
        except asyncssh.SFTPOpUnsupported:
            # Plain SFTP does not replace: for a moment the name is gone, and readers try again.
            with suppress(asyncssh.SFTPNoSuchFile):
                await self._ask(self._sftp.remove(path))
            await self._ask(self._sftp.rename(part, path))

    # --- Questions -----------------------------------------------------------------------------

    async def _size(self, path: str) -> int | None:
        """A file's size; None: there is no such file."""
        try:
            return (await self._ask(self._sftp.stat(self._path(path)))).size
        except asyncssh.SFTPNoSuchFile:
            return None

    async def _make_sure_of_room(self, needed: int) -> None:
        try:
            try:
                space = await self._ask(self._sftp.statvfs(self._node.folder))
            except asyncssh.SFTPNoSuchFile:
                space = await self._ask(self._sftp.statvfs("."))  # a new node: where it will be
        except asyncssh.SFTPOpUnsupported:
            return
        free = space.bavail * space.frsize
        if needed and free < needed + _RESERVE:
            raise NodeFull(
                cluster=self._cluster,
                free=f"{free >> 20} MiB",
                needed=f"{(needed + _RESERVE) >> 20} MiB",
            )

    async def _make_folder(self, path: str) -> None:
        try:
            await self._ask(self._sftp.mkdir(self._path(path)))
        except asyncssh.SFTPError:
            if not await self._ask(self._sftp.isdir(self._path(path))):
                raise

    # --- How to ask ----------------------------------------------------------------------------

    def _path(self, path: str) -> str:
        return posixpath.join(self._node.folder, path)

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self._cluster, self._node)

    async def _ask(self, request: Awaitable[_ResultT]) -> _ResultT:
        """Wait for an answer, but not for ever."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await request
        except TimeoutError:
            self._connection.abort()
            raise TimeoutError("the node does not answer") from None


async def _several(
    at_once: int,
    act: Callable[[_ItemT], Awaitable[_ResultT]],
    items: Iterable[_ItemT],
) -> list[_ResultT]:
    """Do one thing to each of several, some at once; the first failure ends them all."""
    room = asyncio.Semaphore(at_once)

    async def within(item: _ItemT) -> _ResultT:
        async with room:
            return await act(item)

    with _first_failure():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(within(item)) for item in items]
    return [task.result() for task in tasks]


@contextmanager
def _first_failure() -> Iterator[None]:
    """Let the first failure of a task group stand for all."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def _part(upload: Upload) -> str:
    """Where a file grows: by its content, and by its name, for two may have the same content."""
    return f"{_INCOMING}/{upload.sha256}-{digest(upload.path.encode())[:8]}.part"


def _parents(path: str) -> Iterator[str]:
    """Every folder above a path; the node's own is the empty one."""
    while path:
        path = posixpath.dirname(path)
        yield path
