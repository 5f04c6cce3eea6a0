"""What is wrong in a clip is found, with its time; what is right is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cluster_feed.adapters import clips, proving, quality, sound
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.probe import probe
from cluster_feed.core.finding import Finding, Flaw, Stretch, stretches
from cluster_feed.core.profile import DisplayProfile, Fit
from tests import oddities

WALL = DisplayProfile(
    name="wall", title="Wall", width=128, height=72, fps=25, fit=Fit.CROP, bitrate_kbps=500
)
MOVING = "testsrc2=s=320x180:r=25:d=8"
TALKING = "anoisesrc=c=pink:a=0.2:r=48000:d=8"


def seen(picture: str, to: Path, *options: str) -> list[Finding]:
    source = oddities.clip(to / "asset", picture, *options, *oddities.FAST_H264)
    return list(clips.transcode(source, probe(source).media, [Order(to / "wall.mp4", WALL)]))


def heard(track: str, to: Path, channels: int = 2) -> list[Finding]:
    picture = "color=gray:s=64x64:r=5:d=8"
    options = (*oddities.FAST_H264, *oddities.AAC, "-ac", str(channels))
    source = oddities.clip(to / "asset", picture, *options, sound=track)
    said = sound.measure(source, probe(source).media)
    return list(said.findings) if said else []


def flashing_red(times_a_second: float) -> str:
    """Saturated red and black, so many times a second."""
    half = 1 / times_a_second / 2
    shown = f"lt(mod(t,{2 * half}),{half})"
    return f"color=black:s=160x90:r=25:d=6,drawbox=c=0xdc1e1e:t=fill:enable='{shown}'"


def flashing(times_a_second: float) -> str:
    """White and black, so many times a second."""
    half = 1 / times_a_second / 2
    light = f"if(lt(mod(T,{2 * half}),{half}),235,16)"
    return f"color=white:s=160x90:r=25:d=6,geq=lum='{light}':cb=128:cr=128"


PICTURES: dict[str, tuple[str, list[tuple[Flaw, float, float | None]]]] = {
    "nothing wrong": (MOVING, []),
    "black in the middle": (
        f"{MOVING},drawbox=c=black:t=fill:enable='between(t,2,5)'",
        [(Flaw.BLACK, 2, 5)],
    ),
    "black to the end": (
        f"{MOVING},drawbox=c=black:t=fill:enable='gte(t,5)'",
        [(Flaw.BLACK, 5, 8)],
    ),
    "a moment of black": (f"{MOVING},drawbox=c=black:t=fill:enable='between(t,2,3)'", []),
    "a picture that stands still": (
        f"{MOVING},loop=loop=150:size=1:start=50,trim=end=8,setpts=N/25/TB",
        [(Flaw.FREEZE, 2, 8)],
    ),
    "flashes": (flashing(5), [(Flaw.FLASHING, 0, 6)]),
    "what changes once a second": (flashing(1), []),
    "flashes of red": (flashing_red(4), [(Flaw.FLASHING, 0, 6)]),
    "red once a second": (flashing_red(1), []),
    "a frame every two seconds": (
        "color=gray:s=160x90:r=1/2:d=8,geq=lum='if(mod(N,2),235,80)':cb=128:cr=128",
        [],
    ),
    "bars at the sides": (
        "testsrc2=s=240x180:r=25:d=3,pad=320:180:40:0",
        [(Flaw.LETTERBOX, 0, None)],
    ),
    "bars above and below": (
        "testsrc2=s=320x136:r=25:d=3,pad=320:180:0:22",
        [(Flaw.LETTERBOX, 0, None)],
    ),
}


@pytest.mark.parametrize("what", PICTURES)
def test_what_is_wrong_in_a_picture_is_found(tmp_path: Path, what: str) -> None:
    picture, expected = PICTURES[what]
    found = seen(picture, tmp_path)
    assert [each.flaw for each in found] == [flaw for flaw, _, _ in expected]
    for each, (_, start, end) in zip(found, expected, strict=True):
        assert each.from_seconds == pytest.approx(start, abs=0.6)
        assert each.to_seconds == (end and pytest.approx(end, abs=0.6))


SOUNDS: dict[str, tuple[str, list[tuple[Flaw, float, float]]]] = {
    "nothing wrong": (TALKING, []),
    "silence": ("anullsrc=r=48000:d=8", [(Flaw.SILENCE, 0, 8)]),
    "silence at the end": (
        f"{TALKING},volume=0:enable='gte(t,2)'",
        [(Flaw.SILENCE, 2, 8)],
    ),
    "a pause": (f"{TALKING},volume=0:enable='between(t,2,5)'", []),
    "clipping": (
        f"{TALKING},volume=30dB:enable='between(t,3,4.9)'",
        [(Flaw.CLIPPING, 3, 5)],
    ),
}


@pytest.mark.parametrize("what", SOUNDS)
def test_what_is_wrong_in_a_sound_is_found(tmp_path: Path, what: str) -> None:
    track, expected = SOUNDS[what]
    found = heard(track, tmp_path)
    assert [each.flaw for each in found] == [flaw for flaw, _, _ in expected]
    for each, (_, start, end) in zip(found, expected, strict=True):
        assert each.from_seconds == pytest.approx(start, abs=0.6)
        assert each.to_seconds == pytest.approx(end, abs=1.1)


@pytest.mark.parametrize("channels", [1, 6])
def test_what_is_clipped_is_found_before_channels_are_mixed(tmp_path: Path, channels: int) -> None:
    loud = f"{TALKING},volume=30dB:enable='between(t,3,4.9)'"
    alone = "pan=5.1|FL=c0," if channels > 2 else ""
    assert [each.flaw for each in heard(f"{loud},{alone}anull", tmp_path, channels)] == [
        Flaw.CLIPPING
    ]
    assert not heard(f"{TALKING},{alone}anull", tmp_path, channels)


def test_what_is_copied_is_looked_at_in_its_proof(tmp_path: Path) -> None:
    source = oddities.clip(tmp_path / "asset", flashing(5), *oddities.FAST_H264)
    proof = proving.prove(source, probe(source).media, watch=True)
    assert [each.flaw for each in proof.findings] == [Flaw.FLASHING]


@pytest.mark.parametrize("begins", [1.0, 2.0, 2.8])
def test_what_lasts_over_the_middle_of_what_is_proven_in_halves_is_one_finding(
    tmp_path: Path, begins: float
) -> None:
    still = f"loop=loop=130:size=1:start={begins * 25},trim=end=8,setpts=N/25/TB"
    dark = f"drawbox=c=black:t=fill:enable='between(t,{begins + 0.48},{begins + 2.6})'"
    for picture, flaw in ((f"{MOVING},{still}", Flaw.FREEZE), (f"{MOVING},{dark}", Flaw.BLACK)):
        source = oddities.clip(tmp_path / "asset", picture, *oddities.FAST_H264)
        (found,) = proving.prove(source, probe(source).media, watch=True).findings
        assert found.flaw is flaw
        assert found.from_seconds == pytest.approx(begins, abs=0.6)


def test_the_loudness_is_followed_through_what_was_made(tmp_path: Path) -> None:
    fading = f"{TALKING},volume=-20dB:enable='gte(t,4)'"
    source = oddities.clip(
        tmp_path / "asset", MOVING, *oddities.AAC, *oddities.FAST_H264, sound=fading
    )
    course = proving.prove(source, probe(source).media).course
    assert len(course) == 8
    assert course[:2] == (None, None)  # the meter looks back three seconds
    loud, quiet = course[3], course[-1]
    assert loud
    assert quiet
    assert loud - quiet == pytest.approx(20, abs=1)
    assert all(each is None or (each * 2).is_integer() for each in course)


def test_silence_has_no_loudness_and_an_hour_is_told_in_few_moments() -> None:
    def at(second: int, lufs: str) -> list[str]:
        return [f"frame:{second} pts:0 pts_time:{second}", f"lavfi.r128.S={lufs}"]

    assert quality.course([]) == ()
    assert quality.course([*at(0, "-120.691"), *at(1, "-inf"), *at(2, "nan")]) == (None,) * 3
    notes = [line for second in range(3600) for line in at(second, f"-{second % 6 + 20}.1")]
    assert quality.course(notes) == (-20.0,) * 600


def test_of_a_hundred_flaws_of_a_kind_the_last_are_told_as_one() -> None:
    parts = [Stretch(second, second + 0.5) for second in range(100)]
    told = list(stretches(Flaw.BLACK, parts))
    assert len(told) == 20
    assert told[-1].says.en == "black picture 0:19.0-1:39.5 (×81)"
    assert [each.detail for each in stretches(Flaw.BLACK, parts[:20])] == [""] * 20
    assert list(stretches(Flaw.BLACK, parts, gap=0.5)) == [
        Finding(flaw=Flaw.BLACK, from_seconds=0, to_seconds=99.5)
    ]


def test_a_finding_is_said_with_its_time_code_in_both_languages() -> None:
    finding = Finding(flaw=Flaw.FREEZE, from_seconds=62, to_seconds=69.5)
    assert finding.says == ("hình đứng 1:02.0-1:09.5", "frozen picture 1:02.0-1:09.5")


@pytest.mark.parametrize(
    ("make", "flaws"),
    [
        (oddities.plain, {Flaw.LOW_RESOLUTION, Flaw.SHORT}),
        (oddities.high_definition_red, {Flaw.SHORT}),
    ],
)
def test_size_and_length_alone_tell_something(
    tmp_path: Path, make: Callable[[Path], Path], flaws: set[Flaw]
) -> None:
    lcd = WALL.model_copy(update={"width": 1920, "height": 1080})
    media = probe(make(tmp_path / "asset")).media
    assert {each.flaw for each in lcd.doubts(media)} == flaws
