"""The files of a bag, wherever it lies: in a folder, or in a zip that is never unpacked.

Nothing is read before its names have been found harmless: no link is followed, and nothing outside
of the bag is opened.
"""

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol, Self

from cluster_feed.adapters.packages.paths import spelling
from cluster_feed.core.bagit import Finding, Flaw, found

UNREADABLE: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What reading a stranger's file can raise."""

_DIRECTORY_BYTES: Final = 32 << 20
_ENCRYPTED: Final = 0x1
_LOCAL_HEADER: Final = 30
_LONGEST_NAME: Final = 1024


@dataclass(frozen=True)
class Limits:
    """What a bag may cost its reader."""

    files: int = 100_000
    total_bytes: int = 500 * 10**9
    """When unpacked; it is all read, and hashed."""
    unpacked_times: int = 50
    """How many times its size a zip may be when unpacked; texts shrink to a tenth, media hardly."""
    small_bytes: int = 100 * 10**6
    """Up to here nobody asks how well something was packed."""
    tag_file_bytes: int = 32 << 20
    """Of a manifest or bag-info.txt, which are read whole."""
    findings: int = 1000
    """More are of no use to anybody."""

    @classmethod
    def up_to(cls, total_bytes: int) -> Self:
        """Allow so much when unpacked, however small it was packed."""
        return cls(total_bytes=total_bytes, small_bytes=total_bytes)


class Tree(Protocol):
    """A bag's files, by their path in the bag, with their sizes in bytes."""

    sizes: dict[str, int]
    has_data: bool

    def open(self, path: str) -> BinaryIO:
        """Open a file to read; raises one of UNREADABLE."""


class Unsafe(Exception):  # noqa: N818  it is not ours
    """Why a bag is not looked into."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(str(len(findings)))
        self.findings = findings


@contextmanager
def opened(bag: Path, limits: Limits) -> Iterator[Tree]:
    """Open a bag; raises Unsafe with all that speaks against looking into it."""
    if bag.is_dir():
        yield _Folder(bag, limits)
        return
    if bag.exists() and not bag.is_file():
        raise Unsafe([found(Flaw.LINK, path=bag.name)])
    try:
        with _Guarded(bag) as content, zipfile.ZipFile(content) as archive:
            yield _Zip(archive, bag.stat().st_size, limits)
    except UNREADABLE as error:
        raise Unsafe([found(Flaw.UNREADABLE, detail=error)]) from error


# --- A folder -----------------------------------------------------------------------------------


class _Folder:
    def __init__(self, root: Path, limits: Limits) -> None:
        self._root = root
        self.sizes: dict[str, int] = {}
        self.has_data = (root / "data").is_dir()
        wrong = []
        for place, entry in self._walk(root):
            if entry.is_symlink() or not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                wrong.append(found(Flaw.LINK, path=place))
            elif not _is_text(place):
                wrong.append(found(Flaw.UNPLAIN_NAME, path=place))
            else:
                self.sizes[place] = entry.stat(follow_symlinks=False).st_size
            if len(self.sizes) + len(wrong) > limits.files:
                raise Unsafe([found(Flaw.TOO_LARGE, detail=f"> {limits.files} files")])
        if (total := sum(self.sizes.values())) > limits.total_bytes:
            wrong.append(found(Flaw.TOO_LARGE, detail=f"{total} bytes"))
        if wrong:
            raise Unsafe(wrong)

    @staticmethod
    def _walk(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
        waiting = [""]
        while waiting:
            above = waiting.pop()
            try:
                with os.scandir(root / above) as listed:
                    entries = sorted(listed, key=lambda entry: entry.name)
            except OSError as error:
                raise Unsafe([found(Flaw.UNREADABLE, detail=error)]) from error
            for entry in entries:
                place = f"{above}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{place}/")
                else:
                    yield place, entry

    def open(self, path: str) -> BinaryIO:
        return os.fdopen(os.open(self._root / path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _is_text(name: str) -> bool:
    """Whether a name is Unicode: a disk's own need not be, and no manifest can hold such a one."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- A zip --------------------------------------------------------------------------------------


