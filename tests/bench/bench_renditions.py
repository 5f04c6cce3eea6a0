"""Four screens' renditions of a broadcast clip, against what a script would do, in turns.

python -m tests.bench.bench_renditions [seconds] [rounds]

The script runs ffmpeg once a screen, with the same filters and the sound; x264 takes the threads it
likes there, and one here, where it must give the same bytes each time.  Quality is measured against
the scaled frames before x264: SSIM by Debian's ffmpeg, VMAF where the caller has the package
imageio-ffmpeg, whose ffmpeg knows it (pip install imageio-ffmpeg, for this alone).
"""

# ruff: noqa: T201  a bench's answer; its own command lines

import importlib
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final, NamedTuple

import ffmpeg

from cluster_feed.adapters import clips, documents, frames, sound
from cluster_feed.adapters.coders import FILE, Order, picture_coding
from cluster_feed.adapters.probe import probe
from cluster_feed.core.profile import DisplayProfile
from demo import material
from tests.bench.turns import compare, in_turns, judged

PROFILES: Final = Path(__file__).parents[2] / "profiles"
RUN: Final = ("ffmpeg", "-nostdin", "-v", "error", "-y")
COMPARED: Final[tuple[tuple[str, str, str, dict[str, str]], ...]] = (
    (
        "four at once / four runs, same settings",
        "shipped_without_qc",
        "script",
        {"wall": "<= 0.82", "cpu": "<= 0.88"},
    ),
    ("shipped / four runs, medium", "shipped", "script_medium", {"wall": "<= 0.55"}),
    ("shipped / x264 alone, together", "shipped", "x264_alone", {"wall": "<= 1.05"}),
    ("QC on / QC off", "shipped", "shipped_without_qc", {"wall": "<= 1.02"}),
)


class Bench:
    """A clip of 1080i50, and the renditions of it that each way makes."""

    def __init__(self, folder: Path, seconds: int) -> None:
        self.source, self.folder = folder / "source.mxf", folder
        short = material.interlaced_mxf(folder / "short.mxf")
        loop = ("-stream_loop", "-1", "-i", str(short), "-t", str(seconds), "-c", "copy")
        subprocess.run([*RUN, *loop, str(self.source)], check=True)
        self.media = probe(self.source).media
        heard = sound.measure(self.source, self.media)
        assert heard
        self.profiles = [
            documents.load(path, DisplayProfile) for path in sorted(PROFILES.glob("*.toml"))
        ]
        self.gains = {
            each.name: sound.gain(self.source, self.media, heard.loudness, each, folder)
            for each in self.profiles
            if each.loudness_lufs is not None
        }
        for each in self.profiles:
            self._scale(each)

    def _scale(self, profile: DisplayProfile) -> None:
        """Write the frames as x264 gets them."""
        video = self.media.video
        picture = frames.whole_frames(ffmpeg.input(str(self.source))["V:0"], video, profile.fps)
        graph = ffmpeg.output(
            frames.fitted(picture, video, profile), str(self._raw(profile)), format="yuv4mpegpipe"
        )
        subprocess.run([*ffmpeg.compile(graph, cmd=list(RUN))], check=True)

    def _raw(self, profile: DisplayProfile) -> Path:
        return self.folder / f"{profile.name}.y4m"

    def made(self, way: str, profile: DisplayProfile) -> Path:
        (self.folder / way).mkdir(exist_ok=True)
        return self.folder / way / f"{profile.name}.mp4"

    def _orders(self, way: str) -> list[Order]:
        return [
            Order(self.made(way, each), each, self.gains.get(each.name)) for each in self.profiles
        ]

    def shipped(self) -> None:
        clips.transcode(self.source, self.media, self._orders("shipped"))

    def shipped_without_qc(self) -> None:
        clips.transcode(self.source, self.media, self._orders("shipped"), watch=False)

    def script(self) -> None:
        self._script("script")

    def script_medium(self) -> None:
        self._script("script_medium", {"preset": "medium", "rc-lookahead": 40})

    def _script(self, way: str, otherwise: Mapping[str, object] = MappingProxyType({})) -> None:
        for order in self._orders(way):
            clip, profile = ffmpeg.input(str(self.source)), order.profile
            whole = frames.whole_frames(clip["V:0"], self.media.video, profile.fps)
            streams = [frames.fitted(whole, self.media.video, profile)]
            if order.gain:
                streams.append(sound.raised(sound.track(clip, self.media), order.gain, profile))
            coding = picture_coding(profile, self.media.seconds) | {"threads": 0} | dict(otherwise)
            coding |= sound.coding(profile)
            graph = ffmpeg.output(*streams, str(order.path), **coding, **FILE)
            subprocess.run(ffmpeg.compile(graph, cmd=list(RUN)), check=True)

    def x264_alone(self) -> None:
        """Code the scaled frames of all, together."""
        running = []
        for each in self.profiles:
            scaled = ffmpeg.input(str(self._raw(each)))
            made = str(self.made("x264_alone", each))
            graph = ffmpeg.output(scaled, made, **picture_coding(each, self.media.seconds))
            running.append(subprocess.Popen(ffmpeg.compile(graph, cmd=list(RUN))))
        assert not any([each.wait() for each in running])  # noqa: C419  each is waited for

    def quality(self, way: str) -> dict[str, "Quality"]:
        """Measure what was made a way against the scaled frames."""
        found = {}
        for each in self.profiles:
            path = self.made(way, each)
            pair = ["-i", str(path), "-i", str(self._raw(each))]
            found[each.name] = Quality(path.stat().st_size, _ssim(pair), _vmaf(pair))
        return found


