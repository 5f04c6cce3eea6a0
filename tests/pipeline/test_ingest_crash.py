"""Whatever interrupts the intake, looking again ends the same: nothing lost, nothing doubled."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_feed.core.errors import NoAccess
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline.ingest import Admitted, Trouble
from tests.office import installed
from tests.pipeline.intake import NEWSROOMS, Office, lying_in, names, photo


@pytest.fixture
def office(tmp_path: Path, database: None) -> Office:
    return Office(tmp_path / "workspace")


def test_a_crash_before_the_commit_leaves_content_that_is_taken_in_once(office: Office) -> None:
    path = photo(office.inbox() / "a.jpg")
    with path.open("rb") as source:
        office.workspace.store.copy_in(source)
    assert isinstance(office.settle()[0], Admitted)
    assert len(office.stored) == 1


def test_a_crash_after_the_commit_leaves_an_original_that_is_only_removed(office: Office) -> None:
    path = photo(office.inbox() / "thang-11" / "a.jpg")
    copy = shutil.copy(path, office.workspace.root / "copy.jpg")
    office.settle()
    shutil.copy(copy, path)
    office.restart()
    assert office.settle() == []
    assert not path.exists()
    assert not ledger.Rejection.objects.exists()
    assert names() == ["thang-11/a.jpg"]


def test_a_crash_between_note_and_move_leaves_one_note(office: Office) -> None:
    sent_back = office.inbox() / "_tra-lai"
    sent_back.mkdir()
    (sent_back / "a.jpg.ly-do.txt").write_text("cũ")
    (office.inbox() / "a.jpg").write_text("không phải ảnh")
    office.settle()
    assert lying_in(sent_back) == ["a.jpg", "a.jpg.ly-do.txt"]
    assert "UnknownMedia" in ledger.Rejection.objects.get().code


def test_what_a_crash_left_half_written_is_swept(office: Office) -> None:
    sent_back = office.inbox() / "_tra-lai"
    sent_back.mkdir()
    for half in (sent_back / ".0123456789abcdef.part", office.inbox() / ".fedcba9876543210.part"):
        half.write_text("nửa trang")
    (office.inbox() / ".clip.mp4.part").write_text("tệp đang tải của tòa soạn")
    office.restart()
    office.look()
    assert lying_in(sent_back) == []
    assert lying_in(office.inbox()) == [".clip.mp4.part", "_tra-lai", "_trang-thai.html"]


def test_a_file_that_vanishes_between_looks_is_forgotten(office: Office) -> None:
    path = photo(office.inbox() / "a.jpg")
    office.look()
    path.unlink()
    office.moment += 11
    assert office.look() == []
    photo(path)
    assert office.look() == []


def test_a_file_replaced_under_its_name_is_looked_at_afresh(office: Office) -> None:
    path = photo(office.inbox() / "a.jpg")
    office.look()
    office.moment += 11
    photo(office.workspace.root / "b.jpg", seed=2).rename(path)
    assert office.look() == []
    office.moment += 11
    assert len(office.look()) == 1


def _immutable(folder: Path, sign: str) -> bool:
    return subprocess.run(["chattr", f"{sign}i", folder], check=False).returncode == 0


@pytest.fixture
def locked(office: Office) -> Iterator[list[Path]]:
    """Folders in which, for as long as the test lasts, even root may change nothing."""
    folders: list[Path] = []
    yield folders
    for folder in folders:
        _immutable(folder, "-")


def test_what_cannot_be_taken_away_is_told_and_not_doubled(
    office: Office, locked: list[Path]
) -> None:
    photo(office.inbox() / "a.jpg")
    (office.inbox() / "b.jpg").write_text("không phải ảnh")
    (office.inbox() / "_tra-lai").mkdir()
    for folder in (office.inbox(), office.inbox() / "_tra-lai"):
        locked.append(folder)
        if not _immutable(folder, "+"):
            pytest.skip("this file system or account cannot lock a folder")
    for _ in range(3):
        office.settle()
    troubles = [each.why for each in office.look() if isinstance(each, Trouble)]
    assert {type(each) for each in troubles} == {NoAccess}
    told = [Path(each.facts["path"]).name for each in troubles]
    assert told == ["a.jpg", "b.jpg", "_trang-thai.html"]
    assert names() == ["a.jpg"]
    assert ledger.Rejection.objects.count() == 1
    assert ledger.Event.objects.count() == 2
    while locked:
        _immutable(locked.pop(), "-")
    assert office.settle() == []
    assert set(office.sent_back()) == {"b.jpg"}
    assert lying_in(office.inbox()) == ["_tra-lai", "_trang-thai.html"]


LOOKING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cluster_feed.ledger import audit
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import ingest
from cluster_feed.workspace import Workspace

workspace = Workspace.load(Path(sys.argv[1]))
connect(workspace.database_url)
looking = ingest.Ingest(workspace)
while looking.look(datetime.now(UTC)) or looking.waiting:
    pass
audit.verify()
"""


def test_kill_9_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "workspace", "[intake]\nstable_seconds = 0.2\n" + NEWSROOMS)
    inbox = workspace.inbox / "huong-hoa"
    for seed in range(12):
        photo(inbox / "anh" / f"{seed}.jpg", seed)
    for number in range(30):
        (inbox / f"{number}.jpg").write_text(f"ghi chú số {number}")
    chance, kills = random.Random(25), 0  # noqa: S311  a test repeats itself
    looking = [sys.executable, "-c", LOOKING, str(workspace.root)]
    while kills < 6:
        process = subprocess.Popen(looking, cwd=Path(__file__).parents[2])
        time.sleep(chance.uniform(0.9, 2.2))
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        kills += 1
    subprocess.run(looking, cwd=Path(__file__).parents[2], check=True, timeout=120)
    left = {str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file()}
    returned = {f"_tra-lai/{number}.jpg" for number in range(30)}
    notes = {f"{name}.ly-do.txt" for name in returned}
    assert left == returned | notes | {"_trang-thai.html"}
    with sqlite3.connect(workspace.root / "ledger.sqlite3") as database:
        rows = database.execute("select name, sha256 from ledger_asset").fetchall()
        refused = database.execute("select name from ledger_rejection").fetchall()
    database.close()
    assert sorted(name for name, _ in rows) == sorted(f"anh/{seed}.jpg" for seed in range(12))
    assert all(workspace.store.verify(sha256) for _, sha256 in rows)
    assert sorted(name for (name,) in refused) == sorted(f"{number}.jpg" for number in range(30))
    assert kills > 0
