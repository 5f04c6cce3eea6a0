from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.asset import MediaInfo, VideoInfo
from cluster_feed.core.portal import LARGEST_BYTES, ROLES, profiles


def clip(
    size: tuple[int, int], fps: Fraction | None = Fraction(25), seconds: float = 60
) -> MediaInfo:
    picture = VideoInfo(
        codec="h264", width=size[0], height=size[1], fps=fps, pixel_format="yuv420p"
    )
    return MediaInfo(container="mp4", byte_count=1, seconds=seconds, video=picture)


@pytest.mark.parametrize(
    ("shown", "sizes"),
    [
        ((3840, 2160), {"1080p": (1920, 1080), "720p": (1280, 720)}),
        ((1920, 1080), {"1080p": (1920, 1080), "720p": (1280, 720)}),
        ((1080, 1920), {"1080p": (1080, 1920), "720p": (720, 1280)}),
        ((1024, 576), {"720p": (1024, 576)}),
        ((1280, 720), {"720p": (1280, 720)}),
        ((1440, 1080), {"1080p": (1440, 1080), "720p": (960, 720)}),
        ((2560, 1080), {"1080p": (1920, 810), "720p": (1280, 540)}),
        ((853, 480), {"720p": (852, 480)}),
        ((1080, 1080), {"1080p": (1080, 1080), "720p": (720, 720)}),
    ],
)
def test_a_copy_has_the_clip_s_own_shape(
    shown: tuple[int, int], sizes: dict[str, tuple[int, int]]
) -> None:
    made = {ROLES[each.name]: (each.width, each.height) for each in profiles(clip(shown))}
    assert made == sizes


@pytest.mark.parametrize(
    ("fps", "kept"),
    [
        ("25", "25"),
        ("30000/1001", "30000/1001"),
        ("24000/1001", "24000/1001"),
        ("50", "50"),
        ("60", "60"),
        ("15", "15"),
        ("120", "60"),
        ("120000/1001", "60000/1001"),
        ("2999/100", "30"),
        ("287/10", "30000/1001"),
        ("1/3", "24000/1001"),
        (None, "25"),
    ],
)
def test_a_copy_has_the_clip_s_own_rate_up_to_60(fps: str | None, kept: str) -> None:
    rates = {each.fps for each in profiles(clip((1920, 1080), Fraction(fps) if fps else None))}
    assert rates == {Fraction(kept)}


@given(
    st.tuples(st.integers(200, 8000), st.integers(200, 8000)),
    st.fractions(Fraction(1, 100), 1000),
    st.floats(0.04, 4 * 3600),
)
def test_no_copy_is_larger_than_the_clip_or_than_the_portal_takes(
    shown: tuple[int, int], fps: Fraction, seconds: float
) -> None:
    made = list(profiles(clip(shown, fps, seconds)))
    assert made
    for each in made:
        assert each.width <= shown[0]
        assert each.height <= shown[1]
        assert each.bitrate_kbps * 1.1 * 1000 / 8 * seconds <= LARGEST_BYTES
        assert not each.subtitles
        assert each.loudness_lufs == -23
        if each.width * 5 > each.height > each.width / 5:
            assert each.fitted(shown) == (each.width, each.height)
