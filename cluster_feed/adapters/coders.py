"""Code the frames of one decoder for many screens: a process a screen, which gets them by a pipe.

So all cores are at work while every coder has one thread, and gives the same bytes at every run.
"""

import fcntl
import math
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import ffmpeg

from cluster_feed.adapters import sound
from cluster_feed.adapters.encoders import X264, Encoder
from cluster_feed.adapters.ffmpeg import INPUT, MEMORY, Work, budget_seconds, fed, run
from cluster_feed.adapters.frames import as_bt709
from cluster_feed.adapters.process import Finished, Limits
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import CannotBeNormalized
from cluster_feed.core.loudness import Gain
from cluster_feed.core.profile import DisplayProfile

_GAVE_UP: Final = Bilingual("máy không chuyển được tệp này", "ffmpeg cannot convert it")
FRAMES: Final = {"format": "yuv4mpegpipe", "c:v": "wrapped_avframe", "fps_mode": "cfr"}
"""How frames go through a pipe."""
FILE: Final[dict[str, Any]] = {
    "format": "mp4",
    "movflags": "+faststart",
    "fflags": "+bitexact",
    "map_metadata": -1,
    "map_chapters": -1,
}
_PIPE_BYTES: Final = 1 << 20
"""As many as Linux lets anybody have; what is in it needs no turn of the processor."""
_FRAMES_AHEAD: Final = 4
"""How far a coder may lag behind the others before the decoder waits for it."""
_OWN_MP4: Final = {"protocol_whitelist": "file", "format_whitelist": "mov"}
_GOP_SECONDS: Final = 2
_SPARE_BYTES: Final = 64 << 20


class Order(NamedTuple):
    """A rendition to be made: where, for what screen, with what gain; None: no sound, or as is."""

    path: Path
    profile: DisplayProfile
    gain: Gain | None = None
    script: Path | None = None
    """Words to burn in, as ASS, beside what is to be made."""
    at: tuple[float, float] = (0.5, 0.5)
    """Where the part lies to which the picture is cropped; see `frames.fitted`."""

    @property
    def pictures(self) -> Path:
        """Where its pictures are coded to."""
        return self.path.with_suffix(".silent.mp4") if self.gain else self.path

    @property
    def sound(self) -> Path:
        """Where its sound is coded to."""
        return self.path.with_suffix(".m4a")


class Coders:
    """A coder an order, from the start of this context to its end."""

    def __init__(
        self, orders: Sequence[Order], media: MediaInfo, work: Work, encoder: Encoder = X264
    ) -> None:
        self._orders = orders
        self._media = media
        self._work = Work(work.patience)
        self._encoder = encoder
        self._pool = ThreadPoolExecutor(len(orders), thread_name_prefix="code")
        self._coding: list[Future[Finished]] = []
        self.intakes: list[int] = []
        """The file descriptors that take the orders' frames."""

    def __enter__(self) -> Self:
        with ExitStack() as begun:
            begun.push(self)
            for order in self._orders:
                outlet, intake = os.pipe()
                self.intakes.append(intake)
                with suppress(PermissionError):  # somebody has as many as they may
                    fcntl.fcntl(intake, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
                self._coding.append(self._pool.submit(self._code, order, outlet))
            begun.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self._pool.shutdown()

    def end(self) -> list[Finished]:
        """Tell that no more frames come, and give how each coder ends; Stalled or OverBudget."""
        self._close()
        return [coding.result() for coding in self._coding]

    def _close(self) -> None:
        while self.intakes:
            os.close(self.intakes.pop())

    def _code(self, order: Order, outlet: int) -> Finished:
        with os.fdopen(outlet, "rb") as frames:
            taken = ffmpeg.input("pipe:0", format="yuv4mpegpipe", thread_queue_size=_FRAMES_AHEAD)
            shown = self._encoder.handed(as_bt709(taken["v:0"]))
            coding = picture_coding(order.profile, self._media.seconds, self._encoder)
            graph = ffmpeg.output(shown, str(order.pictures), **coding, **FILE)
            graph = graph.global_args(*self._encoder.start)
            seconds = self._media.seconds
            limits = room(self._media, [order])._replace(
                seconds=budget_seconds(order.path, seconds or 0.0), devices=self._encoder.devices
            )
            return fed(frames, graph, seconds, self._work, limits=limits, level="error")[0]


def picture_coding(
    profile: DisplayProfile, seconds: float | None, encoder: Encoder = X264
) -> dict[str, Any]:
    """Code for a profile's bitrate, the first second's full buffer included in a short clip's."""
    length = max(seconds or 1, 1)
    video_kbps = round((profile.bitrate_kbps - sound.kbps(profile)) * length / (length + 1))
    gop = {"g": math.ceil(profile.fps * _GOP_SECONDS), "fps_mode": "cfr"}
    return encoder.coding(video_kbps) | gop


def join(pictures: Path, order: Order, media: MediaInfo, work: Work) -> None:
    """Put coded pictures and the order's coded sound into its file; CannotBeNormalized."""
    streams = [ffmpeg.input(INPUT, **_OWN_MP4)["v:0"]]
    streams.append(ffmpeg.input(f"file:{order.sound}", **_OWN_MP4)["a:0"])
    joined = order.path.with_suffix(".joined.mp4")
    graph = ffmpeg.output(*streams, str(joined), c="copy", **FILE)
    graph = graph.global_args("-copyts")  # sound that begins later than the picture stays later
    limits = room(media, [order])
    finished, _ = run(pictures, graph, media.seconds, work, level="error", limits=limits)
    if finished.status:
        raise gave_up(finished, order.profile)
    order.sound.unlink()
    pictures.unlink()
    joined.rename(order.path)


def gave_up(finished: Finished, *profiles: DisplayProfile) -> CannotBeNormalized:
    """Say for whom ffmpeg could not make what was ordered, and what it complained of last."""
    names = ", ".join(profile.name for profile in profiles)
    said = finished.last_complaint
    return CannotBeNormalized(profile=names, detail=_GAVE_UP, machine_said=said)


def room(media: MediaInfo, orders: Sequence[Order]) -> Limits:
    """Let ffmpeg write beside what it makes, twice what that should take."""
    kbps = max(order.profile.bitrate_kbps for order in orders)
    wanted = max(media.byte_count, round(kbps * 125 * (media.seconds or 0)))
    return beside(orders[0].path, wanted)


def beside(to: Path, wanted: int) -> Limits:
    """Let ffmpeg write into a file's folder, twice the bytes wanted."""
    return Limits(MEMORY, file_bytes=2 * wanted + _SPARE_BYTES, writes=to.parent)
