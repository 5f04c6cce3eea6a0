"""What the node keeps for the hub: each screen's proof, health and picture, by device.

Anybody on the LAN may deliver, under any screen's name and with any number of keys, and only the
hub can say which of them are screens.  So nothing is bounded by names alone: each device has a room
of its own, all that come from one address share such a room, and where a name is full, whoever
crowds it gives way.  To keep a screen out takes as many addresses as a name has places.
"""

import os
import shutil
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters.store import write_visible
from cluster_feed.core import health, proof
from cluster_feed.core.errors import NoRoom, OperatorError, ReportUnreadable
from cluster_feed.core.health import SignedHealth
from cluster_feed.core.proof import Proof
from cluster_feed.core.value import digest

_NAMES: Final = 1024
"""Of screens; a gate has some, a fair of five hundred is thought of."""
_DEVICES: Final = 8
"""How many devices of one screen's name may deliver."""
_OF_ONE_ADDRESS: Final = 16
"""How many devices may deliver from one address, under whatever names."""
_ROOM: Final = 64 << 20
"""Bytes of one device's, or one address's, that wait for the hub: three months of a play every
10 s."""
_ALL: Final = 8 << 30
"""Bytes of everybody's."""
_SILENT_SECONDS: Final = 86_400
"""After this a device that left nothing but its health gives way to a new one."""
_RESERVE: Final = 64 << 20
"""Bytes that deliveries leave free on the node's disk, for the feed."""
_LOOK_SECONDS: Final = 60.0
"""So old may be what is known of the other screens' files: the hub takes away, at some time."""


class Taken(NamedTuple):
    """What became of a delivery; neither: it is there already."""

    is_new: bool = False
    conflicts: bool = False


class _Of(NamedTuple):
    """A device under a screen's name."""

    screen: str
    mark: str


