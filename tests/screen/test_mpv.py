"""Real mpv on a display of its own; a camera takes what is really on it."""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageColor, ImageGrab

from cluster_feed.adapters import ass
from cluster_feed.core.proof import Outcome
from cluster_feed.screen import card
from cluster_feed.screen.agent import commission
from cluster_feed.screen.config import ScreenConfig
from cluster_feed.screen.curtain import Curtain
from cluster_feed.screen.mpv import Mpv
from cluster_feed.screen.projector import Refused
from cluster_feed.screen.words import broken
from tests.screen.display import HEIGHT, Camera, Picture
from tests.screen.filming import (
    COLOURS,
    RED,
    SETTLED,
    Filmed,
    assert_never_black,
    coloured,
    eventually,
    picture_of,
    program,
    shown,
    storm,
    take,
    words_cross,
)
from tests.screen.hub import Hub, entry

Made = dict[str, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return coloured(tmp_path_factory.mktemp("colours"))


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub of today: the screens' proof is compared with what a camera saw, and when."""
    return Hub(tmp_path / "feed", datetime.now(UTC))


@pytest.fixture
def kiosk(config: ScreenConfig, hub: Hub) -> ScreenConfig:
    """A screen that is patient, as machines that run tests are busy."""
    commission(config, hub.root, 1, hub.now)
    facts = {"stall_seconds": 4.0, "clock": False, "gate": "Lao Bảo", "video_output": "x11"}
    return config.model_copy(update=facts)


def filmed(config: ScreenConfig, screen: str) -> Filmed:
    return Filmed(config, screen, Mpv(config))


class Watched(Mpv):
    """An mpv that can be asked."""

    def starts(self) -> None:
        """Begin, with nothing to show yet."""
        self._running()

    def option(self, name: str) -> object:
        """How it is set."""
        assert self._projector
        return self._projector.ask("get_property", f"options/{name}")


def test_mpv_s_window_is_not_seen_before_there_is_something_on_it(
    kiosk: ScreenConfig, screen: str
) -> None:
    with closing(Watched(kiosk)) as player, Camera(screen) as camera:
        player.starts()
        eventually(lambda: camera.pictures[-1].at - camera.pictures[0].at > 2)
        player.hold()
    assert_never_black(camera.pictures)


def test_entries_of_any_shape_follow_each_other_never_black_and_pictures_are_counted(
    hub: Hub, kiosk: ScreenConfig, made: Made, screen: str, tmp_path: Path
) -> None:
    narrow = tmp_path / "narrow.mp4"
    cut = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(made["rice"]), "-vf", "crop=240:180"]
    subprocess.run([*cut, "-c:a", "copy", str(narrow)], check=True)
    files = {"sea": made["sea"], "sun": made["sun"], "rice": narrow, "dusk": made["dusk"]}
    seconds = {"sea": 3.0, "rice": 3.0, "sun": 2.0, "dusk": 2.0}
    entries = [entry(hub.blob(path), seconds[name]) for name, path in files.items()]
    named = {each.asset: name for each, name in zip(entries, files, strict=True)}
    take(hub, kiosk, *entries)
    with filmed(kiosk, screen) as running:
        eventually(lambda: len(running.rows()) >= 5, 60)
        rows, pictures = running.rows(), running.camera.pictures[:]
    assert_never_black(pictures)
    judged, wrong, rims = 0, 0, 0
    for row in rows:
        name, begins = named[row.asset], row.began_at.timestamp()
        for each in pictures:
            if begins + SETTLED < each.at < begins + row.seconds:
                judged += 1
                wrong += not each.is_like(COLOURS[name])
                rims += name == "rice" and not is_red(each)
    assert judged > 40
    assert wrong + rims <= judged * 0.1, f"{wrong} wrong, {rims} without red rims, of {judged}"
    for row in rows:
        assert (row.outcome, row.reason) == (Outcome.PLAYED, "")
        clips = named[row.asset] in ("sea", "rice")
        assert row.frames
        assert 40 <= row.frames <= 76 if clips else row.frames <= 3


def is_red(picture: Picture) -> bool:
    """Whether the left rim is, in the middle."""
    rim = picture.pixels[4 * 16 * 3 : 4 * 16 * 3 + 3]
    return all(abs(a - b) < 60 for a, b in zip(rim, RED, strict=True))


def test_an_mpv_that_dies_or_hangs_is_replaced_and_the_screen_is_never_black(
    hub: Hub, kiosk: ScreenConfig, made: Made, screen: str
) -> None:
    take(hub, kiosk, entry(hub.blob(made["sun"]), 2), entry(hub.blob(made["rice"]), 3))
    with filmed(kiosk, screen) as running:
        for blow in (signal.SIGKILL, signal.SIGSTOP):
            eventually(partial(running.has_shown, after=len(running.rows())))
            pid = program("mpv")
            before = len(running.rows())
            os.kill(pid, blow)
            eventually(partial(running.has_shown, after=before))
            assert program("mpv") != pid
    assert_never_black(running.camera.pictures)
    assert running.codes() == {"PlayerFailed"}


def test_with_nothing_to_show_the_safe_card_is_there_also_after_a_crash(
    kiosk: ScreenConfig, screen: str
) -> None:
    with filmed(kiosk, screen) as running:
        eventually(lambda: is_another(0))
        eventually(lambda: running.shows(RED))
        before = program("mpv")
        os.kill(before, signal.SIGKILL)
        eventually(lambda: is_another(before))
        taken = len(running.camera.pictures)
        eventually(lambda: len(running.camera.pictures) > taken + 10)
    assert_never_black(running.camera.pictures)
    assert running.shows(RED)


def is_another(before: int) -> bool:
    try:
        return program("mpv") != before
    except ValueError:
        return False


