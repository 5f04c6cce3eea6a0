"""One file by itself: no workspace, no ledger."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from cluster_feed.adapters import glimpses
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe
from cluster_feed.cli import app
from cluster_feed.core.errors import BadSheet, FolderUnwritable, Refusal
from tests import oddities

HALL = """
name = "hall"
title = "Hall"
width = 320
height = 180
fps = "25"
bitrate_kbps = 1500
loudness_lufs = -23.0
"""
WALL = HALL.replace("hall", "wall").replace("320", "128").replace("loudness_lufs = -23.0", "")


@pytest.fixture
def profiles(tmp_path: Path) -> list[str]:
    words = []
    for name, text in (("hall", HALL), ("wall", WALL)):
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        words += ["--profile", str(path)]
    return words


def say(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["-w", str(folder / "no-workspace"), *words])


def test_a_clip_is_made_for_every_profile_and_measured(tmp_path: Path, profiles: list[str]) -> None:
    source, to = oddities.plain(tmp_path / "tin.mp4"), tmp_path / "made"
    said = say(tmp_path, "normalize", str(source), *profiles, "--to", str(to), "--json")
    assert said.exit_code == 0
    answer = json.loads(said.stdout)
    assert answer["found"]["audio"][0]["loudness_lufs"] == pytest.approx(-27.8, abs=0.2)
    hall, wall = answer["made"]
    assert hall["decision"].endswith("fills the screen, sound -27.8 to -23.0 LUFS")
    assert hall["measured"]["audio"][0]["loudness_lufs"] == pytest.approx(-23, abs=0.5)
    assert wall["measured"]["audio"] == []
    assert probe(Path(wall["path"])).media.video.shown_size == (128, 180)
    assert sorted(path.name for path in to.iterdir()) == ["tin.hall.mp4", "tin.wall.mp4"]
    again = say(tmp_path, "profile", "check", hall["path"], *profiles, "--json")
    outlook = json.loads(again.stdout)["outlook"]
    assert outlook[0]["decision"] == "keep: it fits; sound -23.0 LUFS"
    assert outlook[1]["decision"].startswith("full: 320x180 instead of 128x180")


def test_a_photo_is_made_and_told_in_words(tmp_path: Path, profiles: list[str]) -> None:
    source = oddities.progressive(tmp_path / "anh.jpg")
    said = say(tmp_path, "normalize", str(source), *profiles, "--to", str(tmp_path))
    assert said.exit_code == 0
    assert "✓ hall: làm lại toàn bộ: " in said.output
    assert probe(tmp_path / "anh.wall.jpg").media.video.shown_size == (128, 180)


def test_it_is_foreseen_as_it_is_made(tmp_path: Path, profiles: list[str]) -> None:
    source = oddities.anamorphic(tmp_path / "tin.mp4")
    foreseen = say(tmp_path, "profile", "check", str(source), *profiles, "--json")
    made = say(tmp_path, "normalize", str(source), *profiles, "--to", str(tmp_path), "--json")
    outlook = json.loads(foreseen.stdout)["outlook"]
    assert [(each["decision"], each["findings"]) for each in outlook] == [
        (each["decision"], each["findings"]) for each in json.loads(made.stdout)["made"]
    ]


def test_the_subtitles_beside_a_clip_are_burnt_in_and_those_that_lack_are_named(
    tmp_path: Path,
) -> None:
    profile = tmp_path / "hall.toml"
    profile.write_text(HALL + 'subtitles = ["vi", "lo"]\n', encoding="utf-8")
    source = oddities.clip(tmp_path / "tin.mp4", "color=black:s=320x180:r=25:d=3")
    words = ("normalize", str(source), "--profile", str(profile), "--to", str(tmp_path))
    made = tmp_path / "tin.hall.mp4"
    assert say(tmp_path, *words).exit_code == 0
    assert brightest(made) < 40
    cue = "1\n00:00:00,000 --> 00:00:03,000\nCửa khẩu Lao Bảo\n"
    (tmp_path / "tin.vi.srt").write_text(cue, encoding="utf-8")
    said = say(tmp_path, *words)
    assert "phụ đề vi" in said.output
    assert "không có phụ đề “lo”: hãy đặt tin.lo.srt cạnh tệp" in said.output
    assert brightest(made) > 200
    (tmp_path / "tin.lo.srt").write_text("nobody can read this", encoding="utf-8")
    assert isinstance(say(tmp_path, *words).exception, BadSheet)
    profile.write_text(HALL, encoding="utf-8")
    assert say(tmp_path, *words).exit_code == 0  # nobody is to read it


def test_a_title_comes_from_the_sidecar_and_one_that_lacks_is_named(tmp_path: Path) -> None:
    profile = tmp_path / "hall.toml"
    profile.write_text(HALL + 'titles = ["vi", "lo"]\n', encoding="utf-8")
    clip = oddities.clip(tmp_path / "tin.mp4", "color=black:s=320x180:r=25:d=3")
    photo = tmp_path / "anh.png"
    Image.new("RGB", (320, 180)).save(photo)
    for file, made in ((clip, tmp_path / "tin.hall.mp4"), (photo, tmp_path / "anh.hall.jpg")):
        words = ("normalize", str(file), "--profile", str(profile), "--to", str(tmp_path))
        said = say(tmp_path, *words)
        assert f"không có tiêu đề “vi”: hãy ghi vào {file.stem}.yaml cạnh tệp" in said.output
        assert brightest(made) < 40
        sidecar = file.with_suffix(".yaml")
        sidecar.write_text("tiêu đề: Chợ phiên Lao Bảo\n", encoding="utf-8")
        said = say(tmp_path, *words)
        assert said.exit_code == 0
        assert "tiêu đề vi" in said.output
        assert "không có tiêu đề “lo”" in said.output
        assert "“vi”" not in said.output
        assert brightest(made) > 200
        foreseen = say(tmp_path, "profile", "check", str(file), "--profile", str(profile))
        assert "tiêu đề vi" in foreseen.output


def brightest(made: Path) -> int:
    """Of a photo, or of a picture in the middle of a clip, on a scale of 255."""
    picture = made.read_bytes()
    if made.suffix == ".mp4":
        picture = glimpses.still(made, 1.5, "scale=320:180", Work().patience)
    return max(Image.open(BytesIO(picture)).convert("L").tobytes())


def test_what_was_found_is_shown_beside_the_rendition_and_nobody_s_file_is_touched(
    tmp_path: Path,
) -> None:
    profile = tmp_path / "hall.toml"
    profile.write_text(HALL, encoding="utf-8")
    dark = "testsrc2=s=320x180:r=25:d=6,drawbox=enable='gte(t,2)':t=fill:c=black"
    source = oddities.clip(tmp_path / "tin.mp4", dark)
    to = tmp_path / "made"
    words = ("normalize", str(source), "--profile", str(profile), "--to", str(to))
    still = to / "tin.hall.0m02.black.jpg"
    to.mkdir()
    still.write_text("somebody's notes", encoding="utf-8")
    found = json.loads(say(tmp_path, *words, "--json").stdout)["made"][0]["findings"]
    black = next(each for each in found if each["flaw"] == "black")
    assert black["still"] == str(to / "tin.hall.0m02.black-2.jpg")
    assert brightest(Path(black["still"])) < 40
    assert still.read_text(encoding="utf-8") == "somebody's notes"
    before = sorted(to.iterdir())
    assert black["still"] in "".join(say(tmp_path, *words).output.split("\n"))
    assert sorted(to.iterdir()) == before


@pytest.mark.parametrize("command", [("normalize",), ("profile", "check")])
def test_damage_is_refused_in_the_house_words(
    tmp_path: Path, profiles: list[str], command: tuple[str, ...]
) -> None:
    source = oddities.clip(tmp_path / "tin.mp4", "testsrc2=s=320x180:r=25:d=5,noise=alls=20:allf=t")
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 4] + bytes(len(content) * 3 // 4))
    said = say(tmp_path, *command, str(source), *profiles)
    assert isinstance(said.exception, Refusal)


def test_a_flaw_that_a_profile_blocks_is_refused_and_the_other_profile_served(
    tmp_path: Path, profiles: list[str]
) -> None:
    hall = tmp_path / "hall.toml"
    hall.write_text(f'{HALL}blocks = ["short"]\n', encoding="utf-8")
    source = oddities.plain(tmp_path / "tin.mp4")
    said = say(tmp_path, "normalize", str(source), *profiles, "--to", str(tmp_path), "--json")
    assert said.exit_code == 1
    hall_, wall = json.loads(said.stdout)["made"]
    assert hall_["refused"] == "FlawedMedia"
    assert Path(wall["path"]).exists()
    assert not (tmp_path / "tin.hall.mp4").exists()
    foreseen = say(tmp_path, "profile", "check", str(source), *profiles)
    assert foreseen.exit_code == 1
    assert "✗ hall: " in foreseen.output
    assert "✓ wall: " in foreseen.output
    assert "rất ngắn (2,0 s) (hồ sơ này không nhận)" in foreseen.output


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path, profiles: list[str]) -> None:
    source = oddities.progressive(tmp_path / "anh.jpg")
    said = say(tmp_path, "normalize", str(source), *profiles, "--to", str(source / "in"))
    assert isinstance(said.exception, FolderUnwritable)


def test_an_unknown_profile_is_answered_with_those_there_are(tmp_path: Path) -> None:
    source = oddities.progressive(tmp_path / "anh.jpg")
    said = say(tmp_path, "profile", "check", str(source), "--profile", "nope")
    assert said.exit_code == 2
    assert "lcd-1080p" in said.output
