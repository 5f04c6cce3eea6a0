"""The renditions a screen holds, by the SHA-256 of their bytes."""

import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, suppress
from io import BufferedReader
from pathlib import Path
from threading import Event
from typing import Final, Self

from cluster_feed.adapters.store import make_visible
from cluster_feed.core.errors import BlobDamaged
from cluster_feed.core.playlist import Blob
from cluster_feed.core.value import suffix_of

logger = logging.getLogger(__name__)

_OURS = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,8})?")


_PIECE: Final = 1 << 20


class GivenUp(Exception):  # noqa: N818  nothing went wrong
    """Nobody needs it any more."""


class Verified:
    """A rendition that was read through and was what was approved; it is held open until closed.

    Its bytes are given a piece at a time, and only such as hash to what was read then: a file that
    somebody writes into while it plays shows nothing of what was written.  A program that reads its
    descriptor by itself, as mpv does, has no such guard: it shows what a writer put there since.
    Nobody but the screen's own account, and root, can write there, and they could as well replace
    the program.
    """

    def __init__(self, file: BufferedReader, blob: Blob, given_up: Event | None = None) -> None:
        """Read it through, unless it is given up; BlobDamaged where it is not the blob."""
        whole = hashlib.sha256()
        self._file, self._name = file, blob.target
        self._pieces: list[bytes] = []
        self._lock = threading.Lock()
        self.byte_count = 0
        try:
            while piece := file.read(_PIECE):
                if given_up and given_up.is_set():
                    raise GivenUp
                whole.update(piece)
                self._pieces.append(_mark(piece))
                self.byte_count += len(piece)
            file.seek(0)
        except OSError as error:
            raise BlobDamaged(name=blob.target, detail=error.strerror or error) from error
        if whole.hexdigest() != blob.sha256:
            raise BlobDamaged(name=blob.target, detail=_CHANGED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

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
        with suppress(OSError):  # a disk that takes nothing more still has what there is to show
            (folder / ".incoming").mkdir(parents=True, exist_ok=True)

    @property
    def _incoming(self) -> Path:
        """Made again where it is not there: there may be room now."""
        folder = self._folder / ".incoming"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

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

    def open(self, blob: Blob, given_up: Event | None = None) -> Verified:
        """Open a rendition and read it through; what is open afterwards is what was verified.

        Raises BlobDamaged where it is no longer what was approved, and removes it, so that the next
        pull fetches it again; GivenUp where that is set before its end.
        """
        with ExitStack() as opened:
            file = opened.enter_context(self._opened(blob))
            try:
                verified = Verified(file, blob, given_up)
            except BlobDamaged:
                with suppress(OSError):  # a disk that lets nothing be removed stops no screen
                    self.path(blob).unlink()
                raise
            opened.pop_all()
            return verified

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
        begun = list(self._incoming.iterdir())
        for path in self._folder.iterdir():
            if _OURS.fullmatch(path.name) and path not in wanted:
                logger.info("removing %s, which no edition names", path.name)
                path.unlink()
        hashes = {path.stem for path in wanted}
        for part in begun:
            if part.stem not in hashes:
                part.unlink()
