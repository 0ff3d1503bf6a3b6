"""A SQLite file: money stays exact, a reader never sees half, and nobody else's file is touched."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Load, LoadReceipt
from dailymotion_reports.destinations.our_columns import RECEIPTS
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.destinations.replacement import Replacement
from dailymotion_reports.destinations.sqlite_table import ExactSum, SQLiteTable
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, UnreadableRow, UsageError
from dailymotion_reports.query.report import ReportRequest

NOW = datetime(2023, 8, 1, 12, 0, 0, tzinfo=UTC)
EARLIER = datetime(2023, 7, 20, tzinfo=UTC)
DAYS = request_for(["VIEWS"], ["DAY"])
MONEY = request_for(["ESTIMATED_EARNINGS_EUR"], ["DAY"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my.sqlite"


def days(*figures: object) -> bytes:
    """Rows of July 2023, one a day."""
    return "".join(f"2023-07-{day:02d},{figure}\n" for day, figure in enumerate(figures, 1)).encode()


def load(
    path: Path, request: ReportRequest, rows: bytes, *, options: str = "", asked: datetime | None = None
) -> LoadReceipt:
    names = ",".join(name.lower() for name in (*request.dimensions, *request.metrics))
    number = sum(1 for _ in path.parent.iterdir())
    table = table_of(path.parent / f"files-{number}", request, f"{names}\n".encode() + rows)
    destination = open_destination(f"sqlite:{path}{options}")
    return destination.load(Load(table, request, "private", "account", NOW, asked))


def ask(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as opened:
        return opened.execute(sql, values).fetchall()


def run(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as opened:
        opened.executescript(sql)


def views(path: Path, table: str = "report") -> list[int]:
    return [count for (count,) in ask(path, f'SELECT views FROM "{table}" ORDER BY day')]


def test_money_is_text_with_every_digit_and_never_a_binary_fraction(path: Path) -> None:
    load(path, MONEY, days("0.1", "0.1234567890", "-12", ""))
    found = ask(path, "SELECT estimated_earnings_eur, typeof(estimated_earnings_eur) FROM report ORDER BY day")
    assert found == [("0.1", "text"), ("0.123456789", "text"), ("-12", "text"), (None, "null")]


def test_the_view_beside_a_table_adds_money_up_exactly(path: Path) -> None:
    load(path, MONEY, days("0.1", "0.2", "-0.0000000001", "99999999.9999999999"))
    sql = "SELECT sum(estimated_earnings_eur_e10), typeof(sum(estimated_earnings_eur_e10)) FROM report_exact"
    assert ask(path, sql) == [(10**18 + 3 * 10**9 - 2, "integer")]
    assert ask(path, "SELECT sum(estimated_earnings_eur) FROM report") != [("100000000.2999999998",)]


def test_a_number_that_does_not_fit_the_view_is_an_error_and_not_another_number(path: Path) -> None:
    load(path, MONEY, days("99999999999"))
    with pytest.raises(sqlite3.OperationalError, match="overflow"):
        ask(path, "SELECT estimated_earnings_eur_e10 FROM report_exact")


def test_totals_that_were_restated_are_exact(path: Path) -> None:
    by = request_for(["ESTIMATED_EARNINGS_EUR"], ["DAY", "VIDEO_ID"])
    cents = "".join(f"2023-07-01,v{n},0.1\n" for n in range(10)).encode()
    load(path, by, cents, asked=EARLIER)
    assert load(path, by, cents).changed == 0
    assert load(path, by, cents.replace(b"v3,0.1\n", b"v3,0.1000000001\n")).changed == 1
    assert ask(path, 'SELECT "before", "after" FROM _dmr_changes') == [("1", "1.0000000001")]


@given(st.lists(st.decimals(-(10**9), 10**9, places=10), min_size=1))
def test_a_sum_is_what_integers_make_of_it(numbers: list[Decimal]) -> None:
    total = ExactSum()
    for number in numbers:
        total.step(f"{number:f}")
    assert Decimal(total.finalize() or "") * 10**10 == sum(int(number * 10**10) for number in numbers)


def test_a_view_of_that_name_that_is_the_users_stays(path: Path) -> None:
    run(path, "CREATE TABLE report_exact AS SELECT 42 AS answer")
    load(path, MONEY, days("0.1"))
    assert ask(path, "SELECT * FROM report_exact") == [(42,)]


def test_a_column_that_comes_later_is_in_the_view_too(path: Path) -> None:
    load(path, DAYS, days(1))
    both = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY"])
    load(path, both, b"2023-07-01,1,0.5\n")
    assert ask(path, "SELECT views, estimated_earnings_eur_e10 FROM report_exact") == [(1, 5 * 10**9)]


def test_W13_a_column_that_would_make_fractions_of_money_is_refused(path: Path) -> None:
    load(path, MONEY, days("0.1"))
    run(path, "ALTER TABLE report RENAME COLUMN estimated_earnings_eur TO x")
    run(path, "ALTER TABLE report ADD COLUMN estimated_earnings_eur REAL; ALTER TABLE report DROP COLUMN x")
    with pytest.raises(DestinationRefused, match="another type for estimated_earnings_eur"):
        load(path, MONEY, days("0.2"))


def test_W13_wider_names_of_the_same_kind_are_taken_as_they_are(path: Path) -> None:
    load(path, DAYS, days(1))
    sql = ask(path, "SELECT sql FROM sqlite_master WHERE name = 'report'")[0][0]
    run(path, f"DROP TABLE report; {sql.replace('INTEGER', 'BIGINT')}")
    load(path, DAYS, days(5_000_000_000))
    assert views(path) == [5_000_000_000]


def test_W16_a_table_that_was_dropped_comes_again_and_a_column_of_the_users_stays(path: Path) -> None:
    load(path, DAYS, days(1))
    run(path, "ALTER TABLE report ADD COLUMN note TEXT; UPDATE report SET note = 'mine'")
    load(path, request_for(["VIEWS"], ["DAY"], start="2023-07-02", end="2023-07-02"), b"2023-07-02,2\n")
    assert ask(path, "SELECT views, note FROM report ORDER BY day") == [(1, "mine"), (2, None)]
    run(path, "DROP TABLE report")
    load(path, DAYS, days(1, 2))
    assert views(path) == [1, 2]


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
    assert (views(path), ask(path, "SELECT count(*) FROM _dmr_loads")) == ([1, 2], [(1,)])
    monkeypatch.undo()
    load(path, DAYS, days(10, 20))
    assert (views(path), ask(path, "SELECT count(*) FROM _dmr_loads")) == ([10, 20], [(2,)])


def test_W5_a_full_disk_is_unavailable_and_leaves_the_old_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(path, DAYS, days(1))
    pages = ask(path, "PRAGMA page_count")[0][0]
    begin = SQLiteTable.begin

    def full(self: SQLiteTable) -> None:
        self.ask(f"PRAGMA max_page_count = {pages}")
        begin(self)

    monkeypatch.setattr(SQLiteTable, "begin", full)
    many = request_for(["VIEWS"], ["DAY", "VIDEO_ID"])
    rows = "".join(f"2023-07-01,v{n},{n}\n" for n in range(2000)).encode()
    with pytest.raises(DestinationUnavailable, match="full"):
        load(path, many, rows, options="?table=other")
    monkeypatch.undo()
    assert views(path) == [1]
    load(path, many, rows, options="?table=other")
    assert len(views(path, "other")) == 2000


def test_X5_a_row_that_cannot_be_read_leaves_the_old_rows_and_names_line_and_file(path: Path) -> None:
    load(path, DAYS, days(1))
    with pytest.raises(UnreadableRow, match=r"Line 3 of report_1\.csv"):
        load(path, DAYS, days(10, "x"))
    assert views(path) == [1]


def test_W7_what_is_acknowledged_was_synced_with_its_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback journal that comes back after a power cut would undo the load: EXTRA syncs its removal too."""
    seen: list[int] = []
    commit = SQLiteTable.commit

    def looked(self: SQLiteTable) -> None:
        seen.append(self.ask("PRAGMA synchronous")[0][0])
        commit(self)

    monkeypatch.setattr(SQLiteTable, "commit", looked)
    load(path, DAYS, days(1))
    assert seen == [3]
    assert ask(path, "PRAGMA journal_mode") == [("delete",)]
    assert sorted(one.name for one in path.parent.iterdir() if one.is_file()) == ["my.sqlite"]


