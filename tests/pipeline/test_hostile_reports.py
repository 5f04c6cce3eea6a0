import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cluster_feed.core.value import canonical
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices, report
from cluster_feed.workspace import Workspace
from tests.device import Device
from tests.office import opened
from tests.trust import NOW

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return opened(tmp_path / "hub")


def signed(device: Device, row: dict[str, Any]) -> bytes:
    """What a device could sign that is no record of a play."""
    line = json.dumps(row, sort_keys=True, separators=(",", ":")).encode()
    seal = {"device": device.public, "sig": device.sign(b"?")}
    return gzip.compress(line + b"\n" + json.dumps(seal).encode() + b"\n")


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
    hostile, honest = Device("cha-lo"), Device("lao-bao")
    for device in (hostile, honest):
        row = devices.meet(device.cluster, device.screen, device.public, NOW)
        devices.admit(workspace, NOW, f"{row.cluster}/{row.screen}", row.code, "an")
    (record,) = hostile.chain(1)
    name, _ = hostile.proof([record])
    lie = signed(hostile, record.model_dump(mode="json") | change)
    spool = hostile.brings(workspace.returned, (name, lie))
    honest.brings(workspace.returned, honest.proof(honest.chain(1)))
    assert report.run(workspace, NOW) == report.Collected(plays=1, broken=1)
    assert not spool.exists()
    assert ledger.Play.objects.get().cluster == "lao-bao"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_health_from_an_impossible_time_is_not_believed(workspace: Workspace, at: str) -> None:
    device = Device("cha-lo")
    says = {"cluster": "cha-lo", "screen": "led", "at": at, "serial": 9}
    sig = device.sign(b"cluster-feed health 1\n" + canonical(says))
    content = canonical({"device": device.public, "sig": sig, "says": says})
    device.brings(workspace.returned, (device.health()[0], content))
    report.run(workspace, NOW)
    assert not ledger.Device.objects.exists()
    assert not ledger.Health.objects.exists()


def test_a_screen_of_another_version_may_leave_out_what_it_does_not_know(
    workspace: Workspace,
) -> None:
    device = Device("cha-lo")
    says = {"cluster": "cha-lo", "screen": "led", "at": NOW.isoformat(), "serial": 9}
    sig = device.sign(b"cluster-feed health 1\n" + canonical(says))
    content = canonical({"device": device.public, "sig": sig, "says": says})
    device.brings(workspace.returned, (device.health()[0], content))
    report.run(workspace, NOW)
    assert ledger.Device.objects.get().serial == 9
