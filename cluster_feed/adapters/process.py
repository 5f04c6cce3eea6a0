"""Run a program on a file that nobody here made.

The program gets no standard input but a file, little of the environment, bounds on what it may
take and a process group of its own; it dies with the thread that waits for it, when it stands
still, and when its time is over.  Where the kernel lets bubblewrap work it has no network and sees
no file but programs and the folder that it is to write to.  What it says is read all the time, so
that it never blocks on a full pipe, and only so much of it is kept.
"""

import math
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import BinaryIO, Final, NamedTuple

from cluster_feed.core.errors import (
    OverBudget,
    SandboxBroken,
    Stalled,
    ToolMissing,
    WorkInterrupted,
)

GIB: Final = 1 << 30
_KEPT_OUTPUT: Final = 64 << 20
_KEPT_COMPLAINTS: Final = 64 << 10
_LOOK_SECONDS: Final = 0.2
_MOST_PROCESSES: Final = 1024
"""The kernel counts the whole account's, with threads: a dozen a conversion, and the desk's."""
_SIGNALLED: Final = 128
"""What bubblewrap adds to the number of the signal that ended a program."""
_PROGRAM_FOLDERS: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib64"),
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/fonts", "/var/cache/fontconfig"),
)
_OWN_PROGRAMS: Final = Path(__file__).parent
_STOPPED_BY_OTHERS: Final = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)
_EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
_PACKAGES: Final = {"ffmpeg": "ffmpeg", "ffprobe": "ffmpeg"}


@dataclass(frozen=True)
class Patience:
    """How long a program may stand still, and whether its work is still wanted."""

    stall_seconds: float = 120
    stop: Event = field(default_factory=Event)
    over_at: float = math.inf
    """When, by the clock of `time.monotonic`, all that is done for a file must be done."""

    def for_at_most(self, seconds: float) -> "Patience":
        """Give everything from now on so much time together, at most."""
        return replace(self, over_at=min(self.over_at, time.monotonic() + seconds))


PATIENT: Final = Patience()
"""Two minutes, and always wanted."""


@contextmanager
def given_up_with(patience: Patience) -> Iterator[None]:
    """Let what other threads run here stop when a person stops the one that waits for them."""
    try:
        yield
    except KeyboardInterrupt:
        patience.stop.set()
        raise


class Limits(NamedTuple):
    """What a program may take; `writes` is the one folder where it may leave files.

    `devices` are nodes that it may use beside those of every program.  `environment` tells it, or
    its C library, how to deal with memory.

    `seconds` are the clock's, so that a file made to be worked on for ever does not last.
    """

    memory_bytes: int
    seconds: float = 900
    file_bytes: int = 0
    writes: Path | None = None
    devices: tuple[Path, ...] = ()
    environment: Mapping[str, str] = _EMPTY


class Finished(NamedTuple):
    """How a program ended: its status, what it wrote, and the end of its complaints."""

    status: int
    output: bytes
    complaints: str

    @property
    def last_complaint(self) -> str:
        """The line that most likely says why, short enough for a sentence."""
        lines = [line.strip() for line in self.complaints.splitlines() if line.strip()]
        return lines[-1][:200] if lines else f"status {self.status}"


def _says_nothing(_chunk: bytes) -> bool:
    return False


def unheard(_chunk: bytes) -> None:
    """Let nobody listen to complaints."""


