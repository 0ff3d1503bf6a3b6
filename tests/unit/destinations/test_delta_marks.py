"""Marks of days without rows: numbers in a log that can be read back."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.destinations import delta_marks as marks
from dailymotion_reports.query.period import Window

MONTH = date(2023, 7, 1)
MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2130, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001
TOLD = st.dictionaries(st.integers(0, 30).map(lambda number: MONTH + timedelta(number)), MOMENTS)


@given(TOLD, st.integers(0, 40))
def test_what_is_written_is_read_back_and_no_mark_is_forgotten(told: dict[date, datetime], before: int) -> None:
    numbers = marks.written(MONTH, told, before)
    assert marks.read(MONTH, numbers) == told
    assert len(numbers) >= before
    assert all(0 <= number < 2**63 for number in numbers), "they are signed numbers of 64 bits"


def test_days_that_one_report_told_share_a_mark() -> None:
    asked = datetime(2023, 8, 1, tzinfo=UTC)
    assert len(marks.written(MONTH, {MONTH + timedelta(number): asked for number in range(31)}, 0)) == 1


def test_the_months_of_windows_are_named_once() -> None:
    windows = [Window(date(2023, 6, 30), date(2023, 7, 1)), Window(date(2023, 7, 5), date(2023, 8, 1))]
    assert marks.months(windows) == (date(2023, 6, 1), date(2023, 7, 1), date(2023, 8, 1))
    assert marks.name("dmr/x", date(2023, 6, 1), 2) == "dmr/x/2023-06/2"
