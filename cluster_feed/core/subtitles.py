"""What is to be read on the picture at which moment: above one another, or as a file beside it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from cluster_feed.core.caption import Cue


class Reading(NamedTuple):
    """What stands on the picture for a while: a text a language, the first on top."""

    from_seconds: float
    to_seconds: float
    texts: tuple[str, ...]


def readings(tracks: Sequence[Sequence[Cue]]) -> Iterator[Reading]:
    """Put the languages' cues, each in its order, together; a later cue ends the one before it."""
    edges = sorted({edge for cues in tracks for cue in cues for edge in cue.span})
    starts = [[cue.from_seconds for cue in cues] for cues in tracks]
    last: Reading | None = None
    for begin, end in pairwise(edges):
        current = (
            cues[bisect_right(begun, begin) - 1]
            for cues, begun in zip(tracks, starts, strict=True)
            if begun and begun[0] <= begin
        )
        texts = tuple(cue.text for cue in current if cue.to_seconds > begin)
        if last and last.texts == texts:
            last = last._replace(to_seconds=end)
            continue
        if last and last.texts:
            yield last
        last = Reading(begin, end, texts)
    if last and last.texts:
        yield last


def vtt(cues: Sequence[Cue]) -> str:
    """Write cues as WebVTT, as web players read it (W3C WebVTT, section 4)."""
    written = "WEBVTT\n"
    for cue in sorted(cues, key=lambda cue: cue.span):
        begin, end = (round(edge * 1000) for edge in cue.span)
        if lines := _lines(cue.text):
            said = "\n".join(lines).translate(_ESCAPED)
            written += f"\n{_moment(begin)} --> {_moment(max(end, begin + 1))}\n{said}\n"
    return written


def transcript(cues: Sequence[Cue]) -> str:
    """Write what is said and nothing of when, for who reads or searches instead of watching."""
    ordered = sorted(cues, key=lambda cue: cue.span)
    return "".join(f"{' '.join(_lines(cue.text))}\n" for cue in ordered if _lines(cue.text))


_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""What would begin a tag or an entity, or end in an arrow and so begin another cue."""


def _lines(text: str) -> list[str]:
    """Split a cue's text; an empty line would end the cue, and so would one of blanks."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def _moment(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
