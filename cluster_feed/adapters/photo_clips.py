"""What ffmpeg makes of a photo that fits a screen: one with words, and a clip of it."""

import math
from pathlib import Path
from typing import Final

import ffmpeg

from cluster_feed.adapters.coders import FILE, beside, gave_up, picture_coding
from cluster_feed.adapters.ffmpeg import INPUT, UNWATCHED, Work, run
from cluster_feed.adapters.frames import as_bt709, lettered
from cluster_feed.core.profile import DisplayProfile

_EXACT: Final = "bicubic+accurate_rnd+bitexact"
_AS_PHOTO: Final = {"protocol_whitelist": "file", "format": "jpeg_pipe"}
_NEARER: Final = 0.06
"""By what part of its size a photo grows while it is shown."""
_AS_A_CLIP_HAS_IT: Final = {
    "in_color_matrix": "bt601",
    "in_range": "pc",
    "out_color_matrix": "bt709",
    "out_range": "tv",
}


def titled(photo: Path, script: Path, profile: DisplayProfile, work: Work = UNWATCHED) -> Path:
    """Burn words into a JPEG that fits a screen: another beside it; CannotBeNormalized."""
    to = photo.with_suffix(".titled.jpg")
    picture = lettered(ffmpeg.input(INPUT, **_AS_PHOTO)["v:0"].filter("format", "gbrp"), script)
    picture = picture.filter("scale", out_color_matrix="bt601", out_range="pc", flags=_EXACT)
    coding = {"c:v": "mjpeg", "q:v": 2, "pix_fmt": "yuvj420p", "threads": 1}
    exactly = {"flags:v": "+bitexact", "fflags": "+bitexact", "map_metadata": -1}
    graph = ffmpeg.output(picture, str(to), **coding, **exactly, format="image2", update=1)
    limits = beside(to, 0)
    finished, progress = run(photo, graph, None, work, level="error", limits=limits)
    if finished.status or not progress.frames:
        raise gave_up(finished, profile)
    return to


def of_photo(
    photo: Path,
    to: Path,
    profile: DisplayProfile,
    work: Work = UNWATCHED,
    script: Path | None = None,
) -> None:
    """Make a clip of a photo that fits a screen: it comes nearer, slowly and evenly.

    Words to burn in stand still.  Raises CannotBeNormalized.
    """
    seconds = profile.photo_clip_seconds or 0
    frames = math.ceil(seconds * profile.fps)
    left = f"W*{_NEARER}*in/{frames}/2/(1+{_NEARER}*in/{frames})"
    top = left.replace("W", "H")
    corners = {
        "x0": left,
        "y0": top,
        "x1": f"W-{left}",
        "y1": top,
        "x2": left,
        "y2": f"H-{top}",
        "x3": f"W-{left}",
        "y3": f"H-{top}",
    }
    picture = (
        ffmpeg.input(INPUT, **_AS_PHOTO)["v:0"]
        .filter("scale", flags=_EXACT, **_AS_A_CLIP_HAS_IT)
        .filter("format", "yuv444p")
        .filter("loop", loop=-1, size=1)
        .filter("setpts", f"N/({profile.fps})/TB")
        .filter("fps", fps=str(profile.fps))
        .filter("trim", end_frame=frames)
        .filter("perspective", interpolation="cubic", eval="frame", **corners)
    )
    coding = picture_coding(profile, seconds)
    graph = ffmpeg.output(lettered(as_bt709(picture), script), str(to), **coding, **FILE)
    limits = beside(to, round(profile.bitrate_kbps * 125 * seconds))
    finished, progress = run(photo, graph, seconds, work, level="error", limits=limits)
    if finished.status or progress.frames != frames:
        raise gave_up(finished, profile)
