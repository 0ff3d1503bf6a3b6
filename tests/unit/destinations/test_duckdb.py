"""A DuckDB file: a window is replaced whole, with its receipt, or nothing has changed."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Address, Load, LoadReceipt
from dailymotion_reports.destinations.database_file import Place
from dailymotion_reports.destinations.duckdb import DuckDB
from dailymotion_reports.destinations.our_columns import CHANGES, COLUMNS
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.destinations.replacement import Replacement
from dailymotion_reports.errors import (
    DestinationRefused,
    DestinationUnavailable,
    DmrError,
    LoadError,
    UnreadableRow,
    UsageError,
)
from dailymotion_reports.query.report import ReportRequest

NOW = datetime(2023, 8, 1, 12, 0, 0, tzinfo=UTC)
DAYS = request_for(["VIEWS"], ["DAY"])
RECEIPTS = "_dmr_loads"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my.duckdb"


def days(*views: int, first: int = 1) -> bytes:
    """A file with these views, one a day, from the day ``first`` of July on."""
    rows = (f"2023-07-{day:02d},{count}\n" for day, count in enumerate(views, first))
    return b"day,views\n" + "".join(rows).encode()


def load(
    path: Path,
    request: ReportRequest,
    *files: bytes,
    table: str = "",
    profile: str = "private",
    now: datetime = NOW,
    asked: datetime | None = None,
) -> LoadReceipt:
    number = sum(1 for _ in path.parent.iterdir())
    rows = table_of(path.parent / f"files-{number}", request, *files)
    url = f"duckdb:{path}" + (f"?table={table}" if table else "")
    return open_destination(url).load(Load(rows, request, profile, f"account of {profile}", now, asked))


def ask(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def run(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def views(path: Path, table: str = "report") -> list[tuple[Any, ...]]:
    return ask(path, f'SELECT day, views FROM "{table}" ORDER BY ALL')


def july(*views: int, first: int = 1) -> list[tuple[date, int]]:
    return [(date(2023, 7, day), count) for day, count in enumerate(views, first)]


def receipts(path: Path) -> int:
    return int(ask(path, f"SELECT count(*) FROM {RECEIPTS}")[0][0])


def test_rows_arrive_with_the_declared_types_and_their_own_columns(path: Path) -> None:
    request = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY", "HOUR", "PLAYLIST_ID"], product="ALL")
    header = b"day,hour,playlist_id,views,estimated_earnings_eur\n"
    receipt = load(path, request, header + b"2023-07-01,2023-07-01 05:00:00,,7,0.1234567890\n2023-07-02,,00123,,\n")
    assert receipt == LoadReceipt(f"duckdb:{path}", "report", 2, request.fingerprint, NOW)
    types = ask(path, "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'report'")
    assert dict(types) == {
        "day": "DATE",
        "hour": "TIMESTAMP",
        "playlist_id": "VARCHAR",
        "views": "BIGINT",
        "estimated_earnings_eur": "DECIMAL(38,10)",
        "product": "VARCHAR",
        "filters": "VARCHAR",
        "profile": "VARCHAR",
        "account": "VARCHAR",
        "window_start": "DATE",
        "window_end": "DATE",
        "asked_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
        "question": "VARCHAR",
        "fingerprint": "VARCHAR",
        "provisional": "BOOLEAN",
    }
    added = (
        "ALL",
        "",
        "private",
        "account of private",
        date(2023, 7, 1),
        date(2023, 7, 4),
        datetime.fromisoformat("2023-08-01T12:00"),
        datetime.fromisoformat("2023-08-01T12:00"),
        request.shape,
        request.fingerprint,
        False,
    )
    assert ask(path, "SELECT * FROM report ORDER BY day") == [
        (date(2023, 7, 1), datetime.fromisoformat("2023-07-01T05:00"), "", 7, Decimal("0.1234567890"), *added),
        (date(2023, 7, 2), None, "00123", None, None, *added),
    ]


def test_every_load_leaves_its_receipt(path: Path) -> None:
    load(path, DAYS, days(1, 2))
    assert ask(path, f"SELECT * FROM {RECEIPTS}") == [
        (
            "report",
            DAYS.shape,
            DAYS.fingerprint,
            date(2023, 7, 1),
            date(2023, 7, 4),
            "account of private",
            2,
            datetime.fromisoformat("2023-08-01T12:00"),
            datetime.fromisoformat("2023-08-01T12:00"),
            0,
            json.dumps(DAYS.as_dict()),
            '{"2023-07-01":1,"2023-07-02":1}',
            '{"2023-07-01":{"views":"1"},"2023-07-02":{"views":"2"}}',
        )
    ]


def test_repeating_a_load_changes_nothing(path: Path) -> None:
    load(path, DAYS, days(1, 2), days(3, 4, first=3))
    before = ask(path, "SELECT * FROM report ORDER BY ALL")
    receipt = load(path, DAYS, days(1, 2), days(3, 4, first=3))
    assert receipt.rows == 4
    assert ask(path, "SELECT * FROM report ORDER BY ALL") == before


def test_X8_repeating_a_load_changes_nothing_where_a_day_lies_outside_the_window(path: Path) -> None:
    before: list[tuple[Any, ...]] | None = None
    for _ in range(2):
        try:
            load(path, DAYS, days(1) + b"2023-07-09,9\n")
        except DmrError:
            return
        now = views(path)
        assert before in (None, now)
        before = now


def test_a_newer_answer_replaces_the_window_whole(path: Path) -> None:
    load(path, DAYS, days(1, 2, 3, 4))
    load(path, DAYS, days(10, 20))
    assert views(path) == july(10, 20), "days 3 and 4 are in the window and no longer in the answer"
    load(path, DAYS)
    assert views(path) == []
    assert receipts(path) == 3


@pytest.mark.row("W14")
def test_W14_overlapping_windows_replace_by_day(path: Path) -> None:
    load(path, DAYS, days(1, 2, 3, 4))
    later = request_for(["VIEWS"], ["DAY"], start="2023-07-03", end="2023-07-06")
    load(path, later, days(30, 40, 50, 60, first=3))
    assert views(path) == july(1, 2, 30, 40, 50, 60)


@pytest.mark.row("W14")
def test_W14_overlapping_windows_replace_by_the_day_of_the_hour(path: Path) -> None:
    request = request_for(["VIEWS"], ["HOUR"])
    load(path, request, b"hour,views\n2023-07-03 23:00:00,1\n2023-07-04 00:00:00,2\n2023-07-04 23:00:00,3\n")
    later = request_for(["VIEWS"], ["HOUR"], start="2023-07-04", end="2023-07-05")
    load(path, later, b"hour,views\n2023-07-04 23:00:00,30\n")
    assert ask(path, "SELECT hour, views FROM report ORDER BY ALL") == [
        (datetime.fromisoformat("2023-07-03T23:00"), 1),
        (datetime.fromisoformat("2023-07-04T23:00"), 30),
    ]


LATE = datetime(2023, 7, 20, tzinfo=UTC)


@pytest.mark.row("W15")
def test_W15_an_older_answer_that_arrives_late_fills_only_days_that_no_newer_one_told(path: Path) -> None:
    load(path, request_for(["VIEWS"], ["DAY"], start="2023-07-03", end="2023-07-04"), days(30, 40, first=3))
    receipt = load(path, DAYS, days(1, 2, 3, 4), asked=LATE)
    assert views(path) == july(1, 2, 30, 40)
    assert (receipt.rows, receipt.kept) == (2, 2)
    receipt = load(
        path, request_for(["VIEWS"], ["DAY"], start="2023-07-04", end="2023-07-04"), days(9, first=4), asked=LATE
    )
    assert (receipt.rows, receipt.kept) == (0, 1)
    assert views(path) == july(1, 2, 30, 40)


@pytest.mark.row("W15")
def test_W15_days_that_a_newer_answer_told_without_rows_stay_without(path: Path) -> None:
    load(path, DAYS, days(1))
    load(path, DAYS, days(1, 2, 3, 4), asked=LATE)
    assert views(path) == july(1)


@pytest.mark.row("W15")
def test_W15_an_older_total_does_not_replace_a_newer_one(path: Path) -> None:
    total = request_for(["VIEWS"])
    load(path, total, b"views\n2\n")
    assert load(path, total, b"views\n1\n", asked=LATE).kept == 4
    assert ask(path, "SELECT views FROM report") == [(2,)]


def test_what_was_restated_is_kept_with_its_day_and_by_how_much(path: Path) -> None:
    load(path, DAYS, days(1, 2, 3), asked=LATE)
    assert ask(path, f"SELECT count(*) FROM {CHANGES}") == [(0,)], "what nobody told before is not restated"
    receipt = load(path, DAYS, days(1, 20, 3, 4))
    assert receipt.changed == 3
    assert ask(path, f"SELECT day, column_name, before, after FROM {CHANGES} ORDER BY ALL") == [
        (date(2023, 7, 2), "views", 2, 20),
        (date(2023, 7, 4), "rows", 0, 1),
        (date(2023, 7, 4), "views", None, 4),
    ]
    load(path, DAYS, days(1, 20, 3, 4))
    assert ask(path, f"SELECT count(*) FROM {CHANGES}") == [(3,)], "the same again restates nothing"


def test_figures_are_provisional_until_their_day_has_settled(path: Path) -> None:
    load(path, DAYS, days(1, 2, 3, 4), asked=datetime(2023, 7, 5, 9, tzinfo=UTC))
    assert ask(path, "SELECT day FROM report WHERE provisional ORDER BY day") == [
        (date(2023, 7, 3),),
        (date(2023, 7, 4),),
    ]


@pytest.mark.row("W13")
def test_W13_a_new_metric_is_a_new_column_and_its_days_are_replaced(path: Path) -> None:
    load(path, DAYS, days(1, 2))
    both = request_for(["VIEWS", "TIME_WATCHED_SECONDS"], ["DAY"], start="2023-07-02", end="2023-07-03")
    load(path, both, b"day,views,time_watched_seconds\n2023-07-02,2,20\n2023-07-03,3,30\n")
    assert ask(path, "SELECT day, views, time_watched_seconds FROM report ORDER BY ALL") == [
        (date(2023, 7, 1), 1, None),
        (date(2023, 7, 2), 2, 20),
        (date(2023, 7, 3), 3, 30),
    ]
    with pytest.raises(DestinationRefused, match="holds time_watched_seconds"):
        load(path, DAYS, days(1, 2))


@pytest.mark.row("W13")
def test_W13_a_wider_type_widens_the_column_and_nothing_is_lost(path: Path) -> None:
    load(path, DAYS, days(1, 2))
    run(path, "ALTER TABLE report ALTER COLUMN views TYPE INTEGER")
    load(path, request_for(["VIEWS"], ["DAY"], start="2023-07-03", end="2023-07-03"), days(5_000_000_000, first=3))
    assert views(path) == july(1, 2, 5_000_000_000)


@pytest.mark.row("W13")
def test_W13_another_grain_is_refused(path: Path) -> None:
    load(path, DAYS, days(1))
    with pytest.raises(DestinationRefused, match="it lacks video_id"):
        load(path, request_for(["VIEWS"], ["DAY", "VIDEO_ID"]), b"day,video_id,views\n2023-07-01,x,1\n")
    assert views(path) == july(1)


@pytest.mark.row("W16")
def test_W16_a_column_that_the_user_has_added_stays_and_a_table_that_he_dropped_comes_again(path: Path) -> None:
    load(path, DAYS, days(1))
    run(path, "ALTER TABLE report ADD COLUMN note VARCHAR; UPDATE report SET note = 'mine'")
    load(path, request_for(["VIEWS"], ["DAY"], start="2023-07-02", end="2023-07-02"), days(2, first=2))
    assert ask(path, "SELECT views, note FROM report ORDER BY ALL") == [(1, "mine"), (2, None)]
    run(path, "DROP TABLE report")
    load(path, DAYS, days(1, 2))
    assert views(path) == july(1, 2)


def test_a_file_of_the_version_before_opens_and_its_rows_are_replaced(path: Path) -> None:
    run(
        path,
        "CREATE TABLE report AS SELECT DATE '2023-07-01' AS day, CAST(7 AS BIGINT) AS views, 'CONTENT' AS product, "
        "'' AS filters, 'private' AS profile, 'account of private' AS account, DATE '2023-07-01' AS window_start, "
        "DATE '2023-07-04' AS window_end, TIMESTAMP '2023-07-05 00:00:00' AS loaded_at, "
        f"'{DAYS.question}' AS question",
    )
    run(
        path,
        f"CREATE TABLE {RECEIPTS} AS SELECT 'report' AS table_name, '{DAYS.question}' AS question, 'x' AS fingerprint, "
        "DATE '2023-07-01' AS window_start, DATE '2023-07-04' AS window_end, 'account of private' AS account, "
        "CAST(1 AS BIGINT) AS row_count, TIMESTAMP '2023-07-05 00:00:00' AS loaded_at",
    )
    load(path, DAYS, days(1, 2))
    assert views(path) == july(1, 2)


def test_columns_tell_what_they_are(path: Path) -> None:
    load(path, DAYS, days(1))
    told = dict(ask(path, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'report'"))
    assert told["views"] == "Count of video views; views; may be added up"
    assert all(told.values())
    rows = ask(
        path, f"SELECT column_name, kind, rule FROM {COLUMNS} WHERE table_name = 'report' ORDER BY place LIMIT 3"
    )
    assert rows == [("day", "dimension", ""), ("views", "metric", "add"), ("product", "ours", "")]


def test_without_days_the_same_window_is_replaced_and_others_stay(path: Path) -> None:
    july_total = request_for(["VIEWS"])
    other = request_for(["VIEWS"], start="2023-07-03", end="2023-07-06")
    load(path, july_total, b"views\n1\n")
    load(path, other, b"views\n2\n")
    load(path, july_total, b"views\n3\n")
    assert ask(path, "SELECT window_start, views FROM report ORDER BY ALL") == [
        (date(2023, 7, 1), 3),
        (date(2023, 7, 3), 2),
    ]


@pytest.mark.parametrize(
    ("request_", "profile"),
    [
        (replace(DAYS, filters={"videoOwnerChannelSlug": "another"}), "private"),
        (replace(DAYS, product="EMBED"), "private"),
        (DAYS, "public"),
    ],
)
def test_another_channel_product_or_profile_lives_in_the_same_table(
    request_: ReportRequest, profile: str, path: Path
) -> None:
    load(path, DAYS, days(1, 2))
    load(path, request_, days(5, 6), profile=profile)
    assert sorted(count for _, count in views(path)) == [1, 2, 5, 6]
    load(path, DAYS, days(3))
    assert sorted(count for _, count in views(path)) == [3, 5, 6]


def test_columns_in_another_order_are_the_same_question(path: Path) -> None:
    load(path, request_for(["VIEWS"], ["DAY", "VIDEO_ID"]), b"day,video_id,views\n2023-07-01,x,1\n")
    load(path, request_for(["VIEWS"], ["VIDEO_ID", "DAY"]), b"video_id,day,views\ny,2023-07-01,2\n")
    assert ask(path, "SELECT day, video_id, views FROM report") == [(date(2023, 7, 1), "y", 2)]


def test_a_question_with_other_columns_is_refused_with_a_remedy(path: Path) -> None:
    load(path, DAYS, days(1))
    with pytest.raises(DestinationRefused) as caught:
        load(path, request_for(["UPLOADS"], ["DAY"]), b"day,uploads\n2023-07-01,1\n")
    error = caught.value
    assert "it lacks uploads and holds views" in error.message
    assert error.hint == f"Give this question a table of its own: duckdb:{path}?table=NAME."
    assert error.destination == f"duckdb:{path}"
    assert (views(path), receipts(path)) == (july(1), 1)


def test_the_remedy_works(path: Path) -> None:
    load(path, DAYS, days(1))
    load(path, request_for(["UPLOADS"], ["DAY"]), b"day,uploads\n2023-07-01,5\n", table="uploads")
    assert ask(path, "SELECT uploads FROM uploads") == [(5,)]
    assert views(path) == july(1)


@pytest.mark.row("W13")
def test_W13_a_table_of_another_hand_with_other_columns_is_left_alone(path: Path) -> None:
    run(path, "CREATE TABLE report AS SELECT 42 AS answer")
    with pytest.raises(DestinationRefused, match="holds answer"):
        load(path, DAYS, days(1))
    assert ask(path, "SELECT * FROM report") == [(42,)]


@pytest.mark.row("W13")
@pytest.mark.parametrize("day_and_views", ["day DATE, views TINYINT", "day VARCHAR, views VARCHAR"])
def test_W13_columns_of_another_type_are_the_destinations_fault(day_and_views: str, path: Path) -> None:
    run(
        path,
        f"CREATE TABLE report ({day_and_views}, product VARCHAR, profile VARCHAR, window_start DATE, "
        "window_end DATE, loaded_at TIMESTAMP, question VARCHAR)",
    )
    with pytest.raises(LoadError):
        load(path, DAYS, days(1000))


def test_W20_what_the_destination_cannot_do_is_no_fault_of_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(path, DAYS, days(1))

    def full(self: Replacement, rows: int, **more: Any) -> None:
        raise duckdb.IOException("Could not write file: No space left on device")

    monkeypatch.setattr(Replacement, "_record", full)
    with pytest.raises(LoadError):
        load(path, DAYS, days(2))


class Broken(Exception):
    """Stands for anything that goes wrong between the rows and the receipt."""


@pytest.mark.parametrize("step", ["_delete", "_loaded", "_keep_history", "_record"])
def test_W5_a_failure_in_between_leaves_the_old_rows_and_no_receipt(
    step: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(path, DAYS, days(1, 2))
    whole = getattr(Replacement, step)

    def broken(*arguments: Any, **named: Any) -> None:
        whole(*arguments, **named)
        raise Broken

    monkeypatch.setattr(Replacement, step, broken)
    with pytest.raises(Broken):
        load(path, DAYS, days(10, 20))
    assert (views(path), receipts(path)) == (july(1, 2), 1)
    monkeypatch.undo()
    load(path, DAYS, days(10, 20))
    assert (views(path), receipts(path)) == (july(10, 20), 2)


def test_X5_a_row_that_cannot_be_read_leaves_the_old_rows_and_names_line_and_file(path: Path) -> None:
    load(path, DAYS, days(1, 2))
    with pytest.raises(UnreadableRow, match=r"Line 3 of report_2\.csv"):
        load(path, DAYS, days(10, 20), days(30) + b"2023-07-04\n")
    assert (views(path), receipts(path)) == (july(1, 2), 1)


@pytest.mark.row("W8")
def test_W8_a_first_creation_that_is_broken_off_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        load(path, DAYS, days(1))
    assert [p.name for p in path.parent.iterdir() if p.is_file()] == []


@pytest.mark.row("W8")
def test_W8_a_new_file_has_its_name_only_once_it_can_be_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    whole = os.fsync

    def fsync(descriptor: int) -> None:
        seen.append(path.exists())
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    load(path, DAYS, days(1))
    assert seen[0] is False
    assert views(path) == july(1)
    assert sorted(p.name for p in path.parent.iterdir() if p.is_file()) == ["my.duckdb"]


@pytest.mark.row("W8")
def test_W8_what_a_kill_left_of_a_first_creation_is_no_obstacle(path: Path) -> None:
    path.with_name(f".{path.name}.{os.getpid()}.part").write_bytes(b"half")
    load(path, DAYS, days(1))
    assert views(path) == july(1)


@pytest.mark.row("W8")
@pytest.mark.parametrize("beside", [".my.duckdb.0123abcd.part", ".my.duckdb.0123abcd.part.wal"])
def test_W8_what_a_kill_left_of_a_first_creation_is_swept_out_by_the_next_load(path: Path, beside: str) -> None:
    path.with_name(beside).write_bytes(b"half")
    load(path, DAYS, days(1))
    assert [p.name for p in path.parent.iterdir() if p.is_file()] == ["my.duckdb"]


@pytest.mark.row("W8")
def test_W8_whoever_is_swept_out_while_another_makes_the_file_loads_into_that_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(path, DAYS, days(1))
    there = path.rename(path.with_name("there"))

    def made_by_another(descriptor: int) -> None:
        next(path.parent.glob(".my.duckdb.*.part")).unlink()
        there.rename(path)
        monkeypatch.undo()

    monkeypatch.setattr(os, "fsync", made_by_another)
    load(path, DAYS, days(10, 20))
    assert views(path) == july(10, 20)


def test_TM25_what_was_spilled_for_a_killed_load_is_removed_by_the_next_one(path: Path) -> None:
    load(path, DAYS, days(1))
    (spilled := path.with_name("my.duckdb.tmp")).mkdir()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")
    load(path, DAYS, days(2))
    assert not spilled.exists()
    assert views(path) == july(2)


def test_TM24_a_new_file_is_its_owners_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        load(path, DAYS, days(1))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_file_has_the_format_that_every_supported_version_opens(path: Path) -> None:
    load(path, DAYS, days(1))
    ((tags,),) = ask(path, "SELECT tags FROM duckdb_databases() WHERE database_name = 'my'")
    assert tags == {"storage_version": "v1.4.0+"}


def test_a_folder_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    table = table_of(tmp_path / "files", DAYS, days(1))
    destination = open_destination(f"duckdb:{tmp_path}/a/b/my.duckdb")
    with pytest.raises(UsageError, match=r"There is no folder .*/a/b to make my\.duckdb in"):
        destination.check()
    with pytest.raises(UsageError, match="There is no folder"):
        destination.load(Load(table, DAYS, "private", "account", NOW))
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["a" * 300, "a" * 245 + ".duckdb", f"{'a' * 300}/x.duckdb"])
def test_a_name_that_is_too_long_is_a_mistake_of_the_user(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="File name too long"):
        open_destination(f"duckdb:{tmp_path}/{name}").check()


@pytest.mark.parametrize("url", ["duckdb:\udcff.duckdb", "duckdb:x.duckdb?table=\udcff"])
def test_a_name_that_is_not_utf8_is_refused_before_anything_is_loaded(url: str) -> None:
    with pytest.raises(UsageError, match="no name in UTF-8"):
        open_destination(url)


def test_a_relative_path_in_a_folder_that_is_gone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="folder is gone"):
        open_destination("duckdb:x.duckdb")


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def refused_by_holder(path: Path) -> tuple[DestinationUnavailable, int]:
    """What a load says while another process holds the file, and that process's number."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            with pytest.raises(DestinationUnavailable) as caught:
                load(path, DAYS, days(2), table="report&wait=0")
        finally:
            holder.communicate()
    return caught.value, holder.pid


