"""A screen's line to its cluster's node: plain HTTP, whatever is at the other end.

A node in wrong hands answers as it likes.  It can keep a screen waiting for so long and no longer,
sends it nowhere else, and has nothing read that was not asked for.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpcore
import httpx
from tuf.api.exceptions import DownloadError

_TIMEOUT = httpx.Timeout(20, connect=10)
_GRACE_SECONDS = 60
_LEAST_BYTES_PER_SECOND = 1_000
"""A node that drips slower is given up, or one answer could hold a screen for ever."""
_HEAD_SECONDS = 60
"""In which an answer must begin: a node may send headers, or "100 Continue", without end."""
_PIECE: Final = 16 << 10
"""Bytes that are written before the time is looked at again."""


class Answer:
    """What a node answers: its head, and its body for whoever wants it."""

    def __init__(self, path: str, response: httpx.Response) -> None:
        self._path = path
        self._response = response
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def body(self) -> Iterator[bytes]:
        """Read it as it was sent; DownloadError where it comes too slowly."""
        began, received = time.monotonic(), 0
        for chunk in self._response.iter_raw():
            received += len(chunk)
            if received < _due(began):
                raise DownloadError(f"{self._path}: {_TOO_SLOW}")
            yield chunk

    def drop(self) -> None:
        """Read no further than its first bytes; a connection whose answer ends there is kept."""
        next(self.body(), None)


class Line:
    """Connections to one node; every failure of theirs is python-tuf's DownloadError."""

    def __init__(self, url: str) -> None:
        self._patience = _Patience()
        self._client = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            transport=_Transport(self._patience),
            headers={"Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    @contextmanager
    def asked(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Iterator[Answer]:
        """Ask a node for something, or give it something."""
        self._patience.begin()
        try:
            with self._client.stream(method, path, headers=headers, content=content) as response:
                self._patience.has_begun()
                yield Answer(path, response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadError(f"{path}: {error or type(error).__name__}") from error


class _Patience:
    """How long an answer may take to begin, and how slowly it may go on.

    A read's own limit starts anew with every byte, also with one that is only of a head, of a
    chunk's length or of a trailer, so that no more of the answer is ever seen.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Wait for an answer from now on."""
        self._began, self._received, self._has_begun = time.monotonic(), 0, False

    def has_begun(self) -> None:
        """Wait for the rest of it from now on."""
        self._began, self._received, self._has_begun = time.monotonic(), 0, True

    def check(self) -> None:
        """Raise httpcore's ReadTimeout once it is over."""
        if self._has_begun and self._received < _due(self._began):
            raise httpcore.ReadTimeout(_TOO_SLOW)
        if not self._has_begun and time.monotonic() > self._began + _HEAD_SECONDS:
            raise httpcore.ReadTimeout(f"no answer in {_HEAD_SECONDS} seconds")

    def received(self, byte_count: int) -> None:
        """Count what came."""
        self._received += byte_count


_TOO_SLOW: Final = f"slower than {_LEAST_BYTES_PER_SECOND} bytes a second"


def _due(began: float) -> float:
    """How many bytes must have come since then."""
    return (time.monotonic() - began - _GRACE_SECONDS) * _LEAST_BYTES_PER_SECOND


class _Transport(httpx.HTTPTransport):
    """Plain HTTP whose patience ends.

    No proxy: one in the environment has no business between a screen and its node.
    """

    def __init__(self, patience: _Patience) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            network_backend=_Network(patience),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Give the answer without what httpx would follow or keep; it stumbles over some of it."""
        response = super().handle_request(request)
        for header in ("Location", "Set-Cookie"):
            response.headers.pop(header, None)
        return response


class _Network(httpcore.SyncBackend):
    def __init__(self, patience: _Patience) -> None:
        self._patience = patience

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401
        return _Stream(super().connect_tcp(*args, **options), self._patience)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, patience: _Patience) -> None:
        self._stream, self._patience = stream, patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._patience.check()
        content = self._stream.read(max_bytes, timeout)
        self._patience.received(len(content))
        return content

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for begin in range(0, len(buffer), _PIECE):
            self._patience.check()
            self._stream.write(buffer[begin : begin + _PIECE], timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401
        return _Stream(self._stream.start_tls(*args, **options), self._patience)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)
