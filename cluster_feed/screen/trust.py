"""Whom a screen believes, since when, and how far back it may not go.

These few facts are set on site, by a person, and lie apart from the content: a screen whose
content was wiped, or swapped for an older one, still knows them.

What damage may do to them.  Each lies twice (`twice.py`), under a hash, and both copies are written
at each change: one that breaks takes nothing back, neither an edition nor a minute.  Where both of
a kind are gone, the other kind stands in, since each also carries the least that the other must
keep to: the edition below which nothing plays, and the latest time.

- The times are gone: the time at which the last edition was accepted is believed, and the next
  pull proves a later one.
- The accepted playlists are gone: no playlist on the disk may play after a restart, since nothing
  says which bytes were verified; the next pull verifies them again, signatures and all, and takes
  none below the edition that was accepted last.  To delete a file is no way back to an old edition.
- All four are gone: nothing says any more how far back the screen may not go, and it takes nothing
  until a person commissions it.  To begin at a guess would be a rollback for whoever can break four
  files; a screen that asks for help is the lesser harm.

The root is not secret and signs itself, which is how a good copy of it is known.
"""

import json
import logging
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from pydantic import AwareDatetime, Field
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from cluster_feed.core.errors import (
    CopiesLost,
    FeedRefused,
    NeverCommissioned,
    NotCommissioned,
    ScreenDiskFailed,
    TrustOutdated,
)
from cluster_feed.core.value import Sha256
from cluster_feed.screen.twice import Fact, Facts, Tell, Twice, log

logger = logging.getLogger(__name__)

_DRIFT: Final = timedelta(days=1)
_WORTH_KEEPING: Final = timedelta(minutes=5)
"""Of time that passes: whoever asks more often to keep it wears no disk out."""


class Floor(Fact):
    """What never goes back: the latest time of which there is proof, the lowest edition to play."""

    time: AwareDatetime
    lowest_number: int = Field(ge=0)


class Accepted(Floor):
    """The playlists that may play: by edition number, the SHA-256 that was verified.

    There are two of them only while the screen switches.
    """

    playlists: dict[int, Sha256] = Field(default_factory=dict)


