"""Screens of a gate on this machine: a node over HTTP, the agent, and mpv without a display."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import uvicorn

from cluster_feed.core.cluster import Cluster, Screen
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.proof import Outcome, PlayRecord
from cluster_feed.pipeline import Tick
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.mpv import Mpv
from cluster_feed.screen.node import server_config
from cluster_feed.workspace import Workspace


@contextmanager
def serve(feed: Path) -> Iterator[str]:
    """Serve a gate's feed folder as `cluster-feed node serve` does; give the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(server_config(feed, "127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class Shown(NamedTuple):
    """What a screen did with its playlist."""

    planned: int
    records: list[PlayRecord]

    @property
    def entries(self) -> int:
        """How many entries were played to their end."""
        return sum(record.outcome is Outcome.PLAYED for record in self.records)

    @property
    def played_to_the_end(self) -> bool:
        """Whether that was all of them."""
        return 0 < self.planned == self.entries == len(self.records)


class Station:
    """One screen device."""

    def __init__(self, workspace: Workspace, cluster: Cluster, screen: Screen, node: str) -> None:
        profile = workspace.profiles[screen.profile]
        self.name = f"{cluster.name}/{screen.name}"
        self.title = f"{cluster.title}, {screen.title}"
        self.code = ""
        self._config = ScreenConfig(
            cluster=cluster.name,
            screen=screen.name,
            profile=screen.profile,
            gate=cluster.gate,
            source=node,
            state=workspace.root / "screens" / cluster.name / screen.name,
            width=profile.width,
            height=profile.height,
            video_output="null",
            audio_output="null",
        )

    def show(self, root: bytes, now: datetime, tick: Tick) -> Shown:
        """Pull what was published, play it once to the end, and hand the proof over."""
        self.code = commission(self._config, root, lowest_number=1, now=now).code
        Agent(self._config).pull(now)
        playlist = Playlist.from_bytes((self._config.current / "playlist.json").read_bytes())
        planned = len(playlist.at(now))
        done: list[PlayRecord] = []

        def watch(record: PlayRecord) -> None:
            done.append(record)
            tick(self.title, len(done) / planned)

        tick(self.title, 0)
        with Engine(self._config, Mpv(self._config)) as player:
            records = player.play_once(now, watch)
        hand_over(self._config, now)
        return Shown(planned, records)
