import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster_feed import __version__
from cluster_feed.core.errors import BlobRefused, FeedUnreachable, ScreenError
from cluster_feed.core.health import LARGEST, MOST_FAULTS, Showing, SignedHealth
from cluster_feed.screen import health as account
from cluster_feed.screen.agent import Agent, Pulled
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.cli import screen_app
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.handover import hand_over
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.spool import Spool
from tests.screen.hostile import Answer, HostileNode, endless, give
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


def test_a_proof_that_the_own_disk_damaged_is_told_once_and_stops_no_other(
    hub: Hub, reporting: ScreenConfig
) -> None:
    first, *others = names(reporting)
    path = reporting.outbox / first
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    assert hand_over(reporting, NOW) == others
    assert not path.exists()
    assert (reporting.outbox / ".damaged" / first).read_bytes() == content[:-9]
    assert b"ScreenDiskFailed" in (hub.folder / "outbox" / "led" / others[-1]).read_bytes()
    assert hand_over(reporting, NOW) == []


@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found", "413 Too Large"])
def test_whatever_a_node_refuses_stops_nothing_else(
    config: ScreenConfig, enemy: HostileNode, status: str
) -> None:
    config = config.model_copy(update={"deliver_to": enemy.url, "proof_rows": 1})
    spool = Spool(config)
    play(spool)
    play(spool)
    first, *others = names(config)

    def refuses(screen: socket.socket, asked: str, _: bytes) -> None:
        give(screen, b"", status if first in asked else "204 No Content")

    enemy.answers["proof"] = enemy.answers["health"] = refuses
    HealthBook(config).shows(5, at=NOW, switched=True)
    assert hand_over(config, NOW) == others
    assert (config.outbox / first).exists()


def test_a_page_that_answers_everything_keeps_nothing_and_is_given_nothing(
    config: ScreenConfig, enemy: HostileNode
) -> None:
    config = config.model_copy(update={"deliver_to": enemy.url, "proof_rows": 1})
    play(Spool(config))
    enemy.answers["proof"] = lambda screen, _asked, _head: give(screen, b"Sign in", "200 OK")
    with pytest.raises(FeedUnreachable):
        hand_over(config, NOW)
    (waits,) = names(config)[:1]
    assert (config.outbox / waits).exists()


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


def test_health_tells_how_warm_the_machine_is_where_it_likely_knows(
    config: ScreenConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_THERMAL", tmp_path)
    book = HealthBook(config)
    for zone, (told, warmest) in enumerate(
        [("", None), ("garbage", None), ("9999000", None), ("41200", 41.2), ("39000", 41.2)]
    ):
        (tmp_path / f"thermal_zone{zone}").mkdir()
        (tmp_path / f"thermal_zone{zone}" / "temp").write_text(told)
        book.shows(5, at=NOW, switched=True)
        health = book.read()
        assert health
        assert health.temperature_celsius == warmest


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


# --- A taker in wrong hands -----------------------------------------------------------------------


def sends_elsewhere(screen: socket.socket, _: str, __: bytes) -> None:
    give(screen, b"", "302 Found", "Location: http://xn--a/")


def sends_to_a_person(screen: socket.socket, _: str, __: bytes) -> None:
    give(screen, b"", "307 Temporary Redirect", "Location: mailto:a")


def drips_its_answer(screen: socket.socket, _: str, __: bytes) -> None:
    screen.sendall(b"HTTP/1.1 201 Created\r\nX-Slow: ")
    while True:
        time.sleep(0.1)
        screen.sendall(b"x")


def says_continue(screen: socket.socket, _: str, __: bytes) -> None:
    endless(screen, b"", b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "answer", [sends_elsewhere, sends_to_a_person, drips_its_answer, says_continue]
)
def test_a_node_that_does_not_answer_by_the_book_holds_no_screen_up(
    config: ScreenConfig, enemy: HostileNode, answer: Answer
) -> None:
    enemy.answers["outbox"] = answer
    config = config.model_copy(update={"deliver_to": enemy.url, "proof_rows": 1})
    play(Spool(config))
    began = time.monotonic()
    with pytest.raises(FeedUnreachable):
        hand_over(config, NOW)
    assert time.monotonic() - began < 20
    assert (config.outbox / names(config)[0]).exists()


@pytest.mark.usefixtures("impatient")
def test_an_answer_without_end_is_not_read_to_its_end(
    config: ScreenConfig, enemy: HostileNode
) -> None:
    sent = 0

    def pours(screen: socket.socket, _: str, __: bytes) -> None:
        nonlocal sent
        screen.sendall(b"HTTP/1.1 201 Created\r\n\r\n")
        while sent < 1 << 30:
            screen.sendall(bytes(1 << 20))
            sent += 1 << 20

    enemy.answers["proof"] = pours
    config = config.model_copy(update={"deliver_to": enemy.url, "proof_rows": 1})
    play(Spool(config))
    assert hand_over(config, NOW) == names(config)[:1]
    assert sent < 64 << 20


def a_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path, _: Path) -> None:
    path.symlink_to("/dev/zero")


