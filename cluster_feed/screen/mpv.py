"""One mpv, steered over a socket that nobody else can reach.

The socket is a pair made before mpv starts, so there is no name on the disk to connect to; when
this process dies, however it dies, mpv sees the other end close and leaves too.
"""

import json
import logging
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any, BinaryIO, Final

from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import PlayerFailed, ToolMissing
from cluster_feed.screen import card
from cluster_feed.screen.blobs import Verified
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.player import Shown, Turn

logger = logging.getLogger(__name__)

_TICK: Final = 0.5
"""Seconds: how often a turn is looked at, whatever mpv says."""

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
_TIME, _END = 1, 2
"""Ids of the two properties that are watched."""


class Mpv:
    """A long-lived mpv; started when it is first needed and again after it died."""

    in_step = False

    def __init__(self, config: ScreenConfig) -> None:
        self._stall_seconds = config.stall_seconds
        self._sound = config.sound
        self._card = card.CardFile(config)
        self._outputs = [f"--vo={config.video_output}"]
        if config.audio_output:
            self._outputs.append(f"--ao={config.audio_output}")
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._received = b""
        self._requests = count(1)
        self._holds = False
        """Whether it shows the safe card."""

    def cue(self, turn: Turn | None) -> None:
        """Nothing: mpv opens a file when it is due, and has the last picture up until then."""

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Play an open file to its end."""
        try:
            following = _Following(turn, self._load(turn.file, turn.seconds))
            self._send("set_property", "mute", "no" if self._sound else "yes")
            yield from self._follow(following)
        except (OSError, EOFError) as error:
            self._stop()
            raise PlayerFailed(name=turn.name, detail=f"mpv died ({error})") from error

    def hold(self) -> None:
        """Show the safe card."""
        drawn, anew = self._card.drawn()
        if self._holds and self._runs() and not anew:
            return
        try:
            self._load(drawn, float("inf"))
            self._send("set_property", "mute", "yes")
            self._holds = True
        except (OSError, EOFError) as error:
            self._stop()
            raise PlayerFailed(name="card", detail=f"mpv died ({error})") from error

    def look(self) -> None:
        """Nothing: mpv has no other account of what it shows than the file itself."""

    def close(self) -> None:
        """Stop it, and give up the safe card."""
        self._stop()
        self._card.close()

    def _stop(self) -> None:
        if self._socket:
            self._socket.close()
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None
        self._received = b""

    def _follow(self, turn: "_Following") -> Iterator[Shown]:
        for event in self._events():
            turn.hear(event)
            yield Shown(turn.position)
            if turn.ended:
                turn.check_whole()
                return
            if turn.unmoved() > self._stall_seconds:
                self._stop()  # it may be mpv that hangs, not the file
                raise turn.failed(f"stood still at {turn.position:.1f} s")

    def _load(self, file: Verified | BinaryIO, seconds: float) -> int:
        """Ask mpv to play exactly the file that is open here, by its descriptor."""
        self._start()
        self._holds = False
        path = f"/proc/{os.getpid()}/fd/{file.fileno()}"
        still = f"image-display-duration={seconds if seconds < float('inf') else 'inf'}"
        return self._send("loadfile", path, "replace", still)

    def _start(self) -> None:
        if self._runs():
            return
        self._stop()
        ours, theirs = socket.socketpair()
        command = ["mpv", *_ARGUMENTS, *self._outputs, f"--input-ipc-client=fd://{theirs.fileno()}"]
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except FileNotFoundError as error:
                ours.close()
                raise ToolMissing(tool="mpv", install="apt install mpv") from error
        ours.settimeout(_TICK)
        self._socket = ours
        self._send("observe_property", _TIME, "time-pos")
        self._send("observe_property", _END, "eof-reached")

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _send(self, *command: object) -> int:
        if not self._socket:
            raise EOFError("not started")
        request = next(self._requests)
        line = json.dumps({"command": command, "request_id": request})
        self._socket.sendall(line.encode() + b"\n")
        return request

    def _events(self) -> Iterator[dict[str, Any]]:
        """What mpv says, and an empty event at every tick on which it says nothing."""
        while self._socket:
            line, newline, rest = self._received.partition(b"\n")
            if newline:
                self._received = rest
                yield json.loads(line.decode(errors="replace"))
                continue
            try:
                received = self._socket.recv(1 << 16)
            except TimeoutError:
                yield {}
                continue
            if not received:
                raise EOFError("it closed the connection")
            self._received += received


class _Following:
    """One file on its way through mpv, from the request to load it to its end."""

    def __init__(self, turn: Turn, request: int) -> None:
        self.position = 0.0
        """Seconds shown so far."""
        self.ended = False
        self._name, self._kind, self._seconds = turn.name, turn.kind, turn.seconds
        self._request = request
        self._entry: int | None = None
        self._started = False
        self._shown_at: float | None = None
        self._moved = time.monotonic()

    def hear(self, event: dict[str, Any]) -> None:
        """Take in what mpv says; what it says of the file before is none of this one's."""
        match event:
            case {"request_id": self._request, "error": "success"}:
                self._entry = event["data"]["playlist_entry_id"]
            case {"request_id": self._request}:
                raise self.failed(event["error"])
            case {"event": "start-file", "playlist_entry_id": self._entry}:
                self._started = True
            case {"event": "end-file", "playlist_entry_id": self._entry}:
                raise self.failed(event.get("file_error") or f"ended: {event.get('reason')}")
            case {"event": "playback-restart"} if self._started and self._shown_at is None:
                self._shown_at = self._moved = time.monotonic()
            case {"id": int(watched), "data": data} if self._shown_at is not None:
                self._hear_property(watched, data)
        if self._kind is Kind.PHOTO and self._shown_at is not None:
            # mpv counts no time for a photo
            self._move(min(time.monotonic() - self._shown_at, self._seconds))

    def failed(self, detail: str) -> PlayerFailed:
        """Say why it cannot be shown."""
        return PlayerFailed(name=self._name, detail=detail)

    def unmoved(self) -> float:
        """Seconds since the picture last moved on."""
        return time.monotonic() - self._moved

    def check_whole(self) -> None:
        """Refuse an end that comes early: a damaged clip ends like a whole one, only sooner."""
        if self.position < 0.9 * self._seconds - 0.5:
            raise self.failed(f"ended after {self.position:.1f} of {self._seconds:.1f} s")

    def _hear_property(self, watched: int, data: object) -> None:
        if watched == _END:
            self.ended = data is True
        elif isinstance(data, int | float) and self._kind is not Kind.PHOTO:
            self._move(float(data))

    def _move(self, position: float) -> None:
        if position > self.position:
            self.position, self._moved = position, time.monotonic()
