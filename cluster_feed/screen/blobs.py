"""The renditions a screen holds, by the SHA-256 of their bytes."""

import hashlib
import logging
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from cluster_feed.adapters.store import make_visible
from cluster_feed.core.errors import BlobDamaged
from cluster_feed.core.playlist import Blob
from cluster_feed.core.value import suffix_of

logger = logging.getLogger(__name__)

_OURS = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,8})?")


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
    def open(self, blob: Blob) -> Iterator[BufferedReader]:
        """Open a rendition and read it through; what is open afterwards is what was verified.

        Raises BlobDamaged where it is no longer what was approved, and removes it, so that the next
        pull fetches it again.
        """
        with self._opened(blob) as file:
            try:
                intact = hashlib.file_digest(file, "sha256").hexdigest() == blob.sha256
                detail = "its bytes have changed"
            except OSError as error:
                intact, detail = False, str(error.strerror)
            if not intact:
                self.path(blob).unlink(missing_ok=True)
                raise BlobDamaged(name=blob.target, detail=detail)
            file.seek(0)
            yield file

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
