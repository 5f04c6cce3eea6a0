"""When a clip's last packets end, in every container that tells."""

from pathlib import Path

import pytest

from cluster_feed.adapters import packets
from cluster_feed.adapters.probe import read_clip
from cluster_feed.adapters.process import PATIENT
from cluster_feed.core.packing import Packing
from tests import oddities

MPEG_2 = ("-c:v", "mpeg2video", "-bf", "2")
FORMS: dict[str, tuple[tuple[str, ...], str]] = {
    "MP4": ((*oddities.FAST_H264, *oddities.AAC), "mp4"),
    "Matroska": ((*oddities.FAST_H264, *oddities.AAC), "matroska"),
    "MPEG-TS": ((*MPEG_2, "-c:a", "ac3"), "mpegts"),
    "MPEG-PS": ((*MPEG_2, "-c:a", "mp2"), "vob"),
    "MXF": ((*MPEG_2, "-c:a", "pcm_s16le"), "mxf"),
    "QuickTime": (("-c:v", "prores_ks", "-c:a", "pcm_s16le"), "mov"),
    "AVI": ((*MPEG_2, "-c:a", "mp2"), "avi"),
    "ASF": (("-c:v", "wmv2", "-c:a", "wmav2"), "asf"),
}
UNTIMED = {"MPEG-PS", "MXF", "AVI"}
"""Where not every picture tells when it is shown."""


def read(source: Path) -> Packing:
    return packets.inspect(source, read_clip(source).media, PATIENT)


def clip(to: Path, *coding: str, form: str) -> Path:
    picture, tone = "testsrc2=s=320x180:r=25:d=2", "sine=f=440:d=1.5:r=48000"
    return oddities.clip(to, picture, *coding, sound=tone, form=form)


@pytest.mark.parametrize("name", FORMS)
def test_the_last_packets_of_picture_and_sound_are_found(tmp_path: Path, name: str) -> None:
    coding, form = FORMS[name]
    source = clip(tmp_path / "asset", *coding, form=form)
    seconds, packing = read_clip(source).media.seconds, read(source)
    assert packing.picture_ends_seconds == pytest.approx(seconds, abs=0.1)
    assert packing.sound_ends_seconds == pytest.approx(1.5, abs=0.1)
    assert packing.sound_over_seconds < 0.1
    assert packing.constant_rate == (name not in UNTIMED)


def test_only_the_track_that_is_heard_counts(tmp_path: Path) -> None:
    assert read(oddities.long_sound(tmp_path / "asset")).sound_over_seconds == pytest.approx(
        3, abs=0.1
    )
    assert read(oddities.cover_in_front(tmp_path / "asset")).constant_rate


STILL = "color=c=blue:s=1280x720:r=25:d=8"
SLIDES = "testsrc2=s=320x180:r={rate}:d=8"
PASSAGES = "testsrc2=s=320x180:r=25:d=8,select='not(between(t,3,3.7)+between(t,5,5.6))'"
VOICE = "sine=f=440:d=8:r=48000"
QUIETER = "sine=f=440:d=8:r=8000"
LATER = ("-af", "asetpts=PTS+2/TB")
LATE_PICTURE = ("-vf", "setpts=PTS+2/TB")
WHOLE: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "a slide a second": (SLIDES.format(rate=1), VOICE, ("-c:a", "ac3"), "mpegts"),
    "two slides a second": (SLIDES.format(rate=2), VOICE, oddities.AAC, "mpegts"),
    "thin sound": (SLIDES.format(rate=2), VOICE, ("-c:a", "mp2", "-b:a", "32k"), "mpegts"),
    "thinner sound": (SLIDES.format(rate=2), QUIETER, oddities.AAC, "mpegts"),
    "sound that begins late": (SLIDES.format(rate=2), VOICE, (*oddities.AAC, *LATER), "mpegts"),
    "pauses": (PASSAGES, VOICE, (*oddities.AAC, "-b:a", "64k", "-vsync", "vfr"), "mpegts"),
    "a still picture": (STILL, VOICE, ("-g", "15", "-c:a", "mp2", "-b:a", "64k"), "vob"),
    "a stiller one": (STILL, VOICE, ("-g", "250", "-c:a", "mp2", "-b:a", "64k"), "vob"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_recording_lacks_nothing_however_seldom_its_packets_come(
    tmp_path: Path, name: str
) -> None:
    picture, sound, coding, form = WHOLE[name]
    coder = MPEG_2[:2] if form == "vob" else oddities.FAST_H264
    source = oddities.clip(tmp_path / "asset", picture, *coder, *coding, sound=sound, form=form)
    assert packets.follow(source, PATIENT).lacks_at == ()


@pytest.mark.parametrize("coding", [oddities.FAST_H264, ("-c:v", "libx264", "-crf", "35")])
def test_pictures_too_small_for_times_of_their_own_are_counted(
    tmp_path: Path, coding: tuple[str, ...]
) -> None:
    picture = "color=c=blue:s=160x96:r=25:d=8"
    source = oddities.clip(
        tmp_path / "asset", picture, *coding, "-c:a", "mp2", sound=VOICE, form="vob"
    )
    assert read_clip(source).media.seconds == pytest.approx(8, abs=0.1)


def test_where_a_piece_is_lacking_is_told_from_the_start_of_the_recording(tmp_path: Path) -> None:
    noisy = "testsrc2=s=320x180:r=25:d=6,noise=alls=8:allf=t"
    coding = (*oddities.FAST_H264, "-g", "25", "-threads", "1", *oddities.AAC, *LATE_PICTURE)
    source = oddities.clip(tmp_path / "asset", noisy, *coding, sound=VOICE, form="mpegts")
    content = source.read_bytes()
    begins = len(content) // 2 // 188 * 188
    source.write_bytes(content[:begins] + content[begins + 700 * 188 :])
    (lacking,) = packets.follow(source, PATIENT).lacks_at
    assert lacking == pytest.approx(5, abs=0.4)
