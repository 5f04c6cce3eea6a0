"""A stretch of whole days that a paper speaks of: a month, half a year, a year, or any other."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from cluster_feed.core.cycle import Cycle
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.value import Mistake, Value

_LONGEST: Final = 1_830
"""Days: five years and a little."""
_WRITTEN: Final = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d{2})|-H(?P<half>[12])|-Q(?P<quarter>[1-4]))?", re.ASCII
)
_Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(9998, 12, 31))]
_QUARTERS: Final = ("I", "II", "III", "IV")


class Span(Value):
    """From a day to a day, both included, of Asia/Ho_Chi_Minh."""

    begins: _Day
    ends: _Day

    @model_validator(mode="after")
    def _of_some_length(self) -> Self:
        if self.ends < self.begins:
            raise Mistake("ngày cuối không trước ngày đầu", "an end not before the beginning")
        if (self.ends - self.begins).days > _LONGEST:
            raise Mistake("khoảng không quá 5 năm", "at most five years")
        return self

    @classmethod
    def of_months(cls, year: int, first: int, last: int) -> Self:
        """Give whole months of a year."""
        return cls(
            begins=date(year, first, 1), ends=date(year, last, Cycle(year=year, month=last).days)
        )

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read 2026-11, 2026, 2026-H1, 2026-Q4 or 2026-01-01..2026-05-25; ValueError."""
        first, dots, last = written.strip().partition("..")
        try:
            if dots:
                return cls(begins=date.fromisoformat(first), ends=date.fromisoformat(last))
            found = _WRITTEN.fullmatch(first)
            if not found:
                day = date.fromisoformat(first)
                return cls(begins=day, ends=day)
            months = _months(found["month"], found["half"], found["quarter"])
            return cls.of_months(int(found["year"]), *months)
        except ValueError as error:
            if isinstance(error, Mistake):
                raise
            raise Mistake(
                "kỳ viết như 2026-11, 2026, 2026-H1, 2026-Q4 hoặc 2026-01-01..2026-05-25",
                "a span such as 2026-11, 2026, 2026-H1, 2026-Q4 or 2026-01-01..2026-05-25",
            ) from error

    def __str__(self) -> str:
        """Write it as `parse` reads it, as short as can be."""
        year = self.begins.year
        if self.ends.year == year:
            for months, name in _named(year):
                if self == Span.of_months(year, *months):
                    return name
        if self.begins == self.ends:
            return self.begins.isoformat()
        return f"{self.begins}..{self.ends}"

    @property
    def called(self) -> str:
        """What the department's papers call it."""
        year, months = self.begins.year, (self.begins.month, self.ends.month)
        name = str(self)
        if ".." in name:
            return f"từ ngày {self.begins:%d/%m/%Y} đến ngày {self.ends:%d/%m/%Y}"
        if self.begins == self.ends:
            return f"ngày {self.begins:%d/%m/%Y}"
        if "H" in name:
            return f"6 tháng {'đầu' if months[0] == 1 else 'cuối'} năm {year}"
        if "Q" in name:
            return f"quý {_QUARTERS[months[0] // 3]} năm {year}"
        return f"năm {year}" if months == (1, 12) else f"tháng {months[0]:02} năm {year}"

    @property
    def begins_at(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.begins, time(), ZONE)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.ends + timedelta(days=1), time(), ZONE)

    def until(self, now: datetime) -> Self:
        """Give the part of it that has been; its first day at least."""
        today = now.astimezone(ZONE).date()
        return self.model_copy(update={"ends": max(min(self.ends, today), self.begins)})

    def days(self) -> Iterator[date]:
        """Every day of it."""
        for after in range((self.ends - self.begins).days + 1):
            yield self.begins + timedelta(days=after)


def _months(month: str | None, half: str | None, quarter: str | None) -> tuple[int, int]:
    if month:
        return int(month), int(month)
    if half:
        return (1, 6) if half == "1" else (7, 12)
    if quarter:
        return int(quarter) * 3 - 2, int(quarter) * 3
    return 1, 12


def _named(year: int) -> Iterator[tuple[tuple[int, int], str]]:
    yield (1, 12), f"{year}"
    yield (1, 6), f"{year}-H1"
    yield (7, 12), f"{year}-H2"
    for quarter in range(1, 5):
        yield (quarter * 3 - 2, quarter * 3), f"{year}-Q{quarter}"
    for month in range(1, 13):
        yield (month, month), f"{year}-{month:02}"