class _Guarded(io.FileIO):
    """A file that is never read in one great gulp, as zipfile would a huge directory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = _DIRECTORY_BYTES
        if size > _DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of {size} bytes")
        return super().read(size)


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, byte_count: int, limits: Limits) -> None:
        self._archive = archive
        if dangers := list(_dangers(archive.infolist(), byte_count, limits)):
            raise Unsafe(dangers)
        entries = archive.infolist()
        files = [entry for entry in entries if not entry.is_dir()]
        tops = {entry.filename.partition("/")[0] for entry in entries}
        if len(tops) != 1 or any("/" not in entry.filename for entry in files):
            raise Unsafe([found(Flaw.NOT_ONE_FOLDER, detail=", ".join(sorted(tops)))])
        self._entries = {entry.filename.partition("/")[2]: entry for entry in files}
        self.sizes = {path: entry.file_size for path, entry in self._entries.items()}
        inside = (entry.filename.partition("/")[2] for entry in entries)
        self.has_data = any(path.startswith("data/") for path in inside)

    def open(self, path: str) -> BinaryIO:
        content: BinaryIO = self._archive.open(self._entries[path])  # type: ignore[assignment]
        return content


def _dangers(entries: list[zipfile.ZipInfo], byte_count: int, limits: Limits) -> Iterator[Finding]:
    """Name what would harm a reader who unpacks it."""
    if len(entries) > limits.files:
        yield found(Flaw.TOO_LARGE, detail=f"{len(entries)} entries, more than {limits.files}")
        return
    total = sum(entry.file_size for entry in entries)
    most = max(limits.small_bytes, byte_count * limits.unpacked_times)
    if total > min(limits.total_bytes, most):
        detail = f"{total} bytes when unpacked, more than {min(limits.total_bytes, most)}"
        yield found(Flaw.TOO_LARGE, detail=detail)
    details = [
        f"{entry.orig_filename} {danger}" for entry in entries for danger in _entry_dangers(entry)
    ]
    if not details:
        details = [*_twins([entry.filename for entry in entries]), *_overlaps(entries)]
    for detail in details:
        yield found(Flaw.DANGEROUS_ENTRY, detail=detail)


def _entry_dangers(entry: zipfile.ZipInfo) -> Iterator[str]:
    name, mode = entry.orig_filename, entry.external_attr >> 16
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        yield "is an absolute path"
    if {"", ".", ".."} & set(parts) or len(name) > _LONGEST_NAME:
        yield "is not a plain path"
    if "\\" in name or "\0" in name:
        yield "has a character that no path may have"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "is a link or a device"
    if entry.flag_bits & _ENCRYPTED:
        yield "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield f"is compressed by method {entry.compress_type}"
    if entry.is_dir() and entry.file_size:
        yield "is a folder with content"


def _twins(names: list[str]) -> Iterator[str]:
    """Name entries that some disk would take for the same file, or for a file and a folder."""
    seen: dict[str, str] = {}
    for name in names:
        key = spelling(name.removesuffix("/"))
        if key in seen:
            yield f"{name} is there twice, as {seen[key]}"
        seen[key] = name
    for key, name in seen.items():
        for folder in PurePosixPath(key).parents:
            above = seen.get(str(folder))
            if above and not above.endswith("/"):
                yield f"{name} lies in {above}, which is a file"


def _overlaps(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    by_place = sorted(entries, key=lambda entry: entry.header_offset)
    if by_place and (before := by_place[0].header_offset):
        yield f"{before} bytes lie before the first entry"
    for entry, after in pairwise(by_place):
        if entry.header_offset + _LOCAL_HEADER + entry.compress_size > after.header_offset:
            yield f"{entry.filename} overlaps {after.filename}"
