"""Kill a node again and again while screens hand over and the hub fetches: nothing is lost.

    python -m tests.reliability.node_kills [kills] [seed]

A real node, killed with SIGKILL at a random moment and started again at once.  Four screens go on
closing files of proof and handing them over; a hub goes on fetching what is there, and removing
what it has.  At the end each row that a screen has written is at the hub or at the node, once, in
files whose signature holds; nothing that was ever seen there under its name was half written.
"""

import logging
import multiprocessing
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import uvicorn

from cluster_feed.core.errors import ScreenError
from cluster_feed.core.proof import NAME, Proof, verify_chain
from cluster_feed.screen import node
from cluster_feed.screen.agent import commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.spool import Spool
from tests.reliability.scene import in_memory
from tests.screen.hub import CLUSTER, NOW, PROFILE, Hub
from tests.screen.test_spool import play

_FORK = multiprocessing.get_context("fork")
_SCREENS = 4


class Kills:
    """A node and whoever uses it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  the same every time
        self._feed, self._fetched = folder / "feed", folder / "fetched"
        hub = Hub(self._feed)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = int(free.getsockname()[1])
        self._screens = [self._screen(folder, hub, number) for number in range(_SCREENS)]
        self._stop = threading.Event()
        self._rows: Counter[str] = Counter()
        self.told: Counter[str] = Counter()

    def _screen(self, folder: Path, hub: Hub, number: int) -> ScreenConfig:
        config = ScreenConfig(
            cluster=CLUSTER,
            screen=f"s{number}",
            profile=PROFILE,
            gate="Lao Bảo",
            source=f"http://127.0.0.1:{self._port}",
            state=folder / f"s{number}",
            proof_rows=3,
        )
        commission(config, hub.root, 1, NOW)
        return config

    def run(self, kills: int) -> Counter[str]:
        """Kill the node, then count what there is."""
        serving = self._start()
        people = ThreadPoolExecutor(_SCREENS + 1)
        working = [people.submit(self._work, each) for each in self._screens]
        working.append(people.submit(self._fetch))
        try:
            for _ in range(kills):
                time.sleep(0.2 + self._random.random())
                serving.kill()
                serving.join()
                assert serving.exitcode == -signal.SIGKILL, "it had died by itself"
                self.told["kills"] += 1
                serving = self._start()
        finally:
            self._stop.set()
            people.shutdown()
            self._finish()
            serving.kill()
            serving.join()
        for each in working:
            each.result()
        self._count()
        return self.told

    def _start(self) -> multiprocessing.process.BaseProcess:
        serving = _FORK.Process(target=self._serve)
        serving.start()
        return serving

    def _serve(self) -> None:
        logging.disable(logging.CRITICAL)
        uvicorn.Server(node.server_config(self._feed, "127.0.0.1", self._port)).run()

    def _work(self, config: ScreenConfig) -> None:
        spool = Spool(config)
        while not self._stop.is_set():
            for _ in range(3):
                play(spool)
                self._rows[config.screen] += 1
            self._hand_over(config)
        spool.close()

    def _hand_over(self, config: ScreenConfig) -> bool:
        try:
            hand_over(config, NOW)
        except ScreenError:
            self.told["not reached"] += 1
            return False
        return True

    def _fetch(self) -> None:
        """As the hub does: take what is there, look at it, remove it there."""
        while not self._stop.wait(0.05):
            for path in sorted((self._feed / "outbox").glob("*/*")):
                if not NAME.fullmatch(path.name):
                    continue
                content = path.read_bytes()
                Proof.from_bytes(content)  # raises where it is torn
                kept = self._fetched / path.parent.name / path.name
                kept.parent.mkdir(parents=True, exist_ok=True)
                assert not kept.exists() or kept.read_bytes() == content, "changed under its name"
                kept.write_bytes(content)
                path.unlink()
                self.told["fetched"] += 1

    def _finish(self) -> None:
        """Let each screen hand over what is left."""
        ends = time.monotonic() + 60
        for config in self._screens:
            with suppress(FileNotFoundError):
                while any(NAME.fullmatch(path.name) for path in config.outbox.iterdir()):
                    assert time.monotonic() < ends, "it is never taken"
                    if not self._hand_over(config):
                        time.sleep(0.1)

    def _count(self) -> None:
        for config in self._screens:
            folders = [self._fetched / config.screen, self._feed / "outbox" / config.screen]
            files = {path.name: path for each in folders for path in each.glob("proof-*")}
            proofs = [Proof.from_bytes(files[name].read_bytes()) for name in sorted(files)]
            rows = [row for proof in proofs for row in proof.records]
            arrived = len([*verify_chain(row.to_bytes() for row in rows)])
            assert arrived == self._rows[config.screen], f"{config.screen}: {arrived} arrived"
            self.told["rows"] += arrived


def main(kills: int = 20, seed: int = 1) -> None:
    """Print what was seen; an AssertionError where anything was lost or torn."""
    logging.disable(logging.CRITICAL)
    with in_memory() as folder:
        print(dict(Kills(folder, seed).run(kills)))  # noqa: T201  its answer
    print("0 lost, 0 torn")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
