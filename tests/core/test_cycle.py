from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cluster_feed.core.cycle import Calendar, Cycle, CycleRules, Task, TaskAct, WeekendRule
from cluster_feed.core.playlist import ZONE
from cluster_feed.workspace import working_days

cycles = st.builds(Cycle, year=st.integers(2025, 2031), month=st.integers(1, 12))
VIETNAM = working_days()

clocks = st.times().map(lambda t: t.replace(microsecond=0))


@st.composite
def rules(draw: st.DrawFn) -> CycleRules:
    cut_off, push = sorted(draw(st.lists(clocks, min_size=2, max_size=2, unique=True)))
    return CycleRules(
        day=draw(st.integers(1, 28)),
        weekend_rule=draw(st.sampled_from(WeekendRule)),
        cut_off_days_before=draw(st.integers(0, 14)),
        cut_off_at=cut_off,
        push_at=push,
        remind_days_before=tuple(draw(st.lists(st.integers(1, 24), max_size=4))),
        remind_at=draw(clocks),
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any rules, and any days off that leave a working day in each week."""
    off = draw(st.sets(st.integers(0, 6), max_size=3)), draw(st.sets(st.integers(0, 19)))
    return Calendar(
        draw(rules()),
        lambda day: (
            day.toordinal() % 7 == 6
            or not (day.weekday() in off[0] or day.toordinal() % 20 in off[1])
        ),
    )


vietnam = rules().map(lambda each: Calendar(each, VIETNAM))


def test_the_push_is_on_the_25th_at_18_unless_decided_otherwise() -> None:
    calendar = Calendar(CycleRules(), VIETNAM)
    assert calendar.push_at(Cycle.parse("2026-11")) == datetime(2026, 11, 25, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "cycle", "pushed"),
    [
        (WeekendRule.KEEP, "2026-10", date(2026, 10, 25)),
        (WeekendRule.PREVIOUS, "2026-10", date(2026, 10, 23)),
        (WeekendRule.NEXT, "2026-10", date(2026, 10, 26)),
        # Tết 2028 and the Monday before it, given for a Saturday worked.
        (WeekendRule.PREVIOUS, "2028-01", date(2028, 1, 21)),
        (WeekendRule.NEXT, "2028-01", date(2028, 1, 31)),
        (WeekendRule.NEXT, "2026-11", date(2026, 11, 25)),
    ],
)
def test_a_25th_on_a_day_off_is_moved_by_the_rule(
    rule: WeekendRule, cycle: str, pushed: date
) -> None:
    calendar = Calendar(CycleRules(weekend_rule=rule), VIETNAM)
    assert calendar.push_day(Cycle.parse(cycle)) == pushed


@given(vietnam | calendars(), cycles)
def test_a_push_day_is_the_nearest_that_the_rule_allows(calendar: Calendar, cycle: Cycle) -> None:
    named = date(cycle.year, cycle.month, calendar.rules.day)
    pushed = calendar.push_day(cycle)
    works = calendar._is_working_day  # noqa: SLF001
    if calendar.rules.weekend_rule is WeekendRule.KEEP or works(named):
        assert pushed == named
        return
    assert works(pushed)
    assert (pushed > named) == (calendar.rules.weekend_rule is WeekendRule.NEXT)
    skipped = range(min(pushed, named).toordinal() + 1, max(pushed, named).toordinal())
    assert not any(works(date.fromordinal(day)) for day in skipped)


@given(vietnam | calendars(), cycles)
def test_reminders_come_in_order_on_working_days_before_the_cut_off(
    calendar: Calendar, cycle: Cycle
) -> None:
    reminders = list(calendar.reminders(cycle))
    assert [days for days, _ in reminders] == sorted(
        calendar.rules.remind_days_before, reverse=True
    )
    moments = [moment for _, moment in reminders]
    assert moments == sorted(moments)
    for days, moment in reminders:
        assert calendar._is_working_day(moment.date())  # noqa: SLF001
        assert calendar.cut_off_at(cycle).date() - moment.date() >= timedelta(days=days)


@given(vietnam | calendars(), cycles)
def test_a_cut_off_comes_before_its_push_and_the_edition_shows_past_the_next(
    calendar: Calendar, cycle: Cycle
) -> None:
    assert calendar.cut_off_at(cycle) < calendar.push_at(cycle)
    begins, ends = calendar.shows(cycle)
    assert begins == calendar.push_at(cycle)
    assert ends - calendar.push_at(cycle.next) == timedelta(days=calendar.rules.grace_days)


@given(vietnam | calendars(), st.datetimes(datetime(2025, 3, 1), datetime(2031, 1, 1)))  # noqa: DTZ001
def test_the_cycle_being_prepared_is_the_first_that_was_not_pushed(
    calendar: Calendar, moment: datetime
) -> None:
    now = moment.replace(tzinfo=UTC)
    cycle = calendar.current(now)
    assert calendar.push_at(cycle.previous) <= now < calendar.push_at(cycle)


def test_a_push_moved_into_another_month_is_still_of_its_cycle() -> None:
    early = Calendar(CycleRules(day=1, weekend_rule=WeekendRule.PREVIOUS), VIETNAM)
    pushed = early.push_at(Cycle.parse("2027-01"))
    assert pushed.date() == date(2026, 12, 31)
    assert str(early.current(pushed)) == "2027-02"
    late = Calendar(CycleRules(day=28, weekend_rule=WeekendRule.NEXT), VIETNAM)
    pushed = late.push_at(Cycle.parse("2027-02"))
    assert pushed.date() == date(2027, 3, 1)
    assert str(late.current(pushed - timedelta(seconds=1))) == "2027-02"


def _asked(start: datetime, waits: list[int]) -> Iterator[datetime]:
    now = start
    for hours in waits:
        now += timedelta(hours=hours)
        yield now


waits = st.lists(
    # Mostly the tick of a living daemon, now and then an outage of up to five weeks.
    st.integers(1, 30) | st.integers(24, 24 * 35),
    min_size=1,
    max_size=120,
)


@given(vietnam | calendars(), waits)
def test_over_years_with_outages_each_thing_is_done_once_and_in_time(
    calendar: Calendar, waits: list[int]
) -> None:
    start = datetime(2026, 1, 10, tzinfo=UTC)
    done: set[Task] = set(calendar.due(start, set()))
    at_start = set(done)
    done_at: dict[Task, datetime] = {}
    now = start
    for now in _asked(start, waits):
        for task in list(calendar.due(now, done)):
            assert task not in done
            done.add(task)
            done_at[task] = now
        assert not list(calendar.due(now, done))

    for task, moment in done_at.items():
        cycle = Cycle.parse(task.cycle)
        if task.act is TaskAct.REMIND:
            reminders = dict(calendar.reminders(cycle))
            assert reminders[task.days_before] <= moment < calendar.cut_off_at(cycle)
        elif task.act is TaskAct.CUT_OFF:
            assert calendar.cut_off_at(cycle) <= moment
        else:
            assert calendar.push_at(cycle) <= moment

    cycle = Cycle.parse("2026-02")
    while calendar.push_at(cycle) <= now:
        for act in (TaskAct.CUT_OFF, TaskAct.PUSH):
            task = Task(cycle=str(cycle), act=act)
            assert task in done_at or task in at_start
        cycle = cycle.next


@given(vietnam | calendars(), st.integers(0, 24 * 365))
def test_a_cycle_is_cut_off_before_it_is_pushed_even_after_an_outage(
    calendar: Calendar, hours: int
) -> None:
    now = datetime(2026, 1, 10, tzinfo=UTC) + timedelta(hours=hours)
    tasks = [(task.cycle, task.act) for task in calendar.due(now, set())]
    for cycle, act in tasks:
        if act is TaskAct.PUSH:
            assert tasks.index((cycle, TaskAct.CUT_OFF)) < tasks.index((cycle, act))
    assert [cycle for cycle, _ in tasks] == sorted(cycle for cycle, _ in tasks)


def test_of_several_missed_reminders_only_the_last_is_sent() -> None:
    calendar = Calendar(CycleRules(), VIETNAM)
    now = datetime(2026, 11, 24, 9, tzinfo=ZONE)
    done = {task for task in calendar.due(now, set()) if task.cycle != "2026-11"}
    reminded = list(calendar.due(now, done))
    assert [task.days_before for task in reminded] == [1]  # on the 23rd: the 24th is a day off
    assert not list(calendar.due(now, {*done, *reminded}))


@given(cycles)
def test_months_follow_each_other_and_are_read_back(cycle: Cycle) -> None:
    assert cycle.next.previous == cycle.previous.next == cycle == Cycle.parse(str(cycle))
    assert date(cycle.year, cycle.month, cycle.days) + timedelta(days=1) == date(
        cycle.next.year, cycle.next.month, 1
    )
    assert str(cycle) < str(cycle.next)


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-13", "2026-00", "2026-1", " 2026-11", "２０２６-11", "2026-11-01"]
)
def test_what_is_not_a_month_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  pydantic's and ours are both one
        Cycle.parse(name)


def test_a_cut_off_after_the_push_is_refused() -> None:
    with pytest.raises(ValidationError):
        CycleRules(cut_off_at=time(19), push_at=time(18))
    assert CycleRules(cut_off_days_before=1, cut_off_at=time(19), push_at=time(18))
