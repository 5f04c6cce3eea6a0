"""An asset's title is burnt into what is made for players that draw none."""

from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from cluster_feed.adapters import glimpses, stills
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption, Cue, Words
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import normalize
from cluster_feed.pipeline.normalize import Made, photo
from cluster_feed.pipeline.normalize.clip import Product
from cluster_feed.workspace import Workspace
from demo import material
from tests import oddities
from tests.pipeline.test_normalize import NOW, admit, lay_out

PLAIN = DisplayProfile(
    name="led", title="LED", width=640, height=360, fps=25, bitrate_kbps=1500, fit="crop"
)
TITLED = PLAIN.model_copy(update={"titles": ("vi", "lo")})
CUE = Cue(from_seconds=0, to_seconds=1, text="Chợ")
CAPTION = Caption(words={"vi": Words(title="Chợ Lao Bảo"), "lo": Words(title="ຕະຫຼາດລາວບາວ")})


def made(folder: Path, profile: DisplayProfile, caption: Caption = CAPTION) -> Product:
    folder.mkdir()
    media = stills.look(material.LANDSCAPE).media
    done = photo.make(material.LANDSCAPE, media, folder, {"recipe": profile}, Work(), caption)
    ((_, product),) = done
    assert isinstance(product, Product)
    return product


def differences(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """How far two pictures are apart where no title stands, and where it does."""
    upper, foot = (0, 0, 640, 250), (32, 300, 608, 342)
    return difference(one.crop(upper), other.crop(upper)), difference(
        one.crop(foot), other.crop(foot)
    )


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one, other).convert("L")).mean[0])


def test_a_photo_bears_its_title_and_is_else_as_without(tmp_path: Path) -> None:
    titled, again = made(tmp_path / "titled", TITLED), made(tmp_path / "again", TITLED)
    plain = made(tmp_path / "plain", PLAIN)
    assert titled.path.read_bytes() == again.path.read_bytes()
    upper, foot = differences(Image.open(titled.path), Image.open(plain.path))
    assert upper < 1.5
    assert foot > 20
    assert titled.decision.en.endswith("title in vi, lo")
    assert titled.decision.vi.endswith("tiêu đề vi, lo")
    assert "title" not in plain.decision.en
    assert titled.media.video.codec == "mjpeg"


def test_a_title_stands_still_on_a_photo_that_moves(tmp_path: Path) -> None:
    moving = {"photo_clip_seconds": 3, "fps": Fraction(5)}
    titled = made(tmp_path / "titled", TITLED.model_copy(update=moving))
    plain = made(tmp_path / "plain", PLAIN.model_copy(update=moving))
    letters = []
    for at in (0.0, 2.7):
        one, other = (
            Image.open(BytesIO(glimpses.still(each.path, at, "null"))) for each in (titled, plain)
        )
        upper, foot = differences(one, other)
        assert upper < 3
        assert foot > 20
        white = one.convert("L").point(lambda level: 255 if level > 215 else 0)
        letters.append(white.crop((32, 300, 608, 342)).getbbox())
    first, last = letters
    assert first is not None
    assert last == pytest.approx(first, abs=3)


def test_only_the_titles_that_are_burnt_in_change_a_recipe() -> None:
    english = CAPTION.model_copy(update={"words": {**CAPTION.words, "en": Words(title="Market")}})
    corrected = Caption(words={**CAPTION.words, "vi": Words(title="Chợ phiên")})
    for kind in Kind:
        plain = normalize.recipe(PLAIN, kind)
        assert normalize.recipe(PLAIN, kind, CAPTION) == plain
        assert normalize.recipe(TITLED, kind) == plain
        titled = normalize.recipe(TITLED, kind, CAPTION)
        assert titled != plain
        assert normalize.recipe(TITLED, kind, english) == titled
        assert normalize.recipe(TITLED, kind, corrected) not in {titled, plain}
        turned = TITLED.model_copy(update={"titles": ("lo", "vi")})
        assert normalize.recipe(turned, kind, CAPTION) != titled
    words = CAPTION.model_copy(update={"subtitles": {"vi": (CUE,)}})
    assert normalize.recipe(TITLED, Kind.PHOTO, words) == normalize.recipe(
        TITLED, Kind.PHOTO, CAPTION
    )


def test_a_corrected_title_makes_new_renditions_and_keeps_the_old(
    tmp_path: Path, database: None
) -> None:
    workspace = lay_out(tmp_path / "hub")
    wall = workspace.root / "profiles" / "wall.toml"
    wall.write_text(f'{wall.read_text("utf-8")}\ntitles = ["vi"]\n', "utf-8")
    workspace = Workspace.load(workspace.root)
    clip, picture = admit(workspace, oddities.plain), admit(workspace, oddities.progressive)
    assert normalize.run(workspace, NOW) == Made(renditions=4)
    shown = []
    for hour, title in enumerate(("Chợ", "Chợ phiên", "Chợ"), 1):
        caption = {"words": {"vi": {"title": title}}}
        ledger.Asset.objects.update(caption=caption)
        now = NOW + timedelta(hours=hour)
        assert normalize.run(workspace, now) == Made(renditions=2)
        assert normalize.run(workspace, now) == Made()
        newest = [each.renditions.order_by("made_at").last() for each in (clip, picture)]
        shown.append([each.sha256 for each in newest if each])
    first, second, third = shown
    assert first == third
    assert not {*first} & {*second}
    assert ledger.Rendition.objects.filter(profile="wall", code="").count() == 6
    assert ledger.Rendition.objects.filter(profile="hall").count() == 2
    for row in ledger.Rendition.objects.all():
        workspace.store.verify(row.sha256)
