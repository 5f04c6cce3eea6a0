"""What a kind of screen can show, and how a file deviates from it."""

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer

from cluster_feed.core.asset import FieldOrder, Kind, MediaInfo, VideoInfo
from cluster_feed.core.bilingual import Bilingual, figure
from cluster_feed.core.caption import Caption, Cue, Language
from cluster_feed.core.finding import Finding, Flaw
from cluster_feed.core.value import Mistake, Slug, Value


def _exact(given: object) -> object:
    decimal = "." in given if isinstance(given, str) else isinstance(given, float) and given % 1
    if decimal or isinstance(given, bool):
        raise Mistake(
            'số nguyên hoặc phân số, ví dụ "25" hay "30000/1001"',
            'a whole number or a fraction, such as "25" or "30000/1001"',
        )
    return given


Rate = Annotated[Fraction, BeforeValidator(_exact), PlainSerializer(str, when_used="json")]
"""Frames a second, exact: 25, or "30000/1001"; 29.97 is neither."""

Even = Annotated[int, Field(ge=64, le=8192, multiple_of=2)]
"""A picture's width or height in pixels; 4:2:0 chroma needs it even."""

PLAYED_EVERYWHERE: Final = frozenset({"Constrained Baseline", "Main", "High"})
"""The profiles of H.264 (Annex A) that every screen's decoder knows."""

_BLOCKS_OF_LEVEL_4_2: Final = 8704
"""Table A-1 of H.264: the most macroblocks of 16 pixels a side in a frame; above it is 5.2."""

_ENLARGED_MOST: Final = 2.0
_SHORTEST_SECONDS: Final = 3.0
_LONGEST_SECONDS: Final = 600.0

NEARLY: Final = Fraction(99, 100)
"""The part of a screen's side from which on a picture may be stretched to all of it."""


class Fit(StrEnum):
    """What becomes of the room that a picture of another shape leaves."""

    PAD = "pad"
    BLUR = "blur"
    CROP = "crop"
    SMART = "smart"
    """Cropped, too, but to where there is most to see; in a clip the window stands still."""

    @property
    def crops(self) -> bool:
        """Whether the screen is filled, and what does not fit on it is cut off."""
        return self in {Fit.CROP, Fit.SMART}


class Peaks(StrEnum):
    """What gives way where the wanted loudness would lift the peaks over their ceiling."""

    LIMIT = "limit"
    LOWER = "lower"


