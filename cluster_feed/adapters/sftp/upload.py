"""A file on its way to a node."""

import hashlib
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Self

from cluster_feed.core.errors import StoreDamaged
from cluster_feed.core.value import Sha256

_HASHED_BYTES: Final = 1 << 20


class Upload(NamedTuple):
    """A file that a node shall hold; `path` is its final name under the node's folder."""

    path: str
    sha256: Sha256
    byte_count: int
    source: Path | bytes


class Content:
    """What an upload is to hold; any thread may read it.

    Every act raises StoreDamaged where it is gone or another.
    """

    def __init__(self, upload: Upload) -> None:
        """Open it."""
        self.byte_count = upload.byte_count
        self._sha256 = upload.sha256
        self._source = upload.source
        self._open = ExitStack()
        self._left = False
        self._file = -1
        if isinstance(upload.source, Path):
            try:
                self._file = self._open.enter_context(upload.source.open("rb")).fileno()
            except OSError as error:
                raise StoreDamaged(sha256=upload.sha256) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._left = True
        self._open.close()

    def check(self) -> None:
        """Hash it, by a handle of its own: a thread cannot be stopped from outside."""
        with Content(Upload("", self._sha256, self.byte_count, self._source)) as again:
            hashing = hashlib.sha256()
            for offset in range(0, self.byte_count, _HASHED_BYTES):
                if self._left:
                    return
                hashing.update(again.read(offset, min(_HASHED_BYTES, self.byte_count - offset)))
        if hashing.hexdigest() != self._sha256:
            raise StoreDamaged(sha256=self._sha256)

    def read(self, offset: int, size: int) -> bytes:
        """Read a part."""
        if isinstance(self._source, bytes):
            chunk = self._source[offset : offset + size]
        else:
            try:
                chunk = os.pread(self._file, size, offset)
            except OSError as error:
                raise StoreDamaged(sha256=self._sha256) from error
        if len(chunk) != size:
            raise StoreDamaged(sha256=self._sha256)
        return chunk
