"""A recording that was joined of two, or changes midway: nothing is lost, added or misblamed."""

import subprocess
from pathlib import Path

import pytest

from cluster_feed.adapters import boxes, proving
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe, read_clip
from cluster_feed.core.errors import ChangesStreams, ClockJumps, DamagedMedia
from cluster_feed.core.finding import Flaw
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.pipeline.normalize import clip
from cluster_feed.pipeline.normalize.clip import Product
from tests import oddities

WALL = DisplayProfile(
    name="wall", title="Wall", width=128, height=72, fps=25, bitrate_kbps=500, loudness_lufs=-23
)
PICTURE = "testsrc2=s={size}:r=25:d=3"
VOICE = "anoisesrc=c=pink:a=0.1:r=48000:d=3:seed=1"
DAMAGED_BYTES = 2000


def part(
    to: Path, *options: str, size: str = "320x180", sound: tuple[str, ...] = ("-c:a", "ac3")
) -> bytes:
    """Record three seconds of a transport stream."""
    picture = PICTURE.format(size=size)
    coding = (*oddities.FAST_H264, "-g", "25", *sound, *options)
    return oddities.clip(to, picture, *coding, sound=VOICE, form="mpegts").read_bytes()


def joined(folder: Path, *parts: bytes) -> Path:
    source = folder / "asset"
    source.write_bytes(b"".join(parts))
    return source


def made(source: Path, folder: Path, screen: DisplayProfile = WALL) -> Product:
    listened = clip.listen(source, probe(source).media, [screen], Work())
    ((_, product),) = clip.make(listened, folder, {"recipe": screen})
    assert isinstance(product, Product)
    return product


def heard_seconds(path: Path) -> float:
    """How long the sound is when it is decoded, whatever the file says."""
    run = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-vn", "-ac", "1", "-f", "s16le"]
    return len(subprocess.run([*run, "-"], check=True, capture_output=True).stdout) / 2 / 48_000


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("picture", ("-mpegts_start_pid", "0x200")),
        ("sound", ("-streamid", "1:0x301")),
    ],
)
def test_a_recording_that_goes_on_in_other_streams_is_refused_at_that_second(
    tmp_path: Path, what: str, other: tuple[str, ...]
) -> None:
    source = joined(tmp_path, part(tmp_path / "a"), part(tmp_path / "b", *other))
    with pytest.raises(ChangesStreams) as refused:
        probe(source)
    assert refused.value.facts["what_en"] == what
    assert float(refused.value.facts["at_en"]) == pytest.approx(3, abs=0.2)


def test_programmes_side_by_side_are_no_change(tmp_path: Path) -> None:
    two = ("-map", "0:v", "-map", "1:a", "-map", "0:v", "-map", "1:a")
    assert probe(joined(tmp_path, part(tmp_path / "a", *two))).media.seconds == pytest.approx(
        3, abs=0.1
    )


@pytest.mark.parametrize("offset", ["0", "60"])
def test_a_clock_that_jumps_is_refused_as_that_and_at_that_second(
    tmp_path: Path, offset: str
) -> None:
    later = part(tmp_path / "b", "-output_ts_offset", offset)
    with pytest.raises(ClockJumps) as refused:
        probe(joined(tmp_path, part(tmp_path / "a"), later))
    assert float(refused.value.facts["at_en"]) == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize(
    "second",
    [{"sound": ("-c:a", "ac3", "-ac", "6")}, {"size": "480x270"}],
)
def test_what_changes_midway_is_neither_lost_nor_filled_with_silence(
    tmp_path: Path, second: dict[str, str]
) -> None:
    later = part(tmp_path / "b", "-output_ts_offset", "3", **second)  # type: ignore[arg-type]
    product = made(joined(tmp_path, part(tmp_path / "a"), later), tmp_path)
    assert product.media.seconds == pytest.approx(6, abs=0.1)
    assert heard_seconds(product.path) == pytest.approx(6, abs=0.2)
    course = boxes.sound_course(product.path)
    assert course
    assert course.usual_seconds == pytest.approx(course.seconds, abs=0.1)


def test_sound_whose_packets_last_no_time_proves_nothing(tmp_path: Path) -> None:
    later = part(tmp_path / "b", "-output_ts_offset", "3", sound=("-c:a", "ac3", "-ac", "6"))
    source = joined(tmp_path, part(tmp_path / "a"), later)
    filled = tmp_path / "filled.mp4"
    run = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(source), *oddities.FAST_H264]
    run += ["-af", "aresample=48000:first_pts=0:async=1,aformat=channel_layouts=stereo"]
    subprocess.run([*run, "-c:a", "aac", str(filled)], check=True, capture_output=True)
    with pytest.raises(DamagedMedia):
        proving.prove(filled, read_clip(filled).media)


def test_what_is_broken_at_the_end_of_a_recording_is_told(tmp_path: Path) -> None:
    later = part(tmp_path / "b", "-output_ts_offset", "3")
    content = bytearray(part(tmp_path / "a") + later)
    start = len(content) * 90 // 100
    content[start : start + 4 * DAMAGED_BYTES] = bytes(4 * DAMAGED_BYTES)
    product = made(joined(tmp_path, bytes(content)), tmp_path)
    (broken,) = [each for each in product.findings if each.flaw is Flaw.BROKEN]
    assert broken.from_seconds == pytest.approx(5.4, abs=0.4)


@pytest.mark.parametrize("form", ["mpegts", "m2ts"])
def test_a_recording_that_ends_in_the_midst_of_a_packet_is_told(tmp_path: Path, form: str) -> None:
    content = part(tmp_path / "a", *(("-mpegts_m2ts_mode", "1") if form == "m2ts" else ()))
    length = 192 if form == "m2ts" else 188
    assert len(content) % length == 0
    for end, begin, torn in ((0, 0, False), (1000, 0, True), (9 * length, 500, False)):
        source = joined(tmp_path, content[begin : len(content) - end])
        told = [each for each in made(source, tmp_path).findings if each.flaw is Flaw.BROKEN]
        assert bool(told) is torn
        assert all((each.to_seconds or 0) == pytest.approx(3, abs=0.2) for each in told)


def test_a_program_stream_that_was_cut_where_its_picture_is_late_is_whole(tmp_path: Path) -> None:
    picture = PICTURE.format(size="320x180").replace("d=3", "d=6")
    coding = ("-c:v", "libx264", "-crf", "40", "-g", "50", "-c:a", "ac3")
    source = oddities.clip(tmp_path / "asset", picture, *coding, sound=VOICE, form="vob")
    content = source.read_bytes()
    source.write_bytes(content[len(content) // 5 : len(content) * 9 // 10])
    product = made(source, tmp_path)
    assert product.media.seconds == pytest.approx(probe(source).media.seconds, abs=0.1)


def test_a_picture_that_begins_late_is_whole_for_a_screen_without_sound_too(tmp_path: Path) -> None:
    source = joined(tmp_path, part(tmp_path / "a", "-vf", "setpts=PTS+1/TB"))
    silent = WALL.model_copy(update={"name": "silent", "loudness_lufs": None})
    for screen in (WALL, silent):
        product = made(source, tmp_path, screen)
        assert product.media.seconds == pytest.approx(4, abs=0.15)
    media = probe(source).media
    assert not [each for each in proving.look(source, media) if each.flaw is Flaw.BLACK]
