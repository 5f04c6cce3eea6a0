"""How long until a link that goes dark for good is noticed, with the product's own patience.

In the middle of a push, over a relay and over a line whose packets stop; while an fsync is waited
for; and when nothing at all is under way.  The line needs root.

python -m tests.bench.bench_dark
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import asyncssh

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp.link import Link, open_link
from cluster_feed.adapters.sftp.ssh import Patience
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import NodeUnreachable
from demo.gates import open_gate
from tests.bench.pushing import make_uploads
from tests.links import bad_link
from tests.lossy_line import Line, far_gate

Act = Callable[[Link, Upload, Callable[[], None]], Awaitable[None]]


async def _in_a_push(link: Link, upload: Upload, go_dark: Callable[[], None]) -> None:
    sent = 0

    def moved(byte_count: int) -> None:
        nonlocal sent
        before, sent = sent, sent + byte_count
        if before <= upload.byte_count // 2 < sent:
            go_dark()

    await link.put([upload], moved)


async def _at_an_fsync(link: Link, upload: Upload, go_dark: Callable[[], None]) -> None:
    fsync = asyncssh.SFTPClientFile.fsync

    async def in_the_dark(file: asyncssh.SFTPClientFile) -> None:
        go_dark()
        await fsync(file)

    with patch.object(asyncssh.SFTPClientFile, "fsync", in_the_dark):
        await link.put([upload])


async def _at_rest(link: Link, upload: Upload, go_dark: Callable[[], None]) -> None:
    go_dark()
    await link.missing([upload])


def _measure(node: Node, key: Path, upload: Upload, act: Act, go_dark: Callable[[], None]) -> float:
    """Give the seconds from darkness until the link is given up."""
    dark_since = 0.0

    def darken() -> None:
        nonlocal dark_since
        go_dark()
        dark_since = time.monotonic()

    async def push() -> None:
        async with open_link("dark", node, key, Patience()) as link:
            await link.make_folders([upload])
            await act(link, upload, darken)

    try:
        asyncio.run(push())
    except NodeUnreachable:
        return time.monotonic() - dark_since
    raise AssertionError("the push came through in the dark")


def main() -> None:
    """Print each case's seconds."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        admitted = keys.create_ssh(key)
        [upload] = make_uploads(Path(folder), 1, 20_000_000)
        for act in (_in_a_push, _at_an_fsync, _at_rest):
            case = act.__name__.strip("_").replace("_", " ")
            with open_gate("dark", admitted) as gate, bad_link(gate.node) as relay:
                seconds = _measure(relay.node, key, upload, act, relay.dark.set)
                kept = sum(each.stat().st_size for each in gate.feed.glob(".incoming/*"))
            print(f"{case}, relay: {seconds:.1f} s, {kept} bytes kept", flush=True)  # noqa: T201
            with far_gate(Line(), "bbr", admitted) as (far, node):
                seconds = _measure(node, key, upload, act, far.cut)
            print(f"{case}, line: {seconds:.1f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
