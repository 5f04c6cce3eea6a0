import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from cluster_feed.adapters.packages import jpeg


def picture(**saved: object) -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(made, "JPEG", **saved)
    return made.getvalue()


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.tobytes()


def told(content: bytes, *tags: str) -> str:
    command = ["exiftool", "-s3", *tags, "-"]
    return subprocess.run(command, input=content, check=True, capture_output=True).stdout.decode()


@pytest.mark.parametrize("name", ["storm-road.jpg", "dogs-portrait.jpg", "mountain-meadow.jpg"])
def test_a_photo_keeps_its_picture_bit_for_bit(samples: Path, name: str) -> None:
    before = (samples / name).read_bytes()
    assert pixels(jpeg.silenced(before)) == pixels(before)


@pytest.mark.parametrize(
    "saved",
    [
        {"progressive": True},
        {"subsampling": 0, "restart_marker_blocks": 3},
        {"comment": b"a secret"},
        {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()},
    ],
)
def test_whatever_its_coding_only_the_notes_are_left_out(saved: dict[str, object]) -> None:
    before = picture(**saved)
    after = jpeg.silenced(before)
    assert pixels(after) == pixels(before)
    assert b"a secret" not in after
    assert bool(told(after, "-ProfileDescription")) is ("icc_profile" in saved)
    colours = "Uncalibrated" if "icc_profile" in saved else "sRGB"
    assert told(after, "-EXIF:ColorSpace").strip() == colours
    assert told(after, "-validate", "-warning").strip() == "OK"


def test_a_photo_of_four_inks_keeps_its_own_and_is_not_called_srgb() -> None:
    made = io.BytesIO()
    Image.new("CMYK", (16, 16), (10, 200, 30, 40)).save(made, "JPEG")
    after = jpeg.silenced(made.getvalue())
    assert pixels(after) == pixels(made.getvalue())
    assert told(after, "-EXIF:ColorSpace").strip() == "Uncalibrated"


def test_colours_that_are_not_srgb_s_are_not_called_so(tmp_path: Path) -> None:
    path = tmp_path / "adobe.jpg"
    path.write_bytes(picture())
    tags = ["-ColorSpace#=65535", "-Orientation#=8", "-Make=Phone"]
    subprocess.run(["exiftool", "-q", *tags, path], check=True)
    after = jpeg.silenced(path.read_bytes())
    assert told(after, "-EXIF:ColorSpace", "-Make").strip() == "Uncalibrated"
    assert told(after, "-Orientation#").strip() == "8"


def test_a_second_picture_behind_the_first_stays_here() -> None:
    behind = b"ftypmp42 where I live"
    assert behind not in jpeg.silenced(picture() + behind)
    hidden = jpeg.segment(0xE2, b"MPF\0 second") + jpeg.segment(0xE0, b"JFXX\0\x10 preview")
    before = picture()
    after = jpeg.silenced(before[:2] + hidden + before[2:])
    assert b"second" not in after
    assert b"preview" not in after
    assert pixels(after) == pixels(before)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300), st.integers(0, 900))
def test_no_damage_breaks_it(noise: bytes, place: int) -> None:
    content = picture()
    jpeg.silenced(content[:place] + noise + content[place + len(noise) :])
