"""Make a clip's renditions, of which nothing counts until it is proven (`proving`)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import ffmpeg

from cluster_feed.adapters import packets, quality, sound
from cluster_feed.adapters.coders import FILE, FRAMES, Coders, Order, gave_up, join, room
from cluster_feed.adapters.damage import blame, check_for_holes, check_length
from cluster_feed.adapters.encoders import X264, Encoder
from cluster_feed.adapters.ffmpeg import UNWATCHED, Work, level, opened, run, unheard
from cluster_feed.adapters.frames import fitted, lettered, opaque, split, whole_frames
from cluster_feed.adapters.proving import hash_of, hashing
from cluster_feed.core.asset import MediaInfo
from cluster_feed.core.finding import Finding

RECIPE: Final = "clip-6"
"""Changes whenever the same clip would come out otherwise: every clip is then made again."""


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
        yield quality.watched(pictures[-1], media.video)


def _sounds(clip: Any, media: MediaInfo, orders: Sequence[Order]) -> Iterator[Any]:  # noqa: ANN401
    heard = [(order, order.gain) for order in orders if order.gain]
    if not heard:
        yield from unheard(clip, media)
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
    graph = ffmpeg.merge_outputs(made, hashing(clip))
    limits = room(media, [order])
    finished, progress = run(source, graph, media.seconds, work, level=level(media), limits=limits)
    if finished.status:
        blame(source, media, work.patience)
        raise gave_up(finished, order.profile)
    check_for_holes(source, media, finished, work.patience)
    return hash_of(progress.notes)
