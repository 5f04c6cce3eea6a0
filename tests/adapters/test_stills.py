from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from cluster_feed.adapters import stills
from cluster_feed.adapters.darkroom import developing
from cluster_feed.adapters.darkroom.framing import Cut
from cluster_feed.core.errors import DamagedMedia, NeedsTooMuchMemory, UnreadablePhoto
from cluster_feed.core.profile import DisplayProfile, Fit
from demo import material
from tests import oddities

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
Make = Callable[[Path], Path]
Colour = Sequence[float]


def screen(width: int, height: int, fit: Fit = Fit.PAD) -> DisplayProfile:
    return DisplayProfile(
        name="a", title="A", width=width, height=height, fps=25, fit=fit, bitrate_kbps=1000
    )


def shown(source: Path, *profiles: DisplayProfile) -> list[Image.Image]:
    made = stills.develop(source, stills.look(source).media.video, profiles)
    return [Image.open(BytesIO(content)) for content in made]


def near(seen: object, meant: Colour, tolerance: int = 12) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(one - other) <= tolerance for one, other in zip(seen, meant, strict=True))


def corners(picture: Image.Image) -> list[object]:
    """The colours a quarter of the way in from each corner, clockwise from the top left."""
    across, down = picture.width // 4, picture.height // 4
    points = ((across, down), (3 * across, down), (3 * across, 3 * down), (across, 3 * down))
    return [picture.getpixel(point) for point in points]


@pytest.mark.parametrize("make", oddities.PHOTOS)
def test_every_odd_photo_becomes_what_every_screen_expects(tmp_path: Path, make: Make) -> None:
    source = make(tmp_path / "asset")
    profiles = [screen(320, 180), screen(180, 320, Fit.BLUR), screen(960, 64, Fit.CROP)]
    pictures = stills.develop(source, stills.look(source).media.video, profiles)
    for profile, content in zip(profiles, pictures, strict=True):
        picture = Image.open(BytesIO(content))
        picture.load()
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert picture.size == (profile.width, profile.height)
        assert not set(picture.info) & {"exif", "icc_profile", "xmp", "comment", "progressive"}


@pytest.mark.parametrize(
    "make",
    [
        oddities.progressive,
        oddities.cmyk,
        oddities.heic,
        oddities.own_colours,
        oddities.scan,
        oddities.deep_colours,
        oddities.hundred_megapixels,
    ],
)
def test_a_photo_keeps_its_colours_and_its_corners(tmp_path: Path, make: Make) -> None:
    (picture,) = shown(make(tmp_path / "asset"), screen(400, 300))
    seen = corners(picture)
    meant = [oddities.RED, oddities.GREEN, WHITE, oddities.BLUE]
    assert all(near(*pair) for pair in zip(seen, meant, strict=True)), seen


@pytest.mark.parametrize(
    ("orientation", "form"),
    [*((each, "JPEG") for each in range(1, 9)), (6, "PNG"), (5, "TIFF"), (8, "WEBP")],
)
def test_a_photo_stands_upright_however_it_was_stored(
    tmp_path: Path, orientation: int, form: str
) -> None:
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    card = oddities.card()
    stored = card.transpose(turn[orientation]) if orientation in turn else card
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "asset", form, quality=95, exif=exif)
    profiles = screen(400, 300), screen(400, 300, Fit.CROP), screen(400, 1200, Fit.BLUR)
    meant = [oddities.RED, oddities.GREEN, WHITE, oddities.BLUE]
    padded, cropped, blurred = shown(tmp_path / "asset", *profiles)
    for picture in (padded, cropped, blurred.crop((0, 450, 400, 750))):
        assert all(near(*pair) for pair in zip(corners(picture), meant, strict=True))


def test_what_is_transparent_in_deep_grey_is_black(tmp_path: Path) -> None:
    grey = Image.new("I;16", (400, 300), 0xFFFF)
    grey.paste(Image.new("I;16", (200, 300), 0x8000), (200, 0))
    grey.save(tmp_path / "asset", "PNG", transparency=0xFFFF)
    (picture,) = shown(tmp_path / "asset", screen(400, 300))
    assert near(picture.getpixel((100, 150)), BLACK)
    assert near(picture.getpixel((300, 150)), (128, 128, 128))


def test_a_large_photo_from_a_camera_on_its_side_is_upright(tmp_path: Path) -> None:
    (made,) = shown(material.large_photo_with_orientation(tmp_path / "asset"), screen(200, 300))
    with Image.open(material.PORTRAIT) as portrait:
        meant = portrait.convert("RGB").resize((200, 300))
    seen = made.resize((20, 30)).tobytes()
    wanted = meant.resize((20, 30)).tobytes()
    off = [abs(one - other) for one, other in zip(seen, wanted, strict=True)]
    assert sum(off) / len(off) < 8


def test_bars_are_black_or_a_blur_of_the_photo_itself(tmp_path: Path) -> None:
    Image.new("RGB", (100, 300), oddities.BLUE).save(tmp_path / "asset", "PNG")
    padded, blurred = shown(tmp_path / "asset", screen(320, 180), screen(320, 180, Fit.BLUR))
    assert near(padded.getpixel((10, 90)), BLACK)
    assert near(blurred.getpixel((10, 90)), oddities.BLUE)


