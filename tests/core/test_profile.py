import re
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from cluster_feed.core.asset import AudioInfo, FieldOrder, Kind, MediaInfo, VideoInfo
from cluster_feed.core.profile import DisplayProfile

PROFILE: dict[str, Any] = {
    "name": "lcd-1080p",
    "title": "LCD",
    "width": 1920,
    "height": 1080,
    "fps": "25",
    "bitrate_kbps": 8000,
    "loudness_lufs": -23,
}
SOUND = AudioInfo(codec="aac", profile="LC", channels=2, sample_rate=48_000)
PICTURE = VideoInfo(
    codec="h264",
    profile="High",
    level=40,
    width=1920,
    height=1080,
    fps=Fraction(25),
    pixel_format="yuv420p",
    matrix="bt709",
    transfer="bt709",
    primaries="bt709",
)
CLIP = MediaInfo(
    container="mp4", byte_count=1, seconds=1, bitrate_kbps=8000, video=PICTURE, audio=(SOUND,)
)


def profile(**changes: Any) -> DisplayProfile:  # noqa: ANN401
    return DisplayProfile.model_validate(PROFILE | changes)


def _picture(**changes: object) -> MediaInfo:
    return CLIP.model_copy(update={"video": PICTURE.model_copy(update=changes)})


def _sound(**changes: object) -> MediaInfo:
    return CLIP.model_copy(update={"audio": (SOUND.model_copy(update=changes),)})


def test_a_clip_that_fits_deviates_in_nothing() -> None:
    assert list(profile().deviations(CLIP, Kind.VIDEO)) == []
    silent = CLIP.model_copy(update={"audio": ()})
    assert list(profile(loudness_lufs=None).deviations(silent, Kind.VIDEO)) == []
    assert list(profile().deviations(silent, Kind.VIDEO)) == []


@pytest.mark.parametrize(
    ("media", "named"),
    [
        (_picture(width=1918), "1918x1080 instead of 1920x1080"),
        (_picture(height=1088), "1920x1088 instead of 1920x1080"),
        (_picture(sample_aspect=Fraction(4, 3)), "pixels not square (4/3)"),
        (_picture(rotation=90), "to be turned by 90 degrees"),
        (_picture(skewed=True), "to be mirrored or tilted"),
        (_picture(codec="hevc"), "hevc instead of H.264"),
        (_picture(pixel_format="yuv420p10le"), "yuv420p10le instead of 8-bit 4:2:0"),
        (_picture(field_order=FieldOrder.TOP_FIRST), "interlaced"),
        (_picture(fps=Fraction(30000, 1001)), "29.97 instead of 25 frames a second"),
        (_picture(profile="High 10"), "H.264 High 10 instead of High or simpler"),
        (_picture(level=51), "H.264 level 5.1 (at most 4.2)"),
        (_picture(primaries=None), "colours not named BT.709"),
        (_picture(matrix="smpte170m"), "colours not named BT.709"),
        (_sound(profile="HE-AAC"), "AAC HE-AAC instead of LC"),
        (_picture(fps=None), "frames a second not told"),
        (CLIP.model_copy(update={"bitrate_kbps": 8801}), "8801 kb/s (at most 8000)"),
        (CLIP.model_copy(update={"audio": (SOUND, SOUND)}), "2 sound tracks instead of one"),
        (_sound(codec="ac3"), "ac3 sound instead of AAC"),
        (_sound(sample_rate=44_100), "44100 Hz instead of 48000"),
        (_sound(channels=6), "6 channels instead of 2"),
    ],
)
def test_each_deviation_is_named_alone(media: MediaInfo, named: str) -> None:
    (said,) = profile().deviations(media, Kind.VIDEO)
    assert said.en == named
    assert said.vi
    assert not re.search(r"\bnot\b|above|sound|pixels", said.vi)


def test_a_screen_without_loudspeakers_wants_no_sound() -> None:
    mute = profile(loudness_lufs=None)
    (said,) = mute.deviations(CLIP, Kind.VIDEO)
    assert said == ("có tiếng, màn hình không phát tiếng", "has sound, the screen has none")


def test_a_photo_is_a_jpeg_of_the_screens_size() -> None:
    photo = _picture(codec="mjpeg", fps=None, pixel_format="yuvj444p")
    assert list(profile().deviations(photo, Kind.PHOTO)) == []
    (said,) = profile().deviations(_picture(codec="png"), Kind.PHOTO)
    assert said == ("png thay vì JPEG", "png instead of JPEG")


@pytest.mark.parametrize(
    ("written", "fps"),
    [
        ("25", Fraction(25)),
        (25, Fraction(25)),
        (25.0, Fraction(25)),
        ("30000/1001", Fraction(30000, 1001)),
        ("60", Fraction(60)),
        ("25/2", Fraction(25, 2)),
    ],
)
def test_a_frame_rate_is_exact_and_stays_so(written: object, fps: Fraction) -> None:
    read = profile(fps=written)
    assert read.fps == fps
    assert DisplayProfile.model_validate_json(read.model_dump_json()) == read


@pytest.mark.parametrize("written", [29.97, "29.97", "1/0", "25 fps", 0, -25, "61", True, None])
def test_a_frame_rate_that_is_not_exact_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        profile(fps=written)


@pytest.mark.parametrize("width", [63, 62, 1081, 8194, 0, -1920, "wide", 1920.5])
def test_a_width_is_even_and_within_what_is_built(width: object) -> None:
    with pytest.raises(ValidationError):
        profile(width=width)


@pytest.mark.parametrize("width", [64, 66, 8192])
def test_the_narrowest_and_the_widest_are_allowed(width: int) -> None:
    assert profile(width=width).width == width


@pytest.mark.parametrize(
    ("turn", "shown"), [(0, (1920, 1080)), (180, (1920, 1080)), (90, (1080, 1920))]
)
def test_a_viewer_sees_it_upright_in_square_pixels(turn: int, shown: tuple[int, int]) -> None:
    anamorphic = PICTURE.model_copy(
        update={"width": 1440, "sample_aspect": Fraction(4, 3), "rotation": turn}
    )
    assert anamorphic.shown_size == shown


def test_what_was_measured_is_read_back_exactly() -> None:
    media = _picture(fps=Fraction(24000, 1001), sample_aspect=Fraction(64, 45))
    assert MediaInfo.model_validate(media.model_dump(mode="json")) == media
