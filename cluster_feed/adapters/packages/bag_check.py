"""Whether a zipped bag is whole and safe, as a strict recipient would judge it.

Nothing is unpacked: entries are read as streams, and none is read before the zip's directory has
been found harmless.  A bag is held to more than RFC 8493 asks: both manifests and both tag
manifests, each naming everything, and no fetch.txt.
"""

import hashlib
import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Final

from cluster_feed.adapters.packages.bag import ALGORITHMS, DECLARATION
from cluster_feed.core.errors import PackageInvalid


@dataclass(frozen=True)
class Limits:
    """What a bag may cost its reader."""

    files: int = 100_000
    total_bytes: int = 1 << 40
    tag_file_bytes: int = 32 << 20
    """Of a manifest or bag-info.txt, which are read whole."""


_DIRECTORY_BYTES: Final = 32 << 20
_CHUNK: Final = 1 << 20
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    struct.error,
    zlib.error,
)
_ENCRYPTED: Final = 0x1
_LOCAL_HEADER: Final = 30
_LONGEST_NAME: Final = 1024
_MANIFEST: Final = re.compile(r"(tag)?manifest-(?P<algorithm>[a-z0-9]+)\.txt")
_LINE: Final = re.compile(r"(?P<digest>[0-9a-fA-F]+)[ \t]+(?P<path>\S.*)")
_STRAY_PERCENT: Final = re.compile(r"%(?!25|0[AaDd])")
_ESCAPE: Final = re.compile(r"%(25|0[AaDd])")
_OXUM: Final = re.compile(r"(?P<bytes>0|[1-9][0-9]*)\.(?P<files>0|[1-9][0-9]*)")


def verify(bag: Path) -> None:
    """Raise PackageInvalid, naming the first few things that are wrong."""
    if wrong := findings(bag):
        more = f" (+{len(wrong) - 5})" if len(wrong) > 5 else ""  # noqa: PLR2004
        raise PackageInvalid(package=bag.name, detail="; ".join(wrong[:5]) + more)


def findings(bag: Path, limits: Limits | None = None) -> list[str]:
    """Name everything that is wrong with a bag; an empty list: it is whole and safe."""
    limits = limits or Limits()
    try:
        with _Guarded(bag) as content, zipfile.ZipFile(content) as archive:
            dangers = list(_dangers(archive.infolist(), limits))
            return dangers or list(_Bag(archive, limits).findings())
    except _UNREADABLE as error:
        return [f"it cannot be read as a zip: {error}"]


