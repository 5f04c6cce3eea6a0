"""What is done to a clip's picture is what its decision says."""

import subprocess

import ffmpeg
import pytest

from cluster_feed.adapters import frames
from cluster_feed.core.asset import VideoInfo
from tests.core.test_decision import HALL, PICTURE

CLIP = ffmpeg.input("clip")["V:0"]


def done_to(video: VideoInfo) -> str:
    picture = frames.fitted(frames.opaque(CLIP, video), video, HALL)
    return " ".join(ffmpeg.get_args(ffmpeg.output(picture, "-")))


def test_what_is_put_on_black_is_what_may_be_transparent() -> None:
    listed = subprocess.run(
        ["ffmpeg", "-v", "error", "-pix_fmts"], check=True, capture_output=True, text=True
    ).stdout.partition("-----")[2]
    formats = [line.split()[1] for line in listed.splitlines()[1:]]
    assert {"yuv420p", "yuva420p", "pal8"} <= set(formats)
    for name in formats:
        video = PICTURE.model_copy(update={"pixel_format": name})
        assert ("premultiply" in done_to(video)) == video.may_be_transparent, name


@pytest.mark.parametrize("primaries", [None, "bt709", "smpte170m", "bt470bg", "bt2020", "smpte432"])
def test_what_is_brought_to_the_colours_of_a_screen_is_what_is_wide(primaries: str | None) -> None:
    video = PICTURE.model_copy(update={"primaries": primaries})
    assert (done_to(video) != done_to(PICTURE)) == video.has_wide_colours
