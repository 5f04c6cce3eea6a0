"""Bring a minute's sound to -23 LUFS with the product, and with ffmpeg-normalize, in turns.

python -m tests.bench.bench_loudness <ffmpeg-normalize> [rounds]

The picture is copied by both, and looked at by neither; ffmpeg-normalize is a program that the
caller has somewhere.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_feed.adapters import clips, sound
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.probe import read_clip
from cluster_feed.core.profile import DisplayProfile
from demo import material
from tests.bench.turns import judged

SCREEN = DisplayProfile(
    name="lcd", title="LCD", width=1920, height=1080, fps=24, bitrate_kbps=20000, loudness_lufs=-23
)


def _ours(source: Path, to: Path) -> None:
    media = read_clip(source).media
    heard = sound.measure(source, media)
    assert heard
    gain = sound.gain(source, media, heard.loudness, SCREEN, to.parent)
    clips.copy(source, media, Order(to, SCREEN, gain))


def _theirs(program: str, source: Path, to: Path) -> None:
    coding = ["-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-t", "-23", "-tp", "-1", "-f"]
    subprocess.run([program, str(source), *coding, "-o", str(to)], check=True, capture_output=True)


def main(program: str, rounds: str = "3") -> None:
    """Print the median seconds of each, where each brought the sound, and their ratio."""
    seconds: dict[str, list[float]] = {"ours": [], "ffmpeg-normalize": []}
    with TemporaryDirectory() as folder:
        source, made = Path(folder) / "asset.mp4", Path(folder) / "made.mp4"
        run = ["ffmpeg", "-nostdin", "-v", "error", "-stream_loop", "11", "-i", str(material.CLIP)]
        subprocess.run([*run, "-t", "60", "-c", "copy", str(source)], check=True)
        for _ in range(int(rounds)):
            for name, taken in seconds.items():
                began = time.perf_counter()
                if name == "ours":
                    _ours(source, made)
                else:
                    _theirs(program, source, made)
                taken.append(time.perf_counter() - began)
                heard = sound.measure(made, read_clip(made).media)
                print(name, f"{taken[-1]:.2f} s", heard and heard.loudness)  # noqa: T201
    ours, theirs = map(statistics.median, seconds.values())
    ratio = ours / theirs
    print(f"median {ours:.2f} s against {theirs:.2f} s: {ratio:.3f} {judged(ratio, '<= 0.35')}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
