"""Two screens with the same playlist and clock: how far apart are their pictures?

python -m tests.bench.bench_sync [SECONDS]

Two Chromiums, each with a display, a server and an engine of its own; the second starts while the
first plays.  Each says of every clip by how much its frames come after the moment at which the
clock has them; the difference of two is what somebody who stands before both would see.
"""

import contextlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.browser import Browser
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.player import Shown, Turn
from tests.screen.display import display
from tests.screen.hub import CLUSTER, PROFILE, Hub, entry, playlist

_FPS = 25
_FRAME = 1000 / _FPS
_SETTLES = 4.0
"""Seconds of a clip after which it should be in step."""


class Seen(NamedTuple):
    """What a screen said of a clip."""

    at: float
    begins: float
    late: float


class Watched(Browser):
    """A browser whose words are kept."""

    def __init__(self, config: ScreenConfig) -> None:
        super().__init__(config)
        self.seen: list[Seen] = []

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Follow a turn."""
        for shown in super().play(turn):
            if shown.late is not None:
                self.seen.append(Seen(time.time(), turn.begins, shown.late))
            yield shown


def clip(path: Path, pattern: str, seconds: int) -> Path:
    """A clip in which every frame is another."""
    source = f"{pattern}=s=640x360:r={_FPS}:d={seconds}"
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, *encode, str(path)]
    subprocess.run(command, check=True)
    return path


@contextlib.contextmanager
def screen(folder: Path, hub: Hub, name: str) -> Iterator[Watched]:
    """Run a screen on a display of its own."""
    config = ScreenConfig(
        cluster=CLUSTER,
        screen=name,
        profile=PROFILE,
        gate="Lao Bảo",
        source=str(hub.folder),
        state=folder / name,
        width=640,
        height=360,
        reserve_mib=1,
        stall_seconds=4,
    )
    commission(config, hub.root, 1, hub.now)
    Agent(config).pull(datetime.now(UTC))
    stop = threading.Event()
    with display(640, 360) as shown:
        os.environ["DISPLAY"] = shown
        player = Watched(config)
        with Engine(config, player) as engine:
            thread = threading.Thread(target=engine.run, args=[stop])
            thread.start()
            yield player
            stop.set()
            thread.join()


def apart(one: Sequence[Seen], other: Sequence[Seen], after: float) -> list[float]:
    """By how much the two differed, wherever both spoke of a clip within 200 ms."""
    differences = []
    for seen in one:
        near = [each for each in other if abs(each.at - seen.at) < 0.2]
        if near and seen.at > seen.begins + after:
            same = min(near, key=lambda each: abs(each.at - seen.at))
            if abs(same.begins - seen.begins) < 0.001:
                differences.append(abs(seen.late - same.late))
    return sorted(differences)


def tell(what: str, values: Sequence[float]) -> None:
    """Print the middle and the ends."""
    if not values:
        print(f"{what}: nothing was measured")  # noqa: T201
        return
    middle, most = values[len(values) // 2], values[int(len(values) * 0.95)]
    within = sum(value <= _FRAME for value in values) / len(values)
    print(  # noqa: T201
        f"{what}: p50 {middle:.1f} ms, p95 {most:.1f} ms, most {values[-1]:.1f} ms; "
        f"{within:.1%} within one frame of {_FRAME:.0f} ms ({len(values)} pairs)"
    )


def main(seconds: float = 60) -> None:
    """Run both and compare."""
    logging.disable(logging.WARNING)
    folder = Path(tempfile.mkdtemp())
    hub = Hub(folder / "feed", datetime.now(UTC))
    clips = [clip(folder / "one.mp4", "testsrc2", 12), clip(folder / "two.mp4", "testsrc", 8)]
    entries = [entry(hub.blob(path), length) for path, length in zip(clips, (12, 8), strict=True)]
    life = {"show_from": hub.now - timedelta(days=1), "show_until": hub.now + timedelta(days=30)}
    hub.publish(playlist(5, *entries, **life))
    with screen(folder, hub, "left") as left:
        time.sleep(5)
        with screen(folder, hub, "right") as right:
            time.sleep(seconds)
            load = os.getloadavg()[0]
    shutil.rmtree(folder)
    for name, player in (("left", left), ("right", right)):
        own = sorted(abs(each.late) for each in player.seen if each.at > each.begins + _SETTLES)
        tell(f"{name}, against the clock", own)
    tell("between the two, whole clips", apart(left.seen, right.seen, 0))
    tell(f"between the two, after {_SETTLES:.0f} s", apart(left.seen, right.seen, _SETTLES))
    print(f"load {load:.1f} on {os.cpu_count()} cores")  # noqa: T201


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
