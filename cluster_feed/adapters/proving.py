"""Decode a clip to its end, measure its sound, and look at its picture on the way.

What ffmpeg made counts for nothing until this has been done with it.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import ffmpeg

from cluster_feed.adapters import boxes, packets, quality, sound
from cluster_feed.adapters.damage import blame, check_for_holes, check_length
from cluster_feed.adapters.ffmpeg import (
    INPUT,
    OPENING,
    UNWATCHED,
    Progress,
    Work,
    judging,
    level,
    opened,
    run,
    unheard,
)
from cluster_feed.adapters.frames import opaque, split, whole_frames
from cluster_feed.adapters.process import given_up_with
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import DamagedMedia
from cluster_feed.core.finding import Finding
from cluster_feed.core.loudness import Loudness

_USUAL_RATE: Final = Fraction(25)
_FASTEST: Final = Fraction(60)
"""Frames a second; a clip that claims more is looked at no faster."""
_SHORT_SECONDS: Final = 4
"""What is not worth a second process."""
_STRICTLY: Final = {"xerror": None, "err_detect": "explode"}


class Proof(NamedTuple):
    """What was heard and seen in a file that was decoded to its end.

    `pictures` is the coded pictures' hash, where it was asked for; `course` how loud it was as
    time went by.
    """

    loudness: Loudness | None
    findings: tuple[Finding, ...]
    pictures: str
    course: tuple[float | None, ...]


def prove(
    made: Path,
    media: MediaInfo,
    work: Work = UNWATCHED,
    *,
    watch: bool = False,
    hashed: bool = False,
) -> Proof:
    """Decode a file to its end, at the first error DamagedMedia, and measure its sound.

    `watch`: its picture is looked at on the way; `hashed`: its coded pictures are hashed.  The two
    halves of the picture and the sound are decoded side by side.
    """
    parts = _parts(media, watch=watch)
    with ThreadPoolExecutor(1 + len(parts)) as pool, given_up_with(work.patience):
        seeing = [pool.submit(_seen, made, media, part, work, watch=watch) for part in parts]
        hearing = pool.submit(_heard, made, media, work, hashed=hashed)
        heard, hearing_notes = hearing.result()
        seen = [half.result() for half in seeing]
    frames, notes = 0, list[str]()
    for part, progress in zip(parts, seen, strict=True):
        frames += progress.frames
        notes += quality.later(progress.notes, part.seconds(part.begins, media))
    if abs(frames - sum(part.ends - part.begins for part in parts)) > 1:
        raise DamagedMedia(detail=f"{frames} frames in {media.seconds} s")
    findings = tuple(quality.seen(notes, media.seconds or 0.0))
    return Proof(heard, findings, hash_of(hearing_notes), quality.course(hearing_notes))


class _Part(NamedTuple):
    """Some of a clip's frames, by their numbers."""

    begins: int
    ends: int

    def seconds(self, frame: int, media: MediaInfo) -> float:
        """When a frame is due, less half of its time: never at the very moment of another."""
        return max(0.0, float((frame - Fraction(1, 2)) / (media.video.fps or 1)))


def _parts(media: MediaInfo, *, watch: bool) -> list[_Part]:
    """Halve a clip; where it is watched, nothing that is looked for may fall between."""
    fps = media.video.fps or Fraction(1)
    frames = round((media.seconds or 0.0) * float(fps))
    shared = math.ceil(quality.WINDOW_SECONDS * fps / 2) if watch else 0
    if frames < 4 * shared or frames < _SHORT_SECONDS * fps:
        return [_Part(0, frames)]
    return [_Part(0, frames // 2 + shared), _Part(frames // 2 - shared, frames)]


def _seen(made: Path, media: MediaInfo, part: _Part, work: Work, *, watch: bool) -> Progress:
    """Decode a part of the picture; what precedes it from its key picture on is decoded too."""
    strictly: dict[str, Any] = {**_STRICTLY, **judging(media.video)}
    # Smoothing finds no error: it is for eyes, and for pictures that build on others.
    strictly["skip_loop_filter"] = "noref" if watch else "all"
    if part.begins:
        strictly["ss"] = part.seconds(part.begins, media)
    elif part.seconds(part.ends, media) < (media.seconds or 0.0) - 1:
        strictly["t"] = part.seconds(part.ends, media)
    clip = ffmpeg.input(INPUT, **strictly, **OPENING)
    pictures = split(clip["V:0"], "split", 1 + watch)
    outputs = [ffmpeg.output(pictures[0], "-", format="null")]
    if watch:
        outputs.append(quality.watched(pictures[1], media.video))
    finished, progress = run(made, ffmpeg.merge_outputs(*outputs), media.seconds, work)
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    return progress


def _heard(
    made: Path, media: MediaInfo, work: Work, *, hashed: bool
) -> tuple[Loudness | None, list[str]]:
    """Decode the sound, and measure its loudness; DamagedMedia where its times do not add up."""
    clip = ffmpeg.input(INPUT, **_STRICTLY, **OPENING)
    outputs = [hashing(clip)] if hashed else []
    if media.audio:
        sounding = quality.followed(sound.metered(clip["a:0"]))
        outputs.append(ffmpeg.output(sounding, "-", format="null"))
    if not outputs:
        return None, []
    finished, progress = run(made, ffmpeg.merge_outputs(*outputs), media.seconds, work)
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    if not media.audio:
        return None, progress.notes
    course = boxes.sound_course(made)
    decoded = quality.seconds_followed(progress.notes)
    if course and not course.adds_up(decoded):
        raise DamagedMedia(detail=f"its sound decodes to {decoded} s, not {course.seconds:.1f}")
    return sound.read(finished.complaints), progress.notes


def look(source: Path, media: MediaInfo, work: Work = UNWATCHED) -> tuple[Finding, ...]:
    """Decode a clip to its end and look at its picture; BreaksOff or DamagedMedia."""
    clip = opened(media)
    rate = min(media.video.fps or _USUAL_RATE, _FASTEST)
    picture = whole_frames(opaque(clip["V:0"], media.video), media.video, rate)
    counted, watched = split(picture.filter("fps", fps=str(rate)), "split", 2)
    counting = ffmpeg.output(counted, "-", format="null", fps_mode="cfr")
    looking = quality.watched(watched, media.video)
    graph = ffmpeg.merge_outputs(counting, looking, *unheard(clip, media))
    finished, progress = run(source, graph, media.seconds, work, level=level(media))
    if finished.status:
        blame(source, media, work.patience)
        raise DamagedMedia(detail=finished.last_complaint)
    check_for_holes(source, media, finished, work.patience)
    check_length(float(progress.frames / rate), media)
    return tuple(quality.seen(progress.notes, media.seconds or 0.0))


def hashing(clip: Any) -> Any:  # noqa: ANN401
    """Hash the coded pictures, beside whatever else is done with them."""
    slices = {"c:v": "copy", "bsf:v": packets.SLICES, "format": "hash"}
    return ffmpeg.output(clip["V:0"], "pipe:1", **slices)


def hash_of(notes: Sequence[str]) -> str:
    """Read from what was noted down what `hashing` found."""
    return next((note for note in notes if note.startswith("SHA")), "")
