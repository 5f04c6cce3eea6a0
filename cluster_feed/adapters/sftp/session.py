"""A conversation with a node's SFTP server, which is not waited for without end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import asyncssh

ANSWER_SECONDS: Final = 300
"""When a node that is alive but does not answer (a dying disk) is given up."""

_QUESTIONS_AT_ONCE: Final = 64
_READ_BYTES: Final = 32 << 10

_ItemT = TypeVar("_ItemT")
_ResultT = TypeVar("_ResultT")


class Session:
    """An SFTP session, and what is known of the server's family."""

    def __init__(self, connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient) -> None:
        """Use an open session."""
        self.sftp = sftp
        self._connection = connection
        version = str(connection.get_extra_info("server_version", ""))
        self.in_order = version.startswith("SSH-2.0-OpenSSH")
        """Whether requests are known to be done one after the other, as they were sent."""
        self.on_windows = version.startswith("SSH-2.0-OpenSSH_for_Windows")

    @property
    def largest_write(self) -> int:
        """How many bytes one request may carry, as the server says."""
        return self.sftp.limits.max_write_len or _READ_BYTES

    async def ask(self, request: Awaitable[_ResultT]) -> _ResultT:
        """Wait for an answer, but not for ever."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await request
        except TimeoutError:
            self._connection.abort()
            raise TimeoutError("the node does not answer") from None

    async def read(self, file: asyncssh.SFTPClientFile, offset: int, size: int) -> bytes:
        """Read a part of a file, or less where it has less."""
        end = offset + size

        async def piece(begin: int) -> bytes:
            content = b""
            while rest := min(begin + _READ_BYTES, end) - begin - len(content):
                more: bytes = await self.ask(file.read(rest, begin + len(content)))
                if not more:
                    break
                content += more[:rest]
            return content

        return b"".join(await several(piece, range(offset, end, _READ_BYTES)))


async def several(
    act: Callable[[_ItemT], Awaitable[_ResultT]],
    items: Iterable[_ItemT],
    at_once: int = _QUESTIONS_AT_ONCE,
) -> list[_ResultT]:
    """Do one thing to each of several, some at once; the first failure ends them all."""
    room = asyncio.Semaphore(at_once)

    async def within(item: _ItemT) -> _ResultT:
        async with room:
            return await act(item)

    with first_failure():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(within(item)) for item in items]
    return [task.result() for task in tasks]


@contextmanager
def first_failure() -> Iterator[None]:
    """Let the first failure of a task group stand for all."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
