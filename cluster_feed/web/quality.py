"""How a clip looks and sounds, as a page shows it: what was found, and its loudness over time."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from cluster_feed.core.finding import Finding
from cluster_feed.ledger import models as ledger
from cluster_feed.web import visible
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person

_NEWEST: Final = 100
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 472, 8, 136
"""The field of a plot, in the units of its picture of 480 by 160."""
_LOUDEST, _QUIETEST = -6.0, -54.0
_LINES: Final = (-10, -20, -30, -40, -50)


class Moment(NamedTuple):
    """How loud it is at a second of the clip."""

    lufs: float
    seconds: float


class Line(NamedTuple):
    """A line across a plot, and what it says at its end."""

    at: int
    says: float


class Plot(NamedTuple):
    """The loudness of a clip for a kind of screen, drawn; `path` is SVG's, in steps of a second."""

    title: str
    target: Line
    whole: float | None
    loudest: Moment
    quietest: Moment
    path: str
    levels: tuple[Line, ...]
    times: tuple[Line, ...]


def plot(title: str, target_lufs: float, row: ledger.Rendition) -> Plot | None:
    """Draw the course of a rendition's loudness; None where it was too short, or all is silent."""
    media = row.media or {}
    track = (media.get("audio") or [{}])[0]
    course: Sequence[float | None] = track.get("course_lufs") or ()
    seconds = media.get("seconds") or 0.0
    each = seconds / max(1, len(course))
    moments = [
        Moment(lufs, round((number + 1) * each, 1))
        for number, lufs in enumerate(course)
        if lufs is not None
    ]
    if not moments:
        return None
    return Plot(
        title,
        Line(_height(target_lufs), target_lufs),
        track.get("loudness_lufs"),
        max(moments),
        min(moments),
        _path(course),
        tuple(Line(_height(level), level) for level in _LINES),
        tuple(Line(_LEFT + (_RIGHT - _LEFT) * part // 4, seconds * part / 4) for part in range(5)),
    )


def _height(lufs: float) -> int:
    """Where a loudness is in the field; what is beyond its ends is at its ends."""
    part = (_LOUDEST - min(max(lufs, _QUIETEST), _LOUDEST)) / (_LOUDEST - _QUIETEST)
    return round(_TOP + part * (_BOTTOM - _TOP))


def _path(course: Sequence[float | None]) -> str:
    """Draw from moment to moment; silence is a gap."""
    steps, pen = [], "M"
    for number, lufs in enumerate(course, start=1):
        if lufs is None:
            pen = "M"
            continue
        across = _LEFT + (_RIGHT - _LEFT) * number / len(course)
        steps.append(f"{pen}{across:.1f} {_height(lufs)}")
        pen = "L"
    return "".join(steps)


class ToLookAt(NamedTuple):
    """An asset with what was found in it."""

    row: ledger.Asset
    findings: list[Finding]


def to_look_at(person: Person) -> Iterator[ToLookAt]:
    """Give what was found in the newest that came in, and is not withdrawn."""
    rows = visible.assets(person).filter(withdrawal__isnull=True).order_by("-received_at", "pk")
    newest = {row.pk: row for row in rows.only("pk", "name", "caption", "kind")[:_NEWEST]}
    found = ledger.Rendition.found(workspace().wanted_profiles, newest)
    for pk, row in newest.items():
        if pk in found:
            yield ToLookAt(row, found[pk])
