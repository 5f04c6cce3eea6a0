"""Change clips and photos at random and normalize them: a proven rendition or a refusal, each.

python -m tests.reliability.media_fuzz [rounds] [seed] [keep] [photos]

Nothing else may come of them: no other error, no program that goes on, no file left behind, no
minute too much; and no picture of a photo that Pillow by itself finds broken.  What fails is kept
in the folder `keep`, if one is named; `photos`: only these are changed.
"""

# ruff: noqa: T201, S311  what it tells; the same changes each time; what it is for

import re
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch

from cluster_feed.adapters import ffmpeg
from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import Refusal
from cluster_feed.core.finding import Flaw
from cluster_feed.core.profile import DisplayProfile, Fit
from cluster_feed.pipeline.normalize import single
from demo import material
from tests import oddities
from tests.conformance.photo_corpus import decoded

BUDGET_SECONDS: Final = 60
"""What one program may take; the whole of a file takes a few of them."""
TOO_LONG_SECONDS: Final = 8 * BUDGET_SECONDS

HALL: Final = DisplayProfile(
    name="hall", title="Hall", width=320, height=180, fps=25, bitrate_kbps=1500, loudness_lufs=-23
)
WALL: Final = HALL.model_copy(
    update={"name": "wall", "width": 128, "height": 256, "loudness_lufs": None, "fit": Fit.SMART}
)
STRIP: Final = WALL.model_copy(update={"name": "strip", "fit": Fit.PAD})
PICTURE: Final = "testsrc2=s=320x180:r=25:d=2"
MOVING: Final = "testsrc2=s=640x360:r=25:d=2,noise=alls=6:allf=t"
"""In a smaller picture more damage decodes to something."""
TONE: Final = "sine=f=440:d=2:r=48000"
H264: Final = (*oddities.FAST_H264, *oddities.AAC)
MPEG2: Final = ("-c:v", "mpeg2video", "-b:v", "2M")
CABAC: Final = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", *oddities.AAC)
FORMS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "mp4": ((*H264, "-movflags", "+faststart"), "mp4"),
    "mov": (("-c:v", "prores_ks", "-c:a", "pcm_s16le"), "mov"),
    "fragments": ((*H264, "-movflags", "+frag_keyframe+empty_moov"), "mp4"),
    "matroska": (H264, "matroska"),
    "webm": (("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"), "webm"),
    "ts": (H264, "mpegts"),
    "ps": ((*MPEG2, "-c:a", "mp2"), "vob"),
    "mxf": ((*MPEG2, "-c:a", "pcm_s16le"), "mxf"),
    "avi": (("-c:v", "mpeg4", "-c:a", "pcm_s16le"), "avi"),
    "asf": (("-c:v", "wmv2", "-c:a", "wmav2"), "asf"),
    "arithmetic": (CABAC, "mp4"),
    "h265": (("-c:v", "libx265", "-x265-params", "log-level=none", *oddities.AAC), "mp4"),
    "av1": (("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8"), "mp4"),
    "dv": (("-s", "720x576", "-c:v", "dvvideo", "-pix_fmt", "yuv420p"), "avi"),
    "two programmes": (("-map", "0:v", "-map", "1:a", "-map", "0:v", *H264), "mpegts"),
}
TELL_OF_DAMAGE: Final = ("arithmetic", "mov", "mxf")
"""Whose decoders notice nearly every change that can be seen."""
NEAR_DB: Final = 25.0
"""How near the worst frame of a rendition must be to that of the undamaged clip (PSNR)."""
PHOTOS: Final = (
    oddities.progressive,
    oddities.cmyk,
    oddities.sixteen_bit_grey,
    oddities.transparent_palette,
    oddities.heic,
    oddities.own_colours,
    oddities.scan,
    oddities.linear_light,
    oddities.odd_bits,
    oddities.one_pixel,
)
PHOTO_FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")
MOVING_PHOTOS: Final = ("PNG", "WEBP", "GIF")
PAGED_PHOTOS: Final = ("TIFF", "MPO", "HEIF")
CLIPS: Final = (
    oddities.turned,
    oddities.variable_rate,
    oddities.no_length,
    oddities.surround,
    oddities.ten_bits,
    oddities.discrete_channels,
)

Change = Callable[[bytearray, Random, list[bytes]], bytearray]


