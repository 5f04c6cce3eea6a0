import asyncio
import hashlib
import os
import random
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp import session, ssh
from cluster_feed.adapters.sftp.link import Link, open_link
from cluster_feed.adapters.sftp.ssh import Patience, connect
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import (
    BadHostKey,
    HostKeyChanged,
    NodeFault,
    NodeUnreachable,
)
from cluster_feed.core.value import digest
from demo.gates import HOME, Gate, open_gate
from tests.links import bad_link
from tests.reliability import cuts

PATIENCE = Patience(connect_seconds=5, keepalive_seconds=1, keepalive_count=2)
CONTENT = random.Random(1).randbytes(1_000_000)  # noqa: S311  content, not a secret
CLIP = Upload("targets/lao-bao/clip.mp4", hashlib.sha256(CONTENT).hexdigest(), 1_000_000, CONTENT)
PART = f".incoming/{CLIP.sha256}-{digest(CLIP.path.encode())[:8]}.part"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    keys.create_ssh(tmp_path / "key")
    return tmp_path / "key"


@pytest.fixture
def gate(key: Path) -> Iterator[Gate]:
    with open_gate("lao-bao", key.with_suffix(".pub").read_text()) as opened:
        yield opened


async def send(link: Link, *uploads: Upload) -> int:
    """Send what a node lacks and count the bytes that crossed."""
    moved: list[int] = []
    missing = await link.missing(uploads)
    await link.make_sure_of_room(missing)
    await link.make_folders(missing)
    await link.put(missing, moved.append)
    assert await link.missing(uploads) == []
    return sum(moved)


def send_once(node: Node, key: Path, *uploads: Upload) -> int:
    async def act() -> int:
        async with open_link("lao-bao", node, key, PATIENCE) as link:
            return await send(link, *uploads)

    return asyncio.run(act())


# --- A partial file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "crossed"),
    [
        (CONTENT[:600_000], 400_000),
        (CONTENT, 0),
        (b"", 1_000_000),
        (CONTENT[:599_999] + b"?", 1_000_000),
        (CONTENT[:400_000] + bytes(200_000), 1_000_000),
        (CONTENT[:-1] + b"?", 1_000_000),
        (CONTENT + b"and more", 1_000_000),
        (bytes(3_000_000), 1_000_000),
    ],
    ids=["half", "whole", "empty", "last-byte", "zeros", "wrong-whole", "longer", "zeros-longer"],
)
def test_a_partial_file_is_continued_if_it_is_ours_and_else_begun_again(
    gate: Gate, key: Path, part: bytes, crossed: int
) -> None:
    (gate.feed / ".incoming").mkdir(mode=0o777)
    (gate.feed / ".incoming").chmod(0o777)
    (gate.feed / PART).write_bytes(part)
    (gate.feed / PART).chmod(0o666)

    assert send_once(gate.node, key, CLIP) == crossed
    assert (gate.feed / CLIP.path).read_bytes() == CONTENT
    assert not (gate.feed / PART).exists()


def test_an_empty_file_arrives_too(gate: Gate, key: Path) -> None:
    nothing = Upload("targets/nothing", hashlib.sha256(b"").hexdigest(), 0, b"")
    assert send_once(gate.node, key, nothing) == 0
    assert (gate.feed / "targets" / "nothing").read_bytes() == b""


def test_a_torn_file_under_a_final_name_is_replaced(gate: Gate, key: Path) -> None:
    folder = gate.feed / "targets" / "lao-bao"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    (gate.feed / CLIP.path).write_bytes(CONTENT[:10])
    assert send_once(gate.node, key, CLIP) == 1_000_000
    assert (gate.feed / CLIP.path).read_bytes() == CONTENT


def test_many_small_files_arrive(gate: Gate, key: Path) -> None:
    small = [
        Upload(f"targets/{n}", hashlib.sha256(b"%d" % n).hexdigest(), len(b"%d" % n), b"%d" % n)
        for n in range(300)
    ]
    send_once(gate.node, key, *small)
    assert {path.name for path in (gate.feed / "targets").iterdir()} == set(map(str, range(300)))


def test_two_names_may_have_the_same_content(gate: Gate, key: Path) -> None:
    """Two photos that differ only in their tags are normalized to the same bytes."""
    twins = [CLIP._replace(path=f"targets/lao-bao/{n}.mp4") for n in range(8)]
    send_once(gate.node, key, *twins)
    assert {path.read_bytes() for path in (gate.feed / "targets/lao-bao").iterdir()} == {CONTENT}


def test_a_folder_under_a_final_name_is_the_node_s_fault(gate: Gate, key: Path) -> None:
    (gate.feed / CLIP.path).mkdir(parents=True)
    (gate.feed / CLIP.path / "in the way").touch()
    for folder in ("targets", "targets/lao-bao"):
        (gate.feed / folder).chmod(0o777)
    with pytest.raises(NodeFault):
        send_once(gate.node, key, CLIP)


# --- A broken link -----------------------------------------------------------------------------


