"""A table of a PostgreSQL server: what only servers can go through.  What all destinations owe is in the suite."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.cut_line import Moment, cut_line
from tests.postgres import Database
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations import counting
from dailymotion_reports.destinations.base import Address, Load, LoadReceipt
from dailymotion_reports.destinations.our_columns import CHANGES, COLUMNS, OUR_TABLES, RECEIPTS
from dailymotion_reports.destinations.postgres import PAUSES, Postgres
from dailymotion_reports.destinations.postgres_address import place_of
from dailymotion_reports.destinations.postgres_table import PostgresTable
from dailymotion_reports.destinations.replacement import Replacement
from dailymotion_reports.destinations.restating import Totals
from dailymotion_reports.errors import (
    DestinationRefused,
    DestinationUnavailable,
    DmrError,
    LoadError,
    UnreadableRow,
)
from dailymotion_reports.query.report import ReportRequest

pytestmark = pytest.mark.system("postgres")

NOW = datetime(2023, 8, 1, 12, tzinfo=UTC)
DAYS = request_for(["VIEWS"], ["DAY"])


@dataclass
class Loader:
    """Loads into one database, each load a second after the one before."""

    database: Database
    folder: Path
    number: int = 0
    slept: list[float] = field(default_factory=list)

    def opened(self, options: str = "", *, port: int = 0, name: str = "") -> Postgres:
        """The destination, on a line that may be another one than the server's own."""
        url = name or self.database.place.replace(f":{self.database.postgres.port}/", f":{port}/" if port else "@/")
        url = url.replace("@/", f":{self.database.postgres.port}/")
        place = place_of(Address.parse(f"{url}?{options}" if options else url))
        return Postgres(place, sleep=self.slept.append, chance=lambda: 0.5)

    def made(self, request: ReportRequest, *files: bytes, now: datetime | None = None) -> Load:
        self.number += 1
        rows = table_of(self.folder / f"files-{self.number}", request, *files)
        return Load(rows, request, "private", "an account", now or NOW + timedelta(seconds=self.number))

    def load(self, request: ReportRequest, *files: bytes, options: str = "", port: int = 0) -> LoadReceipt:
        return self.opened(options, port=port).load(self.made(request, *files))

    def views(self, table: str = "report") -> list[tuple[Any, ...]]:
        return self.database.ask(f'SELECT day, views FROM "{table}" ORDER BY day')

    @property
    def receipts(self) -> int:
        return int(self.database.ask(f"SELECT count(*) FROM {RECEIPTS}")[0][0])


