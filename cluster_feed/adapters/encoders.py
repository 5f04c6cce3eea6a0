"""What may code a clip's picture: x264 always, a graphics card where it was measured to do as well.

The same clip, profile and recipe give the same bytes by x264 alone: a card's coding is its maker's,
and changes with its driver.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual

_RENDERER: Final = Path("/dev/dri/renderD128")
_NVIDIA: Final = tuple(map(Path, ("/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia-uvm")))
_AVERAGE: Final = 0.75
"""The part of its bitrate's cap that a coder is told to aim at which cannot do with a cap alone."""


class Encoder(NamedTuple):
    """One of ffmpeg's coders of H.264, and how it is told what x264 is told.

    `start` are words for the whole command; `upload` are filters, by name, that hand it frames.
    """

    name: str
    options: Mapping[str, str | int]
    devices: tuple[Path, ...] = ()
    start: tuple[str, ...] = ()
    upload: tuple[tuple[str, str], ...] = ()
    average: float | None = None

    def coding(self, kbps: int) -> dict[str, Any]:
        """Code as well as it is told to, but never for more than a bitrate."""
        aim = {} if self.average is None else {"b:v": f"{round(kbps * self.average)}k"}
        return {
            **self.options,
            **aim,
            "maxrate": f"{kbps}k",
            "bufsize": f"{kbps}k",
            "profile:v": "high",
            "flags:v": "+cgop+bitexact",
        }

    def handed(self, picture: Any) -> Any:  # noqa: ANN401  ffmpeg-python has no types
        """Bring frames to where it takes them from."""
        for name, argument in self.upload:
            picture = picture.filter(name, *([argument] if argument else []))
        return picture

    def lacks(self) -> Iterator[Bilingual]:
        """Name what this machine does not have of what it needs."""
        if str(self.options["c:v"]) not in _listed():
            yield Bilingual("ffmpeg ở đây không có", "this ffmpeg does not have it")
        for device in self.devices:
            if not device.exists():
                yield Bilingual(f"không có {device}", f"there is no {device}")
            elif not os.access(device, os.R_OK | os.W_OK):
                yield Bilingual(f"không có quyền dùng {device}", f"{device} may not be used")


class Hardware(StrEnum):
    """What an operator may let code clips, if it does as well as x264."""

    OFF = "off"
    VAAPI = "h264_vaapi"
    QSV = "h264_qsv"
    NVENC = "h264_nvenc"


X264: Final = Encoder(
    "libx264",
    {
        "c:v": "libx264",
        # At equal quality and about equal size half of what preset medium takes, and less than any
        # other preset: in what looks alike, time spent on rate-distortion of whole blocks (subq 6)
        # buys more than time spent on parting them, on further references and on far vectors.
        "preset": "faster",
        "crf": 21,
        "subq": 6,
        "refs": 1,
        "motion-est": "dia",
        "partitions": "i4x4,i8x8",
        "rc-lookahead": 30,
        "pix_fmt": "yuv420p",
        # With more, x264 under a bound on its bitrate gives other bytes at every run (measured).
        "threads": 1,
    },
)

HARDWARE: Final[dict[Hardware, Encoder]] = {
    Hardware.VAAPI: Encoder(
        "h264_vaapi",
        {"c:v": "h264_vaapi", "rc_mode": "QVBR", "global_quality": 22, "idr_interval": 0},
        devices=(_RENDERER,),
        start=("-init_hw_device", f"vaapi=card:{_RENDERER}", "-filter_hw_device", "card"),
        upload=(("format", "nv12"), ("hwupload", "")),
        average=_AVERAGE,
    ),
    Hardware.QSV: Encoder(
        "h264_qsv",
        {"c:v": "h264_qsv", "preset": "slow", "global_quality": 22, "idr_interval": 0},
        devices=(_RENDERER,),
        start=("-init_hw_device", f"qsv=card,child_device={_RENDERER}"),
        upload=(("format", "nv12"),),
        average=_AVERAGE,
    ),
    Hardware.NVENC: Encoder(
        "h264_nvenc",
        {
            "c:v": "h264_nvenc",
            "preset": "p6",
            "tune": "hq",
            "rc": "vbr",
            "cq": 22,
            "no-scenecut": 1,
            "pix_fmt": "yuv420p",
        },
        devices=_NVIDIA,
        average=0,
    ),
}
"""By their documentation: nothing here was tried on a card, which is what the trial is for."""


def there() -> list[Encoder]:
    """Find the hardware encoders for which this machine has all that they need."""
    return [each for each in HARDWARE.values() if not any(each.lacks())]


def _listed() -> frozenset[str]:
    """Ask ffmpeg for the names of the encoders that it was built with."""
    listed = subprocess.run(
        ["ffmpeg", "-hide_banner", "-encoders"], capture_output=True, text=True, check=False
    ).stdout
    lines = (line.split() for line in listed.splitlines())
    return frozenset(words[1] for words in lines if len(words) > 1)
