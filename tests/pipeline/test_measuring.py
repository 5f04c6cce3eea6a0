"""What is measured of a clip's content is measured once, whatever is made of it later."""

from hashlib import shake_256
from pathlib import Path
from typing import Any

import pytest

from cluster_feed.adapters import clips, process
from cluster_feed.core.asset import Measurement
from cluster_feed.core.finding import Flaw
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import normalize
from cluster_feed.pipeline.normalize import Made, measuring
from cluster_feed.workspace import Workspace
from tests import oddities
from tests.pipeline.test_normalize import CLUSTER, NOW, PROFILE, admit, lay_out


@pytest.fixture
def workspace(tmp_path: Path, database: None) -> Workspace:
    return lay_out(tmp_path / "hub")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The programs that were run on an original, each by the words of its command line."""
    programs: list[tuple[str, ...]] = []
    run = process.run

    def noted(argv: tuple[str, ...], **more: Any) -> process.Finished:  # noqa: ANN401
        name = content.name if (content := more.get("content")) else None
        if isinstance(name, str) and ".incoming" not in name:  # a pipe's is a number
            programs.append(tuple(argv))
        return run(argv, **more)

    monkeypatch.setattr(process, "run", noted)
    return programs


def in_another_size(workspace: Workspace, *, sound: str = "loudness_lufs = -23.0") -> Workspace:
    """Add a third kind of screen."""
    aside = PROFILE.format(name="aside", width=192, height=108, sound=sound)
    (workspace.root / "profiles" / "aside.toml").write_text(aside, encoding="utf-8")
    screen = '\n[[screens]]\nname = "aside"\ntitle = "Aside"\nprofile = "aside"\n'
    (workspace.root / "playlists" / "lao-bao.toml").write_text(CLUSTER + screen, encoding="utf-8")
    return Workspace.load(workspace.root)


def measurement(row: ledger.Asset) -> Measurement:
    row.refresh_from_db()
    found = row.to_value().media.measurement
    assert found
    return found


def recorded(to: Path) -> Path:
    """A recording, whose inside is decoded to tell how it is cut."""
    tone = "sine=f=440:d=2:r=48000"
    coding = (*oddities.FAST_H264, "-c:a", "ac3")
    return oddities.clip(to, "testsrc2=s=320x180:r=25:d=2", *coding, sound=tone, form="mpegts")


def slowing(to: Path) -> Path:
    """A screencast in which ever less moves, whose last pictures its header does not count."""
    fewer = "select='lt(n,50)+not(mod(n,7))'"
    coding = ("-vf", fewer, "-vsync", "vfr", "-c:v", "libx264", "-pix_fmt", "yuv420p")
    return oddities.clip(to, "testsrc2=s=320x180:r=25:d=4", *coding)


def test_a_clip_lasts_until_its_last_picture_is_shown(workspace: Workspace) -> None:
    clip = admit(workspace, slowing)
    said = clip.to_value().media.seconds
    assert normalize.run(workspace, NOW) == Made(renditions=2)
    clip.refresh_from_db()
    assert said
    assert clip.to_value().media.seconds == pytest.approx(4, abs=0.15)
    assert said < 3.85


@pytest.mark.parametrize("make", [oddities.plain, recorded])
def test_a_kind_of_screen_added_later_measures_nothing_again(
    workspace: Workspace,
    started: list[tuple[str, ...]],
    make: Any,  # noqa: ANN401
) -> None:
    clip = admit(workspace, make)
    started.clear()
    assert normalize.run(workspace, NOW) == Made(renditions=2)
    known = measurement(clip)
    assert known.heard
    assert known.packing
    assert sum("ebur128" in " ".join(argv) for argv in started) == 1
    started.clear()
    assert normalize.run(in_another_size(workspace), NOW) == Made(renditions=1)
    ((program, *how),) = started
    assert program == "ffmpeg"
    assert "yuv4mpegpipe" in how
    assert "ebur128" not in " ".join(how)
    assert measurement(clip) == known


def test_what_was_measured_is_kept_though_the_work_then_fails(
    workspace: Workspace, started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = admit(workspace, oddities.plain)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(clips, "transcode", crash)
        assert normalize.run(workspace, NOW) == Made(postponed=1)
    assert clip.to_value().media.measurement is None
    known = measurement(clip)
    assert clip.to_value().media.heard_track
    started.clear()
    assert normalize.run(workspace, NOW) == Made(renditions=2)
    assert [argv[0] for argv in started] == ["ffmpeg"]
    assert measurement(clip) == known


def test_an_older_record_is_left_alone_until_something_is_due(
    workspace: Workspace, started: list[tuple[str, ...]]
) -> None:
    clip = admit(workspace, oddities.plain)
    before = clip.media
    normalize.run(workspace, NOW)
    ledger.Asset.objects.update(media={k: v for k, v in before.items() if k != "measurement"})
    started.clear()
    assert normalize.run(workspace, NOW) == Made()
    assert started == []
    assert normalize.run(in_another_size(workspace), NOW) == Made(renditions=1)
    assert measurement(clip).version == measuring.VERSION
    assert {**clip.media, "measurement": None, "audio": None} == {**before, "audio": None}


def test_a_better_measuring_is_made_once_and_makes_nothing_else_due(
    workspace: Workspace, started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = admit(workspace, oddities.plain)
    normalize.run(workspace, NOW)
    monkeypatch.setattr(measuring, "VERSION", measuring.VERSION + 1)
    assert normalize.run(workspace, NOW) == Made()
    started.clear()
    assert normalize.run(in_another_size(workspace), NOW) == Made(renditions=1)
    assert sum("ebur128" in " ".join(argv) for argv in started) == 1
    assert measurement(clip).version == measuring.VERSION


def test_the_sound_is_heard_when_the_first_screen_plays_it(
    workspace: Workspace, started: list[tuple[str, ...]]
) -> None:
    hall = workspace.root / "profiles" / "hall.toml"
    hall.write_text(hall.read_text("utf-8").replace("loudness_lufs = -23.0", ""), "utf-8")
    workspace = Workspace.load(workspace.root)
    clip = admit(workspace, oddities.plain)
    normalize.run(workspace, NOW)
    assert measurement(clip).heard is None
    assert clip.to_value().media.heard_track is None
    started.clear()
    assert normalize.run(in_another_size(workspace), NOW) == Made(renditions=1)
    assert sum("ebur128" in " ".join(argv) for argv in started) == 1
    assert not any("ffprobe" in argv for argv in started)
    assert measurement(clip).heard


def test_what_is_wrong_in_the_sound_is_kept_with_the_clip(workspace: Workspace) -> None:
    def clipped(to: Path) -> Path:
        tone = "sine=f=440:d=2:r=48000,volume=30dB"
        return oddities.clip(to, oddities.SMALL, *oddities.FAST_H264, *oddities.AAC, sound=tone)

    clip = admit(workspace, clipped)
    normalize.run(workspace, NOW)
    heard = measurement(clip).heard
    assert heard
    assert [each.flaw for each in heard.findings] == [Flaw.CLIPPING]
    assert clip.to_value().media.findings == heard.findings


def test_a_clip_whose_sound_breaks_off_is_refused_at_its_second_and_not_taken_for_measured(
    workspace: Workspace,
) -> None:
    def broken(to: Path) -> Path:
        noise = "anoisesrc=c=pink:a=0.1:r=48000:d=4:seed=1"
        coding = (*oddities.FAST_H264, *oddities.AAC, "-b:a", "256k")
        clip = oddities.clip(to, "testsrc2=s=320x180:r=25:d=4", *coding, sound=noise)
        content = bytearray(clip.read_bytes())
        start = len(content) // 2
        content[start : start + (1 << 15)] = shake_256(b"another").digest(1 << 15)
        clip.write_bytes(content)
        return clip

    clip = admit(workspace, broken)
    assert normalize.run(workspace, NOW) == Made(refused=1)
    why = ledger.Rejection.objects.get()
    assert why.code == "BreaksOff"
    assert float(why.facts["at_en"]) == pytest.approx(2, abs=0.5)
    clip.refresh_from_db()
    assert clip.to_value().media.measurement is None
    assert clip.to_value().media.audio[0].loudness_lufs is None
