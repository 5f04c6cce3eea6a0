"""An asset, what was measured of it, and a rendition made from it."""

import re
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from cluster_feed.core.finding import Finding
from cluster_feed.core.packing import Packing
from cluster_feed.core.value import Sha256, Slug, Value

_TRANSPARENT: Final = re.compile(r"yuva|gbrap|[ab]?(rgba|argb|bgra|abgr)|ya\d|pal8")
_ORDINARY_PRIMARIES: Final = frozenset({None, "bt709", "bt470bg", "smpte170m", "smpte240m"})
_HIDDEN_LINES: Final = {("mpeg2video", 720, 608): 32, ("mpeg2video", 720, 512): 26}


class Kind(StrEnum):
    """What an asset is to a screen."""

    VIDEO = "video"
    PHOTO = "photo"


class FieldOrder(StrEnum):
    """How the lines of a frame were captured."""

    PROGRESSIVE = "progressive"
    TOP_FIRST = "tt"
    BOTTOM_FIRST = "bb"
    MIXED = "mixed"
    """Fields and whole frames by turns, each flagged as what it is."""


class VideoInfo(Value):
    """The picture of a file, as coded.

    `width` and `height` are stored pixels, before rotation and before the sample aspect ratio.
    `rotation` is the quarter turn clockwise, in degrees, that a player must apply: 0, 90, 180, 270;
    `skewed`: and that is not all, it must mirror the picture as well, or tilt it.
    `matrix`, `transfer` and `primaries` are the colour coding as the file names it; None: it does
    not.  `profile` and `level` are the codec's, 41 for H.264's 4.1.  A photo's `pixel_format` is
    Pillow's mode.
    """

    codec: str
    width: int
    height: int
    sample_aspect: Fraction = Fraction(1)
    rotation: int = 0
    skewed: bool = False
    fps: Fraction | None = None
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    pixel_format: str
    matrix: str | None = None
    transfer: str | None = None
    primaries: str | None = None
    profile: str | None = None
    level: int | None = None

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height in square pixels, upright, as a viewer should see them."""
        height = self.height - self.hidden_lines
        width = round(self.width * self.sample_aspect * height / self.height)
        return (height, width) if self.rotation % 180 else (width, height)

    @property
    def hidden_lines(self) -> int:
        """Count the lines of teletext and time code above a tape's picture (IMX, SMPTE 356M).

        The shape that its file tells is that of the picture below them.
        """
        return _HIDDEN_LINES.get((self.codec, self.width, self.height), 0)

    @property
    def may_be_transparent(self) -> bool:
        """Whether its pixels have room for something to be seen through."""
        return bool(_TRANSPARENT.match(self.pixel_format))

    @property
    def has_wide_colours(self) -> bool:
        """Whether its colours would look washed out if they were taken for an ordinary screen's."""
        return self.primaries not in _ORDINARY_PRIMARIES


class AudioInfo(Value):
    """One sound track.  `loudness_lufs` is integrated, EBU R 128; None: silence.

    `course_lufs` is how loud the three seconds before were (short-term, EBU Tech 3341), at moments
    that are spread evenly up to the end; None: silence, or nothing yet.  `late_seconds` is how much
    later than the file the track begins, `seconds` how long it then is by its header.  `is_silent`:
    nothing is to be heard in it, but in a track after it.
    """

    codec: str
    profile: str | None = None
    channels: int
    sample_rate: int
    late_seconds: float = 0.0
    seconds: float | None = None
    is_silent: bool = False
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    course_lufs: tuple[float | None, ...] = ()


class Heard(Value):
    """What is wrong in the sound that screens play; how loud it is its track tells.

    `changes`: its channels do, or the size of the picture, in the middle of it: ffmpeg then begins
    to measure anew, and the loudness is that of the end.
    """

    findings: tuple[Finding, ...] = ()
    changes: bool = False


class Measurement(Value):
    """What of a clip only reading it to its end tells, by a version of the measuring.

    `packing` is None where its packets cannot be read, `heard` until a screen has sound, and where
    there is none to hear.  `ends` tell how a recording is cut.
    """

    version: int
    packing: Packing | None = None
    ends: tuple[Finding, ...] = ()
    heard: Heard | None = None


class MediaInfo(Value):
    """What a file is, measured; a photo has a picture and neither time nor sound.

    A clip's `measurement` is made once, when it is first normalized; None: it was not yet.
    `pages` are the pictures of a file of which only the first is shown: a scan's, most often.
    """

    container: str
    byte_count: int
    seconds: float | None = None
    bitrate_kbps: int | None = None
    video: VideoInfo
    audio: tuple[AudioInfo, ...] = ()
    measurement: Measurement | None = None
    pages: int = 1

    @property
    def audible(self) -> list[int]:
        """The numbers of the sound tracks that can be decoded."""
        return [index for index, track in enumerate(self.audio) if track.channels]

    @property
    def heard(self) -> list[int]:
        """The number of the sound track that screens play: the first in which there is something.

        A recorder that writes every channel as a track of its own has left and right in two that
        follow each other.
        """
        audible = self.audible
        begins = sum(self.audio[index].is_silent for index in audible)
        pair = audible[begins - begins % 2 :][:2]
        is_pair = len(pair) > 1 and all(map(self._is_channel, pair))
        return pair if is_pair else audible[begins:][:1]

    @property
    def heard_track(self) -> AudioInfo | None:
        """The track whose loudness was measured; None: there is none to hear, or it was not yet."""
        if self.measurement is None or self.measurement.heard is None:
            return None
        return self.audio[self.heard[0]]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found on the way of measuring it."""
        if self.measurement is None:
            return ()
        heard = self.measurement.heard
        return (*self.measurement.ends, *(heard.findings if heard else ()))

    def _is_channel(self, index: int) -> bool:
        track = self.audio[index]
        return track.channels == 1 and track.codec.startswith("pcm")


class Asset(Value):
    """A clip or a photo as a newsroom gave it, identified by the SHA-256 of its bytes.

    `name` is the path under the newsroom's folder as the newsroom wrote it (NFC); `submission`
    the sub-folder it came in, empty at the top.  It is metadata: no path is ever made of it.
    """

    sha256: Sha256
    kind: Kind
    newsroom: Slug
    name: str
    submission: str = ""
    byte_count: int
    received_at: datetime
    media: MediaInfo

    @property
    def short_id(self) -> str:
        """Enough of the identity for people to say."""
        return self.sha256[:10]


class Rendition(Value):
    """An asset made to fit a profile by a version of the recipe."""

    asset: Sha256
    profile: Slug
    recipe: str
    sha256: Sha256
    byte_count: int
    suffix: str
    media: MediaInfo
    decision: str
    """What was done and why, for a person: "remux: index at the end; sound -23.1 LUFS"."""
    decision_vi: str = ""
    """The same in Vietnamese."""
    findings: tuple[Finding, ...] = ()
