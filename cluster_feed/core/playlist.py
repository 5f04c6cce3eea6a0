"""What plays on a cluster's screens at a moment."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from itertools import product
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from cluster_feed.core.asset import Kind
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.value import Mistake, Moment, Sha256, Slug, Value, canonical

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The only zone: Laos, across the gates, keeps the same time, and neither has a summer time."""


_CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)


def _of_the_wall_clock(given: object) -> object:
    text = given.isoformat() if isinstance(given, time) else given
    if not (isinstance(text, str) and _CLOCK.fullmatch(text)):
        raise Mistake("giờ địa phương, ví dụ 06:30:00", "a local time such as 06:30:00")
    return given


WallClock = Annotated[time, BeforeValidator(_of_the_wall_clock)]
"""A time of day in ZONE; neither an offset nor a bare number, which would mean other hours."""


class Weekday(IntEnum):
    """A day of the week as `datetime.weekday()` counts it."""

    MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


_DAYS: Final = (
    Bilingual("T2", "Mon"),
    Bilingual("T3", "Tue"),
    Bilingual("T4", "Wed"),
    Bilingual("T5", "Thu"),
    Bilingual("T6", "Fri"),
    Bilingual("T7", "Sat"),
    Bilingual("CN", "Sun"),
)


class Hours(Value):
    """A stretch of the day, possibly past midnight.

    From 22:00 to 02:00 on Friday ends on Saturday at 02:00: `days` are those on which it starts.
    Equal ends mean the whole day.
    """

    start: WallClock
    end: WallClock
    days: tuple[Weekday, ...] = Field(default=tuple(Weekday), min_length=1)

    @property
    def says(self) -> Bilingual:
        """Tell them to a person: 06:00–08:00 T2, T3; without days: every day."""
        hours = f"{self.start:%H:%M}–{self.end:%H:%M}"
        days = sorted(set(self.days))
        if len(days) == len(Weekday):
            return Bilingual(hours, hours)
        return Bilingual(
            f"{hours} {', '.join(_DAYS[day].vi for day in days)}",
            f"{hours} {', '.join(_DAYS[day].en for day in days)}",
        )

    def contains(self, moment: datetime) -> bool:
        """Whether a moment of any zone lies in it."""
        local = moment.astimezone(ZONE)
        now, today = local.time(), Weekday(local.weekday())
        yesterday = Weekday((today - 1) % 7)
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        return (today in self.days and now >= self.start) or (
            yesterday in self.days and now < self.end
        )

    def boundaries(self, day: date) -> Iterator[datetime]:
        """The moments at which it could begin or end on a calendar day."""
        yield datetime.combine(day, self.start, ZONE)
        yield datetime.combine(day, self.end, ZONE)


class Daypart(Hours):
    """Hours with a programme of their own."""

    name: Slug


class Blob(Value):
    """A rendition as a playlist names it: enough to find, fetch and verify it.

    `target` is its name in the signed feed, `<cluster>/<asset>.<profile><suffix>`.
    """

    target: str
    sha256: Sha256
    byte_count: int


class Entry(Value):
    """One asset in a playlist.

    `daypart` names the one it belongs to; None: the whole day.  `captions` maps a language to
    the line that may be shown beside the picture.  Dates are whole days, both included.
    """

    asset: Sha256
    kind: Kind
    seconds: float = Field(gt=0)
    captions: dict[str, str]
    blobs: dict[Slug, Blob] = Field(min_length=1)
    """By display profile."""
    daypart: Slug | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    sensitive: bool = False

    @property
    def dates(self) -> str:
        """Tell a person when it may be shown: 01/11/2026 → …; nothing: always."""
        if not (self.valid_from or self.valid_until):
            return ""
        days = (self.valid_from, self.valid_until)
        return " → ".join(f"{day:%d/%m/%Y}" if day else "…" for day in days)

    def valid_on(self, day: date) -> bool:
        """Whether it may be shown on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def edges(self) -> Iterator[datetime]:
        """The moments at which its dates begin and end."""
        if self.valid_from:
            yield datetime.combine(self.valid_from, time(), ZONE)
        if self.valid_until and self.valid_until < date.max:
            yield datetime.combine(self.valid_until + timedelta(days=1), time(), ZONE)


class Takeover(Value):
    """An urgent notice that has the screens to itself from `show_from` to `show_until`.

    Its entries are for the whole day and have their own dates; `notice` is its name.
    """

    notice: Slug
    entries: tuple[Entry, ...] = Field(min_length=1)
    show_from: Moment
    show_until: Moment

    @model_validator(mode="after")
    def _consistent(self) -> "Takeover":
        if self.show_until <= self.show_from:
            raise Mistake("show_until phải sau show_from", "show_until after show_from")
        if any(entry.daypart for entry in self.entries):
            raise Mistake("thông báo khẩn không chia khung giờ", "a notice without dayparts")
        return self

    @property
    def span(self) -> str:
        """Tell a person from when until when."""
        return _span(self.show_from, self.show_until)

    def at(self, moment: datetime) -> tuple[Entry, ...]:
        """What it shows at a moment; nothing while it is not on or no entry's dates allow it."""
        if not self.show_from <= moment < self.show_until:
            return ()
        day = moment.astimezone(ZONE).date()
        return tuple(entry for entry in self.entries if entry.valid_on(day))

    def edges(self) -> Iterator[datetime]:
        """The moments at which it begins and ends, and its entries do in between."""
        yield from (self.show_from, self.show_until)
        for entry in self.entries:
            yield from (e for e in entry.edges() if self.show_from < e < self.show_until)


