"""Subtitles: `clip.vi.srt`, `clip.mp4.lo.vtt`; what a newsroom has its viewers read."""

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from pydantic import ValidationError

from cluster_feed.adapters.sheets.sheet import (
    WHOLE,
    Complaints,
    Entry,
    Place,
    Row,
    decoded,
    first_marking,
)
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.caption import Caption, Cue

_GAP: Final = r"[\s\ufeff\u200b-\u200f]"
"""Unseen letters among spaces: files that were joined, or written from right to left, have them."""
_MOMENT: Final = r"(?:(\d{1,3})\s?:\s?)?([0-5]?\d)\s?:\s?([0-5]?\d)(?:\s?[.,]\s?(\d{1,3})\d*)?"
_ARROW: Final = r"(?:[-–—=]{1,3}\s?>|[→⟶⇒➔\uf0e0à])"
"""Tools that translate leave a dash out; Word makes a symbol of it, which is saved as "à"."""
_TIMES: Final = re.compile(rf"{_GAP}*{_MOMENT}{_GAP}*{_ARROW}{_GAP}*{_MOMENT}(?:{_GAP}.*)?")
_MARKUP: Final = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_MOST_CUES: Final = 5000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_OF_CLIPS: Final = frozenset({".mov", ".avi", ".mxf", ".mkv", ".mpg", ".wmv", ".mts", ".ts", ".dv"})
"""Endings that look like a language's tag."""

_BAD_TIMES: Final = Bilingual(
    "giờ viết như 00:01:02,500 --> 00:01:05,000", "write times as 00:01:02,500 --> 00:01:05,000"
)
_BACKWARDS: Final = Bilingual(
    "giờ kết thúc phải sau giờ bắt đầu", "it must end later than it begins"
)
_TOO_LONG: Final = Bilingual("đoạn chữ quá dài", "the text is too long")
_TOO_MANY: Final = Bilingual(f"hơn {_MOST_CUES} đoạn", f"more than {_MOST_CUES} cues")
_NOTHING: Final = Bilingual(
    f"không có đoạn phụ đề nào: chữ đứng dưới một dòng giờ ({_BAD_TIMES.vi})",
    f"there is no cue in it: words stand under a line of times ({_BAD_TIMES.en})",
)


def rows(content: bytes, name: str, complaints: Complaints) -> tuple[Row, ...]:
    """Read the cues of one language of one clip; without a language in its name, Vietnamese."""
    lines = decoded(content).splitlines()
    about, language = PurePosixPath(name).with_suffix(""), "vi"
    if _LANGUAGE.fullmatch(about.suffix[1:]) and about.suffix not in _OF_CLIPS:
        language, about = about.suffix[1:], about.with_suffix("")
    said = list(_cues(lines, complaints))
    if len(said) > _MOST_CUES:
        complaints.add(WHOLE, _TOO_MANY)
    if not said and not complaints.about(name):
        complaints.add(WHOLE, _NOTHING)
    marked = first_marking(
        (Entry("", line, Place(line=at)) for at, line in enumerate(lines, 1)), name
    )
    cues = tuple(sorted(said[:_MOST_CUES], key=lambda cue: cue.from_seconds))
    return (Row(str(about), {(Caption.SUBTITLES, language): cues} if cues else {}, marked),)


class _Times(NamedTuple):
    """From when to when words are shown; `certain`: nothing else is written like that."""

    begin: float
    end: float
    certain: bool


def _cues(lines: list[str], complaints: Complaints) -> Iterator[Cue]:
    """Give every cue that can be read; what stands outside of cues is nobody's to read."""
    at = 0
    while at < len(lines):
        line, at = html.unescape(lines[at]), at + 1
        times = _times(line)
        if not (times or _is_meant_as_times(line)):
            continue
        text, place = [], Place(line=at)
        while at < len(lines) and lines[at].strip() and not _begins_another(lines[at]):
            text.append(html.unescape(_MARKUP.sub("", lines[at])).strip())
            at += 1
        if not times:
            complaints.add(place, _BAD_TIMES)
        elif times.end <= times.begin:
            complaints.add(place, _BACKWARDS)
        elif any(text):
            try:
                said = "\n".join(filter(None, text))
                yield Cue(from_seconds=times.begin, to_seconds=times.end, text=said)
            except ValidationError:
                complaints.add(place, _TOO_LONG)


def _times(line: str) -> _Times | None:
    """Read a line of times as players do; None: it is none, or 1:30 could be hours or minutes."""
    found = _TIMES.fullmatch(line)
    if not found:
        return None
    moments = found.groups()[:4], found.groups()[4:]
    if not all(hours or thousandths for hours, _, _, thousandths in moments):
        return None
    certain = all(hours and thousandths for hours, _, _, thousandths in moments)
    begin, end = map(_seconds, moments)
    return _Times(begin, end, certain)


def _is_meant_as_times(line: str) -> bool:
    """Whether somebody wanted to write times, where no words are expected."""
    if "-->" in line:
        return True
    is_row_of_numbers = len(re.findall(r"\d+", line)) >= 4 and not any(map(str.isalpha, line))  # noqa: PLR2004
    return is_row_of_numbers and (line.count(":") > 1 or bool(re.search(_ARROW, line)))


def _begins_another(line: str) -> bool:
    """Whether a line among a cue's words is the next cue's: people forget the empty one."""
    times = _times(line)
    return "-->" in line or bool(times and times.certain)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + int((thousandths or "0").ljust(3, "0")) / 1000
