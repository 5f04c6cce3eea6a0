import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Timer

import pytest

from cluster_feed.adapters import process
from cluster_feed.adapters.process import PATIENT, Patience
from cluster_feed.core.errors import Stalled, ToolMissing, WorkInterrupted


def sh(script: str, patience: Patience = PATIENT, memory_bytes: int = process.GIB) -> bytes:
    return process.run(["sh", "-c", script], patience=patience, memory_bytes=memory_bytes).output


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
        memory_bytes=process.GIB,
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
        memory_bytes=process.GIB,
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
        ["sh", "-c", "kill -SEGV $$"], patience=PATIENT, memory_bytes=process.GIB
    )
    assert finished.status == -signal.SIGSEGV


def test_a_program_that_has_closed_its_pipes_is_waited_for() -> None:
    finished = process.run(
        ["sh", "-c", "exec >&- 2>&-; sleep 0.5; exit 3"],
        patience=PATIENT,
        memory_bytes=process.GIB,
    )
    assert finished.status == 3


def test_a_program_that_has_closed_its_pipes_may_not_stand_still() -> None:
    with pytest.raises(Stalled):
        sh("exec >&- 2>&-; exec sleep 60", Patience(stall_seconds=0.5))


def test_memory_is_bounded() -> None:
    hungry = [sys.executable, "-c", "print(len(bytearray(400 << 20)))"]
    finished = process.run(hungry, patience=PATIENT, memory_bytes=256 << 20)
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
        process.run(["no-such-program"], patience=PATIENT, memory_bytes=process.GIB)


def test_a_program_dies_with_whoever_waits_for_it(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    waiting = (
        "from cluster_feed.adapters import process\n"
        f"process.run(['sh', '-c', 'echo $$ > {pid_file}; exec sleep 60'],"
        " patience=process.PATIENT, memory_bytes=1 << 30)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", waiting], cwd=root) as waiter:
        while not (pid_file.exists() and pid_file.read_text(encoding="ascii").strip()):
            time.sleep(0.05)
        pid = int(pid_file.read_text(encoding="ascii"))
        os.kill(waiter.pid, signal.SIGKILL)
    for _ in range(200):
        if gone(pid):
            return
        time.sleep(0.05)
    pytest.fail("it lives on")
