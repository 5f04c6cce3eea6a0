"""The renditions a screen holds, by the SHA-256 of their bytes."""

import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

from cluster_feed.adapters.store import make_visible
from cluster_feed.core.errors import BlobDamaged
from cluster_feed.core.playlist import Blob
from cluster_feed.core.value import suffix_of

logger = logging.getLogger(__name__)

_OURS = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,8})?")


_PIECE: Final = 1 << 20


class Verified:
    """A rendition that was read through and was what was approved; it is held open.

    Its bytes are given a piece at a time, and only such as hash to what was read then: a file that
    somebody writes into while it plays shows nothing of what was written.
    """

    def __init__(self, file: BufferedReader, blob: Blob) -> None:
        """Read it through; BlobDamaged where it is not the blob."""
        whole = hashlib.sha256()
        self._file, self._name = file, blob.target
        self._pieces: list[bytes] = []
        self._lock = threading.Lock()
        self.byte_count = 0
        try:
            while piece := file.read(_PIECE):
                whole.update(piece)
                self._pieces.append(_mark(piece))
                self.byte_count += len(piece)
        except OSError as error:
            raise BlobDamaged(name=blob.target, detail=error.strerror) from error
        if whole.hexdigest() != blob.sha256:
            raise BlobDamaged(name=blob.target, detail=_CHANGED)
        file.seek(0)

    def fileno(self) -> int:
        """Its descriptor, for a program that reads by itself."""
        return self._file.fileno()

    def read(self, begin: int, end: int) -> Iterator[bytes]:
        """Give bytes from `begin` up to `end`; BlobDamaged once they are others than before."""
        while begin < end:
            index, within = divmod(begin, _PIECE)
            piece = self._piece(index)[within : within + end - begin]
            if not piece:
                return
            yield piece
            begin += len(piece)

    def _piece(self, index: int) -> bytes:
        if index >= len(self._pieces):
            return b""
        try:
            with self._lock:
                self._file.seek(index * _PIECE)
                piece = self._file.read(_PIECE)
        except (OSError, ValueError) as error:  # the latter: it is closed, its turn is over
            raise BlobDamaged(name=self._name, detail=str(error)) from error
        if _mark(piece) != self._pieces[index]:
            raise BlobDamaged(name=self._name, detail=_CHANGED)
        return piece


_CHANGED: Final = "its bytes have changed"


def _mark(piece: bytes) -> bytes:
    return hashlib.blake2b(piece).digest()


class Blobs:
    """`blobs/<sha256><suffix>`, and `.incoming/<sha256>.part` for what is still on its way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / ".incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path(self, blob: Blob) -> Path:
        """Where a rendition lies, whether or not it is there."""
        return self._folder / f"{blob.sha256}{suffix_of(blob.target)}"

    def part(self, blob: Blob) -> Path:
        """Where a rendition grows."""
        return self._incoming / f"{blob.sha256}.part"

    def holds(self, blob: Blob) -> bool:
        """Whether a file of the right size is there: quick, and no proof."""
        path = self.path(blob)
        return path.is_file() and path.stat().st_size == blob.byte_count

    def missing_bytes(self, blob: Blob) -> int:
        """What the disk must still have room for."""
        if self.holds(blob):
            return 0
        part = self.part(blob)
        begun = part.stat().st_size if part.exists() else 0
        return max(blob.byte_count - begun, 0)

    def keep(self, blob: Blob) -> None:
        """Give a part that was verified its name."""
        part = self.part(blob)
        make_visible(part, self.path(blob), mode=0o444)
        part.with_suffix(".etag").unlink(missing_ok=True)

    @contextmanager
    def open(self, blob: Blob) -> Iterator[Verified]:
        """Open a rendition and read it through; what is open afterwards is what was verified.

        Raises BlobDamaged where it is no longer what was approved, and removes it, so that the next
        pull fetches it again.
        """
        with self._opened(blob) as file:
            try:
                verified = Verified(file, blob)
            except BlobDamaged:
                self.path(blob).unlink(missing_ok=True)
                raise
            yield verified

    def intact(self, blob: Blob) -> bool:
        """Whether it is there, read through to its end."""
        try:
            with self.open(blob):
                return True
        except BlobDamaged:
            return False

    def _opened(self, blob: Blob) -> BufferedReader:
        try:
            return self.path(blob).open("rb")
        except OSError as error:
            raise BlobDamaged(name=blob.target, detail=error.strerror) from error

    def sweep(self, wanted: AbstractSet[Path]) -> None:
        """Remove what no edition needs any more, and begun files that nobody will finish."""
        for path in self._folder.iterdir():
            if _OURS.fullmatch(path.name) and path not in wanted:
                logger.info("removing %s, which no edition names", path.name)
                path.unlink()
        hashes = {path.stem for path in wanted}
        for part in self._incoming.iterdir():
            if part.stem not in hashes:
                part.unlink()
