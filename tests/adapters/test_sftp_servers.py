"""The link against servers of other families than Debian's OpenSSH."""

import asyncio
import hashlib
import os
import random
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

import asyncssh
import pytest

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp.link import Held, open_link
from cluster_feed.adapters.sftp.ssh import Patience
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import HostKeyChanged, NodeUnreachable, StoreDamaged
from cluster_feed.core.value import digest
from demo.gates import open_gate
from tests.links import bad_link

PATIENCE = Patience(connect_seconds=5, keepalive_seconds=2, keepalive_count=3)
SIZE = 6_000_000
CONTENT = random.Random(1).randbytes(SIZE)  # noqa: S311  content, not a secret
CLIP = Upload("targets/clip.mp4", hashlib.sha256(CONTENT).hexdigest(), SIZE, CONTENT)
PART = f".incoming/{CLIP.sha256}-{digest(CLIP.path.encode())[:8]}.part"

_PROFTPD = """\
ModulePath /usr/lib/proftpd
LoadModule mod_sftp.c
ServerType standalone
ServerName gate
DefaultAddress 127.0.0.1
Port {port}
PidFile {home}/pid
ScoreboardFile {home}/scoreboard
DelayEngine off
UseReverseDNS off
WtmpLog off
SystemLog {home}/log
User nobody
Group nogroup
AuthOrder mod_auth_file.c
AuthUserFile {home}/users
RequireValidShell off
RootLogin on
DefaultRoot ~
AllowOverwrite on
AllowStoreRestart on
SFTPEngine on
SFTPHostKey {home}/host_key
SFTPAuthMethods publickey
SFTPAuthorizedUserKeys file:{home}/admitted
{settings}
"""


BARE = "SFTPExtensions -fsync -statvfs -posixRename"


@contextmanager
def proftpd(key: Path, settings: str = "") -> Iterator[tuple[Node, Path]]:
    """Serve a folder by ProFTPD's mod_sftp."""
    home = key.parent / "proftpd"
    feed = home / "root" / "feed"
    feed.mkdir(parents=True)
    host_key = keys.create_ssh(home / "host_key")
    admitted = asyncssh.read_public_key(key.with_suffix(".pub"))
    admitted.write_public_key(home / "admitted", "rfc4716")
    (home / "users").write_text(f"gate:*:0:0::{feed.parent}:/bin/false\n")
    (home / "users").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (home / "conf").write_text(_PROFTPD.format(home=home, port=port, settings=settings))
    server = subprocess.Popen(["proftpd", "-n", "-q", "-c", home / "conf"])
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield Node(host="127.0.0.1", port=port, user="gate", host_key=host_key), feed
    finally:
        server.terminate()
        server.wait(10)


class Shuffling(asyncssh.SFTPServer):
    """A server that writes what it is sent in another order, as it may."""

    chance = random.Random(1)  # noqa: S311  an order, not a secret

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        await asyncio.sleep(self.chance.random() / 100)
        return cast(int, super().write(file_obj, offset, data))


