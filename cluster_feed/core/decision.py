"""Say what was done to make a rendition, and why, in a line for a person."""

from collections.abc import Iterator

from cluster_feed.core.asset import FieldOrder, MediaInfo, VideoInfo
from cluster_feed.core.profile import DisplayProfile, Fit


def of_clip(media: MediaInfo, profile: DisplayProfile, *, hdr: bool, sound: str) -> str:
    """Name what a clip's picture and sound needed: "full: interlaced, 1440x1080 as 1920x1080"."""
    return "full: " + ", ".join([*_picture(media.video, profile, hdr=hdr), sound])


def of_photo(media: MediaInfo, profile: DisplayProfile) -> str:
    """Name what a photo needed."""
    return "full: " + ", ".join(_shape(media.video, profile))


def of_sound(lufs: float | None, gain_db: float, profile: DisplayProfile) -> str:
    """Name what a clip's sound needed; `lufs` is what was measured, None: silence."""
    if lufs is None:
        return "silent sound left alone"
    wanted = profile.loudness_lufs
    if wanted is not None and lufs + gain_db < wanted - 0.1:
        return f"sound {lufs:.1f} to {lufs + gain_db:.1f} LUFS, not {wanted:g}: its peaks forbid it"
    return f"sound {lufs:.1f} to {lufs + gain_db:.1f} LUFS"


def _picture(video: VideoInfo, profile: DisplayProfile, *, hdr: bool) -> Iterator[str]:
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
    elif profile.fit is Fit.CROP:
        across, down = profile.filled_by(shown)
        yield f"cropped to {float(across * down):.0%}"
    else:
        bars = "blurred bars" if profile.fit is Fit.BLUR else "black bars"
        yield f"{bars} around {fitted[0]}x{fitted[1]}"