def a_file_without_end(path: Path, _: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def what_it_would_be(path: Path, own: Path) -> None:
    path.symlink_to(own)


@pytest.mark.parametrize("put", [a_pipe, a_device, a_file_without_end, what_it_would_be])
def test_what_lies_on_a_stick_in_the_place_of_proof_is_no_trap(
    hub: Hub, config: ScreenConfig, put: Callable[[Path, Path], None]
) -> None:
    config = config.model_copy(update={"proof_rows": 1})
    play(Spool(config))
    name, health = names(config)[0], names(config)[2]
    outbox = hub.folder / "outbox" / config.screen
    outbox.mkdir(parents=True)
    put(outbox / name, config.outbox / name)
    assert hand_over(config, NOW) == [health]
    assert (config.outbox / name).exists()
    assert b"ProofRefused" in (outbox / health).read_bytes()


@pytest.mark.parametrize("way", ["outbox", "outbox/led"])
def test_a_stick_whose_outbox_leads_elsewhere_is_written_nothing(
    hub: Hub, config: ScreenConfig, tmp_path: Path, way: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (hub.folder / way).parent.mkdir(exist_ok=True)
    (hub.folder / way).symlink_to(elsewhere)
    HealthBook(config).shows(5, at=NOW, switched=True)
    with pytest.raises(FeedUnreachable, match="leads out"):
        hand_over(config, NOW)
    assert not list(elsewhere.rglob("*"))


def test_a_node_that_refuses_every_proof_hides_no_other_fault(
    config: ScreenConfig, enemy: HostileNode
) -> None:
    enemy.answers["proof"] = lambda screen, _, __: give(screen, b"", "422 Unprocessable Entity")
    enemy.answers["health"] = lambda screen, _, __: give(screen, b"", "204 No Content")
    config = config.model_copy(update={"deliver_to": enemy.url, "proof_rows": 1})
    spool = Spool(config)
    for _ in range(MOST_FAULTS + 5):
        play(spool)
    HealthBook(config).fault(BlobRefused(name="lao-bao/x", detail="y"), at=NOW)
    for _ in range(2):
        hand_over(config, NOW)
    health = HealthBook(config).read()
    assert health
    codes = [fault.code for fault in health.faults]
    assert codes == ["BlobRefused", *["ProofRefused"] * 3]


class Surprised(Agent):
    """An agent that meets something that has no reason of its own."""

    looks = 0

    def pull(self, now: datetime) -> Pulled:
        self.looks += 1
        raise RuntimeError(now)


def test_what_nobody_foresaw_costs_an_agent_one_look_and_no_report(
    hub: Hub, config: ScreenConfig
) -> None:
    HealthBook(config).shows(5, at=NOW, switched=True)
    agent, stop = Surprised(config.model_copy(update={"pull_minutes": 0.001})), threading.Event()
    thread = threading.Thread(target=agent.run, args=[stop])
    thread.start()
    deadline = time.monotonic() + 30
    while agent.looks < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join()
    assert agent.looks >= 3
    assert (hub.folder / "outbox" / "led" / names(config)[2]).exists()
