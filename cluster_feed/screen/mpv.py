"""mpv as the player: one entry after another, each to its end, for weak devices."""

import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image, ImageGrab

from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import PlayerFailed
from cluster_feed.screen import card, picture
from cluster_feed.screen.blobs import Verified
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.curtain import Curtain
from cluster_feed.screen.picture import Taken
from cluster_feed.screen.player import Glance, Shown, Turn
from cluster_feed.screen.projector import Message, Projector, Refused
from cluster_feed.screen.words import Words

logger = logging.getLogger(__name__)

_TIME, _END = 1, 2
"""Ids of the two properties that are watched."""
_PAINTED: Final = 1.0
"""Seconds after which an mpv that does not count has certainly painted what it was given."""
_LOOK: Final = 0.02


class Mpv:
    """A long-lived mpv; started when it is first needed and again after it died.

    Where there is X a curtain hides its window until the first picture is on it.
    """

    in_step = False

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._card = card.CardFile(config)
        self._options = [
            f"--vo={config.video_output}",
            f"--hwdec={'auto-safe' if config.hardware_decoding else 'no'}",
            f"--background={card.RED}",
        ]
        if config.audio_output:
            self._options.append(f"--ao={config.audio_output}")
        self._projector: Projector | None = None
        self._holds = False
        """Whether it shows the safe card."""
        self._playing: Turn | None = None
        """What is certainly on the screen."""
        self._curtain, self._hidden = Curtain(config), False
        self._words = Words(config, lambda: self._projector)

    def cue(self, turn: Turn | None) -> None:
        """Nothing: mpv opens a file when it is due, and has the last picture up until then."""

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Play an open file to its end."""
        try:
            projector, following = self._load(turn)
            projector.ask("set_property", "mute", not self._config.sound)
            yield from self._follow(projector, following, turn)
        except (OSError, EOFError) as error:
            self._stop()
            raise PlayerFailed(name=turn.name, detail=f"mpv died ({error})") from error
        except Refused as error:
            raise PlayerFailed(name=turn.name, detail=str(error)) from error

    def hold(self) -> None:
        """Show the safe card."""
        drawn, anew = self._card.drawn()
        if self._holds and not anew and self._answers():
            return
        try:
            projector = self._running()
            self._open(projector, drawn, float("inf"))
            projector.ask("set_property", "mute", True)  # noqa: FBT003  mpv's word for it
            ends = time.monotonic() + _PAINTED
            while not projector.presented and time.monotonic() < ends:
                time.sleep(_LOOK)
            self._unveil()
            self._words.show(None)
            self._holds = True
        except (OSError, EOFError, Refused) as error:
            self._stop()
            raise PlayerFailed(name="card", detail=f"mpv died ({error})") from error

    def look(self) -> Glance | None:
        """Compare what is on the display with the file that plays."""
        try:
            return picture.look(self._take, self._config)
        except (OSError, EOFError, Refused) as error:
            logger.warning("no picture of the screen: %s", error)
            return None

    def close(self) -> None:
        """Stop it, and give up the safe card."""
        self._words.close()
        self._stop()
        self._curtain.close()
        self._card.close()

    def _follow(self, projector: Projector, following: "_Following", turn: Turn) -> Iterator[Shown]:
        for event in projector.events():
            following.hear(event)
            if following.begun and self._playing is not turn:
                self._playing = turn
                self._words.show(turn)
            if self._hidden and following.is_painted:
                self._unveil()
            yield Shown(following.position, following.frames)
            if following.ended:
                following.check_whole()
                return
            if following.unmoved() > self._config.stall_seconds:
                self._stop()  # it may be mpv that hangs, not the file
                raise following.failed(f"stood still at {following.position:.1f} s")

    def _load(self, turn: Turn) -> tuple[Projector, "_Following"]:
        projector = self._running()
        return projector, _Following(
            turn, projector, self._open(projector, turn.file, turn.seconds)
        )

    def _open(self, projector: Projector, file: Verified | BinaryIO, seconds: float) -> int:
        """Have exactly the file played that is open here, by its descriptor."""
        self._holds, self._playing = False, None
        still = f"{seconds}" if seconds < float("inf") else "inf"
        projector.count_anew()
        loaded = projector.ask(
            "loadfile",
            url=f"/proc/{os.getpid()}/fd/{file.fileno()}",
            flags="replace",
            options={"image-display-duration": still},
        )
        return int(loaded["playlist_entry_id"])

    def _running(self) -> Projector:
        if self._projector and self._projector.runs:
            return self._projector
        self._stop()
        self._curtain.draw()
        self._hidden = True
        projector = self._projector = Projector(self._options)
        projector.ask("observe_property", _TIME, "time-pos")
        projector.ask("observe_property", _END, "eof-reached")
        return projector

    def _answers(self) -> bool:
        """Whether the mpv that shows the safe card lives."""
        with suppress(OSError, EOFError):
            if self._projector:
                self._projector.ask("get_property", "pid")
                return True
        self._stop()
        return False

    def _unveil(self) -> None:
        self._curtain.lift()
        self._hidden = False

    def _stop(self) -> None:
        projector, self._projector, self._playing = self._projector, None, None
        self._holds = False
        if projector:
            projector.close()

    def _take(self) -> Taken | None:
        """Take a picture of what is on the screen now, if it is certain what should be."""
        projector, turn = self._projector, self._playing
        if not projector or not turn:
            return None
        begin = _position(projector, turn)
        image = _screenshot(projector)
        end = _position(projector, turn)
        return Taken(image, turn, begin, end) if self._playing is turn else None


def _position(projector: Projector, turn: Turn) -> float:
    return 0 if turn.kind is Kind.PHOTO else float(projector.ask("get_property", "time-pos"))


def _screenshot(projector: Projector) -> Image.Image:
    """What X has on its display; without X, what mpv gave to its output last."""
    if display := os.environ.get("DISPLAY"):
        return ImageGrab.grab(xdisplay=display)
    with tempfile.TemporaryDirectory(dir=os.environ.get("RUNTIME_DIRECTORY")) as folder:
        path = Path(folder) / "screen.png"
        projector.ask("screenshot-to-file", str(path), "window")
        with Image.open(path) as image:
            return image.convert("RGB")


class _Following:
    """One file on its way through mpv, from when it was loaded to its end."""

    def __init__(self, turn: Turn, projector: Projector, entry: int) -> None:
        self.position = 0.0
        """Seconds shown so far."""
        self.ended = False
        self._name, self._kind, self._seconds = turn.name, turn.kind, turn.seconds
        self._projector, self._entry = projector, entry
        self._started = False
        self._shown_at: float | None = None
        self._moved = time.monotonic()
        self._frames = 0

    @property
    def begun(self) -> bool:
        """Whether its first picture was decoded and given to the display."""
        return self._shown_at is not None

    @property
    def is_painted(self) -> bool:
        """Whether its first picture is on the display."""
        if self._projector.presented is not None:
            return self.begun and self._projector.presented > 0
        return self._shown_at is not None and time.monotonic() - self._shown_at > _PAINTED

    @property
    def frames(self) -> int | None:
        """Pictures presented so far; None: this mpv does not count."""
        return self._projector.presented

    def hear(self, event: Message) -> None:
        """Take in what mpv says; what it says of the file before is none of this one's."""
        match event:
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
        if self.frames and self.frames > self._frames:
            self._frames, self._moved = self.frames, time.monotonic()

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
        """Go on in time; that a clip's picture does too is known where pictures are counted."""
        if position > self.position:
            self.position = position
            if self._kind is Kind.PHOTO or self.frames is None:
                self._moved = time.monotonic()
