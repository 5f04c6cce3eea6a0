"""Push 200 MB to a real sshd with the product and with OpenSSH's `sftp`, in turns.

python -m tests.bench.bench_push [megabytes] [rounds]
"""

import asyncio
import hashlib
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp.link import open_link
from cluster_feed.adapters.sftp.ssh import Patience
from cluster_feed.adapters.sftp.upload import Upload
from demo.gates import Gate, open_gate


async def _push(gate: Gate, key: Path, upload: Upload) -> None:
    async with open_link(gate.name, gate.node, key, Patience()) as link:
        await link.make_folders([upload])
        await link.put([upload])


def _ours(gate: Gate, key: Path, upload: Upload) -> None:
    asyncio.run(_push(gate, key, upload))


def _openssh(gate: Gate, key: Path, upload: Upload) -> None:
    assert isinstance(upload.source, Path)
    source = upload.source
    known = key.with_name("known_hosts")
    known.write_text(f"[{gate.node.host}]:{gate.node.port} {gate.node.host_key}\n")
    batch = f"put -f {source} {gate.node.folder}/{upload.path.rpartition('/')[2]}\n"
    options = [f"-oUserKnownHostsFile={known}", "-oIdentitiesOnly=yes", f"-oPort={gate.node.port}"]
    subprocess.run(
        ["sftp", "-q", "-b", "-", "-i", key, *options, f"{gate.node.user}@{gate.node.host}"],
        input=batch.encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


def main(megabytes: int = 200, rounds: int = 5) -> None:
    """Print each tool's seconds, round by round, and the ratio of the medians."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        line = keys.create_ssh(key)
        seconds: dict[str, list[float]] = {"cluster-feed": [], "sftp": []}
        with open_gate("bench", line) as gate:
            for number in range(rounds):
                source = Path(folder) / f"clip-{number}"
                content = os.urandom(megabytes * 1_000_000)
                source.write_bytes(content)
                sha256 = hashlib.sha256(content).hexdigest()
                for name, push in (("cluster-feed", _ours), ("sftp", _openssh)):
                    upload = Upload(f"targets/{name}-{number}", sha256, len(content), source)
                    os.sync()
                    began = time.perf_counter()
                    push(gate, key, upload)
                    seconds[name].append(time.perf_counter() - began)
                print(*(f"{name} {times[-1]:.2f} s" for name, times in seconds.items()))  # noqa: T201
                source.unlink()
        ours, theirs = map(statistics.median, seconds.values())
        print(f"median {ours:.2f} s against {theirs:.2f} s: {ours / theirs:.2f} of sftp")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
