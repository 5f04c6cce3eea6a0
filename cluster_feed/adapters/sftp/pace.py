"""How much to have under way on a link: what the link carries, and what its owner allows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

MOST_UNDER_WAY: Final = 3 << 20
"""A long line is filled by the 2 MiB that OpenSSH takes in before it has written any of it; the
rest waits here, so that the line need not."""
_MOST_NEAR: Final = 960 << 10
"""On a line that is not long, what is under way lies at the server, and is lost when a link
breaks: together with a new handshake no more than 1 MiB.  It keeps 100 Mbit/s busy for 80 ms."""
_NEAR_SECONDS: Final = 0.08
_SMALLEST: Final = 16 << 10
_FIRST: Final = 32 << 10
_LARGEST: Final = 128 << 10
"""The server writes one while the others come."""
_LEAST_UNDER_WAY: Final = 256 << 10
_SECONDS_A_REQUEST: Final = 1.0
_SECONDS_UNDER_WAY: Final = 4.0
_CATCH_UP_SECONDS: Final = 1.0
"""How much of an allowance that was not used may be made good: the loop does not wake in time."""


class Pace:
    """Large requests and many of them make a fast link full; on a slow one they look like silence.

    An answer comes only when a whole request has arrived.  A link of 8 KB/s needs half a minute
    for the 256 KB that a fast one carries in a blink, and would be given up as dead, time and
    again.  So a request is what the link carries in a second, and what is under way at once what
    it carries in four.  With `at_most_bytes_a_second`, requests moreover wait until the link's
    owner would let them pass.
    """

    def __init__(
        self,
        largest: int,
        at_most_bytes_a_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Start carefully; no request will be larger than `largest` bytes."""
        self._largest = min(largest, _LARGEST)
        self._allowance = at_most_bytes_a_second
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._busy_since = 0.0
        self._busy_seconds = 0.0
        self._carried = 0
        self._under_way = 0
        self._quickest = 0.0
        self._freed = asyncio.Event()

    @property
    def request_bytes(self) -> int:
        """How large the next request should be."""
        wanted = int(self._rate * _SECONDS_A_REQUEST) if self._carried else _FIRST
        return min(max(wanted, _SMALLEST), self._largest)

    async def enter(self, byte_count: int) -> float:
        """Wait until there is room for a request on the link; give the moment, for `leave`."""
        if self._allowance:
            begin = max(self._next, self._clock() - _CATCH_UP_SECONDS)
            self._next = begin + byte_count / self._allowance
            while (wait := begin - self._clock()) > 0:
                await self._sleep(wait)
        while self._under_way and self._under_way + byte_count > self._most_under_way:
            self._freed.clear()
            await self._freed.wait()
        if not self._under_way:
            self._busy_since = self._clock()
        self._under_way += byte_count
        return self._clock()

    def leave(self, byte_count: int, entered: float) -> None:
        """Count a request as carried."""
        seconds = self._clock() - entered
        self._quickest = min(self._quickest, seconds) if self._carried else seconds
        self._under_way -= byte_count
        self._carried += byte_count
        if not self._under_way:
            self._busy_seconds += self._clock() - self._busy_since
        self._freed.set()

    def rest(self) -> None:
        """Forget what was under way: nobody waits for it any more."""
        if self._under_way:
            self._busy_seconds += self._clock() - self._busy_since
        self._under_way = 0
        self._freed.set()

    @property
    def _rate(self) -> float:
        """Bytes a second, of the time in which something was under way."""
        seconds = self._busy_seconds
        if self._under_way:
            seconds += self._clock() - self._busy_since
        return self._carried / max(seconds, 1e-6)

    @property
    def _most_under_way(self) -> int:
        most = _MOST_NEAR if self._quickest < _NEAR_SECONDS else MOST_UNDER_WAY
        return min(max(int(self._rate * _SECONDS_UNDER_WAY), _LEAST_UNDER_WAY), most)