@pytest.mark.row("W9")
def test_W9_a_file_that_another_process_holds_is_unavailable_and_loses_nothing(path: Path) -> None:
    load(path, DAYS, days(1))
    error, _ = refused_by_holder(path)
    assert error.retry == "later"
    assert "in use by another program" in error.message
    assert (views(path), receipts(path)) == (july(1), 1)
    load(path, DAYS, days(2))
    assert views(path) == july(2)


@pytest.mark.row("W9")
def test_W9_the_process_that_holds_the_file_is_named(path: Path) -> None:
    load(path, DAYS, days(1))
    error, pid = refused_by_holder(path)
    assert str(pid) in error.message


@pytest.mark.row("W9")
def test_W9_a_file_that_this_process_holds_is_unavailable_too(path: Path) -> None:
    load(path, DAYS, days(1))
    with duckdb.connect(str(path)), pytest.raises(DestinationUnavailable):
        load(path, DAYS, days(2), table="report&wait=0")


@pytest.mark.row("W9")
def test_W9_a_file_that_others_let_go_of_is_loaded_after_all(path: Path) -> None:
    load(path, DAYS, days(1))
    holder, slept = duckdb.connect(str(path)), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            holder.close()

    rows = table_of(path.parent / "later", DAYS, days(2))
    place = Place.of(Address.parse(f"duckdb:{path}?wait=5"))
    waiting = DuckDB(place, clock=lambda: float(len(slept)), sleep=sleep, chance=lambda: 0.5)
    waiting.load(Load(rows, DAYS, "private", "account of private", NOW))
    assert (views(path), len(slept)) == (july(2), 3)
    assert slept == sorted(slept)


