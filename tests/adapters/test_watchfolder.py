"""When a dropped file is complete, and what a look at a folder tells."""

import fcntl
import os
import signal
import threading
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from cluster_feed.adapters.watchfolder import (
    ChangedError,
    Sight,
    Still,
    Stillness,
    Waker,
    file_system_of,
    is_debris,
    scan,
)
from cluster_feed.core.errors import FolderMissing, NotARegularFile

SECONDS = 10.0
NAMES = st.sampled_from(["a.mp4", "b.jpg", "c.mov"])


def sight_of(path: Path) -> Sight:
    return Sight.of(path.lstat())


class Dropping(RuleBasedStateMachine):
    """Files grow, pause, are touched, replaced under their name, vanish; somebody looks."""

    def __init__(self) -> None:
        super().__init__()
        self.stillness = Stillness(SECONDS)
        self.files: dict[str, Sight] = {}
        self.looks: list[tuple[float, dict[str, Sight]]] = []
        self.moment = 0.0
        self.serial = 0

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    @rule(name=NAMES)
    def drop_or_replace(self, name: str) -> None:
        before = self.files.get(name)
        size = before.byte_count if before else 100
        self.files[name] = Sight(size, 7, self._next(), self._next(), 0o100644)

    @rule(name=NAMES)
    def grow(self, name: str) -> None:
        if was := self.files.get(name):
            self.files[name] = was._replace(byte_count=was.byte_count + 1, mtime_ns=self._next())

    @rule(name=NAMES)
    def write_inside_a_preset_size(self, name: str) -> None:
        if was := self.files.get(name):
            self.files[name] = was._replace(mtime_ns=self._next())

    @rule(name=NAMES)
    def touch_back_to_an_old_date(self, name: str) -> None:
        if was := self.files.get(name):
            self.files[name] = was._replace(ctime_ns=self._next())

    @rule(name=NAMES)
    def vanish(self, name: str) -> None:
        self.files.pop(name, None)

    @rule(waited=st.sampled_from([0.0, 0.1, 4.0, 5.0, 9.999, SECONDS, 1000.0]))
    def look(self, waited: float) -> None:
        self.moment += waited
        self.looks.append((self.moment, dict(self.files)))
        assert self.stillness.look(self.files, self.moment) == sorted(
            name for name, sight in self.files.items() if self._stood_still(name, sight)
        )

    def _stood_still(self, name: str, sight: Sight) -> bool:
        """Say the rule again, from the whole history of looks."""
        began, looks = self.moment, 0
        for moment, seen in reversed(self.looks):
            if seen.get(name) != sight:
                break
            began, looks = moment, looks + 1
        return looks >= 2 and self.moment - began >= SECONDS


TestDropping = Dropping.TestCase
TestDropping.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize(
    "name",
    [
        *("._clip.mp4", ".DS_Store", "Thumbs.db", "desktop.ini", "Desktop.ini", "~$danh-muc.xlsx"),
        *(".~lock.danh-muc.xlsx#", "clip.mp4.part", "clip.MP4.CRDOWNLOAD", "a.tmp", "@eaDir"),
        *(
            "_tra-lai",
            "_trang-thai.html",
            "a.jpg.ly-do.txt",
            "$RECYCLE.BIN",
            "#recycle",
            ".clip.mp4.aB3xYz",
        ),
    ],
)
def test_temporary_and_system_names_are_debris(name: str) -> None:
    assert is_debris(name)


@pytest.mark.parametrize(
    "name",
    ["clip.mp4", "part.mp4", "tmp.jpg", "desktop.ini.jpg", "Phóng sự.mov", "_clip.mp4", "~a"],
)
def test_a_newsrooms_names_are_not_debris(name: str) -> None:
    assert not is_debris(name)


def test_a_scan_sees_files_at_every_depth_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "thang-11" / "x.mp4").mkdir(parents=True)
    (tmp_path / "thang-11" / "x.mp4" / "clip.mov").write_bytes(b"1")
    (tmp_path / "link.mp4").symlink_to("/etc/passwd")
    (tmp_path / "around").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "_tra-lai").mkdir()
    (tmp_path / "_tra-lai" / "old.mp4").write_bytes(b"1")
    seen = scan(tmp_path)
    assert set(seen.files) == {"thang-11/x.mp4/clip.mov", "link.mp4", "around", "pipe.mp4"}
    assert set(seen.folders) == {"thang-11", "thang-11/x.mp4"}
    assert [path for path, sight in seen.files.items() if sight.is_regular] == [
        "thang-11/x.mp4/clip.mov"
    ]