class _Guarded(io.FileIO):
    """A file that is never read in one great gulp, as zipfile would a huge directory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = _DIRECTORY_BYTES
        if size > _DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of {size} bytes")
        return super().read(size)


# --- The zip ------------------------------------------------------------------------------------


def _dangers(entries: list[zipfile.ZipInfo], limits: Limits) -> Iterator[str]:
    """Name what would harm a reader who unpacks it."""
    if len(entries) > limits.files:
        yield f"{len(entries)} entries, more than {limits.files}"
        return
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        yield f"{total} bytes when unpacked, more than {limits.total_bytes}"
    bad_names = [
        f"{entry.orig_filename[:200]!r} {danger}"
        for entry in entries
        for danger in _entry_dangers(entry)
    ]
    if bad_names:
        yield from bad_names
        return
    yield from _twins([entry.filename for entry in entries])
    by_place = sorted(entries, key=lambda entry: entry.header_offset)
    if by_place and (before := by_place[0].header_offset):
        yield f"{before} bytes lie before the first entry"
    for entry, after in pairwise(by_place):
        if entry.header_offset + _LOCAL_HEADER + entry.compress_size > after.header_offset:
            yield f"{entry.filename!r} overlaps {after.filename!r}"


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
        key = unicodedata.normalize("NFC", name.removesuffix("/")).casefold()
        if key in seen:
            yield f"{name!r} is there twice, as {seen[key]!r}"
        seen[key] = name
    for key, name in seen.items():
        for folder in PurePosixPath(key).parents:
            above = seen.get(str(folder))
            if above and not above.endswith("/"):
                yield f"{name!r} lies in {above!r}, which is a file"


# --- The bag ------------------------------------------------------------------------------------


class _Bag:
    """The files of a harmless zip, by their path in the bag."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        self._tops = {entry.filename.partition("/")[0] for entry in archive.infolist()}
        self._files = {entry.filename.partition("/")[2]: entry for entry in files}
        self._payload = {path for path in self._files if path.startswith("data/")}
        self._tags = self._files.keys() - self._payload

    def findings(self) -> Iterator[str]:
        if len(self._tops) != 1 or "" in self._files:
            yield f"it is not one folder: {sorted(self._tops)}"
            return
        yield from self._of_the_tree()
        try:
            yield from self._of_bagit_txt()
            yield from self._of_bag_info()
            yield from self._of_the_manifests()
        except _UNREADABLE as error:
            yield f"a tag file cannot be read: {error}"

    def _of_the_tree(self) -> Iterator[str]:
        if not self._payload:
            yield "there is nothing under data/"
        if "fetch.txt" in self._tags:
            yield "fetch.txt names files that are elsewhere"
        for kind in ("manifest", "tagmanifest"):
            for algorithm in ALGORITHMS:
                if f"{kind}-{algorithm}.txt" not in self._tags:
                    yield f"{kind}-{algorithm}.txt is missing"

    def _of_bagit_txt(self) -> Iterator[str]:
        if "bagit.txt" not in self._tags:
            yield "bagit.txt is missing"
        elif self._read("bagit.txt") != DECLARATION:
            yield "bagit.txt is not the two lines of BagIt 1.0"

    def _of_bag_info(self) -> Iterator[str]:
        if "bag-info.txt" not in self._tags:
            yield "bag-info.txt is missing"
            return
        oxums = []
        for line in _lines(self._read("bag-info.txt")):
            if line.startswith((" ", "\t")):
                continue
            label, colon, value = line.partition(":")
            if not colon or not label.strip() or label != label.strip():
                yield f"bag-info.txt has a line that is no tag: {line[:80]!r}"
            if label.casefold() == "payload-oxum":
                oxums.append(value.strip())
        if len(oxums) != 1 or not (oxum := _OXUM.fullmatch(oxums[0])):
            yield f"Payload-Oxum should be given once, as bytes.files: {oxums}"
            return
        byte_count = sum(self._files[path].file_size for path in self._payload)
        if (int(oxum["bytes"]), int(oxum["files"])) != (byte_count, len(self._payload)):
            yield f"Payload-Oxum is {oxums[0]}, found {byte_count}.{len(self._payload)}"

    def _of_the_manifests(self) -> Iterator[str]:
        digests: dict[str, Mapping[str, str]] = {}
        for path, entry in self._files.items():
            try:
                digests[path] = self._digests(entry)
            except _UNREADABLE as error:
                yield f"{path} cannot be read: {error}"
        tag_manifests = {path for path in self._tags if path.startswith("tagmanifest-")}
        for path in sorted(self._tags):
            if not (found := _MANIFEST.fullmatch(path)):
                continue
            if found["algorithm"] not in ALGORITHMS:
                yield f"{path} is of an algorithm that is not used here"
                continue
            covered = self._tags - tag_manifests if path in tag_manifests else self._payload
            yield from self._of_manifest(path, found["algorithm"], covered, digests)

    def _of_manifest(
        self,
        manifest: str,
        algorithm: str,
        covered: set[str],
        digests: Mapping[str, Mapping[str, str]],
    ) -> Iterator[str]:
        listed: Counter[str] = Counter()
        for number, line in enumerate(_lines(self._read(manifest)), start=1):
            found = _LINE.fullmatch(line)
            if not found or _STRAY_PERCENT.search(found["path"]):
                yield f"{manifest}, line {number}, is not a hash and a path"
                continue
            path = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), found["path"])
            listed[path] += 1
            if path not in covered:
                yield f"{manifest} lists {path!r}, which is not there to be listed"
            elif path in digests and digests[path][algorithm] != found["digest"].lower():
                yield f"{path} is not what {manifest} says"
        for path, times in sorted(listed.items()):
            if times > 1:
                yield f"{manifest} lists {path!r} {times} times"
        for path in sorted(covered - listed.keys()):
            yield f"{manifest} does not list {path!r}"

    def _read(self, path: str) -> bytes:
        entry = self._files[path]
        if entry.file_size > self._limits.tag_file_bytes:
            raise zipfile.BadZipFile(f"{path} has {entry.file_size} bytes")
        with self._archive.open(entry) as content:
            return content.read()

    def _digests(self, entry: zipfile.ZipInfo) -> Mapping[str, str]:
        hashing = {algorithm: hashlib.new(algorithm) for algorithm in ALGORITHMS}
        with self._archive.open(entry) as content:
            while chunk := content.read(_CHUNK):
                for each in hashing.values():
                    each.update(chunk)
        return {algorithm: each.hexdigest() for algorithm, each in hashing.items()}


def _lines(content: bytes) -> list[str]:
    """Split at CR, LF or both, and at nothing else that Python would take for a line's end."""
    lines = re.split(r"\r\n|\r|\n", content.decode())
    return lines[:-1] if not lines[-1] else lines
