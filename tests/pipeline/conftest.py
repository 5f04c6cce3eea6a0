"""A hub and a gate that deliveries meet at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_feed.adapters import keys
from demo.gates import Gate, open_gate
from tests.gates import Hub
from tests.trust import found


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    public_key = keys.create_ssh(tmp_path / "keys" / "hub_ed25519")
    return Hub(tmp_path, found(tmp_path), public_key)


@pytest.fixture
def gate(hub: Hub) -> Iterator[Gate]:
    with open_gate("lao-bao", hub.public_key, screens=["led"]) as opened:
        yield opened
