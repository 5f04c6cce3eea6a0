"""A screen that plays before a camera, and what it is given to play."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from PIL import Image, ImageGrab

from cluster_feed.core.health import Health, Showing
from cluster_feed.core.playlist import Entry, Playlist, Takeover
from cluster_feed.core.proof import Outcome, PlayRecord, verify_chain
from cluster_feed.screen.agent import Agent
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.engine import Engine
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.player import Player
from tests.screen.display import HEIGHT, WIDTH, Camera, Colour, Picture
from tests.screen.hub import Hub, entry, playlist

COLOURS: dict[str, Colour] = {
    "sea": (20, 60, 200),
    "rice": (40, 180, 60),
    "sun": (240, 210, 40),
    "dusk": (150, 60, 190),
}
RED: Colour = (163, 22, 29)
"""The safe card's."""
SETTLED = 0.9
"""Seconds after which a busy machine has certainly faded to what is due."""


def coloured(folder: Path) -> dict[str, Path]:
    """Two clips and two photos, each told by its colour."""
    clips = {name: clip(folder / f"{name}.mp4", COLOURS[name], 3) for name in ("sea", "rice")}
    photos = {name: photo(folder / f"{name}.jpg", COLOURS[name]) for name in ("sun", "dusk")}
    return clips | photos


def clip(path: Path, colour: Colour, seconds: float, more: str = "") -> Path:
    """A clip of one colour in which something moves."""
    source = f"color=c=0x{bytes(colour).hex()}:s=320x180:r=25:d={seconds}"
    moving = "drawbox=x='mod(t*80,300)':y=4:w=16:h=16:c=white:t=fill" + more
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    sound = ["-f", "lavfi", "-i", f"sine=d={seconds}"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", f"{source},{moving}"]
    fast = ["-movflags", "+faststart", "-y"]
    subprocess.run([*command, *sound, *encode, *fast, path], check=True)
    return path


def photo(path: Path, colour: Colour) -> Path:
    Image.new("RGB", (WIDTH, HEIGHT), colour).save(path)
    return path


class Running:
    """A screen that runs in a thread until the test ends."""

    def __init__(self, config: ScreenConfig, player: Player) -> None:
        self.config = config
        self.stop = threading.Event()
        self.engine = Engine(config, player)
        self.thread = threading.Thread(target=self.engine.run, args=[self.stop])

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()
        self.engine.close()

    def rows(self) -> list[PlayRecord]:
        path = self.config.outbox / ".open.jsonl"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        return list(verify_chain(line for line in lines if line.endswith(b"\n")))

    def has(self, rows: int) -> bool:
        return len(self.rows()) >= rows


class Filmed(Running):
    """One with a camera before it."""

    def __init__(self, config: ScreenConfig, screen: str, player: Player) -> None:
        super().__init__(config, player)
        self.camera = Camera(screen)

    def __enter__(self) -> Self:
        self.camera.__enter__()
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        self.camera.__exit__()
        super().__exit__()

    def has_shown(self, after: int) -> bool:
        """Whether anything was on the screen, after so many rows, until it should end."""
        return bool(shown(self.rows()[after:]))

    def shows(self, colour: Colour) -> bool:
        return bool(self.camera.pictures) and self.camera.pictures[-1].is_like(colour)

    def says_card(self) -> bool:
        """Whether it would report that nothing but the safe card is on the screen."""
        showing = (self.config.state / "showing.json").read_bytes()
        return Showing.model_validate_json(showing).asset is None

    def codes(self) -> set[str]:
        health = HealthBook(self.config).read()
        return {fault.code for fault in health.faults} if health else set()


def eventually(true: Callable[[], object], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


def take(
    hub: Hub,
    config: ScreenConfig,
    *entries: Entry,
    number: int = 5,
    takeover: Takeover | None = None,
) -> Playlist:
    """Publish an edition and pull it; it is shown from now on."""
    now = datetime.now(UTC)
    dates = {"show_from": now - timedelta(days=1), "show_until": now + timedelta(days=30)}
    edition = playlist(number, *entries, takeover=takeover, **dates)
    hub.publish(edition)
    Agent(config).pull(now)
    return edition


def assert_never_black(pictures: list[Picture]) -> None:
    assert pictures
    black = [each for each in pictures if each.brightest < 40]
    assert not black, f"{len(black)} of {len(pictures)} pictures are black"


def shown(rows: Iterable[PlayRecord], outcome: Outcome | None = None, reason: str = "") -> set[str]:
    """What was really on the screen, and how that ended: as it should, or as is asked."""
    return {
        row.asset
        for row in rows
        if row.frames
        and (row.outcome is outcome if outcome else row.reason in ("", "part"))
        and (not reason or row.reason == reason)
    }


def program(name: str) -> int:
    """The process of a player that this process started."""
    children = Path("/proc/self/task").glob("*/children")
    pids = [int(pid) for each in children for pid in each.read_text().split()]
    (pid,) = [each for each in pids if Path(f"/proc/{each}/comm").read_text() == f"{name}\n"]
    return pid


def picture_of(config: ScreenConfig) -> Health | None:
    """The account with a picture, once there is one."""
    health = HealthBook(config).read()
    return health if health and health.picture else None


def storm(hub: Hub, *pictures: Path) -> Takeover:
    """A notice of two short photos, each with words of its own."""
    vi = "Bão số 5 sắp vào đất liền"
    says = ({"en": "Storm", "vi": vi}, {"vi": vi, "lo": "ພາຍຸ"})
    shows = (hub.blob(picture) for picture in pictures)
    entries = [entry(blob, 2, captions=each) for blob, each in zip(shows, says, strict=True)]
    until = hub.now.replace(year=hub.now.year + 1)
    return Takeover(notice="bao", entries=tuple(entries), show_from=hub.now, show_until=until)


def words_cross(screen: str) -> Callable[[], bool]:
    """Whether a notice's letters have been seen all the way from the right edge to the left one."""
    inked = set[int]()

    def have_crossed() -> bool:
        band = ImageGrab.grab(xdisplay=screen).crop((0, 158, WIDTH, 172)).convert("L")
        if band.tobytes()[0] > 150:  # gold
            for at in range(0, WIDTH, 20):
                if min(band.crop((at, 0, at + 20, 14)).tobytes()) < 90:
                    inked.add(at)
        return len(inked) == WIDTH // 20

    return have_crossed
