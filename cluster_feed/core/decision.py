"""Decide how much of a file must be made anew for a screen, and say why in a line for a person."""

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from cluster_feed.core.asset import FieldOrder, Kind, MediaInfo, VideoInfo
from cluster_feed.core.bilingual import Bilingual, alike, comma, figure, joined
from cluster_feed.core.caption import Caption
from cluster_feed.core.loudness import NEAR_SILENCE_LUFS, TOLERANCE_LU, Gain, Loudness, fits
from cluster_feed.core.packing import Packing
from cluster_feed.core.profile import (
    FRAMES_A_SECOND,
    INTERLACED,
    SKEWED,
    DisplayProfile,
    Fit,
    rated,
)


class Way(StrEnum):
    """How a rendition comes about, the cheapest first."""

    KEEP = "keep"
    REMUX = "remux"
    SOUND = "audio only"
    FULL = "full"

    @property
    def label(self) -> Bilingual:
        """What people call it."""
        return _LABELS[self]

    @classmethod
    def said_in(cls, decision: str) -> "Way | None":
        """Find the way that a decision's English line begins with."""
        return next((way for way in cls if decision.startswith(f"{way}:")), None)


_LABELS: Final = {
    Way.KEEP: Bilingual("giữ nguyên tệp gốc", "kept as it is"),
    Way.REMUX: Bilingual("giữ hình và tiếng, chỉ đóng gói lại", "copied into another container"),
    Way.SOUND: Bilingual("giữ hình, chỉ làm lại tiếng", "picture copied, sound made anew"),
    Way.FULL: Bilingual("làm lại toàn bộ", "all of it made anew"),
}


class Decision(NamedTuple):
    """A way, and why no cheaper one would do."""

    way: Way
    because: tuple[Bilingual, ...] = ()

    def said(self, *done: Bilingual) -> Bilingual:
        """Say it in a line, with what is done: "remux: index at the end; sound -23.1 LUFS"."""
        why = joined((joined(part) for part in (self.because, done) if part), "; ")
        return Bilingual(f"{self.way.label.vi}: {why.vi}", f"{self.way}: {why.en}")


def decide(
    media: MediaInfo,
    packing: Packing | None,
    loudness: Loudness | None,
    profile: DisplayProfile,
) -> Decision:
    """Choose the cheapest way to what a profile wants; `packing` is None: it cannot be read.

    What a clip's pictures and sound are must hold before anything is copied; what else its
    container holds, a place or a serial number among it, is never handed on.
    """
    faults = [*profile.picture_deviations(media)]
    if packing and not faults:
        faults += packing.picture_faults()
    if faults or packing is None:
        return Decision(Way.FULL, tuple(faults))
    if loudness and profile.loudness_lufs is not None:
        faults = [*profile.sound_deviations(media), *packing.sound_faults()]
        if not fits(loudness, profile):
            faults.append(Bilingual("độ to chưa đúng", "its loudness"))
        if faults:
            return Decision(Way.SOUND, tuple(faults))
    elif media.audio:
        faults.append(Bilingual("bỏ tiếng", "sound is left out"))
    if media.container != "mp4":
        faults.append(
            Bilingual(f"{media.container} thay vì MP4", f"{media.container} instead of MP4")
        )
    else:
        faults += packing.container_faults()
    return Decision(Way.REMUX, tuple(faults)) if faults else Decision(Way.KEEP, (_FITS,))


def of_lettering(caption: Caption, profile: DisplayProfile, kind: Kind) -> Iterator[Bilingual]:
    """Name the words that are burnt into a picture, which so must be coded."""
    if titles := profile.titles_of(caption):
        yield _TITLES.fill(languages=", ".join(titles))
    if kind is Kind.VIDEO and (subtitles := profile.subtitles_of(caption)):
        yield _SUBTITLES.fill(languages=", ".join(subtitles))


def of_photo(media: MediaInfo, caption: Caption, profile: DisplayProfile) -> Bilingual:
    """Name what a photo needed."""
    done = [*_shape(media.video, profile), *of_lettering(caption, profile, Kind.PHOTO)]
    if profile.photo_clip_seconds:
        seconds = profile.photo_clip_seconds
        done.append(Bilingual(f"thành video {seconds} giây", f"a clip of {seconds} s"))
    return Decision(Way.FULL).said(*done)


def of_sound(loudness: Loudness, gain: Gain | None, profile: DisplayProfile) -> Bilingual:
    """Name what a clip's sound needed; `gain` is None: it was copied."""
    if loudness.lufs is None:
        return Bilingual("tiếng im lặng, để nguyên", "silent sound left alone")
    if loudness.lufs < NEAR_SILENCE_LUFS:
        return Bilingual(
            f"tiếng gần như im lặng, {comma(loudness.lufs)} LUFS, để nguyên",
            f"nearly silent sound, {loudness.lufs:.1f} LUFS, left alone",
        )
    if gain is None or gain.lufs is None:
        return Bilingual(f"tiếng {comma(loudness.lufs)} LUFS", f"sound {loudness.lufs:.1f} LUFS")
    said = [
        Bilingual(
            f"tiếng từ {comma(loudness.lufs)} thành {comma(gain.lufs)} LUFS",
            f"sound {loudness.lufs:.1f} to {gain.lufs:.1f} LUFS",
        )
    ]
    if gain.limited:
        said.append(_HELD.fill(peak=figure(profile.true_peak_dbtp)))
    if profile.loudness_lufs is not None and gain.lufs < profile.loudness_lufs - TOLERANCE_LU:
        said.append(_TOO_QUIET.fill(wanted=figure(profile.loudness_lufs)))
    return joined(said)