class DisplayProfile(Value):
    """What a kind of screen can show: one file in profiles/."""

    name: Slug
    title: str
    width: Even
    height: Even
    fps: Rate = Field(gt=0, le=60)
    fit: Fit = Fit.PAD
    bitrate_kbps: int = Field(ge=200, le=80_000)
    loudness_lufs: float | None = Field(default=None, ge=-40, le=-10)
    """Integrated loudness, EBU R 128; none named: the screen has no sound."""
    true_peak_dbtp: float = Field(default=-1.0, ge=-9, le=0)
    peaks: Peaks = Peaks.LOWER
    """`lower`: the sound stays quieter than wanted; `limit`: its peaks are held down."""
    subtitles: tuple[Language, ...] = Field(default=(), max_length=3)
    """The languages whose subtitles are burnt into clips, the first on top."""
    titles: tuple[Language, ...] = Field(default=(), max_length=3)
    """The languages whose titles are burnt into clips and photos, for players that draw none."""
    photo_clip_seconds: int | None = Field(default=None, ge=3, le=60)
    """For players that show only clips: a photo becomes one of so many seconds, moving gently."""
    blocks: tuple[Flaw, ...] = ()
    """What a clip or a photo may not have here; any other flaw is only told to a person."""

    @property
    def highest_level(self) -> int:
        """The level of H.264 that a screen of this size is sure to decode, in tenths."""
        blocks = -(-self.width // 16) * -(-self.height // 16)
        return 42 if blocks <= _BLOCKS_OF_LEVEL_4_2 else 52

    def fitted(self, shown: tuple[int, int]) -> tuple[int, int]:
        """The even size at which a whole picture fits on the screen.

        A picture of very nearly the screen's shape takes all of it, so that no thread of a bar
        is left at an edge.
        """
        scale = min(Fraction(self.width, shown[0]), Fraction(self.height, shown[1]))
        width, height = (max(2, 2 * round(side * scale / 2)) for side in shown)
        if width > self.width * NEARLY and height > self.height * NEARLY:
            return self.width, self.height
        return width, height

    def filled_by(self, shown: tuple[int, int]) -> tuple[Fraction, Fraction]:
        """The parts of 1, across and down, of a picture's middle that fill the screen."""
        wider = Fraction(shown[0] * self.height, shown[1] * self.width)
        return min(1 / wider, Fraction(1)), min(wider, Fraction(1))

    def titles_of(self, caption: Caption) -> dict[Language, str]:
        """The titles that stand on an asset's picture, the first on top."""
        titles = {each: caption.in_language(each).title for each in self.titles}
        return {language: title for language, title in titles.items() if title}

    def subtitles_of(self, caption: Caption) -> dict[Language, tuple[Cue, ...]]:
        """The subtitles that a screen's viewers are to read on a clip, the first on top."""
        wanted = (each for each in self.subtitles if each in caption.subtitles)
        return {each: caption.subtitles[each] for each in wanted}

    def doubts(self, media: MediaInfo) -> Iterator[Finding]:
        """Find what a source's size, pages and length alone tell against it on these screens."""
        across, down = (
            Fraction(screen, side)
            for screen, side in zip((self.width, self.height), media.video.shown_size, strict=True)
        )
        enlarged = float(max(across, down) if self.fit.crops else min(across, down))
        if enlarged > _ENLARGED_MOST:
            width, height = media.video.shown_size
            detail = f"{width}x{height}, x{enlarged:.1f}"
            yield Finding(flaw=Flaw.LOW_RESOLUTION, detail=detail)
        if media.pages > 1:
            yield Finding(flaw=Flaw.PAGES, detail=f"1/{media.pages}")
        if media.seconds is not None and media.seconds < _SHORTEST_SECONDS:
            yield Finding(flaw=Flaw.SHORT, detail=f"{media.seconds:.1f} s")
        if media.seconds is not None and media.seconds > _LONGEST_SECONDS:
            yield Finding(flaw=Flaw.LONG, detail=f"{media.seconds:.0f} s")

    def deviations(self, media: MediaInfo, kind: Kind) -> Iterator[Bilingual]:
        """Name every way in which a file is not what the screen expects."""
        if kind is Kind.PHOTO and self.photo_clip_seconds is None:
            yield from self._shape_deviations(media.video)
            if media.video.codec != "mjpeg":
                yield _instead(media.video.codec, "JPEG")
            return
        yield from self.picture_deviations(media)
        yield from self.sound_deviations(media)

    def picture_deviations(self, media: MediaInfo) -> Iterator[Bilingual]:
        """Name every way in which a clip's picture is not what the screen expects."""
        yield from self._shape_deviations(media.video)
        yield from self._coding_deviations(media)

    def _shape_deviations(self, picture: VideoInfo) -> Iterator[Bilingual]:
        if (picture.width, picture.height) != (self.width, self.height):
            yield _instead(f"{picture.width}x{picture.height}", f"{self.width}x{self.height}")
        if picture.sample_aspect != 1:
            yield Bilingual(
                f"điểm ảnh không vuông ({picture.sample_aspect})",
                f"pixels not square ({picture.sample_aspect})",
            )
        if picture.rotation:
            yield Bilingual(
                f"phải xoay {picture.rotation} độ", f"to be turned by {picture.rotation} degrees"
            )
        if picture.skewed:
            yield SKEWED

    def _coding_deviations(self, media: MediaInfo) -> Iterator[Bilingual]:
        picture = media.video
        if picture.codec != "h264":
            yield _instead(picture.codec, "H.264")
        if picture.pixel_format != "yuv420p":
            yield _instead(picture.pixel_format, "8-bit 4:2:0")
        if picture.field_order is not FieldOrder.PROGRESSIVE:
            yield INTERLACED
        if picture.fps is None:
            yield Bilingual("không ghi số hình/giây", "frames a second not told")
        elif picture.fps != self.fps:
            yield FRAMES_A_SECOND.fill(rate=_instead(rated(picture.fps), rated(self.fps)))
        if (media.bitrate_kbps or 0) > self.bitrate_kbps * 1.1:
            yield _above(f"{media.bitrate_kbps} kb/s", self.bitrate_kbps)
        if picture.codec == "h264":
            yield from self._h264_deviations(picture)
        if {picture.matrix, picture.transfer, picture.primaries} != {"bt709"}:
            yield Bilingual("màu không ghi BT.709", "colours not named BT.709")

    def _h264_deviations(self, picture: VideoInfo) -> Iterator[Bilingual]:
        if picture.profile not in PLAYED_EVERYWHERE:
            yield _instead(f"H.264 {picture.profile}", _SIMPLE)
        if (picture.level or 0) > self.highest_level:
            level = f"{(picture.level or 0) / 10}"
            yield _above(_LEVEL.fill(level=level), f"{self.highest_level / 10}")

    def sound_deviations(self, media: MediaInfo) -> Iterator[Bilingual]:
        """Name every way in which a clip's sound is not coded as the screen expects."""
        if self.loudness_lufs is None:
            if media.audio:
                yield Bilingual(
                    "có tiếng, màn hình không phát tiếng", "has sound, the screen has none"
                )
            return
        if len(media.audio) > 1:
            yield _instead(_TRACKS.fill(count=len(media.audio)), _ONE)
        for track in media.audio[:1]:
            if track.codec != "aac":
                yield _instead(_SOUND.fill(codec=track.codec), "AAC")
            elif track.profile != "LC":
                yield _instead(f"AAC {track.profile}", "LC")
            if track.sample_rate != 48_000:  # noqa: PLR2004
                yield _instead(f"{track.sample_rate} Hz", "48000")
            if track.channels != 2:  # noqa: PLR2004
                yield _instead(_CHANNELS.fill(count=track.channels), 2)


INTERLACED: Final = Bilingual("quét xen kẽ", "interlaced")
SKEWED: Final = Bilingual("phải lật hoặc nghiêng hình", "to be mirrored or tilted")


FRAMES_A_SECOND: Final = Bilingual("{rate} hình/giây", "{rate} frames a second")

_INSTEAD: Final = Bilingual("{found} thay vì {wanted}", "{found} instead of {wanted}")
_ABOVE: Final = Bilingual("{found} (tối đa {most})", "{found} (at most {most})")
_SIMPLE: Final = Bilingual("High hay đơn giản hơn", "High or simpler")
_LEVEL: Final = Bilingual("H.264 mức {level}", "H.264 level {level}")
_SOUND: Final = Bilingual("tiếng {codec}", "{codec} sound")
_TRACKS: Final = Bilingual("{count} đường tiếng", "{count} sound tracks")
_ONE: Final = Bilingual("một", "one")
_CHANNELS: Final = Bilingual("{count} kênh tiếng", "{count} channels")


def rated(fps: Fraction) -> Bilingual:
    """Write a rate as people know it: 25, 29.97."""
    return figure(float(fps))


def _instead(found: object, wanted: object) -> Bilingual:
    return _INSTEAD.fill(found=found, wanted=wanted)


def _above(found: object, most: object) -> Bilingual:
    return _ABOVE.fill(found=found, most=most)
