"""A clip that is not whole is refused, with the second at which it breaks."""

from collections.abc import Callable
from hashlib import shake_256
from pathlib import Path

import pytest

from cluster_feed.adapters import proving
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe
from cluster_feed.core.errors import BreaksOff, CannotBeNormalized
from cluster_feed.core.finding import Flaw
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.pipeline.normalize import clip
from cluster_feed.pipeline.normalize.clip import Product
from tests import oddities

WALL = DisplayProfile(
    name="wall", title="Wall", width=128, height=72, fps=25, bitrate_kbps=500, loudness_lufs=-23
)
PICTURE = "testsrc2=s=320x180:r=25:d=6,noise=alls=8:allf=t"
LARGER = "testsrc2=s=640x360:r=25:d=3,noise=alls=6:allf=t"
VOICE = "anoisesrc=c=pink:a=0.1:r=48000:d=6:seed=1"
H264 = (
    *oddities.FAST_H264,
    "-threads",
    "1",
    "-b:v",
    "2M",
    "-maxrate",
    "2M",
    "-bufsize",
    "1M",
    "-g",
    "25",
)
FORMS: dict[str, tuple[tuple[str, ...], str]] = {
    "MP4": ((*H264, *oddities.AAC, "-movflags", "+faststart"), "mp4"),
    "Matroska": ((*H264, *oddities.AAC), "matroska"),
    "MPEG-TS": ((*H264, *oddities.AAC), "mpegts"),
    "MXF": (("-c:v", "mpeg2video", "-b:v", "4M", "-c:a", "pcm_s16le"), "mxf"),
    "MPEG-PS": (("-c:v", "mpeg2video", "-b:v", "4M", "-c:a", "mp2"), "vob"),
    "ASF": (("-c:v", "wmv2", "-b:v", "2M", "-c:a", "wmav2"), "asf"),
    "Motion JPEG": (("-c:v", "mjpeg", "-q:v", "5", "-c:a", "pcm_s16le"), "avi"),
    "ProRes": (("-c:v", "prores_ks", "-c:a", "pcm_s16le", "-movflags", "+faststart"), "mov"),
}
BREAKS_NEAR = 3.5
PACKET = 188