def test_a_name_that_is_not_utf8_is_seen(tmp_path: Path) -> None:
    name = b"Qu\xe1\xba\xa3ng \xff\xfe.mp4"
    (tmp_path / os.fsdecode(name)).write_bytes(b"1")
    assert [os.fsencode(path) for path in scan(tmp_path).files] == [name]


def test_folders_without_end_are_reported_not_followed(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 30)
    deep.mkdir(parents=True)
    (deep / "clip.mp4").write_bytes(b"1")
    seen = scan(tmp_path)
    assert not seen.files
    assert len(seen.unreadable) == 1


def test_a_vanished_drive_is_missing_not_empty(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing):
        scan(tmp_path / "gone")


def test_a_file_is_read_only_as_it_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"12345")
    with Still(path, sight_of(path)) as source:
        assert source.read(3) + source.read(3) + source.read(3) == b"12345"
    before = sight_of(path)
    path.write_bytes(b"123456")
    with pytest.raises(ChangedError):
        Still(path, before)


@pytest.mark.parametrize("how", ["append", "replace", "link"])
def test_a_file_that_changes_while_it_is_read_has_no_end(tmp_path: Path, how: str) -> None:
    path, other = tmp_path / "clip.mp4", tmp_path / "other.mp4"
    path.write_bytes(b"12345")
    other.write_bytes(b"54321")
    with Still(path, sight_of(path)) as source:
        assert source.read(3) == b"123"
        if how == "append":
            with path.open("ab") as more:
                more.write(b"6")
        elif how == "replace":
            other.rename(path)
        else:
            path.unlink()
            path.symlink_to(other)
        with pytest.raises(ChangedError):
            list(iter(lambda: source.read(3), b""))


def test_a_file_that_somebody_has_open_for_writing_is_not_complete(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with path.open("wb") as writer:
        writer.write(b"12345")
        writer.flush()
        with pytest.raises(ChangedError):
            Still(path, sight_of(path))
    Still(path, sight_of(path)).close()


def test_a_file_that_a_server_has_lent_to_its_client_is_not_complete(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"12345")
    with path.open("r+b") as server:
        fcntl.fcntl(server, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(server, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        with pytest.raises(ChangedError):
            Still(path, sight_of(path))
        fcntl.fcntl(server, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def test_the_file_system_of_a_file_is_known_by_its_name() -> None:
    with Path("/proc/self/status").open("rb") as status:
        assert file_system_of(status.fileno()) == "proc"


def test_a_writer_is_not_kept_waiting_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"12345")
    with Still(path, sight_of(path)):
        writing = threading.Thread(target=path.open("ab").close)
        writing.start()
        writing.join(timeout=5)
        assert not writing.is_alive()


def test_links_and_pipes_are_no_files_and_do_not_hang(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe.mp4", tmp_path / "link.mp4"
    os.mkfifo(pipe)
    link.symlink_to("/etc/passwd")
    for path in (pipe, link):
        with pytest.raises(NotARegularFile):
            Still(path, sight_of(path))


def test_a_link_put_in_a_files_place_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"1")
    before = sight_of(path)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        Still(path, before)


@pytest.mark.parametrize("share", [False, True])
def test_a_new_file_wakes_and_our_own_page_does_not(tmp_path: Path, share: bool) -> None:  # noqa: FBT001
    woken = threading.Event()
    with Waker(woken.set, polling=[tmp_path] if share else [], poll_seconds=0.1) as waker:
        waker.watch([tmp_path])
        (tmp_path / "_trang-thai.html").write_bytes(b"1")
        (tmp_path / "._trang-thai.html.ab12").write_bytes(b"1")
        assert not woken.wait(0.5)
        (tmp_path / "clip.mp4").write_bytes(b"1")
        assert woken.wait(10)


def test_a_folder_that_cannot_be_watched_does_not_stop_the_others(tmp_path: Path) -> None:
    woken = threading.Event()
    with Waker(woken.set) as waker:
        waker.watch([tmp_path / "gone", tmp_path])
        (tmp_path / "clip.mp4").write_bytes(b"1")
        assert woken.wait(10)
