"""Where a screen reads the feed: its cluster's node, or a folder such as a USB stick.

Neither is trusted: whatever comes is checked by whoever asked.  Paths are the feed's own,
`metadata/…` and `targets/…`.
"""

import abc
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import httpcore
import httpx
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    LengthOrHashMismatchError,
)
from tuf.api.metadata import TargetFile
from tuf.ngclient import FetcherInterface

from cluster_feed.core.value import Sha256
from cluster_feed.screen.config import is_node

_CHUNK = 1 << 20
_TIMEOUT = httpx.Timeout(20, connect=10)
_GRACE_SECONDS = 60
_LEAST_BYTES_PER_SECOND = 1_000
"""A node that drips slower is given up, or one answer could hold a screen for ever."""
_HEAD_SECONDS = 60
"""In which an answer must begin: a node may send headers, or "100 Continue", without end."""

_STRONG_ETAG = re.compile(r'"[!#-~]{1,200}"')
"""One that can vouch for a range (RFC 9110, 13.1.5), as far as we care to remember it."""

_OK, _PARTIAL, _NOT_FOUND = 200, 206, 404


class Source(FetcherInterface, abc.ABC):
    """A feed tree to read from; every failure is one of python-tuf's DownloadErrors."""

    @abc.abstractmethod
    def resume(self, path: str, part: Path, byte_count: int) -> None:
        """Fetch what is missing of a file into `part`, which keeps what came before a break."""

    def close(self) -> None:
        """Let go of connections."""


def open_source(place: str) -> Source:
    """Reach a node by its address, or a folder by its path."""
    return HttpSource(place) if is_node(place) else FolderSource(Path(place))


def target_path(target: str, sha256: Sha256) -> str:
    """Where a target lies in the tree: TUF's consistent snapshots put its hash before its name."""
    folder, _, name = target.rpartition("/")
    return f"targets/{folder}/{sha256}.{name}"


def fetch(source: Source, path: str, part: Path, target: TargetFile) -> None:
    """Bring what was signed into `part`, whole and verified.

    A part that was resumed and came out wrong is fetched once more from its beginning.  Raises
    LengthOrHashMismatchError and DownloadError; what is wrong is gone, what is begun stays.
    """
    for may_retry in (part.exists(), False):
        try:
            source.resume(path, part, target.length)
            with part.open("rb") as content:
                target.verify_length_and_hashes(content)
        except (LengthOrHashMismatchError, DownloadLengthMismatchError):
            part.unlink()
            if not may_retry:
                raise
        else:
            return


class HttpSource(Source):
    """A node on the cluster's LAN."""

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

    def _fetch(self, url: str) -> Iterator[bytes]:
        with self._asked(url, {}) as response:
            if response.status_code != _OK:
                raise _http_error(url, response)
            yield from _not_too_slow(response.iter_raw(), url)

    def resume(self, path: str, part: Path, byte_count: int) -> None:
        """Ask for the rest if the node still has the very file that was begun, else for all."""
        etag = part.with_suffix(".etag")
        start = _size(part)
        if start == byte_count:
            return
        asked = {}
        if 0 < start < byte_count and (validator := _remembered(etag)):
            asked = {"Range": f"bytes={start}-", "If-Range": validator}
        with self._asked(path, asked) as response:
            if response.status_code == _OK:
                start = 0
                _remember(etag, response)
            elif response.status_code != _PARTIAL or not _begins_at(start, response):
                part.unlink(missing_ok=True)
                raise _http_error(path, response)
            with part.open("ab") as file:
                file.truncate(start)
                chunks = _not_too_slow(response.iter_raw(), path)
                _append(chunks, file, byte_count - start)

    @contextmanager
    def _asked(self, path: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """Ask for a path; redirects lead nowhere, and only the bytes themselves are read."""
        try:
            with (
                self._patience.for_a_head(),
                self._client.stream("GET", path, headers=headers) as response,
            ):
                self._patience.got_it()
                yield response
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadError(f"{path}: {error or type(error).__name__}") from error


class _Patience:
    """Until when an answer must have begun; a read's own limit starts anew with every byte."""

    def __init__(self) -> None:
        self._until = float("inf")

    @contextmanager
    def for_a_head(self) -> Iterator[None]:
        """Be patient for so long."""
        self._until = time.monotonic() + _HEAD_SECONDS
        try:
            yield
        finally:
            self.got_it()

    def got_it(self) -> None:
        """The answer has begun: how slow it may be is another question."""
        self._until = float("inf")

    def check(self) -> None:
        """Raise httpcore's ReadTimeout once it is over."""
        if time.monotonic() > self._until:
            raise httpcore.ReadTimeout(f"no answer in {_HEAD_SECONDS} seconds")


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
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401
        return _Stream(self._stream.start_tls(*args, **options), self._patience)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)