def cut(content: bytes) -> bytes:
    """Copy three fifths of it."""
    return content[: len(content) * 3 // 5]


def zeros(content: bytes) -> bytes:
    """Set the size in advance, and copy as much."""
    return cut(content).ljust(len(content), b"\0")


def hole(content: bytes) -> bytes:
    """Lose some sectors of a disk."""
    start = len(content) * 3 // 5
    return content[:start] + bytes(1 << 16) + content[start + (1 << 16) :]


def foreign(content: bytes) -> bytes:
    """Find another file's content in them."""
    start = len(content) * 3 // 5
    return content[:start] + shake_256(b"another").digest(1 << 16) + content[start + (1 << 16) :]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    return {
        name: oddities.clip(folder / name, PICTURE, *coding, sound=VOICE, form=form).read_bytes()
        for name, (coding, form) in FORMS.items()
    }


def made(content: bytes, folder: Path) -> object:
    source = folder / "asset"
    source.write_bytes(content)
    media = probe(source).media
    listened = clip.listen(source, media, [WALL], Work())
    ((_, product),) = clip.make(listened, folder, {"recipe": WALL})
    return product


def lost(content: bytes) -> bytes:
    """Leave some of it out."""
    start = len(content) * 3 // 5
    return content[:start] + content[start + (1 << 16) :]


def speck(content: bytes) -> bytes:
    """Find two frames' worth of another file's bytes in it; fewer may decode to a picture."""
    start = len(content) * 3 // 5
    return content[:start] + shake_256(b"another").digest(1 << 14) + content[start + (1 << 14) :]


@pytest.mark.parametrize("seed", range(4))
def test_the_verdict_on_a_damaged_clip_is_the_same_every_time(tmp_path: Path, seed: int) -> None:
    coding = ("-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p", "-g", "50")
    source = oddities.clip(tmp_path / "asset", LARGER, *coding)
    content = bytearray(source.read_bytes())
    start = len(content) * (3 + seed) // 10
    content[start : start + 300] = shake_256(bytes([seed])).digest(300)
    source.write_bytes(content)
    media = probe(source).media
    said = set()
    for _ in range(4):
        with pytest.raises(BreaksOff) as refused:
            proving.look(source, media)
        said.add(str(refused.value))
    assert len(said) == 1


HALF_FORGOTTEN = {("ASF", cut), ("Motion JPEG", cut)}
"""Whose end tells how long they were."""


@pytest.mark.parametrize("damage", [cut, zeros, hole, foreign, lost, speck])
@pytest.mark.parametrize("name", FORMS)
def test_it_breaks_off_where_it_is_damaged(
    tmp_path: Path, whole: dict[str, bytes], name: str, damage: Callable[[bytes], bytes]
) -> None:
    if name in {"MPEG-TS", "MPEG-PS"} and damage is cut:
        pytest.skip("a recording may end anywhere")
    with pytest.raises(BreaksOff) as refused:
        made(damage(whole[name]), tmp_path)
    assert float(refused.value.facts["at_en"]) == pytest.approx(BREAKS_NEAR, abs=0.6)
    if (name, damage) not in HALF_FORGOTTEN:
        assert float(refused.value.facts["seconds_en"]) == pytest.approx(6, abs=0.3)


def continuity(content: bytes, packets: range) -> dict[int, int]:
    """Read the first counter (ISO 13818-1, 2.4.3.3) of each stream in these packets."""
    found: dict[int, int] = {}
    for start in packets:
        stream = int.from_bytes(content[start + 1 : start + 3]) & 0x1FFF
        has_content = content[start + 3] & 0x10
        if stream in {0x100, 0x101} and has_content:
            found.setdefault(stream, content[start + 3] & 0x0F)
    return found


def test_a_recording_breaks_off_where_its_counters_hide_what_was_lost(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    content = whole["MPEG-TS"]
    begins = len(content) * 3 // 5 // PACKET * PACKET
    last = continuity(content, range(begins - PACKET, 0, -PACKET))
    following = {stream: (counter + 1) % 16 for stream, counter in last.items()}
    ends = [
        end
        for end in range(begins + 1100 * PACKET, begins + 1500 * PACKET, PACKET)
        if continuity(content, range(end, len(content), PACKET)) == following
    ]
    assert len(ends) > 1
    for end in ends[:6]:
        with pytest.raises(BreaksOff) as refused:
            made(content[:begins] + content[end:], tmp_path)
        assert float(refused.value.facts["at_en"]) == pytest.approx(3.5, abs=0.2)


def test_pictures_that_are_missing_while_the_sound_goes_on_are_missed_whatever_the_counters_say(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    content = whole["MPEG-TS"]
    picture = [
        start
        for start in range(0, len(content), PACKET)
        if int.from_bytes(content[start + 1 : start + 3]) & 0x1FFF == 0x100
        and content[start + 3] & 0x10
    ]
    begin = [index for index, start in enumerate(picture) if content[start + 1] & 0x40]
    first, after = next(
        (begin[at], begin[at + count])
        for at in range(80, 95)
        for count in range(3, 9)
        if (begin[at + count] - begin[at]) % 16 == 0
    )
    lost = set(picture[first:after])
    kept = (start for start in range(0, len(content), PACKET) if start not in lost)
    with pytest.raises(BreaksOff) as refused:
        made(b"".join(content[start : start + PACKET] for start in kept), tmp_path)
    assert float(refused.value.facts["at_en"]) == pytest.approx(BREAKS_NEAR, abs=0.5)


def test_what_fails_its_own_checksum_breaks_off(tmp_path: Path) -> None:
    summed = ("-c:v", "ffv1", "-level", "3", "-slicecrc", "1")
    source = oddities.clip(tmp_path / "asset", PICTURE, *summed, form="matroska")
    content = bytearray(source.read_bytes())
    start = len(content) * 3 // 5
    content[start : start + 20] = shake_256(b"another").digest(20)
    with pytest.raises(BreaksOff) as refused:
        made(bytes(content), tmp_path)
    assert float(refused.value.facts["at_en"]) == pytest.approx(BREAKS_NEAR, abs=0.5)


def test_of_a_coding_that_hides_damage_that_is_said(tmp_path: Path) -> None:
    for coding, hides in (("prores_ks", True), ("mpeg2video", False)):
        source = oddities.clip(tmp_path / "asset", PICTURE, "-c:v", coding, form="mov")
        product = made(source.read_bytes(), tmp_path)
        assert isinstance(product, Product)
        assert ("hides damage" in product.decision.en) is hides


def test_what_is_lost_shortly_before_the_end_of_a_recording_is_told(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    content = bytearray(whole["MPEG-TS"])
    start = len(content) * 95 // 100 // PACKET * PACKET
    content[start : start + 4000] = bytes(4000)
    product = made(bytes(content), tmp_path)
    assert isinstance(product, Product)
    assert Flaw.BROKEN in {each.flaw for each in product.findings}
    product = made(bytes(content[:start]), tmp_path)
    assert isinstance(product, Product)
    assert Flaw.BROKEN not in {each.flaw for each in product.findings}


@pytest.mark.parametrize("name", FORMS)
def test_what_is_whole_is_made(tmp_path: Path, whole: dict[str, bytes], name: str) -> None:
    product = made(whole[name], tmp_path)
    assert isinstance(product, Product)
    assert product.media.seconds == pytest.approx(6, abs=0.1)


def test_a_recording_that_was_cut_at_both_ends_is_taken_for_what_it_holds(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    content = whole["MPEG-TS"]
    product = made(content[len(content) // 5 + 77 : -12_345], tmp_path)
    assert isinstance(product, Product)
    assert 4 < (product.media.seconds or 0) < 5.5


def test_a_screen_that_cannot_be_coded_for_takes_no_other_with_it(tmp_path: Path) -> None:
    source = oddities.plain(tmp_path / "asset")
    other = WALL.model_copy(update={"name": "other"})
    (tmp_path / "wall.silent.mp4").mkdir()
    listened = clip.listen(source, probe(source).media, [WALL, other], Work())
    made = dict(clip.make(listened, tmp_path, {"one": WALL, "two": other}))
    assert isinstance(made["one"], CannotBeNormalized)
    assert isinstance(made["two"], Product)
