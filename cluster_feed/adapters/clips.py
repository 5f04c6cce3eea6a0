"""Make a clip's renditions, and prove them.

What ffmpeg made counts for nothing until `prove` has decoded it to its end.
"""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import ffmpeg
from PIL import Image

from cluster_feed.adapters import boxes, packets, process, quality, sound
from cluster_feed.adapters.coders import (
    FILE,
    FRAMES,
    Coders,
    Order,
    beside,
    gave_up,
    join,
    picture_coding,
    room,
)
from cluster_feed.adapters.damage import blame, check_for_holes, check_length
from cluster_feed.adapters.darkroom.framing import Attention, attention
from cluster_feed.adapters.encoders import X264, Encoder
from cluster_feed.adapters.ffmpeg import (
    INPUT,
    OPENING,
    THREADS,
    UNWATCHED,
    Progress,
    Work,
    judging,
    level,
    opened,
    opening,
    run,
    seeing_through,
)
from cluster_feed.adapters.frames import (
    as_bt709,
    fitted,
    lettered,
    opaque,
    small,
    split,
    whole_frames,
)
from cluster_feed.adapters.process import PATIENT, Limits, Patience, given_up_with
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.errors import DamagedMedia
from cluster_feed.core.finding import Finding
from cluster_feed.core.loudness import Loudness
from cluster_feed.core.profile import DisplayProfile

RECIPE: Final = "clip-6"
"""Changes whenever the same clip would come out otherwise: every clip is then made again."""

_USUAL_RATE: Final = Fraction(25)
_FASTEST: Final = Fraction(60)
"""Frames a second; a clip that claims more is looked at no faster."""
_PREVIEW_BYTES: Final = 250_000
"""A second; far more than a small picture takes."""
_SHORT_SECONDS: Final = 4
"""What is not worth a second process."""
_STRICTLY: Final = {"xerror": None, "err_detect": "explode"}
_STILL: Final = Limits(2 * process.GIB)
_GLANCES: Final = 8
_GLANCE: Final = 64
"""Pixels a side."""
_EXACT: Final = "bicubic+accurate_rnd+bitexact"
_AS_PHOTO: Final = {"protocol_whitelist": "file", "format": "jpeg_pipe"}
_NEARER: Final = 0.06
"""By what part of its size a photo grows while it is shown."""
_AS_A_CLIP_HAS_IT: Final = {
    "in_color_matrix": "bt601",
    "in_range": "pc",
    "out_color_matrix": "bt709",
    "out_range": "tv",
}
_AS_JPEG_HAS_IT: Final = (
    "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj444p"
)
"""A rendition's colours are BT.709's, a JPEG's those of BT.601."""


class Proof(NamedTuple):
    """What was heard and seen in a file that was decoded to its end.

    `pictures` is the coded pictures' hash, where it was asked for; `course` how loud it was as
    time went by.
    """

    loudness: Loudness | None
    findings: tuple[Finding, ...]
    pictures: str
    course: tuple[float | None, ...]


def transcode(
    source: Path,
    media: MediaInfo,
    orders: Sequence[Order],
    work: Work = UNWATCHED,
    *,
    watch: bool = True,
    encoder: Encoder = X264,
) -> tuple[Finding, ...]:
    """Make one MP4 an order from one decode; `watch`: and look at the picture on the way.

    H.264 High 4:2:0, closed GOPs, AAC-LC stereo, index in front.  Raises BreaksOff where the clip
    ends before its time or cannot be decoded, CannotBeNormalized with ffmpeg's last complaint
    where it fails otherwise.
    """
    with Coders(orders, media, work, encoder) as coders:
        graph = ffmpeg.merge_outputs(*_shown(media, orders, coders.intakes, watch=watch))
        finished, progress = run(
            source,
            graph,
            media.seconds,
            work,
            level=level(media),
            limits=room(media, orders),
            intakes=tuple(coders.intakes),
        )
        failed = [each for each in coders.end() if each.status]
    if finished.status and not (failed and progress.frames):
        blame(source, media, work.patience)
    if failed or finished.status:
        raise gave_up((*failed, finished)[0], *(order.profile for order in orders))
    check_for_holes(source, media, finished, work.patience)
    check_length(float(progress.frames / orders[0].profile.fps), media)
    for order in orders:
        if order.gain:
            join(order.pictures, order, media, work)
    return tuple(quality.seen(progress.notes, media.seconds or 0.0))


