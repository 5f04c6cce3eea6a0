"""Ninety days without a link: never black, and every play reported exactly once afterwards.

python -m tests.reliability.offline [days]

Time is simulated (`world.py`), and so is the player, which begins and ends by the machine's clock
as the page does; what chooses, reads, verifies, cues, writes down and hands over is the screen's
own, running as it ships: in step with the clock, a turn every few seconds, across every midnight
and a daypart that goes past it.  The machine's clock is thrown a year ahead, a year back, and to
1970; every ten days there is a power cut.  Prints what was on the screen against what was due.
"""

import logging
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cluster_feed.core.errors import ScreenError
from cluster_feed.core.playlist import ZONE, Daypart
from cluster_feed.core.proof import PlayRecord, Proof, verify_chain
from cluster_feed.core.slot import slot_at
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.player import Shown, Turn
from tests.reliability.scene import in_memory
from tests.reliability.world import Until, World
from tests.screen.hub import CLUSTER, NOW, PROFILE, Hub, entry, playlist

_SECONDS = {"one": 10.0, "two": 10.0, "three": 7.0, "night": 13.0, "always": 10.0}
_TICK = 0.5
_SLOW = 5.0
"""Seconds between two looks of the player at its clock, near something that happens and far."""
_OFF = 90.0
"""Seconds without power."""
YEAR = timedelta(days=365)


class Turned(NamedTuple):
    """A turn as the player had it."""

    name: str
    seconds: float


class Wall:
    """A player that begins and ends by the machine's clock, and shows something at every moment."""

    in_step = True

    def __init__(self, world: World) -> None:
        self._world = world
        self.shows: str | None = None
        """The name of what is on it; None: the safe card."""
        self.turns: list[Turned] = []
        self.seconds = defaultdict[str, float](float)

    def cue(self, turn: Turn | None) -> None:
        """Have its bytes ready."""
        assert not turn or any(turn.file.read(0, 1)), "black"

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Show a file from its beginning to its end, by the clock."""
        assert any(turn.file.read(0, 1)), "black"
        while (wait := turn.begins - self._world.time()) > 0:
            yield Shown()
            self._world.sleep(min(wait, self._step))
        self.shows, seconds = turn.name, 0.0
        try:
            while (left := turn.ends - self._world.time()) > 0:
                yield Shown(seconds, int(25 * seconds))
                step = min(left, self._step)
                self._world.sleep(step)
                seconds += step
            yield Shown(seconds, int(25 * seconds))
        finally:
            self.turns.append(Turned(turn.name, seconds))

    @property
    def _step(self) -> float:
        return _SLOW if self._world.until_next() > 2 * _SLOW and self.is_settled else _TICK

    is_settled = True
    """Whether nothing has happened of late."""

    def hold(self) -> None:
        """Show the safe card."""
        self.shows = None

    def look(self) -> None:
        """There is nothing to look at."""

    def close(self) -> None:
        """Nothing runs."""


class Gate:
    """A screen whose node is there on the first day and after the last."""

    def __init__(self, folder: Path) -> None:
        self.hub = Hub(folder / "feed")
        self.config = ScreenConfig(
            cluster=CLUSTER,
            screen="led",
            profile=PROFILE,
            gate="Cửa khẩu quốc tế Lao Bảo",
            source=str(self.hub.folder),
            state=folder / "state",
            reserve_mib=1,
        )
        blobs = {}
        for name in _SECONDS:
            path = folder / f"{name}.jpg"
            path.write_bytes(name.encode() * 100)
            blobs[name] = self.hub.blob(path)
        last = (NOW + timedelta(days=80)).astimezone(ZONE).date()
        night = Daypart.model_validate({"name": "night", "start": "22:00", "end": "02:00"})
        self.edition = playlist(
            5,
            *(entry(blobs[name], _SECONDS[name]) for name in ("one", "two", "three")),
            entry(blobs["night"], _SECONDS["night"], daypart="night"),
            dayparts=(night,),
            evergreen=[entry(blobs["always"], _SECONDS["always"], valid_until=last)],
        )
        commission(self.config, self.hub.root, 1, NOW)
        self.hub.publish(self.edition)
        Agent(self.config).pull(NOW)
        self.away = self.hub.folder.rename(folder / "away")
        self.world = World(NOW)
        self.wall = Wall(self.world)
        self.off = defaultdict[str, float](float)
        """Seconds by what was wrong: another entry than is due, the card where one is."""
        self.changes = 1
        self.starts = 0
        self._changed_at = 0.0
        self._restarted = False
        self.world.watch = self._watch

    # --- What happens ----------------------------------------------------------------------------

    def throw(self, by: timedelta) -> None:
        """Set the machine's clock; it may take a moment to show what is due by it."""
        self.world.set_by = by
        self._happened()

    def _happened(self) -> None:
        self.changes += 1
        self._changed_at = self.world.passed

    def troubles(self, days: float) -> None:
        """Set the clock wrong, and right again, in the first half of the days."""
        for part, by in ((0.1, YEAR), (0.2, -YEAR), (0.3, timedelta(hours=-7))):
            self.world.at(days * part, partial(self.throw, by))
            self.world.at(days * part + 0.02, partial(self.throw, timedelta()))

    # --- What is seen ----------------------------------------------------------------------------

    def _watch(self, seconds: float) -> None:
        """Hold what is on the wall against what is due."""
        world, wall = self.world, self.wall
        wall.is_settled = world.passed - self._changed_at > 4 * _SLOW
        machine = world.now + world.set_by
        believed = max(world.now, machine)  # time never runs backwards
        due = slot_at(self.edition, PROFILE, believed + timedelta(seconds=seconds / 2))
        name = due.entry.blobs[PROFILE].target if due else None
        # After a power cut the proven time is some minutes behind.  The machine's clock makes
        # up for that, unless it is behind too: then an entry of the hour is all that can be known.
        vague = self.starts > 1 and world.set_by < timedelta()
        if wall.shows == name or (vague and wall.shows and name):
            wall.seconds["entries" if name else "card"] += seconds
        elif wall.is_settled:
            self.off["long after"] += seconds
        else:
            self.off["card" if wall.shows is None else "another"] += seconds

    def live(self, days: float, *, cuts: float = 10) -> None:
        """Play with no link, and a power cut every so many days."""
        ends = days * 86_400
        self.troubles(days)
        with self.world.rules():
            while self.world.passed < ends:
                stop = Until(self.world, min(ends, self.world.passed + cuts * 86_400))
                self._happened()
                self.starts += 1
                with Engine(self.config, self.wall) as engine:
                    engine.run(stop)
                self._away()
                self.wall.shows = None

    def _away(self) -> None:
        """Find no node."""
        with suppress(ScreenError):
            Agent(self.config).pull(datetime.fromtimestamp(self.world.time(), UTC))
        with suppress(ScreenError):
            hand_over(self.config, self.world.now)

    def comes_back(self) -> list[PlayRecord]:
        """Hand everything over, twice as a shaky link does; give what arrived."""
        self.away.rename(self.hub.folder)
        for _ in range(2):
            hand_over(self.config, self.world.now)
        files = sorted((self.hub.folder / "outbox" / "led").glob("proof-*"))
        proofs = [Proof.from_bytes(file.read_bytes()) for file in files]
        lines = [record.to_bytes() for proof in proofs for record in proof.records]
        return list(verify_chain(lines))

    def told(self, record: PlayRecord) -> Turned:
        """What the player had, as it was reported."""
        entries = {each.asset: each for each in self.edition.all_entries()}
        return Turned(entries[record.asset].blobs[PROFILE].target, record.seconds)