@pytest.fixture
def loader(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """The password reaches it as libpq has it, in the environment."""
    monkeypatch.setenv("PGPASSWORD", database.postgres.password.reveal())
    return Loader(database, tmp_path)


def days(*views: int, first: int = 1) -> bytes:
    """A file with these views, one a day, from the day ``first`` of July on."""
    rows = (f"2023-07-{day:02d},{count}\n" for day, count in enumerate(views, first))
    return b"day,views\n" + "".join(rows).encode()


def july(*views: int, first: int = 1) -> list[tuple[date, int]]:
    return [(date(2023, 7, day), count) for day, count in enumerate(views, first)]


def fails(database: Database, code: str, times: int) -> None:
    """Have the server refuse the next receipts with an error of that code; a sequence outlives what is rolled back."""
    database.ask("CREATE SEQUENCE failed")
    database.ask(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF nextval('public.failed') <= {times} THEN RAISE EXCEPTION 'made to fail' USING ERRCODE = '{code}'; END IF; "
        "RETURN NULL; END $$"
    )
    database.ask(f"CREATE TRIGGER fail BEFORE INSERT ON {RECEIPTS} FOR EACH STATEMENT EXECUTE FUNCTION fail()")


def columns(database: Database, asked: str) -> list[tuple[Any, ...]]:
    """What the server says of each column of the table."""
    return database.ask(f"SELECT attname, {asked} FROM pg_attribute WHERE attnum > 0 AND attrelid = 'report'::regclass")


@pytest.mark.parametrize(
    ("by", "index"), [("DAY", "brin (day)"), ("DAY", "btree (account, day)"), ("HOUR", "brin (hour)")]
)
def test_a_window_is_found_by_an_index_where_there_is_one(
    by: str, index: str, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a small table the server reads all, unless it is told not to."""
    ask, plans = PostgresTable.ask, list[str]()

    def explained(table: PostgresTable, sql: str, values: Sequence[object] = ()) -> list[Any]:
        if sql.startswith('DELETE FROM "report"'):
            ask(table, "SET LOCAL enable_seqscan = off")
            plans.extend(line for (line,) in ask(table, f"EXPLAIN {sql}", values) if "Index Scan" in line)
        return ask(table, sql, values)

    request = request_for(["VIEWS"], [by])
    empty = f"{','.join(request.columns)}\n".encode()
    loader.load(request, empty)
    loader.database.ask(f"CREATE INDEX ON report USING {index}")
    monkeypatch.setattr(PostgresTable, "ask", explained)
    loader.load(request, empty)
    assert plans


def test_the_receipts_of_a_question_are_found_by_an_index_among_a_hundred_thousand(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, plans = PostgresTable.ask, list[str]()

    def explained(table: PostgresTable, sql: str, values: Sequence[object] = ()) -> list[Any]:
        if sql.startswith("SELECT") and f"FROM {RECEIPTS} WHERE table_name" in sql and "question IN" in sql:
            plans.extend(line for (line,) in ask(table, f"EXPLAIN {sql}", values) if "Scan" in line)
        return ask(table, sql, values)

    request = request_for(["VIEWS"], ["DAY"])
    loader.load(request, days(1, 2))
    loader.database.ask(
        f"INSERT INTO {RECEIPTS} SELECT table_name, md5(n::text), fingerprint, window_start, window_end, account "
        f"FROM {RECEIPTS}, generate_series(1, 100000) AS n"
    )
    loader.database.ask(f"ANALYZE {RECEIPTS}")
    monkeypatch.setattr(PostgresTable, "ask", explained)
    loader.load(request, days(1, 3))
    assert any(f"{RECEIPTS}_by_question" in line for line in plans), plans
    assert not any("Seq Scan" in line for line in plans), plans


def test_rows_arrive_with_the_declared_types_and_their_own_columns(loader: Loader) -> None:
    request = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY", "HOUR", "PLAYLIST_ID"])
    header = b"day,hour,playlist_id,views,estimated_earnings_eur\n"
    loader.load(request, header + b"2023-07-01,2023-07-01 05:00:00,00123,7,0.1234567890\n")
    assert dict(columns(loader.database, "format_type(atttypid, atttypmod)")) == {
        "day": "date",
        "hour": "timestamp without time zone",
        "playlist_id": "text",
        "views": "bigint",
        "estimated_earnings_eur": "numeric(38,10)",
        **dict.fromkeys(("product", "filters", "profile", "account", "question", "fingerprint"), "text"),
        **dict.fromkeys(("window_start", "window_end"), "date"),
        **dict.fromkeys(("asked_at", "loaded_at"), "timestamp without time zone"),
        "provisional": "boolean",
    }
    assert loader.database.ask("SELECT estimated_earnings_eur FROM report") == [(Decimal("0.1234567890"),)]


def test_every_load_leaves_its_receipt(loader: Loader) -> None:
    receipt = loader.load(DAYS, days(1, 2))
    moment = datetime.fromisoformat("2023-08-01T12:00:01")
    assert receipt == LoadReceipt(loader.database.place, "report", 2, DAYS.fingerprint, moment.replace(tzinfo=UTC))
    first, last = date(2023, 7, 1), date(2023, 7, 4)
    told = ("report", DAYS.shape, DAYS.fingerprint, first, last, "an account", 2, moment, moment, 0)
    sums = '{"2023-07-01":{"views":"1"},"2023-07-02":{"views":"2"}}'
    assert loader.database.ask(f"SELECT * FROM {RECEIPTS}") == [
        (*told, json.dumps(DAYS.as_dict()), '{"2023-07-01":1,"2023-07-02":1}', sums)
    ]


def test_columns_tell_what_they_are(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    told = dict(columns(loader.database, "col_description(attrelid, attnum)"))
    assert told["views"] == "Count of video views; views; may be added up"
    assert all(told.values())
    assert loader.database.ask(f"SELECT column_name, rule FROM {COLUMNS} ORDER BY place LIMIT 2") == [
        ("day", ""),
        ("views", "add"),
    ]


TEXTS = [
    "",
    " ",
    "?",
    "%s %% $1",
    'it\'s "said"',
    "a\\b\\n\\N\\.",
    "\\.",
    "a\n\\.\nb",
    "\r\n",
    "\r",
    "NULL",
    "é😀",
    "a,b;\tc",
    "(1,2)",
]


def test_TM14_whatever_a_title_holds_it_arrives_as_it_is(loader: Loader) -> None:
    request = request_for(["VIEWS"], ["VIDEO_TITLE", "DAY"])
    quoted = ('"' + text.replace('"', '""') + '"' for text in TEXTS)
    rows = "".join(f"{text},2023-07-01,{number if number % 2 else ''}\n" for number, text in enumerate(quoted))
    assert loader.load(request, f"video_title,day,views\n{rows}".encode()).rows == len(TEXTS)
    found = loader.database.ask("SELECT video_title, views FROM report")
    assert sorted(found, key=str) == sorted([(t, n if n % 2 else None) for n, t in enumerate(TEXTS)], key=str)


def test_a_null_byte_is_refused_with_its_line(loader: Loader) -> None:
    request = request_for(["VIEWS"], ["VIDEO_TITLE"])
    with pytest.raises(UnreadableRow, match=r"Line 3 .* null byte"):
        loader.load(request, b"video_title,views\nx,1\na\0b,2\n")


@pytest.mark.parametrize(
    "name", ['a"b', "a;DROP TABLE x;--", "my table", "select", "Été😀", "'", "a?b%s$1", "x" * 63, "Report"]
)
def test_TM14_awkward_names_of_tables_and_schemas_are_quoted(name: str, loader: Loader) -> None:
    written = name.replace('"', '""')
    loader.database.ask(f'CREATE SCHEMA "{written}"'.replace("%", "%%"))
    for count in (1, 2):
        receipt = loader.load(DAYS, days(count), options=f"table={quote(name)}&schema={quote(name)}")
    assert receipt.table == name
    sql = (
        "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s AND relkind = 'r'"
    )
    assert {one for (one,) in loader.database.ask(sql, name)} == {name, *OUR_TABLES}
    assert loader.database.ask(f'SELECT views FROM "{written}"."{written}"'.replace("%", "%%")) == [(2,)]
    assert loader.database.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


@pytest.mark.parametrize("moment", ["in COPY", "before COMMIT", "after COMMIT"])
@pytest.mark.row("W12")
@pytest.mark.row("W2")
def test_W12_a_connection_that_is_cut_is_made_anew_and_rows_are_there_once(moment: Moment, loader: Loader) -> None:
    request = request_for(["VIEWS"], ["DAY", "VIDEO_ID"])
    header = b"day,video_id,views\n"
    loader.load(request, header + b"2023-07-01,old,1\n")
    many = b"".join(b"2023-07-01,x%d,1\n" % number for number in range(20_000))
    with cut_line(loader.database.postgres.port, moment) as line:
        receipt = loader.load(request, header + many, port=line.own_port)
        assert (line.cuts, line.lines) == (1, 2)
    assert (receipt.rows, receipt.changed) == (20_000, 2)
    assert loader.database.ask("SELECT count(*) AS a, count(DISTINCT video_id) AS b, sum(views) AS c FROM report") == [
        (20_000,) * 3
    ]
    assert loader.receipts == 2, "what was committed and not heard of is not done a second time"
    assert loader.database.ask(f"SELECT count(*) FROM {CHANGES}") == [(2,)]
    assert loader.slept == [PAUSES[0]]


@pytest.mark.parametrize("moment", ["in COPY", "before COMMIT"])
@pytest.mark.row("W12")
def test_W12_a_connection_that_is_cut_again_and_again_is_unavailable_and_the_old_rows_stay(
    moment: Moment, loader: Loader
) -> None:
    loader.load(DAYS, days(1, 2))
    with cut_line(loader.database.postgres.port, moment, times=99) as line:
        line.copied = 2000
        with pytest.raises(DestinationUnavailable) as caught:
            loader.load(DAYS, days(10, 20), port=line.own_port)
        assert line.cuts == len(PAUSES) + 1
    assert caught.value.retry == "later"
    assert "load again" in caught.value.hint
    assert (loader.views(), loader.receipts, loader.slept) == (july(1, 2), 1, list(PAUSES))


def test_W2_a_commit_whose_reply_is_lost_every_time_was_done_once(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    with cut_line(loader.database.postgres.port, "after COMMIT", times=99) as line:
        receipt = loader.load(DAYS, days(10, 20), port=line.own_port)
        assert line.cuts == 1, "the second try ends without a COMMIT: it found the receipt"
    assert (receipt.rows, loader.views(), loader.receipts) == (2, july(10, 20), 2)


def test_W12_an_administrator_who_ends_connections_is_survived(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    loader.load(DAYS, days(1))
    whole = Replacement._loaded

    def cut(self: Replacement) -> Totals:
        monkeypatch.undo()
        monkeypatch.setenv("PGPASSWORD", loader.database.postgres.password.reveal())
        assert loader.database.cut() == 1
        return whole(self)

    monkeypatch.setattr(Replacement, "_loaded", cut)
    loader.load(DAYS, days(10, 20))
    assert (loader.views(), loader.receipts, len(loader.slept)) == (july(10, 20), 2, 1)


@pytest.mark.parametrize("code", ["40P01", "40001", "57P01"])
@pytest.mark.row("W20")
def test_W20_who_stands_in_anothers_way_tries_again(code: str, loader: Loader) -> None:
    loader.load(DAYS, days(1))
    fails(loader.database, code, times=2)
    loader.load(DAYS, days(10, 20))
    assert (loader.views(), loader.receipts, loader.slept) == (july(10, 20), 2, list(PAUSES[:2]))


def test_W20_it_is_tried_a_bounded_number_of_times(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    fails(loader.database, "40P01", times=99)
    with pytest.raises(DestinationUnavailable, match="made to fail"):
        loader.load(DAYS, days(10, 20))
    assert (loader.views(), loader.receipts, loader.slept) == (july(1), 1, list(PAUSES))


@pytest.mark.parametrize(("code", "kind"), [("53100", DestinationUnavailable), ("22003", DestinationRefused)])
def test_W5_what_the_server_has_no_room_for_leaves_the_old_rows_and_the_next_load_goes_on(
    code: str, kind: type[LoadError], loader: Loader
) -> None:
    loader.load(DAYS, days(1))
    fails(loader.database, code, times=1)
    with pytest.raises(kind, match="made to fail") as caught:
        loader.load(DAYS, days(10, 20))
    assert "unchanged" in caught.value.hint
    assert (loader.views(), loader.receipts, loader.slept) == (july(1), 1, [])
    loader.load(DAYS, days(10, 20))
    assert (loader.views(), loader.receipts) == (july(10, 20), 2)


ONE = b"day,video_id,views\n2023-07-01,x0,1\n"
MANY = b"day,video_id,views\n" + b"".join(b"2023-07-01,x%d,1\n" % number for number in range(100_000))


def test_W5_a_server_that_refuses_a_row_in_the_middle_is_heard_at_once(loader: Loader) -> None:
    request = request_for(["VIEWS"], ["DAY", "VIDEO_ID"])
    loader.load(request, ONE)
    loader.database.ask("ALTER TABLE report ADD CHECK (video_id <> 'x50000')")
    with pytest.raises(DestinationRefused, match="violates check constraint"):
        loader.load(request, MANY)
    assert "rows as CSV" not in [one.name for one in threading.enumerate()]
    assert loader.database.ask("SELECT video_id FROM report") == [("x0",)]


def test_who_is_interrupted_in_the_middle_leaves_the_old_rows_and_nobody_at_work(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_for(["VIEWS"], ["DAY", "VIDEO_ID"])
    loader.load(request, ONE)
    read, pieces = os.read, list[int]()

    def interrupted(descriptor: int, size: int) -> bytes:
        pieces.append(descriptor)
        if len(pieces) == 3:
            raise KeyboardInterrupt
        return read(descriptor, 4096)

    with monkeypatch.context() as patch:
        patch.setattr(os, "read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            loader.load(request, MANY)
    assert "rows as CSV" not in [one.name for one in threading.enumerate()]
    assert loader.database.ask("SELECT video_id FROM report") == [("x0",)]


class Broken(Exception):
    """Stands for anything that goes wrong between the rows and the receipt."""


@pytest.mark.parametrize("step", ["_delete", "_loaded", "_keep_history", "_record"])
def test_W5_a_failure_in_between_leaves_the_old_rows_and_no_receipt(
    step: str, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader.load(DAYS, days(1, 2))
    whole = getattr(Replacement, step)

    def broken(*arguments: Any, **named: Any) -> None:
        whole(*arguments, **named)
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(Replacement, step, broken)
        with pytest.raises(Broken):
            loader.load(DAYS, days(10, 20))
    assert (loader.views(), loader.receipts) == (july(1, 2), 1)
    loader.load(DAYS, days(10, 20))
    assert (loader.views(), loader.receipts) == (july(10, 20), 2)


def test_a_reader_sees_the_old_rows_until_the_new_ones_are_all_there_and_never_waits(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader.load(DAYS, days(1, 2, 3))
    seen = []
    for step in ("_delete", "_loaded", "_keep_history", "_record"):
        whole = getattr(Replacement, step)

        def looked(*arguments: Any, whole: Callable[..., Any] = whole, **named: Any) -> Any:
            done = whole(*arguments, **named)
            seen.append(loader.views())
            return done

        monkeypatch.setattr(Replacement, step, looked)
    loader.load(DAYS, days(10, 20))
    assert seen == [july(1, 2, 3)] * 4
    assert loader.views() == july(10, 20)


def at_once(*works: Callable[[], object]) -> list[object]:
    """What comes of works that begin together, each in a thread of its own: what it returns, or its error."""
    came: list[object] = []
    together = threading.Barrier(len(works))

    def one(work: Callable[[], object]) -> None:
        together.wait()
        try:
            came.append(work())
        except DmrError as error:
            came.append(error)

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_W20_two_that_load_the_same_window_at_once_leave_one_answer_whole(loader: Loader) -> None:
    loads = [loader.made(DAYS, days(*[number] * 4)) for number in range(1, 5)]
    came = at_once(*(lambda load=load: loader.opened().load(load) for load in loads))
    assert all(isinstance(one, LoadReceipt) for one in came), came
    assert loader.views() == july(4, 4, 4, 4), "the newest by when it was asked for, whoever came last"
    assert (loader.receipts, loader.slept) == (4, [])


def test_W20_two_that_make_their_tables_and_ours_at_once_both_get_through(loader: Loader) -> None:
    loads = [loader.made(DAYS, days(number)) for number in range(4)]
    came = at_once(*(lambda n=n, load=load: loader.opened(f"table=t{n}").load(load) for n, load in enumerate(loads)))
    assert all(isinstance(one, LoadReceipt) for one in came), came
    assert [loader.views(f"t{number}") for number in range(4)] == [july(number) for number in range(4)]


def test_W20_who_waits_too_long_for_a_lock_is_told_what_to_do(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    with loader.database.server.connect() as other, other.transaction():
        other.execute("LOCK TABLE report IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DestinationUnavailable, match="in use by others") as caught:
            loader.load(DAYS, days(2), options="wait=0")
    assert "wait=SECONDS" in caught.value.hint
    assert loader.views() == july(1)


def test_W13_a_wider_type_widens_the_column_and_nothing_is_lost(loader: Loader) -> None:
    loader.load(DAYS, days(1, 2))
    loader.database.ask("ALTER TABLE report ALTER COLUMN views TYPE integer")
    loader.load(request_for(["VIEWS"], ["DAY"], start="2023-07-03", end="2023-07-03"), days(5_000_000_000, first=3))
    assert loader.views() == july(1, 2, 5_000_000_000)
    money = request_for(["ESTIMATED_EARNINGS_EUR"], ["DAY"])
    loader.load(money, b"day,estimated_earnings_eur\n2023-07-01,1\n", options="table=money")
    loader.database.ask("ALTER TABLE money ALTER COLUMN estimated_earnings_eur TYPE bigint")
    loader.load(money, b"day,estimated_earnings_eur\n2023-07-01,0.000001\n", options="table=money")
    assert loader.database.ask("SELECT estimated_earnings_eur FROM money") == [(Decimal("0.000001"),)]


def test_W13_a_column_that_holds_more_than_is_asked_stays_as_it_is(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    loader.database.ask("ALTER TABLE report ALTER COLUMN views TYPE numeric, ALTER COLUMN filters TYPE varchar")
    loader.load(DAYS, days(2))
    assert loader.views() == july(2)


@pytest.mark.parametrize(
    "made", ["answer integer", "day date, views smallint", "day text, views text"], ids=["other", "small", "text"]
)
def test_W13_a_table_of_another_hand_with_other_columns_is_left_alone(made: str, loader: Loader) -> None:
    loader.database.ask(f"CREATE TABLE report ({made})")
    with pytest.raises(DestinationRefused, match="has other columns"):
        loader.load(DAYS, days(1))
    assert loader.database.ask("SELECT * FROM report") == []
    assert loader.database.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("report",)]


def test_the_remedy_against_other_columns_works(loader: Loader) -> None:
    loader.load(DAYS, days(1), options="sslmode=prefer")
    other = request_for(["UPLOADS"], ["DAY"])
    with pytest.raises(DestinationRefused) as caught:
        loader.load(other, b"day,uploads\n2023-07-01,5\n", options="sslmode=prefer")
    url = caught.value.hint.rpartition(" ")[2].rstrip(".").replace("NAME", "uploads")
    loader.opened(name=url).load(loader.made(other, b"day,uploads\n2023-07-01,5\n"))
    assert loader.database.ask("SELECT uploads FROM uploads") == [(5,)]


def test_W16_a_column_that_the_user_has_added_stays_and_what_he_dropped_comes_again(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    loader.database.ask("ALTER TABLE report ADD COLUMN note text DEFAULT 'mine'")
    loader.load(request_for(["VIEWS"], ["DAY"], start="2023-07-02", end="2023-07-02"), days(2, first=2))
    assert loader.database.ask("SELECT views, note FROM report ORDER BY day") == [(1, "mine"), (2, "mine")]
    loader.database.ask("ALTER TABLE report DROP COLUMN views, DROP COLUMN product")
    loader.load(DAYS, days(3, 4))
    assert loader.views() == july(3, 4)
    for table in ("report", *OUR_TABLES):
        loader.database.ask(f"DROP TABLE {table}")
        loader.load(DAYS, days(5, 6))
        assert loader.views() == july(5, 6), table


def test_W16_a_dimension_that_the_user_dropped_is_refused(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    loader.database.ask("ALTER TABLE report DROP COLUMN day")
    with pytest.raises(DestinationRefused, match="lacks day"):
        loader.load(DAYS, days(2))


def test_a_view_is_no_table_to_load_into(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    loader.database.ask("ALTER TABLE report RENAME TO other")
    loader.database.ask("CREATE VIEW report AS SELECT * FROM other")
    with pytest.raises(DestinationRefused, match="report is no table"):
        loader.opened().check()
    with pytest.raises(DestinationRefused):
        loader.load(DAYS, days(2))
    assert loader.views("other") == july(1)


def test_a_table_of_the_same_name_in_another_schema_is_another_table(loader: Loader) -> None:
    loader.database.ask("CREATE SCHEMA mine")
    loader.database.ask("CREATE TABLE mine.report (z integer)")
    loader.load(DAYS, days(1))
    assert loader.views() == july(1)
    with pytest.raises(DestinationRefused, match="holds z"):
        loader.load(DAYS, days(1), options="schema=mine")


@contextmanager
def role(database: Database, *grants: str) -> Iterator[str]:
    """A role with some rights; its address.  It has the same password as everybody."""
    name = f"role_{database.name}"
    with database.server.connect() as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{database.postgres.password.reveal()}'".encode())
        for grant in grants:
            connection.execute(f"GRANT {grant} TO {name}".encode())
    yield database.place.replace("dmr@", f"{name}@")
    database.ask(f"DROP OWNED BY {name}")
    database.ask(f"DROP ROLE {name}")


def test_a_role_that_may_not_write_is_refused_before_anything_is_asked(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    with role(loader.database, "SELECT ON report") as url:
        with pytest.raises(DestinationRefused, match="may not select, insert and delete in report") as caught:
            loader.opened(name=url).check()
        assert "GRANT" in caught.value.hint
        with pytest.raises(DestinationRefused, match="permission denied"):
            loader.opened(name=url).load(loader.made(DAYS, days(2)))
        with pytest.raises(DestinationRefused, match="no table other, and this role may not create it"):
            loader.opened(name=f"{url}?table=other").check()
    assert loader.views() == july(1)


def test_a_role_that_may_do_no_more_than_is_needed_loads(loader: Loader) -> None:
    loader.load(DAYS, days(1))
    names = ", ".join(("report", *OUR_TABLES))
    with role(loader.database, f"SELECT, INSERT, DELETE ON {names}") as url:
        loader.opened(name=url).check()
        loader.opened(name=url).load(loader.made(DAYS, days(2)))
    assert loader.views() == july(2)


def test_a_schema_that_is_not_there_is_refused_and_not_made(loader: Loader) -> None:
    destination, told = loader.opened("schema=nowhere"), "no schema nowhere that this role may use"
    with pytest.raises(DestinationRefused, match=told):
        destination.check()
    with pytest.raises(DestinationRefused, match=told):
        destination.load(loader.made(DAYS, days(1)))
    assert loader.database.ask("SELECT nspname FROM pg_namespace WHERE nspname = 'nowhere'") == []


def test_what_stands_in_the_way_is_found_before_anything_is_asked(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader.opened().check()
    assert loader.database.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
    place = loader.database.place
    for url, told, mended in (
        (f"{place}nowhere", "does not exist", "createdb"),
        (place.replace("dmr@", "nobody@"), "authentication failed", "PGPASSWORD"),
        (f"{place}?sslmode=require", "SSL", "sslmode"),
        (f"{place}?sslmode=perhaps", "sslmode", "libpq"),
        (f"{place}?service=nowhere", "service", "service"),
    ):
        with pytest.raises(DestinationRefused, match=told) as caught:
            loader.opened(name=url).check()
        assert mended in caught.value.hint, (url, caught.value.message, caught.value.hint)
        assert caught.value.destination in caught.value.message
    monkeypatch.setenv("PGPASSWORD", "wrong-password")
    with pytest.raises(DestinationRefused, match="password authentication failed") as refused:
        loader.opened().load(loader.made(DAYS, days(1)))
    assert "PGPASSWORD" in refused.value.hint
    assert "wrong-password" not in f"{refused.value.message} {refused.value.hint}"
    assert loader.slept == []


def test_a_server_that_does_not_listen_is_unavailable(loader: Loader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = int(closed_soon.getsockname()[1])
    with pytest.raises(DestinationUnavailable, match="cannot be connected to") as caught:
        loader.opened(port=port).check()
    assert caught.value.retry == "later"
    with pytest.raises(DestinationUnavailable):
        loader.opened(port=port).load(loader.made(DAYS, days(1)))
    assert loader.slept == list(PAUSES)


def test_a_database_that_takes_no_writes_is_refused(loader: Loader) -> None:
    loader.database.ask(f"ALTER DATABASE {loader.database.name} SET default_transaction_read_only = on")
    with pytest.raises(DestinationRefused, match="takes no writes"):
        loader.opened().check()


def test_settings_of_the_database_change_nothing(loader: Loader) -> None:
    for setting in ("timezone = 'Asia/Tokyo'", "datestyle = 'German, DMY'", "search_path = 'pg_temp'"):
        loader.database.ask(f"ALTER DATABASE {loader.database.name} SET {setting}")
    request = request_for(["VIEWS"], ["HOUR"])
    for _ in range(2):
        loader.load(request, b"hour,views\n2023-07-03 23:00:00,1\n")
    found = loader.database.ask("SELECT hour, views FROM public.report")
    assert found == [(datetime.fromisoformat("2023-07-03T23:00"), 1)]


@pytest.mark.parametrize("rows", [0, 1, 5000])
def test_rows_of_any_number_are_counted(rows: int, loader: Loader) -> None:
    request = request_for(["VIEWS"], ["DAY", "VIDEO_ID"])
    text = "".join(f"2023-07-01,x{number},1\n" for number in range(rows))
    assert loader.load(request, f"day,video_id,views\n{text}".encode()).rows == rows
    assert loader.database.ask("SELECT count(*) FROM report") == [(rows,)]


def test_totals_that_were_counted_beside_a_load_are_not_asked_of_the_server(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LEAST_BYTES", 0)
    asked: list[str] = []
    ask = PostgresTable.ask

    def heard(self: PostgresTable, sql: str, values: Sequence[object] = ()) -> list[Any]:
        asked.append(sql)
        return ask(self, sql, values)

    monkeypatch.setattr(PostgresTable, "ask", heard)
    for views in (b"5", b"7"):
        receipt = loader.load(DAYS, b"day,views\n2023-07-01," + views + b"\n")
    assert [(one.before, one.after) for one in receipt.changes] == [(Decimal(5), Decimal(7))]
    assert not any("GROUP BY" in one for one in asked), "what was there before a load is in its receipt"


def test_totals_of_other_rows_than_were_loaded_are_not_believed(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LEAST_BYTES", 0)
    counted = [(date(2023, 7, 1), 2, 999)]
    monkeypatch.setattr(PostgresTable, "counting", lambda *_: nullcontext(lambda: counted))
    for views in (b"5", b"7"):
        receipt = loader.load(DAYS, b"day,views\n2023-07-01," + views + b"\n")
    assert [(one.before, one.after) for one in receipt.changes] == [(Decimal(5), Decimal(7))]
