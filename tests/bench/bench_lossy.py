"""Push over a line of 150 ms and 1 % loss with the product and with OpenSSH's `sftp`, in turns.

20 MB in one file, and 50 files of 20 KB.  In each round both have the same congestion control and
a line of their own that draws its losses from the same seed.  Needs root.

python -m tests.bench.bench_lossy [rounds] [bbr|cubic|reno] [megabit a second]
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_feed.adapters import keys
from cluster_feed.adapters.sftp.upload import Upload
from tests.bench.pushing import Push, in_turns, make_uploads, timed
from tests.lossy_line import Line, far_gate

CASES = {"20 MB in one file": (1, 20_000_000), "50 files of 20 KB": (50, 20_000)}


def main(rounds: int = 5, congestion_control: str = "bbr", megabit: int = 100) -> None:
    """Print each tool's seconds, round by round, and the ratios of the medians."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        admitted = keys.create_ssh(key)
        for title, (files, byte_count) in CASES.items():
            print(title)  # noqa: T201
            uploads = make_uploads(Path(folder), files, byte_count)

            def push(number: int, tool: Push, uploads: Sequence[Upload] = uploads) -> float:
                line = Line(bytes_a_second=megabit * 125_000, seed=number)
                with far_gate(line, congestion_control, admitted) as (_, node):
                    return timed(tool, node, key, uploads)

            in_turns(rounds, push)


if __name__ == "__main__":
    rounds, control, megabit, *_ = [*sys.argv[1:], *("5", "bbr", "100")[len(sys.argv) - 1 :]]
    main(int(rounds), control, int(megabit))
