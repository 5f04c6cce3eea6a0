import json
import os
import shutil
import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster_feed.core.device import check_signature
from cluster_feed.core.errors import FeedRefused, NeverCommissioned, NotCommissioned
from cluster_feed.screen import card
from cluster_feed.screen.agent import Agent, commission
from cluster_feed.screen.cli import screen_app
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device, fresh_code
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.mpv import Mpv
from cluster_feed.screen.trust import Trust
from tests.screen.hub import NOW, Hub


def written(config: ScreenConfig, folder: Path) -> Path:
    """A screen's settings as its file."""
    document = folder / "screen.toml"
    said = config.model_dump(mode="json", exclude_none=True)
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()]
    document.write_text("\n".join(lines), encoding="utf-8")
    return document


def test_commissioning_asks_for_the_lowest_number_and_prints_the_code_that_the_hub_will_ask_for(
    config: ScreenConfig, hub: Hub, tmp_path: Path
) -> None:
    document, root = written(config, tmp_path), tmp_path / "root.json"
    root.write_bytes(hub.root)
    words = ["commission", str(root), "--config", str(document)]
    careless = CliRunner().invoke(screen_app, words)
    assert careless.exit_code == 2
    assert "--lowest" in careless.output
    assert Trust(config.trust).accepted.lowest_number == 1  # as it was before
    done = CliRunner().invoke(screen_app, [*words, "--lowest", "202611002"])
    assert done.exit_code == 0
    assert Device(config.trust).code in done.output
    assert Trust(config.trust).accepted.lowest_number == 202611002


def test_the_status_of_a_check_asks_for_commissioning_and_for_nothing_else(
    config: ScreenConfig, tmp_path: Path
) -> None:
    def status() -> int:
        return CliRunner().invoke(screen_app, ["check", "--config", str(document)]).exit_code

    document = written(config, tmp_path)
    assert status() == 0
    shutil.rmtree(config.trust)
    assert status() == 3
    document.write_text("cluster = 1")
    assert status() == 1


def test_the_agent_and_the_player_that_begin_at_once_have_one_key(config: ScreenConfig) -> None:
    for path in config.trust.glob("device.pem*"):
        path.unlink()
    keys: list[str] = []
    threads = [
        threading.Thread(target=lambda: keys.append(Device(config.trust).public)) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_folder_that_nobody_commissioned_gets_no_key_and_reports_nothing(
    config: ScreenConfig, hub: Hub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = config.model_copy(update={"state": tmp_path / "not-mounted"})
    document = written(wrong, tmp_path)
    pulled = CliRunner().invoke(screen_app, ["pull", "--config", str(document)])
    assert isinstance(pulled.exception, NeverCommissioned)
    with Engine(wrong, Mpv(wrong)) as player, pytest.raises(NeverCommissioned):
        player.play_once(NOW)
    assert "No trust was ever set up" in caplog.text
    assert "Traceback" not in caplog.text
    assert not [*wrong.state.rglob("device.pem*"), *(hub.folder / "outbox").rglob("*")]
    commission(wrong, hub.root, 1, NOW)
    with pytest.raises(FeedRefused):
        Agent(wrong).pull(NOW)
    assert hand_over(wrong, NOW)


@pytest.mark.parametrize("left", ["root.json", "root.json.copy", "time.json.copy"])
def test_a_screen_whose_trust_was_lost_still_reports_it(config: ScreenConfig, left: str) -> None:
    for path in config.trust.iterdir():
        if path.is_file() and path.name != left:
            path.unlink()
    with pytest.raises(NotCommissioned) as told:
        Agent(config).pull(NOW)
    assert told.value.code == "NotCommissioned"
    health = HealthBook(config).read()
    assert health
    assert "NotCommissioned" in {fault.code for fault in health.faults}


def test_what_it_signs_is_known_by_its_public_key(config: ScreenConfig) -> None:
    device = Device(config.trust)
    check_signature(device.public, device.sign(b"a play"), b"a play")


def test_the_code_stands_on_the_screen_for_an_hour_from_commissioning(
    config: ScreenConfig, hub: Hub
) -> None:
    now = datetime.now(UTC)
    commission(config, hub.root, 1, now)
    code, seconds = fresh_code(config.trust)
    assert code == Device(config.trust).code
    assert 3500 < seconds <= 3600
    shows = card.CardFile(config)
    before, _ = shows.drawn()
    assert shows.drawn() == (before, False)
    Trust(config.trust).prove(now + timedelta(seconds=3601))  # whatever the clock says later
    assert fresh_code(config.trust) == ("", 0)
    after, anew = shows.drawn()
    assert anew
    assert before.closed
    plain = BytesIO()
    card.draw(config, plain)
    after.seek(0)
    assert after.read() == plain.getvalue()
    shows.close()
    assert fresh_code(config.trust / "none") == ("", 0)


def test_a_device_commissioned_by_a_clock_that_was_ahead_does_not_show_its_code_for_ever(
    config: ScreenConfig, hub: Hub
) -> None:
    ahead = datetime.now(UTC) + timedelta(days=365)
    commission(config, hub.root, 1, ahead)
    os.utime(config.trust / "root.json", (ahead.timestamp() + 1,) * 2)
    assert fresh_code(config.trust) == ("", 0)
