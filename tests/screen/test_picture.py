"""Is it what the file has?  Pictures of a screen, made by hand, against files that are decoded."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageEnhance

from cluster_feed.core.asset import Kind
from cluster_feed.core.health import MOST_DIFFERENCE
from cluster_feed.core.playlist import Blob
from cluster_feed.core.value import digest
from cluster_feed.screen import card
from cluster_feed.screen.blobs import Blobs
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.picture import Taken, difference, look
from cluster_feed.screen.player import Glance, Turn

SIZE = (640, 360)
Opens = Callable[[Path, Kind], Turn]


@pytest.fixture
def opened(config: ScreenConfig) -> Iterator[Opens]:
    """A turn of a file that was verified."""
    blobs = Blobs(config.blobs)
    with ExitStack() as stack:

        def turn(path: Path, kind: Kind) -> Turn:
            content = path.read_bytes()
            name = f"lao-bao/x.led-wall{path.suffix}"
            blob = Blob(target=name, sha256=digest(content), byte_count=len(content))
            blobs.path(blob).write_bytes(content)
            return Turn(stack.enter_context(blobs.open(blob)), name, kind, 4, 0, 4)

        yield turn


def film(path: Path, *filters: str, source: str = "testsrc2=s=320x180:r=25:d=4") -> Path:
    """A clip of four seconds in which much moves."""
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        ",".join([source, *filters]),
    ]
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-y"]
    subprocess.run([*command, *encode, path], check=True)
    return path


def still(path: Path, seconds: float) -> Image.Image:
    """What a clip has at a moment, as a player may show it: larger, and by way of a JPEG."""
    made = path.with_suffix(f".{seconds}.jpg")
    cut = ["-ss", str(seconds), "-i", str(path), "-frames:v", "1"]
    scale = ["-vf", f"scale={SIZE[0]}:{SIZE[1]}", "-q:v", "8", "-y", str(made)]
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *cut, *scale], check=True)
    with Image.open(made) as image:
        return image.convert("RGB")


def seen(image: Image.Image, turn: Turn, seconds: float = 0) -> Glance | None:
    facts = {"cluster": "lao-bao", "screen": "led", "profile": "led-wall", "gate": "Lao Bảo"}
    config = ScreenConfig.model_validate(facts | {"source": "/feed", "state": "/state"})
    return look(lambda: Taken(image, turn, seconds, seconds + 0.1), config)


def differs(image: Image.Image, turn: Turn, seconds: float = 0) -> bool:
    """Whether the check says so."""
    glance = seen(image, turn, seconds)
    assert glance
    return glance.difference > MOST_DIFFERENCE


def test_a_clip_is_known_at_its_moment_and_by_its_own_pictures_alone(
    opened: Opens, tmp_path: Path
) -> None:
    clip = film(tmp_path / "clip.mp4")
    turn = opened(clip, Kind.VIDEO)
    assert not differs(still(clip, 2), turn, 2)
    assert differs(still(film(tmp_path / "other.mp4", "hflip"), 2), turn, 2)
    assert differs(Image.new("RGB", SIZE, card.RED), turn, 2)
    assert differs(ImageChops.invert(still(clip, 2)), turn, 2)


def test_a_dark_clip_is_told_from_black(opened: Opens, tmp_path: Path) -> None:
    night = film(tmp_path / "night.mp4", "lutyuv=y='16+(val-16)/8':u=128:v=128")
    turn, dark = opened(night, Kind.VIDEO), still(night, 1)
    assert max(dark.convert("L").resize((1, 1)).tobytes()) < MOST_DIFFERENCE
    assert not differs(dark, turn, 1)
    assert differs(Image.new("RGB", SIZE), turn, 1)


def test_a_picture_that_stands_while_its_clip_goes_on_differs(
    opened: Opens, tmp_path: Path
) -> None:
    ground, box = "color=c=0x303080:s=320x180:r=25:d=4", "color=c=white:s=60x70:r=25:d=4"
    moves = f"{ground}[a];{box}[b];[a][b]overlay=x='t*70':y=60"
    clip = film(tmp_path / "clip.mp4", source=moves)
    turn = opened(clip, Kind.VIDEO)
    assert not differs(still(clip, 3), turn, 3)
    assert differs(still(clip, 0), turn, 3)


def test_a_photo_is_known_with_words_over_it_and_in_a_frame(
    opened: Opens, material: dict[str, Path]
) -> None:
    turn = opened(material["photo"], Kind.PHOTO)
    with Image.open(material["photo"]) as photo:
        whole = photo.convert("RGB").resize(SIZE)
    words = whole.copy()
    ImageDraw.Draw(words).rectangle((15, 300, 625, 345), card.INK)
    tall = Image.new("RGB", (360, 640), card.RED)
    tall.paste(whole.resize((360, 202)), (0, 219))
    for each in (whole, words, tall, ImageEnhance.Brightness(whole).enhance(1.1)):
        assert not differs(each, turn)
    with Image.open(material["other-photo"]) as other:
        assert differs(other.convert("RGB").resize(SIZE), turn)
    assert differs(whole.transpose(Image.Transpose.FLIP_LEFT_RIGHT), turn)


def test_what_has_nothing_to_be_made_out_is_like_itself_only(opened: Opens, tmp_path: Path) -> None:
    plain = Image.new("RGB", SIZE, "#1438c8")
    assert difference(plain, plain) == 0
    Image.new("RGB", SIZE, "#1438c8").save(tmp_path / "plain.jpg")
    turn = opened(tmp_path / "plain.jpg", Kind.PHOTO)
    assert not differs(plain, turn)
    assert differs(Image.new("RGB", SIZE), turn)


def test_where_the_file_cannot_be_decoded_nothing_is_claimed(
    opened: Opens, material: dict[str, Path]
) -> None:
    for name, kind in (("junk", Kind.VIDEO), ("large", Kind.VIDEO), ("junk", Kind.PHOTO)):
        turn = opened(material[name], kind)
        assert seen(Image.new("RGB", SIZE), turn) is None
