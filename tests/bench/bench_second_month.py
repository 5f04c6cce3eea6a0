"""A second month of which nine tenths is the first's: the bytes that cross, counted at a proxy.

python -m tests.bench.bench_second_month [clips] [kilobytes a clip]
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_feed.adapters import keys
from cluster_feed.core.delivery import Delivered
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import deliver
from demo.gates import open_gate
from tests.gates import Hub
from tests.links import bad_link
from tests.trust import NOW, found, playlist_of


def main(clips: int = 60, kilobytes: int = 2000) -> None:
    """Print what each month had to send and what crossed the link for it."""
    contents = [os.urandom(kilobytes * 1000) for _ in range(clips + clips // 10)]
    with TemporaryDirectory() as folder:
        root = Path(folder)
        connect(f"sqlite:///{root / 'ledger.sqlite3'}")
        hub = Hub(root, found(root), keys.create_ssh(root / "keys" / "hub_ed25519"))
        with open_gate("lao-bao", hub.public_key) as gate, bad_link(gate.node) as link:
            workspace = hub.workspace(lao_bao=link.node)
            for month in (1, 2):
                shown = contents[:clips] if month == 1 else contents[-clips:]
                playlist = playlist_of("lao-bao", month, *shown)
                hub.publish(playlist, *shown)
                link.sent = 0
                [outcome] = deliver.run(workspace, NOW)
                assert isinstance(outcome, Delivered), outcome
                print(  # noqa: T201
                    f"month {month}: {outcome.blobs} files, {outcome.byte_count / 1e6:.2f} MB to "
                    f"send, {link.sent / 1e6:.2f} MB crossed: {link.sent / outcome.byte_count:.4f}"
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
