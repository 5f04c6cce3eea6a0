"""Whom a screen believes, since when, and how far back it may not go.

These few facts are set on site, by a person, and lie apart from the content: a screen whose
content was wiped, or swapped for an older one, still knows them.
"""

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from pydantic import AwareDatetime, Field, ValidationError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from cluster_feed.adapters.store import write_visible
from cluster_feed.core.errors import FeedRefused, NotCommissioned
from cluster_feed.core.value import Sha256, Value
from cluster_feed.screen.lock import locked

ValueT = TypeVar("ValueT", bound=Value)

_DRIFT = timedelta(days=1)


class Proven(Value):
    """The latest time of which the screen has proof."""

    time: AwareDatetime


class Accepted(Value):
    """The playlists that may play: by edition number, the SHA-256 that was verified.

    There are two of them only while the screen switches.
    """

    lowest_number: int = Field(ge=0)
    playlists: dict[int, Sha256] = Field(default_factory=dict)


class Trust:
    """A screen's trust folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.metadata = folder / "metadata"
        """Python-tuf's cache, which guards against a rollback between editions."""

    @classmethod
    def commission(cls, folder: Path, root: bytes, lowest_number: int, now: datetime) -> Self:
        """Set trust up, or anew: the root shipped on site, the time, the lowest edition to take.

        Raises FeedRefused where `root` is no root metadata signed by its own keys.
        """
        try:
            metadata = Metadata[Root].from_bytes(root)
            metadata.verify_delegate(Root.type, metadata)
        except (RepositoryError, ValueError, TypeError) as error:
            raise FeedRefused(detail=f"root: {error}") from error
        if not isinstance(metadata.signed, Root):
            raise FeedRefused(detail="root: another role's metadata")
        trust = cls(folder)
        if trust.metadata.exists():
            shutil.rmtree(trust.metadata)
        trust.metadata.mkdir(parents=True)
        write_visible(folder / "root.json", root)
        trust._write("time.json", Proven(time=now))
        trust._write("accepted.json", Accepted(lowest_number=lowest_number))
        return trust

    @property
    def root(self) -> bytes:
        """The root that came with the screen; later ones must descend from it."""
        try:
            return (self._folder / "root.json").read_bytes()
        except OSError as error:
            raise NotCommissioned(path=self._folder, detail=error.strerror) from error

    @property
    def accepted(self) -> Accepted:
        """What may play."""
        return self._read("accepted.json", Accepted)

    @property
    def proven(self) -> datetime:
        """The latest time of which there is proof."""
        return self._read("time.json", Proven).time

    def at(self, clock: datetime) -> datetime:
        """The time to believe when the clock says `clock`: never earlier than what is proven."""
        return max(clock, self.proven)

    def prove(self, moment: datetime) -> None:
        """Keep a later time, once something has proven it."""
        with locked(self._folder / ".lock"):
            if moment > self.proven:
                self._write("time.json", Proven(time=moment))

    def accept(self, number: int, playlist: Sha256) -> None:
        """Let a verified playlist play beside the one that plays now."""
        before = self.accepted
        playlists = {**before.playlists, number: playlist}
        self._write("accepted.json", before.model_copy(update={"playlists": playlists}))

    def is_settled(self, number: int, playlist: Sha256) -> bool:
        """Whether this playlist, and nothing else, may play."""
        return self.accepted == Accepted(lowest_number=number, playlists={number: playlist})

    def settle(self, number: int, playlist: Sha256) -> None:
        """Let nothing older play any more."""
        self._write("accepted.json", Accepted(lowest_number=number, playlists={number: playlist}))

    def _write(self, name: str, value: Value) -> None:
        write_visible(self._folder / name, value.model_dump_json().encode())

    def _read(self, name: str, model: type[ValueT]) -> ValueT:
        path = self._folder / name
        try:
            return model.model_validate_json(path.read_bytes())
        except OSError as error:
            raise NotCommissioned(path=path, detail=error.strerror) from error
        except ValidationError as error:
            raise NotCommissioned(path=path, detail=error.errors()[0]["msg"]) from error


def believable(signed_at: datetime, clock: datetime, show_from: datetime) -> datetime:
    """How far the hub's word of when it signed can carry a screen's time.

    To a day past the machine's clock, which covers one that drifts, or to the moment from which
    the approvers let the newest edition show, whichever is later; no further.  A clock that lost
    its battery is carried to that edition's beginning, which is when the hub signs it.

    The word comes from the online key, which is as good as stolen with the hub.  Believed freely,
    it could end an edition early and for ever: time never runs backwards.  `show_from` is
    under the approvers' own signatures, so a thief can bring a screen to nothing that people did
    not approve, and past nothing.  The machine's clock is used while it says so and never becomes
    proof itself: a person who sets it a month ahead and back again has done no harm.
    """
    return min(signed_at, max(clock + _DRIFT, show_from))


class TrustedClock:
    """The time while a process runs, also on a machine whose clock starts at 1970.

    It is the clock's, but never behind what is proven plus what has passed since.
    """

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._anchor = trust.proven
        self._started = time.monotonic()

    def __call__(self) -> datetime:
        """Tell the time."""
        return max(datetime.now(UTC), self._certain())

    def keep(self) -> None:
        """Make the time that has certainly passed survive a power cut.

        And learn a later one, which the agent may have proven while the player runs.
        """
        self._trust.prove(self._certain())
        self._anchor, self._started = self._trust.proven, time.monotonic()

    def _certain(self) -> datetime:
        return self._anchor + timedelta(seconds=time.monotonic() - self._started)
