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