def test_seconds_to_wait_are_a_number() -> None:
    with pytest.raises(UsageError, match="no number of seconds"):
        open_destination("duckdb:x.duckdb?wait=long")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('a"b', 'a"b'),
        ("a;DROP TABLE x;--", "a;DROP TABLE x;--"),
        ("my%20table", "my table"),
        ("select", "select"),
        ("Été😀", "Été😀"),
        ("%27", "'"),
        ("x" * 300, "x" * 300),
    ],
)
def test_TM14_awkward_table_names_are_quoted(written: str, name: str, path: Path) -> None:
    for count in (1, 2):
        assert load(path, DAYS, days(count), table=written).table == name
    assert ask(path, "SELECT table_name FROM duckdb_tables() WHERE table_name NOT LIKE '\\_dmr\\_%' ESCAPE '\\'") == [
        (name,)
    ]
    assert views(path, name.replace('"', '""')) == july(2)


def test_a_table_is_found_again_whatever_its_case(path: Path) -> None:
    load(path, DAYS, days(1), table="Views")
    load(path, DAYS, days(2), table="views")
    assert views(path, "views") == july(2)


def test_a_table_of_the_same_name_in_another_schema_is_another_table(path: Path) -> None:
    load(path, DAYS, days(1))
    run(path, "CREATE SCHEMA other; CREATE TABLE other.report (z INTEGER)")
    load(path, DAYS, days(2))
    assert views(path) == july(2)


