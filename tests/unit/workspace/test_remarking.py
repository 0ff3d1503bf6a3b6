"""What `Sync` remarks on what it has loaded, and what it does about days that came too early."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.kept import Kept, kept

from dailymotion_reports.project.remarks import Kind
from dailymotion_reports.query.question import Question
from dailymotion_reports.workspace.standing_orders import Remark, moves
from dailymotion_reports.workspace.syncing import Synced

NEWEST = date(2023, 7, 10)


def remarks(done: Synced, kind: Kind) -> list[Remark]:
    assert done.error is None
    return [remark for remark in done.remarks if remark.kind == kind]


def provisional(project: Kept) -> list[date]:
    return [row[0] for row in project.rows("SELECT DISTINCT day FROM views WHERE provisional ORDER BY day")]


@pytest.mark.row("PF21")
@pytest.mark.parametrize("settles", [0, 1])
def test_PF21_an_empty_newest_day_is_provisional_and_filled_once_there_are_figures(
    tmp_path: Path, settles: int
) -> None:
    with kept(tmp_path, data_delay_days=2) as project:
        project.keep("views", settle_days=settles)
        project.sync()
        assert [day for (day,) in project.rows("SELECT max(day) FROM views")] == [date(2023, 7, 9)]
        (calendar,) = project.coverage()
        assert calendar.days[NEWEST] == "provisional"
        project.twin.clock.advance(days=1)
        assert [window for _, window, _ in project.wanted()] == ["2023-07-10..2023-07-11"]
        (done,) = project.sync()
        assert project.table("views", NEWEST)[-1][0] == NEWEST
        assert remarks(done, "low") == [
            Remark("low", "Sharply low, and asked for again: rows of 2023-07-11 0, usually 2.")
        ]


def test_a_sharply_low_new_day_is_provisional_although_the_dataset_takes_it_for_final(tmp_path: Path) -> None:
    with kept(tmp_path, days=8) as project:
        quiet = Question("VIEWS", "DAY", channels="petit-cosmos")
        project.datasets[:] = [replace(project.keep("views", settle_days=0), question=quiet)]
        (done,) = project.sync()
        (remark,) = remarks(done, "low")
        assert remark.text == "Sharply low, and asked for again: views of 2023-07-07 373, usually 1,024.5."
        assert provisional(project) == [date(2023, 7, 7), date(2023, 7, 8)]
        project.twin.clock.advance(days=1)
        assert [window for _, window, _ in project.wanted()] == ["2023-07-07..2023-07-09"]
        project.sync()
        assert provisional(project) == []
        (calendar,) = project.coverage()
        assert calendar.counts() == {"loaded": 9}


def test_rows_that_add_up_to_the_totals_are_loaded_without_a_word(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views", metrics="VIEWS,TIME_WATCHED_SECONDS,VIEW_THROUGH_RATE", reconcile=0.0)
        (done,) = project.sync()
        assert done.receipt
        assert done.remarks == ()
        assert project.reports() == 2
        assert project.wanted() == []


def test_money_adds_up_to_its_totals_to_the_last_digit(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("money", metrics="ESTIMATED_EARNINGS_EUR", by="DAY,VIDEO_ID", reconcile=0.0)
        (done,) = project.sync()
        assert done.receipt
        assert done.receipt.rows > 50
        assert done.remarks == ()


def test_rows_that_do_not_add_up_to_the_totals_are_loaded_and_remarked_by_day_and_figure(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views", by="DAY,MEDIA_TYPE", reconcile=0.0)
        project.twin.arm("X12-wrong-sum")
        (done,) = project.sync()
        assert done.receipt
        (remark,) = remarks(done, "unreconciled")
        assert remark.text.startswith("The rows do not add up to the totals: 1 figure, views of 2023-07-10 ")


def test_a_share_that_is_allowed_is_not_remarked(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views", by="DAY,MEDIA_TYPE", reconcile=0.5)
        project.twin.arm("X12-wrong-sum")
        (done,) = project.sync()
        assert done.remarks == ()


def test_totals_that_cannot_be_had_keep_no_rows_and_are_remarked(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views", reconcile=0.0)
        project.twin.arm("C5-errors-null-data")
        (done,) = project.sync()
        assert done.receipt
        assert project.table("views", NEWEST) == project.truth(NEWEST) != []
        assert [remark.kind for remark in done.remarks] == ["unchecked"]


@pytest.mark.row("PF18")
def test_PF18_figures_that_are_restated_day_after_day_end_at_the_last_value_and_each_change_is_told(
    tmp_path: Path,
) -> None:
    with kept(tmp_path) as project:
        project.keep("views", restated_above=0.0)
        told = []
        for _ in range(5):
            (done,) = project.sync()
            assert done.receipt
            told += [(str(move.day), move.before, move.after) for move in moves(done.receipt.changes)]
            assert bool(remarks(done, "restated")) == bool(done.receipt.changes)
            project.twin.clock.advance(days=1)
        history = project.rows("SELECT strftime(day, '%Y-%m-%d'), before, after FROM _dmr_changes")
        assert sorted(history) == sorted(told)
        assert len(told) > 5
        views = dict(project.rows("SELECT strftime(day, '%Y-%m-%d'), sum(views) FROM views GROUP BY day"))
        last = {day: after for day, _, after in told}
        assert {day: Decimal(views[day]) for day in last} == last
