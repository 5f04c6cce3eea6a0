"""What a decision saves and what a proof costs: twenty seconds of 1080p25, in turns.

python -m tests.bench.bench_decisions [rounds]
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_feed.adapters import clips, documents, packets, proving, sound
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe, read_clip
from cluster_feed.adapters.process import PATIENT
from cluster_feed.core.profile import DisplayProfile
from demo import material
from tests.bench.turns import compare, in_turns

SCREEN = DisplayProfile(
    name="lcd", title="LCD", width=1920, height=1080, fps=25, bitrate_kbps=8000, loudness_lufs=-23
)
PROFILES = Path(__file__).parents[2] / "profiles"
UNWATCHED = Work()


class Bench:
    """A clip that fits in everything but its container, and everything that may be done to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        long = folder / "long.mp4"
        run = ["ffmpeg", "-nostdin", "-v", "error", "-stream_loop", "3", "-i", str(material.CLIP)]
        subprocess.run([*run, "-t", "20", "-c", "copy", "-f", "mp4", str(long)], check=True)
        media = probe(long).media
        fits = folder / "fits.mp4"
        clips.transcode(long, media, [self._order(long, fits)])
        self.source = folder / "asset.mkv"
        copy = ["-c", "copy", "-f", "matroska", str(self.source)]
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", str(fits), *copy], check=True)
        self.media = probe(self.source).media
        self.order = self._order(self.source, folder / "coded.mp4")
        self.orders = [
            Order(folder / f"{profile.name}.mp4", profile, self.order.gain)
            if profile.loudness_lufs is not None
            else Order(folder / f"{profile.name}.mp4", profile)
            for profile in (
                documents.load(path, DisplayProfile) for path in sorted(PROFILES.glob("*.toml"))
            )
        ]
        self.copied = Order(folder / "copied.mp4", SCREEN)

    def _order(self, source: Path, to: Path) -> Order:
        media = probe(source).media
        heard = sound.measure(source, media)
        assert heard
        return Order(to, SCREEN, sound.gain(source, media, heard.loudness, SCREEN, to.parent))

    def transcode(self) -> None:
        clips.transcode(self.source, self.media, [self.order])

    def transcode_unwatched(self) -> None:
        clips.transcode(self.source, self.media, [self.order], watch=False)

    def prove_coded(self) -> None:
        proving.prove(self.order.path, read_clip(self.order.path).media)

    def remux(self) -> None:
        packets.inspect(self.source, self.media, PATIENT)
        clips.copy(self.source, self.media, self.copied)

    def prove_copied(self) -> None:
        """As it is done: the picture of a copy is looked at in its proof."""
        media = read_clip(self.copied.path).media
        proving.prove(self.copied.path, media, watch=True, hashed=True)

    def prove_copied_unwatched(self) -> None:
        proving.prove(self.copied.path, read_clip(self.copied.path).media, hashed=True)

    def four(self) -> None:
        clips.transcode(self.source, self.media, self.orders)

    def four_unwatched(self) -> None:
        clips.transcode(self.source, self.media, self.orders, watch=False)


def main(rounds: int = 3) -> None:
    """Print what each act costs and the ratios that matter."""
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        costs = in_turns(
            rounds,
            [
                bench.transcode,
                bench.prove_coded,
                bench.transcode_unwatched,
                bench.remux,
                bench.prove_copied,
                bench.prove_copied_unwatched,
                bench.four,
                bench.four_unwatched,
            ],
        )
    coded = "transcode prove_coded"
    compare(costs, "transcode, proof / remux, proof", coded, "remux prove_copied", wall=">= 8")
    compare(
        costs,
        "the same, both without QC",
        "transcode_unwatched prove_coded",
        "remux prove_copied_unwatched",
    )
    compare(costs, "proof / its encode", "prove_coded", "transcode_unwatched", wall="<= 0.10")
    compare(costs, "QC on / QC off, one screen", "transcode", "transcode_unwatched")
    compare(costs, "QC on / QC off, four screens", "four", "four_unwatched", wall="<= 1.02")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
