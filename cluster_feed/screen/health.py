"""The account a screen gives of itself, signed by its device: `outbox/<screen>/health.json`."""

import logging
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cluster_feed import __version__
from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import (
    FeedError,
    NeverCommissioned,
    PictureDiffers,
    ScreenDiskFailed,
)
from cluster_feed.core.health import (
    COLDEST,
    FACT_LENGTH,
    HOTTEST,
    LARGEST,
    LARGEST_PICTURE,
    MOST_FAULTS,
    MOST_LACKING,
    Fault,
    Health,
    Inventory,
    Picture,
    Showing,
    SignedHealth,
)
from cluster_feed.core.playlist import Playlist
from cluster_feed.core.value import Sha256, digest
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.device import Device
from cluster_feed.screen.lock import locked
from cluster_feed.screen.player import Glance

logger = logging.getLogger(__name__)

_TRIES: Final = 8.0
_TRY_SECONDS: Final = 60.0
"""So often the disk is troubled with faults at once, and once more in so long; the rest waits."""

_THERMAL: Final = Path("/sys/class/thermal")
"""Where Linux tells temperatures, in thousandths of a degree."""


class HealthBook:
    """Where the agent and the player both write; the latest faults stay until others push them out.

    A fault that returns is kept once, with its latest time: weeks without a link are one line.
    What the disk does not take waits, and so does what comes thick and fast: a player that fails at
    every turn for weeks must not wear the disk out.
    """

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._lock = config.state / ".health.lock"
        self._shown = config.state / "showing.json"
        self._on_card = False
        self._waiting: tuple[Fault, ...] = ()
        self._tries, self._tried_at = _TRIES, time.monotonic()
        self._device: Device | None = None

    @property
    def path(self) -> Path:
        """The file that is handed over, under its device's name."""
        return self._config.outbox / "health.json"

    @property
    def picture_path(self) -> Path:
        """The latest picture of the screen."""
        return self._config.outbox / "picture.jpg"

    def signed(self) -> SignedHealth | None:
        """What can be handed over; None: there is nothing yet, or its file was damaged."""
        try:
            signed = SignedHealth.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return None
        own = (self._config.cluster, self._config.screen)
        return signed if (signed.says.cluster, signed.says.screen) == own else None

    def read(self) -> Health | None:
        """The account as it stands."""
        signed = self.signed()
        return signed.says if signed else None

    def fault(self, error: FeedError, at: datetime) -> None:
        """Report what was refused or failed; a disk that takes no report stops nothing."""
        logger.warning("%s", error)
        facts = {name: _plain(fact) for name, fact in error.facts.items()}
        self._waiting = _with(self._waiting, Fault(at=at, code=error.code, facts=facts))
        self._write_waiting(at)

    def tell(self, error: FeedError) -> None:
        """Report what was found where nobody knows the time but the machine's clock."""
        self.fault(error, at=max(datetime.now(UTC), datetime.fromtimestamp(0, UTC)))

    def _write_waiting(self, at: datetime) -> None:
        """Write down the faults that wait, a few times at once and then now and then."""
        now = time.monotonic()
        self._tries = min(_TRIES, self._tries + (now - self._tried_at) / _TRY_SECONDS)
        self._tried_at = now
        if not self._waiting or self._tries < 1:
            return
        self._tries -= 1
        try:
            with locked(self._lock):
                self._write(self._now(at))
        except (OSError, ScreenDiskFailed) as error:
            logger.warning("%s faults wait to be written down: %s", len(self._waiting), error)

    def shows(self, edition: int, at: datetime, *, switched: bool) -> None:
        """Report the edition that the screen shows after a pull that went well."""
        with locked(self._lock):
            health = self._now(at)
            since = at if switched or health.edition != edition else health.switched_at
            self._write(health, edition=edition, switched_at=since, pulled_at=at)

    def turns_to(self, asset: Sha256 | None, at: datetime) -> None:
        """Note what comes on the screen; None: the safe card.

        A note of every turn: not made durable, and handed on with the next account.
        """
        self._write_waiting(at)
        if asset is None and self._on_card:
            return
        self._on_card = asset is None
        made = self._shown.with_suffix(".part")
        try:
            made.write_text(Showing(asset=asset, since=at).model_dump_json())
            made.replace(self._shown)
        except OSError:
            logger.exception("what is shown could not be noted")

    def saw(self, asset: Sha256, glance: Glance, at: datetime) -> None:
        """Keep the picture of the screen, in place of the one before, and what it was like."""
        if len(glance.jpeg) > LARGEST_PICTURE:
            logger.warning("a picture of %s bytes is not kept", len(glance.jpeg))
            return
        picture = Picture(
            at=at,
            asset=asset,
            difference=round(glance.difference, 1),
            sha256=digest(glance.jpeg),
        )
        try:
            with locked(self._lock):
                write_visible(self.picture_path, glance.jpeg)
                self._write(self._now(at), picture=picture)
        except (OSError, ScreenDiskFailed):
            logger.exception("the picture could not be kept")
        if not picture.is_it:
            self.fault(PictureDiffers(asset=asset, difference=picture.difference), at=at)

    def take_stock(self, at: datetime) -> None:
        """Report what lies on the disk of the edition that plays, and what is shown."""
        found = {"inventory": self._inventory(), "showing": self._showing()}
        try:
            with locked(self._lock):
                health = self._now(at)
                if any(getattr(health, fact) != value for fact, value in found.items()):
                    self._write(health, **found)
        except (OSError, ScreenDiskFailed):
            logger.exception("the stock could not be written down")

    def _inventory(self) -> Inventory | None:
        """By name and size; the player hashes each file before each of its turns."""
        try:
            content = (self._config.current / "playlist.json").read_bytes()
            playlist = Playlist.from_bytes(content)
        except (OSError, ValidationError):
            return None
        profile, disk = self._config.profile, Blobs(self._config.blobs)
        entries = [each for each in playlist.all_entries() if profile in each.blobs]
        wanted = {each.blobs[profile].sha256: each.blobs[profile] for each in entries}
        lacks = [sha256 for sha256, blob in wanted.items() if not disk.holds(blob)]
        return Inventory(
            playlist=digest(content),
            wanted=len(wanted),
            holds=len(wanted) - len(lacks),
            lacks=tuple(lacks[:MOST_LACKING]),
        )

    def _showing(self) -> Showing | None:
        try:
            return Showing.model_validate_json(self._shown.read_bytes())
        except (OSError, ValidationError):
            return None

    def _now(self, at: datetime) -> Health:
        """The account so far, as of now.

        Its serial is a time, so that it grows also where the account before was lost.
        """
        health = self.read() or Health(
            cluster=self._config.cluster, screen=self._config.screen, at=at
        )
        now = {
            "serial": max(health.serial + 1, int(at.timestamp() * 1000)),
            "at": at,
            "faults": _with(health.faults, *self._waiting),
            "clock": max(datetime.now(UTC), datetime.fromtimestamp(0, UTC)),
            "version": __version__,
            "free_bytes": shutil.disk_usage(self._config.state).free,
            "temperature_celsius": _temperature(),
        }
        return health.model_copy(update=now)

    def _write(self, health: Health, **changes: object) -> None:
        """Sign and keep it; where nobody set a screen up it is nobody's, and stays in the log."""
        try:
            device = self._device = self._device or Device(self._config.trust)
        except NeverCommissioned as error:
            logger.warning("%s", error)
            self._waiting = ()
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        says = health.model_copy(update=changes)
        while True:
            signed = SignedHealth(device=device.public, sig=device.sign(says.to_sign()), says=says)
            content = signed.to_bytes()
            if len(content) <= LARGEST:
                break
            says = says.model_copy(update={"faults": says.faults[1:]})
        write_visible(self.path, content)
        self._waiting = ()


def _with(faults: tuple[Fault, ...], *more: Fault) -> tuple[Fault, ...]:
    """Faults and later ones: of those that are the same the last, and not too many."""
    latest: dict[tuple[object, ...], Fault] = {}
    for fault in (*faults, *more):
        key = (fault.code, *sorted(fault.facts.items()))
        latest.pop(key, None)
        latest[key] = fault
    return tuple(latest.values())[-MOST_FAULTS:]


def _plain(fact: str) -> str:
    """A fact as a report can carry it: a name on a disk need not be text."""
    return fact[:FACT_LENGTH].replace("\0", "?").encode(errors="replace").decode()


def _temperature() -> float | None:
    """Of the warmest part of the machine; None where nothing tells a likely one."""
    told = []
    for zone in _THERMAL.glob("thermal_zone*/temp"):
        with suppress(OSError, ValueError):
            told.append(int(zone.read_text()) / 1000)
    return max((each for each in told if COLDEST <= each <= HOTTEST), default=None)
