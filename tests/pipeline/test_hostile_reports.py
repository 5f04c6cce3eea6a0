import json
from pathlib import Path
from typing import Any

import pytest

from cluster_feed.core.proof import GENESIS, Outcome, PlayRecord
from cluster_feed.core.value import canonical
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import report
from cluster_feed.workspace import Workspace
from tests.office import opened
from tests.trust import NOW

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return opened(tmp_path / "hub")


def row(cluster: str, screen: str) -> dict[str, Any]:
    record = PlayRecord(
        row=1,
        previous=GENESIS,
        cluster=cluster,
        screen=screen,
        edition=1,
        asset="a" * 64,
        rendition="b" * 64,
        began_at=NOW,
        seconds=5,
        outcome=Outcome.PLAYED,
    )
    return record.model_dump(mode="json")


def came_home(workspace: Workspace, cluster: str, screen: str, name: str, content: bytes) -> Path:
    path = workspace.returned / cluster / screen / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "change",
    [
        {"edition": 10**30},
        {"edition": -1},
        {"began_at": "0001-01-01T00:00:00+14:00"},
        {"began_at": "9999-12-31T23:59:59-12:00"},
        {"row": 10**20},
        {"seconds": 1e999},
    ],
)
def test_a_row_that_no_record_could_hold_stops_no_other_gates_proof(
    workspace: Workspace, change: dict[str, Any]
) -> None:
    hostile = json.dumps(row("cha-lo", "led") | change, sort_keys=True, separators=(",", ":"))
    spool = came_home(workspace, "cha-lo", "led", "proof-0000000001.jsonl", hostile.encode())
    honest = canonical(row("lao-bao", "led")) + b"\n"
    came_home(workspace, "lao-bao", "led", "proof-0000000001.jsonl", honest)
    assert report.run(workspace, NOW) == report.Collected(plays=1, broken=1)
    assert not spool.exists()
    assert ledger.Play.objects.get().cluster == "lao-bao"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_health_from_an_impossible_time_is_not_believed(workspace: Workspace, at: str) -> None:
    health = {"cluster": "cha-lo", "screen": "led", "at": at}
    came_home(workspace, "cha-lo", "led", "health.json", json.dumps(health).encode())
    report.run(workspace, NOW)
    assert not ledger.Health.objects.exists()
