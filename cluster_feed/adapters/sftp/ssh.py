"""A connection to a cluster's node: its key pinned, our key the only way in, its loss noticed."""

import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import asyncssh
from asyncssh.packet import PacketDecodeError

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
            raise NodeFault(**case, detail=_said(error)) from error
        raise HostKeyChanged(**case) from error
    except asyncssh.PermissionDenied as error:
        raise NodeRefusedHub(**case, key=key_file, user=node.user) from error
    except (
        OSError,
        asyncssh.DisconnectError,
        asyncssh.SFTPConnectionLost,
        asyncssh.SFTPNoConnection,
    ) as error:
        raise NodeUnreachable(**case, detail=_said(error)) from error
    except (asyncssh.Error, PacketDecodeError) as error:
        raise NodeFault(**case, detail=_said(error)) from error


def _said(error: Exception) -> str:
    """What an error says, as far as it can be shown: the words may be the node's own."""
    words = "".join(each if each.isprintable() else " " for each in str(error)[:_LONGEST_WORDS])
    return words.strip() or type(error).__name__