class Trust:
    """A screen's trust folder."""

    def __init__(self, folder: Path, tell: Tell = log) -> None:
        """Use a folder; `tell` hears what is found damaged there."""
        self._folder = folder
        self._tell = tell
        self._root = Twice(folder / "root.json", _self_signed, tell=tell)
        self._time = Facts(folder / "time.json", Floor, tell)
        self._accepted = Facts(folder / "accepted.json", Accepted, tell)
        self.metadata = folder / "metadata"
        """Python-tuf's cache, which guards against a rollback between editions."""

    @classmethod
    def commission(cls, folder: Path, root: bytes, lowest_number: int, now: datetime) -> Self:
        """Set trust up, or anew: the root shipped on site, the time, the lowest edition to take.

        Raises FeedRefused where `root` is no root metadata signed by its own keys.
        """
        try:
            _self_signed(root)
        except ValueError as error:
            raise FeedRefused(detail=f"root: {error}") from error
        trust = cls(folder)
        if trust.metadata.exists():
            shutil.rmtree(trust.metadata)
        trust.metadata.mkdir(parents=True)
        trust._root.update(lambda _: root)
        trust._time.keep(lambda _: Floor(time=now, lowest_number=lowest_number))
        trust._accepted.keep(lambda _: Accepted(time=now, lowest_number=lowest_number))
        return trust

    def check(self) -> None:
        """Raise NotCommissioned where a person must set it up, for the first time or again."""
        _ = self._found(), self.root

    @property
    def root(self) -> bytes:
        """The root that came with the screen; later ones must descend from it."""
        try:
            return self._root.read()
        except CopiesLost as error:
            raise self._to_commission(error) from error

    @property
    def accepted(self) -> Accepted:
        """What may play, and from which edition on; see above where its files are gone."""
        found = self._found()
        lowest = max(each.lowest_number for each in found)
        accepted = found[-1]
        if not isinstance(accepted, Accepted):
            return Accepted(time=accepted.time, lowest_number=lowest)
        return accepted.model_copy(update={"lowest_number": lowest})

    @property
    def proven(self) -> datetime:
        """The latest time of which there is proof."""
        return max(each.time for each in self._found())

    def at(self, clock: datetime) -> datetime:
        """The time to believe when the clock says `clock`: never earlier than what is proven."""
        return max(clock, self.proven)

    def prove(self, moment: datetime, worth: timedelta = timedelta()) -> None:
        """Keep a later time, once something has proven it; where it is later by `worth`.

        Raises OSError where the disk does not take it.
        """
        if moment - self.proven > worth:
            self._raise(moment, self.accepted.lowest_number)

    def accept(self, number: int, playlist: Sha256) -> None:
        """Let a verified playlist play beside the one that plays now."""
        before = self.accepted
        playlists = {**before.playlists, number: playlist}
        self._accepted.keep(lambda _: before.model_copy(update={"playlists": playlists}))

    def is_settled(self, number: int, playlist: Sha256) -> bool:
        """Whether this playlist, and nothing else, may play."""
        accepted = self.accepted
        return (accepted.lowest_number, accepted.playlists) == (number, {number: playlist})

    def settle(self, number: int, playlist: Sha256) -> None:
        """Let nothing older play any more."""
        time = self.proven
        self._raise(time, number)
        playlists = {number: playlist}
        settled = Accepted(time=time, lowest_number=number, playlists=playlists)
        self._accepted.keep(lambda _: settled)

    def _raise(self, time: datetime, lowest_number: int) -> None:
        """Write the times, of which nothing goes back, whoever else does so too."""

        def raised(before: Floor | None) -> Floor:
            least = Floor(time=time, lowest_number=lowest_number)
            before = before or least
            lowest = max(before.lowest_number, lowest_number)
            return Floor(time=max(before.time, time), lowest_number=lowest)

        self._time.keep(raised)

    def _to_commission(self, lost: CopiesLost) -> NotCommissioned:
        """Say why a person must come."""
        if not was_commissioned(self._folder):
            return NeverCommissioned(path=self._folder)
        if _is_unsealed(self._folder / "time.json"):
            return TrustOutdated(path=self._folder)
        return NotCommissioned(path=self._folder, detail=lost.facts["detail"])

    def _found(self) -> list[Floor]:
        """What can be read of the times and of what was accepted, in this order.

        Of what is lost the least that the other says is written down again at once: it must hold
        when the other is lost in its turn.
        """
        found: list[Floor] = []
        lost: list[CopiesLost] = []
        for facts in (self._time, self._accepted):
            try:
                found.append(facts.read())
            except CopiesLost as why:
                lost.append(why)
        if not found:
            raise self._to_commission(lost[0])
        if lost:
            self._tell(lost[0])
            (left,) = found
            least = {"time": left.time, "lowest_number": left.lowest_number}
            with suppress(OSError):
                self._time.keep(lambda there: there or Floor(**least))
                self._accepted.keep(lambda there: there or Accepted(**least))
        return found


def was_commissioned(folder: Path) -> bool:
    """Whether anything says so: a root, in whatever state, or the copy of anything."""
    return (folder / "root.json").exists() or any(folder.glob("[!.]*.copy"))


def _is_unsealed(fact: Path) -> bool:
    """Whether it is whole, but without the hash under it, as older versions wrote it."""
    try:
        return isinstance(json.loads(fact.read_bytes()), dict)
    except (OSError, ValueError):
        return False


def _self_signed(root: bytes) -> bytes:
    """Give root metadata back; ValueError where its own keys have not signed it."""
    try:
        metadata = Metadata[Root].from_bytes(root)
        metadata.verify_delegate(Root.type, metadata)
    except (RepositoryError, TypeError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(metadata.signed, Root):
        raise ValueError("another role's metadata")  # noqa: TRY004  of bytes, not of a program
    return root


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

        And learn a later one, which the agent may have proven while the player runs.  A disk that
        does not take it, or has lost all, takes nothing from the time while the process runs.
        """
        try:
            self._trust.prove(self._certain(), _WORTH_KEEPING)
        except OSError as error:
            raise ScreenDiskFailed(path=error.filename or "trust", detail=error) from error
        known = self._certain()
        self._anchor, self._started = max(known, self._trust.proven), time.monotonic()

    def _certain(self) -> datetime:
        return self._anchor + timedelta(seconds=time.monotonic() - self._started)