class Outbox:
    """The node's `outbox/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = threading.Lock()
        self._bytes: dict[_Of, int] = {}
        self._came_from: dict[_Of, str] = {}
        self._looked = float("-inf")

    def keep_proof(self, screen: str, name: str, content: bytes, address: str) -> Taken:
        """Write signed rows down; what is already there is never overwritten."""
        told = Proof.from_bytes(content)
        _check_name(told.name, told.records[0].screen, to=(screen, name))
        with self._writing:
            path = self._folder / screen / name
            if path.exists():
                return Taken(conflicts=path.read_bytes() != content)
            self._write(path, content, address)
        return Taken(is_new=True)

    def keep_health(self, screen: str, name: str, content: bytes, address: str) -> Taken:
        """Write a device's account over an earlier one of its own, never over a later one."""
        told = SignedHealth.from_bytes(content)
        _check_name(told.name, told.says.screen, to=(screen, name))
        with self._writing:
            path = self._folder / screen / name
            held = _held(path)
            if held and held.says.serial >= told.says.serial:
                return Taken(conflicts=held != told)
            self._write(path, content, address)
        return Taken()

    def keep_picture(self, screen: str, name: str, content: bytes, address: str) -> Taken:
        """Write a picture of the screen over the one before, where its device's account has it."""
        with self._writing:
            path = self._folder / screen / name
            held = _held(path.with_name(f"health-{_mark(name)}.json"))
            if not held or not held.says.picture or held.says.picture.sha256 != digest(content):
                raise ReportUnreadable(detail=f"no account of this device has {name}")
            self._write(path, content, address)
        return Taken()

    def _write(self, path: Path, content: bytes, address: str) -> None:
        of = _Of(path.parent.name, _mark(path.name))
        self._make_room(of, len(content), address)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_visible(path, content)
        self._bytes[of] = self._bytes.get(of, 0) + len(content)
        self._came_from[of] = address

    # --- Room ----------------------------------------------------------------------------------

    def _make_room(self, of: _Of, byte_count: int, address: str) -> None:
        """Let nobody fill the disk, or take the place of another; NoRoom."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._look()
        here = self._look_at(of.screen)
        if of not in here:
            self._make_place(of, here, address)
        for used, most in (
            (here.get(of, 0), _ROOM),
            (sum(self._bytes[each] for each in self._from(address)), _ROOM),
            (sum(self._bytes.values()), _ALL),
            (0, shutil.disk_usage(self._folder.parent).free - _RESERVE),
        ):
            if used + byte_count > most:
                raise NoRoom(name=f"{of.screen}/{of.mark}")

    def _make_place(self, of: _Of, here: Mapping[_Of, int], address: str) -> None:
        """Find a place for a device that has left nothing yet."""
        names = {of.screen, *(each.screen for each in self._bytes)}
        if len(self._from(address)) >= _OF_ONE_ADDRESS or len(names) > _NAMES:
            raise NoRoom(name=f"{of.screen}/{of.mark}")
        if len(here) >= _DEVICES:
            gives_way = self._idlest(here) or self._crowding(here, address)
            if gives_way is None:
                raise NoRoom(name=f"{of.screen}/{of.mark}")
            self._forget(gives_way)

    def _idlest(self, here: Mapping[_Of, int]) -> _Of | None:
        """The device that is silent the longest and left nothing but its account."""
        silent: list[tuple[float, _Of]] = []
        for of in here:
            files = self._files(of)
            account = files.pop(f"health-{of.mark}.json", None)
            files.pop(f"picture-{of.mark}.jpg", None)
            if account and not files:
                silent.append((account.st_mtime, of))
        silent.sort()
        longest = silent[0] if silent else None
        return longest[1] if longest and longest[0] < time.time() - _SILENT_SECONDS else None

    def _crowding(self, here: Mapping[_Of, int], address: str) -> _Of | None:
        """A device of the address that has the most of them under this name, the newcomer's too."""
        come_from = [self._came_from[of] for of in here if of in self._came_from]
        ((crowd, count),) = Counter([*come_from, address]).most_common(1)
        if count == 1:
            return None
        return next(of for of in here if self._came_from.get(of) == crowd)

    def _forget(self, of: _Of) -> None:
        for name in self._files(of):
            (self._folder / of.screen / name).unlink(missing_ok=True)
        self._bytes.pop(of, None)
        self._came_from.pop(of, None)

    def _from(self, address: str) -> list[_Of]:
        """The devices that last delivered from an address, and of which something is here."""
        came = (of for of, came_from in self._came_from.items() if came_from == address)
        return [of for of in came if of in self._bytes]

    # --- What is there -------------------------------------------------------------------------

    def _look(self) -> None:
        """See what everybody left, and what the hub has taken since."""
        self._bytes = {}
        if self._folder.is_dir():
            for screen in self._folder.iterdir():
                self._look_at(screen.name)
        gone = self._came_from.keys() - self._bytes.keys()
        for of in gone:
            del self._came_from[of]
        self._looked = time.monotonic()

    def _look_at(self, screen: str) -> dict[_Of, int]:
        """See what the devices of one name left."""
        here: defaultdict[_Of, int] = defaultdict(int)
        with suppress(FileNotFoundError, NotADirectoryError):
            for each in (self._folder / screen).iterdir():
                if mark := _mark(each.name):
                    with suppress(FileNotFoundError):  # the hub has just fetched it
                        here[_Of(screen, mark)] += each.lstat().st_size
        for of in [each for each in self._bytes if each.screen == screen]:
            del self._bytes[of]
        self._bytes |= here
        return here

    def _files(self, of: _Of) -> dict[str, os.stat_result]:
        found = {}
        for each in (self._folder / of.screen).iterdir():
            if _mark(each.name) == of.mark:
                with suppress(FileNotFoundError):
                    found[each.name] = each.lstat()
        return found


def _mark(name: str) -> str:
    """The mark of the device whose file this is; empty: nobody's."""
    kinds = (proof.NAME, health.NAME, health.PICTURE)
    return next((match[1] for kind in kinds if (match := kind.fullmatch(name))), "")


def _check_name(name: str, of_screen: str, *, to: tuple[str, str]) -> None:
    if (of_screen, name) != to:
        raise ReportUnreadable(detail=f"it is {name} of screen {of_screen}")


def _held(path: Path) -> SignedHealth | None:
    """A device's account that is here; none where it is not, or was damaged."""
    try:
        return SignedHealth.from_bytes(path.read_bytes())
    except (FileNotFoundError, OperatorError):
        return None
