"""Decide how much of a file must be made anew for a screen, and say why in a line for a person."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from cluster_feed.core.asset import FieldOrder, MediaInfo, VideoInfo
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.loudness import NEAR_SILENCE_LUFS, TOLERANCE_LU, Gain, Loudness, fits
from cluster_feed.core.packing import Packing
from cluster_feed.core.profile import DisplayProfile, Fit


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


_LABELS: Final = {
    Way.KEEP: Bilingual("giữ nguyên tệp gốc", "kept as it is"),
    Way.REMUX: Bilingual("giữ hình và tiếng, chỉ đóng gói lại", "copied into another container"),
    Way.SOUND: Bilingual("giữ hình, chỉ làm lại tiếng", "picture copied, sound made anew"),
    Way.FULL: Bilingual("làm lại toàn bộ", "all of it made anew"),
}


class Decision(NamedTuple):
    """A way, and why no cheaper one would do."""

    way: Way
    because: tuple[str, ...] = ()

    def said(self, *done: str) -> str:
        """Say it in a line, with what is done: "remux: index at the end; sound -23.1 LUFS"."""
        return f"{self.way}: " + "; ".join(", ".join(part) for part in (self.because, done) if part)


def may_be_copied(media: MediaInfo, profile: DisplayProfile) -> bool:
    """Whether, by its headers, a clip's picture is what the screen expects."""
    return not any(profile.picture_deviations(media))


def decide(
    media: MediaInfo,
    packing: Packing | None,
    loudness: Loudness | None,
    profile: DisplayProfile,
) -> Decision:
    """Choose the cheapest way to what a profile wants; `packing` is None: it was not read.

    What a clip's pictures and sound are must hold before anything is copied; what else its
    container holds, a place or a serial number among it, is never handed on.
    """
    faults = [*profile.picture_deviations(media)]
    faults += packing.picture_faults() if packing else ()
    if faults or packing is None:
        return Decision(Way.FULL, tuple(faults))
    if loudness and profile.loudness_lufs is not None:
        faults = [*profile.sound_deviations(media), *packing.sound_faults()]
        if not fits(loudness, profile):
            faults.append("its loudness")
        if faults:
            return Decision(Way.SOUND, tuple(faults))
    elif media.audio:
        faults.append("sound is left out")
    if media.container != "mp4":
        faults.append(f"{media.container}, not MP4")
    else:
        faults += packing.container_faults()
    return Decision(Way.REMUX, tuple(faults)) if faults else Decision(Way.KEEP, ("it fits",))


def of_photo(media: MediaInfo, profile: DisplayProfile) -> str:
    """Name what a photo needed."""
    done = [*_shape(media.video, profile)]
    if profile.photo_clip_seconds:
        done.append(f"a clip of {profile.photo_clip_seconds} s")
    return Decision(Way.FULL).said(*done)


def of_sound(loudness: Loudness, gain: Gain | None, profile: DisplayProfile) -> str:
    """Name what a clip's sound needed; `gain` is None: it was copied."""
    if loudness.lufs is None:
        return "silent sound left alone"
    if gain is None or gain.lufs is None:
        return f"sound {loudness.lufs:.1f} LUFS"
    if loudness.lufs < NEAR_SILENCE_LUFS:
        return f"nearly silent sound, {loudness.lufs:.1f} LUFS, left alone"
    said = f"sound {loudness.lufs:.1f} to {gain.lufs:.1f} LUFS"
    if gain.limited:
        said += f", peaks held under {profile.true_peak_dbtp:g} dBTP"
    if profile.loudness_lufs is not None and gain.lufs < profile.loudness_lufs - TOLERANCE_LU:
        said += f", not {profile.loudness_lufs:g}: its peaks forbid it"
    return said


def of_picture(video: VideoInfo, profile: DisplayProfile, *, hdr: bool) -> Iterator[str]:
    """Name what a clip's picture needed: "interlaced", "1440x1080", "fills the screen"."""
    yield video.codec
    if video.field_order is not FieldOrder.PROGRESSIVE:
        yield "interlaced"
    yield from _shape(video, profile)
    if video.fps != profile.fps:
        yield f"{float(video.fps or 0):.5g} to {float(profile.fps):.5g} frames a second"
    if hdr:
        yield f"high dynamic range ({video.transfer}) to BT.709"


def _shape(video: VideoInfo, profile: DisplayProfile) -> Iterator[str]:
    shown, whole = video.shown_size, (profile.width, profile.height)
    yield f"{video.width}x{video.height}"
    if video.sample_aspect != 1:
        yield f"pixels {video.sample_aspect} wide"
    if video.rotation:
        yield f"turned by {video.rotation} degrees"
    fitted = profile.fitted(shown)
    if fitted == whole:
        yield "fills the screen"
    elif profile.fit.crops:
        across, down = profile.filled_by(shown)
        where = " where there is most to see" if profile.fit is Fit.SMART else ""
        yield f"cropped to {float(across * down):.0%}{where}"
    else:
        bars = "blurred bars" if profile.fit is Fit.BLUR else "black bars"
        yield f"{bars} around {fitted[0]}x{fitted[1]}"
