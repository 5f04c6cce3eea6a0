"""Run a program on a file that nobody here made.

The program gets no standard input but a file, little of the environment, a bound on its memory
and a process group of its own; it dies with the thread that waits for it, and when it stands
still.  What it says is read all the time, so that it never blocks on a full pipe, and only so much
of it is kept.
"""

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import BinaryIO, Final, NamedTuple

from cluster_feed.core.errors import Stalled, ToolMissing, WorkInterrupted

GIB: Final = 1 << 30
_KEPT_OUTPUT: Final = 64 << 20
_KEPT_COMPLAINTS: Final = 64 << 10
_LOOK_SECONDS: Final = 0.2
_STOPPED_BY_OTHERS: Final = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)
_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    # glibc: new memory holds zeros.  x264's AVX-512 code reads some before it is written, so that
    # what an encoder made depended on what the others had left there.
    "MALLOC_PERTURB_": "255",
}
_PACKAGES: Final = {"ffmpeg": "ffmpeg", "ffprobe": "ffmpeg"}


@dataclass(frozen=True)
class Patience:
    """How long a program may stand still, and whether its work is still wanted."""

    stall_seconds: float = 120
    stop: Event = field(default_factory=Event)


PATIENT: Final = Patience()
"""Two minutes, and always wanted."""


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


def run(
    argv: Sequence[str],
    *,
    patience: Patience,
    memory_bytes: int,
    content: BinaryIO | None = None,
    moved: Callable[[bytes], bool] = _says_nothing,
) -> Finished:
    """Run a program to its end, whatever its status.

    `moved` is given what the program writes and tells whether that shows it getting on.  Raises
    Stalled when it did not for too long, WorkInterrupted when somebody else stopped it, and
    ToolMissing.
    """
    guarded = [
        *("setpriv", "--pdeathsig", "KILL", "--no-new-privs"),
        *("prlimit", f"--as={memory_bytes}", "--core=0"),
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
        env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT},
    ) as process:
        try:
            output, complaints = _attend(process, argv[0], patience, moved)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode in _STOPPED_BY_OTHERS:
        raise WorkInterrupted(program=argv[0])
    return Finished(process.returncode, bytes(output), complaints.decode(errors="replace"))


def _attend(
    process: subprocess.Popen[bytes],
    program: str,
    patience: Patience,
    moved: Callable[[bytes], bool],
) -> tuple[bytearray, bytearray]:
    output, complaints = bytearray(), bytearray()
    moved_at = time.monotonic()
    with selectors.DefaultSelector() as pipes:
        for pipe in filter(None, (process.stdout, process.stderr)):
            pipes.register(pipe, selectors.EVENT_READ)
        while pipes.get_map() or process.poll() is None:
            for key, _ in pipes.select(_LOOK_SECONDS) if pipes.get_map() else ():
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    pipes.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    complaints = (complaints + chunk)[-_KEPT_COMPLAINTS:]
                else:
                    output += chunk[: _KEPT_OUTPUT - len(output)]
                    if moved(chunk):
                        moved_at = time.monotonic()
            if not pipes.get_map():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_SECONDS)
            if patience.stop.is_set():
                raise WorkInterrupted(program=program)
            if time.monotonic() - moved_at > patience.stall_seconds:
                raise Stalled(program=program, seconds=round(patience.stall_seconds))
    return output, complaints
