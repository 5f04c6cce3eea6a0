"""What the engine asks of whatever puts pictures on the screen: mpv, or a browser."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, Protocol

from cluster_feed.core.asset import Kind
from cluster_feed.screen.blobs import Verified

Line = tuple[str, str]
"""A language and what is said in it."""

_LANGUAGES: Final = ("vi", "lo", "en")


class Turn(NamedTuple):
    """A verified file and the stretch of time in which it is shown.

    `begins` and `ends` are seconds since 1970 by this machine's own clock, which every program on
    it can ask; `ahead` is by how many seconds the time that the screen believes is ahead of it.
    `seconds` is how long a photo stays, and how long a clip was measured to be.
    """

    file: Verified
    name: str
    kind: Kind
    seconds: float
    begins: float
    ends: float
    ahead: float = 0.0
    captions: Mapping[str, str] = {}
    urgent: tuple[Line, ...] = ()
    """What runs over the screen: the words of the whole notice to which it belongs, if to any."""


class Shown(NamedTuple):
    """How much of a turn has been shown: seconds, and pictures that were really presented."""

    seconds: float = 0.0
    frames: int | None = None
    """None: the player does not count."""
    late: float | None = None
    """Milliseconds by which its pictures came after the clock's, of late; None: nothing moves."""
    on_screen: bool = True
    """False: it was, and the safe card is there now."""


class Glance(NamedTuple):
    """What was on the screen at a moment, as JPEG.

    `difference` is from what the entry's file has at that moment, of 255; words and clock are left
    out.
    """

    jpeg: bytes
    difference: float


class Player(Protocol):
    """Puts pictures on the screen; it never has it black."""

    in_step: bool
    """Whether it begins and ends by the clock, as all screens of a cluster; else when it is ready,
    and at a file's end."""

    def cue(self, turn: Turn | None) -> None:
        """Have a turn ready behind the one that is shown, and show it from the moment it begins.

        The one that was cued before is given up; None: so is this.
        """

    def play(self, turn: Turn) -> Iterator[Shown]:
        """Follow a turn to its end, at least twice a second; it is begun where it was not cued.

        Raises PlayerFailed when it cannot be shown, stands still, ends too early, or the player
        itself dies; whatever was not shown to its end may be shown until something else is.
        """

    def hold(self) -> None:
        """Show the safe card, without a sound, until something is played."""

    def look(self) -> Glance | None:
        """Look at what is really on the screen; None: it cannot be done now, or not at all."""

    def close(self) -> None:
        """Stop."""


def ordered(captions: Mapping[str, str]) -> list[Line]:
    """Captions in the order in which they are shown, a line each."""
    lines = [(tag, " ".join(text.split())) for tag, text in captions.items()]
    return sorted((line for line in lines if line[1]), key=lambda line: (_rank(line[0]), line[0]))


def _rank(tag: str) -> int:
    language = tag.split("-", maxsplit=1)[0]
    return _LANGUAGES.index(language) if language in _LANGUAGES else len(_LANGUAGES)
