"""The browser as a player: a page that fades from entry to entry, in step with other screens.

Whether it lives is judged by what its page says it has presented, not by its process.  One that
died, or says nothing, is replaced at once, behind a curtain; its page opens with the safe card.
"""

import logging
import os
import signal
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from itertools import count
from typing import Final

from PIL import Image

from cluster_feed.core.errors import PlayerFailed
from cluster_feed.screen import picture
from cluster_feed.screen.chromium import Chromium
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.curtain import Curtain
from cluster_feed.screen.devtools import DevToolsFailed
from cluster_feed.screen.picture import Taken
from cluster_feed.screen.player import Glance, Shown, Turn
from cluster_feed.screen.stage import Stage

logger = logging.getLogger(__name__)

_TICK: Final = 0.25
"""Seconds: how often a turn and the browser are looked at."""
_START_SECONDS: Final = 20.0
"""A browser that has not shown its page by then is started again."""
_AGAIN_SECONDS: Final = 1.0
"""A browser that ends before its page is there is not started again sooner."""
_MOST_FAILURES: Final = 5
"""Starts that failed in a row, after which this process ends: its service has a new one."""
_WIDE: Final = 480
"""Pixels of a picture of the screen, across."""
_GRACE_SECONDS: Final = 5.0
"""A page that lives and has not said by then that a turn is over will not say it."""


class Browser:
    """A kiosk that is always there."""

    in_step = True

    def __init__(self, config: ScreenConfig) -> None:
        """Start it; ToolMissing where there is no Chromium."""
        self._config = config
        self._patience = config.stall_seconds
        self._chromium = Chromium(config)
        self._curtain = Curtain(config)
        self._stage = Stage(config)
        self._numbers = count(1)
        self._turns: dict[int, Turn] = {}
        self._starts = self._failures = 0
        self._started = time.monotonic()
        self._stop = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="browser", daemon=True)
        self._keeper.start()

    def cue(self, turn: Turn | None) -> None:
        """Have a turn ready behind the one that is followed."""
        playing = list(self._turns.items())[:1]
        self._turns = dict(playing)
        if turn:
            self._turns[next(self._numbers)] = turn
        self._stage.want(self._turns)

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Follow a turn; where it was not cued it begins once it is ready."""
        self._wait_for_page()
        cued = {number: each for number, each in self._turns.items() if each is turn}
        self._turns = cued or {next(self._numbers): turn}
        self._stage.want(self._turns)
        (number,) = self._turns
        yield from self._follow(number, turn)

    def hold(self) -> None:
        """Show the safe card; where the browser has just been started, wait for its page."""
        if self._turns:
            self._turns = {}
            self._stage.want({})
        self._wait_for_page()

    def look(self) -> Glance | None:
        """Compare the picture that the browser composes with the file that plays."""
        return picture.look(self._take, self._config)

    def close(self) -> None:
        """Stop the browser, then what it is served by."""
        self._stop.set()
        self._keeper.join()
        self._curtain.close()
        self._chromium.close()
        self._stage.close()

    def _follow(self, number: int, turn: Turn) -> Iterator[Shown]:
        starts, shown = self._starts, Shown()
        ends = time.monotonic() + turn.ends - time.time()
        while True:
            told = self._stage.told(number, _TICK)
            if told:
                shown = Shown(told.seconds, told.frames, told.late)
            yield shown
            if told and told.state == "failed":
                raise PlayerFailed(name=turn.name, detail=told.detail)
            if told and told.state == "ended":
                return
            if self._starts != starts:
                # What is due is asked again once there is a page to show it.
                while not self._there() and time.monotonic() - self._started < _START_SECONDS:
                    self._stop.wait(_TICK)
                    yield shown._replace(on_screen=False)
                raise PlayerFailed(name=turn.name, detail="the browser had to be started again")
            late = time.monotonic() - ends
            if late > _GRACE_SECONDS and self._stage.silence() < self._patience:
                raise PlayerFailed(name=turn.name, detail="the page lost it")
            if late > _START_SECONDS:
                raise PlayerFailed(name=turn.name, detail="the browser does not start")

    def _take(self) -> Taken | None:
        """Take one picture, and ask before and after where the clip is."""
        devtools, followed = self._chromium.devtools, next(iter(self._turns.items()), None)
        if not devtools or not followed:
            return None
        number, turn = followed
        try:
            with devtools.page(self._stage.address) as page:
                before = page.value("glance()")
                width, height = page.value("[innerWidth, innerHeight]")
                part = {"x": 0, "y": 0, "width": width, "height": height}
                part["scale"] = min(1, _WIDE / width)
                taken = page.call("Page.captureScreenshot", format="png", clip=part)["data"]
                after = page.value("glance()")
        except DevToolsFailed as error:
            logger.warning("no picture of the screen: %s", error)
            return None
        if not before or not after or {before["turn"], after["turn"]} != {number}:
            return None
        image = Image.open(BytesIO(b64decode(taken)), formats=("PNG",))
        return Taken(image, turn, before["position"], after["position"])

    def _wait_for_page(self) -> None:
        """Wait, unless none will come soon."""
        ends = time.monotonic() + _START_SECONDS
        while not self._there() and not self._failures and time.monotonic() < ends:
            time.sleep(_TICK)

    def _there(self) -> bool:
        """Whether the page has said something since the browser was started last."""
        return self._stage.silence() < float("inf")

    def _keep(self) -> None:
        """Have a browser, whatever becomes of it."""
        while not self._stop.wait(_TICK if self._starts else 0):
            try:
                self._tend()
            except Exception:
                logger.exception("there is no browser")
                self._failures += 1
                if self._failures >= _MOST_FAILURES:
                    os.kill(os.getpid(), signal.SIGTERM)

    def _tend(self) -> None:
        silence = self._stage.silence()
        if self._chromium.runs and silence < self._patience:
            self._failures = 0
            self._curtain.lift()
            return
        self._curtain.draw()
        if not self._starts or self._there() or self._waited_for(runs=self._chromium.runs):
            self._start(silence)

    def _waited_for(self, *, runs: bool) -> bool:
        """Whether a page that is not there yet was waited for long enough."""
        patience = _START_SECONDS if runs else _AGAIN_SECONDS
        return time.monotonic() - self._started > patience

    def _start(self, silence: float) -> None:
        if self._starts:
            logger.warning("the browser is started again, after %.1f s of silence", silence)
        self._stage.expect_anew()
        self._started = time.monotonic()
        self._starts += 1
        self._chromium.start(self._stage.address)
