"""Cut the power of hub, node and screen at random moments: nothing torn or unverified is shown.

python -m tests.reliability.power_cuts [kills] [seed]

First on a disk that forgets what was not fsynced, at every change of a name (`tests.reliability.
lossy`), then with real processes and SIGKILL: a hub that publishes and lays out the tree, a node
that serves it, a screen that pulls.
"""

import logging
import multiprocessing
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import uvicorn

from cluster_feed.adapters.feed import Feed
from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import ScreenError
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import digest
from cluster_feed.screen import node
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.trust import Trust
from tests.reliability.lossy import LossyDisk, survivors
from tests.reliability.scene import Scene, in_memory
from tests.screen.hub import NOW
from tests.trust import NOW as TODAY
from tests.trust import House, found, playlist_of

_FORK = multiprocessing.get_context("fork")


def screens_on_a_lossy_disk(folder: Path, seed: int) -> Counter[str]:
    """A pull that switches, cut at every moment: old or new, whole, and the next pull completes."""
    scene = Scene(folder, blob_bytes=700)
    random, told = Random(seed), Counter[str]()  # noqa: S311  the same every time
    disk = LossyDisk(scene.config.state)
    with disk.recording():
        assert Agent(scene.config).pull(NOW).number == 6
    for moment in disk.moments:
        for survive in survivors(disk, moment, random):
            told["moments"] += 1
            state = folder / f"after-{told['moments']}"
            survive(state)
            number = scene.plays(state)
            told[f"edition {number}"] += 1
            accepted = Trust(state / "trust").accepted
            assert accepted.playlists[number] == digest(scene.signed[number]), moment.after
            assert number >= accepted.lowest_number, moment.after
            config = scene.config.model_copy(update={"state": state})
            assert Agent(config).pull(NOW).number == 6, moment.after
            assert scene.plays(state) == 6
    return told


def hubs_on_a_lossy_disk(folder: Path, seed: int) -> Counter[str]:
    """A publication, cut at every moment: the feed is as before or as after, and goes on."""
    house = found(folder)
    house.put(playlist_of(number=1), "an", "binh")
    random, told = Random(seed), Counter[str]()  # noqa: S311  the same every time
    disk = LossyDisk(house.feed.folder)
    with disk.recording():
        house.put(playlist_of(number=2), "an", "binh")
    for moment in disk.moments:
        for survive in survivors(disk, moment, random):
            told["moments"] += 1
            path = folder / f"after-{told['moments']}"
            survive(path)
            feed = Feed(path)
            roles = house.signed(playlist_of(number=2), "an", "binh")
            before = [each.path for each in feed.tree("lao-bao")]
            told["published" if "metadata/2.lao-bao.json" in before else "not yet"] += 1
            feed.put(roles, house.online, TODAY)
            assert "metadata/2.lao-bao.json" in [each.path for each in feed.tree("lao-bao")]
    return told


class Kills:
    """Hub, node and screen as processes of their own, any of which may die at any moment."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311  the same every time
        self._house: House = found(folder)
        self._tree = folder / "node"
        for part in ("metadata", "targets/lao-bao"):
            (self._tree / part).mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._config = ScreenConfig(
            cluster="lao-bao",
            screen="led",
            profile="lcd-1080p",
            gate="Lao Bảo",
            source=f"http://127.0.0.1:{self._port}",
            state=folder / "state",
            reserve_mib=1,
        )
        self._publish(1)
        root = (self._tree / "metadata" / "1.root.json").read_bytes()
        commission(self._config, root, 1, TODAY)
        self._roles: dict[str, Callable[[], None]] = {
            "hub": self._hub,
            "node": self._node,
            "screen": self._screen,
        }
        self._alive: dict[str, multiprocessing.process.BaseProcess] = {}
        self.told: Counter[str] = Counter()
        self._seen = 0

    def run(self, kills: int) -> Counter[str]:
        """Kill one of them, look at the screen's disk, start it again."""
        try:
            self._start()
            while not (self._config.current / "playlist.json").exists():
                time.sleep(0.05)
            for _ in range(kills):
                time.sleep(self._random.random() * 0.8)
                name = self._random.choice(list(self._roles))
                victim = self._alive.pop(name)
                victim.kill()
                victim.join()
                assert victim.exitcode == -signal.SIGKILL, f"{name} had died by itself"
                self.told[f"{name} killed"] += 1
                self._look()
                self._start()
        finally:
            for process in self._alive.values():
                process.kill()
                process.join()
        return self.told

    def _start(self) -> None:
        for name in self._roles.keys() - self._alive.keys():
            process = _FORK.Process(target=self._roles[name])
            process.start()
            self._alive[name] = process

    def _look(self) -> None:
        """What plays is whole, was approved, and never older than before."""
        for _ in range(5):  # a screen that lives may switch while it is looked at
            with suppress(FileNotFoundError):
                content = (self._config.current / "playlist.json").read_bytes()
                playlist = Playlist.from_bytes(content)
                assert content == _edition(playlist.number).to_bytes(), "not what was signed"
                blobs = Blobs(self._config.blobs)
                for blob in playlist.blobs().values():
                    assert digest(blobs.path(blob).read_bytes()) == blob.sha256, "torn"
                break
        else:
            raise AssertionError("nothing to play")
        assert playlist.number >= self._seen, "went back"
        self.told["editions"] += playlist.number > self._seen
        self._seen = playlist.number

    def _hub(self) -> None:
        number = 1
        with suppress(FileNotFoundError):
            role = self._house.feed.folder / "metadata"
            number = max(int(path.name.split(".")[0]) for path in role.glob("*.lao-bao.json"))
        while True:
            self._publish(number)
            number += 1
            time.sleep(0.1)  # or nothing stands long enough to be fetched

    def _publish(self, number: int) -> None:
        """Sign, then lay the tree out on the node in the order in which it may appear."""
        self._house.put(_edition(number), "an", "binh")
        contents = {digest(each): each for each in _contents(number)}
        contents[digest(_edition(number).to_bytes())] = _edition(number).to_bytes()
        for file in self._house.feed.tree("lao-bao"):
            path = self._tree / file.path
            if file.content is None and path.exists():
                continue
            write_visible(path, file.content or contents[file.sha256])

    def _node(self) -> None:
        config = node.server_config(self._tree, "127.0.0.1", self._port)
        uvicorn.Server(config).run()

    def _screen(self) -> None:
        agent = Agent(self._config)
        while True:
            with suppress(ScreenError):
                agent.pull(TODAY)
            time.sleep(0.01)


def _contents(number: int) -> list[bytes]:
    return [str(each).encode() * 50_000 for each in (number, number + 1)]


def _edition(number: int) -> Playlist:
    return playlist_of("lao-bao", number, *_contents(number))


def main(kills: int = 300, seed: int = 1) -> None:
    """Print what was seen; an AssertionError where anything was torn."""
    logging.disable(logging.WARNING)
    with in_memory() as folder:
        for place in ("screen", "hub", "killed"):
            (folder / place).mkdir()
        print("screen, lossy disk:", dict(screens_on_a_lossy_disk(folder / "screen", seed)))  # noqa: T201
        print("hub, lossy disk:", dict(hubs_on_a_lossy_disk(folder / "hub", seed)))  # noqa: T201
        print("SIGKILL:", dict(Kills(folder / "killed", seed).run(kills)))  # noqa: T201
    print("0 torn, 0 unverified, always something to play")  # noqa: T201  its answer


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
