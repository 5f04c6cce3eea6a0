"""Where a screen reads the feed: its cluster's node, or a folder such as a USB stick.

Neither is trusted: whatever comes is checked by whoever asked.  Paths are the feed's own,
`metadata/…` and `targets/…`.
"""

import abc
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import httpx
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
)
from tuf.ngclient import FetcherInterface

from cluster_feed.core.value import Sha256
from cluster_feed.screen.config import is_node

_CHUNK = 1 << 20
_TIMEOUT = httpx.Timeout(20, connect=10)
_GRACE_SECONDS = 60
_LEAST_BYTES_PER_SECOND = 1_000
"""A node that drips slower is given up, or one answer could hold a screen for ever."""

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


class HttpSource(Source):
    """A node on the cluster's LAN."""

    def __init__(self, url: str) -> None:
        # trust_env: a proxy in the environment has no business between a screen and its node.
        self._client = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            with self._client.stream("GET", url) as response:
                if response.status_code != _OK:
                    raise _http_error(url, response)
                yield from _not_too_slow(response.iter_raw(), url)
        except httpx.HTTPError as error:
            raise DownloadError(f"{url}: {error or type(error).__name__}") from error

    def resume(self, path: str, part: Path, byte_count: int) -> None:
        """Ask for the rest if the node still has the very file that was begun, else for all."""
        etag = part.with_suffix(".etag")
        start = _size(part)
        if start == byte_count:
            return
        asked = {}
        if 0 < start < byte_count and etag.exists():
            asked = {"Range": f"bytes={start}-", "If-Range": etag.read_text(encoding="ascii")}
        try:
            with self._client.stream("GET", path, headers=asked) as response:
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
        except httpx.HTTPError as error:
            raise DownloadError(f"{path}: {error or type(error).__name__}") from error


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
        except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
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
    """Keep a strong validator; a weak one cannot vouch for a range (RFC 9110, 13.1.5)."""
    etag.unlink(missing_ok=True)
    validator = response.headers.get("ETag", "")
    if validator.isascii() and validator.startswith('"'):
        etag.write_text(validator, encoding="ascii")


def _http_error(path: str, response: httpx.Response) -> DownloadHTTPError:
    return DownloadHTTPError(f"{path}: HTTP {response.status_code}", response.status_code)
