"""One edition to a country's worth of gates: what it costs, and that it grows no faster than they.

python -m tests.reliability.thousand_clusters [clusters …]

Each number of clusters is served by a process of its own, so that its peak of memory is its own.
The nodes are asyncssh's SFTP servers in two helper processes on loopback, a folder each; the hub,
the feed, the ledger and the link are the product's.  On a busy machine the hub's processor time
says more of growth than the clock.
"""

import asyncio
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncssh
from securesystemslib.signer import CryptoSigner

from cluster_feed.adapters import keys
from cluster_feed.adapters.feed import Feed
from cluster_feed.core.cluster import Cluster, Node, Screen
from cluster_feed.core.delivery import Delivered, UpToDate
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import deliver
from cluster_feed.settings import Delivery, Settings
from cluster_feed.workspace import Workspace
from tests.trust import NOW, House, keep, playlist_of

SERVERS = 2
CLIPS, CLIP_BYTES = 2, 20_000
PATIENCE = Delivery(keepalive_seconds=30, connect_seconds=120)
"""Hub and all nodes share this machine's processor: slowness here is no fault of a link."""


def _serve(folder: Path, authorized: str, host_key: str, ready: Connection) -> None:
    """Many nodes in one process: who logs in as a cluster sees that cluster's folder alone."""

    def root_of(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        user = str(channel.get_extra_info("username"))
        (folder / user / "feed").mkdir(parents=True, exist_ok=True)
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(folder / user))

    async def listen() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.import_private_key(host_key)],
            authorized_client_keys=asyncssh.import_authorized_keys(authorized),
            sftp_factory=root_of,
            backlog=1000,
        )
        ready.send(server.get_port())
        await server.wait_closed()

    asyncio.run(listen())


@contextmanager
def _nodes(folder: Path, authorized: str) -> Iterator[list[tuple[int, str]]]:
    """Serve; give each server's port and host key."""
    spawning = multiprocessing.get_context("spawn")
    servers = []
    reached = []
    try:
        for _ in range(SERVERS):
            host_key = asyncssh.generate_private_key("ssh-ed25519")
            here, there = spawning.Pipe()
            secret = host_key.export_private_key().decode()
            server = spawning.Process(target=_serve, args=(folder, authorized, secret, there))
            server.start()
            servers.append(server)
            reached.append((here.recv(), host_key.export_public_key().decode().strip()))
        yield reached
    finally:
        for server in servers:
            server.terminate()
            server.join()


def _founded(root: Path, names: list[str]) -> House:
    people = {slug: CryptoSigner.generate_ed25519() for slug in ("an", "binh")}
    leaders = tuple(CryptoSigner.generate_ed25519() for _ in range(3))
    online = CryptoSigner.generate_ed25519()
    feed = Feed.create(
        root / "feed",
        names,
        root_signers=leaders,
        approvers={slug: signer.public_key for slug, signer in people.items()},
        threshold=2,
        online=online,
        now=NOW,
    )
    return House(feed, leaders, people, online)


def _publish(house: House, workspace: Workspace, number: int) -> None:
    roles: dict[str, tuple[bytes, list[dict[str, str]]]] = {}
    for name in workspace.clusters:
        seeds = [f"{name}/{number}/{clip}".encode() for clip in range(CLIPS)]
        contents = [(seed * (CLIP_BYTES // len(seed) + 1))[:CLIP_BYTES] for seed in seeds]
        playlist = playlist_of(name, number, *contents)
        for content in (playlist.to_bytes(), *contents):
            keep(workspace.store, content)
        roles |= house.signed(playlist, "an", "binh")
    house.feed.put(roles, house.online, NOW)


def _one(count: int) -> None:
    names = [f"cua-khau-{index:04}" for index in range(count)]
    with TemporaryDirectory() as folder:
        root = Path(folder)
        connect(f"sqlite:///{root / 'ledger.sqlite3'}")
        public = keys.create_ssh(root / "keys" / "hub_ed25519")
        with _nodes(root / "nodes", public) as servers:
            clusters = {}
            for index, name in enumerate(names):
                port, host_key = servers[index % len(servers)]
                node = Node(host="127.0.0.1", port=port, user=name, host_key=host_key)
                screen = Screen(name="led", title="LED", profile="lcd-1080p")
                clusters[name] = Cluster(
                    name=name, title=name, gate=name, screens=(screen,), node=node
                )
            workspace = Workspace(root, Settings(delivery=PATIENCE), {}, clusters)
            house = _founded(root, names)
            _publish(house, workspace, 1)
            before, cpu_before = _peak_mib(), time.process_time()
            pushed, outcomes = _timed(workspace)
            cpu = time.process_time() - cpu_before
            assert [type(each) for each in outcomes] == [Delivered] * count, outcomes
            peak = _peak_mib()
            again, outcomes = _timed(workspace)
            assert [type(each) for each in outcomes] == [UpToDate] * count, outcomes
            planned, _ = _timed(workspace, dry_run=True)
            assert len(list((root / "nodes").glob("*/feed/metadata/timestamp.json"))) == count
    print(  # noqa: T201
        f"{count:5} clusters: push {pushed:6.1f} s ({pushed / count * 1000:5.1f} ms each, "
        f"the hub's processor {cpu / count * 1000:4.1f} ms each), "
        f"a visit with nothing due {again / count * 1000:5.1f} ms each, "
        f"planning {planned / count * 1000:4.1f} ms each, "
        f"peak {peak:.0f} MiB ({before:.0f} before)",
        flush=True,
    )


def _timed(workspace: Workspace, *, dry_run: bool = False) -> tuple[float, list[object]]:
    began = time.perf_counter()
    outcomes = list[object](deliver.run(workspace, NOW, dry_run=dry_run))
    return time.perf_counter() - began, outcomes


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(*counts: int) -> None:
    """Print a line for each number of clusters."""
    if len(counts) == 1:
        _one(counts[0])
        return
    for count in counts or (250, 500, 1000):
        subprocess.run([sys.executable, "-m", __spec__.name, str(count)], check=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