def test_what_is_transparent_is_black(tmp_path: Path) -> None:
    (picture,) = shown(oddities.transparent_palette(tmp_path / "asset"), screen(400, 300))
    assert near(picture.getpixel((390, 290)), BLACK)
    assert near(picture.getpixel((10, 10)), oddities.RED)


def test_grey_of_sixteen_bits_keeps_its_steps(tmp_path: Path) -> None:
    (picture,) = shown(oddities.sixteen_bit_grey(tmp_path / "asset"), screen(256, 64))
    assert near(picture.getpixel((64, 30)), (64, 64, 64), 4)
    assert near(picture.getpixel((192, 30)), (192, 192, 192), 4)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "I;16", "CMYK", "LA"])
def test_what_is_scaled_strip_by_strip_is_what_it_is_at_once(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.effect_noise((400, 300), 80).resize((800, 600))
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 257)
    image = image.convert(mode)
    cut = Cut((90, 70), 0.7, 0.9, (0.3, 0.8))
    at_once = developing.scaled(image, cut, 65_535)
    monkeypatch.setattr(developing, "_STRIP_PIXELS", 20_000)
    by_strips = developing.scaled(image, cut, 65_535)
    assert by_strips.mode == at_once.mode
    pairs = zip(by_strips.tobytes(), at_once.tobytes(), strict=True)
    assert max(abs(one - other) for one, other in pairs) <= 3


def test_what_is_vast_is_developed_within_its_memory(tmp_path: Path) -> None:
    source = oddities.vast_and_see_through(tmp_path / "asset")
    assert shown(source, screen(320, 180))[0].size == (320, 180)


def test_a_phones_largest_jpeg_is_halved_where_all_of_it_needs_too_much(tmp_path: Path) -> None:
    Image.new("RGB", (12_000, 9_000), oddities.RED).save(tmp_path / "asset", "JPEG")
    (large,) = shown(tmp_path / "asset", screen(7680, 4320, Fit.CROP))
    assert near(large.getpixel((4000, 2000)), oddities.RED)


@pytest.mark.parametrize(
    ("make", "measured"), [(oddities.vast_in_many_scans, "100 MP"), (oddities.vast_webp, "WebP")]
)
def test_what_needs_more_memory_than_there_is_is_refused_in_these_words(
    tmp_path: Path, make: Make, measured: str
) -> None:
    with pytest.raises(NeedsTooMuchMemory) as refusal:
        stills.look(make(tmp_path / "asset"))
    assert refusal.value.facts == {"measured": measured, "limit": "512 MB"}


def test_the_same_photo_gives_the_same_bytes(tmp_path: Path) -> None:
    source = oddities.heic(tmp_path / "asset")
    video = stills.look(source).media.video
    profiles = [screen(320, 180, Fit.BLUR), screen(180, 320, Fit.CROP)]
    assert stills.develop(source, video, profiles) == stills.develop(source, video, profiles)


def test_a_photo_smaller_than_what_it_is_looked_at_with_is_a_photo(tmp_path: Path) -> None:
    Image.new("RGB", (3, 5), oddities.RED).save(tmp_path / "asset", "JPEG")
    assert stills.look(tmp_path / "asset").media.video.shown_size == (3, 5)


def test_a_photo_that_kills_its_reader_is_refused(tmp_path: Path) -> None:
    content = bytearray(oddities.progressive(tmp_path / "asset").read_bytes())
    content[len(content) // 2 :] = b"\xff\xc0" * 500
    (tmp_path / "asset").write_bytes(content)
    with pytest.raises(DamagedMedia):
        stills.look(tmp_path / "asset")


def test_a_photo_that_stops_unpacking_midway_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedMedia):
        stills.look(oddities.broken_stream(tmp_path / "asset"))


def test_a_png_is_as_bright_as_its_gamma_says(tmp_path: Path) -> None:
    (picture,) = shown(oddities.linear_light(tmp_path / "asset"), screen(320, 180))
    assert near(picture.getpixel((160, 90)), (64, 64, 64), 3)


@pytest.mark.parametrize("form", ["TIFF", "HEIF"])
def test_of_several_pages_the_first_is_shown_and_that_is_told(tmp_path: Path, form: str) -> None:
    source = oddities.pages(tmp_path / "asset", form)
    media = stills.look(source).media
    assert media.pages == 3
    assert [each.says.en for each in screen(400, 300).doubts(media)] == [
        "of several pages only the first is used (1/3)"
    ]
    (picture,) = shown(source, screen(400, 300))
    meant = [oddities.RED, oddities.GREEN, WHITE, oddities.BLUE]
    assert all(near(*pair) for pair in zip(corners(picture), meant, strict=True))


def test_a_phone_s_second_picture_is_no_page(tmp_path: Path) -> None:
    assert stills.look(oddities.pages(tmp_path / "asset", "MPO")).media.pages == 1


def test_a_coding_that_is_not_known_is_not_called_damage_alone(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePhoto) as refusal:
        stills.look(oddities.odd_bits(tmp_path / "asset"))
    assert refusal.value.facts["format"] == "BMP"