def judge(gate: Gate, days: float) -> list[PlayRecord]:
    """Refuse a play that is missing or doubled, and seconds of anything that was not due."""
    reported = gate.comes_back()
    shown = [turn._replace(seconds=round(turn.seconds, 3)) for turn in gate.wall.turns]
    assert [gate.told(row) for row in reported] == shown, "a play is missing or there twice"
    longest = max(turn.seconds for turn in gate.wall.turns)
    assert longest <= max(_SECONDS.values()) + 1, f"a turn of {longest:.0f} s: it stood still"
    assert not gate.off["long after"], gate.off
    assert sum(gate.off.values()) <= 3 * gate.changes, gate.off
    assert sum([*gate.wall.seconds.values(), *gate.off.values()]) >= days * 86_400 - 1
    return reported


def main(days: float = 90) -> None:
    """Print what was shown and what was reported."""
    logging.disable(logging.ERROR)
    began = time.monotonic()
    with in_memory() as folder:
        gate = Gate(folder)
        gate.live(days)
        reported = judge(gate, days)
    seconds = gate.wall.seconds
    say(f"{days:g} days in {time.monotonic() - began:.0f} s: {len(reported)} turns, each once")
    say(f"what was due: {seconds['entries']:.0f} s of entries, {seconds['card']:.0f} s of the card")
    say(f"what was not, in {gate.changes} starts and clocks set: {dict(gate.off)} s; 0 s black")


def say(words: str) -> None:
    """Print a line now."""
    print(words, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
