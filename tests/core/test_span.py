from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.span import Span
from cluster_feed.core.value import Mistake

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("written", "begins", "ends", "called"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), "tháng 11 năm 2026"),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), "tháng 02 năm 2028"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "năm 2026"),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), "6 tháng đầu năm 2026"),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31), "6 tháng cuối năm 2026"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "quý IV năm 2026"),
        ("2026-11-25", date(2026, 11, 25), date(2026, 11, 25), "ngày 25/11/2026"),
        (
            "2026-01-01..2026-05-24",
            date(2026, 1, 1),
            date(2026, 5, 24),
            "từ ngày 01/01/2026 đến ngày 24/05/2026",
        ),
    ],
)
def test_a_span_is_written_and_called_as_people_do(
    written: str, begins: date, ends: date, called: str
) -> None:
    span = Span.parse(written)
    assert (span.begins, span.ends, span.called) == (begins, ends, called)
    assert str(span) == written


@given(DAYS, st.integers(0, 1_800))
def test_what_a_span_writes_it_reads_again(begins: date, days: int) -> None:
    span = Span(begins=begins, ends=begins + timedelta(days=days))
    assert Span.parse(str(span)) == span
    assert len(list(span.days())) == days + 1
    assert span.ends_at - span.begins_at == timedelta(days=days + 1)


@pytest.mark.parametrize(
    "written",
    [
        *("", "2026-13", "2026-H3", "hôm nay", "2026-11-31", "2026-05-01..2026-01-01", "1999"),
        *("0000", "2001..2026", "2026-01-01..", "2020-01-01..2026-01-01", "9" * 5_000),
    ],
)
def test_what_is_no_span_is_told_how_to_write_one(written: str) -> None:
    with pytest.raises((Mistake, ValueError)):
        Span.parse(written)


def test_a_span_that_is_not_over_ends_today() -> None:
    year, now = Span.parse("2026"), datetime(2026, 11, 24, 18, tzinfo=UTC)  # the 25th at home
    assert year.until(now).ends == date(2026, 11, 25)
    assert Span.parse("2026-01").until(now) == Span.parse("2026-01")
    assert Span.parse("2027").until(now).ends == date(2027, 1, 1)
