"""Debian's Chromium as a kiosk that shows one page of this machine and reaches nothing else.

It is told by a pipe that only this process holds, no port; when this process dies, however it
dies, Chromium sees the pipe close and leaves too.
"""

import logging
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from cluster_feed.core.errors import ToolMissing
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.devtools import DevTools

logger = logging.getLogger(__name__)

_ARGUMENTS: Final = (
    "--kiosk",
    "--ozone-platform-hint=auto",
    "--remote-debugging-pipe",
    "--autoplay-policy=no-user-gesture-required",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--window-position=0,0",
    # Nobody is there to answer a question.
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--disable-session-crashed-bubble",
    "--hide-crash-restore-bubble",
    "--disable-infobars",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-notifications",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--password-store=basic",
    # It speaks with this machine only.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--no-pings",
    "--disable-features=CalculateNativeWinOcclusion,HardwareMediaKeyHandling,MediaRouter,Translate",
    # What is not looked at goes on all the same.
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    # Nothing is kept, and nothing is needed of a disk that may be full.
    "--incognito",
    "--disk-cache-dir=/dev/null",
)

_HOMES: Final = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
_PREFERENCES: Final = '{"translate": {"enabled": false}}'
_SHELL: Final = 'exec "$@" 3</proc/self/fd/$TOLD 4>/proc/self/fd/$TELLS'


class Chromium:
    """One browser at a time, with a profile of its own that is gone with it."""

    def __init__(self, config: ScreenConfig) -> None:
        """Find the program; ToolMissing where it is not installed."""
        self._size = f"--window-size={config.width},{config.height}"
        self._program = shutil.which("chromium")
        if not self._program:
            raise ToolMissing(tool="chromium", install="apt install chromium")
        self._process: subprocess.Popen[bytes] | None = None
        self._profile: Path | None = None
        self.devtools: DevTools | None = None

    @property
    def runs(self) -> bool:
        """Whether there is one."""
        return self._process is not None and self._process.poll() is None

    def start(self, address: str) -> None:
        """Open the page in a new browser, in place of any before; OSError where none can be."""
        self.close()
        try:
            self._open(address)
        except OSError:
            self.close()
            raise
        logger.info("Chromium %s", self._process.pid if self._process else "")

    def _open(self, address: str) -> None:
        folder = os.environ.get("RUNTIME_DIRECTORY") or os.environ.get("XDG_RUNTIME_DIR")
        self._profile = Path(tempfile.mkdtemp(prefix="cluster-feed-", dir=folder))
        (self._profile / "Default").mkdir()
        (self._profile / "Default" / "Preferences").write_text(_PREFERENCES)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        profile = f"--user-data-dir={self._profile}"
        browser = [str(self._program), *_ARGUMENTS, *sandbox, profile, self._size, address]
        homes = dict.fromkeys(_HOMES, str(self._profile))
        with ExitStack() as theirs:
            told, tell = os.pipe()
            theirs.callback(os.close, told)
            hear, tells = os.pipe()
            theirs.callback(os.close, tells)
            self.devtools = DevTools(tell, hear)
            self._process = subprocess.Popen(
                ["sh", "-c", _SHELL, "sh", *browser],
                env={**os.environ, **homes, "TOLD": str(told), "TELLS": str(tells)},
                pass_fds=(told, tells),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def close(self) -> None:
        """Stop it at once, and leave nothing of it."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self.devtools:
            self.devtools.close()
        if self._profile:
            shutil.rmtree(self._profile, ignore_errors=True)
        self._process, self.devtools, self._profile = None, None, None
