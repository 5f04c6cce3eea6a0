"""What Vietnam.vn is given of a clip: copies of the product's own, whatever any screen shows.

A screen's rendition is made for that screen: its shape is the screen's, its blank room is blurred,
subtitles are burnt into it, it may be mute.  A portal's page wants the clip itself.  So two copies
are made for it of the newsroom's own file, the way that a screen's are made and with the same
proof: of the clip's shape and frame rate, with its sound, nothing added and nothing enlarged.

They are not among the bytes that approvers sign: a signed playlist names the file from which they
come, by its SHA-256, and of that file they are made by a recorded recipe, as what the package says
of it in words comes from its caption.  A screen refuses every byte that nobody signed because it
plays alone, at night, at the border; the portal's editors look at what they publish, and the
approval slip tells them which file was approved and what was made of it.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.profile import DisplayProfile, Fit

LARGEST_BYTES: Final = 500_000_000
"""Of a clip that the portal still takes (Happy Vietnam 2025: MP4, 500 MB)."""

ROLES: Final = {"vietnam-vn-1080p": "1080p", "vietnam-vn-720p": "720p"}
"""What a copy is called in a package, by its profile; the larger first."""

TITLES: Final = {name: f"Vietnam.vn {role}" for name, role in ROLES.items()}
"""As people call it."""

_BOXES: Final = {"vietnam-vn-1080p": (1920, 1080, 8000), "vietnam-vn-720p": (1280, 720, 5000)}
"""The longer and the shorter side in pixels that a copy may have, and its kilobits a second."""
_SMOOTH: Final = Fraction(3, 2)
"""By how much more a clip of more than 30 frames a second may take."""
_MARGIN: Final = Fraction(9, 10)
"""What of the portal's limit a copy aims for; a coder may come out a tenth above its bitrate."""
_LEAST_KBPS: Final = 200
_LEAST_PIXELS: Final = 64
_LOUDNESS_LUFS: Final = -23.0
"""EBU R 128."""

_USUAL_RATE: Final = Fraction(25)
_RATES: Final = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
"""Frames a second at which cameras record and web players play."""
_SAME_RATE: Final = Fraction(1, 200)
"""Between two rates that are one: a phone's 30 is 29.9 on the average."""


def profiles(media: MediaInfo) -> Iterator[DisplayProfile]:
    """Name the copies that are made of a clip: one alone where the other would be no smaller."""
    rate, before = _rate(media.video.fps), None
    for name, (longer, shorter, kbps) in reversed(_BOXES.items()):
        size = _within(media.video.shown_size, longer, shorter)
        if size == before:
            continue
        before = size
        wanted = kbps * (_SMOOTH if rate > 30 else 1)  # noqa: PLR2004  frames a second
        most = LARGEST_BYTES * _MARGIN * 8 / 1000 / Fraction(max(media.seconds or 0, 1))
        yield DisplayProfile(
            name=name,
            title=TITLES[name],
            width=size[0],
            height=size[1],
            fps=rate,
            fit=Fit.PAD,
            bitrate_kbps=max(_LEAST_KBPS, int(min(wanted, most))),
            loudness_lufs=_LOUDNESS_LUFS,
        )


def _within(shown: tuple[int, int], longer: int, shorter: int) -> tuple[int, int]:
    """Fit a picture's own shape into a box that lies or stands as it does, never enlarged."""
    box = (longer, shorter) if shown[0] >= shown[1] else (shorter, longer)
    scale = min(Fraction(1), *(Fraction(*each) for each in zip(box, shown, strict=True)))
    width, height = (max(_LEAST_PIXELS, int(side * scale) // 2 * 2) for side in shown)
    return width, height


def _rate(fps: Fraction | None) -> Fraction:
    """Keep a clip's own rate, up to 60; one that changes all the time gets the next usual one."""
    rate = fps or _USUAL_RATE
    while rate > _RATES[-1] * (1 + _SAME_RATE):
        rate /= 2
    nearest = min(_RATES, key=lambda usual: abs(usual - rate))
    if abs(nearest - rate) <= rate * _SAME_RATE:
        return nearest
    if rate.denominator == 1:
        return rate
    above = (upper for lower, upper in pairwise((Fraction(0), *_RATES)) if lower < rate <= upper)
    return next(above)
