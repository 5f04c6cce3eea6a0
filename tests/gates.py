"""A hub with a founded feed, and what its deliveries left on a gate."""

import random
from dataclasses import dataclass
from pathlib import Path

from cluster_feed.core.cluster import Cluster, Node, Screen
from cluster_feed.core.delivery import Failed, Outcome
from cluster_feed.core.playlist import Playlist
from cluster_feed.settings import Delivery, Settings
from cluster_feed.workspace import Workspace
from demo.gates import Gate
from tests.trust import House, keep, playlist_of

FAST = Delivery(keepalive_seconds=1, keepalive_count=2, connect_seconds=5)
MEGABYTE = 1 << 20


def noise(byte_count: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(byte_count)  # noqa: S311  content, not a secret


@dataclass(frozen=True)
class Hub:
    """A hub with a founded feed, whose clusters' nodes are told to it one by one."""

    root: Path
    house: House
    public_key: str

    def workspace(self, delivery: Delivery = FAST, **nodes: Node) -> Workspace:
        clusters = {
            name: Cluster(
                name=name,
                title=f"Cụm {name}",
                gate=name,
                screens=(Screen(name="led", title="LED", profile="lcd-1080p"),),
                node=node,
            )
            for name, node in ((key.replace("_", "-"), node) for key, node in nodes.items())
        }
        return Workspace(self.root, Settings(delivery=delivery), {}, clusters)

    def publish(self, playlist: Playlist, *contents: bytes) -> int:
        store = self.workspace().store
        for content in (playlist.to_bytes(), *contents):
            keep(store, content)
        return self.house.put(playlist, "an", "binh")


def publish(hub: Hub, *contents: bytes, cluster: str = "lao-bao", number: int = 1) -> None:
    hub.publish(playlist_of(cluster, number, *contents), *contents)


def on_the_node(gate: Gate) -> dict[str, bytes]:
    """Everything that a screen could read."""
    return {
        str(path.relative_to(gate.feed)): path.read_bytes()
        for folder in ("metadata", "targets")
        for path in (gate.feed / folder).rglob("*")
        if path.is_file()
    }


def wanted(hub: Hub, cluster: str = "lao-bao") -> dict[str, bytes]:
    store = hub.workspace().store
    return {
        file.path: store.path(file.sha256).read_bytes() if file.content is None else file.content
        for file in hub.house.feed.tree(cluster)
    }


def error_of(outcome: Outcome) -> object:
    assert isinstance(outcome, Failed)
    return type(outcome.error)
