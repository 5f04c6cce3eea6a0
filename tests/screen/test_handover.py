import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster_feed import __version__
from cluster_feed.core.errors import BlobRefused, FeedUnreachable, ScreenError
from cluster_feed.core.health import LARGEST, Showing, SignedHealth
from cluster_feed.screen.agent import Agent
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.cli import screen_app
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.spool import Spool
from tests.screen.hub import NOW, Hub, entry, playlist
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


def names(config: ScreenConfig) -> list[str]:
    """What the screen hands over: two files of proof, and health."""
    mark = Device(config.trust).mark
    proof = [f"proof-{mark}-{row:010}.jsonl.gz" for row in (1, 2)]
    return [*proof, f"health-{mark}.json"]


def test_proof_and_health_arrive_as_they_were_written(hub: Hub, reporting: ScreenConfig) -> None:
    assert hand_over(reporting, NOW) == names(reporting)
    arrived = hub.folder / "outbox" / "led"
    assert len(chain(arrived)) == 2
    health = HealthBook(reporting).path.read_bytes()
    assert (arrived / names(reporting)[2]).read_bytes() == health
    assert SignedHealth.from_bytes(health).says.edition == 5


def test_what_was_taken_is_not_given_again(hub: Hub, reporting: ScreenConfig) -> None:
    hand_over(reporting, NOW)
    assert hand_over(reporting, NOW) == []
    HealthBook(reporting).shows(6, at=NOW, switched=True)
    assert hand_over(reporting, NOW) == names(reporting)[2:]


def test_what_arrived_though_the_answer_was_lost_is_taken_as_given(
    hub: Hub, reporting: ScreenConfig
) -> None:
    arrived = hub.folder / "outbox" / "led"
    arrived.mkdir(parents=True)
    shutil.copy(reporting.outbox / names(reporting)[0], arrived)
    assert len(hand_over(reporting, NOW)) == 3


def test_another_proof_under_the_same_name_is_kept_and_stops_no_other(
    hub: Hub, reporting: ScreenConfig
) -> None:
    arrived = hub.folder / "outbox" / "led"
    arrived.mkdir(parents=True)
    first, *others = names(reporting)
    (arrived / first).write_bytes(b"another screen's\n")
    assert hand_over(reporting, NOW) == others
    assert (arrived / first).read_bytes() == b"another screen's\n"
    assert (reporting.outbox / first).exists()
    assert b"ProofRefused" in (arrived / others[-1]).read_bytes()


def test_health_tells_what_is_on_the_disk_and_on_the_screen(
    hub: Hub, config: ScreenConfig, material: dict[str, Path]
) -> None:
    blobs = [hub.blob(material[name]) for name in ("one", "photo")]
    hub.publish(playlist(5, *map(entry, blobs)))
    Agent(config).pull(NOW)
    Blobs(config.blobs).path(blobs[1]).unlink()
    book = HealthBook(config)
    book.turns_to("a" * 64, NOW)
    hand_over(config, NOW)
    health = book.read()
    assert health
    assert health.inventory
    assert (health.inventory.wanted, health.inventory.holds) == (2, 1)
    assert health.inventory.lacks == (blobs[1].sha256,)
    assert health.showing == Showing(asset="a" * 64, since=NOW)
    assert (health.pulled_at, health.version) == (NOW, __version__)
    book.turns_to(None, NOW)
    hand_over(config, NOW)
    later = book.read()
    assert later
    assert later.showing == Showing(asset=None, since=NOW)
    assert later.serial > health.serial


def test_an_account_that_was_lost_is_followed_by_one_of_a_higher_serial(
    config: ScreenConfig,
) -> None:
    book = HealthBook(config)
    for _ in range(3):
        book.shows(5, at=NOW, switched=False)
    before = book.read()
    book.path.write_bytes(b"\0")
    book.shows(5, at=NOW + timedelta(seconds=1), switched=False)
    after = book.read()
    assert before
    assert after
    assert after.serial > before.serial


def test_faults_with_names_that_are_no_text_and_without_end_make_a_report_that_can_be_read(
    config: ScreenConfig,
) -> None:
    book = HealthBook(config)
    for number in range(200):
        name = f"{number}\udcff" + "Ồ" * 10_000
        book.fault(BlobRefused(name=name, detail=name), at=NOW)
    content = book.path.read_bytes()
    assert len(content) <= LARGEST
    assert SignedHealth.from_bytes(content).says.faults


@pytest.mark.parametrize("place", ["http://127.0.0.1:9", "/media/no-such-stick"])
def test_when_nobody_takes_it_everything_waits(config: ScreenConfig, place: str) -> None:
    config = config.model_copy(update={"deliver_to": place, "proof_rows": 1})
    play(Spool(config))
    with pytest.raises(FeedUnreachable):
        hand_over(config, NOW)
    assert (config.outbox / names(config)[0]).exists()
    assert not Path("/media/no-such-stick").exists()


def test_the_agents_report_of_a_refusal_leaves_with_the_next_handover(
    hub: Hub, config: ScreenConfig
) -> None:
    with pytest.raises(Exception, match="not taken"):
        Agent(config).pull(NOW)  # no edition was published
    hand_over(config, NOW)
    assert b"FeedRefused" in (hub.folder / "outbox" / "led" / names(config)[2]).read_bytes()


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
    assert ran.exception.code in (arrived / names(reporting)[2]).read_text()
