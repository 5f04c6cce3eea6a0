"""Whether a clip was recorded in fields, by what its frames look like as much as by its flags.

Cameras and editors leave the flag out, name the wrong field first, or flag whole frames as fields.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

import ffmpeg

from cluster_feed.adapters.ffmpeg import INPUT, OPENING, THREADS, Work, run
from cluster_feed.adapters.process import Patience
from cluster_feed.core.asset import FieldOrder, MediaInfo

_PLACES: Final = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Where a clip is looked at, as parts of its length: it may begin with a picture that is still."""
_SAMPLE: Final = 24
_MORE_ALIKE: Final = 1.15
_MUCH_MORE_ALIKE: Final = 1.3
"""By what factor a field must be more like one neighbour than like the other, where fields are to
be expected and where not.  At ffmpeg's own 1.04 sharp graphics pass for fields (measured)."""
_TELEVISION_LINES: Final = frozenset({480, 486, 512, 576, 608, 1080, 1088})
_MOST_LINES: Final = 1088
_FASTEST: Final = 30
"""Television in fields has no more lines, nor more frames a second."""
_CONSISTENTLY: Final = 4
"""Fields keep their order: where each order is seen about as often, neither is."""
_STRAY: Final = 20

_SEEN: Final = re.compile(
    r"Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Prog\S*:\s*(\d+) Undet\S*:\s*(\d+)"
)
_FLAGGED: Final = re.compile(r"Parsed_showinfo.* i:([PTB])")


class Fields(NamedTuple):
    """How many frames look as if their top field, their bottom field or neither came first."""

    top: int = 0
    bottom: int = 0
    progressive: int = 0
    unclear: int = 0

    @property
    def are_fields(self) -> bool:
        """Whether it is fields that most of the frames tell of."""
        return self.top + self.bottom > self.progressive + self.unclear

    @property
    def are_frames(self) -> bool:
        """Whether it is whole frames."""
        return self.progressive > self.top + self.bottom + self.unclear


class Look(NamedTuple):
    """What was seen at each place of a clip, and whether its frames' own flags differ."""

    places: tuple[Fields, ...]
    flags_differ: bool

    @property
    def together(self) -> Fields:
        """All places as one."""
        return Fields(*map(sum, zip(*self.places, strict=True))) if self.places else Fields()


def look(source: Path, media: MediaInfo, patience: Patience) -> Look:
    """Compare the fields of some frames all over a clip."""
    video, views = media.video, []
    expected = video.field_order is not FieldOrder.PROGRESSIVE or video.height in _TELEVISION_LINES
    factor = _MORE_ALIKE if expected else _MUCH_MORE_ALIKE
    for place in _PLACES:
        at = {"ss": f"{place * (media.seconds or 0.0):.3f}"} if place else {}
        clip = ffmpeg.input(INPUT, threads=THREADS, **at, **OPENING)
        sample = clip["V:0"].filter("trim", end_frame=_SAMPLE).filter("showinfo", checksum=0)
        views.append(ffmpeg.output(sample.filter("idet", intl_thres=factor), "-", format="null"))
    finished, _ = run(source, ffmpeg.merge_outputs(*views), None, Work(patience))
    seen = (Fields(*map(int, found)) for found in _SEEN.findall(finished.complaints))
    flags = set(_FLAGGED.findall(finished.complaints))
    return Look(tuple(each for each in seen if any(each)), "P" in flags and len(flags) > 1)


def order(source: Path, media: MediaInfo, patience: Patience) -> FieldOrder:
    """Tell in what order a clip's fields come; believe its flag where nothing moves."""
    flagged, video = media.video.field_order, media.video
    is_too_much = video.height > _MOST_LINES or (video.fps or 0) > _FASTEST
    if flagged is FieldOrder.PROGRESSIVE and is_too_much:
        return flagged
    seen = look(source, media, patience)
    top, bottom, progressive, _ = seen.together
    frames = sum(each.are_frames for each in seen.places)
    if not any(each.are_fields for each in seen.places):
        is_whole = 2 * frames > len(seen.places) and _STRAY * (top + bottom) < progressive
        return FieldOrder.PROGRESSIVE if is_whole else flagged
    if max(top, bottom) < _CONSISTENTLY * min(top, bottom):
        return flagged
    if frames and seen.flags_differ:
        return FieldOrder.MIXED
    return FieldOrder.TOP_FIRST if top > bottom else FieldOrder.BOTTOM_FIRST