def test_a_clip_whose_picture_stands_is_left_though_its_sound_goes_on(
    hub: Hub, kiosk: ScreenConfig, made: Made, screen: str, tmp_path: Path
) -> None:
    standing = tmp_path / "standing.mp4"
    sound = ["-f", "lavfi", "-i", "sine=d=20"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(made["sea"]), *sound]
    subprocess.run([*command, "-map", "0:v", "-map", "1:a", "-c:v", "copy", standing], check=True)
    kiosk = kiosk.model_copy(update={"stall_seconds": 2.0})
    take(hub, kiosk, entry(hub.blob(standing), 20), entry(hub.blob(made["sun"]), 2))
    with filmed(kiosk, screen) as running:
        eventually(lambda: shown(running.rows(), Outcome.INTERRUPTED, "PlayerFailed"))
        eventually(lambda: shown(running.rows(), Outcome.PLAYED))
        (left, *_) = running.rows()
    assert left.seconds < 15
    assert left.frames
    assert left.frames <= 76
    assert_never_black(running.camera.pictures)


def test_a_picture_of_the_display_tells_whether_it_shows_what_plays(
    hub: Hub, kiosk: ScreenConfig, made: Made, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster_feed.screen.engine._FIRST_LOOK", 0)
    monkeypatch.setattr("cluster_feed.screen.engine._LOOK_AGAIN", 1)
    kiosk = kiosk.model_copy(update={"picture_minutes": 1 / 60})
    take(hub, kiosk, entry(hub.blob(made["sun"]), 4), entry(hub.blob(made["sea"]), 3))
    with filmed(kiosk, screen) as running:
        eventually(lambda: picture_of(kiosk))
        assert not running.codes()
        with closing(Curtain(kiosk)) as over:
            over.draw()
            eventually(lambda: "PictureDiffers" in running.codes())


def test_captions_take_turns_and_the_code_is_in_a_corner_in_whole_pixels(
    hub: Hub, kiosk: ScreenConfig, made: Made, screen: str
) -> None:
    page = {"public_page": "https://desk.example.vn/man-hinh/lao-bao/led/"}
    kiosk = kiosk.model_copy(update=page)
    captions = {"lo": "ງານບຸນແຂ່ງເຮືອ", "vi": "Lễ hội đua thuyền " * 9, "en": r"{\fs99} <b>&amp;"}
    take(hub, kiosk, entry(hub.blob(made["sun"]), 9, captions=captions))
    with filmed(kiosk, screen) as running:
        eventually(lambda: running.shows(COLOURS["sun"]))
        bars = eventually_many(lambda: caption_bar(screen), 3)
        seen = grabbed(screen)
    assert all(sum(pixel > 160 for pixel in bar) > 20 for bar in bars)
    rows = [*segno.make(page["public_page"], error="m", micro=False).matrix_iter(border=4)]
    dark, corner = ImageColor.getrgb(card.INK), round(0.04 * HEIGHT)
    told = [
        [is_near(seen.getpixel((corner + x, corner + y)), dark) for x in range(len(rows))]
        for y in range(len(rows))
    ]
    assert told == [[bool(module) for module in row] for row in rows]


def eventually_many(look: Callable[[], bytes], number: int) -> set[bytes]:
    """What is seen, once there were so many different ones."""
    seen: set[bytes] = set()

    def more() -> bool:
        seen.add(look())
        return len(seen) >= number

    eventually(more, 40)
    return seen


def caption_bar(screen: str) -> bytes:
    """The words as they stand, grey on dark; once they are there."""
    eventually(lambda: is_near(grabbed(screen).getpixel((290, 152)), ImageColor.getrgb(card.INK)))
    return grabbed(screen).crop((20, 150, 300, 172)).convert("L").tobytes()


def grabbed(screen: str) -> Image.Image:
    return ImageGrab.grab(xdisplay=screen).convert("RGB")


def is_near(one: object, other: object) -> bool:
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return all(abs(a - b) < 60 for a, b in zip(one, other, strict=True))


def test_all_of_an_urgent_notice_s_words_run_over_the_screen_however_short_its_turns(
    hub: Hub, kiosk: ScreenConfig, made: Made, screen: str
) -> None:
    notice = storm(hub, made["sun"], made["dusk"])
    take(hub, kiosk, entry(hub.blob(made["sea"]), 600), takeover=notice)
    with filmed(kiosk, screen) as running:
        eventually(lambda: running.shows(COLOURS["sun"]) or running.shows(COLOURS["dusk"]))
        eventually(words_cross(screen), 40)


@pytest.mark.parametrize(("allowed", "told"), [(True, "auto-safe"), (False, "no")])
def test_the_device_s_own_decoder_is_used_unless_it_is_turned_off(
    config: ScreenConfig, *, allowed: bool, told: str
) -> None:
    config = config.model_copy(update={"hardware_decoding": allowed})
    with closing(Watched(config)) as player:
        player.hold()
        assert player.option("hwdec") == told
        with pytest.raises(Refused):
            player.option("no-such-option")


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("Lễ hội đua thuyền", ["Lễ hội đua", "thuyền"]),
        ("ງານບຸນແຂ່ງເຮືອປະເພນີ", ["ງານບຸນແຂ່ງ", "ເຮືອປະເພນີ"]),
        ("abcdefgh", ["abcd", "efgh"]),
        ("a", ["a"]),
    ],
)
def test_a_line_that_is_too_long_is_broken_where_its_language_may_be(
    line: str, rows: list[str]
) -> None:
    assert broken(line) == rows


def test_words_are_no_orders() -> None:
    assert ass.escaped("{\\b1}\\N") == "\\{\\\u2060b1\\}\\\u2060N"
