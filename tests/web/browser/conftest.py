"""A real browser at a desk that gunicorn serves, on the machine's own loopback."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cluster_feed.web.roles import Role

WIDE: Final = 1440
NARROW: Final = 390
_SECONDS_TO_OPEN: Final = 60
_HERE = Path(__file__).parents[3]


class Desk(NamedTuple):
    """A desk that is being served, and how to come in."""

    address: str
    sessions: Mapping[str, str]
    parts: Mapping[str, str]
    draft: str


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An installation with a month's work in it, served; its ledger is none of this process's."""
    root, port = tmp_path_factory.mktemp("desk") / "hub", free_port()
    seeded = json.loads(_run("tests.web.browser.seed", str(root), str(port)).stdout)
    log = root.with_name("desk.log").open("w")
    command = [sys.executable, "-m", "cluster_feed", "-w", str(root), "desk", "run"]
    served = subprocess.Popen(command, cwd=_HERE, stdout=log, stderr=log)
    try:
        address = f"http://localhost:{port}"
        _wait_for(address, served)
        yield Desk(address, seeded["sessions"], seeded["parts"], seeded["draft"])
    finally:
        served.terminate()
        served.wait(30)
        log.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; of a module, because its event loop forbids Django's ORM beside it."""
    program = shutil.which("chromium")
    assert program, "apt install chromium"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, desk: Desk) -> Iterator[Visit]:
    """Open a window for someone of a part, an approver by name, or a stranger.

    What a page complains of fails.
    """
    contexts, complaints = [], list[str]()

    def enter(who: Role | str | None, width: int = WIDE) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="vi-VN", base_url=desk.address
        )
        if who:
            cookie = desk.sessions[who]
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": desk.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
        )
        contexts.append(context)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not complaints


def _run(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _wait_for(address: str, served: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + _SECONDS_TO_OPEN
    while time.monotonic() < ends and served.poll() is None:
        try:
            urlopen(f"{address}/vao/", timeout=5).close()  # noqa: S310  our own
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail("the desk does not open")
