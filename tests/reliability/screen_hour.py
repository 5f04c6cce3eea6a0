"""A screen for an hour, before a camera: the right entry at its moment, never black, with troubles.

python -m tests.reliability.screen_hour [MINUTES] [--player mpv]

Real Chromium, or mpv, on a display of its own, ten pictures a second.  Every minute something is
done to it in turn: the player is killed, or stopped; a file is damaged on the disk; the node goes
away, and comes back; the clock is thrown a year ahead, and back; the disk fills up (on a small file
system of its own, as root).  Prints each trouble, how long it was before what is due was on the
screen again, and what was ever black.  What is due goes by the clock, or, where the player is in
step with none, by what it was given to show.
"""

import argparse
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from unittest import mock

from cluster_feed.core.playlist import Playlist
from cluster_feed.core.slot import slot_at
from cluster_feed.screen import trust
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.browser import Browser
from cluster_feed.screen.config import PlayerKind, ScreenConfig
from cluster_feed.screen.mpv import Mpv
from cluster_feed.screen.player import Shown, Turn
from tests.screen.clock import Thrown
from tests.screen.display import HEIGHT, WIDTH, Colour, Picture, display
from tests.screen.filming import COLOURS, RED, SETTLED, Filmed, clip, photo, program, take
from tests.screen.hub import CLUSTER, PROFILE, Hub, entry

_SECONDS = {"sea": 9.0, "sun": 6.0, "rice": 7.0, "dusk": 5.0}
_YEAR = timedelta(days=365)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 64 MiB, where one can be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and not subprocess.run(command, check=False).returncode
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


class Ordered(Mpv):
    """An mpv, and what was asked of it, and when: it is in step with no clock."""

    def __init__(self, config: ScreenConfig) -> None:
        super().__init__(config)
        self.orders: list[tuple[float, str]] = []

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Note the file's name."""
        self.orders.append((time.time(), turn.name))
        return super().play(turn)

    def hold(self) -> None:
        """Note that nothing was to be played."""
        if not self.orders or self.orders[-1][1]:
            self.orders.append((time.time(), ""))
        super().hold()

    def due(self, at: float) -> str | None:
        """What should have been on the screen, certainly; empty: the safe card."""
        began, name = max((each for each in self.orders if each[0] <= at), default=(at, ""))
        return name if at - began > SETTLED else None


