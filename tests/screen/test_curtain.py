"""The curtain on a real X server, which dies and comes back."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from cluster_feed.screen import card
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.curtain import Curtain
from tests.screen.display import a_name, display

SIZE = (640, 360)


def seen(name: str, to: Path, size: tuple[int, int]) -> Image.Image:
    """What is on a display."""
    grab = ["-f", "x11grab", "-video_size", "{}x{}".format(*size), "-draw_mouse", "0", "-i", name]
    command = ["ffmpeg", "-nostdin", "-v", "error", *grab, "-frames:v", "1", "-y", str(to)]
    subprocess.run(command, check=True)
    with Image.open(to) as image:
        return image.convert("RGB")


def assert_shows(name: str, expected: Image.Image, to: Path) -> None:
    difference = ImageChops.difference(seen(name, to, expected.size), expected)
    assert difference.getbbox() is None, f"see {to}"


@pytest.fixture
def gate(config: ScreenConfig) -> ScreenConfig:
    page = {"public_page": "https://desk.example.vn/man-hinh/lao-bao/led/"}
    return config.model_copy(update=page)


def test_the_curtain_is_the_gate_s_card_and_so_is_what_lies_behind_all_windows(
    gate: ScreenConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = card.image(gate, SIZE)
    assert len(expected.getcolors(1 << 16) or []) > 3, "it has words"
    with display(*SIZE) as name:
        monkeypatch.setenv("DISPLAY", name)
        curtain = Curtain(gate)
        assert_shows(name, expected, tmp_path / "root.png")
        curtain.draw()
        curtain.draw()
        assert_shows(name, expected, tmp_path / "drawn.png")
        curtain.lift()
        assert_shows(name, expected, tmp_path / "lifted.png")
        curtain.close()
        assert_shows(name, expected, tmp_path / "left.png")


def test_an_x_server_that_dies_and_comes_back_in_another_size_gets_the_card_again(
    gate: ScreenConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = a_name()
    monkeypatch.setenv("DISPLAY", name)
    with display(*SIZE, name=name):
        curtain = Curtain(gate)
        curtain.draw()
    curtain.draw()
    curtain.lift()
    other = (800, 600)
    with display(*other, name=name):
        curtain.draw()
        assert_shows(name, card.image(gate, other), tmp_path / "again.png")
        curtain.lift()
    curtain.close()


def test_a_display_that_comes_after_the_player_gets_the_card(
    gate: ScreenConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = a_name()
    monkeypatch.setenv("DISPLAY", name)
    curtain = Curtain(gate)
    curtain.draw()
    with display(*SIZE, name=name):
        curtain.draw()
        assert_shows(name, card.image(gate, SIZE), tmp_path / "late.png")
        curtain.close()
