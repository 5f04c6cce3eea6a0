"""What is done to a clip's picture: ffmpeg's filter graph between decoder and encoder."""

# ruff: noqa: ANN401  ffmpeg-python, which builds the graph, has no types

import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from cluster_feed.core.asset import FieldOrder, VideoInfo
from cluster_feed.core.profile import DisplayProfile, Fit

_HD_LINES: Final = 720
_FILM_LIKE_FPS: Final = 30
_MIDDLE: Final = (0.5, 0.5)
_SMALL: Final = 640
_SMALL_FPS: Final = Fraction(25)
_BICUBIC: Final[dict[str, object]] = {"filter": "bicubic", "param_a": 0, "param_b": 0.6}
_BILINEAR: Final[dict[str, object]] = {"filter": "bilinear"}
_MATRICES: Final = frozenset(
    {"bt709", "fcc", "bt470bg", "smpte170m", "ycgco", "bt2020nc", "smpte240m"}
)
_SHARED: Final = re.compile(r"yuv[ja]?4(4?[012]0|11|22)|nv\d|p\d1|uyvy|yuyv|yvyu")
_UNSHARED: Final = "yuv444p|yuvj444p|yuva444p|yuv444p10|yuva444p10|yuv444p12|yuv444p16"
"""Where pixels share colours zimg takes no size that leaves some over; ffmpeg takes the nearest."""
_ORDINARY: Final[dict[str, object]] = {"m": "bt709", "t": "bt709", "r": "tv"}
_WHITE: Final = 141
"""Candelas that an ordinary screen shows as white, before brighter ones are made room for."""
_KNEE: Final = 0.3
"""The part of white from which on room is made."""
_DAZZLING: Final = 2.0
"""How many times as bright as white colours grow pale, as they do on film."""
_BRIGHTEST: Final = {"smpte2084": 10_000, "arib-std-b67": 1_000}
"""Candelas, by transfer, that become white.  So a grey card (ITU-R BT.2408: 26 candelas) is shown
with 18 % of white's light, as ordinary cameras have it, and HDR's white (203) at nearly 90 %."""
_DEEP: Final = re.compile(r"(9|1[0-6]|48|64)([lb]e)?$")


def split(stream: Any, name: str, count: int) -> list[Any]:
    """Give every one of so many users a copy; a graph may not split a stream for one."""
    if count == 1:
        return [stream]
    branches = stream.filter_multi_output(name)
    return [branches[index] for index in range(count)]


def opaque(picture: Any, video: VideoInfo) -> Any:
    """Put what is transparent on black: a logo's hidden colours are nobody's picture."""
    if not video.may_be_transparent:
        return picture
    planar = picture.filter("format", "gbrap" if "yuva" not in video.pixel_format else "yuva444p")
    return planar.filter("premultiply", inplace=1)


def whole_frames(picture: Any, video: VideoInfo, fastest: Fraction) -> Any:
    """Make whole frames of fields; a fast screen gets one of every field."""
    picture = _without_teletext(picture, video)
    if video.field_order is FieldOrder.PROGRESSIVE:
        return picture.filter("setfield", "prog")
    mode = "send_field" if fastest > _FILM_LIKE_FPS else "send_frame"
    if video.field_order is FieldOrder.MIXED:
        return picture.filter("bwdif", mode=mode, parity="auto", deint="interlaced")
    parity = "tff" if video.field_order is FieldOrder.TOP_FIRST else "bff"
    return picture.filter("bwdif", mode=mode, parity=parity, deint="all")


