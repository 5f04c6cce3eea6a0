"""A connection to a cluster's node: its key pinned, our key the only way in, its loss noticed."""

import errno
import logging
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import asyncssh
from asyncssh.packet import PacketDecodeError

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import (
    BadHostKey,
    HostKeyChanged,
    HubKeyUnreadable,
    KeysMissing,
    NodeFault,
    NodeRefusedHub,
    NodeUnreachable,
)

CONGESTION_CONTROL: Final = b"bbr"
"""At 150 ms and 1 % loss it is ten times as fast as the kernel's usual ones."""

_CIPHERS: Final = (
    "aes128-gcm@openssh.com",  # the fastest of the sound ones: a hub's processor is small
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)

_REKEY_BYTES: Final = 64 << 30
"""RFC 4344, 3.2: a cipher of 128-bit blocks is good for 2^32 of them, and so OpenSSH has it.
asyncssh's own 1 GiB is for ciphers of 64 bits, and halts a push; a key also changes each hour."""

_LONGEST_WORDS: Final = 200

# A link that breaks is told of once, by us; asyncio tells of each packet that was still to go.
logging.getLogger("asyncio").addFilter(lambda record: "socket.send() raised" not in record.msg)


class Patience(NamedTuple):
    """When a link counts as dead, and how many files may be on their way at once."""

    connect_seconds: float = 20
    keepalive_seconds: float = 5
    keepalive_count: int = 3
    files_in_flight: int = 8

    @property
    def dead_after_seconds(self) -> float:
        """How long a link may say nothing."""
        return self.keepalive_seconds * (self.keepalive_count + 1)


@asynccontextmanager
async def connect(
    cluster: str, node: Node, key_file: Path, patience: Patience
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Connect to a cluster's node.

    Raises HostKeyChanged, NodeRefusedHub or NodeUnreachable before anything was sent, and
    BadHostKey, KeysMissing or HubKeyUnreadable where the hub's own side is not in order.
    """
    pinned = _host_key(cluster, node)
    key = _client_key(key_file)
    with explained(cluster, node, key_file):
        connection = await asyncssh.connect(
            node.host,
            node.port,
            username=node.user,
            known_hosts=([pinned], [], []),
            client_keys=[key],
            config=None,
            agent_path=None,
            preferred_auth="publickey",
            gss_host=None,
            encryption_algs=_CIPHERS,
            compression_algs=None,
            rekey_bytes=_REKEY_BYTES,
            connect_timeout=patience.connect_seconds,
            keepalive_interval=patience.keepalive_seconds,
            keepalive_count_max=patience.keepalive_count,
            utf8_decode_errors="replace",
        )
    try:
        _notice_loss(connection, patience.dead_after_seconds)
        yield connection
    finally:
        connection.abort()
        await connection.wait_closed()


def _host_key(cluster: str, node: Node) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(node.host_key)
    except asyncssh.KeyImportError as error:
        raise BadHostKey(cluster=cluster, detail=error) from error


def _client_key(path: Path) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(path)
    except FileNotFoundError as error:
        raise KeysMissing(path=path) from error
    except (OSError, asyncssh.KeyImportError) as error:
        raise HubKeyUnreadable(path=path, detail=error) from error


def _notice_loss(connection: asyncssh.SSHClientConnection, dead_after_seconds: float) -> None:
    """Have the kernel give up on unanswered data, and keep a lossy link busy (bbr), if it can."""
    link = connection.get_extra_info("socket")
    for option, value in (
        (socket.TCP_USER_TIMEOUT, int(dead_after_seconds * 1000)),
        (socket.TCP_CONGESTION, CONGESTION_CONTROL),
    ):
        with suppress(OSError):
            link.setsockopt(socket.IPPROTO_TCP, option, value)


@contextmanager
def explained(cluster: str, node: Node, key_file: Path | None = None) -> Iterator[None]:
    """Turn what asyncssh and the network raise into who must act."""
    case = {"cluster": cluster, "host": f"{node.host}:{node.port}"}
    try:
        yield
    except asyncssh.HostKeyNotVerifiable as error:
        raise HostKeyChanged(**case) from error
    except asyncssh.KeyExchangeFailed as error:
        if "host key" not in str(error):
            raise NodeFault(**case, **_told(error)) from error
        raise HostKeyChanged(**case) from error
    except asyncssh.PermissionDenied as error:
        raise NodeRefusedHub(**case, key=key_file, user=node.user) from error
    except (
        OSError,
        asyncssh.DisconnectError,
        asyncssh.SFTPConnectionLost,
        asyncssh.SFTPNoConnection,
    ) as error:
        raise NodeUnreachable(**case, **_told(error)) from error
    except (asyncssh.Error, PacketDecodeError) as error:
        raise NodeFault(**case, **_told(error)) from error


_REFUSED: Final = Bilingual("máy chủ từ chối kết nối", "it refuses the connection")
_NO_ROUTE: Final = Bilingual("không có đường truyền tới máy chủ", "there is no route to it")
_SILENT: Final = Bilingual("chờ lâu mà máy chủ không trả lời", "it does not answer")
_UNKNOWN_NAME: Final = Bilingual("không tra được tên máy chủ", "its name is not known")
_BROKEN_OFF: Final = Bilingual("đường truyền đứt giữa chừng", "the connection was broken off")
_FORBIDDEN: Final = Bilingual("máy chủ không cho phép", "permission denied")
_NOT_THERE: Final = Bilingual("máy chủ không có thư mục hay tệp ấy", "no such file or folder")
_OTHERWISE: Final = Bilingual("máy chủ báo lỗi", "it reports a fault")
_KINDS: Final[tuple[tuple[type[Exception], Bilingual], ...]] = (
    (socket.gaierror, _UNKNOWN_NAME),
    (ConnectionRefusedError, _REFUSED),
    (TimeoutError, _SILENT),
    (asyncssh.SFTPPermissionDenied, _FORBIDDEN),
    (asyncssh.SFTPNoSuchFile, _NOT_THERE),
    (asyncssh.SFTPConnectionLost, _BROKEN_OFF),
    (asyncssh.SFTPNoConnection, _BROKEN_OFF),
    (asyncssh.SFTPError, _OTHERWISE),
    (asyncssh.DisconnectError, _BROKEN_OFF),
    (OSError, _BROKEN_OFF),
)
_NUMBERS: Final = {
    errno.ECONNREFUSED: _REFUSED,
    errno.ENETUNREACH: _NO_ROUTE,
    errno.EHOSTUNREACH: _NO_ROUTE,
    errno.ENETDOWN: _NO_ROUTE,
    errno.ETIMEDOUT: _SILENT,
}
_NUMBERED: Final = re.compile(r"\[Errno (\d+)\]")
"""asyncio joins what several addresses of a host answered into one text."""


def _told(error: Exception) -> dict[str, Bilingual | str]:
    """Say by its kind what went wrong, and keep the machine's own words for the operator."""
    words = _said(error)
    number = _NUMBERED.search(words) if isinstance(error, OSError) else None
    kinds = (kind for known, kind in _KINDS if isinstance(error, known))
    kind = _NUMBERS.get(int(number[1])) if number else None
    return {"detail": kind or next(kinds, _OTHERWISE), "machine_said": words}


def _said(error: Exception) -> str:
    """What an error says, as far as it can be shown: the words may be the node's own."""
    words = "".join(each if each.isprintable() else " " for each in str(error)[:_LONGEST_WORDS])
    return words.strip() or type(error).__name__
