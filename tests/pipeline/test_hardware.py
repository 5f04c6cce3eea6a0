"""Hardware encoders, whose places other ways of x264's take here: there is no such hardware."""

import re
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cluster_feed.adapters import encoders, trial
from cluster_feed.adapters.encoders import HARDWARE, X264, Encoder, Hardware
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe
from cluster_feed.adapters.trial import Trial
from cluster_feed.core.asset import Kind
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import check, normalize
from cluster_feed.pipeline.normalize import clip
from cluster_feed.pipeline.normalize.clip import Product
from cluster_feed.workspace import Workspace
from tests import oddities
from tests.pipeline.test_normalize import NOW, admit, lay_out

WALL = DisplayProfile(
    name="wall", title="", width=128, height=128, fps=Fraction(25), bitrate_kbps=800
)


def otherwise(**options: str | int) -> Encoder:
    return X264._replace(name="card", options={**X264.options, **options})


EQUAL = otherwise(**{"rc-lookahead": 30})
COARSER = otherwise(crf=27)
WRONG = otherwise(pix_fmt="yuv422p", crf=20)
UNABLE = EQUAL._replace(start=("-init_hw_device", "vaapi=card:/dev/no-such-card"))
ABSENT = EQUAL._replace(devices=(Path("/dev/no-such-card"),))


@pytest.fixture(autouse=True)
def _untried() -> Iterator[None]:
    trial.chosen.cache_clear()
    yield
    trial.chosen.cache_clear()


def has(monkeypatch: pytest.MonkeyPatch, encoder: Encoder) -> None:
    monkeypatch.setitem(HARDWARE, Hardware.VAAPI, encoder)


def test_what_is_as_good_is_used_and_named(
    tmp_path: Path, database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(monkeypatch, EQUAL)
    workspace = lay_out(tmp_path / "hub")
    settings = workspace.root / "cluster-feed.toml"
    settings.write_text('[normalizing]\nhardware = "h264_vaapi"\n', encoding="utf-8")
    workspace = Workspace.load(workspace.root)
    asset = admit(workspace, oddities.fields)
    assert normalize.run(workspace, NOW).renditions == 2
    assert normalize.run(workspace, NOW).renditions == 0
    for made in ledger.Rendition.objects.filter(asset=asset):
        profile = workspace.profiles[made.profile]
        assert made.recipe == normalize.recipe(profile, Kind.VIDEO, encoder=EQUAL)
        assert made.recipe != normalize.recipe(profile, Kind.VIDEO)
        assert "coded by card" in made.decision
        assert "mã hóa bằng card" in made.decision_vi
    said = [each.what for each in check.run(workspace) if "coded by" in each.what.en]
    assert [each.en for each in said] == [trial.chosen(Hardware.VAAPI).says.en]
    assert "as good as x264" in said[0].en
    assert "không kém x264" in said[0].vi


def test_as_good_means_that_nobody_sees_or_pays_for_the_difference() -> None:
    assert Trial(ssim_lost=0.001, size=1.12, time=3).equal
    assert Trial(ssim_lost=-0.1, size=0.5, time=0.1).equal
    assert not Trial(ssim_lost=0.0011, size=1, time=0.1).equal
    assert not Trial(ssim_lost=0, size=1.13, time=0.1).equal


def test_what_is_worse_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, COARSER)
    choice = trial.chosen(Hardware.VAAPI)
    assert choice.encoder == X264
    assert "worse than x264 (SSIM" in choice.says.en
    assert "kém x264 (SSIM" in choice.says.vi


@pytest.mark.parametrize(
    ("encoder", "why"),
    [
        (UNABLE, "failed its trial"),
        (WRONG, "failed its trial"),
        (ABSENT, "there is no /dev/no-such-card"),
        (otherwise(**{"c:v": "h264_of_nobody"}), "this ffmpeg does not have it"),
    ],
    ids=["cannot start", "makes what is not wanted", "no device", "unknown to ffmpeg"],
)
def test_what_does_not_work_is_not_used(
    encoder: Encoder, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(monkeypatch, encoder)
    choice = trial.chosen(Hardware.VAAPI)
    assert choice.encoder == X264
    assert why in choice.says.en


def test_hardware_that_is_there_and_off_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "HARDWARE", {Hardware.VAAPI: ABSENT})
    assert "no hardware" in trial.chosen(Hardware.OFF).says.en
    trial.chosen.cache_clear()
    monkeypatch.setattr(encoders, "HARDWARE", {Hardware.VAAPI: EQUAL, Hardware.QSV: ABSENT})
    assert (
        "there is card, but hardware in [normalizing] is off" in trial.chosen(Hardware.OFF).says.en
    )


@pytest.mark.parametrize("encoder", [UNABLE, WRONG], ids=["fails", "does it wrong"])
def test_what_hardware_fails_at_is_coded_by_x264(encoder: Encoder, tmp_path: Path) -> None:
    source = oddities.fields(tmp_path / "source")
    by_x264, by_card = (made(source, tmp_path / each.name, each) for each in (X264, encoder))
    assert by_card.path.read_bytes() == by_x264.path.read_bytes()
    assert by_card.decision == by_x264.decision


def made(source: Path, folder: Path, encoder: Encoder) -> Product:
    folder.mkdir()
    listened = clip.listen(source, probe(source).media, [WALL], Work())._replace(encoder=encoder)
    ((_, product),) = clip.make(listened, folder, {"recipe": WALL})
    assert isinstance(product, Product)
    return product


@pytest.mark.parametrize("hardware", HARDWARE)
def test_ffmpeg_knows_every_option_of_an_encoder(hardware: Hardware) -> None:
    assert HARDWARE[hardware].name == hardware
    options = set(HARDWARE[hardware].options) - {"c:v", "pix_fmt", "global_quality"}
    asked = ["ffmpeg", "-hide_banner", "-h", f"encoder={hardware}"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    if "is not recognized" in told:
        pytest.skip("this ffmpeg was built without it")
    assert options <= set(re.findall(r"^ +-(\S+)", told, re.MULTILINE))
