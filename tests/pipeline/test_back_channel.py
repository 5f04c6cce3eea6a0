"""From a real screen over a real node to the record; only the way from the node to the hub is
walked by the test, which loses, doubles and delays what it carries."""

import random
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn

from cluster_feed.core.proof import Outcome
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices, report
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.node import server_config
from cluster_feed.screen.player import Shown
from cluster_feed.screen.spool import Spool
from cluster_feed.workspace import Workspace
from tests.device import BEGAN

pytestmark = pytest.mark.usefixtures("database")

DAYS, PLAYS_A_DAY = 90, 4


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Path]:
    """A node's folder; its address is in `address`."""
    folder = tmp_path / "node"
    (folder / "metadata").mkdir(parents=True)
    server = uvicorn.Server(server_config(folder, "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    (tmp_path / "address").write_text(f"http://127.0.0.1:{port}")
    yield folder
    server.should_exit = True
    thread.join()


@pytest.fixture
def config(node: Path, tmp_path: Path) -> ScreenConfig:
    config = ScreenConfig(
        cluster="lao-bao",
        screen="led",
        profile="led-wall",
        gate="Cửa khẩu quốc tế Lao Bảo",
        source=(tmp_path / "address").read_text(),
        state=tmp_path / "state",
        proof_rows=8,
    )
    config.trust.mkdir(parents=True)
    (config.trust / "root.json").touch()  # as commissioned; what reports believes no root
    return config


def live_offline(config: ScreenConfig) -> int:
    """Play for ninety days with no link to anybody, and a power cut every week."""
    spool = Spool(config)
    for day in range(DAYS):
        if day % 7 == 3:
            spool = Spool(config)
        for play in range(PLAYS_A_DAY):
            spool.append(
                edition=1,
                asset="a" * 64,
                rendition="b" * 64,
                began_at=BEGAN + timedelta(days=day, seconds=10 * play),
                shown=Shown(10, 250),
                outcome=Outcome.PLAYED,
            )
    spool.close()
    HealthBook(config).shows(1, at=BEGAN + timedelta(days=DAYS), switched=False)
    return DAYS * PLAYS_A_DAY


def test_ninety_days_offline_are_reported_once_when_the_link_returns(
    workspace: Workspace, node: Path, config: ScreenConfig
) -> None:
    played = live_offline(config)
    now = BEGAN + timedelta(days=DAYS)
    handed = hand_over(config, now)
    assert len(handed) == len(set(handed)) > played // 8
    assert not list(config.outbox.glob("proof-*"))
    way = random.Random(25)  # noqa: S311  of losses on a link, no secret
    home = workspace.returned / "lao-bao" / "led"
    home.mkdir(parents=True)
    left = sorted((node / "outbox" / "led").iterdir())
    devices_known = False
    while left:
        carried = [path for path in left if way.random() < 0.3] or left[:1]
        for path in carried:
            shutil.copy(path, home)
            if way.random() < 0.8:  # else the answer was lost, and it is carried once more
                left.remove(path)
        counted = report.run(workspace, now)
        assert not counted.broken
        if not devices_known:
            assert not counted.plays
            devices.admit(workspace, now, "lao-bao/led", Device(config.trust).code, "lan")
            devices_known = True
    assert ledger.Play.objects.count() == played
    assert ledger.Play.objects.filter(outcome=Outcome.PLAYED).count() == played
    device = ledger.Device.objects.get()
    assert (device.to_life().row, device.to_life().missing) == (played, 0)
    assert ledger.Health.objects.get().says["edition"] == 1
