"""The product and OpenSSH's `sftp`, pushing the same files to the same gate in turns."""

import asyncio
import hashlib
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cluster_feed.adapters.sftp.link import open_link
from cluster_feed.adapters.sftp.ssh import Patience
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.cluster import Node

Push = Callable[[Node, Path, Sequence[Upload]], None]


def make_uploads(folder: Path, count: int, byte_count: int) -> list[Upload]:
    """Make files of random bytes."""
    uploads = []
    for number in range(count):
        content = os.urandom(byte_count)
        source = folder / f"{number:04}"
        source.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        uploads.append(Upload(f"targets/{sha256}", sha256, byte_count, source))
    return uploads


def product(node: Node, key: Path, uploads: Sequence[Upload]) -> None:
    """Push as a delivery does: ask what is missing and whether it fits, make folders, send."""

    async def push() -> None:
        async with open_link("bench", node, key, Patience()) as link:
            missing = await link.missing(uploads)
            await link.make_sure_of_room(missing)
            await link.make_folders(missing)
            await link.put(missing)

    asyncio.run(push())


def openssh(node: Node, key: Path, uploads: Sequence[Upload], options: str = "-f") -> None:
    """Push with `sftp`, and as the product does with an fsync of each file."""
    known = key.with_name("known_hosts")
    known.write_text(f"[{node.host}]:{node.port} {node.host_key}\n")
    puts = (f"put {options} {each.source!s} {node.folder}/sftp-{each.sha256}\n" for each in uploads)
    settings = [f"-oUserKnownHostsFile={known}", "-oIdentitiesOnly=yes", f"-oPort={node.port}"]
    subprocess.run(
        ["sftp", "-q", "-b", "-", "-i", key, *settings, f"{node.user}@{node.host}"],
        input="".join(puts).encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


def openssh_in_haste(node: Node, key: Path, uploads: Sequence[Upload]) -> None:
    """Push with `sftp` and no fsync: a power cut at the node may leave nothing."""
    openssh(node, key, uploads, "")


TOOLS: Mapping[str, Push] = {
    "cluster-feed": product,
    "sftp": openssh,
    "sftp without fsync": openssh_in_haste,
}


def timed(tool: Push, node: Node, key: Path, uploads: Sequence[Upload]) -> float:
    """Push, and give the seconds that it took; what was written before is on its disk first."""
    os.sync()
    began = time.perf_counter()
    tool(node, key, uploads)
    return time.perf_counter() - began


def in_turns(rounds: int, push: Callable[[int, Push], float]) -> None:
    """Let every tool push in each round, in turning order; print seconds and medians' ratios."""
    seconds: dict[str, list[float]] = {name: [] for name in TOOLS}
    for number in range(rounds):
        for name in sorted(TOOLS, reverse=number % 2 == 1):
            seconds[name].append(push(number, TOOLS[name]))
        print(*(f"{name} {times[-1]:.2f} s" for name, times in seconds.items()), sep=", ")  # noqa: T201
    ours, *theirs = (statistics.median(times) for times in seconds.values())
    for name, median in zip([*TOOLS][1:], theirs, strict=True):
        print(f"{ours:.2f} s against {median:.2f} s: {ours / median:.2f} of {name}")  # noqa: T201