class Quality(NamedTuple):
    """How large a rendition is, and how like its frames; no VMAF: nothing here measures it."""

    byte_count: int
    ssim: float
    vmaf: float


def _ssim(pair: list[str]) -> float:
    return _said("ffmpeg", pair, "[0:v][1:v]ssim", r"SSIM.*All:(\S+)")


def _vmaf(pair: list[str]) -> float:
    try:
        program = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    except ImportError:
        return math.nan
    return _said(program, pair, "[0:v][1:v]libvmaf=n_threads=2:n_subsample=3", r"VMAF score: (\S+)")


def _said(program: str, pair: list[str], measure: str, wanted: str) -> float:
    run = [program, "-nostdin", "-hide_banner", *pair, "-lavfi", measure, "-f", "null", "-"]
    found = re.search(
        wanted, subprocess.run(run, check=True, capture_output=True, text=True).stderr
    )
    return float(found[1]) if found else math.nan


def main(seconds: int = 60, rounds: int = 3) -> None:
    """Print what each way costs, the ratios, and the quality of what it made."""
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), seconds)
        acts = [
            bench.shipped,
            bench.script,
            bench.shipped_without_qc,
            bench.script_medium,
            bench.x264_alone,
        ]
        costs = in_turns(rounds, acts)
        for title, over, under, bars in COMPARED:
            compare(costs, title, over, under, **bars)
        ways = {each: bench.quality(each) for each in ("shipped", "script", "script_medium")}
    for name, shipped in ways["shipped"].items():
        same, medium = ways["script"][name], ways["script_medium"][name]
        print(f"{name:14} {shipped.byte_count:>11,} B  SSIM {shipped.ssim}  VMAF {shipped.vmaf}")
        for title, value, bar in (
            ("SSIM - script's", shipped.ssim - same.ssim, ">= -0.0005"),
            ("size / medium's", shipped.byte_count / medium.byte_count, "<= 1.12"),
            ("SSIM - medium's", shipped.ssim - medium.ssim, ">= -0.001"),
            ("VMAF - medium's", shipped.vmaf - medium.vmaf, ">= -0.5"),
        ):
            print(f"{'':14} {title} {value:8.4f} {judged(value, bar)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
