"""Photos through Pillow, each in a process of its own (`darkroom`)."""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from cluster_feed.adapters import process
from cluster_feed.adapters.process import PATIENT, Limits, Patience
from cluster_feed.core.asset import MediaInfo, VideoInfo
from cluster_feed.core.errors import DamagedMedia, recall
from cluster_feed.core.profile import DisplayProfile

RECIPE: Final = "photo-4"
"""Changes whenever the same photo would come out otherwise: every photo is then made again."""

LARGEST_MEGAPIXELS: Final = 120
"""A picture of more pixels is a mistake, or made to exhaust whoever opens it."""

MEMORY: Final = 560 << 20
"""Of addresses, for a file that nobody has looked at: 512 MiB, and room for the programs."""
_BESIDE: Final = 160 << 20
"""What the program takes, and strips of a picture, beside the picture."""
_MEMORY_OF_A_COPY: Final = 2 * process.GIB
"""For what people have approved, whole and in its own size: a few pictures at once."""
_PROGRAM: Final = (
    "import os, sys; sys.path.append(sys.argv[1]); "
    "import darkroom; darkroom.main(sys.argv[2:]); os._exit(0)"
)
"""Imported and not run as a script, so that Python need not compile it each time; ended at once,
since there is nothing to put away."""
_ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "1"}
"""Else each of its threads claims addresses that pictures need."""
_AS_FFMPEG_CALLS_IT: Final = {"jpeg": "mjpeg", "heif": "hevc"}


class Photo(NamedTuple):
    """A photo and the texts found in it."""

    media: MediaInfo
    embedded: Mapping[str, str]


def look(path: Path, patience: Patience = PATIENT) -> Photo:
    """Decode a photo whole and say what it is.

    Raises UnknownMedia, DamagedMedia (or UnreadablePhoto), TooLarge, NeedsTooMuchMemory or
    AnimatedPhoto.
    """
    answer = _ask(path, [], patience)
    facts = json.loads(answer)
    return Photo(
        MediaInfo(
            container=facts["format"],
            byte_count=path.stat().st_size,
            video=VideoInfo(
                codec=_AS_FFMPEG_CALLS_IT.get(facts["format"], facts["format"]),
                width=facts["width"],
                height=facts["height"],
                rotation=facts["turn"],
                pixel_format=facts["mode"],
            ),
            pages=facts["pages"],
        ),
        facts["embedded"],
    )


def develop(
    source: Path,
    picture: VideoInfo,
    profiles: Sequence[DisplayProfile],
    patience: Patience = PATIENT,
) -> list[bytes]:
    """Make the JPEG that shows a photo on each kind of screen; the photo is decoded once."""
    orders = [
        {
            "whole": (profile.width, profile.height),
            "fitted": profile.fitted(picture.shown_size),
            "filled": [float(part) for part in profile.filled_by(picture.shown_size)],
            "fit": profile.fit,
        }
        for profile in profiles
    ]
    return _pictures(_ask(source, orders, patience))


def copies(
    source: Path, longest: Sequence[int | None], patience: Patience = PATIENT
) -> list[bytes]:
    """Make JPEGs for publication: upright, sRGB, silent about where and with what it was taken.

    `longest` is the longer side of each in pixels, never enlarged; None: the size it has.  A
    camera's or phone's own file carries the place, the device's serial number and sometimes a
    second picture, none of which was approved.  Raises what `look` does.
    """
    orders = [{"longest": side or 0} for side in longest]
    return _pictures(_ask(source, orders, patience, _MEMORY_OF_A_COPY))


def darkroom_argv(memory: int = MEMORY) -> list[str]:
    """Say how the program is begun that looks at a photo, within so much memory."""
    begin = (sys.executable, "-I", "-B", "-c", _PROGRAM, str(Path(__file__).parent))
    return [*begin, str(LARGEST_MEGAPIXELS), str(memory - _BESIDE)]


def _pictures(answer: bytes) -> list[bytes]:
    lengths, _, pictures = answer.partition(b"\n")
    ends = list(accumulate(json.loads(lengths), initial=0))
    return [pictures[start:end] for start, end in pairwise(ends)]


def _ask(
    path: Path, orders: list[dict[str, Any]], patience: Patience, memory: int = MEMORY
) -> bytes:
    argv = darkroom_argv(memory) + ([json.dumps(orders)] if orders else [])
    with path.open("rb") as content:
        limits = Limits(memory, environment=_ENVIRONMENT)
        finished = process.run(argv, patience=patience, limits=limits, content=content)
    if finished.status:
        raise DamagedMedia(detail=finished.last_complaint.partition(": ")[2])
    if finished.output.startswith(b'{"refused"'):
        refused = json.loads(finished.output)
        raise recall(refused["refused"], refused["facts"])
    return finished.output
