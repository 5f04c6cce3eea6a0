"""Files by the SHA-256 of their bytes, never changed once they are there."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cluster_feed.core.errors import DiskFull, StoreDamaged
from cluster_feed.core.value import Sha256

_CHUNK = 1 << 20
_RESERVE = 256 << 20
"""Bytes that the store always leaves free on its disk, for the ledger and the system."""


class Stored(NamedTuple):
    """A file that the store holds."""

    sha256: Sha256
    byte_count: int


class Store:
    """A folder of immutable files, `ab/<sha256>`.

    A file appears whole or not at all: written under `.incoming`, fsynced, renamed, and its
    folder fsynced, so that it is still there after a power cut.
    """

    def __init__(self, root: Path, reserve_bytes: int = _RESERVE) -> None:
        """Use a folder, made where it is not there yet."""
        self.root = root
        self._reserve = reserve_bytes
        self._incoming = root / ".incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: Sha256) -> Path:
        """Where a file lies, whether or not it is there."""
        return self.root / sha256[:2] / sha256

    def __contains__(self, sha256: Sha256) -> bool:
        """Whether the store holds a file."""
        return self.path(sha256).is_file()

    def make_sure_of_room(self, byte_count: int) -> None:
        """Raise DiskFull where writing so much would leave less than the reserve."""
        make_sure_of_room(self.root, byte_count + self._reserve)

    def _full(self, byte_count: int) -> DiskFull:
        return _full(self.root, byte_count + self._reserve)

    def copy_in(self, source: BinaryIO, byte_count: int = 0) -> Stored:
        """Copy an open file in; the source stays as it is.

        `byte_count` is what the disk must have room for.  Raises DiskFull.
        """
        self.make_sure_of_room(byte_count)
        with self._temporary(byte_count) as temporary:
            hashing = hashlib.sha256()
            with temporary.open("wb") as copy:
                while chunk := source.read(_CHUNK):
                    hashing.update(chunk)
                    copy.write(chunk)
            return self._keep(temporary, hashing.hexdigest())

    def move_in(self, made: Path) -> Stored:
        """Take over a file that was made, best as `scratch` on the store's own disk."""
        with made.open("rb") as content:
            about = os.fstat(content.fileno())
            if about.st_dev != self.root.stat().st_dev:
                stored = self.copy_in(content, about.st_size)
                made.unlink()
                return stored
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        return self._keep(made, sha256)

    def scratch(self) -> Path:
        """Name a new file or folder on the store's disk for work in progress; not made yet."""
        return self._incoming / secrets.token_hex(12)

    def verify(self, sha256: Sha256) -> Path:
        """Read a file again and give its path; StoreDamaged where its bytes have changed."""
        if not self._intact(sha256):
            raise StoreDamaged(sha256=sha256)
        return self.path(sha256)

    def _intact(self, sha256: Sha256) -> bool:
        """Whether a file is there and, read to its end, still what it was.

        Asked before a second copy is dropped, too: it may be the only good one.
        """
        try:
            with self.path(sha256).open("rb") as content:
                return hashlib.file_digest(content, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def sweep(self) -> None:
        """Remove what a crash left half-written; call it only while nothing else is at work."""
        for left in self._incoming.iterdir():
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink(missing_ok=True)

    @contextmanager
    def _temporary(self, byte_count: int) -> Iterator[Path]:
        temporary = self.scratch()
        try:
            yield temporary
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise self._full(byte_count) from error
            raise
        finally:
            temporary.unlink(missing_ok=True)

    def _keep(self, made: Path, sha256: Sha256) -> Stored:
        path = self.path(sha256)
        byte_count = made.stat().st_size
        path.parent.mkdir(exist_ok=True)
        if self._intact(sha256):
            made.unlink()
            fsync_folder(path.parent)  # whoever stored it may have been killed before doing so
        else:
            make_visible(made, path, mode=0o444)
        fsync_folder(self.root)
        return Stored(sha256, byte_count)


def make_sure_of_room(folder: Path, byte_count: int) -> None:
    """Raise DiskFull where a folder's disk has less room."""
    if shutil.disk_usage(folder).free < byte_count:
        raise _full(folder, byte_count)


def _full(folder: Path, byte_count: int) -> DiskFull:
    free = shutil.disk_usage(folder).free
    return DiskFull(path=folder, free=f"{free >> 20} MiB", needed=f"{byte_count >> 20} MiB")


def make_visible(made: Path, name: Path, mode: int = 0o644) -> None:
    """Give a finished file its name so that it survives a power cut: fsync, rename, fsync."""
    with made.open("rb") as content:
        os.fchmod(content.fileno(), mode)
        os.fsync(content.fileno())
    made.replace(name)
    fsync_folder(name.parent)


def write_visible(name: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a small file whole or not at all."""
    made = name.with_name(f".{secrets.token_hex(8)}.part")
    try:
        made.touch(mode | 0o200, exist_ok=False)  # a key is nobody else's, not even for a moment
        made.write_bytes(content)
        make_visible(made, name, mode)
    finally:
        made.unlink(missing_ok=True)


def fsync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
