import io
from pathlib import Path

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from cluster_feed.adapters import stills
from cluster_feed.core.errors import DamagedMedia


def copied(source: Path, longest: int | None = None) -> bytes:
    (copy,) = stills.copies(source, [longest])
    return copy


def saved(source: Path, longest: int | None = None) -> Image.Image:
    with Image.open(io.BytesIO(copied(source, longest)), formats=["JPEG"]) as copy:
        copy.load()
    return copy


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_kind_of_png_is_copied_as_rgb(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (64, 48)).save(tmp_path / "photo.png")
    copy = saved(tmp_path / "photo.png")
    assert (copy.mode, copy.size) == ("RGB", (64, 48))


def test_sixteen_bits_keep_their_brightness(tmp_path: Path) -> None:
    Image.new("I;16", (16, 16), 0x8000).save(tmp_path / "photo.png")
    grey = saved(tmp_path / "photo.png").getpixel((8, 8))
    assert grey in {(127, 127, 127), (128, 128, 128)}  # half of the way is between two levels


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "photo.png")
    copy = saved(tmp_path / "photo.png")
    assert copy.getpixel((8, 8)) == (255, 255, 255)


def test_ink_becomes_light(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (0, 0, 0, 255)).save(tmp_path / "photo.jpg")
    black = saved(tmp_path / "photo.jpg").getpixel((8, 8))
    assert isinstance(black, tuple)
    assert max(black) < 8


@pytest.mark.parametrize(
    "icc", [b"nonsense", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()]
)
def test_a_useless_colour_profile_is_ignored(tmp_path: Path, icc: bytes) -> None:
    Image.new("RGB", (16, 16), "red").save(tmp_path / "photo.png", icc_profile=icc)
    copy = saved(tmp_path / "photo.png")
    named = ImageCms.ImageCmsProfile(io.BytesIO(copy.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(named)
    assert copy.getpixel((8, 8)) == pytest.approx((254, 0, 0), abs=3)


def test_a_phone_s_heic_is_copied(tmp_path: Path, samples: Path) -> None:
    with Image.open(samples / "mountain-meadow.jpg") as photo:
        pillow_heif.from_pillow(photo.resize((320, 200))).save(tmp_path / "photo.heic")
    assert saved(tmp_path / "photo.heic").size == (320, 200)


def test_a_small_photo_is_not_enlarged(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "photo.png")
    assert saved(tmp_path / "photo.png", 1920).size == (64, 48)


def test_comments_and_texts_stay_behind(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("Comment", "Nhà ở 16.62, 106.6")
    Image.new("RGB", (64, 48)).save(tmp_path / "photo.png", pnginfo=texts)
    assert b"106.6" not in copied(tmp_path / "photo.png")


def test_a_photo_on_its_side_is_set_upright(samples: Path, tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (64, 48)).save(tmp_path / "photo.jpg", exif=turned)
    assert saved(tmp_path / "photo.jpg").size == (48, 64)
    assert saved(tmp_path / "photo.jpg", 32).size == (24, 32)


@pytest.mark.parametrize("kept", [0, 100, 20_000])
def test_a_photo_that_breaks_off_is_refused(tmp_path: Path, samples: Path, kept: int) -> None:
    cut = tmp_path / "photo.jpg"
    cut.write_bytes((samples / "dogs-portrait.jpg").read_bytes()[:kept])
    with pytest.raises(DamagedMedia):
        copied(cut)


def test_a_drawing_that_runs_programs_is_not_opened(tmp_path: Path) -> None:
    drawing = tmp_path / "photo.jpg"
    made = io.BytesIO()
    Image.new("RGB", (16, 16)).save(made, "EPS")
    drawing.write_bytes(made.getvalue())
    with pytest.raises(DamagedMedia):
        copied(drawing)
