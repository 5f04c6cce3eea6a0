"""Four screens' renditions of a broadcast clip, against what a script would do, in turns.

python -m tests.bench.bench_renditions [seconds] [rounds]

The script runs ffmpeg once a screen, with the same filters and the sound; x264 takes the threads it
likes there, and one here, where it must give the same bytes each time.  What is saved is decoding
and what is done to frames, which is the larger part of the whole the less x264 takes: so each way
is also taken at x264's preset medium, which most scripts leave as it is.

Quality is measured against the scaled frames before x264: SSIM by Debian's ffmpeg, VMAF where the
caller has the package imageio-ffmpeg, whose ffmpeg knows it (pip install imageio-ffmpeg, for this
alone).
"""

# ruff: noqa: T201  a bench's answer; its own command lines

import importlib
import math
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import ffmpeg

from cluster_feed.adapters import clips, documents, frames, sound
from cluster_feed.adapters.coders import FILE, Order, picture_coding
from cluster_feed.adapters.encoders import X264, Encoder
from cluster_feed.adapters.probe import probe
from cluster_feed.core.profile import DisplayProfile
from demo import material
from tests.bench.turns import compare, in_turns, judged

PROFILES: Final = Path(__file__).parents[2] / "profiles"
RUN: Final = ("ffmpeg", "-nostdin", "-v", "error", "-y")
MEDIUM: Final = X264._replace(
    options={"c:v": "libx264", "preset": "medium", "crf": 21, "pix_fmt": "yuv420p", "threads": 1}
)
AT_ONCE: Final = {"wall": "<= 0.82", "cpu": "<= 0.88"}
ALONE: Final = {"wall": "<= 1.05"}
COMPARED: Final[tuple[tuple[str, str, str, dict[str, str]], ...]] = (
    ("at once / four runs, both medium", "at_once_medium", "script_medium", AT_ONCE),
    ("at once / four runs, both as shipped", "at_once", "script", AT_ONCE),
    ("shipped / four runs, medium", "shipped", "script_medium", {"wall": "<= 0.55"}),
    ("at once / x264 alone, both medium", "at_once_medium", "alone_medium", ALONE),
    ("at once / x264 alone, both as shipped", "at_once", "alone", ALONE),
    ("decoding and fields / x264 alone", "decoded", "alone", {}),
    ("QC on / QC off", "shipped", "at_once", {"wall": "<= 1.02"}),
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
        _run(graph)

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

    def at_once(self) -> None:
        clips.transcode(self.source, self.media, self._orders("at_once"), watch=False)

    def at_once_medium(self) -> None:
        orders = self._orders("at_once_medium")
        clips.transcode(self.source, self.media, orders, watch=False, encoder=MEDIUM)

    def decoded(self) -> None:
        """Bring fields to frames and no further: what no way can do without."""
        clip = ffmpeg.input(str(self.source), threads=1)
        whole = frames.whole_frames(clip["V:0"], self.media.video, self.profiles[0].fps)
        graph = ffmpeg.output(whole, "-", format="null")
        _run(graph)

    def script(self) -> None:
        self._script("script", X264)

    def script_medium(self) -> None:
        self._script("script_medium", MEDIUM)

    def _script(self, way: str, encoder: Encoder) -> None:
        for order in self._orders(way):
            clip, profile = ffmpeg.input(str(self.source)), order.profile
            whole = frames.whole_frames(clip["V:0"], self.media.video, profile.fps)
            streams = [frames.fitted(whole, self.media.video, profile)]
            if order.gain:
                streams.append(sound.raised(sound.track(clip, self.media), order.gain, profile))
            coding = picture_coding(profile, self.media.seconds, encoder) | {"threads": 0}
            coding |= sound.coding(profile)
            graph = ffmpeg.output(*streams, str(order.path), **coding, **FILE)
            _run(graph)

    def alone(self) -> None:
        self._alone("alone", X264)

    def alone_medium(self) -> None:
        self._alone("alone_medium", MEDIUM)

    def _alone(self, way: str, encoder: Encoder) -> None:
        """Code the scaled frames of all, together."""
        running = []
        for each in self.profiles:
            scaled = ffmpeg.input(str(self._raw(each)))
            coding = picture_coding(each, self.media.seconds, encoder)
            graph = ffmpeg.output(scaled, str(self.made(way, each)), **coding)
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


def _run(graph: Any) -> None:  # noqa: ANN401  ffmpeg-python has no types
    subprocess.run(ffmpeg.compile(graph, cmd=list(RUN)), check=True)


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
            bench.at_once,
            bench.script,
            bench.alone,
            bench.decoded,
            bench.at_once_medium,
            bench.script_medium,
            bench.alone_medium,
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
