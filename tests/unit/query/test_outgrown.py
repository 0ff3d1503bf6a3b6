"""What is taken to be too large, and when it is not any more."""

from datetime import date, timedelta

import pytest

from dailymotion_reports.query.outgrown import MOST_HALVED, Outcome, Outgrown, looks_cut_off
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest

FIRST = date(2025, 1, 1)


def request(days: int, *, since: int = 0, by: str = "DAY") -> ReportRequest:
    start = FIRST + timedelta(since)
    return ReportRequest(("VIEWS",), (by,), Window(start, start + timedelta(days - 1)), {}, "CONTENT")


@pytest.mark.parametrize("rows", [1000, 2000, 2500, 5000, 10_000, 50_000, 300_000, 1_000_000, 1024, 65_535, 1_048_576])
def test_a_number_at_which_interfaces_cut_off_is_suspicious(rows: int) -> None:
    assert looks_cut_off(rows)


@pytest.mark.parametrize("rows", [0, 1, 10, 999, 512, 1001, 3000, 7000, 12_000, 65_534, 110_000, 999_999])
def test_any_other_number_is_not(rows: int) -> None:
    assert not looks_cut_off(rows)


def test_what_failed_lately_is_too_large_and_what_failed_long_ago_is_not() -> None:
    assert Outgrown.of([Outcome(request(10), failed=True)])(request(10))
    assert not Outgrown.of([Outcome(request(10), failed=True, lately=False)])(request(10))


def test_a_day_is_never_too_large_to_be_asked_for() -> None:
    assert not Outgrown.of([Outcome(request(1), failed=True)])(request(1))


def test_other_days_are_too_large_once_parts_have_shown_that_it_is_the_size() -> None:
    failed, part = Outcome(request(10), failed=True), Outcome(request(5), rows=7)
    assert not Outgrown.of([failed])(request(10, since=40))
    known = Outgrown.of([failed, part])
    assert known(request(10, since=40))
    assert not known(request(9, since=40))
    assert not known(request(10, since=40, by="HOUR")), "that of another shape is not known"


def test_what_came_as_a_whole_stays_whole() -> None:
    known = Outgrown.of([Outcome(request(10), failed=True), Outcome(request(5), rows=7), Outcome(request(20), rows=9)])
    assert not known(request(20))


def test_what_fails_whatever_its_size_is_halved_no_more() -> None:
    failing = [Outcome(request(10, since=n), failed=True) for n in range(MOST_HALVED)]
    assert not Outgrown.of(failing)(request(10))
    assert Outgrown.of(failing[:-1])(request(10))
    assert Outgrown.of([*failing, Outcome(request(5), rows=7)])(request(10))


def test_numbers_at_which_longer_reports_were_cut_off_are_remembered() -> None:
    known = Outgrown.of([Outcome(request(10), rows=1000), Outcome(request(3, since=20), rows=2000)])
    assert known.cuts_at(request(1, since=2)) == {1000}
    assert known.cuts_at(request(1, since=12)) == set()
    assert known.cuts_at(request(10)) == set(), "a report is no witness against itself"