def fitted(
    picture: Any,
    video: VideoInfo,
    profile: DisplayProfile,
    at: tuple[float, float] = _MIDDLE,
) -> Any:
    """Bring frames, which ffmpeg has turned upright, to the screen's rate, shape and colours.

    `at` is where the part lies to which they are cropped: 0 at the left or the top, 1 at the end.
    """
    whole = (profile.width, profile.height)
    size = profile.fitted(video.shown_size)
    picture = picture.filter("fps", fps=str(profile.fps))
    if profile.fit.crops or size == whole:
        if size != whole:
            picture = _part(picture, *profile.filled_by(video.shown_size), at)
        picture = _scaled(picture, whole, video)
    elif profile.fit is Fit.PAD:
        picture = _scaled(picture, size, video)
        picture = picture.filter("pad", *whole, "(ow-iw)/2", "(oh-ih)/2")
    else:
        front, behind = split(_scaled(picture, size, video), "split", 2)
        behind = _part(behind, *profile.filled_by(size))
        small = tuple(max(16, side // 16 * 2) for side in whole)
        behind = behind.filter("zscale", *small, **_BICUBIC).filter("gblur", sigma=small[1] / 24)
        behind = behind.filter("zscale", *whole, **_BICUBIC).filter("setsar", 1)
        picture = behind.filter("format", "yuv420p").overlay(
            front, x="(W-w)/2", y="(H-h)/2", format="yuv420"
        )
    return as_bt709(picture)


def as_bt709(picture: Any) -> Any:
    """Name what a screen's frames are, whatever their source called itself."""
    return (
        picture.filter("setsar", 1)
        .filter("format", "yuv420p")
        .filter(
            "setparams",
            field_mode="prog",
            range="tv",
            color_primaries="bt709",
            color_trc="bt709",
            colorspace="bt709",
        )
    )


def small(picture: Any, video: VideoInfo) -> Any:
    """Bring frames to a size that shows what is in them; that they are fields is not seen there."""
    scale = min(Fraction(1), Fraction(_SMALL, max(video.shown_size)))
    size = tuple(max(2, 2 * round(side * scale / 2)) for side in video.shown_size)
    picture = _without_teletext(picture, video)
    picture = picture.filter("fps", fps=str(min(video.fps or _SMALL_FPS, _SMALL_FPS)), start_time=0)
    return _scaled(picture, (size[0], size[1]), video, method=_BILINEAR)


def lettered(picture: Any, script: Path | None) -> Any:
    """Burn words in."""
    return picture.filter("ass", str(script), shaping="complex") if script else picture


def _without_teletext(picture: Any, video: VideoInfo) -> Any:
    lines = video.hidden_lines
    return picture.filter("crop", "iw", f"ih-{lines}", 0, lines) if lines else picture


def _part(picture: Any, across: Fraction, down: Fraction, at: tuple[float, float] = _MIDDLE) -> Any:
    place = (f"(iw-ow)*{at[0]:.4f}", f"(ih-oh)*{at[1]:.4f}")
    return picture.filter("crop", f"iw*{across}", f"ih*{down}", *(() if at == _MIDDLE else place))


def _scaled(
    picture: Any, size: tuple[int, int], video: VideoInfo, method: dict[str, object] = _BICUBIC
) -> Any:
    """Scale, and bring colours to BT.709: wide ones and a high dynamic range in linear light."""
    step = 4 if video.pixel_format.startswith("yuv41") else 2
    if (video.width % step or video.height % step) and _SHARED.match(video.pixel_format):
        picture = picture.filter("format", _UNSHARED)
    picture = picture.filter("setparams", **_colours(video))
    if brightest := _BRIGHTEST.get(video.transfer or ""):
        picture = (
            picture.filter("zscale", *size, **method)
            .filter("zscale", t="linear", npl=_WHITE)
            .filter("format", "gbrpf32le")
            .filter("zscale", p="bt709")
            .filter("tonemap", "mobius", param=_KNEE, peak=brightest / _WHITE, desat=_DAZZLING)
            .filter("zscale", **_ORDINARY, d=_dither(video))
        )
    else:
        picture = picture.filter(
            "zscale", *size, **method, p="bt709", **_ORDINARY, d=_dither(video)
        )
    return picture.filter("setsar", 1).filter("format", "yuv420p")


def _colours(video: VideoInfo) -> dict[str, str]:
    """Name a clip's colours; what it leaves out is what most of its kind and size have.

    Its curve matters only where its range is high, its primaries where they are wide.
    """
    is_wide = is_hdr(video) or video.has_wide_colours
    primaries = (video.primaries or "bt2020") if is_wide else "bt709"
    transfer = str(video.transfer) if is_hdr(video) else "bt709"
    matrix = video.matrix or "?"
    is_ictcp = is_hdr(video) and (matrix, primaries) == ("ictcp", "bt2020")
    if matrix not in _MATRICES and not is_ictcp:
        is_hd = min(video.width, video.height) >= _HD_LINES
        matrix = "bt2020nc" if primaries == "bt2020" else "bt709" if is_hd else "smpte170m"
    return {"color_primaries": primaries, "color_trc": transfer, "colorspace": matrix}


def _dither(video: VideoInfo) -> str:
    """What has finer steps than eight bits would show bands without it."""
    return "ordered" if _DEEP.search(video.pixel_format) else "none"


def is_hdr(picture: VideoInfo) -> bool:
    """Whether the picture must be brought down to the range of an ordinary screen."""
    return picture.transfer in _BRIGHTEST