def flip(content: bytearray, random: Random, _: list[bytes]) -> bytearray:
    """Some bits."""
    for _bit in range(random.choice((1, 3, 30, 300))):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    return content


def write_odd_numbers(content: bytearray, random: Random, _: list[bytes]) -> bytearray:
    """Sizes, counts and times at the edges, mostly in the header."""
    end = len(content) if random.random() < 0.3 else min(len(content), 4096)
    for _number in range(random.choice((1, 2, 8))):
        at, width = random.randrange(end), random.choice((1, 2, 4, 8))
        value = random.choice((0, 1, 0x7F, 0x80, 0xFF, -1, random.getrandbits(64)))
        content[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, "big")
    return content


def cut(content: bytearray, random: Random, _: list[bytes]) -> bytearray:
    """The beginning alone."""
    return content[: random.randrange(1, len(content))]


def lose(content: bytearray, random: Random, _: list[bytes]) -> bytearray:
    """A piece from the middle."""
    at = random.randrange(len(content))
    del content[at : at + random.choice((1, 100, 5000))]
    return content or bytearray(b"\0")


def blank(content: bytearray, random: Random, _: list[bytes]) -> bytearray:
    """A sector's content."""
    at, length = random.randrange(len(content)), random.choice((16, 512, 4096, 20_000))
    with_what = random.choice((b"\0", b"\xff", random.randbytes(1)))
    length = min(length, len(content) - at)
    content[at : at + length] = with_what * length
    return content


def repeat(content: bytearray, random: Random, _: list[bytes]) -> bytearray:
    """A piece, twice or many times."""
    at, length = random.randrange(len(content)), random.choice((4, 64, 4096))
    return content[:at] + content[at : at + length] * random.choice((2, 50)) + content[at:]


def splice(content: bytearray, random: Random, others: list[bytes]) -> bytearray:
    """The beginning of this and the end of another."""
    other = random.choice(others)
    return content[: random.randrange(1, len(content))] + other[random.randrange(len(other)) :]


CHANGES: Final[tuple[Change, ...]] = (
    flip,
    flip,
    write_odd_numbers,
    write_odd_numbers,
    cut,
    lose,
    blank,
    repeat,
    splice,
)


def seeds(folder: Path, *, photos: bool = False) -> dict[str, bytes]:
    """Small files of every kind that is taken, or of photos alone."""
    made = {each.__name__: each(folder / each.__name__) for each in PHOTOS}
    for form in PHOTO_FORMATS:
        made[form] = folder / form
        oddities.card().effect_spread(4).save(made[form], form)
    for form in MOVING_PHOTOS:
        made[f"moving {form}"] = oddities.animation(folder / f"moving {form}", form)
    for form in PAGED_PHOTOS:
        made[f"pages {form}"] = oddities.pages(folder / f"pages {form}", form)
    if not photos:
        made |= {each.__name__: each(folder / each.__name__) for each in CLIPS}
        for name, (coding, form) in FORMS.items():
            made[name] = oddities.clip(folder / name, PICTURE, *coding, sound=TONE, form=form)
    return {name: path.read_bytes() for name, path in made.items()}


def changed(content: bytes, random: Random, others: list[bytes]) -> bytes:
    """Change a file, mostly once."""
    made = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4))):
        made = random.choice(CHANGES)(made, random, others)
    return bytes(made)


def outcomes(source: Path) -> set[str]:
    """Name what came of a file for each screen; any other error is raised."""
    before = _children()
    to = source.parent / "made"
    said = set()
    try:
        found = single.look_at(source, [HALL, WALL])
        for _, each in single.make(found, [HALL, WALL], to):
            said.add(each.code if isinstance(each, Refusal) else "made")
        if found.kind is Kind.PHOTO and "made" in said:
            decoded(source)
    except Refusal as why:
        said.add(why.code)
    left = [path.name for path in to.glob(".*")] if to.exists() else []
    assert not left, f"left behind: {left}"
    running = [name for pid, name in _children().items() if pid not in before]
    assert not running, f"still running: {running}"
    return said


