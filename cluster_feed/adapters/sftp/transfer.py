"""One file on its way to a node: it grows beside its name, and takes it when it is whole.

What a transfer proves, and what it leaves to others.  What lies in a partial file from an earlier
visit is ours by its name, which holds the hash of the content; its end and a look into every
mebibyte are compared before it is continued, so that another source, a power cut or a foreign hand
begin it anew.  What crosses now is guarded by SSH's own MAC.  To read all of it back would double
what a thin line has to carry, and prove little of a node that need not be honest: the screens hash
every file before they show it, and what they refuse is sent again.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import asyncssh

from cluster_feed.adapters.sftp.pace import MOST_UNDER_WAY, Pace
from cluster_feed.adapters.sftp.session import Session, first_failure, several
from cluster_feed.adapters.sftp.upload import Content
from cluster_feed.core.errors import StoreDamaged

_READ_OR_MAKE: Final = asyncssh.FXF_READ | asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
_TAIL_BYTES: Final = 128 << 10
_LOOK_BYTES: Final = 4 << 10
_LOOK_EVERY_BYTES: Final = 1 << 20
_LONGEST_HOLE: Final = 512 << 10
"""How far a server that may write out of order is let ahead of what it has answered for.  A break
costs the hole and what was under way: a mebibyte at most."""
_PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds before the next tries to replace a file that somebody on Windows is reading."""


class Transfer:
    """A file that is brought from `part`, where it grows, to `path`; `moved` counts its bytes."""

    def __init__(
        self,
        session: Session,
        pace: Pace,
        content: Content,
        part: str,
        path: str,
        moved: Callable[[int], None],
    ) -> None:
        """Say what goes where, and at which pace."""
        self._session = session
        self._sftp = session.sftp
        self._ask = session.ask
        self._pace = pace
        self._reach = MOST_UNDER_WAY if session.in_order else _LONGEST_HOLE
        self._content = content
        self._part = part
        self._path = path
        self._moved = moved

    async def run(self) -> None:
        """Send what is not there yet, and name it.

        The source is hashed while it is sent, far ahead of any line; its end is not sent before
        the hash was found right.  Raises StoreDamaged, and leaves nothing, where it was not.
        """
        file, fresh = await self._open()
        try:
            with first_failure():
                async with asyncio.TaskGroup() as tasks:
                    check = tasks.create_task(asyncio.to_thread(self._content.check))
                    begin = 0 if fresh else await self._resume(file)
                    await self._write(file, begin, check, tasks)
                    size = await self._finish(file)
        except StoreDamaged:
            await self._discard(file)
            raise
        if size != self._content.byte_count:
            await self._discard(file)
            raise asyncssh.SFTPFailure(f"{self._part}: {size}, not {self._content.byte_count}")
        await self._name()

    async def _open(self) -> tuple[asyncssh.SFTPClientFile, bool]:
        """Open a partial file, and tell whether it is a new one: no question about it, then."""

        async def opened(flags: int) -> asyncssh.SFTPClientFile:
            return await self._ask(self._sftp.open(self._part, flags, encoding=None, block_size=0))

        try:
            return await opened(_READ_OR_MAKE | asyncssh.FXF_EXCL), True
        except asyncssh.SFTPError:  # servers differ in what they say of a file that is there
            return await opened(_READ_OR_MAKE), False

    # --- What lies there already ---------------------------------------------------------------

    async def _resume(self, file: asyncssh.SFTPClientFile) -> int:
        """Find how much of a file lies there already; what is not ours is thrown away."""
        size = (await self._ask(file.stat())).size or 0
        if size <= self._content.byte_count:
            certain = size if self._session.in_order else max(0, size - _LONGEST_HOLE)
            if await self._is_ours(file, certain):
                return certain
        await self._ask(file.truncate(0))
        return 0

    async def _is_ours(self, file: asyncssh.SFTPClientFile, size: int) -> bool:
        tail = max(0, size - _TAIL_BYTES)

        async def same(offset: int) -> bool:
            length = min(_LOOK_BYTES, tail - offset) if offset < tail else size - tail
            there, here = await asyncio.gather(
                self._session.read(file, offset, length),
                asyncio.to_thread(self._content.read, offset, length),
            )
            return there == here

        return all(await several(same, [*range(0, tail, _LOOK_EVERY_BYTES), tail]))

    # --- What is sent --------------------------------------------------------------------------

    async def _write(
        self,
        file: asyncssh.SFTPClientFile,
        offset: int,
        check: asyncio.Task[None],
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Send the rest of a file, many requests ahead of their answers."""
        under_way: deque[tuple[int, asyncio.Task[None]]] = deque()
        while rest := self._content.byte_count - offset:
            size = min(self._pace.request_bytes, rest)
            while under_way and offset + size > under_way[0][0] + self._reach:
                await under_way.popleft()[1]
            if size == rest:
                await check
            entered = await self._pace.enter(size)
            chunk = self._content.read(offset, size)
            request = self._write_one(file, offset, chunk, entered)
            under_way.append((offset, tasks.create_task(request)))
            offset += size
        await check
        if not self._session.in_order:
            for _, task in under_way:
                await task

    async def _write_one(
        self, file: asyncssh.SFTPClientFile, offset: int, chunk: bytes, entered: float
    ) -> None:
        await self._ask(file.write(chunk, offset))
        self._pace.leave(len(chunk), entered)
        self._moved(len(chunk))

    async def _finish(self, file: asyncssh.SFTPClientFile) -> int | None:
        """Have the node put a file on its disk, say how large it is, and close it."""
        steps = (self._sync(file), self._size(file), self._ask(file.close()))
        if self._session.in_order:  # so all three go at once, and behind the last bytes
            _, size, _ = await asyncio.gather(*steps)
        else:
            _, size, _ = [await each for each in steps]
        return size

    async def _sync(self, file: asyncssh.SFTPClientFile) -> None:
        with suppress(asyncssh.SFTPOpUnsupported):
            await self._ask(file.fsync())

    async def _size(self, file: asyncssh.SFTPClientFile) -> int | None:
        return (await self._ask(file.stat())).size

    # --- How it ends ---------------------------------------------------------------------------

    async def _name(self) -> None:
        """Give a finished file its name."""
        for pause in _PAUSES if self._session.on_windows else ():
            with suppress(asyncssh.SFTPFailure, asyncssh.SFTPPermissionDenied):
                return await self._rename()
            await asyncio.sleep(pause)
        return await self._rename()

    async def _rename(self) -> None:
        try:
            await self._ask(self._sftp.posix_rename(self._part, self._path))
        except asyncssh.SFTPOpUnsupported:
            # Plain SFTP does not replace: for a moment the name is gone, and readers try again.
            with suppress(asyncssh.SFTPNoSuchFile):
                await self._ask(self._sftp.remove(self._path))
            await self._ask(self._sftp.rename(self._part, self._path))

    async def _discard(self, file: asyncssh.SFTPClientFile) -> None:
        """Remove a partial file that nobody must continue; the next visit meets what stays."""
        with suppress(asyncssh.SFTPError, OSError):
            await self._ask(file.close())
            await self._ask(self._sftp.remove(self._part))
