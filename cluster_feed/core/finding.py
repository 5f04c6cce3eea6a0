"""What looks or sounds wrong, for a person to judge; a refusal only where a profile says so."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.value import Sha256, Value


class Flaw(StrEnum):
    """What can look or sound wrong in a clip, or be amiss with a photo."""

    BLACK = "black"
    FREEZE = "freeze"
    FLASHING = "flashing"
    BROKEN = "broken"
    LETTERBOX = "letterbox"
    LOW_RESOLUTION = "low-resolution"
    SILENCE = "silence"
    CLIPPING = "clipping"
    PAGES = "pages"
    SHORT = "short"
    LONG = "long"


LABELS: Final = {
    Flaw.BLACK: Bilingual("hình đen", "black picture"),
    Flaw.FREEZE: Bilingual("hình đứng", "frozen picture"),
    Flaw.FLASHING: Bilingual("nhấp nháy mạnh", "flashing"),
    Flaw.BROKEN: Bilingual("hình có thể bị vỡ", "picture may be broken"),
    Flaw.LETTERBOX: Bilingual("viền đen có sẵn", "bars in the picture itself"),
    Flaw.LOW_RESOLUTION: Bilingual("độ phân giải thấp", "low resolution"),
    Flaw.SILENCE: Bilingual("mất tiếng", "silence"),
    Flaw.CLIPPING: Bilingual("tiếng vỡ", "clipped sound"),
    Flaw.PAGES: Bilingual(
        "tệp nhiều trang, chỉ dùng trang đầu", "of several pages only the first is used"
    ),
    Flaw.SHORT: Bilingual("rất ngắn", "very short"),
    Flaw.LONG: Bilingual("rất dài", "very long"),
}
_SEEN: Final = frozenset({Flaw.BLACK, Flaw.FREEZE, Flaw.FLASHING, Flaw.BROKEN, Flaw.LETTERBOX})
_MOST_OF_A_KIND: Final = 20
"""Of more of one kind the last are told as one, with how many they are."""


class Finding(Value):
    """A flaw, from when to when in seconds of the clip; `detail` is what was measured.

    Where that ends in "×5", so many of a kind lie between the two.  `still` is the hash of a JPEG
    in the store that shows it.
    """

    flaw: Flaw
    from_seconds: float = 0.0
    to_seconds: float | None = None
    detail: str = ""
    still: Sha256 | None = None

    @property
    def label(self) -> Bilingual:
        """What people call it."""
        return LABELS[self.flaw]

    @property
    def can_be_seen(self) -> bool:
        """Whether a still can show it."""
        return self.flaw in _SEEN

    @property
    def middle_seconds(self) -> float:
        """A moment at which it is there, or, of many, about there."""
        return (self.from_seconds + (self.to_seconds or self.from_seconds)) / 2

    @property
    def says(self) -> Bilingual:
        """Name it with its time codes: "frozen picture 1:02.0-1:09.5"."""
        when = ""
        if self.to_seconds is not None:
            when = f" {_clock(self.from_seconds)}-{_clock(self.to_seconds)}"
        more = f" ({self.detail})" if self.detail else ""
        return Bilingual(
            f"{self.label.vi}{when}{more.replace('.', ',')}", f"{self.label.en}{when}{more}"
        )


class Stretch(NamedTuple):
    """A part of a clip, in seconds."""

    start: float
    end: float


def stretches(
    flaw: Flaw, parts: Iterable[Stretch], *, least: float = 0.0, gap: float = 0.0
) -> Iterator[Finding]:
    """Make findings of the parts of a clip that have a flaw; near ones are one."""
    joined: list[Stretch] = []
    for part in sorted(parts):
        if joined and part.start <= joined[-1].end + gap:
            joined[-1] = Stretch(joined[-1].start, max(part.end, joined[-1].end))
        else:
            joined.append(part)
    long_enough = [part for part in joined if part.end - part.start >= least]
    told, rest = long_enough[: _MOST_OF_A_KIND - 1], long_enough[_MOST_OF_A_KIND - 1 :]
    for part in told:
        yield _finding(flaw, part)
    if rest:
        detail = f"×{len(rest)}" if len(rest) > 1 else ""
        yield _finding(flaw, Stretch(rest[0].start, rest[-1].end), detail)


def _finding(flaw: Flaw, part: Stretch, detail: str = "") -> Finding:
    start, end = round(part.start, 2), round(part.end, 2)
    return Finding(flaw=flaw, from_seconds=start, to_seconds=end, detail=detail)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}:{rest:04.1f}"
