"""How much to have under way on a link, by what the link has carried so far."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

_SMALLEST: Final = 16 << 10
_FIRST: Final = 32 << 10
_LEAST_UNDER_WAY: Final = 256 << 10
_MOST_UNDER_WAY: Final = 1 << 20
"""What a break may cost: a server loses what it has not yet written.  It also is what a link of
100 Mbit/s carries in 80 ms, so that no gate's link is left idle."""
_SECONDS_A_REQUEST: Final = 1.0
_SECONDS_UNDER_WAY: Final = 4.0


class Pace:
    """Large requests and many of them make a fast link full; on a slow one they look like silence.

    An answer comes only when a whole request has arrived.  A link of 8 KB/s needs half a minute
    for the 256 KB that a fast one carries in a blink, and would be given up as dead, time and
    again.  So a request is what the link carries in a second, and what is under way at once what
    it carries in four.
    """

    def __init__(self, largest: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Start carefully; no request will be larger than `largest` bytes."""
        self._largest = largest
        self._clock = clock
        self._began = 0.0
        self._carried = 0
        self._under_way = 0
        self._freed = asyncio.Event()

    @property
    def request_bytes(self) -> int:
        """How large the next request should be."""
        wanted = int(self._rate * _SECONDS_A_REQUEST) if self._carried else _FIRST
        return min(max(wanted, _SMALLEST), self._largest)

    async def enter(self, byte_count: int) -> None:
        """Wait until there is room for a request on the link."""
        self._began = self._began or self._clock()
        while self._under_way and self._under_way + byte_count > self._most_under_way:
            self._freed.clear()
            await self._freed.wait()
        self._under_way += byte_count

    def leave(self, byte_count: int) -> None:
        """Count a request as carried."""
        self._under_way -= byte_count
        self._carried += byte_count
        self._freed.set()

    @property
    def _rate(self) -> float:
        """Bytes a second since the first request."""
        return self._carried / max(self._clock() - self._began, 1e-6)

    @property
    def _most_under_way(self) -> int:
        return min(max(int(self._rate * _SECONDS_UNDER_WAY), _LEAST_UNDER_WAY), _MOST_UNDER_WAY)