class FolderSource(Source):
    """A folder that holds the feed tree."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _fetch(self, url: str) -> Iterator[bytes]:
        with self._open(url) as file:
            yield from self._read(file, url)

    def resume(self, path: str, part: Path, byte_count: int) -> None:
        """Copy what is missing."""
        start = _size(part)
        if start > byte_count:
            part.unlink()
            start = 0
        with self._open(path) as file, part.open("ab") as copy:
            file.seek(start)
            _append(self._read(file, path), copy, byte_count - start)

    def _open(self, path: str) -> BinaryIO:
        """Open a plain file under the root; links and devices that a stick may hold are not."""
        try:
            if not self._root.is_dir():
                raise DownloadError(f"{self._root} is not there")
            real = (self._root / path).resolve(strict=True)
            if not real.is_relative_to(self._root.resolve()):
                raise DownloadError(f"{path} leads out of {self._root}")
            descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise DownloadHTTPError(f"{path} is not there", _NOT_FOUND) from error
        except (OSError, RuntimeError, ValueError) as error:
            # RuntimeError: a link that leads to itself; ValueError: a name with a NUL in it
            raise DownloadError(f"{path}: {error}") from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise DownloadError(f"{path} is not a file")
        return os.fdopen(descriptor, "rb")

    @staticmethod
    def _read(file: BinaryIO, path: str) -> Iterator[bytes]:
        try:
            while chunk := file.read(_CHUNK):
                yield chunk
        except OSError as error:
            raise DownloadError(f"{path}: {error.strerror}") from error


def _size(part: Path) -> int:
    with suppress(FileNotFoundError):
        return part.stat().st_size
    return 0


def _append(chunks: Iterable[bytes], file: BinaryIO, at_most: int) -> None:
    for chunk in chunks:
        at_most -= len(chunk)
        if at_most < 0:
            raise DownloadLengthMismatchError("longer than what was signed")
        file.write(chunk)


def _not_too_slow(chunks: Iterable[bytes], path: str) -> Iterator[bytes]:
    began, received = time.monotonic(), 0
    for chunk in chunks:
        received += len(chunk)
        due = (time.monotonic() - began - _GRACE_SECONDS) * _LEAST_BYTES_PER_SECOND
        if received < due:
            raise DownloadError(f"{path}: slower than {_LEAST_BYTES_PER_SECOND} bytes a second")
        yield chunk


def _begins_at(start: int, response: httpx.Response) -> bool:
    content_range: str = response.headers.get("Content-Range", "")
    return content_range.startswith(f"bytes {start}-")


def _remember(etag: Path, response: httpx.Response) -> None:
    etag.unlink(missing_ok=True)
    validator = response.headers.get("ETag", "")
    if _STRONG_ETAG.fullmatch(validator):
        etag.write_text(validator, encoding="ascii")


def _remembered(etag: Path) -> str:
    """What vouches for a part; nothing, where a power cut left something else."""
    try:
        validator = etag.read_text(encoding="latin-1")
    except FileNotFoundError:
        return ""
    return validator if _STRONG_ETAG.fullmatch(validator) else ""


def _http_error(path: str, response: httpx.Response) -> DownloadHTTPError:
    return DownloadHTTPError(f"{path}: HTTP {response.status_code}", response.status_code)
