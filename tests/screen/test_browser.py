"""Real Chromium on a display of its own; a camera takes what is really on it."""

import errno
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cluster_feed.core.proof import Outcome
from cluster_feed.core.slot import slot_at
from cluster_feed.core.value import digest
from cluster_feed.screen.agent import commission
from cluster_feed.screen.blobs import Verified
from cluster_feed.screen.browser import Browser
from cluster_feed.screen.chromium import Chromium
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.devtools import DevTools
from cluster_feed.screen.handover import hand_over
from tests.kits import KITS
from tests.screen.display import HEIGHT, Camera, a_name, display
from tests.screen.filming import (
    COLOURS,
    RED,
    SETTLED,
    Filmed,
    assert_never_black,
    clip,
    coloured,
    eventually,
    picture_of,
    program,
    shown,
    storm,
    take,
    words_cross,
)
from tests.screen.hub import Hub, entry


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return coloured(tmp_path_factory.mktemp("colours"))


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub of today: what these screens show goes by the machine's clock."""
    return Hub(tmp_path / "feed", datetime.now(UTC))


@pytest.fixture
def kiosk(config: ScreenConfig, hub: Hub) -> ScreenConfig:
    """A screen that is patient, as machines that run tests are busy."""
    commission(config, hub.root, 1, hub.now)
    return config.model_copy(
        update={"stall_seconds": 4.0, "fade_seconds": 0.2, "clock": False, "gate": "Lao Bảo"}
    )


class Watched(Browser):
    """A browser whose page can be asked."""

    @property
    def starts(self) -> int:
        """How often it was started."""
        return self._starts

    def tries(self, expression: str) -> Any:  # noqa: ANN401  whatever it is
        """What an expression is on the page."""
        devtools = self._chromium.devtools
        assert devtools
        with devtools.page(self._stage.address) as page:
            return page.value(expression)


class Running(Filmed):
    """The same with the browser."""

    def __init__(self, config: ScreenConfig, screen: str) -> None:
        self.browser = Watched(config)
        super().__init__(config, screen, self.browser)


def test_clips_and_photos_follow_each_other_at_their_moments_and_never_black(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], screen: str
) -> None:
    names = ("sea", "sun", "rice", "dusk")
    seconds = {"sea": 3.0, "rice": 3.0, "sun": 2.0, "dusk": 2.0}
    entries = [entry(hub.blob(made[name]), seconds[name]) for name in names]
    named = {each.asset: name for each, name in zip(entries, names, strict=True)}
    edition = take(hub, kiosk, *entries)
    with Running(kiosk, screen) as running:
        eventually(lambda: len(running.rows()) >= 6, 60)
        pictures = running.camera.pictures[:]
        rows = running.rows()
    assert_never_black(pictures)
    judged = wrong = 0
    for picture in pictures:
        moment = datetime.fromtimestamp(picture.at, UTC)
        slot = slot_at(edition, kiosk.profile, moment)
        assert slot
        if moment < rows[1].began_at or (moment - slot.begins_at).total_seconds() < SETTLED:
            continue
        judged += 1
        wrong += not picture.is_like(COLOURS[named[slot.entry.asset]])
    assert judged > 40
    assert wrong <= judged * 0.1, f"{wrong} of {judged} show another entry than is due"
    assert [row.outcome for row in rows[1:]] == [Outcome.PLAYED] * (len(rows) - 1)
    for row in rows[1:]:
        assert row.seconds > 0.7 * seconds[named[row.asset]]
        assert row.frames
        assert row.frames > 20 or named[row.asset] in ("sun", "dusk")


def test_a_browser_that_dies_or_hangs_is_replaced_and_the_screen_is_never_black(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], screen: str
) -> None:
    take(hub, kiosk, entry(hub.blob(made["sun"]), 2), entry(hub.blob(made["rice"]), 3))
    with Running(kiosk, screen) as running:
        for blow in (signal.SIGKILL, signal.SIGSTOP):
            eventually(partial(running.has_shown, after=len(running.rows())))
            pid = program("chromium")
            os.kill(pid, blow)
            eventually(lambda: running.shows(RED))
            eventually(running.says_card)
            eventually(lambda: running.rows()[-1].reason == "PlayerFailed")
        eventually(partial(running.has_shown, after=len(running.rows())))
        assert program("chromium") != pid
    assert_never_black(running.camera.pictures)
    assert running.codes() == {"PlayerFailed"}


