"""Subtitles stand on the picture as they were written, whole, in both scripts."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from cluster_feed.adapters import clips, icu, lettering
from cluster_feed.adapters.clips import Order
from cluster_feed.adapters.probe import probe
from cluster_feed.core.caption import Cue
from cluster_feed.core.profile import DisplayProfile
from tests import oddities

NOTO = Path("/usr/share/fonts/truetype/noto")
LAO = "ຕະຫຼາດນັດລາວບາວເປີດທຸກເຊົ້າວັນເສົາປະຊາຊົນສອງຟາກຊາຍແດນມາແລກປ່ຽນສິນຄ້າຮ່ວມກັນ"
VIETNAMESE = "Chợ phiên Lao Bảo mở cửa vào mỗi sáng thứ Bảy, người hai bên biên giới cùng đến"


def screen(width: int, height: int) -> DisplayProfile:
    return DisplayProfile(
        name="screen", title="Screen", width=width, height=height, fps=25, bitrate_kbps=4000
    )


def cue(text: str) -> tuple[Cue]:
    return (Cue(from_seconds=0, to_seconds=1, text=text),)


def shown(folder: Path, profile: DisplayProfile, *texts: str) -> Image.Image:
    """Burn texts into black, and give the picture in grey."""
    source = oddities.clip(folder / "asset", "color=black:s=64x36:r=25:d=1", *oddities.FAST_H264)
    script = folder / "script.ass"
    script.write_text(lettering.script([cue(text) for text in texts], profile), encoding="utf-8")
    made = folder / "made.mp4"
    clips.transcode(source, probe(source).media, [Order(made, profile, None, script)])
    still = folder / "still.jpg"
    still.write_bytes(clips.still(made, 0.5, "null"))
    with Image.open(still) as picture:
        return picture.convert("L")


def box(picture: Image.Image) -> tuple[int, int, int, int]:
    found = picture.point(lambda level: 255 if level > 96 else 0).getbbox()
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
    seen = shown(tmp_path, screen(1280, 720), "Chợ Lao Bảo: ຕະຫຼາດລາວບາວ, mỗi thứ Bảy")
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
