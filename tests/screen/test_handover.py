import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster_feed.core.errors import FeedUnreachable, ScreenError
from cluster_feed.screen.agent import Agent
from cluster_feed.screen.cli import screen_app
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.spool import Spool
from tests.screen.hub import NOW, Hub
from tests.screen.test_spool import chain, play

Serve = Callable[[Path], str]


@pytest.fixture(params=["node", "stick"])
def reporting(
    request: pytest.FixtureRequest, hub: Hub, config: ScreenConfig, serve: Serve
) -> ScreenConfig:
    """A screen with two closed files of proof, which gives them to a node, or to a stick."""
    place = serve(hub.folder) if request.param == "node" else str(hub.folder)
    config = config.model_copy(update={"deliver_to": place, "proof_rows": 1})
    play(Spool(config))
    play(Spool(config))
    HealthBook(config).shows(5, at=NOW, switched=True)
    return config


def test_proof_and_health_arrive_as_they_were_written(hub: Hub, reporting: ScreenConfig) -> None:
    assert hand_over(reporting, NOW) == [
        "proof-0000000001.jsonl",
        "proof-0000000002.jsonl",
        "health.json",
    ]
    arrived = hub.folder / "outbox" / "led"
    assert len(chain(arrived)) == 2
    health = HealthBook(reporting).path.read_bytes()
    assert (arrived / "health.json").read_bytes() == health


def test_what_was_taken_is_not_given_again(hub: Hub, reporting: ScreenConfig) -> None:
    hand_over(reporting, NOW)
    assert hand_over(reporting, NOW) == []
    HealthBook(reporting).shows(6, at=NOW, switched=True)
    assert hand_over(reporting, NOW) == ["health.json"]


def test_what_arrived_though_the_answer_was_lost_is_taken_as_given(
    hub: Hub, reporting: ScreenConfig
) -> None:
    arrived = hub.folder / "outbox" / "led"
    arrived.mkdir(parents=True)
    shutil.copy(reporting.outbox / "proof-0000000001.jsonl", arrived)
    assert len(hand_over(reporting, NOW)) == 3


def test_another_proof_under_the_same_name_is_kept_and_stops_no_other(
    hub: Hub, reporting: ScreenConfig
) -> None:
    arrived = hub.folder / "outbox" / "led"
    arrived.mkdir(parents=True)
    (arrived / "proof-0000000001.jsonl").write_bytes(b"another screen's\n")
    assert hand_over(reporting, NOW) == ["proof-0000000002.jsonl", "health.json"]
    assert (arrived / "proof-0000000001.jsonl").read_bytes() == b"another screen's\n"
    assert (reporting.outbox / "proof-0000000001.jsonl").exists()
    assert b"ProofRefused" in (arrived / "health.json").read_bytes()


@pytest.mark.parametrize("place", ["http://127.0.0.1:9", "/media/no-such-stick"])
def test_when_nobody_takes_it_everything_waits(config: ScreenConfig, place: str) -> None:
    config = config.model_copy(update={"deliver_to": place, "proof_rows": 1})
    play(Spool(config))
    with pytest.raises(FeedUnreachable):
        hand_over(config, NOW)
    assert (config.outbox / "proof-0000000001.jsonl").exists()
    assert not Path("/media/no-such-stick").exists()


def test_the_agents_report_of_a_refusal_leaves_with_the_next_handover(
    hub: Hub, config: ScreenConfig
) -> None:
    with pytest.raises(Exception, match="not taken"):
        Agent(config).pull(NOW)  # no edition was published
    hand_over(config, NOW)
    assert b"FeedRefused" in (hub.folder / "outbox" / "led" / "health.json").read_bytes()


def test_pulling_once_by_hand_hands_over_too_also_a_refusal(
    hub: Hub, reporting: ScreenConfig, tmp_path: Path
) -> None:
    document = tmp_path / "screen.toml"
    said = reporting.model_dump(mode="json", exclude_none=True)
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()]
    document.write_text("\n".join(lines), encoding="utf-8")
    ran = CliRunner().invoke(screen_app, ["pull", "--config", str(document)])
    assert isinstance(ran.exception, ScreenError)
    arrived = hub.folder / "outbox" / "led"
    assert len(chain(arrived)) == 2
    assert ran.exception.code in (arrived / "health.json").read_text()