def _shown(
    media: MediaInfo, orders: Sequence[Order], intakes: Sequence[int], *, watch: bool
) -> Iterator[Any]:
    """Decode a clip once: every order's frames go to its coder, its sound to a file of its own."""
    clip = opened(media)
    fastest = max(order.profile.fps for order in orders)
    frames = whole_frames(opaque(clip["V:0"], media.video), media.video, fastest)
    pictures = split(frames, "split", len(orders) + watch)
    for order, picture, intake in zip(orders, pictures, intakes, strict=False):
        shown = lettered(fitted(picture, media.video, order.profile, order.at), order.script)
        yield ffmpeg.output(shown, f"pipe:{intake}", **FRAMES)
    yield from _sounds(clip, media, orders)
    if watch:
        yield _watched(pictures[-1], media)


def _sounds(clip: Any, media: MediaInfo, orders: Sequence[Order]) -> Iterator[Any]:  # noqa: ANN401
    heard = [(order, order.gain) for order in orders if order.gain]
    if not heard:
        return
    track = sound.track(clip, media).filter("atrim", end=media.seconds)
    for (order, gain), copied in zip(heard, split(track, "asplit", len(heard)), strict=True):
        raised = sound.raised(copied, gain, order.profile)
        yield ffmpeg.output(raised, str(order.sound), **sound.coding(order.profile), **FILE)


def sound_again(source: Path, media: MediaInfo, order: Order, work: Work = UNWATCHED) -> None:
    """Code a rendition's sound with another gain, and leave its pictures as they are."""
    graph = ffmpeg.merge_outputs(*_sounds(opened(media), media, [order]))
    limits = room(media, [order])
    finished, _ = run(source, graph, media.seconds, work, level=level(media), limits=limits)
    if finished.status:
        blame(source, media, work.patience)
        raise gave_up(finished, order.profile)
    join(order.path, order, media, work)


def look(source: Path, media: MediaInfo, work: Work = UNWATCHED) -> tuple[Finding, ...]:
    """Decode a clip to its end and look at its picture; BreaksOff or DamagedMedia."""
    clip = opened(media)
    rate = min(media.video.fps or _USUAL_RATE, _FASTEST)
    picture = whole_frames(opaque(clip["V:0"], media.video), media.video, rate)
    counted, watched = split(picture.filter("fps", fps=str(rate)), "split", 2)
    counting = ffmpeg.output(counted, "-", format="null", fps_mode="cfr")
    graph = ffmpeg.merge_outputs(counting, _watched(watched, media))
    finished, progress = run(source, graph, media.seconds, work, level=level(media))
    if finished.status:
        blame(source, media, work.patience)
        raise DamagedMedia(detail=finished.last_complaint)
    check_for_holes(source, media, finished, work.patience)
    check_length(float(progress.frames / rate), media)
    return tuple(quality.seen(progress.notes, media.seconds or 0.0))


