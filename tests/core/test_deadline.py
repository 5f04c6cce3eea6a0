from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.cycle import OwnDays
from cluster_feed.core.deadline import Deadline, coming, stage
from cluster_feed.core.plan import PLANS
from cluster_feed.workspace import working_days

VIETNAM = working_days()
DAYS = st.dates(date(2010, 1, 1), date(2040, 12, 31))


def deadline(month: int = 11, day: int = 30, *, before: bool = True, **years: int) -> Deadline:
    spans = {"first_year": 2020, "last_year": 2035} | years
    return Deadline(
        name="nam", title="Báo cáo năm", basis="KH", month=month, day=day, before=before, **spans
    )


@pytest.mark.parametrize(
    ("plan", "days"),
    [
        ("quang-tri-2026", [date(2026, 11, 27)]),
        ("dong-thap-2026", [date(2026, 6, 12), date(2026, 11, 23)]),
        ("quang-tri-2023", [date(2023, 5, 24), date(2023, 11, 24)]),
        ("thua-thien-hue-2024", [date(2024, 11, 14)]),
        ("thai-nguyen-2026", []),
    ],
)
def test_before_a_day_ends_on_the_last_working_day_before_it(plan: str, days: list[date]) -> None:
    found = PLANS[plan].deadlines
    assert [each.last_day(each.first_year, VIETNAM) for each in found] == days


def test_a_plan_obliges_in_its_own_year_only() -> None:
    deadlines = PLANS["quang-tri-2026"].deadlines
    assert [due.by for due in coming(deadlines, date(2026, 1, 1), VIETNAM)] == [date(2026, 11, 27)]
    assert list(coming(deadlines, date(2027, 1, 1), VIETNAM)) == []
    assert list(coming(deadlines, date(2024, 12, 31), VIETNAM)) == []


@pytest.mark.parametrize(
    ("plan", "days"),
    [
        ("quang-tri-2023", [date(2026, 5, 22), date(2026, 11, 23)]),
        ("thua-thien-hue-2024", [date(2026, 11, 13)]),
        ("quang-tri-2026", [date(2026, 11, 27)]),
    ],
)
def test_a_plans_days_hold_in_another_year_on_what_obliges_one_then(
    plan: str, days: list[date]
) -> None:
    over = PLANS[plan].taken_over(2026, "Kế hoạch số 1")
    assert [due.by for due in coming(over.deadlines, date(2026, 1, 1), VIETNAM)] == days
    assert {each.basis for each in over.deadlines} == {"Kế hoạch số 1"}
    assert all("2026" in each.title for each in over.deadlines)
    assert not any(task.basis for task in over.tasks), "its sections are another document's"
    assert over.title.vi == "Kế hoạch số 1"


def test_on_a_day_is_still_in_time_on_that_day() -> None:
    assert deadline(11, 25, before=False).last_day(2026, VIETNAM) == date(2026, 11, 25)
    assert deadline(11, 29, before=False).last_day(2026, VIETNAM) == date(2026, 11, 27)


def test_a_decision_of_the_year_moves_the_last_working_day() -> None:
    own = OwnDays(off=frozenset({date(2026, 11, 27)}))
    assert deadline().last_day(2026, working_days(own)) == date(2026, 11, 26)
    own = OwnDays(working=frozenset({date(2026, 11, 28)}))
    assert deadline().last_day(2026, working_days(own)) == date(2026, 11, 28)


@given(DAYS)
def test_what_comes_is_never_late_nor_past_and_the_soonest_is_first(today: date) -> None:
    deadlines = [deadline(5, 25), deadline(11, 25, before=False), deadline()]
    found = list(coming(deadlines, today, VIETNAM))
    assert [due.by for due in found] == sorted(due.by for due in found)
    for due in found:
        assert VIETNAM(due.by)
        assert due.by < due.named or not due.deadline.before
        assert today <= due.named
        assert due.deadline.first_year <= due.named.year <= due.deadline.last_year


@given(DAYS, st.integers(0, 20))
def test_of_stages_that_were_missed_only_the_last_is_of_use(today: date, ahead: int) -> None:
    for due in coming([deadline()], today, VIETNAM):
        wanted = stage(due, due.by - timedelta(days=ahead), (14, 7, 3, 1, 0))
        assert wanted == next((d for d in (0, 1, 3, 7, 14) if ahead <= d), None)


def test_a_day_that_some_years_lack_is_no_deadline() -> None:
    with pytest.raises(ValueError, match="day that every year has"):
        deadline(2, 29)
    with pytest.raises(ValueError, match="last_year not before"):
        deadline(first_year=2027, last_year=2026)