def damaged(content: bytes, random: Random) -> bytes:
    """Change some bytes of what is neither header nor index."""
    made = bytearray(content)
    length = random.choice((1, 8, 64, 500, 2000))
    at = random.randrange(len(content) // 3, len(content) * 4 // 5 - length)
    made[at : at + length] = random.randbytes(length)
    return bytes(made)


def verdict(source: Path) -> str:
    """Say what becomes of a clip on one screen: a reason's code, "told" or "made"."""
    to = source.parent / "made"
    try:
        ((_, made),) = single.make(single.look_at(source, [STRIP]), [STRIP], to)
    except Refusal as why:
        return why.code
    if isinstance(made, Refusal):
        return made.code
    told = {each.flaw for each in made.made.findings} & {Flaw.BROKEN, Flaw.FREEZE, Flaw.BLACK}
    return "told" if told else "made"


def nearness_db(one: Path, other: Path) -> float:
    """Compare two renditions, frame by frame; the worst counts."""
    run = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(one), "-i", str(other)]
    run += ["-lavfi", "[0:v][1:v]psnr=f=-", "-f", "null", "-"]
    said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return min(float(each) for each in re.findall(r"psnr_avg:(\S+)", said))


def damage(rounds: int, seed: int) -> Counter[str]:
    """Damage the pictures of clips: what is made without a word must look like the whole one."""
    random, tally = Random(seed), Counter[str]()
    with TemporaryDirectory() as name:
        folder = Path(name)
        whole: dict[str, Path] = {}
        for form in TELL_OF_DAMAGE:
            coding, container = FORMS[form]
            whole[form] = folder / form / "asset"
            whole[form].parent.mkdir()
            oddities.clip(whole[form], MOVING, *coding, sound=TONE, form=container)
            assert verdict(whole[form]) == "made"
        for number in range(rounds):
            form = random.choice(sorted(whole))
            place = folder / str(number)
            place.mkdir()
            source = place / "asset"
            source.write_bytes(damaged(whole[form].read_bytes(), random))
            said = verdict(source)
            tally[said] += 1
            made = [place / "made" / "asset.strip.mp4", whole[form].parent / "made/asset.strip.mp4"]
            if said == "made" and (near := nearness_db(*made)) < NEAR_DB:
                tally["FAILED"] += 1
                print(f"round {number} of seed {seed}, {form}: {near} dB, and nothing was said")
    return tally


def _children() -> dict[str, str]:
    """Name the programs that this process has started and that are still there, by pid."""
    found = {}
    for each in Path("/proc/self/task").glob("*/children"):
        for pid in each.read_text().split():
            with suppress(OSError):
                found[pid] = Path(f"/proc/{pid}/comm").read_text().strip()
    return found


def run(rounds: int, seed: int, keep: Path | None = None, *, photos: bool = False) -> Counter[str]:
    """Change so many files, and count what came of them."""
    random, tally = Random(seed), Counter[str]()
    with (
        TemporaryDirectory() as name,
        patch.object(ffmpeg, "_LEAST_BUDGET_SECONDS", BUDGET_SECONDS),
        patch.object(ffmpeg, "_SLOWEST", 1),
    ):
        folder = Path(name)
        (folder / "seeds").mkdir()
        pool = seeds(folder / "seeds", photos=photos)
        others = [*pool.values(), material.LANDSCAPE.read_bytes()]
        for number in range(rounds):
            kind = random.choice(sorted(pool))
            content = changed(pool[kind], random, others)
            place = folder / str(number)
            place.mkdir()
            source = place / "asset"
            source.write_bytes(content)
            began = time.monotonic()
            try:
                said = outcomes(source)
                took = time.monotonic() - began
                assert took < TOO_LONG_SECONDS, f"took {took:.0f} s"
                tally.update(said)
            except Exception:  # noqa: BLE001  whatever it is, it is what is looked for
                tally["FAILED"] += 1
                print(f"round {number} of seed {seed}, {kind}:")
                traceback.print_exc(file=sys.stdout)
                if keep:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{seed}-{number}-{kind}").write_bytes(content)
            for path in sorted(place.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            place.rmdir()
            if number % 100 == 99:
                print(f"{number + 1}: {dict(tally.most_common())}", flush=True)
    return tally


def main(rounds: str = "1000", seed: str = "1", keep: str = "", only: str = "") -> None:
    """Tell what came of them; the status is 1 where anything else came of one."""
    photos = only == "photos"
    tally = run(int(rounds), int(seed), Path(keep) if keep else None, photos=photos)
    tally += Counter() if photos else damage(int(rounds) // 4, int(seed))
    print(dict(tally.most_common()))
    sys.exit(bool(tally["FAILED"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
