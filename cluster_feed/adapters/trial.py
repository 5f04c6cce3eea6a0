"""Find out on this very machine whether a hardware encoder does as well as x264 does.

Both code the same moving picture, once with room and once where the bitrate's cap is felt; what
they made is proven as every rendition is, and compared with the frames that they were given.
"""

import logging
import re
import time
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from cluster_feed.adapters import clips, encoders, packets, process, proving
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.damage import shortfall
from cluster_feed.adapters.encoders import HARDWARE, X264, Encoder, Hardware
from cluster_feed.adapters.ffmpeg import MEMORY, Work
from cluster_feed.adapters.probe import read_clip
from cluster_feed.adapters.process import Limits, Patience
from cluster_feed.core.asset import Kind, MediaInfo
from cluster_feed.core.bilingual import Bilingual, decimal, joined
from cluster_feed.core.errors import CannotBeNormalized, DamagedMedia, Refusal, WorkInterrupted
from cluster_feed.core.profile import DisplayProfile

_log = logging.getLogger(__name__)

_SSIM_LOST: Final = 0.001
_LARGER: Final = 1.12
_SIZE: Final = (640, 360)
_SECONDS: Final = 2
_FPS: Final = 25
_KBPS: Final = (4000, 600)
_MOVING: Final = f"mandelbrot=size={_SIZE[0]}x{_SIZE[1]}:rate={_FPS}:maxiter=200"
"""Edges and fine structure, coming nearer without end."""
_GRAIN: Final = "noise=alls=2:allf=t:all_seed=7"
_TAGS: Final = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_SSIM: Final = re.compile(r"SSIM .*All:([\d.]+)")
_MOST_SECONDS: Final = 600
_ROOM: Final = 256 << 20

_SCREENS: Final = tuple(
    DisplayProfile(
        name=f"trial-{kbps}", title="", width=_SIZE[0], height=_SIZE[1], fps=Fraction(_FPS),
        bitrate_kbps=kbps,
    )
    for kbps in _KBPS
)  # fmt: skip


class Trial(NamedTuple):
    """What an encoder came to against x264: the worst of what it made."""

    ssim_lost: float
    size: float
    time: float

    @property
    def equal(self) -> bool:
        """Whether nobody would see a difference, or pay for it."""
        return self.ssim_lost <= _SSIM_LOST and self.size <= _LARGER

    @property
    def says(self) -> Bilingual:
        """Give the figures."""
        return joined(
            (
                Bilingual("SSIM {ssim}", "SSIM {ssim}").fill(ssim=decimal(-self.ssim_lost, 4)),
                Bilingual("cỡ tệp x{size}", "size x{size}").fill(size=decimal(self.size, 2)),
                Bilingual("thời gian x{time}", "time x{time}").fill(time=decimal(self.time, 2)),
            )
        )


class Choice(NamedTuple):
    """What codes clips here, and why."""

    encoder: Encoder
    says: Bilingual


class _Coded(NamedTuple):
    seconds: float
    sizes: list[int]
    ssim: list[float]


@cache
def chosen(hardware: Hardware) -> Choice:
    """Take the hardware that was asked for where it proves equal, and x264 everywhere else.

    It is tried once in a process.
    """
    if hardware is Hardware.OFF:
        found = ", ".join(each.name for each in encoders.there())
        return Choice(X264, _OFF.fill(found=found) if found else _NONE)
    encoder = HARDWARE[hardware]
    choice = _judged(encoder)
    _log.info("%s", choice.says.en)
    return choice


def _judged(encoder: Encoder) -> Choice:
    name = encoder.name
    if lacking := list(encoder.lacks()):
        return Choice(X264, _UNUSED.fill(name=name, why=joined(lacking, "; ")))
    try:
        result = trial(encoder)
    except (Refusal, WorkInterrupted) as error:
        _log.warning("%s failed its trial: %s", name, error)
        return Choice(X264, _UNUSED.fill(name=name, why=_failure(error)))
    if not result.equal:
        return Choice(X264, _UNUSED.fill(name=name, why=_WORSE.fill(figures=result.says)))
    return Choice(encoder, _USED.fill(name=name, figures=result.says))


