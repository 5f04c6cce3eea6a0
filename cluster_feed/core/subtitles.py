"""What is to be read on the picture at which moment, in one language above the other."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

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
