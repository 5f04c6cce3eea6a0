"""Make pictures for screens of every file: `python -m tests.conformance.photo_corpus FOLDER`.

FOLDER holds any pictures at all, for example the test images of the libraries that read pictures.
Of each comes a rendition for every way of fitting and a clip, or a refusal that says why.  Nothing
else may come of one: no other error, no program that goes on, not more memory than the photo's
reader may take, and no picture that looks otherwise than Pillow alone decodes it.
"""

# ruff: noqa: T201  it is a report

import io
import multiprocessing
import resource
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat
from pillow_heif import register_heif_opener

from cluster_feed.adapters import glimpses, process
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.probe import probe
from cluster_feed.core.asset import Kind, MediaInfo, VideoInfo
from cluster_feed.core.errors import Refusal
from cluster_feed.core.profile import DisplayProfile, Fit
from cluster_feed.pipeline.normalize import photo

MOST_BYTES: Final = 512 << 20
TOO_LONG_SECONDS: Final = 120
FAR: Final = 14.0
"""Of 255: how far a picture's parts may be off on an average; its JPEG and scaler take a few."""
_PARTS: Final = (24, 24)
WALL: Final = DisplayProfile(
    name="pad", title="Wall", width=480, height=270, fps=25, bitrate_kbps=2000
)
WALLS: Final = {fit.value: WALL.model_copy(update={"name": fit.value, "fit": fit}) for fit in Fit}
FILM: Final = WALL.model_copy(
    update={"name": "clip", "photo_clip_seconds": 3, "width": 192, "height": 108, "fps": 5}
)


class Outcome(NamedTuple):
    """What came of a file: "made", a reason's code, or "FAILED"; the most memory that it took."""

    verdict: str
    says: str = ""
    peak_bytes: int = 0


def judged(path: Path) -> Outcome:
    """Make everything of a file; the memory is that of the programs that opened it."""
    try:
        found = probe(path)
        if found.kind is not Kind.PHOTO:
            return Outcome("a clip")
        picture = found.media.video
        with TemporaryDirectory() as name:
            folder = Path(name)
            made = _made(path, found.media, folder, WALLS)
            peak = _peak_bytes()
            made |= _made(path, found.media, folder, {"clip": FILM})
            wrong = list(_faults(path, picture, made))
    except Refusal as why:
        return Outcome(why.code, why.sentence.en, _peak_bytes())
    if peak > MOST_BYTES:
        wrong.append(f"{peak >> 20} MB of memory")
    return Outcome("FAILED" if wrong else "made", "; ".join(wrong), peak)


def _made(
    path: Path, media: MediaInfo, folder: Path, profiles: Mapping[str, DisplayProfile]
) -> dict[str, Image.Image]:
    """Give the pictures that screens show, a clip's first."""
    made: dict[str, Image.Image] = {}
    for name, each in photo.make(path, media, folder, profiles, Work()):
        if isinstance(each, Refusal):
            raise each
        content = each.path.read_bytes()
        if each.suffix == ".mp4":
            content = glimpses.still(each.path, 0, "null")
        made[name] = Image.open(io.BytesIO(content))
        assert made[name].size == (each.profile.width, each.profile.height)
    return made


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10


def _faults(path: Path, picture: VideoInfo, made: Mapping[str, Image.Image]) -> Iterator[str]:
    """Tell where pictures are not what Pillow alone would have made of the file."""
    try:
        whole = decoded(path)
    except Exception as why:  # noqa: BLE001  whatever Pillow says of a file that nobody here made
        yield f"made, of which Pillow says: {why!r}"
        return
    if whole.size != picture.shown_size:
        yield f"taken for {picture.shown_size}, and is {whole.size}"
        return
    fitted = whole.resize(WALL.fitted(whole.size), reducing_gap=3)
    padded = ImageOps.pad(fitted, (WALL.width, WALL.height))
    filled = ImageOps.fit(whole, (WALL.width, WALL.height))
    for name, meant in (("pad", padded), ("crop", filled), ("clip", padded)):
        if (far := distance(made[name], meant)) > FAR:
            yield f"{name} is {far:.0f} off"
    aside = [(side - own) // 2 for side, own in zip(padded.size, fitted.size, strict=True)]
    middle = (aside[0], aside[1], aside[0] + fitted.width, aside[1] + fitted.height)
    if (far := distance(made["blur"].crop(middle), fitted)) > FAR:
        yield f"blur is {far:.0f} off"


def decoded(path: Path) -> Image.Image:
    """Decode a picture whole, in the plainest way: upright, in a screen's colours, on black."""
    with Image.open(path) as stored:
        stored.load()
        image = ImageOps.exif_transpose(stored)
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    elif image.mode in {"I", "F"}:
        most = image.getextrema()[1]
        image = image.convert("F").point(lambda value: value * 255 / max(1, most)).convert("L")
    alpha = None
    if "transparency" in image.info or image.mode in {"LA", "PA", "RGBA", "RGBa", "La"}:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    image = _in_srgb(image, stored.info.get("icc_profile"))
    if (gamma := stored.info.get("gamma")) and not {"srgb", "icc_profile"} & stored.info.keys():
        levels = [round(255 * (level / 255) ** (1 / (2.2 * gamma))) for level in range(256)]
        image = image.point(levels * 3)
    return Image.composite(image, Image.new("RGB", image.size), alpha) if alpha else image


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    own: Any = io.BytesIO(profile) if profile else None
    if image.mode == "LAB":
        own = ImageCms.createProfile("LAB")
    if own:
        srgb = ImageCms.createProfile("sRGB")
        with suppress(ImageCms.PyCMSError, OSError):
            converted = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
            assert converted
            return converted
    return image.convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """Compare the mean colours of the parts of two pictures; the worst part's, of 255."""
    parts = [each.convert("RGB").resize(_PARTS, Image.Resampling.BOX) for each in (one, other)]
    off = ImageChops.difference(*parts)
    return sum(ImageStat.Stat(off).mean) / 3


def _alone(path: Path, answers: Connection) -> None:
    answers.send(judged(path))


def outcome(path: Path) -> Outcome:
    """Judge a file in a process of its own, so that nothing of one file is counted for another."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("fork").Process(target=_alone, args=(path, theirs))
    worker.start()
    theirs.close()
    try:
        if not ours.poll(TOO_LONG_SECONDS):
            worker.kill()
            return Outcome("FAILED", f"took more than {TOO_LONG_SECONDS} s")
        return Outcome(*ours.recv())
    except EOFError:
        return Outcome("FAILED", "any other error")
    finally:
        worker.join()


def main(folder: Path) -> bool:
    """Print a line a file and a table; whether nothing failed, and there was any."""
    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None
    tally: dict[str, Counter[str]] = {}
    peak = 0
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        came = outcome(path)
        tally.setdefault(path.parent.name, Counter())[came.verdict] += 1
        peak = max(peak, came.peak_bytes)
        name, megabytes = path.relative_to(folder), came.peak_bytes >> 20
        print(f"{came.verdict} {name} ({megabytes} MB): {came.says}", flush=True)
    for corpus, verdicts in tally.items():
        print(f"{corpus}:", ", ".join(f"{count} {each}" for each, count in verdicts.most_common()))
    print(f"{peak >> 20} MB at most")
    return bool(tally) and not any(each["FAILED"] for each in tally.values())


if __name__ == "__main__":
    with patch.object(process, "sandboxed", return_value=False):  # it hides what memory was taken
        raise SystemExit(not main(Path(sys.argv[1]).resolve()))
