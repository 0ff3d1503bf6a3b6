"""Days and weeks of `Sync` against a sandbox whose clock is moved by hand."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.kept import SETTLED, START, kept

from dailymotion_reports.query.period import Window
from dailymotion_reports.query.question import Question
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import Budget


def test_the_first_run_brings_every_day_and_the_next_one_nothing(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        (done,) = project.sync()
        assert done.error is None
        assert str(done.window) == "2023-07-01..2023-07-10"
        assert project.table("views", date(2023, 7, 10)) == project.truth(date(2023, 7, 10)) != []
        assert project.sync() == ()
        assert project.reports() == 1


def test_on_the_next_day_it_asks_for_what_is_new_and_what_may_have_changed(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.sync()
        project.twin.clock.advance(days=1)
        assert project.wanted() == [("views", "2023-07-04..2023-07-11", "daily")]


@pytest.mark.thorough
def test_after_weeks_with_outages_and_a_machine_that_sleeps_every_day_is_true_and_nothing_was_asked_in_vain(
    tmp_path: Path,
) -> None:
    with kept(tmp_path, days=1) as project:
        project.keep("views")
        days, asleep, refused = 26, (9, 10, 11, 20), (15, 22)
        for number in range(1, days + 1):
            if number in refused:
                project.twin.arm("C5-errors-null-data")
            if number not in asleep:
                (done,) = project.sync()
                assert bool(done.error) == (number in refused), number
            project.twin.clock.advance(days=1)
        last = START + timedelta(days=days - 1 - SETTLED)
        assert project.table("views", last) == project.truth(last) != []
        assert project.reports() == days - len(asleep) - len(refused)
        (calendar,) = project.coverage()
        assert calendar.holes == (Window(date(2023, 7, 27), date(2023, 7, 27)),)
        assert calendar.counts() == {"loaded": 19, "provisional": 7, "never": 1}
        restated = project.rows("SELECT count(*) FROM _dmr_changes WHERE column_name = 'views'")
        assert restated[0][0] > 10


@pytest.mark.row("PF26")
def test_PF26_moving_the_start_back_asks_only_for_the_missing_front(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        dataset = project.keep("views")
        project.datasets[:] = [replace(dataset, start=date(2023, 7, 3))]
        project.sync()
        project.datasets[:] = [replace(dataset, start=date(2023, 6, 1))]
        assert project.wanted() == [("views", "2023-06-01..2023-07-02", "backfill")]


@pytest.mark.row("PF20")
def test_PF20_one_piece_that_fails_keeps_no_other_and_is_asked_for_next_time(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.keep("devices", by="DAY,VISITOR_DEVICE_TYPE")
        project.twin.arm("C5-errors-null-data")
        done = project.sync()
        failed = [one for one in done if one.error]
        assert len(done) == 2
        assert [one.error.code for one in failed if one.error] == ["api.query_refused"]
        holes = {one.dataset: one.holes for one in project.coverage()}
        assert {name for name, windows in holes.items() if windows} == {one.dataset for one in failed}
        again = project.sync()
        assert {one.dataset for one in again} == {one.dataset for one in failed}
        assert not any(one.error for one in again)


def test_a_dataset_whose_scope_is_missing_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.key = "private"
        project.keep("earnings", metrics="ESTIMATED_EARNINGS_EUR", by="DAY")
        project.keep("views")
        project.twin.arm("T11-fewer-scopes", times=1000)
        began = project.twin.clock.now
        codes = {one.dataset: one.error.code if one.error else "" for one in project.sync()}
        assert codes == {"earnings": "api.missing_scope", "views": ""}
        assert project.twin.clock.now - began < timedelta(minutes=5)


def test_a_sign_in_that_dies_while_reports_are_made_ends_the_run_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    with kept(tmp_path, report_seconds=600) as project:
        project.keep("views")
        project.keep("devices", by="DAY,VISITOR_DEVICE_TYPE")
        project.sync(budget=Budget(seconds=60))
        assert project.reports() == 2
        project.twin.arm("T1-invalid-grant", times=1000)
        began, asked = project.twin.clock.now, project.twin.stats["token_requests"]
        codes = {one.dataset: one.error.code if one.error else "" for one in project.sync()}
        assert codes == {"views": "api.not_authenticated", "devices": "api.not_authenticated"}
        assert project.twin.stats["token_requests"] - asked == 1
        assert project.twin.clock.now - began < timedelta(minutes=5)
        project.twin.arm("T1-invalid-grant", times=0)
        assert all(one.receipt for one in project.sync())
        assert project.reports() == 2


def test_a_warehouse_that_was_deleted_is_filled_again_without_asking(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.sync()
        project.database.unlink()
        (done,) = project.sync()
        assert done.receipt
        assert project.reports() == 1
        assert project.table("views", date(2023, 7, 10)) == project.truth(date(2023, 7, 10))


def test_a_metric_that_is_added_is_asked_for_all_days(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        dataset = project.keep("views")
        project.sync()
        project.datasets[:] = [
            replace(dataset, question=Question("VIEWS,UNIQUE_VIEWERS", "DAY,MEDIA_TYPE", unverified=True))
        ]
        assert [window for _, window, _ in project.wanted()] == ["2023-07-01..2023-07-10"]


def test_a_table_that_cannot_be_read_is_told_and_keeps_no_other_dataset(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        dataset = project.keep("views")
        (tmp_path / "other.duckdb").write_text("no database")
        project.datasets.insert(0, replace(dataset, name="lost", into=f"duckdb:{tmp_path}/other.duckdb"))
        lost, views = project.sync()
        assert (lost.dataset, lost.error and lost.error.code) == ("lost", "load.refused")
        assert views.receipt


@pytest.mark.parametrize("hours", [0, 6, 30])
def test_a_day_is_asked_for_once_it_is_ready(tmp_path: Path, hours: float) -> None:
    with kept(tmp_path) as project:
        project.keep("views", ready_after=hours)
        last = date(2023, 7, 10) if hours < 12 else date(2023, 7, 9)
        assert [window for _, window, _ in project.wanted()] == [f"2023-07-01..{last}"]


PAST = Wanted(date(2022, 1, 1), date(2022, 12, 31), holes=True, behind=True)


def test_a_backfill_goes_behind_and_begins_with_the_newest_days(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        assert project.wanted(PAST) == [
            ("views", "2022-07-05..2022-12-31", "backfill"),
            ("views", "2022-01-06..2022-07-04", "backfill"),
            ("views", "2022-01-01..2022-01-05", "backfill"),
        ]


def test_a_backfill_asks_for_no_more_reports_than_it_may_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        (first,) = project.sync(PAST, Budget(reports=1))
        assert (str(first.window), project.reports()) == ("2022-07-05..2022-12-31", 1)
        assert [window for _, window, _ in project.wanted(PAST)] == ["2022-01-06..2022-07-04", "2022-01-01..2022-01-05"]
        assert [str(one.window) for one in project.sync(PAST) if one.receipt] == [
            "2022-01-06..2022-07-04",
            "2022-01-01..2022-01-05",
        ]
        assert project.wanted(PAST) == []


def test_a_backfill_whose_time_is_over_leaves_the_rest_and_asks_for_nothing_twice(tmp_path: Path) -> None:
    with kept(tmp_path, report_seconds=600) as project:
        project.keep("views")
        done = project.sync(PAST, Budget(seconds=60))
        assert [(one.receipt, one.error) for one in done] == [(None, None)] * 3
        again = project.sync(PAST)
        assert all(one.receipt for one in again)
        assert project.reports() == 3


def test_a_backfill_asks_for_no_day_that_is_only_provisional(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.sync()
        project.twin.clock.advance(days=1)
        assert [window for _, window, _ in project.wanted(Wanted(holes=True, behind=True))] == [
            "2023-07-11..2023-07-11"
        ]


@pytest.mark.parametrize("fault", ["P4-stuck", "T3-html-500", "C4-strangers"])
def test_a_report_that_never_comes_and_a_service_that_is_gone_end_the_run_and_the_next_one_goes_on(
    tmp_path: Path, fault: str
) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.pace = 60.0
        project.twin.arm(fault, times=100_000)
        (done,) = project.sync()
        assert done.error
        assert (done.error.code, done.receipt) == ("report.overdue", None)
        assert done.error.next.startswith("dmr status ")
        project.twin.arm(fault, times=0)
        (again,) = project.sync()
        assert again.receipt
        assert project.reports() <= 2


@pytest.mark.row("PF27")
def test_PF27_what_was_told_yesterday_is_asked_anew_today_and_what_was_told_today_is_not(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.sync()
        project.twin.clock.advance(days=1)
        (done,) = project.sync()
        assert str(done.window) == "2023-07-04..2023-07-11"
        assert project.reports() == 2
        project.database.unlink()
        project.sync()
        assert project.reports() == 3
        last = date(2023, 7, 11)
        assert project.table("views", last) == project.truth(last) != []


EMPTY = {"X4-header-only": 1, "L1-no-links": 2}
"""Answers without rows, and how often they are seen before they are believed."""


@pytest.mark.row("PF21")
@pytest.mark.parametrize("fault", EMPTY)
def test_PF21_an_empty_answer_erases_no_good_day_unless_a_second_report_says_so(tmp_path: Path, fault: str) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.sync()
        project.twin.clock.advance(days=1)
        project.twin.arm(fault, EMPTY[fault])
        project.sync()
        last = date(2023, 7, 11)
        assert project.twin.unfired == ()
        assert project.table("views", last) == project.truth(last) != []
        assert project.reports() == 3
        project.twin.clock.advance(days=1)
        project.twin.arm(fault, 2 * EMPTY[fault])
        (done,) = project.sync()
        assert done.receipt
        assert done.receipt.rows == 0
        assert project.table("views", date(2023, 7, 12)) == project.table("views", date(2023, 7, 4)) != []


@pytest.mark.row("PF21")
@pytest.mark.parametrize("empty", ["no-file", "header-only"])
def test_PF21_days_without_rows_are_empty_on_purpose_and_not_failed(tmp_path: Path, empty: str) -> None:
    with kept(tmp_path, data_delay_days=30, empty=empty) as project:
        project.keep("views")
        (done,) = project.sync()
        assert (done.error, done.receipt and done.receipt.rows) == (None, 0)
        (calendar,) = project.coverage()
        assert calendar.counts() == {"empty": 3, "provisional": 7}
        assert calendar.holes == ()


@pytest.mark.row("PF21")
@pytest.mark.parametrize(
    ("trouble", "code", "state"),
    [("P1-failed", "report.failed", "failed"), ("X4-zero-bytes", "data.damaged_file", "parked")],
)
def test_PF21_a_day_whose_report_failed_or_has_not_even_a_header_is_failed_and_not_empty(
    tmp_path: Path, trouble: str, code: str, state: str
) -> None:
    with kept(tmp_path, days=1) as project:
        project.keep("views")
        project.twin.arm(trouble, 100_000)
        (done,) = project.sync()
        assert (done.receipt, done.error and done.error.code) == (None, code)
        (calendar,) = project.coverage()
        assert calendar.counts() == {state: 1}
        assert calendar.holes == (Window(START, START),)


def test_a_schedule_brings_a_dataset_once_after_each_of_its_times(tmp_path: Path) -> None:
    scheduled = Wanted(scheduled=True)
    with kept(tmp_path) as project:
        project.keep("mondays", schedule="0 6 * * 1")
        project.keep("views")
        assert {name for name, _, _ in project.wanted(scheduled)} == {"mondays", "views"}
        project.sync(scheduled)
        project.datasets[:] = [one for one in project.datasets if one.schedule]
        asked = []
        for _ in range(7):
            project.twin.clock.advance(days=1)
            asked += [str(one.window) for one in project.sync(scheduled)]
            assert project.sync(scheduled) == ()
        assert asked == ["2023-07-04..2023-07-16"]


def test_what_was_brought_by_hand_before_its_time_waits_for_the_next_one(tmp_path: Path) -> None:
    scheduled = Wanted(scheduled=True)
    with kept(tmp_path) as project:
        project.keep("afternoons", schedule="0 13 * * *")
        project.sync()
        asked = []
        for _ in range(26):
            project.twin.clock.advance(hours=1)
            asked += [(project.twin.clock.now.hour, str(one.window)) for one in project.sync(scheduled)]
        assert asked == [(13, "2023-07-04..2023-07-11")]


def test_a_window_that_failed_is_tried_again_by_the_schedule_though_another_one_was_loaded(tmp_path: Path) -> None:
    scheduled = Wanted(scheduled=True)
    with kept(tmp_path, days=200) as project:
        project.keep("mondays", schedule="0 6 * * 1")
        project.twin.arm("C5-errors-null-data")
        first = project.sync(scheduled)
        (failed,) = [one.window for one in first if one.error]
        (again,) = project.sync(scheduled)
        assert failed
        assert len(first) == 2
        assert (again.error, str(again.window)) == (None, f"{failed.start}..2024-01-14"), "as was due on Monday"


def test_what_an_outage_left_unasked_is_withdrawn_and_the_next_day_asks_for_its_own_window_alone(
    tmp_path: Path,
) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.pace = 60.0
        project.twin.arm("T3-html-500", times=100_000)
        (done,) = project.sync()
        assert done.error
        (calendar,) = project.coverage()
        assert calendar.counts() == {"never": 10}
        project.twin.arm("T3-html-500", times=0)
        project.twin.clock.advance(days=1)
        (again,) = project.sync()
        assert str(again.window) == "2023-07-01..2023-07-11"
        assert project.reports() == 1
