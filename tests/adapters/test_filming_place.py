import subprocess
from pathlib import Path

import pytest

from cluster_feed.adapters.packages import filming_place


def tagged(samples: Path, to: Path, *options: str) -> Path:
    source = samples / "big-buck-bunny.mp4"
    copying = ("-c", "copy", *options)
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, *copying, to], check=True)
    return to


def test_a_clip_without_a_place_tells_none(samples: Path) -> None:
    assert not filming_place.is_told(samples / "big-buck-bunny.mp4")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("android.mp4", ("-metadata", "location=+16.6200+106.6000/")),
        (
            "iphone.mov",
            (
                *("-movflags", "use_metadata_tags"),
                *("-metadata", "com.apple.quicktime.location.ISO6709=+16.62+106.6+300/"),
            ),
        ),
        ("other.mkv", ("-metadata", "GPS_LATITUDE=16.62")),
    ],
)
def test_a_place_in_the_tags_is_told(
    samples: Path, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    assert filming_place.is_told(tagged(samples, tmp_path / name, *options))


@pytest.mark.parametrize("content", [b"", b"ffconcat version 1.0\nfile /etc/passwd\n"])
def test_what_cannot_be_read_may_tell_anything(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert filming_place.is_told(path)
