"""Ninety days without a link: never black, and every play reported exactly once afterwards.

python -m tests.reliability.offline [days]

The clock is simulated, and so is the player; what chooses, verifies, writes down and hands over is
the screen's own.
"""

import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from cluster_feed.core.errors import ScreenError
from cluster_feed.core.playlist import ZONE, Playlist
from cluster_feed.core.proof import Proof, verify_chain
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.player import Shown, Turn
from tests.reliability.scene import in_memory
from tests.screen.hub import CLUSTER, NOW, PROFILE, Hub, entry, playlist

_TURN = 600.0
"""Seconds of one entry: long, that ninety days are some ten thousand turns."""
_CARD = 5.0
"""Seconds after which a screen that shows the safe card looks again."""


class SimulatedPlayer:
    """Shows at once what it is told to; counts the seconds of each."""

    in_step = False

    def __init__(self) -> None:
        self.shown = Counter[str]()

    def cue(self, turn: Turn | None) -> None:
        """Nothing is to be had ready."""

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Play a whole file."""
        assert any(turn.file.read(0, 1)), "black"
        self.shown["entries"] += int(turn.seconds)
        yield Shown(turn.seconds, 1)

    def hold(self) -> None:
        """Show the safe card."""
        self.shown["card"] += int(_CARD)

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
        blobs = []
        for name in ("one", "two", "always"):
            path = folder / f"{name}.jpg"
            path.write_bytes(name.encode() * 100)
            blobs.append(self.hub.blob(path))
        last = (NOW + timedelta(days=80)).astimezone(ZONE).date()
        self.edition = playlist(
            5,
            *(entry(blob, _TURN) for blob in blobs[:2]),
            evergreen=[entry(blobs[2], _TURN, valid_until=last)],
        )
        commission(self.config, self.hub.root, 1, NOW)
        self.hub.publish(self.edition)
        Agent(self.config).pull(NOW)
        self.away = self.hub.folder.rename(folder / "away")

    def live(self, days: float) -> tuple[list[tuple[str, datetime]], Counter[str]]:
        """Play with no link, begun anew every ten days; give the plays and the seconds of each."""
        now, end = NOW, NOW + timedelta(days=days)
        played: list[tuple[str, datetime]] = []
        player = SimulatedPlayer()
        while now < end:
            until = min(end, now + timedelta(days=10))
            with Engine(self.config, player) as engine:
                while now < until:
                    due = due_at(self.edition, now)
                    records = engine.play_once(now)
                    assert len(records) == due, f"at {now}"
                    played += [(each.asset, each.began_at) for each in records]
                    now += timedelta(seconds=_TURN * len(records) or _CARD * 120)
            with suppress(ScreenError):
                Agent(self.config).pull(now)
            with suppress(ScreenError):
                hand_over(self.config, now)
        return played, player.shown

    def comes_back(self, now: datetime) -> list[tuple[str, datetime]]:
        """Hand everything over, twice as a shaky link does; give what arrived."""
        self.away.rename(self.hub.folder)
        for _ in range(2):
            hand_over(self.config, now)
        files = sorted((self.hub.folder / "outbox" / "led").glob("proof-*"))
        proofs = [Proof.from_bytes(file.read_bytes()) for file in files]
        lines = [record.to_bytes() for proof in proofs for record in proof.records]
        return [(each.asset, each.began_at) for each in verify_chain(lines)]


def due_at(edition: Playlist, now: datetime) -> int:
    """How many entries are due: those of the edition, the evergreen one, none for the card."""
    return len(edition.at(now))


def main(days: float = 90) -> None:
    """Print what was shown and what was reported."""
    logging.disable(logging.WARNING)
    with in_memory() as folder:
        gate = Gate(folder)
        played, shown = gate.live(days)
        reported = gate.comes_back(NOW + timedelta(days=days))
    assert reported == played, "a play is missing or there twice"
    print(f"{days} days: {len(played)} plays ({shown['entries']} s), 0 s black")  # noqa: T201
    print(f"{len(reported)} reported, each exactly once")  # noqa: T201


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