class Hour:
    """A screen and what is done to it."""

    def __init__(self, folder: Path, state: Path, kind: PlayerKind) -> None:
        self.hub = Hub(folder / "feed", datetime.now(UTC))
        self.config = ScreenConfig(
            cluster=CLUSTER,
            screen="led",
            profile=PROFILE,
            gate="Lao Bảo",
            source=str(self.hub.folder),
            state=state,
            width=WIDTH,
            height=HEIGHT,
            reserve_mib=1,
            pull_minutes=0.2,
            clock=False,
            player=kind,
            video_output="x11",
            audio_output="null",
        )
        commission(self.config, self.hub.root, 1, self.hub.now)
        made = {
            name: clip(folder / f"{name}.mp4", COLOURS[name], _SECONDS[name])
            for name in ("sea", "rice")
        } | {name: photo(folder / f"{name}.jpg", COLOURS[name]) for name in ("sun", "dusk")}
        entries = [entry(self.hub.blob(made[name]), _SECONDS[name]) for name in _SECONDS]
        self.colours: dict[str, Colour] = {
            each.asset: COLOURS[name] for each, name in zip(entries, _SECONDS, strict=True)
        }
        self.named = {each.blobs[PROFILE].target: each.asset for each in entries}
        self.edition: Playlist = take(self.hub, self.config, *entries)
        self.player = Ordered(self.config) if kind is PlayerKind.MPV else Browser(self.config)

    def due(self, picture: Picture) -> Colour | None:
        """What should be on a picture; None while it changes."""
        if isinstance(self.player, Ordered):
            name = self.player.due(picture.at)
            return None if name is None else self.colours.get(self.named.get(name, ""), RED)
        moment = datetime.fromtimestamp(picture.at, UTC)
        slot = slot_at(self.edition, PROFILE, moment)
        if not slot or (moment - slot.begins_at).total_seconds() < SETTLED:
            return None
        return self.colours[slot.entry.asset]

    # --- Troubles ------------------------------------------------------------------------------

    def kills_the_player(self) -> None:
        """It is gone at once."""
        os.kill(self.program(), signal.SIGKILL)

    def stops_the_player(self) -> None:
        """It is there, and does nothing."""
        os.kill(self.program(), signal.SIGSTOP)

    def program(self) -> int:
        """The process that shows what is shown."""
        return program("mpv" if self.config.player is PlayerKind.MPV else "chromium")

    def damages_a_file(self) -> None:
        """A byte of a rendition is another."""
        path = next(self.config.blobs.glob("*.mp4"))
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1] + b"?")

    def takes_the_node_away(self) -> None:
        """There is no feed."""
        self.hub.folder.rename(self.hub.folder.with_name("away"))

    def brings_the_node_back(self) -> None:
        """It is there again, and what was damaged is fetched."""
        self.hub.folder.with_name("away").rename(self.hub.folder)
        Agent(self.config).pull(datetime.now(UTC))

    def fills_the_disk(self) -> None:
        """Not a byte more, on a disk of its own."""
        if not self.config.state.parent.is_mount():
            return
        with suppress(OSError), (self.config.state / "full").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    def empties_the_disk(self) -> None:
        """There is room again."""
        (self.config.state / "full").unlink(missing_ok=True)

    def throws_the_clock_ahead(self) -> None:
        """A year: the edition's life is over, and nothing is evergreen."""
        Thrown.by = _YEAR

    def throws_the_clock_back(self) -> None:
        """A year before now: the time that has passed is known all the same."""
        Thrown.by = -_YEAR

    def sets_the_clock_right(self) -> None:
        """As it was."""
        Thrown.by = timedelta()

    def troubles(self) -> Iterator[Callable[[], None]]:
        """One after another, again and again."""
        return cycle(
            [
                self.kills_the_player,
                self.damages_a_file,
                self.takes_the_node_away,
                self.brings_the_node_back,
                self.stops_the_player,
                self.fills_the_disk,
                self.empties_the_disk,
                self.throws_the_clock_back,
                self.throws_the_clock_ahead,
                self.sets_the_clock_right,
            ]
        )


def say(words: str) -> None:
    """Print a line now."""
    print(words, flush=True)  # noqa: T201


def judge(hour: Hour, what: str, pictures: list[Picture]) -> list[Picture]:
    """Tell how a stretch went; gives its black pictures."""
    black = [each for each in pictures if each.brightest < 40]
    judged = [(each, due) for each in pictures if (due := hour.due(each))]
    wrong = [each for each, due in judged if not each.is_like(due)]
    card = sum(each.is_like(RED) for each in wrong)
    safe = next((each.at for each in pictures if each.is_like(RED)), None)
    since = f", safe after {safe - pictures[0].at:.1f} s" if safe else ""
    last = f"{wrong[-1].at - pictures[0].at:.1f} s" if wrong else "at once"
    say(
        f"{what:24} {len(judged):5} pictures judged, {len(wrong)} not what is due "
        f"({card} of them the safe card){since}; right again {last}; {len(black)} black"
    )
    return black


def main(minutes: float, kind: PlayerKind) -> None:
    """Live through it."""
    logging.disable(logging.ERROR)
    folder = Path(tempfile.mkdtemp())
    ends = time.monotonic() + 60 * minutes
    black = taken = 0
    with small_disk(folder / "disk") as disk, display() as screen:
        os.environ["DISPLAY"] = screen
        hour = Hour(folder, disk / "state", kind)
        with (
            mock.patch.object(trust, "datetime", Thrown),
            Filmed(hour.config, screen, hour.player) as running,
        ):
            what = "nothing"
            for trouble in hour.troubles():
                before = len(running.camera.pictures)
                time.sleep(min(60.0, max(1.0, 6 * minutes)))
                pictures = running.camera.pictures[before:]
                black += len(judge(hour, what, pictures))
                taken += len(pictures)
                if time.monotonic() > ends:
                    break
                what = trouble.__name__.replace("_", " ")
                trouble()
    say(f"{taken} pictures, {black} black; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", nargs="?", type=float, default=60)
    parser.add_argument("--player", type=PlayerKind, default=PlayerKind.BROWSER)
    given = parser.parse_args()
    main(given.minutes, given.player)
