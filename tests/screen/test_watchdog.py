import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.service import Watchdog
from tests.screen.hub import Hub
from tests.screen.test_ahead import Wall, run, show


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """What systemd listens on."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listens:
        listens.bind(name.replace("@", "\0", 1))
        listens.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listens


def test_a_screen_that_is_at_work_says_so_now_and_then(manager: socket.socket) -> None:
    watchdog = Watchdog()
    for _ in range(100):
        watchdog.alive()
    assert manager.recv(100) == b"WATCHDOG=1"
    manager.settimeout(0)
    with pytest.raises(BlockingIOError):
        manager.recv(100)


def test_a_screen_shows_an_entry_or_the_card_and_says_that_it_is_at_work(
    hub: Hub, config: ScreenConfig, manager: socket.socket
) -> None:
    with run(config, Wall(in_step=True)):
        assert manager.recv(100) == b"WATCHDOG=1"
    show(hub, config, 5, 3000)
    with run(config, Wall(in_step=True)):
        assert manager.recv(100) == b"WATCHDOG=1"


def test_a_player_that_hangs_lets_nobody_say_that_the_screen_is_at_work(
    config: ScreenConfig, manager: socket.socket
) -> None:
    hangs, stop = threading.Event(), threading.Event()

    class Hanging(Wall):
        def hold(self) -> None:
            hangs.wait(20)

    with Engine(config, Hanging(in_step=True)) as engine:
        thread = threading.Thread(target=engine.run, args=[stop])
        thread.start()
        manager.settimeout(0.5)
        with pytest.raises(TimeoutError):
            manager.recv(100)
        stop.set()
        hangs.set()
        thread.join()


def test_where_nobody_listens_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Watchdog().alive()
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
    Watchdog().alive()
