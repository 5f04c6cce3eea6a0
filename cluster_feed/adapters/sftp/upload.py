"""A file on its way to a node."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Self

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
    """What an upload is to hold.  Every act raises StoreDamaged where it is gone or another."""

    def __init__(self, upload: Upload) -> None:
        """Open it."""
        self.byte_count = upload.byte_count
        self._sha256 = upload.sha256
        source = upload.source
        try:
            self._file: BinaryIO = (
                BytesIO(source) if isinstance(source, bytes) else source.open("rb")
            )
        except OSError as error:
            raise StoreDamaged(sha256=upload.sha256) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def check(self) -> None:
        """Hash it once more before anything is sent under that hash."""
        hashing, rest = hashlib.sha256(), self.byte_count
        while rest:
            chunk = self.read(self.byte_count - rest, min(rest, _HASHED_BYTES))
            hashing.update(chunk)
            rest -= len(chunk)
        if hashing.hexdigest() != self._sha256:
            raise StoreDamaged(sha256=self._sha256)

    def read(self, offset: int, size: int) -> bytes:
        """Read a part."""
        try:
            self._file.seek(offset)
            chunk = self._file.read(size)
        except OSError as error:
            raise StoreDamaged(sha256=self._sha256) from error
        if len(chunk) != size:
            raise StoreDamaged(sha256=self._sha256)
        return chunk
