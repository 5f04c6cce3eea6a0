"""When the department's reports are due, and when people are reminded of that.

"Before the 30th" is read strictly: the last day on which a report is not late is the last working
day before it.  A deadline stands on a plan and is for that plan's years only.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from cluster_feed.core.cycle import IsWorkingDay
from cluster_feed.core.value import Mistake, Slug, Value

DaysBefore = Annotated[int, Field(ge=0, le=90)]
_Year = Annotated[int, Field(ge=2000, le=9998)]


class Deadline(Value):
    """A report that is due before a day, or on it, of each year from `first_year` to `last_year`.

    `basis` is what obliges the department.
    """

    name: Slug
    title: Annotated[str, Field(min_length=1, max_length=200)]
    basis: Annotated[str, Field(min_length=1, max_length=500)]
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    before: bool = True
    first_year: _Year
    last_year: _Year

    @model_validator(mode="after")
    def _is_a_day(self) -> Self:
        try:
            date(2001, self.month, self.day)  # no leap year: it must be there every year
        except ValueError:
            raise Mistake("ngày có trong mọi năm", "a day that every year has", at="day") from None
        if self.last_year < self.first_year:
            raise Mistake(
                "last_year không trước first_year",
                "last_year not before first_year",
                at="last_year",
            )
        return self

    def named(self, year: int) -> date:
        """The day that the plan names."""
        return date(year, self.month, self.day)

    def last_day(self, year: int, is_working_day: IsWorkingDay) -> date:
        """The last working day on which the report is not late."""
        day = self.named(year) - timedelta(days=1 if self.before else 0)
        while not is_working_day(day):
            day -= timedelta(days=1)
        return day


class Due(NamedTuple):
    """A deadline as it comes up: by when at the latest, and the day that its plan names."""

    deadline: Deadline
    by: date
    named: date

    def left(self, today: date) -> int:
        """How many days there are until then; below 0: the last working day has passed."""
        return (self.by - today).days

    @property
    def day_called(self) -> str:
        """The plan's own words: trước ngày 30/11/2026."""
        return f"{'trước' if self.deadline.before else 'chậm nhất'} ngày {self.named:%d/%m/%Y}"


def coming(
    deadlines: Iterable[Deadline], today: date, is_working_day: IsWorkingDay
) -> Iterator[Due]:
    """Give what is due from today on, the soonest first; each until the day that its plan names."""
    found = [
        Due(each, each.last_day(year, is_working_day), each.named(year))
        for each in deadlines
        for year in (today.year, today.year + 1)
        if each.first_year <= year <= each.last_year
        and today + timedelta(days=each.before) <= each.named(year)
    ]
    yield from sorted(found, key=lambda due: (due.by, due.deadline.name))


def stage(due: Due, today: date, days_before: Iterable[int]) -> int | None:
    """How many days ahead people should have been reminded by now; None: not yet.

    Of several stages that were missed only the last is still of use.
    """
    return min((days for days in days_before if due.left(today) <= days), default=None)
