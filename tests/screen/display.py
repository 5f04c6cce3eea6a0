"""A display that nobody looks at but a camera: Xvfb, and every picture that was on it."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self

Colour = tuple[int, int, int]

WIDTH, HEIGHT = 320, 180
_LOOKS = (16, 9)
"""Pixels of a picture as the camera keeps it."""
RATE = 10
"""Pictures a second."""


def a_name() -> str:
    """One of a display that nobody else has."""
    return f":{1000 + os.getpid() % 30000}"


@contextmanager
def display(width: int = WIDTH, height: int = HEIGHT, name: str = "") -> Iterator[str]:
    """Have a display until the end, a new one where no name is given; gives its name."""
    assert shutil.which("Xvfb"), "apt install xvfb"
    says, here = os.pipe()
    command = ["Xvfb", "-displayfd", str(here), "-screen", "0", f"{width}x{height}x24", "-nocursor"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp", "-noreset", *filter(None, [name])],
        pass_fds=[here],
        stderr=subprocess.DEVNULL,
    )
    os.close(here)
    try:
        with os.fdopen(says) as names:
            yield f":{names.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


class Picture(NamedTuple):
    """What was on the display at a moment (seconds since 1970)."""

    at: float
    pixels: bytes

    @property
    def brightest(self) -> int:
        """Of all its pixels' colours; a black picture has no bright one."""
        return max(self.pixels)

    def colour(self, top: float = 0.35, bottom: float = 0.65) -> Colour:
        """The mean of a band in the middle, where there are no words."""
        width, height = _LOOKS
        rows = self.pixels[int(top * height) * width * 3 : int(bottom * height) * width * 3]
        return (mean(rows[0::3]), mean(rows[1::3]), mean(rows[2::3]))

    def is_like(self, colour: Colour, within: int = 60) -> bool:
        return all(abs(a - b) <= within for a, b in zip(self.colour(), colour, strict=True))


def mean(values: bytes) -> int:
    return sum(values) // len(values)


class Camera:
    """Takes pictures of a display, one after another."""

    def __init__(self, name: str, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.pictures: list[Picture] = []
        grab = ["-f", "x11grab", "-framerate", str(RATE), "-video_size", f"{width}x{height}"]
        scale = "{}:{}:flags=area".format(*_LOOKS)
        command = ["ffmpeg", "-nostdin", "-v", "error", *grab, "-draw_mouse", "0", "-i", name]
        raw = ["-vf", f"scale={scale}", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
        self._films = subprocess.Popen(
            [*command, "-fflags", "nobuffer", "-flush_packets", "1", *raw],
            stdout=subprocess.PIPE,
        )
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self.pictures:
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._films.terminate()
        self._thread.join()
        self._films.communicate()

    def _watch(self) -> None:
        assert self._films.stdout
        size = _LOOKS[0] * _LOOKS[1] * 3
        while len(pixels := self._films.stdout.read(size)) == size:
            self.pictures.append(Picture(time.time(), pixels))