class Windows(asyncssh.SFTPServer):
    """OpenSSH on Windows: paths with a drive, no free space told, no change to an open file."""

    readers: ClassVar[set[str]] = set()
    """Paths that somebody there holds open for a while longer."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path) -> None:
        super().__init__(channel)
        self._root = root
        self._open: dict[object, Path] = {}

    def map_path(self, path: bytes) -> bytes:
        if not path.startswith((b"/C:/", b".")) or b":" in path[3:]:
            raise asyncssh.SFTPNoSuchFile("The system cannot find the path specified.")
        return os.fsencode(self._root) + path.removeprefix(b"/C:")

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        file = super().open(path, pflags, attrs)
        self._open[file] = Path(os.fsdecode(self.map_path(path)))
        return file

    def close(self, file_obj: object) -> None:
        self._open.pop(file_obj)
        super().close(file_obj)

    def statvfs(self, _path: bytes) -> os.statvfs_result:
        raise asyncssh.SFTPFailure("Failure")

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        for path in (oldpath, newpath):
            self._refuse_if_open(Path(os.fsdecode(self.map_path(path))))
        super().posix_rename(oldpath, newpath)

    def remove(self, path: bytes) -> None:
        self._refuse_if_open(Path(os.fsdecode(self.map_path(path))))
        super().remove(path)

    def _refuse_if_open(self, path: Path) -> None:
        if path in self._open.values():
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        if path.name in self.readers:
            self.readers.remove(path.name)
            raise asyncssh.SFTPPermissionDenied("Permission denied")


@contextmanager
def served(
    key: Path,
    make: Callable[[asyncssh.SSHServerChannel[bytes]], asyncssh.SFTPServer],
    folder: str = "feed",
    version: str = "AsyncSSH",
) -> Iterator[Node]:
    """Serve by asyncssh's own server, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    host_key = asyncssh.generate_private_key("ssh-ed25519")

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            authorized_client_keys=str(key.with_suffix(".pub")),
            sftp_factory=make,
            server_version=version,
        )

    async def end() -> None:
        server.close()
        await server.wait_closed()

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    try:
        yield Node(
            host="127.0.0.1",
            port=server.get_port(),
            user="gate",
            host_key=host_key.export_public_key().decode().strip(),
            folder=folder,
        )
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def openssh(key: Path, settings: str = "") -> Iterator[tuple[Node, Path]]:
    with open_gate("servers", key.with_suffix(".pub").read_text(), settings=settings) as gate:
        yield gate.node, gate.feed


@contextmanager
def shuffling(key: Path) -> Iterator[tuple[Node, Path]]:
    root = key.parent / "shuffling"
    (root / "feed").mkdir(parents=True)
    with served(key, lambda channel: Shuffling(channel, chroot=os.fsencode(root))) as node:
        yield node, root / "feed"


@contextmanager
def windows(key: Path) -> Iterator[tuple[Node, Path]]:
    root = key.parent / "C"
    (root / "feed").mkdir(parents=True)
    version = "OpenSSH_for_Windows_9.5"
    with served(key, lambda channel: Windows(channel, root), "/C:/feed", version) as node:
        yield node, root / "feed"


FAMILIES: dict[str, Callable[[Path], AbstractContextManager[tuple[Node, Path]]]] = {
    "openssh": openssh,
    "openssh-rekeying": partial(openssh, settings="RekeyLimit 1M\n"),
    "proftpd": proftpd,
    "proftpd-bare": partial(proftpd, settings=BARE),
    "shuffling": shuffling,
    "windows": windows,
}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    keys.create_ssh(tmp_path / "key")
    return tmp_path / "key"


@pytest.fixture(params=FAMILIES)
def served_by(request: pytest.FixtureRequest, key: Path) -> Iterator[tuple[Node, Path]]:
    with FAMILIES[request.param](key) as served_by:
        yield served_by


def push(node: Node, key: Path, *uploads: Upload) -> int:
    """Push as a delivery does, and give the bytes that crossed."""
    moved: list[int] = []

    async def act() -> None:
        async with open_link("gate", node, key, PATIENCE) as link:
            missing = await link.missing(uploads)
            await link.make_sure_of_room(missing)
            await link.make_folders(missing)
            await link.put(missing, moved.append)
            assert await link.missing(uploads) == []

    asyncio.run(act())
    return sum(moved)


def named(name: str, content: bytes) -> Upload:
    return Upload(name, hashlib.sha256(content).hexdigest(), len(content), content)


def test_files_arrive_whole_and_are_replaced_whole(served_by: tuple[Node, Path], key: Path) -> None:
    node, feed = served_by
    small = [named(f"targets/{n}", b"%d" % n * 1000) for n in range(40)]
    push(node, key, CLIP, *small, named("metadata/timestamp.json", b"1"))
    push(node, key, named("metadata/timestamp.json", b"22"))
    assert (feed / CLIP.path).read_bytes() == CONTENT
    assert [(feed / each.path).read_bytes() for each in small] == [each.source for each in small]
    assert (feed / "metadata" / "timestamp.json").read_bytes() == b"22"
    assert list((feed / ".incoming").iterdir()) == []