def test_a_file_with_a_write_ahead_log_keeps_it(path: Path) -> None:
    run(path, "PRAGMA journal_mode = WAL; CREATE TABLE mine AS SELECT 1 AS a")
    load(path, DAYS, days(1))
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]
    assert ask(path, "SELECT a FROM mine") == [(1,)]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_reader_sees_what_was_before_or_after_and_never_half(
    mode: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(path, DAYS, days(1, 2))
    run(path, f"PRAGMA journal_mode = {mode}")
    seen: list[list[int]] = []
    record = Replacement._record

    def looked(self: Replacement, rows: int, **more: Any) -> None:
        seen.append(views(path))
        record(self, rows, **more)

    monkeypatch.setattr(Replacement, "_record", looked)
    load(path, DAYS, days(10, 20))
    assert (seen, views(path)) == ([[1, 2]], [10, 20])


def test_W9_a_file_that_another_program_writes_to_is_waited_for_and_then_unavailable(path: Path) -> None:
    load(path, DAYS, days(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DestinationUnavailable, match="in use by another program") as caught:
            load(path, DAYS, days(2), options="?wait=0")
    assert (caught.value.retry, caught.value.destination) == ("later", f"sqlite:{path}")
    assert "Close the program" in caught.value.hint
    assert views(path) == [1]
    load(path, DAYS, days(2), options="?wait=0")
    assert views(path) == [2]


@pytest.mark.parametrize("content", [b"hello", b"day,views\n" * 900, b"SQLite format 2\0" + b"\0" * 4096, b"PK" * 2000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    for act in (lambda: open_destination(f"sqlite:{path}").check(), lambda: load(path, DAYS, days(1))):
        with pytest.raises(DestinationRefused) as caught:
            act()
        assert "Nothing was changed" in caught.value.hint
    assert path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir() if one.is_file()] == ["my.sqlite"]


def test_a_database_that_is_damaged_is_refused_and_left_as_it_is(path: Path) -> None:
    content = b"SQLite format 3\0" + b"\xff" * 8000
    path.write_bytes(content)
    with pytest.raises(DestinationRefused, match="cannot be opened"):
        open_destination(f"sqlite:{path}").check()
    assert path.read_bytes() == content


def test_the_receipts_of_a_question_are_found_by_an_index(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, plans = SQLiteTable.ask, list[str]()

    def explained(table: SQLiteTable, sql: str, values: Sequence[object] = ()) -> list[Any]:
        if sql.startswith("SELECT") and f"FROM {RECEIPTS} WHERE table_name" in sql and "question IN" in sql:
            plans.extend(str(row[3]) for row in asked(table, f"EXPLAIN QUERY PLAN {sql}", values))
        return asked(table, sql, values)

    load(path, DAYS, days(1))
    monkeypatch.setattr(SQLiteTable, "ask", explained)
    load(path, DAYS, days(2))
    assert plans == [f"SEARCH {RECEIPTS} USING INDEX {RECEIPTS}_by_question (question=? AND account=?)"]


def test_a_folder_is_no_database(path: Path) -> None:
    path.mkdir()
    with pytest.raises(DestinationUnavailable):
        load(path, DAYS, days(1))
    assert [one for one in path.iterdir() if one.is_file()] == []


def test_TM24_a_new_file_and_what_stands_beside_it_are_their_owners_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: dict[str, int] = {}
    commit = SQLiteTable.commit

    def looked(self: SQLiteTable) -> None:
        modes.update({one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.glob("my.sqlite*")})
        commit(self)

    monkeypatch.setattr(SQLiteTable, "commit", looked)
    before = os.umask(0)
    try:
        load(path, DAYS, days(1))
    finally:
        os.umask(before)
    assert modes == {"my.sqlite": 0o600, "my.sqlite-journal": 0o600}


def test_W8_a_first_creation_that_was_killed_is_no_obstacle(path: Path) -> None:
    path.touch()
    open_destination(f"sqlite:{path}").check()
    load(path, DAYS, days(1))
    assert views(path) == [1]


KILLED = """
import sys
from pathlib import Path
from tests.unit.destinations import test_sqlite as kit
from dailymotion_reports.destinations.replacement import Replacement
def stopped(*arguments, **named):
    print("here", flush=True)
    sys.stdin.read()
Replacement._record = stopped
kit.load(Path(sys.argv[1]), kit.DAYS, kit.days(*range(10, 14)))
"""


@pytest.mark.parametrize("there", [True, False])
def test_W8_a_load_that_is_killed_leaves_what_was_before(there: bool, path: Path) -> None:
    if there:
        load(path, DAYS, days(1, 2))
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    if there:
        assert views(path) == [1, 2]
    load(path, DAYS, days(3))
    assert views(path) == [3]
    assert ask(path, "SELECT count(*) FROM _dmr_loads") == [(1 + there,)]


@pytest.mark.parametrize("name", ['a"b', "a;DROP TABLE x;--", "my table", "select", "Été😀", "'", "x" * 300])
def test_TM14_awkward_table_names_are_quoted(name: str, path: Path) -> None:
    for count in (1, 2):
        assert load(path, DAYS, days(count), options=f"?table={quote(name)}").table == name
    tables = ask(path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_dmr\\_%' ESCAPE '\\'")
    assert tables == [(name,)]
    assert views(path, name.replace('"', '""')) == [2]


def test_a_table_is_found_again_whatever_its_case(path: Path) -> None:
    load(path, DAYS, days(1), options="?table=Views")
    load(path, DAYS, days(2), options="?table=views")
    assert views(path, "views") == [2]


@pytest.mark.parametrize("name", ["_dmr_loads", "_DMR_x", "sqlite_master", ""])
def test_names_that_are_ours_or_sqlites_are_refused(name: str, path: Path) -> None:
    with pytest.raises(UsageError):
        open_destination(f"sqlite:{path}?table={name}")
    with pytest.raises(UsageError, match="is no file"):
        open_destination("sqlite::memory:")


def test_a_view_is_no_table_to_load_into(path: Path) -> None:
    run(path, "CREATE VIEW report AS SELECT 1 AS a")
    with pytest.raises(DestinationRefused):
        load(path, DAYS, days(1))


def test_rows_pass_in_batches_and_not_all_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dailymotion_reports.destinations import sqlite_table

    most: list[int] = []
    whole = sqlite_table._batches

    def counted(rows: Any) -> Any:
        class Watched:
            def fetchmany(self, size: int) -> Any:
                most.append(size)
                return rows.fetchmany(size)

        return whole(Watched())

    monkeypatch.setattr(sqlite_table, "_batches", counted)
    many = request_for(["VIEWS"], ["DAY", "VIDEO_ID"])
    load(path, many, "".join(f"2023-07-01,v{n},{n}\n" for n in range(20_000)).encode())
    assert ask(path, "SELECT count(*), sum(views) FROM report") == [(20_000, sum(range(20_000)))]
    assert set(most) == {2048}