def run(
    argv: Sequence[str],
    *,
    patience: Patience,
    limits: Limits,
    content: BinaryIO | None = None,
    moved: Callable[[bytes], bool] = _says_nothing,
    overheard: Callable[[bytes], None] = unheard,
    intakes: Sequence[int] = (),
) -> Finished:
    """Run a program to its end, whatever its status.

    `moved` is given what the program writes and tells whether that shows it getting on;
    `overheard` gets its complaints; `intakes` are pipes, by their numbers, that it may write to.
    Raises Stalled when it did not get on for too long, OverBudget when its time was over,
    WorkInterrupted when somebody else stopped it, and ToolMissing.
    """
    guarded = [
        *("setpriv", "--pdeathsig", "KILL", "--no-new-privs"),
        *("prlimit", f"--as={limits.memory_bytes}", "--core=0", f"--nproc={_MOST_PROCESSES}"),
        *(f"--fsize={limits.file_bytes}", f"--cpu={round(limits.seconds * (os.cpu_count() or 1))}"),
        *(_sandbox(limits.writes, limits.devices) if sandboxed() else ()),
        *argv,
    ]
    for tool in ("setpriv", "prlimit", argv[0]):
        if shutil.which(tool) is None:
            raise ToolMissing(tool=tool, install=f"apt install {_PACKAGES.get(tool, 'util-linux')}")
    with subprocess.Popen(
        guarded,
        stdin=content or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=intakes,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **limits.environment},
    ) as process:
        try:
            output, complaints = _attend(process, argv[0], patience, limits, moved, overheard)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    status = process.returncode
    finished = Finished(status, bytes(output), complaints.decode(errors="replace"))
    if sandboxed() and status:
        if _failed_itself(finished):
            raise SandboxBroken(detail=finished.last_complaint)
        if status > _SIGNALLED:
            finished = finished._replace(status=_SIGNALLED - status)
    if finished.status in _STOPPED_BY_OTHERS:
        raise WorkInterrupted(program=argv[0])
    return finished


def _failed_itself(finished: Finished) -> bool:
    """Whether bubblewrap, which then says one line and no more, never began the program."""
    complaint = finished.complaints.strip()
    return complaint.startswith("bwrap: ") and "\n" not in complaint and not finished.output


@cache
def sandboxed() -> bool:
    """Whether bubblewrap is here and the kernel lets it work."""
    if shutil.which("bwrap") is None:
        return False
    tried = subprocess.run([*_sandbox(None), "true"], capture_output=True, check=False)
    return tried.returncode == 0


def _sandbox(writes: Path | None, devices: Sequence[Path] = ()) -> list[str]:
    """Say what bubblewrap is to shut out: the network, other processes, all files but these."""
    shown = dict.fromkeys((*_PROGRAM_FOLDERS, sys.base_prefix, sys.prefix, str(_OWN_PROGRAMS)))
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--proc", "/proc", "--dev", "/dev"]
    for folder in shown:
        words += ["--ro-bind-try", folder, folder]
    for device in devices:
        words += ["--dev-bind-try", str(device), str(device)]
    if writes:
        words += ["--bind", str(writes), str(writes)]
    return words


def _attend(
    process: subprocess.Popen[bytes],
    program: str,
    patience: Patience,
    limits: Limits,
    moved: Callable[[bytes], bool],
    overheard: Callable[[bytes], None],
) -> tuple[bytearray, bytearray]:
    output, complaints = bytearray(), bytearray()
    moved_at = began_at = time.monotonic()
    over_at = min(began_at + limits.seconds, patience.over_at)
    alive = os.fdopen(os.pidfd_open(process.pid), "rb")
    with alive, selectors.DefaultSelector() as open_yet:
        for each in filter(None, (process.stdout, process.stderr, alive)):
            open_yet.register(each, selectors.EVENT_READ)
        while open_yet.get_map():
            for key, _ in open_yet.select(_LOOK_SECONDS):
                chunk = b"" if key.fileobj is alive else os.read(key.fd, 1 << 16)
                if not chunk:
                    open_yet.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    complaints = (complaints + chunk)[-_KEPT_COMPLAINTS:]
                    overheard(chunk)
                else:
                    output += chunk[: _KEPT_OUTPUT - len(output)]
                    moved_at = time.monotonic() if moved(chunk) else moved_at
            if patience.stop.is_set():
                raise WorkInterrupted(program=program)
            now = time.monotonic()
            if now - moved_at > patience.stall_seconds:
                raise Stalled(program=program, seconds=round(patience.stall_seconds))
            if now > over_at:
                raise OverBudget(program=program, seconds=round(now - began_at))
    process.wait()
    return output, complaints
