"""The 25th: when a month's edition is cut off, goes out, and what was missed.

The provincial plan for 2026 (section IV.6) has the broadcaster choose and supply its content "on
the 25th of each month"; the edition goes to the gates on that day.  All times are of
Asia/Ho_Chi_Minh.  Nothing here waits: `due` is asked at every tick with what was done before, so
that an outage of any length ends with one catch-up.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from cluster_feed.core.playlist import ZONE, WallClock
from cluster_feed.core.value import Mistake, Value

IsWorkingDay = Callable[[date], bool]


class OwnDays(Value):
    """Days that a decision of the year makes off, or working; where it says both, working."""

    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()


class WeekendRule(StrEnum):
    """Where a 25th that nobody works on is moved."""

    KEEP = "keep"
    PREVIOUS = "previous_working"
    NEXT = "next_working"


class CycleRules(Value):
    """What a department may decide about its month."""

    day: Annotated[int, Field(ge=1, le=28)] = 25
    weekend_rule: WeekendRule = WeekendRule.KEEP
    cut_off_days_before: Annotated[int, Field(ge=0, le=14)] = 0
    cut_off_at: WallClock = time(11)
    push_at: WallClock = time(18)
    remind_days_before: tuple[Annotated[int, Field(ge=1, le=24)], ...] = (7, 3, 1)
    remind_at: WallClock = time(8)
    grace_days: Annotated[int, Field(ge=0, le=90)] = 14
    """How long after the next month's push an edition that nothing replaced may still show."""

    @model_validator(mode="after")
    def _cut_off_before_push(self) -> Self:
        if not self.cut_off_days_before and self.cut_off_at >= self.push_at:
            raise Mistake("cut_off_at trước push_at", "cut_off_at before push_at", at="cut_off_at")
        return self


_NUMBERS = 1000
"""An edition's number is its month, 202611, times this and its place among the month's."""

_CYCLE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})", re.ASCII)


class Cycle(Value):
    """A month of the feed."""

    year: Annotated[int, Field(ge=2000, le=9998)]
    month: Annotated[int, Field(ge=1, le=12)]

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read "2026-11"; ValueError where it is something else."""
        found = _CYCLE.fullmatch(name)
        if not found:
            raise Mistake("tháng viết như 2026-11", "a month such as 2026-11")
        return cls(year=int(found["year"]), month=int(found["month"]))

    def __str__(self) -> str:
        """Write "2026-11"."""
        return f"{self.year:04}-{self.month:02}"

    @classmethod
    def numbered(cls, number: int) -> Self:
        """Give the month that an edition's number belongs to; ValueError where it is of none."""
        month = number // _NUMBERS
        return cls(year=month // 100, month=month % 100)

    @property
    def numbers(self) -> range:
        """The numbers of its editions: 202611001 to 202611999."""
        month = (self.year * 100 + self.month) * _NUMBERS
        return range(month + 1, month + _NUMBERS)

    @property
    def next(self) -> Self:
        """The month after."""
        return self.model_copy(
            update={"year": self.year + self.month // 12, "month": self.month % 12 + 1}
        )

    @property
    def previous(self) -> Self:
        """The month before."""
        return self.model_copy(
            update={
                "year": self.year - (self.month == 1),
                "month": 12 if self.month == 1 else self.month - 1,
            }
        )

    @property
    def days(self) -> int:
        """How many days it has."""
        return calendar.monthrange(self.year, self.month)[1]


class Calendar:
    """The moments of every cycle under a department's rules.

    `is_working_day` knows weekends and public holidays; it is asked only about dates.
    """

    def __init__(self, rules: CycleRules, is_working_day: IsWorkingDay) -> None:
        """Remember the rules."""
        self.rules = rules
        self._is_working_day = is_working_day

    def push_day(self, cycle: Cycle) -> date:
        """The day on which the cycle's edition goes out."""
        day = date(cycle.year, cycle.month, self.rules.day)
        if self.rules.weekend_rule is WeekendRule.PREVIOUS:
            return self._working(day, -1)
        if self.rules.weekend_rule is WeekendRule.NEXT:
            return self._working(day, +1)
        return day

    def _working(self, day: date, step: int) -> date:
        while not self._is_working_day(day):
            day += timedelta(days=step)
        return day

    def push_at(self, cycle: Cycle) -> datetime:
        """When the cycle's edition may be published."""
        return datetime.combine(self.push_day(cycle), self.rules.push_at, ZONE)

    def cut_off_at(self, cycle: Cycle) -> datetime:
        """When the cycle's draft is assembled from what was supplied."""
        day = self.push_day(cycle) - timedelta(days=self.rules.cut_off_days_before)
        return datetime.combine(day, self.rules.cut_off_at, ZONE)

    def reminders(self, cycle: Cycle) -> Iterator[tuple[int, datetime]]:
        """The days before the cut-off with the moments at which people are reminded.

        A reminder that would come on a day off comes on the last working day before it.
        """
        cut_off = self.cut_off_at(cycle).date()
        for days in sorted(self.rules.remind_days_before, reverse=True):
            day = self._working(cut_off - timedelta(days=days), -1)
            yield days, datetime.combine(day, self.rules.remind_at, ZONE)

    def reminder(self, cycle: Cycle, now: datetime) -> int | None:
        """How many days ahead people should have been reminded by now; None: none, or too late.

        Of several missed reminders only the last is still of use, and none after the cut-off.
        """
        if now >= self.cut_off_at(cycle):
            return None
        return min((days for days, at in self.reminders(cycle) if at <= now), default=None)

    def shows(self, cycle: Cycle) -> tuple[datetime, datetime]:
        """From when until when the cycle's edition shows if no other replaces it."""
        after_next = self.push_at(cycle.next) + timedelta(days=self.rules.grace_days)
        return self.push_at(cycle), after_next

    def current(self, now: datetime) -> Cycle:
        """The cycle being prepared: the first whose push is still to come."""
        today = now.astimezone(ZONE)
        cycle = Cycle(year=today.year, month=today.month).previous
        while self.push_at(cycle) <= now:
            cycle = cycle.next
        return cycle

    def is_overtaken(self, cycle: Cycle, now: datetime) -> bool:
        """Whether the next month is cut off already, so that a draft of this one serves nobody."""
        return self.cut_off_at(cycle.next) <= now

    def due(self, now: datetime, done: AbstractSet["Task"]) -> Iterator["Task"]:
        """What the clock asks for now and nobody has done, oldest first.

        Of the last two cycles, so that an outage over a push is made good, and of the coming one.
        """
        coming = self.current(now)
        for cycle in (coming.previous.previous, coming.previous, coming):
            if (days := self.reminder(cycle, now)) is not None:
                task = Task(cycle=str(cycle), act=TaskAct.REMIND, days_before=days)
                if task not in done:
                    yield task
            for act, moment in (
                (TaskAct.CUT_OFF, self.cut_off_at(cycle)),
                (TaskAct.PUSH, self.push_at(cycle)),
            ):
                task = Task(cycle=str(cycle), act=act)
                if moment <= now and task not in done:
                    yield task


class TaskAct(StrEnum):
    """What the clock can ask for."""

    REMIND = "remind"
    CUT_OFF = "cut_off"
    PUSH = "push"


class Task(Value):
    """One thing that the clock asks for once."""

    cycle: str
    act: TaskAct
    days_before: int = 0