class Playlist(Value):
    """All that a cluster's screens show for the life of an edition.

    `number` is the edition's; `show_until` is when the programme ends and only the evergreen
    entries remain.  A takeover keeps its own time, also beyond the programme's.
    """

    format: Literal[1] = 1
    cluster: Slug
    cycle: str
    number: int = Field(ge=1)
    show_from: Moment
    show_until: Moment
    dayparts: tuple[Daypart, ...] = ()
    entries: tuple[Entry, ...]
    evergreen: tuple[Entry, ...] = ()
    takeover: Takeover | None = Field(default=None, exclude_if=lambda takeover: takeover is None)
    """Left out of the bytes where there is none: a screen that knows of none reads them too."""

    @model_validator(mode="after")
    def _consistent(self) -> "Playlist":
        if self.show_until <= self.show_from:
            raise Mistake("show_until phải sau show_from", "show_until after show_from")
        known = {part.name for part in self.dayparts}
        if unknown := {e.daypart for e in self.entries if e.daypart} - known:
            names = ", ".join(sorted(unknown))
            raise Mistake(f"khung giờ chưa khai báo: {names}", f"dayparts that exist, not {names}")
        return self

    @property
    def span(self) -> str:
        """Tell a person from when until when its programme is."""
        return _span(self.show_from, self.show_until)

    def at(self, moment: datetime) -> tuple[Entry, ...]:
        """The loop that plays at a moment.

        A takeover's entries while it is on.  Else, within the edition's life, of the entries whose
        dates allow it: those of the dayparts that are on, else those of the whole day.  When there
        is none, and outside that life: the evergreen ones, which have their dates too.  Empty
        means the safe card.
        """
        if taken_over := self.taken_over(moment):
            return taken_over
        day = moment.astimezone(ZONE).date()
        evergreen = tuple(entry for entry in self.evergreen if entry.valid_on(day))
        if not self.show_from <= moment < self.show_until:
            return evergreen
        on = {part.name for part in self.dayparts if part.contains(moment)}
        valid = [entry for entry in self.entries if entry.valid_on(day)]
        of_daypart = tuple(entry for entry in valid if entry.daypart in on)
        whole_day = tuple(entry for entry in valid if entry.daypart is None)
        return of_daypart or whole_day or evergreen

    def taken_over(self, moment: datetime) -> tuple[Entry, ...]:
        """What a takeover shows at a moment, and nothing else may be shown; empty: none is on."""
        return self.takeover.at(moment) if self.takeover else ()

    def next_change(self, moment: datetime) -> datetime | None:
        """The soonest later moment at which `at` could differ; None: never again."""
        candidates = [edge for entry in self.evergreen for edge in entry.edges()]
        if self.takeover:
            candidates += self.takeover.edges()
        if moment < self.show_until:
            today = moment.astimezone(ZONE).date()
            candidates += self.show_from, self.show_until
            for part, ahead in product(self.dayparts, range(2)):
                candidates += part.boundaries(today + timedelta(days=ahead))
            for entry in self.entries:
                candidates += (edge for edge in entry.edges() if edge < self.show_until)
        return min((edge for edge in candidates if edge > moment), default=None)

    def all_entries(self) -> Iterator[Entry]:
        """Every entry: a takeover's first, evergreen ones last."""
        yield from self.programme()
        yield from self.evergreen

    def blobs(self) -> dict[str, Blob]:
        """Every rendition it shows, by target name."""
        return {blob.target: blob for entry in self.all_entries() for blob in entry.blobs.values()}

    def programme(self) -> Iterator[Entry]:
        """Every entry but the evergreen ones: what is planned to play."""
        yield from self.takeover.entries if self.takeover else ()
        yield from self.entries

    def assets(self) -> frozenset[Sha256]:
        """Every asset that it may show."""
        return frozenset(entry.asset for entry in self.all_entries())

    def ends_at(self) -> datetime:
        """When nothing but the evergreen entries is left."""
        return max(self.show_until, self.takeover.show_until) if self.takeover else self.show_until

    def without(self, assets: AbstractSet[Sha256]) -> "Playlist":
        """The same with these assets taken off, also out of a takeover, which may end thereby."""
        takeover = self.takeover
        if takeover:
            left = _without(takeover.entries, assets)
            takeover = takeover.model_copy(update={"entries": left}) if left else None
        return self.model_copy(
            update={
                "entries": _without(self.entries, assets),
                "evergreen": _without(self.evergreen, assets),
                "takeover": takeover,
            }
        )

    def to_bytes(self) -> bytes:
        """The bytes that are signed, sent and read on the screen."""
        return canonical(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, content: bytes) -> "Playlist":
        """Read it back; pydantic's ValidationError where it is not a playlist."""
        return cls.model_validate_json(content)


def _without(entries: tuple[Entry, ...], assets: AbstractSet[Sha256]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.asset not in assets)


def _span(show_from: datetime, show_until: datetime) -> str:
    ends = (show_from.astimezone(ZONE), show_until.astimezone(ZONE))
    return " → ".join(f"{end:%H:%M %d/%m/%Y}" for end in ends)
