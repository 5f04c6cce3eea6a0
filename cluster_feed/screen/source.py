"""Where a screen reads the feed: its cluster's node, or a folder such as a USB stick.

Neither is trusted: whatever comes is checked by whoever asked.  Paths are the feed's own,
`metadata/…` and `targets/…`.
"""

import abc
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

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
from cluster_feed.screen.line import Answer, Line

_CHUNK = 1 << 20

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
        self._line = Line(url)

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def _fetch(self, url: str) -> Iterator[bytes]:
        with self._line.asked("GET", url) as answer:
            if answer.status != _OK:
                raise _http_error(url, answer)
            yield from answer.body()

    def resume(self, path: str, part: Path, byte_count: int) -> None:
        """Ask for the rest if the node still has the very file that was begun, else for all."""
        etag = part.with_suffix(".etag")
        start = _size(part)
        if start == byte_count:
            return
        asked = {}
        if 0 < start < byte_count and (validator := _remembered(etag)):
            asked = {"Range": f"bytes={start}-", "If-Range": validator}
        with self._line.asked("GET", path, asked) as answer:
            if answer.status == _OK:
                start = 0
                _remember(etag, answer)
            elif answer.status != _PARTIAL or not _begins_at(start, answer):
                part.unlink(missing_ok=True)
                raise _http_error(path, answer)
            with part.open("ab") as file:
                file.truncate(start)
                _append(answer.body(), file, byte_count - start)


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


def _begins_at(start: int, answer: Answer) -> bool:
    content_range: str = answer.headers.get("Content-Range", "")
    return content_range.startswith(f"bytes {start}-")


def _remember(etag: Path, answer: Answer) -> None:
    etag.unlink(missing_ok=True)
    validator = answer.headers.get("ETag", "")
    if _STRONG_ETAG.fullmatch(validator):
        etag.write_text(validator, encoding="ascii")


def _remembered(etag: Path) -> str:
    """What vouches for a part; nothing, where a power cut left something else."""
    try:
        validator = etag.read_text(encoding="latin-1")
    except FileNotFoundError:
        return ""
    return validator if _STRONG_ETAG.fullmatch(validator) else ""


def _http_error(path: str, answer: Answer) -> DownloadHTTPError:
    return DownloadHTTPError(f"{path}: HTTP {answer.status}", answer.status)
