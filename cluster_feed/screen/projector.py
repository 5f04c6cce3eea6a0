"""mpv as a process, steered over a socket that nobody else can reach.

The socket is a pair made before mpv starts, so there is no name on the disk to connect to; when
this process dies, however it dies, mpv sees the other end close and leaves too.

mpv tells the position in a file, which goes on by the sound where the picture stands.  What was
really presented stands in its account of its own work (`--dump-stats`), a line for each picture.
"""

import json
import logging
import os
import pty
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import FileIO
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any, Final

from cluster_feed.core.errors import ToolMissing

logger = logging.getLogger(__name__)

Message = dict[str, Any]

_TICK: Final = 0.25
"""Seconds: how often somebody who follows hears something, whatever mpv says."""
_PATIENCE: Final = 2.0
"""Seconds in which an mpv that lives answers."""
_PRESENTED: Final = re.compile(rb"(\d+) end video-flip")

_ARGUMENTS: Final = (
    "--no-config",
    "--idle=yes",
    "--terminal=no",
    "--force-window=yes",
    "--fullscreen",
    "--border=no",
    "--cursor-autohide=always",
    "--stop-screensaver=yes",
    "--osc=no",
    "--osd-level=0",
    "--no-input-default-bindings",
    "--input-vo-keyboard=no",
    "--load-scripts=no",
    "--ytdl=no",
    # A file names no other file: what plays is what was verified, alone.
    "--autoload-files=no",
    "--access-references=no",
    "--demuxer-lavf-o=protocol_whitelist=file",
    # The last picture stays until the next one is decoded: no black in between.
    "--keep-open=always",
    "--keep-open-pause=no",
)


class Refused(Exception):  # noqa: N818  it says what happened
    """mpv answered that it cannot."""


class Projector:
    """One mpv, from its start to its end; every call may raise EOFError once it is gone."""

    def __init__(self, options: Sequence[str]) -> None:
        """Start it; ToolMissing where it is not installed."""
        self.started = time.monotonic()
        self._requests = count(1)
        self._answers: dict[int, Message | None] = {}
        self._heard = threading.Condition()
        self._writes = threading.Lock()
        self._ended = False
        self._events: SimpleQueue[Message] = SimpleQueue()
        self._presented: int | None = None
        self._since = 0
        self._process = self._start(options)
        for work in (self._listen, self._count):
            threading.Thread(target=work, name="mpv", daemon=True).start()

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    @property
    def presented(self) -> int | None:
        """Pictures presented since they were counted anew; None: this mpv does not tell."""
        return self._presented

    def count_anew(self) -> None:
        """Count the pictures presented from now on."""
        self._since = int(self.ask("get_time_us"))
        self._presented = self._presented and 0

    def ask(self, name: str, *values: object, **named: object) -> Any:  # noqa: ANN401  JSON
        """Have mpv do something, and give what it answers; Refused where it cannot."""
        request = next(self._requests)
        command: object = {"name": name, **named} if named else [name, *values]
        line = json.dumps({"command": command, "request_id": request}).encode() + b"\n"
        with self._heard:
            self._answers[request] = None
        try:
            with self._writes:
                self._ours.sendall(line)
            with self._heard:
                answered = self._heard.wait_for(
                    lambda: self._ended or self._answers[request], _PATIENCE
                )
                answer = self._answers[request]
        finally:
            with self._heard:
                del self._answers[request]
        if not answered:
            raise TimeoutError(f"no answer to {name}")
        if not answer:
            raise EOFError("it closed the connection")
        if answer["error"] != "success":
            raise Refused(f"{name}: {answer['error']}")
        return answer.get("data")

    def events(self) -> Iterator[Message]:
        """What mpv tells unasked, and an empty message at every tick on which it is silent."""
        while True:
            try:
                yield self._events.get(timeout=_TICK)
            except Empty:
                if self._ended:
                    raise EOFError("it closed the connection") from None
                yield {}

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._ours.shutdown(socket.SHUT_RDWR)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self._process.kill()
        self._process.wait()

    def _start(self, options: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start it with one end of the socket, and with a terminal to which it counts.

        Each line is written to a terminal at once; to a pipe, many together.
        """
        self._ours, theirs = socket.socketpair()
        here, there = pty.openpty()
        given = [theirs.detach(), there]
        ends = [f"--input-ipc-client=fd://{given[0]}", f"--dump-stats=/proc/self/fd/{there}"]
        self._account = FileIO(here)
        try:
            return subprocess.Popen(
                ["mpv", *_ARGUMENTS, *options, *ends],
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            self._ours.close()
            self._account.close()
            if isinstance(error, FileNotFoundError):
                raise ToolMissing(tool="mpv", install="apt install mpv") from error
            raise
        finally:
            for end in given:
                os.close(end)

    def _count(self) -> None:
        """Count what is presented until mpv is gone."""
        rest = b""
        with self._account, suppress(OSError):  # a terminal's end that nobody holds any more
            while piece := self._account.read(1 << 16):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    presented = _PRESENTED.match(line)
                    if presented and int(presented[1]) >= self._since:
                        self._presented = (self._presented or 0) + 1

    def _listen(self) -> None:
        with self._ours, suppress(OSError), self._ours.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line.decode(errors="replace"))
                with self._heard:
                    if (request := message.get("request_id")) in self._answers:
                        self._answers[request] = message
                        self._heard.notify_all()
                if "event" in message:
                    self._events.put(message)
        with self._heard:
            self._ended = True
            self._heard.notify_all()
