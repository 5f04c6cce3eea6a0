"""A screen for hours: what its processes hold of memory and of descriptors, and whether it grows.

python -m tests.reliability.soak [MINUTES] [browser|mpv]

`screen run` itself, on a display of its own, pulls every ten seconds; every minute there is another
edition, and every other minute the player is killed.  Prints by kind of process, now and then, the
memory that is its alone and its part of what is shared (PSS), its descriptors and threads; at the
end how much they grow in an hour, from the second quarter of the time on.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.core.playlist import Entry
from cluster_feed.screen.agent import commission
from cluster_feed.screen.config import ScreenConfig
from tests.reliability.offline import say
from tests.screen.display import HEIGHT, WIDTH, display
from tests.screen.filming import COLOURS, clip, photo
from tests.screen.hub import CLUSTER, PROFILE, Hub, entry, playlist

_PLAYER: Final = {"browser": "chromium", "mpv": "mpv"}
_SAMPLES: Final = 24
"""Lines that are printed, however long it lasts."""


class Held(NamedTuple):
    """What processes hold."""

    processes: int
    memory: float
    """MiB."""
    descriptors: int
    threads: int

    def and_(self, other: "Held") -> "Held":
        """Add another process."""
        return Held(
            self.processes + other.processes,
            self.memory + other.memory,
            self.descriptors + other.descriptors,
            self.threads + other.threads,
        )


def below(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from below(int(child))


def held(pid: int) -> dict[str, Held]:
    """What a screen's processes hold, by their program's name."""
    kinds: dict[str, Held] = defaultdict(lambda: Held(0, 0.0, 0, 0))
    for each in list(below(pid)):
        with suppress(OSError, ValueError):  # it has ended meanwhile
            process = Path(f"/proc/{each}")
            rollup = (process / "smaps_rollup").read_text().splitlines()
            memory = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
            kind = (process / "comm").read_text().strip()
            descriptors = len(list((process / "fd").iterdir()))
            threads = len(list((process / "task").iterdir()))
            kinds[kind] = kinds[kind].and_(Held(1, memory / 1024, descriptors, threads))
    return kinds


def an_hour(samples: list[tuple[float, float]]) -> float:
    """By how much something grows in an hour: the line through it that fits best."""
    kept = samples[len(samples) // 4 :]
    mean_at = sum(at for at, _ in kept) / len(kept)
    mean = sum(value for _, value in kept) / len(kept)
    spread = sum((at - mean_at) ** 2 for at, _ in kept) or 1.0
    return 3600 * sum((at - mean_at) * (value - mean) for at, value in kept) / spread


class Soak:
    """A screen in a folder, and the hub that gives it another edition now and then."""

    def __init__(self, folder: Path, player: str) -> None:
        self.hub = Hub(folder / "feed", datetime.now(UTC))
        self.player = player
        self.config = ScreenConfig(
            cluster=CLUSTER,
            screen="led",
            profile=PROFILE,
            gate="Lao Bảo",
            source=str(self.hub.folder),
            state=folder / "state",
            width=WIDTH,
            height=HEIGHT,
            reserve_mib=1,
            pull_minutes=1 / 6,
            proof_minutes=0.5,
            picture_minutes=0.5,
            video_output="x11",
            audio_output="null",
        )
        commission(self.config, self.hub.root, 1, self.hub.now)
        made = [clip(folder / f"{name}.mp4", COLOURS[name], 5) for name in ("sea", "rice")]
        made += [photo(folder / f"{name}.jpg", COLOURS[name]) for name in ("sun", "dusk")]
        self.entries: list[Entry] = [entry(self.hub.blob(path), 5) for path in made]
        self.number = 0

    def publish(self) -> None:
        """Have another edition: an entry less, or all of them again."""
        self.number += 1
        now = datetime.now(UTC)
        dates = {"show_from": now - timedelta(days=1), "show_until": now + timedelta(days=30)}
        shown = self.entries[: 3 + self.number % 2]
        self.hub.publish(playlist(self.number, *shown, **dates))

    def start(self, folder: Path) -> subprocess.Popen[bytes]:
        """Start it, as its service does."""
        facts = self.config.model_dump(mode="json", exclude_none=True, exclude={"outlets"})
        lines = [
            f"{name} = {str(fact).lower() if isinstance(fact, bool) else repr(fact)}\n"
            for name, fact in facts.items()
        ]
        written = folder / "screen.toml"
        written.write_text("".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "cluster_feed", "screen", "run", "--config", str(written)]
        log = (folder / "log").open("wb")
        return subprocess.Popen([*command, "--player", self.player], stderr=log, stdout=log)

    def kill_player(self, pid: int) -> None:
        """End the browser, or mpv, at once."""
        for each in below(pid):
            with suppress(OSError):
                if Path(f"/proc/{each}/comm").read_text().strip() == _PLAYER[self.player]:
                    os.kill(each, signal.SIGKILL)
                    return


def main(minutes: float = 60, player: str = "browser") -> None:
    """Live through it."""
    folder = Path(tempfile.mkdtemp())
    seen: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    with display() as screen:
        os.environ["DISPLAY"] = screen
        soak = Soak(folder, player)
        soak.publish()
        running = soak.start(folder)
        began = time.monotonic()
        done = printed = 0
        try:
            while (passed := time.monotonic() - began) < 60 * minutes:
                time.sleep(5)
                assert running.poll() is None, (folder / "log").read_text()[-2000:]
                if int(passed // 60) > done:
                    done += 1
                    soak.publish()
                    if done % 2 == 0:
                        soak.kill_player(running.pid)
                        continue  # what starts anew says nothing yet
                now = held(running.pid)
                for kind, each in now.items():
                    for fact in ("memory", "descriptors", "threads"):
                        seen[kind, fact].append((passed, getattr(each, fact)))
                if passed >= printed * 60 * minutes / _SAMPLES:
                    printed += 1
                    told = (f"{kind} {_told(each)}" for kind, each in sorted(now.items()))
                    say(f"{passed / 60:6.1f} min  {'; '.join(told)}")
        finally:
            running.terminate()
            running.wait()
    for (kind, fact), samples in sorted(seen.items()):
        if len(samples) > len(seen["python", "memory"]) // 2:
            say(f"{kind} {fact}: {an_hour(samples):+.1f} an hour, {samples[-1][1]:.1f} at the end")


def _told(each: Held) -> str:
    return f"{each.processes}× {each.memory:.0f} MiB, {each.descriptors} fd, {each.threads} threads"


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 60, *sys.argv[2:])
