"""Push to a real sshd on loopback with the product and with OpenSSH's `sftp`, in turns.

python -m tests.bench.bench_push [files] [kilobytes each] [rounds]
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_feed.adapters import keys
from demo.gates import open_gate
from tests.bench.pushing import Push, in_turns, make_uploads, timed


def main(files: int = 1, kilobytes: int = 500_000, rounds: int = 7) -> None:
    """Print each tool's seconds, round by round, and the ratios of the medians."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        line = keys.create_ssh(key)
        uploads = make_uploads(Path(folder), files, kilobytes * 1000)

        def push(_number: int, tool: Push) -> float:
            with open_gate("bench", line) as gate:
                return timed(tool, gate.node, key, uploads)

        in_turns(rounds, push)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
