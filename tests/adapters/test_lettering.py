"""Subtitles stand on the picture as they were written, whole, in both scripts."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from cluster_feed.adapters import clips, glimpses, icu, lettering
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.probe import probe
from cluster_feed.core.caption import Cue
from cluster_feed.core.profile import DisplayProfile
from tests import oddities

NOTO = Path("/usr/share/fonts/truetype/noto")
LAO = "ຕະຫຼາດນັດລາວບາວເປີດທຸກເຊົ້າວັນເສົາປະຊາຊົນສອງຟາກຊາຍແດນມາແລກປ່ຽນສິນຄ້າຮ່ວມກັນ"
MIXED = "Chợ Lao Bảo: ຕະຫຼາດລາວບາວ, mỗi thứ Bảy"
VIETNAMESE = "Chợ phiên Lao Bảo mở cửa vào mỗi sáng thứ Bảy, người hai bên biên giới cùng đến"


def screen(width: int, height: int) -> DisplayProfile:
    return DisplayProfile(
        name="screen", title="Screen", width=width, height=height, fps=25, bitrate_kbps=4000
    )


def cue(text: str) -> tuple[Cue]:
    return (Cue(from_seconds=0, to_seconds=1, text=text),)


def shown(
    folder: Path,
    profile: DisplayProfile,
    *texts: str,
    titles: tuple[str, ...] = (),
    ground: str = "black",
) -> Image.Image:
    """Burn texts into a ground of one colour, and give the picture in grey."""
    pattern = f"color={ground}:s={profile.width}x{profile.height}:r=25:d=0.2"
    source = oddities.clip(folder / "asset", pattern, *oddities.FAST_H264)
    script = folder / "script.ass"
    written = lettering.script([cue(text) for text in texts], profile, titles)
    script.write_text(written, encoding="utf-8")
    made = folder / "made.mp4"
    clips.transcode(source, probe(source).media, [Order(made, profile, None, script)])
    still = folder / "still.jpg"
    still.write_bytes(glimpses.still(made, 0.1, "null"))
    with Image.open(still) as picture:
        return picture.convert("L")


def box(picture: Image.Image, above: int = 96) -> tuple[int, int, int, int]:
    found = picture.point(lambda level: 255 if level > above else 0).getbbox()
    assert found
    return found


def drawn(em: float, *parts: tuple[str, str]) -> Image.Image:
    """Draw parts of a line one after the other, each in its font."""
    picture = Image.new("L", (2000, 200))
    pen, at = ImageDraw.Draw(picture), 20.0
    for name, text in parts:
        font = ImageFont.truetype(NOTO / f"{name}-Regular.ttf", em)
        pen.text((at, 120), text, fill=255, font=font, anchor="ls")
        at += font.getlength(text)
    return picture


def test_vietnamese_and_lao_in_one_line_look_as_their_fonts_draw_them(tmp_path: Path) -> None:
    looks_as_drawn(shown(tmp_path, screen(1280, 720), MIXED))


def test_a_title_in_both_looks_as_its_fonts_draw_it(tmp_path: Path) -> None:
    looks_as_drawn(shown(tmp_path, screen(1280, 720), titles=(MIXED,)))


def looks_as_drawn(seen: Image.Image) -> None:
    meant = drawn(
        720 * 0.055,
        ("NotoSans", "Chợ Lao Bảo: "),
        ("NotoSansLao", "ຕະຫຼາດລາວບາວ"),
        ("NotoSans", ", mỗi thứ Bảy"),
    )
    seen, meant = seen.crop(box(seen)), meant.crop(box(meant))
    assert seen.width == pytest.approx(meant.width, rel=0.02)
    assert seen.height == pytest.approx(meant.height, rel=0.08)
    off = ImageStat.Stat(ImageChops.difference(seen, meant.resize(seen.size))).mean[0]
    blank = ImageStat.Stat(meant).mean[0]
    assert off < blank / 2


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (540, 960), (1152, 384)])
@pytest.mark.parametrize(
    "texts", [(VIETNAMESE, LAO), ("W" * 300,), (f"{VIETNAMESE} " * 4, LAO * 4, "Hello " * 60)]
)
def test_nothing_is_cut_off_or_leaves_the_safe_area(
    tmp_path: Path, width: int, height: int, texts: tuple[str, ...]
) -> None:
    left, top, right, bottom = box(shown(tmp_path, screen(width, height), *texts))
    assert left >= width * 0.04
    assert right <= width * 0.96
    assert bottom <= height * 0.96
    assert top >= height * 0.04


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (540, 960), (1152, 384)])
@pytest.mark.parametrize("titles", [(MIXED,), ((VIETNAMESE * 4)[:300], (LAO * 4)[:300], "W" * 300)])
def test_titles_stand_whole_on_a_bar_inside_the_safe_area(
    tmp_path: Path, width: int, height: int, titles: tuple[str, ...]
) -> None:
    profile = screen(width, height)
    seen = shown(tmp_path, profile, titles=titles, ground="gray")
    left, top, right, bottom = dark(seen)
    assert left == pytest.approx(width * 0.05, abs=2)
    assert right == pytest.approx(width * 0.95, abs=2)
    assert bottom == pytest.approx(height * 0.95, abs=2)
    assert top >= height * 0.5
    letters = box(seen, 180)
    assert left < letters[0] < letters[2] < right
    assert top < letters[1] < letters[3] < bottom
    script = lettering.script((), profile, titles).splitlines()[-1].partition(")}")[2]
    lines = [re.sub(r"\{[^}]*\}", "", line) for line in script.split(r"\N")]
    assert "".join(lines).replace(" ", "") == "".join(titles).replace(" ", "")


def test_subtitles_stand_above_the_bar_through_which_the_picture_shows(tmp_path: Path) -> None:
    profile = screen(640, 360)
    titled = shown(tmp_path, profile, titles=(MIXED, LAO), ground="white")
    left, bar, _, _ = dark(titled)
    edge = titled.crop((left + 4, bar + 3, left + 60, bar + 6))
    assert 60 < ImageStat.Stat(edge).mean[0] < 130
    both = shown(tmp_path, profile, VIETNAMESE, titles=(MIXED, LAO), ground="white")
    assert dark(both)[2:] == pytest.approx(dark(titled)[2:], abs=2)
    subtitles = dark(both.crop((0, 0, 640, bar - 1)))
    assert 0.3 * 360 < subtitles[1] < subtitles[3] < bar - 2


def dark(picture: Image.Image) -> tuple[int, int, int, int]:
    return box(ImageChops.invert(picture), 160)


def test_lao_is_broken_between_its_words(tmp_path: Path) -> None:
    script = lettering.script([cue(LAO)], screen(540, 960))
    lines = [line.rpartition("}")[2] for line in script.splitlines()[-1].split(r"\N")]
    assert len(lines) > 2
    assert "".join(lines) == LAO
    ends = {"".join(lines[:count]) for count in range(1, len(lines))}
    pieces = list(icu.pieces(LAO))
    assert ends <= {"".join(pieces[:count]) for count in range(1, len(pieces))}


def test_a_text_gives_no_commands(tmp_path: Path) -> None:
    profile = screen(1280, 720)
    plain = box(shown(tmp_path, profile, "an8 hello"))
    sly = box(shown(tmp_path, profile, r"{\an8}{\fs200}hello"))
    assert abs(plain[3] - sly[3]) < 20
    assert sly[1] > 500
