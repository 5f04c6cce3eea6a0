import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Timer

import pytest

from cluster_feed.adapters import process
from cluster_feed.adapters.process import PATIENT, Limits, Patience
from cluster_feed.core.errors import (
    OverBudget,
    SandboxBroken,
    Stalled,
    ToolMissing,
    WorkInterrupted,
)


def sh(script: str, patience: Patience = PATIENT, memory_bytes: int = process.GIB) -> bytes:
    return process.run(["sh", "-c", script], patience=patience, limits=Limits(memory_bytes)).output


def gone(pid: int) -> bool:
    """Whether a process ended; an orphan's remains may wait for whoever inherited them."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return True


def test_a_program_that_complains_without_end_neither_blocks_nor_fills_the_memory() -> None:
    finished = process.run(
        ["sh", "-c", "yes complaint | head -c 3000000 >&2; echo last words >&2; exit 3"],
        patience=PATIENT,
        limits=Limits(process.GIB),
    )
    assert finished.status == 3
    assert finished.last_complaint == "last words"
    assert len(finished.complaints) < 100_000


def test_a_program_that_stands_still_is_ended_with_its_children() -> None:
    with pytest.raises(Stalled):
        sh("sleep 987.25 & exec sleep 987.25", Patience(stall_seconds=0.5))
    running = subprocess.run(["pgrep", "-f", "sleep 987.25"], capture_output=True, check=False)
    assert running.stdout == b""


def test_a_program_that_gets_on_may_take_longer_than_it_may_stand_still() -> None:
    finished = process.run(
        ["sh", "-c", "for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 0.25; done"],
        patience=Patience(stall_seconds=1.5),
        limits=Limits(process.GIB),
        moved=lambda chunk: bool(chunk.strip()),
    )
    assert finished.status == 0


def test_work_that_nobody_wants_any_more_is_ended_at_once() -> None:
    stop = Event()
    Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(WorkInterrupted):
        sh("sleep 60", Patience(stop=stop))
    assert time.monotonic() - began < 30


def test_a_program_that_others_kill_is_not_the_files_fault() -> None:
    with pytest.raises(WorkInterrupted):
        sh("kill -KILL $$")


def test_a_program_that_crashes_by_itself_has_a_status() -> None:
    finished = process.run(
        ["sh", "-c", "kill -SEGV $$"], patience=PATIENT, limits=Limits(process.GIB)
    )
    assert finished.status == -signal.SIGSEGV


def test_a_program_that_has_closed_its_pipes_is_waited_for() -> None:
    finished = process.run(
        ["sh", "-c", "exec >&- 2>&-; sleep 0.5; exit 3"],
        patience=PATIENT,
        limits=Limits(process.GIB),
    )
    assert finished.status == 3


def test_a_program_that_has_closed_its_pipes_may_not_stand_still() -> None:
    with pytest.raises(Stalled):
        sh("exec >&- 2>&-; exec sleep 60", Patience(stall_seconds=0.5))


def test_memory_is_bounded() -> None:
    hungry = [sys.executable, "-c", "print(len(bytearray(400 << 20)))"]
    finished = process.run(hungry, patience=PATIENT, limits=Limits(256 << 20))
    assert finished.status
    assert "MemoryError" in finished.complaints


def test_a_program_hears_nothing_from_us_and_learns_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTER_FEED_DATABASE_URL", "postgres://secret")
    assert sh("cat") == b""
    assert b"secret" not in sh("env")


def test_a_missing_program_is_the_operators_matter() -> None:
    with pytest.raises(ToolMissing, match="no-such-program"):
        process.run(["no-such-program"], patience=PATIENT, limits=Limits(process.GIB))


def test_a_program_that_gets_on_for_ever_is_ended_all_the_same() -> None:
    with pytest.raises(OverBudget, match="1 s"):
        process.run(
            ["sh", "-c", "while :; do echo on; sleep 0.1; done"],
            patience=PATIENT,
            limits=Limits(process.GIB, seconds=1),
            moved=bool,
        )


def test_a_program_fills_no_disk(tmp_path: Path) -> None:
    limits = Limits(process.GIB, file_bytes=1 << 20, writes=tmp_path)
    writing = ["sh", "-c", f"head -c 3000000 /dev/zero > {tmp_path}/file"]
    assert process.run(writing, patience=PATIENT, limits=limits).status
    assert (tmp_path / "file").stat().st_size == 1 << 20


def test_a_program_that_only_reads_leaves_no_file(tmp_path: Path) -> None:
    writing = ["sh", "-c", f"echo something > {tmp_path}/file"]
    assert process.run(writing, patience=PATIENT, limits=Limits(process.GIB)).status
    assert not (tmp_path / "file").is_file() or not (tmp_path / "file").stat().st_size


in_a_sandbox = pytest.mark.skipif(not process.sandboxed(), reason="no bubblewrap, or no leave")


@in_a_sandbox
def test_a_program_sees_no_file_of_others_and_no_network(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="ascii")
    (tmp_path / "own").mkdir()
    limits = Limits(process.GIB, file_bytes=1000, writes=tmp_path / "own")
    looking = f"cat {tmp_path}/secret /etc/passwd /root/.ssh/*; cat /proc/net/dev; ls /proc"
    said = process.run(["sh", "-c", looking], patience=PATIENT, limits=limits).output.decode()
    assert "secret" not in said
    assert "root:" not in said
    assert re.findall(r"^ *(\w+):", said, re.MULTILINE) == ["lo"]
    assert f"{os.getpid()}" not in said.split()


@in_a_sandbox
def test_a_sandbox_that_does_not_work_is_the_operators_matter(tmp_path: Path) -> None:
    nowhere = Limits(process.GIB, writes=tmp_path / "nowhere")
    with pytest.raises(SandboxBroken, match="nowhere"):
        process.run(["true"], patience=PATIENT, limits=nowhere)


@in_a_sandbox
def test_a_program_that_speaks_of_the_sandbox_among_other_things_has_failed_itself() -> None:
    speaking = ["sh", "-c", "echo bwrap: no >&2; echo and so on >&2; exit 1"]
    assert process.run(speaking, patience=PATIENT, limits=Limits(process.GIB)).status == 1


@in_a_sandbox
def test_a_device_is_let_in_alone_and_its_absence_keeps_nothing_out(tmp_path: Path) -> None:
    for name in ("card", "other"):
        (tmp_path / name).write_text(name, encoding="ascii")
    devices = (tmp_path / "card", tmp_path / "gone")
    limits = Limits(process.GIB, devices=devices)
    said = process.run(["sh", "-c", f"cat {tmp_path}/*"], patience=PATIENT, limits=limits).output
    assert said == b"card"


@in_a_sandbox
def test_the_open_file_is_all_that_a_program_gets(tmp_path: Path) -> None:
    (tmp_path / "asset").write_text("content", encoding="ascii")
    with (tmp_path / "asset").open("rb") as content:
        finished = process.run(
            ["cat", "/dev/stdin"], patience=PATIENT, limits=Limits(process.GIB), content=content
        )
    assert finished.output == b"content"


def test_a_program_dies_with_whoever_waits_for_it() -> None:
    waiting = (
        "from cluster_feed.adapters import process\n"
        "process.run(['sleep', '976.25'], patience=process.PATIENT,"
        " limits=process.Limits(1 << 30))"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", waiting], cwd=root) as waiter:
        while not (pids := sleeping()):
            time.sleep(0.05)
        os.kill(waiter.pid, signal.SIGKILL)
    for _ in range(200):
        if all(gone(pid) for pid in pids):
            return
        time.sleep(0.05)
    pytest.fail("it lives on")


def sleeping() -> list[int]:
    """Find the sleeper, and whoever guards it."""
    found = subprocess.run(["pgrep", "-fx", "sleep 976.25"], capture_output=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def test_all_that_is_done_for_a_file_ends_with_its_time() -> None:
    patience = PATIENT.for_at_most(0.5)
    sh("true", patience)
    with pytest.raises(OverBudget):
        sh("sleep 987.5", patience.for_at_most(600))
