"""What a screen device is told on site: `screen.toml`; nothing in it is secret."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
from pydantic import AfterValidator, Field, StringConstraints

from cluster_feed.adapters.documents import load
from cluster_feed.core.proof import MOST_ROWS
from cluster_feed.core.value import Slug, Value, written_as

FILE_NAME = "screen.toml"


def is_node(place: str) -> bool:
    """Whether a place is a node's address, not a folder."""
    return place.startswith(("http://", "https://"))


def _place(value: str) -> str:
    try:
        reachable = bool(httpx.URL(value).host) if is_node(value) else Path(value).is_absolute()
    except httpx.InvalidURL:
        reachable = False
    if not reachable:
        message = "an http:// address or an absolute folder"
        raise ValueError(message)
    return value


def _absolute(folder: Path) -> Path:
    if not folder.is_absolute():
        message = "an absolute folder"
        raise ValueError(message)
    return folder


Place = Annotated[str, AfterValidator(_place)]
"""Where a feed tree lies: `http://node:8080`, or `/media/usb/feed`."""

PublicPage = Annotated[
    str,
    StringConstraints(max_length=200),
    written_as(r"(https?://[!-~]+)?", "https://tên-máy/man-hinh/…", "https://the-desk/man-hinh/…"),
]

Output = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
"""The name of one of mpv's outputs."""


class PlayerKind(StrEnum):
    """What puts the pictures on the screen."""

    BROWSER = "browser"
    MPV = "mpv"
    NONE = "none"
    """Only other people's players, which read an outlet."""


class OutletKind(StrEnum):
    """What another player reads."""

    M3U8 = "m3u8"
    SMIL = "smil"
    NUMBERED = "numbered"
    BRIGHTSIGN = "brightsign"


class OutletConfig(Value):
    """A folder in which another player finds what is due."""

    kind: OutletKind
    folder: Annotated[Path, AfterValidator(_absolute)]
    address: str = ""
    """Where a BrightSign reaches the folder by HTTP; not named: its links are relative."""


class ScreenConfig(Value):
    """One screen: whose it is, where its content comes from and where its proof goes."""

    cluster: Slug
    screen: Slug
    profile: Slug
    gate: str
    """The gate's name as the safe card shows it."""
    source: Place
    deliver_to: Place | None = None
    """Where proof of play and health go; none named: back to the source."""
    state: Path
    public_page: PublicPage = ""
    """Where the code on the safe card leads: whether this screen is signed, on the hub's desk."""
    corner_mark: bool = True
    """Whether that code is shown, small, in a corner while something plays."""
    width: Annotated[int, Field(ge=64, le=8192)] = 1920
    height: Annotated[int, Field(ge=64, le=8192)] = 1080
    pull_minutes: Annotated[float, Field(gt=0)] = 5
    reserve_mib: Annotated[int, Field(ge=0)] = 256
    """Always left free on the disk, for proof of play and the system."""
    proof_rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 200
    proof_minutes: Annotated[float, Field(gt=0)] = 30
    """A file of proof is closed, and may leave, after so many rows or minutes."""
    player: PlayerKind = PlayerKind.BROWSER
    """The browser fades and keeps in step with the cluster's other screens; mpv is for weak
    devices."""
    stall_seconds: Annotated[float, Field(gt=0)] = 1.5
    """A turn of which nothing is presented for so long is skipped."""
    sound: bool = True
    fade_seconds: Annotated[float, Field(ge=0, le=3)] = 0.4
    """From one entry to the next; 0: a cut."""
    picture_minutes: Annotated[float, Field(gt=0)] = 15
    """How often a picture of the screen is taken and compared with what plays."""
    captions: bool = True
    clock: bool = True
    outlets: tuple[OutletConfig, ...] = ()
    """What is laid out for other people's players, each in a folder of its own."""
    video_output: Output = "gpu"
    hardware_decoding: bool = True
    """Whether mpv has the device's own decoder do the work, where it knows it for safe."""
    audio_output: Output | None = None

    @classmethod
    def load(cls, path: Path) -> "ScreenConfig":
        """Read `screen.toml`; BadDocument names the line to mend."""
        return load(path, cls)

    @property
    def trust(self) -> Path:
        """What decides whom the screen believes, apart from all content."""
        return self.state / "trust"

    @property
    def blobs(self) -> Path:
        """Renditions by content."""
        return self.state / "blobs"

    @property
    def editions(self) -> Path:
        """The playlists that were taken."""
        return self.state / "editions"

    @property
    def current(self) -> Path:
        """A link to the edition that plays."""
        return self.state / "current"

    @property
    def outbox(self) -> Path:
        """What waits to be handed over."""
        return self.state / "outbox" / self.screen
