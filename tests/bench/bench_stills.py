"""A photo of 24 megapixels for a screen of 1920x1080, by the product and by libvips, in turns.

python -m tests.bench.bench_stills [rounds]

libvips comes from the caller's packages pyvips and pyvips-binary, or Debian's; they are for this
alone.  Both run a program of their own that turns the photo upright, brings it to sRGB and sets it
on black; printed with the most memory that each took.
"""

# ruff: noqa: T201  a bench's answer

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Final

from cluster_feed.adapters import stills
from cluster_feed.core.profile import DisplayProfile, Fit
from demo import material
from tests.bench.turns import compare, in_turns

SCREEN: Final = DisplayProfile(
    name="lcd", title="LCD", width=1920, height=1080, fps=25, fit=Fit.PAD, bitrate_kbps=8000
)
_VIPS: Final = """
import sys, pyvips
photo = pyvips.Image.thumbnail(sys.argv[1], 1920, height=1080, export_profile="srgb")
shown = photo.gravity("centre", 1920, 1080, background=[0, 0, 0])
shown.jpegsave(sys.argv[2], Q=88, optimize_coding=True, subsample_mode="on", strip=True)
"""


class Bench:
    """A photo, and what each makes of it."""

    def __init__(self, folder: Path) -> None:
        self.photo = material.large_photo_with_orientation(folder / "photo.jpg")
        self.picture = stills.look(self.photo).media.video
        self.ours, self.theirs = folder / "ours.jpg", folder / "theirs.jpg"

    def product(self) -> None:
        (made,) = stills.develop(self.photo, self.picture, [SCREEN])
        self.ours.write_bytes(made)

    def libvips(self) -> None:
        program = [sys.executable, "-c", _VIPS, str(self.photo), str(self.theirs)]
        subprocess.run(program, check=True, stderr=subprocess.DEVNULL)


def _most_memory(act: Callable[[], None]) -> float:
    """The most that a program it starts holds at once, in MiB, looked at all the time."""
    most, over = 0, Event()

    def look() -> None:
        nonlocal most
        while not over.wait(0.002):
            for each in Path("/proc").glob("[0-9]*/status"):
                with suppress(OSError):
                    said = each.read_text()
                    parent = re.search(r"PPid:\s+(\d+)", said)
                    peak = re.search(r"VmHWM:\s+(\d+)", said)
                    if parent and peak and int(parent[1]) == os.getpid():
                        most = max(most, int(peak[1]))

    looking = Thread(target=look)
    looking.start()
    act()
    over.set()
    looking.join()
    return most / 1024


def main(rounds: int = 9) -> None:
    """Print what each costs, and their ratio."""
    with TemporaryDirectory() as name:
        bench = Bench(Path(name))
        costs = in_turns(rounds, [bench.product, bench.libvips])
        print(f"{bench.ours.stat().st_size:,} B and {bench.theirs.stat().st_size:,} B")
        for act in (bench.product, bench.libvips):
            print(f"{act.__name__}: {_most_memory(act):.0f} MiB at most")
    compare(costs, "product / libvips", "product", "libvips", wall="<= 1.05", cpu="<= 1.0")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
