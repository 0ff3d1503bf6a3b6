"""What people see beside tables: bars, progress, errors, warnings."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.cli.render import bars, print_report, totals, watched
from dailymotion_reports.cli.talk import print_error, print_traceback, print_warnings
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.workspace import Progress, Report
from dailymotion_reports.workspace.showing import MOST_ROWS


def report_of(folder: Path, count: int) -> Report:
    request = request_for(["VIEWS"], ["VIDEO_TITLE"])
    data = b"video_title,views\n" + "".join(f"title {n},{n}\n" for n in range(count)).encode()
    manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    return Report(table_of(folder, request, data), manifest, folder)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "No rows."),
        (MOST_ROWS, "40 rows"),
        (MOST_ROWS + 1, "… and 1 more of 41 rows; -o FILE.csv writes them all."),
    ],
)
def test_a_report_says_how_many_rows_were_left_out(
    count: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_report(report_of(tmp_path, count))
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == said
    assert out.count("\ntitle ") == min(count, MOST_ROWS)
    assert err == ""


def by_time(folder: Path, metrics: list[str], dimension: str, rows: list[str]) -> Report:
    request = request_for(metrics, [dimension])
    data = ",".join([dimension, *metrics]).lower() + "\n" + "".join(f"{row}\n" for row in rows)
    manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    return Report(table_of(folder, request, data.encode()), manifest, folder)


def test_a_report_by_day_has_a_line_for_each_metric_in_order_of_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["2023-07-03,80,8.5", "2023-07-01,10,1.5", "2023-07-02,45,"]
    print_report(by_time(tmp_path, ["VIEWS", "AVERAGE_WATCH_TIME_SEC"], "DAY", rows))
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "views                   ▁▅█",
        "average_watch_time_sec  ▁ █",
        "3 rows",
    ]


def test_one_metric_by_day_has_a_line_too_and_two_days_make_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["2023-07-01,10", "2023-07-02,45", "2023-07-03,80"]
    print_report(by_time(tmp_path / "a", ["VIEWS"], "DAY", rows))
    assert capsys.readouterr().out.splitlines()[-2:] == ["views  ▁▅█", "3 rows"]
    print_report(by_time(tmp_path / "b", ["VIEWS"], "DAY", rows[:2]))
    assert "▅" not in capsys.readouterr().out


def test_a_line_holds_all_rows_of_a_long_report_within_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    rows = [f"2023-07-{1 + n // 24:02d} {n % 24:02d}:00:00,{n},{n}.5" for n in range(240)]
    print_report(by_time(tmp_path, ["VIEWS", "AVERAGE_WATCH_TIME_SEC"], "HOUR", rows))
    *_, line, last = capsys.readouterr().out.splitlines()
    assert line.startswith("views ")
    assert (line.split()[1][0], line[-1]) == ("▁", "█")
    assert len(line) <= 60
    assert last == "… and 200 more of 240 rows; -o FILE.csv writes them all."


def test_what_has_no_order_in_time_has_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(by_time(tmp_path, ["VIEWS", "TIME_WATCHED_SECONDS"], "VIDEO_TITLE", ["a,1,2", "b,2,3", "c,3,4"]))
    assert "▁" not in capsys.readouterr().out


def test_bars_are_in_proportion_and_never_fail_on_nothing() -> None:
    lines = [line.plain for line in bars("Views", [("a", 800), ("b", 400), ("c", 0)])]
    assert lines[0] == "Views"
    assert [line.count("█") for line in lines[1:]] == [40, 20, 0]
    assert [line.split()[1] for line in lines[1:]] == ["800", "400", "0"]
    ascii_only = [line.plain for line in bars("Views", [("a", 800), ("b", 390)], ascii_only=True)]
    assert [line.count("#") for line in ascii_only] == [0, 40, 19]
    assert [line.plain for line in bars("None", [])] == ["None"]
    assert [line.plain.strip() for line in bars("Zero", [("a", 0)])] == ["Zero", "a  0"]


def test_totals_are_added_up_by_a_column_in_its_order() -> None:
    rows: list[dict[str, Any]] = [
        {"day": date(2023, 7, 2), "views": 5},
        {"day": date(2023, 7, 1), "views": 1},
        {"day": date(2023, 7, 2), "views": None},
        {"day": date(2023, 7, 2), "views": 2},
    ]
    assert totals(rows, "day", "views") == [("2023-07-01", 1), ("2023-07-02", 7)]


def test_TM20_progress_is_shown_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    with watched() as watch:
        watch(Progress("waiting", 0.0, "[red]\x1b]0;x\x07\n"))
    assert capsys.readouterr().err == "waiting: [red]\\x1b]0;x\\x07\\n, 0 s (up to two hours)\n"


def test_without_a_terminal_progress_is_a_line_for_each_kind_of_news(capsys: pytest.CaptureFixture[str]) -> None:
    with watched() as watch:
        watch(Progress("asking"))
        watch(Progress("waiting", 0.0, "asked"))
        watch(Progress("waiting", 75.0, "in progress"))
        watch(Progress("downloading", file=1, files=2, received=10))
        watch(Progress("downloading", file=1, files=2, received=1_500_000))
        watch(Progress("downloading", file=2, files=2, received=1_500_000))
        watch(Progress("done", 3725.0, files=2))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "asking for the report",
        "waiting: asked, 0 s (up to two hours)",
        "downloading file 1 of 2: 0.0 MB",
        "downloading file 2 of 2: 1.5 MB",
        "report finished after 62 min 05 s",
    ]


def test_without_a_terminal_the_same_news_is_told_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    now = [1000.0]
    with watched(lambda: now[0]) as watch:
        for second in range(0, 130, 10):
            now[0] = 1000.0 + second
            watch(Progress("waiting", float(second), "in progress"))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(", ")[1] for line in lines] == [
        "0 s (up to two hours)",
        "1 min 00 s (up to two hours)",
        "2 min 00 s (up to two hours)",
    ]


@pytest.mark.row("TM20")
def test_TM20_an_error_is_shown_harmlessly_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(["[red]one\x1b[31m", "two\r\n"], "hint \u202e", "dmr plan --help")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        r"Error: [red]one\x1b[31m",
        r"Error: two\r\n",
        r"hint \u202e",
        "Next: dmr plan --help",
    ]


def test_what_there_is_not_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(["one"], "", "")
    assert capsys.readouterr().err == "Error: one\n"


def test_warnings_are_notes_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_warnings(["a [b] \x07"])
    assert capsys.readouterr() == ("", "Note: a [b] \\x07\n")


@pytest.mark.row("TM7")
def test_TM7_a_traceback_is_scrubbed(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError("GET https://h/f?Signature=canary with password=canary")
    except RuntimeError as error:
        print_traceback(error)
    told = capsys.readouterr().err
    assert told.startswith("Traceback (most recent call last)")
    assert "RuntimeError: GET https://h/f?[secret] with password=[secret]" in told


def test_a_line_by_time_leaves_a_blank_for_a_day_without_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    request = request_for(["VIEWS", "UPLOADS"], ["DAY"])
    data = b"day,views,uploads\n2023-07-01,1,5\n2023-07-04,8,1\n2023-07-02,4,5\n"
    manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    print_report(Report(table_of(tmp_path, request, data), manifest, tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if line.startswith("views  ")).rstrip().endswith(("▁▄ █", "_~ #"))
