"""A bag: files that travel together with the hashes to prove that they arrived (RFC 8493).

BagIt 1.0, serialized as a zip.  The same files give the same bytes: entries are sorted, stored
uncompressed (media do not shrink, and a compressor's version would show) and all carry one time.
`bag_check` is the reader's side.
"""

import hashlib
import stat
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from cluster_feed.core.playlist import ZONE

ALGORITHMS: Final = ("sha256", "sha512")
"""The RFC asks for SHA-512 and the national portal's sibling systems for SHA-256: both, always."""

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
"""All of bagit.txt."""

Source = Path | bytes
"""Where a file's bytes come from: a file, which is streamed, or a document made in memory."""

_CHUNK: Final = 1 << 20
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
"""A zip knows no earlier time."""


def write(
    to: Path,
    name: str,
    payload: Mapping[str, Source],
    info: Iterable[tuple[str, str]],
    at: datetime,
    tag_files: Mapping[str, bytes] | None = None,
) -> dict[str, str]:
    """Write a bag and give the SHA-256 of each payload file as it was read.

    `name` is the one folder in the zip, `payload` maps paths under `data/` to their bytes, `info`
    is what bag-info.txt says beside the sizes, `at` the time that every entry carries, `tag_files`
    what else lies beside the payload.
    """
    bag = _Bag(to, name, at)
    with bag.archive:
        sizes = {path: _size(source) for path, source in payload.items()}
        tags = {"bag-info.txt": _info(info, at, sizes), "bagit.txt": DECLARATION}
        for path, content in sorted({**tags, **(tag_files or {})}.items()):
            bag.add(path, content)
        for path, source in sorted(payload.items()):
            bag.add(f"data/{path}", source)
        for algorithm in ALGORITHMS:
            bag.add(f"manifest-{algorithm}.txt", bag.manifest(algorithm, payload=True))
        tag_manifests = {
            f"tagmanifest-{algorithm}.txt": bag.manifest(algorithm, payload=False)
            for algorithm in ALGORITHMS
        }
        for path, content in tag_manifests.items():
            bag.add(path, content)
    return {path: bag.digests[f"data/{path}"]["sha256"] for path in payload}


def escape(path: str) -> str:
    """Write a path as a manifest's line can hold it (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


class _Bag:
    """A zip in the making, and the hashes of what is in it so far."""

    def __init__(self, to: Path, name: str, at: datetime) -> None:
        self.archive = zipfile.ZipFile(to, "w")
        self.digests: dict[str, dict[str, str]] = {}
        self._name = name
        local = at.astimezone(ZONE)
        self._stamp = max(
            (local.year, local.month, local.day, local.hour, local.minute, local.second), _OLDEST
        )

    def add(self, path: str, source: Source) -> None:
        """Stream a file in, hashing what goes in."""
        entry = zipfile.ZipInfo(f"{self._name}/{path}", self._stamp)
        entry.create_system = 3
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        entry.file_size = _size(source)
        hashing = {algorithm: hashlib.new(algorithm) for algorithm in ALGORITHMS}
        with self.archive.open(entry, "w") as copy:
            for chunk in _chunks(source):
                for each in hashing.values():
                    each.update(chunk)
                copy.write(chunk)
        self.digests[path] = {name: each.hexdigest() for name, each in hashing.items()}

    def manifest(self, algorithm: str, *, payload: bool) -> bytes:
        """List what is under data/, or everything else."""
        lines = (
            f"{digests[algorithm]}  {escape(path)}\n"
            for path, digests in sorted(self.digests.items())
            if path.startswith("data/") is payload
        )
        return "".join(lines).encode()


def _size(source: Source) -> int:
    return len(source) if isinstance(source, bytes) else source.stat().st_size


def _chunks(source: Source) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as content:
        while chunk := content.read(_CHUNK):
            yield chunk


def _info(info: Iterable[tuple[str, str]], at: datetime, sizes: Mapping[str, int]) -> bytes:
    """Write bag-info.txt; a value is one line, and one that is empty says nothing."""
    total = sum(sizes.values())
    tags = [
        *info,
        ("Bagging-Date", at.astimezone(ZONE).date().isoformat()),
        ("Payload-Oxum", f"{total}.{len(sizes)}"),
        ("Bag-Size", _for_a_person(total)),
    ]
    lines = ((label, " ".join(value.split())) for label, value in tags)
    return "".join(f"{label}: {value}\n" for label, value in lines if value).encode()


def _for_a_person(byte_count: int) -> str:
    size = float(byte_count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