def test_a_page_that_paints_nothing_any_more_is_replaced_whether_it_plays_or_shows_the_card(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], screen: str
) -> None:
    kiosk = kiosk.model_copy(update={"stall_seconds": 2.5})
    with Running(kiosk, screen) as running:
        for colour in (RED, COLOURS["sun"]):
            eventually(lambda: running.shows(colour))  # noqa: B023
            before = running.browser.starts
            running.browser.tries("window.requestAnimationFrame = () => 0")
            eventually(lambda: running.browser.starts > before)  # noqa: B023
            if colour == RED:
                take(hub, kiosk, entry(hub.blob(made["sun"]), 1))
        eventually(lambda: running.shows(COLOURS["sun"]))
    assert_never_black(running.camera.pictures)


def test_a_browser_that_cannot_be_started_is_tried_again_and_after_some_times_a_service_anew(
    kiosk: ScreenConfig, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, ended = 2, threading.Event()
    honest = Chromium._open  # noqa: SLF001

    def fails(self: Chromium, address: str) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError(errno.ENOSPC, "no space left")
        honest(self, address)

    monkeypatch.setattr(Chromium, "_open", fails)
    monkeypatch.setattr("cluster_feed.screen.browser._AGAIN_SECONDS", 0.1)
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        with closing(Browser(kiosk)) as browser:
            eventually(lambda: browser._there() and not browser._failures, 60)  # noqa: SLF001
            assert not ended.is_set()
            failures = plenty = 99
            os.kill(program("chromium"), signal.SIGKILL)
            eventually(ended.is_set)
            browser.hold()
            assert plenty - failures >= 5
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_x_server_that_dies_gets_the_card_when_it_is_back_and_then_what_is_due(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = a_name()
    monkeypatch.setenv("DISPLAY", name)
    take(hub, kiosk, entry(hub.blob(made["sun"]), 3))
    with ExitStack() as running:
        with display(name=name):
            runs = running.enter_context(Running(kiosk, name))
            eventually(lambda: runs.shows(COLOURS["sun"]))
        with display(name=name), Camera(name) as camera:
            eventually(lambda: any(each.is_like(RED) for each in camera.pictures))
            eventually(lambda: camera.pictures[-1].is_like(COLOURS["sun"]))
            pictures = camera.pictures[:]
            running.close()
    safe = next(at for at, each in enumerate(pictures) if each.is_like(RED))
    assert_never_black(pictures[safe:])


@pytest.mark.skipif(bool(os.geteuid()), reason="lends the policy by a mount of its own")
def test_under_the_kit_s_policy_the_browser_shows_this_page_alone_and_can_still_be_looked_at(
    kiosk: ScreenConfig, screen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chromium, policy = shutil.which("chromium"), KITS / "screen" / "chromium-policy.json"
    managed = "/etc/chromium/policies/managed"
    lends = f"mount -t tmpfs none /etc/chromium && mkdir -p {managed} && cp {policy} {managed}"
    if subprocess.run(["unshare", "-m", "sh", "-c", lends], check=False).returncode:
        pytest.skip("no leave to mount a folder for the browser alone")
    (tmp_path / "chromium").write_text(
        f'#!/bin/sh\nexec unshare -m sh -c \'{lends} && exec {chromium} "$@"\' sh "$@"\n'
    )
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with closing(Watched(kiosk)) as browser:
        browser.hold()
        assert browser.tries("document.title") == "Lao Bảo"
        devtools = browser._chromium.devtools  # noqa: SLF001
        assert devtools
        with devtools.page(browser._stage.address) as page:  # noqa: SLF001
            assert page.call("Page.captureScreenshot")["data"]
        for address in (
            "file:///etc/passwd",
            "https://example.org/",
            "http://192.168.10.2:8080/",
            "data:text/html,anything",
            "view-source:file:///etc/passwd",
            "chrome://settings",
            "devtools://devtools/bundled/inspector.html",
        ):
            assert is_blocked(devtools, address), address


def is_blocked(devtools: DevTools, address: str) -> bool:
    """Whether a new tab of the address says that it is not allowed."""
    tab = devtools.call("Target.createTarget", url=address)["targetId"]
    session = devtools.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
    words = {"expression": "document.body?.innerText ?? ''", "returnByValue": True}
    said = ""

    def settled() -> bool:
        nonlocal said
        said = devtools.call("Runtime.evaluate", session, **words)["result"].get("value", "")
        return bool(said)

    eventually(settled)
    devtools.call("Target.closeTarget", targetId=tab)
    return "blocked" in said


def test_what_is_damaged_or_cannot_be_decoded_is_skipped_and_another_stands_in(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], screen: str, tmp_path: Path
) -> None:
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(b"no clip at all" * 99)
    entries = [entry(hub.blob(each), 2) for each in (made["sun"], made["dusk"], junk)]
    edition = take(hub, kiosk, *entries)
    damaged = kiosk.blobs / f"{edition.entries[1].blobs[kiosk.profile].sha256}.jpg"
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with Running(kiosk, screen) as running:
        eventually(lambda: {"BlobDamaged", "PlayerFailed"} <= running.codes())
        eventually(lambda: len(running.rows()) >= 8)
        rows = running.rows()
    assert_never_black(running.camera.pictures)
    assert shown(rows) == {edition.entries[0].asset}
    skipped = {(row.asset, row.reason) for row in rows if row.outcome is Outcome.SKIPPED}
    assert skipped == {
        (edition.entries[1].asset, "BlobDamaged"),
        (edition.entries[2].asset, "PlayerFailed"),
    }
    assert not any(each.is_like(COLOURS["dusk"]) for each in running.camera.pictures)


def test_a_clip_that_stands_still_is_skipped_and_the_screen_goes_on_by_itself(
    hub: Hub,
    kiosk: ScreenConfig,
    made: dict[str, Path],
    screen: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = clip(tmp_path / "long.mp4", COLOURS["sea"], 7, ",noise=alls=90:allf=t")
    kiosk = kiosk.model_copy(update={"stall_seconds": 3.0})
    take(hub, kiosk, entry(hub.blob(long), 7), entry(hub.blob(made["sun"]), 2))
    honest, gone_on = Verified.read, threading.Event()

    def hangs(self: Verified, begin: int, end: int) -> Iterator[bytes]:
        """A disk that gives the first MiB and then nothing, until the test is over."""
        for piece in honest(self, begin, end):
            yield piece
            if self.byte_count > 1 << 20:
                gone_on.wait(60)

    monkeypatch.setattr(Verified, "read", hangs)
    try:
        with Running(kiosk, screen) as running:
            eventually(lambda: shown(running.rows(), Outcome.INTERRUPTED, "PlayerFailed"), 60)
            eventually(partial(running.has_shown, after=len(running.rows())), 60)
    finally:
        gone_on.set()
    assert_never_black(running.camera.pictures)


def test_an_edition_that_takes_an_entry_off_takes_it_off_the_screen_at_once(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], screen: str
) -> None:
    take(hub, kiosk, entry(hub.blob(made["sun"]), 600), entry(hub.blob(made["rice"]), 600))
    with Running(kiosk, screen) as running:
        eventually(lambda: running.shows(COLOURS["sun"]) or running.shows(COLOURS["rice"]))
        take(hub, kiosk, entry(hub.blob(made["dusk"]), 600), number=6)
        eventually(lambda: running.shows(COLOURS["dusk"]))
        assert [(row.outcome, row.reason) for row in running.rows()] == [
            (Outcome.INTERRUPTED, "withdrawn")
        ]
    assert_never_black(running.camera.pictures)


def test_a_picture_of_the_screen_tells_whether_it_shows_what_plays(
    hub: Hub,
    kiosk: ScreenConfig,
    made: dict[str, Path],
    screen: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cluster_feed.screen.engine._FIRST_LOOK", 0)
    kiosk = kiosk.model_copy(update={"picture_minutes": 1 / 60})
    take(hub, kiosk, entry(hub.blob(made["sun"]), 4), entry(hub.blob(made["sea"]), 3))
    with Running(kiosk, screen) as running:
        eventually(lambda: picture_of(kiosk))
        assert not running.codes()
        running.browser.tries('document.querySelector("main").style.opacity = 0')
        eventually(lambda: "PictureDiffers" in running.codes())
    hand_over(kiosk, datetime.now(UTC))
    (handed,) = (hub.folder / "outbox" / kiosk.screen).glob("picture-*.jpg")
    vouched = picture_of(kiosk)
    assert vouched
    assert vouched.picture
    assert vouched.picture.sha256 == digest(handed.read_bytes())
    with Image.open(handed) as image:
        assert image.width <= 480


LINES = {
    "vi": "Lễ hội đua thuyền truyền thống trên sông Thạch Hãn và đêm hội hoa đăng tri ân " * 4,
    "lo": "ງານບຸນແຂ່ງເຮືອປະເພນີຢູ່ແມ່ນ້ຳ " * 6,
    "en": "Wordwithoutanyblank" * 8,
    "zh": "<b>&amp;",
}
MEASURED = """(() => {
  caption({ captions: %s, begins: 0, ends: 9000 });
  const words = bar.firstElementChild, box = words.getBoundingClientRect();
  const range = document.createRange();
  range.selectNodeContents(words);
  const tops = [...range.getClientRects()].map((rect) => Math.round(rect.top));
  return { text: words.textContent, lang: words.lang, lines: new Set(tops).size,
           wide: words.scrollWidth <= words.clientWidth,
           margin: Math.min(box.left, box.top, innerWidth - box.right, innerHeight - box.bottom) };
})()"""


def test_captions_of_any_length_are_within_two_lines_and_the_safe_area(
    kiosk: ScreenConfig, screen: str
) -> None:
    with Running(kiosk, screen) as running:
        for language, line in LINES.items():
            shown = running.browser.tries(MEASURED % json.dumps({language: line}))
            assert (shown["text"], shown["lang"]) == (line, language)
            assert shown["lines"] <= 2
            assert shown["wide"]
            assert shown["margin"] >= 0.03 * HEIGHT
        first = running.browser.tries(MEASURED % json.dumps(dict(reversed(LINES.items()))))
        assert first["lang"] == "vi"
        assert running.browser.tries("caption({captions: {}}), bar.hidden")


def test_all_of_an_urgent_notice_s_words_run_over_the_page_however_short_its_turns(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], screen: str
) -> None:
    notice = storm(hub, made["sun"], made["dusk"])
    take(hub, kiosk, entry(hub.blob(made["sea"]), 600), takeover=notice)
    with Running(kiosk, screen) as running:
        eventually(lambda: running.shows(COLOURS["sun"]) or running.shows(COLOURS["dusk"]))
        eventually(words_cross(screen), 40)
        words = running.browser.tries("bar.hidden && !ticker.hidden && ticker.innerText")
    assert words.replace("•", "").split() == [
        "Bão",
        "số",
        "5",
        "sắp",
        "vào",
        "đất",
        "liền",
        "Storm",
        "ພາຍຸ",
    ]


def test_the_public_page_s_code_is_on_the_card_and_in_a_corner_in_whole_pixels(
    hub: Hub, kiosk: ScreenConfig, made: dict[str, Path], screen: str
) -> None:
    wide = "document.querySelector('#mark svg').getBoundingClientRect().width / modules"
    page = {"public_page": "https://desk.example.vn/man-hinh/lao-bao/led/"}
    with Running(kiosk.model_copy(update=page), screen) as running:
        eventually(lambda: running.shows(RED))
        eventually(lambda: running.browser.tries(wide) in (1, 2, 3))
        take(hub, kiosk, entry(hub.blob(made["sun"]), 600))
        eventually(lambda: running.shows(COLOURS["sun"]))
        eventually(lambda: running.browser.tries("cardIsShown()") is False)
        assert running.browser.tries(wide) in (1, 2)
        running.browser.tries("document.querySelector('#mark').dataset.plays = 'no'")
        assert running.browser.tries(wide) == 0


def test_with_nothing_to_show_the_page_is_the_safe_card(kiosk: ScreenConfig, screen: str) -> None:
    with Running(kiosk, screen) as running:
        eventually(lambda: len(running.camera.pictures) > 20)
    assert_never_black(running.camera.pictures)
    assert running.shows(RED)
