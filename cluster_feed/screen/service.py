"""The service manager, which ends and starts again what says nothing any more (sd_notify(3))."""

import logging
import os
import socket
import time
from typing import Final

logger = logging.getLogger(__name__)

_EVERY: Final = 5.0
"""Seconds; the unit's WatchdogSec is many times as long."""


class Watchdog:
    """Hears from whatever keeps the screen going; does nothing where nobody listens."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._told = float("-inf")

    def alive(self) -> None:
        """Say that the screen is at work; call it as often as you like."""
        now = time.monotonic()
        if not self._address or now - self._told < _EVERY:
            return
        self._told = now
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
                told.connect(self._address.replace("@", "\0", 1))
                told.sendall(b"WATCHDOG=1")
        except OSError:
            logger.exception("the service manager does not listen")