def copy(source: Path, media: MediaInfo, order: Order, work: Work = UNWATCHED) -> str:
    """Put a clip's pictures, as they are coded, into a file of ours that says nothing else.

    Its sound is copied too, or coded again where the order has a gain, or left out where the
    screen has none.  The answer is the hash of the source's pictures: the proof of what was made
    must give the same.  Raises BreaksOff or CannotBeNormalized.
    """
    clip = opened(media)
    streams, coding = [clip["V:0"]], {"c:v": "copy", "bsf:v": packets.WITHOUT_MESSAGES}
    if order.gain:
        track = sound.track(clip, media).filter("atrim", end=media.seconds)
        streams.append(sound.raised(track, order.gain, order.profile))
        coding |= sound.coding(order.profile)
    elif media.audible and order.profile.loudness_lufs is not None:
        streams.append(clip[f"a:{media.heard[0]}"])
        coding["c:a"] = "copy"
    nameless = {f"map_metadata:s:{kind}": -1 for kind in "va"[: len(streams)]}
    made = ffmpeg.output(*streams, str(order.path), **coding, **FILE, **nameless)
    graph = ffmpeg.merge_outputs(made, _hashed(clip))
    limits = room(media, [order])
    finished, progress = run(source, graph, media.seconds, work, level=level(media), limits=limits)
    if finished.status:
        blame(source, media, work.patience)
        raise gave_up(finished, order.profile)
    check_for_holes(source, media, finished, work.patience)
    return _hash(progress.notes)


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
    return Proof(heard, findings, _hash(hearing_notes), quality.course(hearing_notes))


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
    if not watch:
        strictly["skip_loop_filter"] = "all"  # smoothing finds no error, and nobody looks
    if part.begins:
        strictly["ss"] = part.seconds(part.begins, media)
    elif part.seconds(part.ends, media) < (media.seconds or 0.0) - 1:
        strictly["t"] = part.seconds(part.ends, media)
    clip = ffmpeg.input(INPUT, **strictly, **OPENING)
    pictures = split(clip["V:0"], "split", 1 + watch)
    outputs = [ffmpeg.output(pictures[0], "-", format="null")]
    if watch:
        outputs.append(_watched(pictures[1], media))
    finished, progress = run(made, ffmpeg.merge_outputs(*outputs), media.seconds, work)
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint)
    return progress


def _heard(
    made: Path, media: MediaInfo, work: Work, *, hashed: bool
) -> tuple[Loudness | None, list[str]]:
    """Decode the sound, and measure its loudness; DamagedMedia where its times do not add up."""
    clip = ffmpeg.input(INPUT, **_STRICTLY, **OPENING)
    outputs = [_hashed(clip)] if hashed else []
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


def glance(source: Path, media: MediaInfo, patience: Patience = PATIENT) -> Attention | None:
    """Look at some frames over the whole of a clip for what draws the eye; None: at nothing."""
    frames = []
    for number in range(_GLANCES):
        seconds = (media.seconds or 0.0) * (number + 0.5) / _GLANCES
        with source.open("rb") as content:
            finished = process.run(
                [
                    *("ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"),
                    *(*opening(), "-threads", "1", "-ss", f"{seconds:.3f}", "-i", INPUT),
                    *("-map", "0:V:0", "-frames:v", "1", "-f", "rawvideo", "-vf"),
                    *(f"scale={_GLANCE}:{_GLANCE}:flags=area+bitexact,format=rgb24", "-"),
                ],
                patience=patience,
                limits=_STILL,
                content=content,
            )
        if len(finished.output) == 3 * _GLANCE**2:
            frames.append(Image.frombytes("RGB", (_GLANCE, _GLANCE), finished.output))
    return attention(*frames) if frames else None


def titled(photo: Path, script: Path, profile: DisplayProfile, work: Work = UNWATCHED) -> Path:
    """Burn words into a JPEG that fits a screen: another beside it; CannotBeNormalized."""
    to = photo.with_suffix(".titled.jpg")
    picture = lettered(ffmpeg.input(INPUT, **_AS_PHOTO)["v:0"].filter("format", "gbrp"), script)
    picture = picture.filter("scale", out_color_matrix="bt601", out_range="pc", flags=_EXACT)
    coding = {"c:v": "mjpeg", "q:v": 2, "pix_fmt": "yuvj420p", "threads": 1}
    exactly = {"flags:v": "+bitexact", "fflags": "+bitexact", "map_metadata": -1}
    graph = ffmpeg.output(picture, str(to), **coding, **exactly, format="image2", update=1)
    limits = beside(to, 0)
    finished, progress = run(photo, graph, None, work, level="error", limits=limits)
    if finished.status or not progress.frames:
        raise gave_up(finished, profile)
    return to


