"""Cut a push again and again, at places drawn from a seed, until its file is at the node.

Prints what crossed for nothing, as a relay counted it: bytes towards the node, handshakes and
SSH's own among them, less what the file grew by.

python -m tests.reliability.cuts [cuts] [megabytes] [seed]
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp.link import open_link
from cluster_feed.adapters.sftp.ssh import Patience
from cluster_feed.adapters.sftp.upload import Upload
from cluster_feed.core.cluster import Node
from cluster_feed.core.errors import NodeUnreachable
from demo.gates import Gate, open_gate
from tests.bench.pushing import make_uploads
from tests.links import bad_link

_HANDSHAKE_BYTES = 5_000


def draw(cuts: int, byte_count: int, seed: int) -> list[int]:
    """Draw after how many bytes each connection is cut: some while it is still being made."""
    chance = random.Random(seed)  # noqa: S311  places, not secrets
    mean = byte_count / cuts
    return [
        chance.randrange(1, _HANDSHAKE_BYTES)
        if chance.random() < 0.1
        else _HANDSHAKE_BYTES + int(chance.expovariate(1 / mean))
        for _ in range(cuts)
    ]


def push_through(gate: Gate, key: Path, upload: Upload, cuts: Sequence[int]) -> list[int]:
    """Push until the file is there; give the bytes that each visit but the last sent in vain."""
    in_vain, sent, lay = [], 0, 0
    with bad_link(gate.node, cuts) as link:
        while not (gate.feed / upload.path).exists():
            with suppress(NodeUnreachable):
                asyncio.run(_visit(link.node, key, upload))
            lies = _settled(gate)
            if link.connections <= len(cuts):
                in_vain.append(link.sent - sent - (lies - lay))
            sent, lay = link.sent, lies
    return in_vain


def _settled(gate: Gate) -> int:
    """How much lies at the node, once its server has written what it will of a broken link."""
    sizes = [-1]
    while sizes[-5:] != sizes[-1:] * 5:
        time.sleep(0.01)
        sizes.append(sum(each.stat().st_size for each in gate.feed.glob(".incoming/*")))
    return sizes[-1]


async def _visit(node: Node, key: Path, upload: Upload) -> None:
    async with open_link("cuts", node, key, Patience()) as link:
        missing = await link.missing([upload])
        await link.make_folders(missing)
        await link.put(missing)


def main(cuts: int = 200, megabytes: int = 300, seed: int = 1) -> None:
    """Print what the cuts cost, and whether the file at the node is the one that was sent."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        line = keys.create_ssh(key)
        [upload] = make_uploads(Path(folder), 1, megabytes * 1_000_000)
        assert isinstance(upload.source, Path)
        with open_gate("cuts", line) as gate:
            in_vain = push_through(gate, key, upload, draw(cuts, upload.byte_count, seed))
            same = (gate.feed / upload.path).read_bytes() == upload.source.read_bytes()
    print(  # noqa: T201
        f"{len(in_vain)} cuts, sent in vain per cut: median {statistics.median(in_vain) / 1024:.0f}"
        f" KiB, mean {statistics.mean(in_vain) / 1024:.0f} KiB, most {max(in_vain) / 1024:.0f} KiB;"
        f" {'byte-identical' if same else 'NOT THE SAME'}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