def test_cuts_at_any_place_cost_no_more_than_a_mebibyte_each(
    gate: Gate, key: Path, tmp_path: Path
) -> None:
    content = random.Random(2).randbytes(20_000_000)  # noqa: S311  content, not a secret
    clip = CLIP._replace(
        sha256=hashlib.sha256(content).hexdigest(), byte_count=len(content), source=content
    )
    in_vain = cuts.push_through(gate, key, clip, cuts.draw(12, len(content), seed=3))
    assert (gate.feed / clip.path).read_bytes() == content
    assert len(in_vain) == 12
    assert max(in_vain) <= 1 << 20


@pytest.mark.parametrize("question", ["write", "fsync"])
def test_a_link_that_goes_dark_in_a_push_is_noticed_and_what_was_sent_is_kept(
    gate: Gate, key: Path, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act() -> None:
        async with open_link("lao-bao", link.node, key, PATIENCE) as opened:
            await opened.make_folders([CLIP])
            monkeypatch.setattr(asyncssh.SFTPClientFile, question, in_the_dark)
            await opened.put([CLIP])

    def in_the_dark(file: asyncssh.SFTPClientFile, *args: object) -> object:
        if question == "fsync" or args[-1] != 0:
            link.dark.set()
        return ask(file, *args)

    ask = getattr(asyncssh.SFTPClientFile, question)
    with bad_link(gate.node) as link, pytest.raises(NodeUnreachable):
        asyncio.run(act())
    monkeypatch.undo()
    lies = (gate.feed / PART).stat().st_size
    assert send_once(gate.node, key, CLIP) == len(CONTENT) - lies


def test_our_own_socket_gives_up_on_silence_and_stays_busy_on_a_lossy_line(
    gate: Gate, key: Path
) -> None:
    async def act() -> tuple[int, str]:
        async with connect("lao-bao", gate.node, key, PATIENCE) as connection:
            tcp = connection.get_extra_info("socket")
            user_timeout = tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            control = tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
            return user_timeout, control.rstrip(b"\0").decode()

    control_files = Path("/proc/sys/net/ipv4")
    available = (control_files / "tcp_available_congestion_control").read_text().split()
    default = (control_files / "tcp_congestion_control").read_text().strip()
    assert asyncio.run(act()) == (3000, "bbr" if "bbr" in available else default)


def test_a_kernel_without_bbr_serves_as_well(
    gate: Gate, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh, "CONGESTION_CONTROL", b"no-such-thing")
    assert send_once(gate.node, key, CLIP) == len(CONTENT)


# --- Other servers -----------------------------------------------------------------------------


class Plain(asyncssh.SFTPServer):
    """A server that knows none of OpenSSH's extensions."""

    def statvfs(self, _path: bytes) -> os.statvfs_result:
        raise asyncssh.SFTPOpUnsupported("statvfs")

    def fsync(self, _file: object) -> None:
        raise asyncssh.SFTPOpUnsupported("fsync")

    def posix_rename(self, _old: bytes, _new: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("posix-rename")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        if Path(os.fsdecode(self.map_path(newpath))).exists():
            raise asyncssh.SFTPFailure("plain SFTP does not replace")
        super().rename(oldpath, newpath)


class Silent(asyncssh.SFTPServer):
    """A server that lives but whose disk does not answer."""

    async def stat(self, _path: bytes) -> os.stat_result:
        await asyncio.sleep(3600)
        return os.stat_result(range(10))


class Liar(asyncssh.SFTPServer):
    """A server that gives more than was asked for, and sizes that are not so."""

    def stat(self, _path: bytes) -> asyncssh.SFTPAttrs:
        return asyncssh.SFTPAttrs(size=2**63, permissions=0o100644)

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self.stat(path)

    def fstat(self, _file: object) -> asyncssh.SFTPAttrs:
        return asyncssh.SFTPAttrs(size=1, permissions=0o100644)

    def read(self, _file: object, _offset: int, size: int) -> bytes:
        return b"x" * (size + 1000)


@asynccontextmanager
async def served(
    root: Path, key: Path, kind: type[asyncssh.SFTPServer], alg: str = "ssh-ed25519"
) -> AsyncIterator[Node]:
    """Serve a folder by asyncssh's own server, another family than OpenSSH's."""
    host_key = asyncssh.generate_private_key(alg)
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=str(key.with_suffix(".pub")),
        sftp_factory=lambda channel: kind(channel, chroot=os.fsencode(root)),
    )
    try:
        yield Node(
            host="127.0.0.1",
            port=server.get_port(),
            user="anybody",
            host_key=host_key.export_public_key().decode().strip(),
        )
    finally:
        server.close()
        await server.wait_closed()


def at_server(
    root: Path,
    key: Path,
    kind: type[asyncssh.SFTPServer],
    act: Callable[[Link], Coroutine[None, None, None]],
) -> None:
    root.mkdir(exist_ok=True)

    async def scenario() -> None:
        async with served(root, key, kind) as node, open_link("lao-bao", node, key, PATIENCE) as it:
            await act(it)

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", [asyncssh.SFTPServer, Plain])
def test_a_server_of_another_family_serves_as_well(
    tmp_path: Path, key: Path, kind: type[asyncssh.SFTPServer]
) -> None:
    root = tmp_path / "node"
    (root / "feed" / ".incoming").mkdir(parents=True)
    (root / "feed" / PART).write_bytes(CONTENT[:800_000])
    first = Upload("metadata/timestamp.json", hashlib.sha256(b"1").hexdigest(), 1, b"1")
    second = Upload("metadata/timestamp.json", hashlib.sha256(b"22").hexdigest(), 2, b"22")

    async def act(link: Link) -> None:
        assert await send(link, CLIP) == 200_000 + (512 << 10)  # what may have holes goes again
        await send(link, first)
        assert await link.holds(first)
        assert not await link.holds(second)
        await send(link, second)
        assert await link.holds(second)
        assert [each.name for each in await link.held("metadata", 10)] == ["timestamp.json"]
        assert await link.held("outbox/led", 10) == []
        await link.remove("metadata/timestamp.json")
        assert not await link.holds(second)

    at_server(root, key, kind, act)
    assert (root / "feed" / CLIP.path).read_bytes() == CONTENT


def test_a_server_that_lives_but_does_not_answer_is_given_up(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.5)

    async def act(link: Link) -> None:
        with pytest.raises(NodeUnreachable, match="does not answer"):
            await link.missing([CLIP])

    at_server(tmp_path / "node", key, Silent, act)


def test_a_new_node_without_its_folder_is_set_up(tmp_path: Path, key: Path) -> None:
    async def act(link: Link) -> None:
        assert await send(link, CLIP) == 1_000_000

    at_server(tmp_path / "node", key, asyncssh.SFTPServer, act)
    assert (tmp_path / "node" / "feed" / CLIP.path).read_bytes() == CONTENT


def test_a_server_that_lies_gets_no_more_than_a_refusal(tmp_path: Path, key: Path) -> None:
    async def act(link: Link) -> None:
        with pytest.raises(NodeFault):
            await send(link, CLIP)
        (tmp_path / "node" / "feed").mkdir(exist_ok=True)
        (tmp_path / "node" / "feed" / "health.json").write_bytes(b"{}")
        assert len(await link.fetch("health.json", 70_000)) == 70_000

    at_server(tmp_path / "node", key, Liar, act)


def test_a_host_key_of_another_kind_is_a_changed_one(tmp_path: Path, key: Path) -> None:
    pinned = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()

    async def scenario() -> None:
        async with served(tmp_path, key, asyncssh.SFTPServer, "ecdsa-sha2-nistp256") as node:
            posing = node.model_copy(update={"host_key": pinned})
            async with open_link("lao-bao", posing, key, PATIENCE):
                pass

    with pytest.raises(HostKeyChanged):
        asyncio.run(scenario())


def test_a_host_key_that_is_none_is_the_operator_s_to_mend(gate: Gate, key: Path) -> None:
    with pytest.raises(BadHostKey):
        send_once(gate.node.model_copy(update={"host_key": "ssh-ed25519 AAAA"}), key, CLIP)


def test_what_is_not_an_ssh_server_is_unreachable(key: Path, gate: Gate) -> None:
    async def scenario() -> None:
        async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with (
            server,
            open_link("x", gate.node.model_copy(update={"port": port}), key, PATIENCE),
        ):
            pass

    with pytest.raises(NodeUnreachable):
        asyncio.run(scenario())


def test_a_node_that_is_not_reached_is_told_of_in_words_by_kind(key: Path, gate: Gate) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = {"port": nobody.getsockname()[1]}
        for where, kind in (
            (closed, "máy chủ từ chối kết nối"),
            ({"host": "localhost", **closed}, "máy chủ từ chối kết nối"),
            ({"host": "không-có.invalid"}, "không tra được tên máy chủ"),
        ):
            with pytest.raises(NodeUnreachable) as found:
                send_once(gate.node.model_copy(update=where), key, CLIP)
            told = found.value
            assert kind in told.message(Tongue.VI)
            assert "Errno" not in told.message(Tongue.VI) + told.message(Tongue.EN)
            assert "Errno" in told.facts["machine_said"]


def test_a_server_that_only_accepts_is_given_up_in_time(gate: Gate, key: Path) -> None:
    async def act(node: Node) -> None:
        async with open_link("lao-bao", node, key, PATIENCE._replace(connect_seconds=0.5)):
            pass

    with bad_link(gate.node) as link:
        link.dark.set()
        with pytest.raises(NodeUnreachable):
            asyncio.run(act(link.node))


# --- The gate itself ---------------------------------------------------------------------------


def test_a_gate_leaves_nothing_behind(key: Path) -> None:
    with open_gate("closing", key.with_suffix(".pub").read_text(), screens=["led"]) as gate:
        assert (gate.feed / "outbox" / "led").is_dir()
    assert not gate.feed.exists()
    assert not list(HOME.glob("closing-*"))
    with pytest.raises(NodeUnreachable):
        send_once(gate.node, key, CLIP)
