"""What a playlist will show at every moment of its life, and what must not be shown then.

Nothing is tried by the minute: what shows can change only at an edge (a daypart's, a date's, a
takeover's), so that the spans between the edges are all that there is.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.playlist import ZONE, Entry, Playlist
from cluster_feed.core.value import Sha256, Slug


class Mode(StrEnum):
    """Why a screen shows what it shows."""

    TAKEOVER = "takeover"
    DAYPART = "daypart"
    WHOLE_DAY = "whole_day"
    EVERGREEN = "evergreen"
    SAFE_CARD = "safe_card"

    @property
    def label(self) -> Bilingual:
        """The reason as people call it."""
        return _MODES[self]


_MODES: Final = {
    Mode.TAKEOVER: Bilingual("thông báo khẩn", "urgent notice"),
    Mode.DAYPART: Bilingual("khung giờ", "daypart"),
    Mode.WHOLE_DAY: Bilingual("cả ngày", "all day"),
    Mode.EVERGREEN: Bilingual("dự phòng", "evergreen"),
    Mode.SAFE_CARD: Bilingual("thẻ an toàn", "safe card"),
}


class Span(NamedTuple):
    """A stretch of time in which the same loop plays."""

    begins: datetime
    ends: datetime
    mode: Mode
    loop: tuple[Entry, ...]


class Known(NamedTuple):
    """What the record says of an asset now, whatever it said when the playlist was made."""

    withdrawn: bool
    declared: bool
    """Free of state secrets, as somebody declares."""
    valid_from: date | None
    valid_until: date | None
    renditions: frozenset[Sha256]
    """Of every file that was made of it."""


class Matter(StrEnum):
    """What can be wrong, or only worth knowing, at a moment."""

    SAFE_CARD = "safe_card"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    UNDECLARED = "undeclared"
    EXPIRED = "expired"
    OTHER_BYTES = "other_bytes"
    NEVER = "never"
    NOT_MADE = "not_made"
    EVERGREEN = "evergreen"
    NO_EVERGREEN = "no_evergreen"

    @property
    def grave(self) -> bool:
        """Whether it should be mended before anybody signs."""
        return self not in _WORTH_KNOWING

    @property
    def label(self) -> Bilingual:
        """Say what is the matter."""
        return _MATTERS[self]


_WORTH_KNOWING: Final = (Matter.NEVER, Matter.EVERGREEN, Matter.NO_EVERGREEN, Matter.NOT_MADE)

_MATTERS: Final = {
    Matter.SAFE_CARD: Bilingual(
        "không có gì để phát, màn hình chỉ hiện thẻ an toàn",
        "nothing to show: the screen has the safe card only",
    ),
    Matter.LAPSED: Bilingual(
        "thông báo khẩn đang có hiệu lực nhưng hết hạn nội dung, chương trình thường trở lại",
        "a notice is on but none of its entries may be shown: the usual programme is back",
    ),
    Matter.WITHDRAWN: Bilingual("nội dung đã thu hồi", "it was withdrawn"),
    Matter.UNDECLARED: Bilingual(
        "không còn cam kết không chứa bí mật nhà nước",
        "nobody declares it free of state secrets any more",
    ),
    Matter.EXPIRED: Bilingual(
        "ngoài thời hạn ghi trong chú thích", "outside the dates of its caption"
    ),
    Matter.OTHER_BYTES: Bilingual(
        "tệp không phải bản phát mà hệ thống đã tạo",
        "its file is not a rendition that was made here",
    ),
    Matter.NEVER: Bilingual(
        "không phát ngày nào: các ngày đã chọn nằm ngoài thời gian của phiên bản",
        "never shown: its days are outside the edition's",
    ),
    Matter.NOT_MADE: Bilingual(
        "không phát trên loại màn hình này", "not shown on this kind of screen"
    ),
    Matter.EVERGREEN: Bilingual("chỉ còn nội dung dự phòng", "only the evergreen entries are left"),
    Matter.NO_EVERGREEN: Bilingual(
        "không có nội dung dự phòng: hết hạn mà chưa có bản mới thì chỉ còn thẻ an toàn",
        "no evergreen entry: after its end, without another edition, only the safe card is left",
    ),
}


class Trouble(NamedTuple):
    """A matter, when it first comes and how often; of one entry or kind of screen, or of all."""

    matter: Matter
    begins: datetime
    ends: datetime
    """Of the first time."""
    times: int
    entry: Entry | None = None
    profile: Slug | None = None


class Simulation(NamedTuple):
    """All that a cluster's screens will show, and what is the matter with it, the gravest first."""

    spans: tuple[Span, ...]
    troubles: tuple[Trouble, ...]

    @property
    def begins(self) -> datetime:
        """When the playlist's life begins."""
        return self.spans[0].begins

    @property
    def ends(self) -> datetime:
        """When nothing but the evergreen entries is left."""
        return self.spans[-1].ends

    @property
    def sound(self) -> bool:
        """Whether nothing must be mended."""
        return not any(trouble.matter.grave for trouble in self.troubles)


