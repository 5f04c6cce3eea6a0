"""Subtitles: `clip.vi.srt`, `clip.mp4.lo.vtt`; what a newsroom has its viewers read."""

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

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

_MOMENT: Final = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)[.,](\d{1,3})"
_TIMES: Final = re.compile(rf"\s*{_MOMENT}\s*-->\s*{_MOMENT}(?:\s.*)?")
_MARKUP: Final = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_MOST_CUES: Final = 5000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_OF_CLIPS: Final = frozenset({".mov", ".avi", ".mxf", ".mkv", ".mpg", ".wmv", ".mts", ".ts", ".dv"})
"""Endings that look like a language's tag."""

_BAD_TIMES: Final = Bilingual(
    "giờ viết như 00:01:02,500 --> 00:01:05,000", "write times as 00:01:02,500 --> 00:01:05,000"
)
_TOO_LONG: Final = Bilingual("đoạn chữ quá dài", "the text is too long")
_TOO_MANY: Final = Bilingual(f"hơn {_MOST_CUES} đoạn", f"more than {_MOST_CUES} cues")
_NOTHING: Final = Bilingual("không có đoạn phụ đề nào", "there is no cue in it")


def rows(content: bytes, name: str, complaints: Complaints) -> tuple[Row, ...]:
    """Read the cues of one language of one clip; without a language in its name, Vietnamese."""
    lines = decoded(content).splitlines()
    about, language = PurePosixPath(name).with_suffix(""), "vi"
    if _LANGUAGE.fullmatch(about.suffix[1:]) and about.suffix not in _OF_CLIPS:
        language, about = about.suffix[1:], about.with_suffix("")
    said = list(_cues(lines, complaints))
    if len(said) > _MOST_CUES:
        complaints.add(WHOLE, _TOO_MANY)
    if not said:
        complaints.add(WHOLE, _NOTHING)
    marked = first_marking(
        (Entry("", line, Place(line=at)) for at, line in enumerate(lines, 1)), name
    )
    cues = tuple(sorted(said[:_MOST_CUES], key=lambda cue: cue.from_seconds))
    return (Row(str(about), {(Caption.SUBTITLES, language): cues} if cues else {}, marked),)


def _cues(lines: list[str], complaints: Complaints) -> Iterator[Cue]:
    """Give every cue that can be read; what stands outside of cues is nobody's to read."""
    at = 0
    while at < len(lines):
        line, at = lines[at], at + 1
        if "-->" not in line:
            continue
        text, place = [], Place(line=at)
        while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
            text.append(html.unescape(_MARKUP.sub("", lines[at])).strip())
            at += 1
        times = _TIMES.fullmatch(line)
        begin, end = (
            (_seconds(times.groups()[:4]), _seconds(times.groups()[4:])) if times else (0, 0)
        )
        if end <= begin:
            complaints.add(place, _BAD_TIMES)
        elif any(text):
            try:
                yield Cue(from_seconds=begin, to_seconds=end, text="\n".join(filter(None, text)))
            except ValidationError:
                complaints.add(place, _TOO_LONG)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + int((thousandths or "0").ljust(3, "0")) / 1000
