"""A connection to the node: how long, and how often at once, anybody on the LAN may hold it.

uvicorn has no limit for a request that never begins, nor for an answer that nobody reads.
"""

import asyncio
import time
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

_OF_ONE_ADDRESS: Final = 32
"""Connections at once; a screen needs two."""
_HEAD_SECONDS: Final = 10.0
"""In which the head of a request must have come."""
_ANSWER_SECONDS: Final = 3600.0
"""In which an answer must have been read; what was not is asked for again, from there on."""
_LOOK_SECONDS: Final = 2.0


class Visitor(H11Protocol):
    """Lets go of whoever has nothing to say, or does not listen."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, unless there are too many from there."""
        super().connection_made(transport)
        self._last: tuple[Any, bool] | None = None
        self._since = time.monotonic()
        if sum(self._is_neighbour(each) for each in self.connections) > _OF_ONE_ADDRESS:
            transport.abort()
        else:
            self._look()

    def _is_neighbour(self, other: object) -> bool:
        client = getattr(other, "client", None)
        return bool(client and self.client and client[0] == self.client[0])

    def _look(self) -> None:
        """Go on while requests come and are answered."""
        if self.transport.is_closing():
            return
        answers = self.cycle is not None and not self.cycle.response_complete
        now = time.monotonic()
        if self._last is None or self._last[0] is not self.cycle or self._last[1] != answers:
            self._last, self._since = (self.cycle, answers), now
        if now - self._since > (_ANSWER_SECONDS if answers else _HEAD_SECONDS):
            self.transport.abort()
        else:
            self.loop.call_later(_LOOK_SECONDS, self._look)