def run(playlist: Playlist, profiles: Iterable[Slug], known: Mapping[Sha256, Known]) -> Simulation:
    """Go through a playlist's life on every kind of screen of its cluster."""
    spans = tuple(_spans(playlist))
    troubles: dict[tuple[Matter, int, Slug | None], Trouble] = {}
    for found in _troubles(playlist, spans, sorted(profiles), known):
        key = (found.matter, id(found.entry), found.profile)
        first = troubles.setdefault(key, found._replace(times=0))
        troubles[key] = first._replace(times=first.times + 1)
    order = list(Matter)
    gravest_first = sorted(
        troubles.values(), key=lambda each: (order.index(each.matter), each.begins)
    )
    return Simulation(spans, tuple(gravest_first))


def _spans(playlist: Playlist) -> Iterator[Span]:
    for begins, ends in pairwise(sorted(_edges(playlist))):
        loop = playlist.at(begins)
        yield Span(begins, ends, _mode(playlist, begins, loop), loop)


def _edges(playlist: Playlist) -> set[datetime]:
    """Every moment of its life at which something else could show, with the first and the last."""
    life = [playlist.show_from, playlist.show_until]
    if playlist.takeover:
        life += playlist.takeover.edges()
    begins, ends = min(life), max(life)
    edges = set(life)
    for entry in playlist.all_entries():
        edges.update(entry.edges())
    day = begins.astimezone(ZONE).date()
    while day <= ends.astimezone(ZONE).date():
        for part in playlist.dayparts:
            edges.update(part.boundaries(day))
        day += timedelta(days=1)
    return {edge for edge in edges if begins <= edge <= ends}


def _mode(playlist: Playlist, moment: datetime, loop: tuple[Entry, ...]) -> Mode:
    if not loop:
        return Mode.SAFE_CARD
    if playlist.taken_over(moment):
        return Mode.TAKEOVER
    if not any(entry is loop[0] for entry in playlist.entries):
        return Mode.EVERGREEN
    return Mode.DAYPART if loop[0].daypart else Mode.WHOLE_DAY


def _troubles(
    playlist: Playlist,
    spans: Iterable[Span],
    profiles: list[Slug],
    known: Mapping[Sha256, Known],
) -> Iterator[Trouble]:
    takeover = playlist.takeover
    for span in spans:
        if span.mode is Mode.SAFE_CARD:
            yield Trouble(Matter.SAFE_CARD, span.begins, span.ends, 1)
        elif span.mode is Mode.EVERGREEN:
            yield Trouble(Matter.EVERGREEN, span.begins, span.ends, 1)
        on = takeover and takeover.show_from <= span.begins < takeover.show_until
        if on and span.mode is not Mode.TAKEOVER:
            yield Trouble(Matter.LAPSED, span.begins, span.ends, 1)
        for profile in profiles if span.loop else ():
            if not any(profile in entry.blobs for entry in span.loop):
                yield Trouble(Matter.SAFE_CARD, span.begins, span.ends, 1, profile=profile)
        for entry in span.loop:
            yield from _of_entry(entry, span, profiles, known.get(entry.asset))
    yield from _of_the_whole(playlist)


def _of_entry(
    entry: Entry, span: Span, profiles: Iterable[Slug], known: Known | None
) -> Iterator[Trouble]:
    for profile in profiles:
        if profile not in entry.blobs:
            yield Trouble(Matter.NOT_MADE, span.begins, span.ends, 1, entry, profile)
    made = known.renditions if known else frozenset()
    if any(blob.sha256 not in made for blob in entry.blobs.values()):
        yield Trouble(Matter.OTHER_BYTES, span.begins, span.ends, 1, entry)
    if known is None:
        return
    if known.withdrawn:
        yield Trouble(Matter.WITHDRAWN, span.begins, span.ends, 1, entry)
    if not known.declared:
        yield Trouble(Matter.UNDECLARED, span.begins, span.ends, 1, entry)
    if known.valid_from and span.begins < (first := _midnight(known.valid_from)):
        yield Trouble(Matter.EXPIRED, span.begins, min(first, span.ends), 1, entry)
    if known.valid_until and known.valid_until < date.max:
        over = _midnight(known.valid_until + timedelta(days=1))
        if over < span.ends:
            yield Trouble(Matter.EXPIRED, max(over, span.begins), span.ends, 1, entry)


def _of_the_whole(playlist: Playlist) -> Iterator[Trouble]:
    for entry in playlist.entries:
        if _never(entry, playlist):
            yield Trouble(Matter.NEVER, playlist.show_from, playlist.show_until, 1, entry)
    if not playlist.evergreen:
        ends = playlist.ends_at()
        yield Trouble(Matter.NO_EVERGREEN, ends, ends, 1)


def _never(entry: Entry, playlist: Playlist) -> bool:
    """Tell whether the dates of an entry leave it no moment of the programme's life."""
    last = entry.valid_until
    return bool(
        (entry.valid_from and _midnight(entry.valid_from) >= playlist.show_until)
        or (last and last < date.max and _midnight(last + timedelta(days=1)) <= playlist.show_from)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