def of_photo(
    photo: Path,
    to: Path,
    profile: DisplayProfile,
    work: Work = UNWATCHED,
    script: Path | None = None,
) -> None:
    """Make a clip of a photo that fits a screen: it comes nearer, slowly and evenly.

    Words to burn in stand still.  Raises CannotBeNormalized.
    """
    seconds = profile.photo_clip_seconds or 0
    frames = math.ceil(seconds * profile.fps)
    left = f"W*{_NEARER}*in/{frames}/2/(1+{_NEARER}*in/{frames})"
    top = left.replace("W", "H")
    corners = {
        "x0": left,
        "y0": top,
        "x1": f"W-{left}",
        "y1": top,
        "x2": left,
        "y2": f"H-{top}",
        "x3": f"W-{left}",
        "y3": f"H-{top}",
    }
    picture = (
        ffmpeg.input(INPUT, **_AS_PHOTO)["v:0"]
        .filter("scale", flags=_EXACT, **_AS_A_CLIP_HAS_IT)
        .filter("format", "yuv444p")
        .filter("loop", loop=-1, size=1)
        .filter("setpts", f"N/({profile.fps})/TB")
        .filter("fps", fps=str(profile.fps))
        .filter("trim", end_frame=frames)
        .filter("perspective", interpolation="cubic", eval="frame", **corners)
    )
    coding = picture_coding(profile, seconds)
    graph = ffmpeg.output(lettered(as_bt709(picture), script), str(to), **coding, **FILE)
    limits = beside(to, round(profile.bitrate_kbps * 125 * seconds))
    finished, progress = run(photo, graph, seconds, work, level="error", limits=limits)
    if finished.status or progress.frames != frames:
        raise gave_up(finished, profile)


def preview(source: Path, media: MediaInfo, to: Path, patience: Patience = PATIENT) -> None:
    """Code a small copy in a fraction of a clip's length, for people to see what is in it.

    What is broken in the clip is passed over.  Raises DamagedMedia where nothing can be read.
    """
    quickly = {"threads": THREADS, "skip_loop_filter": "all", **seeing_through(media.video)}
    clip = ffmpeg.input(INPUT, **quickly, **OPENING)
    streams = [small(opaque(clip["V:0"], media.video), media.video)]
    if media.audible:
        streams.append(sound.track(clip, media))
    coding = {"c:v": "libx264", "preset": "ultrafast", "crf": 28, "g": 50, "threads": THREADS}
    heard = {"c:a": "aac", "b:a": "64k"} if media.audible else {}
    graph = ffmpeg.output(*streams, str(to), **coding, **heard, **FILE)
    limits = beside(to, round((media.seconds or 0) * _PREVIEW_BYTES))
    finished, progress = run(
        source, graph, media.seconds, Work(patience), level="error", limits=limits
    )
    if finished.status or not progress.frames:
        raise DamagedMedia(detail=finished.last_complaint)


def still(made: Path, seconds: float, chain: str, patience: Patience = PATIENT) -> bytes:
    """Take a frame of a rendition as JPEG, by a chain of ffmpeg's filters from a moment on.

    The same rendition gives the same bytes.  Raises DamagedMedia.
    """
    with made.open("rb") as content:
        finished = process.run(
            [
                *("ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"),
                *("-protocol_whitelist", "file", "-format_whitelist", "mov"),
                *("-threads", "1", "-ss", f"{seconds:.3f}", "-i", INPUT, "-map", "0:v:0"),
                *("-vf", f"{chain},{_AS_JPEG_HAS_IT}", "-frames:v", "1"),
                *("-fflags", "+bitexact", "-flags:v", "+bitexact"),
                *("-c:v", "mjpeg", "-q:v", "2", "-threads", "1", "-f", "image2pipe", "-"),
            ],
            patience=patience,
            limits=_STILL,
            content=content,
        )
    if finished.status or not finished.output:
        raise DamagedMedia(detail=finished.last_complaint)
    return finished.output


def _hashed(clip: Any) -> Any:  # noqa: ANN401
    """Hash the coded pictures, beside whatever else is done with them."""
    slices = {"c:v": "copy", "bsf:v": packets.SLICES, "format": "hash"}
    return ffmpeg.output(clip["V:0"], "pipe:1", **slices)


def _hash(notes: Sequence[str]) -> str:
    return next((note for note in notes if note.startswith("SHA")), "")


def _watched(picture: Any, media: MediaInfo) -> Any:  # noqa: ANN401
    return ffmpeg.output(*quality.watched(picture, media.video), "-", format="null")