def trial(encoder: Encoder) -> Trial:
    """Code the sample by x264 and by an encoder; a Refusal where that fails or is not as ordered.

    Its driver may crash, too: WorkInterrupted.
    """
    work = Work(Patience(stall_seconds=60).for_at_most(_MOST_SECONDS))
    with TemporaryDirectory(prefix="cluster-feed-trial-") as name:
        folder = Path(name)
        sample = _sample(folder, work)
        other, usual = (_coded(sample, folder, each, work) for each in (encoder, X264))
    return Trial(
        max(was - now for was, now in zip(usual.ssim, other.ssim, strict=True)),
        max(now / was for was, now in zip(usual.sizes, other.sizes, strict=True)),
        other.seconds / usual.seconds,
    )


def _sample(folder: Path, work: Work) -> Path:
    sample = folder / "sample.mkv"
    chain = f"{_GRAIN},format=yuv420p,{_TAGS}"
    made = ("-vf", chain, "-t", str(_SECONDS), "-c:v", "ffv1", f"file:{sample}")
    _ffmpeg(folder, work, "-f", "lavfi", "-i", _MOVING, *made)
    return sample


def _coded(sample: Path, folder: Path, encoder: Encoder, work: Work) -> _Coded:
    media = read_clip(sample).media
    orders = [Order(folder / f"{each.name}.mp4", each) for each in _SCREENS]
    began = time.monotonic()
    clips.transcode(sample, media, orders, work, watch=False, encoder=encoder)
    took = time.monotonic() - began
    for order in orders:
        _check(order, media, work)
    sizes = [order.path.stat().st_size for order in orders]
    return _Coded(took, sizes, [_likeness(order.path, sample, work) for order in orders])


def _check(order: Order, media: MediaInfo, work: Work) -> None:
    """Decode to the end what was made, and insist on all that a screen wants of it."""
    made = read_clip(order.path).media
    proving.prove(order.path, made, work)
    problems = list(order.profile.deviations(made, Kind.VIDEO))
    problems += packets.inspect(order.path, made, work.patience).picture_faults()
    if abs((made.seconds or 0) - _SECONDS) > shortfall(media):
        problems.append(_LENGTH)
    if problems:
        raise CannotBeNormalized(profile=order.profile.name, detail=joined(problems, "; "))


def _likeness(made: Path, sample: Path, work: Work) -> float:
    pair = ("-i", f"file:{made}", "-i", f"file:{sample}")
    said = _ffmpeg(made.parent, work, *pair, "-lavfi", "[0:v][1:v]ssim", "-f", "null", "-")
    return float(_SSIM.findall(said)[-1])


def _ffmpeg(folder: Path, work: Work, *words: str) -> str:
    """Run ffmpeg on what is our own; DamagedMedia with its last complaint."""
    finished = process.run(
        ("ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-y", *words),
        patience=work.patience,
        limits=Limits(MEMORY, file_bytes=_ROOM, writes=folder),
    )
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    return finished.complaints


def _failure(error: Refusal | WorkInterrupted) -> Bilingual:
    """Say in short why nothing came of it; the log has the whole."""
    said = error.facts.get("machine_said") or error.facts.get("detail") or error.code
    detail = said if isinstance(said, Bilingual) else Bilingual(str(said), str(said))
    return _FAILED.fill(detail=detail)


_LENGTH: Final = Bilingual("dài khác bản gốc", "not as long as what it was made of")
_NONE: Final = Bilingual(
    "Mã hóa video bằng x264; không có phần cứng mã hóa nào ffmpeg dùng được",
    "Clips are coded by x264; no hardware that ffmpeg could code with",
)
_OFF: Final = Bilingual(
    "Mã hóa video bằng x264; máy có {found}, nhưng mục [normalizing] để hardware là off",
    "Clips are coded by x264; there is {found}, but hardware in [normalizing] is off",
)
_UNUSED: Final = Bilingual(
    "Mã hóa video bằng x264, không dùng {name}: {why}",
    "Clips are coded by x264, not by {name}: {why}",
)
_USED: Final = Bilingual(
    "Mã hóa video bằng {name}: thử tại máy này, không kém x264 ({figures})",
    "Clips are coded by {name}: tried on this machine, as good as x264 ({figures})",
)
_WORSE: Final = Bilingual(
    "thử tại máy này, kém x264 ({figures})", "tried on this machine, worse than x264 ({figures})"
)
_FAILED: Final = Bilingual("chạy thử không được ({detail})", "it failed its trial ({detail})")
