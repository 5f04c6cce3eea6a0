"""Give proof of play and health back: to the node, or to a stick that a person carries.

A file that was taken moves to `.handed/`: that is the memory of what need not be sent again, and
a copy for the day on which a node's disk dies before the hub has fetched.
"""

import logging
import os
import stat
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from tuf.api.exceptions import DownloadError

from cluster_feed.adapters.store import write_visible
from cluster_feed.core import proof
from cluster_feed.core.errors import FeedUnreachable, OperatorError, ProofRefused, ScreenDiskFailed
from cluster_feed.core.proof import Proof
from cluster_feed.core.value import digest
from cluster_feed.screen.config import ScreenConfig, is_node
from cluster_feed.screen.health import HealthBook
from cluster_feed.screen.line import Line

logger = logging.getLogger(__name__)

_KEPT: Final = 2_000
_REFUSALS_TOLD: Final = 3
"""Of one handing over: a node that refuses every file pushes no other fault out of the account."""
_TAKEN: Final = frozenset({201, 204})
"""What a node answers; a page of 200 comes from somebody else on the way, who keeps nothing."""
_REFUSALS: Final = {409: "another file has this name, or a later one", 422: "its signature"}
_REFUSED: Final = range(400, 500)


class _Taker(Protocol):
    """Who takes what a screen hands over; taking the same twice is harmless."""

    def put(self, name: str, content: bytes) -> None: ...

    def close(self) -> None: ...


def hand_over(config: ScreenConfig, now: datetime) -> list[str]:
    """Deliver every closed file of proof, oldest first, then health if it has changed.

    Gives the names that were taken.  Raises FeedUnreachable where nobody takes them, and leaves
    everything for the next time.  A file that is refused (ProofRefused) becomes a fault and waits;
    one that this screen's own disk has damaged is set aside, in `.damaged/`.
    """
    handed = config.outbox / ".handed"
    handed.mkdir(parents=True, exist_ok=True)
    health = HealthBook(config)
    health.take_stock(now)
    taken: list[str] = []
    refused = 0
    with closing(_taker(config)) as taker:
        for path in sorted(config.outbox.iterdir()):
            if not proof.NAME.fullmatch(path.name):
                continue
            try:
                taker.put(path.name, _whole(path))
            except ScreenDiskFailed as error:
                health.fault(error, at=now)
                _set_aside(path)
                continue
            except ProofRefused as error:
                refused += 1
                if refused <= _REFUSALS_TOLD:
                    health.fault(error, at=now)
                continue
            path.replace(handed / path.name)
            taken.append(path.name)
        try:
            taken += _hand_health(taker, health, handed / health.path.name)
            taken += _hand_picture(taker, health, handed / health.picture_path.name)
        except ProofRefused as error:
            health.fault(error, at=now)
    for old in sorted(handed.glob("proof-*"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        old.unlink()
    return taken


def _whole(path: Path) -> bytes:
    """Read a file of proof that is as it was signed; ScreenDiskFailed."""
    try:
        content = path.read_bytes()
        Proof.from_bytes(content)
    except (OSError, OperatorError) as error:
        raise ScreenDiskFailed(path=path, detail=error) from error
    return content


def _set_aside(path: Path) -> None:
    """Offer it no more; where the disk does not let us, it is found damaged again."""
    damaged = path.parent / ".damaged"
    with suppress(OSError):
        damaged.mkdir(exist_ok=True)
        path.replace(damaged / path.name)


def _hand_health(taker: _Taker, health: HealthBook, handed: Path) -> list[str]:
    signed = health.signed()
    if signed is None:
        return []
    content = signed.to_bytes()
    if handed.exists() and handed.read_bytes() == content:
        return []
    taker.put(signed.name, content)
    write_visible(handed, content)
    return [signed.name]


def _hand_picture(taker: _Taker, health: HealthBook, handed: Path) -> list[str]:
    """Hand the picture of the screen over, after the account that vouches for it."""
    signed = health.signed()
    try:
        content = health.picture_path.read_bytes()
    except FileNotFoundError:
        return []
    known = signed and signed.says.picture and signed.says.picture.sha256 == digest(content)
    if not signed or not known or (handed.exists() and handed.read_bytes() == content):
        return []
    taker.put(signed.picture_name, content)
    write_visible(handed, content)
    return [signed.picture_name]


def _taker(config: ScreenConfig) -> _Taker:
    place = config.deliver_to or config.source
    kind = _Node if is_node(place) else _Folder
    return kind(place, config.screen)


class _Node:
    """The cluster's node."""

    def __init__(self, url: str, screen: str) -> None:
        self._url, self._screen = url, screen
        self._line = Line(url)

    def put(self, name: str, content: bytes) -> None:
        path = f"outbox/{self._screen}/{name}"
        try:
            with self._line.asked("PUT", path, content=content) as answer:
                answer.drop()
        except DownloadError as error:
            raise FeedUnreachable(source=self._url, detail=error) from error
        if answer.status in _REFUSED:
            detail = _REFUSALS.get(answer.status, f"HTTP {answer.status}")
            raise ProofRefused(name=name, detail=detail)
        if answer.status not in _TAKEN:
            raise FeedUnreachable(source=self._url, detail=f"HTTP {answer.status}")

    def close(self) -> None:
        self._line.close()


class _Folder:
    """A feed tree in a folder."""

    def __init__(self, root: str, screen: str) -> None:
        self._root, self._screen = Path(root), screen

    def put(self, name: str, content: bytes) -> None:
        try:
            # A stick that is not plugged in must not become a folder on the screen's own disk.
            if not (self._root / "metadata").is_dir():
                raise FeedUnreachable(source=self._root, detail="no feed tree there")
            folder = self._root / "outbox" / self._screen
            if not folder.resolve().is_relative_to(self._root.resolve()):
                raise FeedUnreachable(source=self._root, detail="its outbox leads out of it")
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            if proof.NAME.fullmatch(name) and not _is_free(path, content):
                raise ProofRefused(name=name, detail="another file has this name")
            write_visible(path, content)
        except (OSError, RuntimeError) as error:  # the latter: a link that leads to itself
            raise FeedUnreachable(source=self._root, detail=error) from error

    def close(self) -> None:
        """Nothing is open."""


def _is_free(path: Path, content: bytes) -> bool:
    """Whether nothing but this very content has a name on a stick.

    Whoever carries the stick may have put anything there: a pipe, a device, a file without end.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as held:
        about = os.fstat(descriptor)
        plain = stat.S_ISREG(about.st_mode) and about.st_size == len(content)
        return plain and held.read(len(content) + 1) == content