def of_tracks(media: MediaInfo) -> Iterator[Bilingual]:
    """Name what of a clip's sound is left out: other tracks, and what outlasts the picture."""
    heard = media.heard
    if len(heard) < len(media.audio):
        which = "+".join(str(index + 1) for index in heard)
        said = f"{which}/{len(media.audio)}"
        yield Bilingual(f"lấy đường tiếng {said}", f"sound track {said} taken")
    tracks = [media.audio[index] for index in heard]
    over = max(each.late_seconds + (each.seconds or 0.0) for each in tracks) - (media.seconds or 0)
    if over > _HARDLY_SECONDS:
        yield Bilingual(
            f"bỏ {comma(over)} giây tiếng dài hơn hình",
            f"{over:.1f} s of sound after the picture left out",
        )


def of_picture(video: VideoInfo, profile: DisplayProfile, *, hdr: bool) -> Iterator[Bilingual]:
    """Name what a clip's picture needed: "interlaced", "1440x1080", "fills the screen"."""
    yield alike(video.codec)
    if video.field_order is not FieldOrder.PROGRESSIVE:
        yield INTERLACED
    yield from _shape(video, profile)
    if video.fps != profile.fps:
        rates = {"before": rated(video.fps or Fraction(0)), "after": rated(profile.fps)}
        yield FRAMES_A_SECOND.fill(rate=_TO.fill(**rates))
    if hdr:
        yield Bilingual(
            f"dải sáng rộng ({video.transfer}) thành BT.709",
            f"high dynamic range ({video.transfer}) to BT.709",
        )
    elif video.has_wide_colours:
        colours = _WIDE_COLOURS.get(video.primaries or "", video.primaries)
        yield Bilingual(f"màu rộng ({colours}) thành BT.709", f"wide colours ({colours}) to BT.709")
    if video.may_be_transparent:
        yield Bilingual("chỗ trong suốt thành đen", "what is transparent is black")


def _shape(video: VideoInfo, profile: DisplayProfile) -> Iterator[Bilingual]:
    shown, whole = video.shown_size, (profile.width, profile.height)
    yield alike(f"{video.width}x{video.height}")
    if lines := video.hidden_lines:
        yield Bilingual(f"bỏ {lines} dòng teletext ở trên", f"{lines} lines of teletext left out")
    if video.sample_aspect != 1:
        yield Bilingual(
            f"điểm ảnh rộng {video.sample_aspect}", f"pixels {video.sample_aspect} wide"
        )
    if video.rotation:
        yield Bilingual(f"xoay {video.rotation} độ", f"turned by {video.rotation} degrees")
    if video.skewed:
        yield SKEWED
    fitted = profile.fitted(shown)
    if fitted == whole:
        yield Bilingual("vừa kín màn hình", "fills the screen")
    elif profile.fit.crops:
        across, down = profile.filled_by(shown)
        smart = profile.fit is Fit.SMART
        part = f"{float(across * down):.0%}"
        yield Bilingual(
            f"cắt còn {part}{' ở chỗ đáng xem nhất' if smart else ''}",
            f"cropped to {part}{' where there is most to see' if smart else ''}",
        )
    else:
        bars = _BLURRED if profile.fit is Fit.BLUR else _BLACK
        yield bars.fill(size=f"{fitted[0]}x{fitted[1]}")


_WIDE_COLOURS: Final = {"bt2020": "BT.2020", "smpte431": "DCI-P3", "smpte432": "Display P3"}
_TO: Final = Bilingual("{before} thành {after}", "{before} to {after}")
_TITLES: Final = Bilingual("tiêu đề {languages}", "title in {languages}")
_SUBTITLES: Final = Bilingual("phụ đề {languages}", "subtitles in {languages}")
_HELD: Final = Bilingual("ghìm đỉnh dưới {peak} dBTP", "peaks held under {peak} dBTP")
_TOO_QUIET: Final = Bilingual(
    "không tới {wanted} được vì đỉnh đã chạm trần", "not {wanted}: its peaks forbid it"
)
_HARDLY_SECONDS: Final = 0.5
_FITS: Final = Bilingual("đã vừa với màn hình", "it fits")
_BLURRED: Final = Bilingual("viền mờ quanh {size}", "blurred bars around {size}")
_BLACK: Final = Bilingual("viền đen quanh {size}", "black bars around {size}")
