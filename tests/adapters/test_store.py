import hashlib
import io
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.adapters.store import Store, write_visible
from cluster_feed.core.errors import DiskFull, StoreDamaged

CONTENT = "Lao Bảo".encode() * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def files(store: Store) -> dict[str, bytes]:
    """All that lies in a store, half-written files included."""
    return {
        str(path.relative_to(store.root)): path.read_bytes()
        for path in store.root.rglob("*")
        if path.is_file()
    }


class TornSource(io.BytesIO):
    """A share that goes away in the middle of a file."""

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(10_000 if size is None else min(size, 10_000))
        if not chunk:
            raise OSError(5, "Input/output error")
        return chunk


def put(store: Store, content: bytes, way: str) -> str:
    if way == "copied":
        return store.copy_in(io.BytesIO(content), len(content)).sha256
    made = store.scratch()
    made.write_bytes(content)
    return store.move_in(made).sha256


@pytest.mark.parametrize("way", ["copied", "moved"])
def test_the_same_content_twice_is_one_file_that_nobody_may_write(store: Store, way: str) -> None:
    assert put(store, CONTENT, way) == put(store, CONTENT, way) == SHA256
    assert files(store) == {f"{SHA256[:2]}/{SHA256}": CONTENT}
    assert SHA256 in store
    assert stat.S_IMODE(store.verify(SHA256).stat().st_mode) == 0o444


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.binary(max_size=50), st.sampled_from(["copied", "moved"]))))
def test_a_store_holds_exactly_what_was_put_in(
    tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[bytes, str]]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    for content, way in puts:
        put(store, content, way)
    assert sorted(files(store).values()) == sorted({content for content, _ in puts})
    for content, _ in puts:
        assert store.verify(hashlib.sha256(content).hexdigest()).read_bytes() == content


def test_what_was_copied_is_told_by_its_own_bytes_and_length(store: Store) -> None:
    stored = store.copy_in(io.BytesIO(CONTENT), 1)
    assert (stored.sha256, stored.byte_count) == (SHA256, len(CONTENT))


def test_a_source_lost_in_the_middle_leaves_nothing(store: Store) -> None:
    with pytest.raises(OSError, match="Input/output"):
        store.copy_in(TornSource(CONTENT))
    assert files(store) == {}


def test_a_process_killed_in_the_middle_leaves_nothing_that_can_be_seen(store: Store) -> None:
    killed = """
import os, sys
from pathlib import Path
from cluster_feed.adapters.store import Store

class Killed:
    reads = 0
    def read(self, size):
        self.reads += 1
        if self.reads == 3:
            os.kill(os.getpid(), 9)
        return bytes(size)

Store(Path(sys.argv[1])).copy_in(Killed())
"""
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", killed, store.root], cwd=root, env={}, check=False, timeout=60
    )
    assert ended.returncode == -9
    assert [Path(name).parent.name for name in files(store)] == [".incoming"]
    put(store, CONTENT, "copied")
    store.sweep()
    assert files(store) == {f"{SHA256[:2]}/{SHA256}": CONTENT}


def test_work_in_progress_of_any_shape_is_swept(store: Store) -> None:
    store.scratch().write_bytes(b"half a rendition")
    folder = store.scratch()
    folder.mkdir()
    (folder / "pass-1.log").touch()
    store.scratch().symlink_to(store.root.parent)
    store.sweep()
    assert list((store.root / ".incoming").iterdir()) == []
    assert store.root.parent.is_dir()


@pytest.mark.parametrize("harm", [0, len(CONTENT) // 2, len(CONTENT) - 1])
def test_a_flipped_byte_is_noticed(store: Store, harm: int) -> None:
    path = store.path(put(store, CONTENT, "copied"))
    flipped = bytearray(CONTENT)
    flipped[harm] ^= 1
    path.chmod(0o644)
    path.write_bytes(flipped)
    with pytest.raises(StoreDamaged, match=SHA256):
        store.verify(SHA256)


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"\0"])
@pytest.mark.parametrize("way", ["copied", "moved"])
def test_a_damaged_file_is_mended_by_the_same_content_given_again(
    store: Store, content: bytes, way: str
) -> None:
    path = store.path(put(store, CONTENT, "copied"))
    path.chmod(0o644)
    path.write_bytes(content)
    put(store, CONTENT, way)
    assert store.verify(SHA256).read_bytes() == CONTENT


def test_a_file_that_is_gone_is_noticed(store: Store) -> None:
    assert SHA256 not in store
    with pytest.raises(StoreDamaged):
        store.verify(SHA256)


def test_a_disk_without_room_is_told_before_a_byte_is_read(store: Store) -> None:
    source = io.BytesIO(CONTENT)
    with pytest.raises(DiskFull):
        store.copy_in(source, shutil.disk_usage(store.root).free)
    assert source.tell() == 0
    assert files(store) == {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False)
    if made.returncode:
        pytest.skip("only root may mount a disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_in_the_middle_is_told_and_left_as_it_was(small_disk: Path) -> None:
    store = Store(small_disk / "store", reserve_bytes=0)
    put(store, CONTENT, "copied")
    with pytest.raises(DiskFull, match="resumes by itself"):
        store.copy_in(io.BytesIO(bytes(3 << 20)))
    assert files(store) == {f"{SHA256[:2]}/{SHA256}": CONTENT}


def test_what_was_made_on_another_disk_is_taken_over_too(store: Store, small_disk: Path) -> None:
    made = small_disk / "made"
    made.write_bytes(CONTENT)
    assert store.move_in(made).sha256 == SHA256
    assert store.verify(SHA256).read_bytes() == CONTENT
    assert not made.exists()


def test_a_small_file_is_replaced_whole(tmp_path: Path) -> None:
    name = tmp_path / f"{'t' * 250}.json"
    write_visible(name, b"old")
    with name.open("rb") as reader:
        write_visible(name, b"new", mode=0o600)
        assert reader.read() == b"old"
    assert name.read_bytes() == b"new"
    assert stat.S_IMODE(name.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [name]


def test_a_small_file_that_cannot_have_its_name_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        write_visible(tmp_path / "taken", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace sees what reaches the disk")
def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_we_say_so(
    store: Store, tmp_path: Path
) -> None:
    copied = (
        "import io, sys; from pathlib import Path; from cluster_feed.adapters.store import Store;"
        "Store(Path(sys.argv[1])).copy_in(io.BytesIO(b'x'))"
    )
    trace = tmp_path / "trace"
    watched = "trace=fsync,rename,renameat,renameat2"
    subprocess.run(
        [
            "strace",
            "-f",
            "-y",
            "-e",
            watched,
            "-o",
            trace,
            sys.executable,
            "-c",
            copied,
            store.root,
        ],
        cwd=Path(__file__).parents[2],
        env={},
        check=True,
        timeout=60,
    )
    sha256 = hashlib.sha256(b"x").hexdigest()
    steps = re.findall(r"(fsync|rename)\w*\((.*)\) *= 0", trace.read_text())
    told = [
        (call, what.replace(str(store.root), "")) for call, what in steps if str(store.root) in what
    ]
    (written, renamed, named, *rest) = told
    assert written[0] == "fsync"
    assert ".incoming/" in written[1]
    assert renamed[0] == "rename"
    assert renamed[1].endswith(f'/{sha256[:2]}/{sha256}"')
    assert named[0] == "fsync"
    assert named[1].endswith(f"/{sha256[:2]}>")
    assert rest


def test_the_source_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(CONTENT)
    with source.open("rb") as opened:
        given_to: BinaryIO = opened
        store.copy_in(given_to, len(CONTENT))
    assert source.read_bytes() == CONTENT
