"""Try at a node what the hub needs and what nobody may do there.

Every try is the hub's own: what the hub's key cannot do, a thief of the hub's key cannot do either.
"""

import asyncio
import posixpath
import secrets
import stat
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncssh

from cluster_feed.adapters.sftp.ssh import Patience, connect, explained
from cluster_feed.core.cluster import Node
from cluster_feed.core.value import digest

_ANSWER_SECONDS: Final = 30.0
_ANSWER_LENGTH: Final = 4000
_SAMPLE_BYTES: Final = 256 << 10
_REQUEST_BYTES: Final = 32 << 10
_ROUND_TRIPS: Final = 3
_MOST_NAMES: Final = 200
_INCOMING: Final = ".incoming"
_NOT_THE_HUB_S: Final = ("/etc/passwd", "/etc/ssh", "/root", "/proc/self/environ")


class Space(NamedTuple):
    """What a node's disk has, in bytes."""

    free: int
    total: int


class Sample(NamedTuple):
    """What came of writing a file as a push does; `lacks` names what the server cannot do."""

    intact: bool
    group_may_read: bool
    seconds_ahead: float
    """How much the node's clock is ahead of the hub's."""
    bytes_a_second: float
    lacks: tuple[str, ...]


class Probe:
    """A connection to a node with the hub's key, for tries; `probing` opens one.

    Every try raises what a link does: NodeUnreachable where the connection is lost, NodeFault
    where the node answers nonsense.
    """

    def __init__(
        self,
        cluster: str,
        node: Node,
        connection: asyncssh.SSHClientConnection,
        sftp: asyncssh.SFTPClient,
    ) -> None:
        self._cluster = cluster
        self._node = node
        self._connection = connection
        self._sftp = sftp

    # --- What nobody may do --------------------------------------------------------------------

    async def logins(self) -> list[str]:
        """Name the ways to log in that the server offers to anyone."""
        with explained(self._cluster, self._node):
            async with asyncio.timeout(_ANSWER_SECONDS):
                offered = await asyncssh.get_server_auth_methods(
                    self._node.host,
                    self._node.port,
                    self._node.user,
                    config=None,
                )
        return sorted(offered)

    async def runs_commands(self) -> bool:
        """Whether a command, or a shell that is told one, is run."""
        word = secrets.token_hex(8)
        told = f"echo {word[:8]}''{word[8:]}"  # an echo of what was sent does not count
        with explained(self._cluster, self._node):
            answers = [await self._said(told, ""), await self._said(None, f"{told}\nexit\n")]
        return any(word in answer for answer in answers)

    async def forwards(self) -> list[str]:
        """Name the kinds of forwarding that are allowed."""
        found = []
        for kind, allowed in (
            ("TCP", self._forwards_tcp),
            ("TCP, remote", self._listens),
            ("X11", self._forwards_x11),
            ("agent", self._forwards_agent),
        ):
            with explained(self._cluster, self._node):
                async with asyncio.timeout(_ANSWER_SECONDS):
                    if await allowed():
                        found.append(kind)
        return found

    async def sees(self) -> list[str]:
        """Name what the account can see beside the feed's folder."""
        top = posixpath.join("/", self._node.folder).split("/")[1]
        with explained(self._cluster, self._node):
            async with asyncio.timeout(_ANSWER_SECONDS):
                names: set[str] = set()
                async for entry in self._sftp.scandir("/"):
                    names.add(str(entry.filename))
                    if len(names) > _MOST_NAMES:
                        break
                seen = {f"/{name}" for name in names - {".", "..", top}}
                for path in _NOT_THE_HUB_S:
                    with suppress(asyncssh.SFTPError):
                        await self._sftp.stat(path)
                        seen.add(path)
        return sorted(seen)

    # --- What the hub needs --------------------------------------------------------------------

    async def space(self) -> Space | None:
        """What the disk has; None: the server cannot tell."""
        with explained(self._cluster, self._node):
            try:
                disk = await self._sftp.statvfs(self._node.folder)
            except asyncssh.SFTPOpUnsupported:
                return None
        return Space(disk.bavail * disk.frsize, disk.blocks * disk.frsize)

    async def round_trip_seconds(self) -> float:
        """The time from a question to its answer, the best of a few."""
        times = []
        with explained(self._cluster, self._node):
            for _ in range(_ROUND_TRIPS):
                began = time.monotonic()
                await self._sftp.realpath(".")
                times.append(time.monotonic() - began)
        return min(times)

    async def sample(self) -> Sample:
        """Write a file as a push does, read it back, look at it and remove it."""
        content = secrets.token_bytes(_SAMPLE_BYTES)
        name = f"{_INCOMING}/{digest(content)}-check"  # one that is left behind is swept later
        part, final = self._path(f"{name}.part"), self._path(f"{name}.done")
        with explained(self._cluster, self._node):
            with suppress(asyncssh.SFTPFailure):  # it is there
                await self._sftp.mkdir(self._path(_INCOMING))
            try:
                return await self._write(content, part, final)
            finally:
                for path in (part, final):
                    with suppress(asyncssh.SFTPError):
                        await self._sftp.remove(path)

    async def can_empty(self, screen: str) -> bool | None:
        """Whether the hub may list and clear a screen's outbox; None: there is none yet."""
        folder = self._path(f"outbox/{screen}")
        path = f"{folder}/.{secrets.token_hex(8)}"
        with explained(self._cluster, self._node):
            try:
                await self._sftp.stat(folder)
            except asyncssh.SFTPNoSuchFile:
                return None
            try:
                async for _ in self._sftp.scandir(folder):
                    break
                async with self._sftp.open(path, "wb") as file:
                    await file.write(b"")
                await self._sftp.remove(path)
            except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure, asyncssh.SFTPNoSuchFile):
                return False
        return True

    # --- How -----------------------------------------------------------------------------------

    def _path(self, path: str) -> str:
        return posixpath.join(self._node.folder, path)

    async def _write(self, content: bytes, part: str, final: str) -> Sample:
        lacks = []
        began = time.monotonic()
        async with self._sftp.open(part, "wb+", encoding=None) as file:
            async with asyncio.TaskGroup() as requests:
                for begin in range(0, len(content), _REQUEST_BYTES):
                    requests.create_task(file.write(content[begin : begin + _REQUEST_BYTES], begin))
            try:
                await file.fsync()
            except asyncssh.SFTPOpUnsupported:
                lacks.append("fsync@openssh.com")
            seconds = time.monotonic() - began
            attributes = await file.stat()
            hub_s_clock = time.time()
        try:
            await self._sftp.posix_rename(part, final)
        except asyncssh.SFTPOpUnsupported:
            lacks.append("posix-rename@openssh.com")
            await self._sftp.rename(part, final)
        async with self._sftp.open(final, "rb", encoding=None) as file:
            found: object = await file.read(len(content) + 1)
        return Sample(
            intact=found == content,
            group_may_read=bool((attributes.permissions or 0) & stat.S_IRGRP),
            seconds_ahead=(attributes.mtime or 0) - hub_s_clock,
            bytes_a_second=len(content) / seconds,
            lacks=tuple(lacks),
        )

    async def _said(self, command: str | None, told: str) -> str:
        """The beginning of what comes back from a command or a shell; nothing: there is none."""
        answer = ""
        with suppress(asyncssh.ChannelOpenError, TimeoutError):
            async with (
                asyncio.timeout(_ANSWER_SECONDS),
                self._connection.create_process(command, errors="replace") as process,
            ):
                with suppress(BrokenPipeError):  # it has ended already
                    process.stdin.write(told)
                    process.stdin.write_eof()
                while len(answer) < _ANSWER_LENGTH and (more := await process.stdout.read(1000)):
                    answer += more
                process.close()
        return answer

    async def _forwards_tcp(self) -> bool:
        try:
            _, writer = await self._connection.open_connection("127.0.0.1", self._node.port)
        except asyncssh.ChannelOpenError as error:
            return error.code == asyncssh.OPEN_CONNECT_FAILED  # it tried, and nobody was there
        writer.close()
        return True

    async def _listens(self) -> bool:
        try:
            listener = await self._connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 9)
        except asyncssh.ChannelListenError:
            return False
        listener.close()
        return True

    async def _forwards_x11(self) -> bool:
        return await self._opens(
            self._connection.create_process(
                "true", x11_forwarding=True, x11_display="127.0.0.1:0", x11_auth_path="/nonexistent"
            )
        )

    async def _forwards_agent(self) -> bool:
        """Ask as a client with an agent would; asyncssh itself asks without hearing the answer."""
        channel: Any = asyncssh.SSHClientChannel(
            self._connection, asyncio.get_running_loop(), "strict", None, "strict", 1 << 16, 1 << 15
        )
        await channel._open(b"session")  # noqa: SLF001
        try:
            return bool(await channel._make_request(b"auth-agent-req@openssh.com"))  # noqa: SLF001
        finally:
            channel.abort()

    @staticmethod
    async def _opens(opening: Awaitable[asyncssh.SSHClientProcess[str]]) -> bool:
        try:
            process = await opening
        except asyncssh.ChannelOpenError:
            return False
        process.close()
        return True


@asynccontextmanager
async def probing(
    cluster: str, node: Node, key_file: Path, patience: Patience
) -> AsyncIterator[Probe]:
    """Open a connection for tries; raises what `ssh.connect` does."""
    async with connect(cluster, node, key_file, patience) as connection:
        with explained(cluster, node):
            async with asyncio.timeout(patience.connect_seconds):
                sftp = await connection.start_sftp_client()
        yield Probe(cluster, node, connection, sftp)
