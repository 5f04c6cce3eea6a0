import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import httpx
import pytest

from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import BlobDamaged
from cluster_feed.core.playlist import Blob
from cluster_feed.core.value import digest
from cluster_feed.screen.agent import commission
from cluster_feed.screen.blobs import Blobs, Verified
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.player import Turn
from cluster_feed.screen.stage import Stage
from cluster_feed.screen.trust import Trust
from tests.screen.hub import Hub

CONTENT = bytes(range(256)) * 4096 * 3
BLOB = Blob(target="lao-bao/a.led-wall.mp4", sha256=digest(CONTENT), byte_count=len(CONTENT))


@pytest.fixture
def stage(config: ScreenConfig) -> Iterator[Stage]:
    stage = Stage(config.model_copy(update={"gate": 'Lao <Bảo> "1"'}))
    yield stage
    stage.close()


@pytest.fixture
def verified(config: ScreenConfig) -> Iterator[Verified]:
    blobs = Blobs(config.blobs)
    blobs.path(BLOB).write_bytes(CONTENT)
    with ExitStack() as opened:
        yield opened.enter_context(blobs.open(BLOB))


def turn(file: Verified) -> Turn:
    now = time.time()
    return Turn(file, BLOB.target, Kind.VIDEO, 5, now, now + 5)


def ask(stage: Stage, path: str, **headers: str) -> httpx.Response:
    return httpx.get(stage.address + path, headers=headers, timeout=10)


def test_the_page_carries_its_safe_card_and_may_load_nothing_else(stage: Stage) -> None:
    page = ask(stage, "")
    assert page.status_code == 200
    assert "Lao &lt;Bảo&gt; &quot;1&quot;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert ask(stage, name).status_code == 200


def test_the_page_has_the_device_code_for_as_long_as_it_is_fresh_when_it_is_loaded(
    config: ScreenConfig, hub: Hub
) -> None:
    now = datetime.now(UTC)
    commission(config, hub.root, 1, now)
    code = Device(config.trust).code
    with closing(Stage(config)) as stage:
        assert code in ask(stage, "").text
        Trust(config.trust).prove(now + timedelta(hours=2))
        assert code not in ask(stage, "").text


def test_a_page_that_is_forgotten_while_its_silence_is_measured_is_silent_for_ever(
    config: ScreenConfig,
) -> None:
    class Forgetful(Stage):
        """Another thread expects the page anew just after this one has looked."""

        _moments: ClassVar[list[float]] = []

        @property
        def _heard_at(self) -> float | None:
            return self._moments.pop() if self._moments else None

        @_heard_at.setter
        def _heard_at(self, moment: float | None) -> None:
            pass

    with closing(Forgetful(config)) as stage:
        stage._moments.append(time.monotonic())  # noqa: SLF001
        assert stage.silence() < 60
        assert stage.silence() == float("inf")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.org"},
        {"Host": "localhost"},
        {"Origin": "http://example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_page_gets_nothing(stage: Stage, headers: dict[str, str]) -> None:
    assert ask(stage, "", **headers).status_code == 403
    told = httpx.post(stage.address + "told", content=b"[]", headers=headers, timeout=10)
    assert told.status_code == 403
    assert stage.silence() == float("inf")


def test_whoever_does_not_know_the_address_finds_nothing(stage: Stage) -> None:
    root = stage.address.rsplit("/", 2)[0]
    for path in ("/", "/page.js", "/orders", f"/{'A' * 43}/", "/media/1"):
        assert httpx.get(root + path, timeout=10).status_code == 404
    for path in ("media/1", "page.html", "..%2fconfig.py", "media/x", "docs"):
        assert ask(stage, path).status_code == 404


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-", 0, len(CONTENT)),
        ("bytes=5-9", 5, 10),
        (f"bytes={(1 << 20) - 3}-{(1 << 20) + 2}", (1 << 20) - 3, (1 << 20) + 3),
        (f"bytes={len(CONTENT) - 1}-{len(CONTENT) + 99}", len(CONTENT) - 1, len(CONTENT)),
    ],
)
def test_a_turns_bytes_are_given_in_part(
    stage: Stage, verified: Verified, asked: str, begin: int, end: int
) -> None:
    stage.want({7: turn(verified)})
    given = ask(stage, "media/7", Range=asked)
    assert given.status_code == 206
    assert given.content == CONTENT[begin:end]
    assert given.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(CONTENT)}"
    assert ask(stage, "media/7").content == CONTENT
    assert ask(stage, "media/7", Range=f"bytes={len(CONTENT)}-").status_code == 416
    stage.want({})
    assert ask(stage, "media/7").status_code == 404


def test_bytes_that_change_after_they_were_verified_are_never_given(
    stage: Stage, verified: Verified, config: ScreenConfig
) -> None:
    stage.want({7: turn(verified)})
    with Blobs(config.blobs).path(BLOB).open("r+b") as file:
        file.seek(2 << 20)
        file.write(b"another picture")
    with pytest.raises(BlobDamaged):
        list(verified.read(0, len(CONTENT)))
    with pytest.raises(httpx.RemoteProtocolError):
        ask(stage, "media/7")
    assert ask(stage, "media/7", Range="bytes=0-99").content == CONTENT[:100]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b'[{"turn":-1,"state":"shown"}]', b'[{"turn":1,"state":"x"}]', b"\xff"],
)
def test_a_report_that_makes_no_sense_is_refused(stage: Stage, content: bytes) -> None:
    told = httpx.post(stage.address + "told", content=content, timeout=10)
    assert told.status_code == 422
    large = httpx.post(stage.address + "told", content=b" " * (65 << 10), timeout=10)
    assert large.status_code == 413


def test_what_is_wanted_is_told_whole_to_every_page_that_asks(
    stage: Stage, verified: Verified, config: ScreenConfig
) -> None:
    stage.want({7: turn(verified)})
    for _ in range(2):
        with httpx.stream("GET", stage.address + "orders", timeout=10) as orders:
            lines = orders.iter_lines()
            assert next(lines).startswith("retry")
            assert '"url": "media/7"' in next(lines)
    told = [{"turn": 7, "state": "shown", "seconds": 1.5, "frames": 30}]
    httpx.post(stage.address + "told", json=told, timeout=10)
    heard = stage.told(7, 0)
    assert heard
    assert (heard.seconds, heard.frames) == (1.5, 30)
    assert stage.silence() < 60