@pytest.mark.parametrize("name", ["_dmr_loads", "_dmr_anything", "_DMR_LOADS"])
def test_our_own_table_names_are_refused(name: str, path: Path) -> None:
    with pytest.raises(UsageError):
        load(path, DAYS, days(1), table=name)


def test_a_view_is_no_table_to_load_into(path: Path) -> None:
    run(path, "CREATE VIEW report AS SELECT 1 AS a")
    with pytest.raises(DestinationRefused):
        load(path, DAYS, days(1))


def test_an_empty_table_name_is_no_name() -> None:
    with pytest.raises(UsageError):
        open_destination("duckdb:x?table=")


def test_two_accounts_never_replace_one_anothers_rows(path: Path) -> None:
    load(path, DAYS, days(1, 2), profile="public")
    load(path, DAYS, days(10, 20), profile="private")
    load(path, DAYS, days(3, 4), profile="public")
    assert sorted(ask(path, "SELECT account, views FROM report")) == [
        ("account of private", 10),
        ("account of private", 20),
        ("account of public", 3),
        ("account of public", 4),
    ]


@pytest.mark.row("W8")
def test_W8_of_two_that_make_the_file_at_once_neither_loses_a_row(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process finishes its first load between our looking for the file and our giving it its name."""
    link = os.link

    def beaten(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        load(path, DAYS, days(1, 2), profile="public")
        link(source, target)

    monkeypatch.setattr(os, "link", beaten)
    load(path, DAYS, days(10, 20), profile="private")
    assert sorted(ask(path, "SELECT views FROM report")) == [(1,), (2,), (10,), (20,)]
    assert [one.name for one in path.parent.iterdir() if one.name.endswith(".part")] == []


def test_a_destination_that_cannot_be_used_is_found_before_anything_is_asked(path: Path) -> None:
    destination = open_destination(f"duckdb:{path}")
    destination.check()
    assert not path.exists()
    path.write_bytes(b"not a database")
    with pytest.raises(DestinationRefused):
        destination.check()
    assert path.read_bytes() == b"not a database"


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(UsageError) as caught:
        open_destination("duckdb:x?tabel=views&mode=w")
    assert caught.value.message == "duckdb: has no option mode, tabel."
    assert "table=NAME" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"\0" * 4096, b"PK\x03\x04" * 2000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(DestinationRefused) as caught:
        load(path, DAYS, days(1))
    assert path.read_bytes() == content
    assert "Nothing was changed" in caught.value.hint
    assert sorted(p.name for p in path.parent.iterdir() if p.is_file()) == ["my.duckdb"]


def test_a_folder_is_no_database(path: Path) -> None:
    path.mkdir()
    with pytest.raises(DestinationRefused, match="cannot be opened"):
        load(path, DAYS, days(1))
    assert list(path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_unavailable_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    table = table_of(tmp_path / "files", DAYS, days(1))
    with pytest.raises(DestinationUnavailable, match="cannot be written: "):
        open_destination(f"duckdb:{tmp_path}/file/my.duckdb").load(Load(table, DAYS, "private", "account", NOW))


def test_a_folder_that_may_not_be_written_is_a_destinations_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, whom no folder refuses: DuckDB's own words stand for it."""

    def refuses(*arguments: object, **more: object) -> None:
        raise duckdb.IOException('Cannot open file "/x/.my.duckdb.part": Permission denied')

    monkeypatch.setattr(duckdb, "connect", refuses)
    with pytest.raises(LoadError, match="Permission denied"):
        load(path, DAYS, days(1))
    assert not path.exists()


def test_a_load_into_memory_is_refused_since_nothing_would_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = table_of(tmp_path / "files", DAYS, days(1))
    with pytest.raises((UsageError, LoadError)):
        open_destination("duckdb::memory:").load(Load(table, DAYS, "private", "account", NOW))


def test_a_load_installs_and_loads_no_extension(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    whole = duckdb.connect

    def connect(name: str, read_only: bool, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        asked.append(config)
        return whole(name, read_only=read_only, config=config)

    monkeypatch.setattr(duckdb, "connect", connect)
    load(path, DAYS, days(1))
    assert len(asked) == 3
    for config in asked:
        assert config["autoinstall_known_extensions"] is False
        assert config["autoload_known_extensions"] is False


@pytest.mark.parametrize("start", [b"day,views\n", b'[{"a": 1}]\n', b"PAR1" + bytes(40)])
def test_a_file_of_another_kind_is_refused_and_left_as_it_is(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(start)
    with pytest.raises(DestinationRefused, match="a file of another kind"):
        open_destination(f"duckdb:{path}").check()
    assert path.read_bytes() == start
