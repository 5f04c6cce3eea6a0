"""Chromium's DevTools over its pipe: to look at what it shows."""

import json
import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from itertools import count
from typing import Any, Final

_LARGEST: Final = 32 << 20
"""Bytes of an answer: a picture of the largest screen is less."""


_PATIENCE: Final = 5.0
"""Seconds in which a browser that lives answers."""


class DevToolsFailed(Exception):  # noqa: N818  it says what happened
    """The browser did not answer, or answered that it cannot."""


class DevTools:
    """Asks, and waits for the answer; one caller at a time."""

    def __init__(self, told: int, hears: int) -> None:
        """Own both ends: once they are closed, no other file can be meant by their numbers."""
        self._told, self._hears = FileIO(told, "wb"), FileIO(hears, "rb")
        self._ids = count(1)
        self._received = b""

    def close(self) -> None:
        """Let the browser go."""
        self._told.close()
        self._hears.close()

    @contextmanager
    def page(self, address: str) -> Iterator["Page"]:
        """Attach to the page of an address."""
        targets = self.call("Target.getTargets")["targetInfos"]
        wanted = [each["targetId"] for each in targets if each["url"] == address]
        if not wanted:
            raise DevToolsFailed("the page is not open")
        attached = self.call("Target.attachToTarget", targetId=wanted[0], flatten=True)
        session = attached["sessionId"]
        try:
            yield Page(self, session)
        finally:
            self.call("Target.detachFromTarget", sessionId=session)

    def call(self, method: str, session: str | None = None, **facts: object) -> Mapping[str, Any]:
        """Ask for something; DevToolsFailed where there is no answer in time."""
        number = next(self._ids)
        request: dict[str, object] = {"id": number, "method": method, "params": facts}
        if session:
            request["sessionId"] = session
        ends = time.monotonic() + _PATIENCE
        try:
            self._told.write(json.dumps(request).encode() + b"\0")
            for message in self._messages(ends):
                if message.get("id") == number:
                    break
        except (OSError, ValueError) as error:  # the latter: the browser was just replaced
            raise DevToolsFailed(str(error)) from error
        if "result" not in message:
            raise DevToolsFailed(f"{method}: {message.get('error')}")
        result: Mapping[str, Any] = message["result"]
        return result

    def _messages(self, ends: float) -> Iterator[Mapping[str, Any]]:
        while True:
            line, end, rest = self._received.partition(b"\0")
            if end:
                self._received = rest
                yield json.loads(line)
                continue
            left = ends - time.monotonic()
            if left <= 0 or not select.select([self._hears], [], [], left)[0]:
                raise DevToolsFailed("no answer in time")
            received = self._hears.read(1 << 20)
            if not received or len(self._received) > _LARGEST:
                raise DevToolsFailed("the browser has gone")
            self._received += received


class Page:
    """One page, attached."""

    def __init__(self, devtools: DevTools, session: str) -> None:
        self._devtools, self._session = devtools, session

    def call(self, method: str, **facts: object) -> Mapping[str, Any]:
        """Ask the page's own domain for something."""
        return self._devtools.call(method, self._session, **facts)

    def value(self, expression: str) -> Any:  # noqa: ANN401  whatever a script gives
        """What a script's expression is, once it is known."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value")