def test_a_push_goes_on_where_it_was_cut(served_by: tuple[Node, Path], key: Path) -> None:
    node, feed = served_by
    cuts = [1_500_000, 300, 2_000_000, 40_000, 1_000_000]
    with bad_link(node, cuts) as link:
        while not (feed / CLIP.path).exists():
            with suppress(NodeUnreachable):
                push(link.node, key, CLIP)
            assert link.connections < 12
    assert (feed / CLIP.path).read_bytes() == CONTENT
    assert link.sent < SIZE + len(cuts) * (1 << 20)


def test_a_part_that_is_not_ours_is_begun_anew(served_by: tuple[Node, Path], key: Path) -> None:
    """A power cut at the node may leave zeros far from the end of what was sent."""
    node, feed = served_by
    push(node, key, named("targets/first", b"makes the folders"))
    part = feed / PART
    part.write_bytes(CONTENT[:2_000_000] + bytes(1_500_000) + CONTENT[3_500_000:5_000_000])
    part.chmod(0o666)
    assert push(node, key, CLIP) == SIZE
    assert (feed / CLIP.path).read_bytes() == CONTENT


def test_a_changed_host_key_is_refused(served_by: tuple[Node, Path], key: Path) -> None:
    node, feed = served_by
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with pytest.raises(HostKeyChanged):
        push(node.model_copy(update={"host_key": other}), key, CLIP)
    assert not (feed / "targets").exists()


def test_a_damaged_source_leaves_nothing_at_the_node(
    served_by: tuple[Node, Path], key: Path, tmp_path: Path
) -> None:
    node, feed = served_by
    source = tmp_path / "clip"
    source.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(StoreDamaged):
        push(node, key, CLIP._replace(source=source))
    assert not (feed / CLIP.path).exists()
    assert list((feed / ".incoming").iterdir()) == []


def test_what_a_server_wrote_out_of_order_is_not_mistaken_for_whole(key: Path) -> None:
    """Behind the end of a part may be holes: only what lies before the longest is believed."""
    with shuffling(key) as (node, feed):
        push(node, key, named("targets/first", b"makes the folders"))
        hole = (4_600_000, 4_800_000)
        torn = CONTENT[: hole[0]] + bytes(hole[1] - hole[0]) + CONTENT[hole[1] : 5_000_000]
        (feed / PART).write_bytes(torn)
        assert push(node, key, CLIP) == SIZE - 5_000_000 + (512 << 10)
        assert (feed / CLIP.path).read_bytes() == CONTENT


def test_a_reader_on_windows_is_waited_for(key: Path) -> None:
    timestamp = named("metadata/timestamp.json", b"{}")
    with windows(key) as (node, feed):
        Windows.readers.add("timestamp.json")
        push(node, key, timestamp)
        assert Windows.readers == set()
        assert (feed / timestamp.path).read_bytes() == b"{}"


class Verbose(asyncssh.SFTPServer):
    """A server whose files have names of a few kilobytes, and no end."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        del path
        attrs = asyncssh.SFTPAttrs(permissions=0o100644, size=1)
        yield asyncssh.SFTPName(b"file", attrs=attrs)
        while True:
            yield asyncssh.SFTPName(b"x" * 8000, attrs=attrs)


def test_a_list_of_names_without_end_is_not_kept(key: Path) -> None:
    async def listed(node: Node) -> list[Held]:
        async with open_link("verbose", node, key, PATIENCE) as link:
            return await link.held("outbox/led", 2_000)

    with served(key, Verbose) as node:
        assert asyncio.run(listed(node)) == [Held("file", 1)]
