"""Which part of a picture is shown, and photos that move."""

import subprocess
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageStat

from cluster_feed.adapters import glimpses, stills
from cluster_feed.adapters.darkroom.framing import Attention, attention, focus
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe
from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import BadDocument, FlawedMedia
from cluster_feed.core.finding import Flaw
from cluster_feed.core.profile import DisplayProfile, Fit
from cluster_feed.pipeline import normalize
from cluster_feed.pipeline.normalize import clip, photo
from cluster_feed.pipeline.normalize.clip import Product
from cluster_feed.workspace import Workspace
from demo import material
from tests import oddities
from tests.pipeline.test_normalize import lay_out

UPRIGHT = DisplayProfile(
    name="smart", title="Smart", width=180, height=320, fps=25, bitrate_kbps=1500, fit=Fit.SMART
)
MOVING = UPRIGHT.model_copy(
    update={"name": "moving", "width": 320, "height": 180, "photo_clip_seconds": 4}
)


def scene(x: int) -> Image.Image:
    """A plain wall with something to see at one place."""
    picture = Image.new("RGB", (640, 360), (120, 120, 120))
    draw = ImageDraw.Draw(picture)
    for side in range(8, 80, 8):
        draw.rectangle((x - side, 180 - side, x + side, 180 + side), outline=(230, 40, 40), width=3)
    return picture


def is_in_it(picture: Image.Image) -> bool:
    red, green, _ = picture.convert("RGB").split()
    seen = ImageChops.subtract(red, green).point(lambda value: 255 * (value > 80))
    return ImageStat.Stat(seen).mean[0] > 0.02 * 255


def test_a_photo_with_a_flaw_that_a_screen_blocks_is_refused_there_alone(tmp_path: Path) -> None:
    photos = {name: UPRIGHT.model_copy(update={"name": name}) for name in ("wall", "hall")}
    photos["wall"] = photos["wall"].model_copy(update={"blocks": (Flaw.LOW_RESOLUTION,)})
    source = oddities.one_pixel(tmp_path / "photo")
    made = dict(photo.make(source, probe(source).media, tmp_path, photos, Work()))
    assert isinstance(made["wall"], FlawedMedia)
    assert isinstance(made["hall"], Product)


@pytest.mark.parametrize("x", [90, 320, 550])
@pytest.mark.parametrize("turn", [1, 6])
def test_a_photo_is_cropped_to_where_there_is_most_to_see(
    tmp_path: Path, x: int, turn: int
) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = scene(x) if turn == 1 else scene(x).transpose(Image.Transpose.ROTATE_90)
    stored.save(path, quality=95, exif=exif)
    (made,) = stills.develop(path, stills.look(path).media.video, [UPRIGHT])
    picture = Image.open(BytesIO(made))
    assert picture.size == (180, 320)
    assert is_in_it(picture)


@pytest.mark.parametrize("x", [90, 550])
def test_a_clip_is_cropped_there_too_and_its_window_stands_still(tmp_path: Path, x: int) -> None:
    scene(x).save(tmp_path / "scene.png")
    source = tmp_path / "asset.mp4"
    looped = ["-loop", "1", "-t", "2", "-i", str(tmp_path / "scene.png"), *oddities.FAST_H264]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *looped, str(source)], check=True)
    listened = clip.listen(source, probe(source).media, [UPRIGHT], Work())
    ((_, made),) = clip.make(listened, tmp_path, {"recipe": UPRIGHT})
    assert isinstance(made, Product)
    assert made.decision.en.endswith("cropped to 32% where there is most to see, no sound")
    frame = Image.open(BytesIO(glimpses.still(made.path, 1.0, "null")))
    assert is_in_it(frame)


@given(
    st.lists(st.floats(0, 255), min_size=8, max_size=62),
    st.fractions(Fraction(1, 20), 1).map(float),
)
def test_a_window_lies_inside_and_takes_in_no_less_than_the_middle(
    energy: list[float], part: float
) -> None:
    at, _ = focus(Attention(energy, energy), part, 1.0)
    assert 0 <= at <= 1
    length = max(1, round(part * len(energy)))
    room = len(energy) - length
    start, middle = round(at * room), room // 2
    seen, in_the_middle = (sum(energy[i : i + length]) for i in (start, middle))
    assert seen >= in_the_middle * (1 - 1 / max(room, 1)) - 1e-4


def test_an_even_picture_is_cropped_to_its_middle() -> None:
    even = Image.new("RGB", (100, 100), (90, 90, 90))
    assert focus(attention(even), 0.3, 1.0) == pytest.approx((0.5, 0.5), abs=0.02)


def test_a_photo_becomes_a_clip_that_comes_nearer(tmp_path: Path) -> None:
    source = material.LANDSCAPE
    media = stills.look(source).media
    runs = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        lacking = {"recipe": MOVING}
        ((_, each),) = photo.make(source, media, tmp_path / name, lacking, Work())
        assert isinstance(each, Product)
        runs.append(each)
    made, again = runs
    assert made.path.read_bytes() == again.path.read_bytes()
    assert made.suffix == ".mp4"
    assert made.media.seconds == pytest.approx(4, abs=0.01)
    assert made.decision.en.endswith("a clip of 4 s")
    first, last = (
        Image.open(BytesIO(glimpses.still(made.path, at, "null"))).convert("L") for at in (0.0, 3.9)
    )
    (plain,) = stills.develop(
        source, media.video, [MOVING.model_copy(update={"photo_clip_seconds": None})]
    )
    assert difference(first, Image.open(BytesIO(plain)).convert("L")) < 6
    margin = (round(320 * 0.027), round(180 * 0.027))
    inner = first.crop((*margin, 320 - margin[0], 180 - margin[1])).resize((320, 180))
    assert difference(last, inner) < difference(last, first)


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])


def test_how_photos_move_is_no_matter_of_a_clips_recipe() -> None:
    still = MOVING.model_copy(update={"photo_clip_seconds": None})
    same, other = ([normalize.recipe(each, kind) for each in (MOVING, still)] for kind in Kind)
    assert same[0] == same[1]
    assert other[0] != other[1]


def test_a_gate_that_shows_photos_for_longer_than_their_clips_is_refused(tmp_path: Path) -> None:
    workspace = lay_out(tmp_path / "hub")
    hall = workspace.root / "profiles" / "hall.toml"
    hall.write_text(f"{hall.read_text('utf-8')}\nphoto_clip_seconds = 5\n", "utf-8")
    with pytest.raises(BadDocument, match="photo_seconds = 5"):
        Workspace.load(workspace.root)
