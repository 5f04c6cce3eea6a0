"""What need not be coded again is not, and what is handed on says nothing of its source."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster_feed.adapters import boxes, packets, proving
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe
from cluster_feed.adapters.process import PATIENT
from cluster_feed.core.errors import FlawedMedia, Refusal
from cluster_feed.core.finding import Flaw
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.pipeline.normalize import clip
from cluster_feed.pipeline.normalize.clip import Product
from tests import oddities

HALL = DisplayProfile(
    name="hall", title="Hall", width=320, height=180, fps=25, bitrate_kbps=1500, loudness_lufs=-23
)
WALL = HALL.model_copy(update={"name": "wall", "loudness_lufs": None})
PICTURE = "testsrc2=s=320x180:r=25:d=3"
TONE = "sine=f=440:d=3:r=48000,volume=-1.2dB"
BT709 = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
CODED = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-pix_fmt", "yuv420p", *BT709)
FITTING = (*CODED, *oddities.AAC, "-ac", "2", "-movflags", "+faststart")
ANONYMOUS = ("-map_metadata", "-1", "-fflags", "+bitexact")


def fitting(to: Path, *options: str, form: str = "mp4", sound: str = TONE) -> Path:
    return oddities.clip(to, PICTURE, *FITTING, *ANONYMOUS, *options, sound=sound, form=form)


def make(source: Path, folder: Path, *profiles: DisplayProfile) -> list[Product | Refusal]:
    media = probe(source).media
    lacking = {profile.name: profile for profile in profiles}
    made = dict(clip.make(clip.listen(source, media, profiles, Work()), folder, lacking))
    return [made[profile.name] for profile in profiles]


def product(source: Path, folder: Path, profile: DisplayProfile = HALL) -> Product:
    (made,) = make(source, folder, profile)
    assert isinstance(made, Product), made
    return made


def pictures(path: Path) -> str:
    """What a proof says of the pictures; the same, whatever lies around them."""
    proof = proving.prove(path, probe(path).media, hashed=True)
    assert proof.pictures.startswith("SHA256=")
    return proof.pictures


def test_a_clip_that_fits_in_everything_keeps_its_very_bytes(tmp_path: Path) -> None:
    source = fitting(tmp_path / "asset")
    made = product(source, tmp_path)
    assert made.path == source
    assert made.decision.en == "keep: it fits; sound -23.0 LUFS"
    assert made.media.audio[0].loudness_lufs == pytest.approx(-23, abs=0.1)


def test_a_cover_is_no_reason_to_code_a_clip_anew(tmp_path: Path) -> None:
    made = product(oddities.cover_in_front(tmp_path / "asset", *BT709), tmp_path)
    assert made.decision.en.startswith("audio only: ")


def test_what_of_the_sound_is_left_out_is_said(tmp_path: Path) -> None:
    made = product(oddities.tracks(tmp_path / "asset", 0, 0, 1, 1), tmp_path)
    assert "sound track 3+4/4 taken" in made.decision.en
    assert made.media.audio[0].loudness_lufs == pytest.approx(-23, abs=0.5)
    made = product(oddities.long_sound(tmp_path / "asset"), tmp_path)
    assert "3.0 s of sound after the picture left out" in made.decision.en


def test_what_was_made_here_is_kept_when_it_comes_back(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    made = product(oddities.plain(tmp_path / "asset"), tmp_path)
    assert made.decision.en.startswith("full: ")
    again = product(made.path, tmp_path / "again")
    assert (again.path, again.decision.en) == (made.path, "keep: it fits; sound -23.0 LUFS")


PACKED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a place in its tags": (
        lambda to: fitting(to, "-metadata", "location=+16.6+106.6/"),
        "remux: it also holds",
    ),
    "its index at the end": (
        lambda to: oddities.clip(
            to, PICTURE, *CODED, *oddities.AAC, "-ac", "2", *ANONYMOUS, sound=TONE
        ),
        "remux: index at the end",
    ),
    "a transport stream": (lambda to: fitting(to, form="mpegts"), "remux: mpegts instead of MP4"),
    "a Matroska": (lambda to: fitting(to, form="matroska"), "remux: matroska instead of MP4"),
    "a QuickTime": (lambda to: fitting(to, form="mov"), "remux: mov instead of MP4"),
    "a camera's messages": (
        lambda to: fitting(to, "-bsf:v", f"h264_metadata=sei_user_data={'a7' * 16}+serial42"),
        "remux: it also holds messages",
    ),
    "sound that is too quiet": (
        lambda to: fitting(to, "-af", "volume=-9dB"),
        "audio only: its loudness; sound -32.0 to -23.0 LUFS",
    ),
    "two sound tracks": (
        lambda to: fitting(to, "-map", "0:v", "-map", "1:a", "-map", "1:a"),
        "audio only: 2 sound tracks instead of one",
    ),
    "sound of another codec": (
        lambda to: fitting(to, "-c:a", "ac3"),
        "audio only: ac3 sound instead of AAC",
    ),
    "sound that begins late": (
        lambda to: fitting(to, "-af", "asetpts=PTS+0.5/TB"),
        "audio only: sound begins at 0.5 s",
    ),
    "open GOPs": (
        lambda to: fitting(to, "-g", "25", "-bf", "3", "-x264-params", "open-gop=1"),
        "full: open GOPs",
    ),
    "a rate that varies": (
        lambda to: fitting(to, "-vf", "select='not(eq(n,30))'", "-vsync", "vfr"),
        "full: ",
    ),
    "a profile that few players know": (
        lambda to: fitting(to, "-pix_fmt", "yuv422p", "-profile:v", "high422"),
        "full: yuv422p instead of 8-bit 4:2:0",
    ),
}


@pytest.mark.parametrize("what", PACKED)
def test_no_more_is_made_anew_than_must_be(tmp_path: Path, what: str) -> None:
    make_source, decision = PACKED[what]
    source = make_source(tmp_path / "asset")
    made = product(source, tmp_path)
    assert made.decision.en.startswith(decision)
    assert boxes.read(made.path).strangers == ()
    assert b"serial42" not in made.path.read_bytes()
    if not decision.startswith("full"):
        assert pictures(made.path) == pictures(source)
    packing = packets.inspect(made.path, made.media, PATIENT)
    assert not [*packing.picture_faults(), *packing.sound_faults(), *packing.container_faults()]


def test_a_turned_clip_is_never_copied(tmp_path: Path) -> None:
    upright = fitting(tmp_path / "upright")
    source = tmp_path / "asset"
    run = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(upright), "-c", "copy"]
    subprocess.run([*run, "-metadata:s:v:0", "rotate=180", "-f", "mp4", str(source)], check=True)
    made = product(source, tmp_path)
    assert made.decision.en.startswith("full: to be turned by 180 degrees")


def test_a_screen_without_loudspeakers_gets_the_same_pictures_without_the_sound(
    tmp_path: Path,
) -> None:
    source = fitting(tmp_path / "asset")
    hall, wall = make(source, tmp_path, HALL, WALL)
    assert isinstance(hall, Product)
    assert isinstance(wall, Product)
    assert wall.decision.en == "remux: sound is left out; no sound"
    assert wall.media.audio == ()
    assert pictures(wall.path) == pictures(source)


def test_the_same_clip_is_copied_to_the_same_bytes(tmp_path: Path) -> None:
    source = fitting(tmp_path / "asset", form="mpegts")
    runs = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        runs.append(product(source, tmp_path / name).path.read_bytes())
    assert runs[0] == runs[1]


def test_a_copy_that_lacks_a_picture_is_no_copy_and_the_clip_is_coded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fitting(tmp_path / "asset", form="mpegts")
    dropping = "noise=drop=eq(n\\,40),filter_units=remove_types=6"
    monkeypatch.setattr(packets, "WITHOUT_MESSAGES", dropping)
    assert product(source, tmp_path).decision.en.startswith("full: it could not be copied")


def test_a_clip_whose_end_is_missing_is_not_copied_either(tmp_path: Path) -> None:
    source = fitting(tmp_path / "asset")
    content = source.read_bytes()
    source.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(Refusal, match="breaks off"):
        make(source, tmp_path, HALL)


def test_a_flaw_is_told_and_blocks_only_where_the_profile_says_so(tmp_path: Path) -> None:
    source = fitting(tmp_path / "asset", "-vf", "drawbox=c=black:t=fill", sound="anullsrc=d=3")
    strict = HALL.model_copy(update={"name": "strict", "blocks": (Flaw.BLACK,)})
    hall, refused = make(source, tmp_path, HALL, strict)
    assert isinstance(hall, Product)
    assert {each.flaw for each in hall.findings} == {Flaw.BLACK, Flaw.SILENCE}
    assert isinstance(refused, FlawedMedia)
    assert "black picture 0:00.0-0:03.0" in str(refused)
