"""SQL on what was loaded: which database is meant, what an answer is, and that no statement does anything."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DataError, DestinationRefused, DestinationUnavailable, InvalidSql, UsageError
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.workspace.sql import asked, database_for

NOW = datetime(2023, 8, 1, 12, 0, 0, tzinfo=UTC)
CANARY = "the canary sings"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    request = request_for(["NB_IMPRESSION", "SELLABLE_INVENTORY", "AD_REVENUE_EUR"], ["DAY", "VIDEO_TITLE"])
    rows = "".join(f"2023-07-0{day},t{day},{day},{day * 3},0.{day:06}\n" for day in range(1, 5))
    names = "day,video_title,nb_impression,sellable_inventory,ad_revenue_eur\n"
    table = table_of(folder / "files", request, (names + rows).encode())
    path = folder / "my.duckdb"
    open_destination(f"duckdb:{path}").load(Load(table, request, "private", "account", NOW))
    return path


@pytest.fixture
def database(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(loaded, tmp_path / "my.duckdb"))


def ask(database: Path | None, sql: str, *, other_files: bool = False) -> list[tuple[Any, ...]]:
    with asked(sql, database, other_files=other_files) as answer:
        return list(answer.iter_rows())


def test_rows_of_a_load_are_asked_by_the_names_of_their_columns(database: Path) -> None:
    sql = "SELECT sum(nb_impression) AS n, sum(ad_revenue_eur) AS eur, max(day) FROM report"
    assert ask(database, sql) == [(10, Decimal("0.000010"), datetime(2023, 7, 4).date())]  # noqa: DTZ001


def test_sums_of_counts_are_exact_and_whole_beyond_64_bits() -> None:
    rows = ask(None, "SELECT sum(n) AS n FROM (VALUES (9223372036854775807), (9223372036854775807)) AS t(n)")
    assert rows == [(18446744073709551614,)]
    assert type(rows[0][0]) is int


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT true", True),
        ("SELECT CAST(0.5 AS DOUBLE)", 0.5),
        ("SELECT CAST(1.25 AS DECIMAL(38, 10))", Decimal("1.25")),
        ("SELECT CAST(7 AS DECIMAL(38, 0))", 7),
        ("SELECT [1, 2]", "[1, 2]"),
        ("SELECT {'a': 1}", "{'a': 1}"),
        ("SELECT INTERVAL '1' DAY", "1 day"),
        ("SELECT TIMESTAMPTZ '2023-07-01 02:00:00+02:00'", datetime(2023, 7, 1)),  # noqa: DTZ001
        ("SELECT NULL", None),
        ("SELECT 'NA'", "NA"),
        ("SELECT ''", ""),
        ("SELECT 1; -- é;", 1),
        ("SELECT ';' ; ; /* ; */", ";"),
        ("VALUES (3)", 3),
    ],
)
def test_a_value_is_what_every_output_can_hold(sql: str, value: object) -> None:
    assert ask(None, sql) == [(value,)]


def test_two_columns_of_one_name_are_told_apart() -> None:
    with asked('SELECT 1 AS a, 2 AS "A", 3 AS a_1, 4 AS b', None) as answer:
        assert answer.columns == ("a", "A_1", "a_1_1", "b")
        assert list(answer.iter_rows()) == [(1, 2, 3, 4)]


def test_rows_keep_the_order_that_was_asked_for(database: Path) -> None:
    assert ask(database, "SELECT nb_impression FROM report ORDER BY day DESC") == [(4,), (3,), (2,), (1,)]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet", "xlsx"])
def test_an_answer_goes_into_every_format(form: Any, database: Path, tmp_path: Path) -> None:
    sql = "SELECT day, nb_impression > 2 AS many, nb_impression / 3 AS part, ad_revenue_eur FROM report ORDER BY day"
    with asked(sql, database) as answer:
        written = answer.write(tmp_path / f"x.{form}")
    assert written.stat().st_size > 0
    if form == "csv":
        assert written.read_text().splitlines()[:2] == [
            "day,many,part,ad_revenue_eur",
            "2023-07-01,false,0.3333333333333333,0.000001",
        ]
    if form == "jsonl":
        assert written.read_text().splitlines()[2] == (
            '{"day": "2023-07-03", "many": true, "part": 1.0, "ad_revenue_eur": "0.000003"}'
        )


def test_what_is_ours_and_the_catalogue_are_tables_to_be_asked(database: Path) -> None:
    assert ask(database, "SELECT table_name, row_count FROM dmr_loads") == [("report", 4)]
    assert ask(database, "SELECT count(*) FROM dmr_changes") == [(0,)]
    assert ask(database, "SELECT rule FROM dmr_columns WHERE column_name = 'nb_impression'") == [("add",)]
    metrics = load_catalog().metrics
    told = ask(None, "SELECT name, meaning, unit, rule, formula FROM catalog_metrics")
    assert told == [(one.name, one.meaning, one.unit, one.rule, one.formula) for one in metrics.values()]
    dimensions = ask(None, "SELECT name, fans_out FROM catalog_dimensions")
    assert dimensions == [(one.name, one.fans_out) for one in load_catalog().dimensions.values()]


def test_a_table_of_the_users_goes_before_one_of_ours(database: Path) -> None:
    with duckdb.connect(str(database)) as opened:
        opened.execute("CREATE TABLE catalog_metrics AS SELECT 'mine' AS a; CREATE VIEW dmr_loads AS SELECT 2 AS b")
        opened.execute("CREATE OR REPLACE MACRO no_ad_rate(a, b) AS 'mine too'")
    assert ask(database, "SELECT * FROM catalog_metrics, dmr_loads") == [("mine", 2)]
    assert ask(database, "SELECT no_ad_rate(1, 2)") == [("mine too",)]


def test_a_ratio_is_right_after_any_group_by(database: Path) -> None:
    sql = (
        "SELECT day > DATE '2023-07-02', fill_rate(nb_impression, sellable_inventory) FROM report GROUP BY 1 ORDER BY 1"
    )
    assert ask(database, sql) == [(False, Decimal("0.333333")), (True, Decimal("0.333333"))]
    assert ask(None, "SELECT fill_rate(a, b) FROM (VALUES (1, 0)) AS t(a, b)") == [(None,)]


def test_a_name_that_is_not_there_is_told_with_the_nearest_and_the_next_command(database: Path) -> None:
    with pytest.raises(InvalidSql) as caught:
        ask(database, "SELECT 1 FROM repot")
    assert caught.value.message == 'Catalog Error: Table with name repot does not exist! Did you mean "report"?'
    assert caught.value.next == 'dmr sql "SHOW TABLES"'


@pytest.mark.parametrize("sql", ["", " ; ", "-- nothing", "SELECT 1; SELECT 2", "\udcff", "SELECT", "SELECT 1) TO 'x'"])
def test_what_is_not_one_statement_is_refused(sql: str) -> None:
    with pytest.raises(InvalidSql):
        ask(None, sql)


def test_a_mistake_in_the_words_is_told_with_its_line() -> None:
    with pytest.raises(InvalidSql, match="syntax error") as caught:
        ask(None, "SELECT 1\nFRM x y")
    assert caught.value.hint == "In line 2: FRM x y"


def test_what_goes_wrong_while_it_runs_is_no_traceback() -> None:
    with pytest.raises(InvalidSql, match="Could not convert string 'x'"):
        ask(None, "SELECT CAST(a AS INTEGER) FROM (VALUES ('1'), ('x')) AS t(a)")


def test_TM15_memory_has_an_end_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        sys.modules["dailymotion_reports.destinations.duckdb_ready"].OF_STRANGERS, "memory_limit", "20MB"
    )
    monkeypatch.setitem(
        sys.modules["dailymotion_reports.destinations.duckdb_ready"].OF_STRANGERS, "max_temp_directory_size", "1MB"
    )
    with pytest.raises(DataError, match="needs too much"):
        ask(None, "SELECT list(range) FROM range(20_000_000)")


HOSTILE = """
ATTACH '{other}' AS o
ATTACH ':memory:' AS m
DETACH my
USE memory
COPY report TO '{new}'
COPY (SELECT 1) TO '{new}' (FORMAT parquet)
COPY report FROM '{secret}'
COPY FROM DATABASE my TO memory
WITH x AS (COPY report TO '{new}') SELECT 1
EXPORT DATABASE '{new}'
IMPORT DATABASE '{folder}'
SELECT * FROM read_csv('{secret}')
SELECT * FROM read_csv_auto('{secret}')
SELECT * FROM read_text('{secret}')
SELECT * FROM read_blob('{secret}')
SELECT * FROM read_json('{secret}')
SELECT * FROM read_parquet('{secret}')
SELECT * FROM parquet_metadata('{secret}')
SELECT * FROM sniff_csv('{secret}')
SELECT * FROM read_duckdb('{other}')
SELECT * FROM '{secret}'
FROM glob('{folder}/*')
SELECT * FROM read_text('/proc/self/environ')
SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')
SELECT * FROM sqlite_scan('{other}', 'x')
INSTALL httpfs
LOAD httpfs
FORCE INSTALL json
UPDATE EXTENSIONS
SET memory_limit = '100GB'
SET enable_external_access = true
SET allowed_directories = ['/']
SET lock_configuration = false
RESET enable_external_access
SET VARIABLE a = 1
PRAGMA enable_profiling = 'json'
PRAGMA profiling_output = '{new}'
PRAGMA database_list
PRAGMA memory_limit = '100GB'
CALL enable_logging(storage = 'file', storage_path = '{new}')
SELECT * FROM enable_logging(storage = 'file', storage_path = '{new}')
SELECT * FROM force_checkpoint('my')
CREATE TABLE t AS SELECT 1
CREATE TEMP TABLE t AS SELECT 1
CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE MACRO m() AS 1
CREATE OR REPLACE FUNCTION fill_rate(a, b) AS 1
CREATE SEQUENCE s
CREATE SCHEMA s
CREATE TYPE mood AS ENUM ('a')
INSERT INTO report (day) VALUES (DATE '2023-07-01')
WITH x AS (INSERT INTO report (day) VALUES (DATE '2023-07-01') RETURNING 1) SELECT * FROM x
UPDATE report SET nb_impression = 0
DELETE FROM report
TRUNCATE report
MERGE INTO report USING (SELECT 1 AS a) AS s ON false WHEN NOT MATCHED THEN INSERT (day) VALUES (NULL)
DROP TABLE report
DROP TABLE _dmr_loads
ALTER TABLE report ADD COLUMN x INTEGER
COMMENT ON TABLE report IS 'x'
CREATE INDEX i ON report (day)
VACUUM
ANALYZE
CHECKPOINT
BEGIN TRANSACTION
COMMIT
PREPARE p AS SELECT 1
EXECUTE p
DEALLOCATE p
EXPLAIN ANALYZE COPY report TO '{new}'
SELECT 1; DROP TABLE report
SELECT * FROM query('DROP TABLE report')
SELECT * FROM query('COPY report TO ''{new}''')
SELECT * FROM query_table('{secret}')
SELECT getenv('HOME')
SELECT * FROM os
SELECT * FROM database
SELECT current_setting('secret_directory') FROM duckdb_secrets()
SELECT write_log('x', level := 'ERROR')
""".strip().split("\n")


def everything(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("sql", HOSTILE)
def test_TM15_a_hostile_statement_changes_nothing_and_reads_nothing_else(
    sql: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = database.parent
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.chdir(folder)
    (folder / "secret").write_text(f"{CANARY}\n")
    duckdb.connect(str(folder / "other.duckdb")).close()
    names = {name: folder / file for name, file in (("secret", "secret"), ("other", "other.duckdb"), ("new", "new"))}
    before = everything(folder)
    told = ""
    try:
        told = str(ask(database, sql.format(folder=folder, **names)))
    except (InvalidSql, DataError) as error:
        told = error.message + error.hint
    assert CANARY not in told
    assert everything(folder) == before


@pytest.mark.thorough
def test_TM15_the_list_of_hostile_statements_is_long_and_nearly_all_are_refused(database: Path) -> None:
    assert len(HOSTILE) >= 40
    through = []
    for sql in HOSTILE:
        try:
            ask(database, sql.format(folder="/nowhere", secret="/nowhere", other="/nowhere", new="/nowhere/x"))
            through.append(sql)
        except (InvalidSql, DataError):
            pass
    assert len(through) <= 3, through


@pytest.mark.thorough
def test_TM15_the_lock_holds_whatever_is_thought_of_the_text(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were our reading of a statement wrong, the engine would still refuse."""
    every = tuple(getattr(duckdb.StatementType, name) for name in duckdb.StatementType.__members__)
    monkeypatch.setattr("dailymotion_reports.tables.statement._READING", every)
    (database.parent / "secret").write_text(f"{CANARY}\n")
    names = {name: database.parent / name for name in ("secret", "other", "new")}
    before = everything(database.parent)
    for sql in HOSTILE:
        with contextlib.suppress(InvalidSql, DataError, AttributeError):
            assert CANARY not in str(ask(database, sql.format(folder=database.parent, **names)))
    assert everything(database.parent) == before


def test_unlocked_reads_other_files_and_still_writes_nothing_into_the_database(database: Path) -> None:
    (database.parent / "other.csv").write_text("day,goal\n2023-07-01,5\n")
    sql = f"SELECT goal, nb_impression FROM report JOIN read_csv('{database.parent}/other.csv') USING (day)"
    assert ask(database, sql, other_files=True) == [(5, 1)]
    with pytest.raises(InvalidSql, match="Permission Error") as caught:
        ask(database, sql)
    assert "--unlocked" in caught.value.hint
    with pytest.raises(InvalidSql):
        ask(database, "DELETE FROM report", other_files=True)


def test_TM14_names_that_are_statements_are_names(database: Path) -> None:
    with duckdb.connect(str(database)) as opened:
        opened.execute('CREATE TABLE "a""; DROP TABLE report; --" AS SELECT 1 AS "x"" y"')
    with asked('SELECT "x"" y", "x"" y" FROM "a""; DROP TABLE report; --"', database) as answer:
        assert list(answer.iter_rows()) == [(1, 1)]
        assert answer.columns == ('x" y', 'x" y_1')


def test_TM25_nothing_is_left_of_an_answer(database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = everything(tmp_path)
    with asked("FROM report", database) as answer:
        assert len(answer.rows()) == 4
    assert everything(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("dmr-")] == []


def test_W9_the_file_is_free_again_while_the_answer_is_read(database: Path) -> None:
    with asked("FROM report", database) as answer, duckdb.connect(str(database)) as writer:
        writer.execute("DELETE FROM report")
        assert len(answer.rows()) == 4


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_W9_a_file_that_another_process_writes_to_is_unavailable(database: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            with pytest.raises(DestinationUnavailable, match="in use by another program") as caught:
                ask(database, "FROM report")
        finally:
            holder.communicate()
    assert "then ask again" in caught.value.hint


def test_a_file_that_is_no_database_is_refused_and_one_that_is_not_there_not_made(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("day,views\n")
    with pytest.raises(DestinationRefused, match="another kind"):
        ask(tmp_path / "x.duckdb", "SELECT 1")
    with pytest.raises(UsageError, match="There is no file"):
        ask(tmp_path / "y.duckdb", "SELECT 1")
    assert not (tmp_path / "y.duckdb").exists()


class TestWhichDatabase:
    def test_the_only_one_of_the_folder_is_meant(self, tmp_path: Path) -> None:
        assert database_for(None, {"DMR_HOME": str(tmp_path)}, tmp_path) is None
        (tmp_path / "a.duckdb").touch()
        assert database_for(None, {"DMR_HOME": str(tmp_path)}, tmp_path) == tmp_path / "a.duckdb"

    def test_of_several_one_has_to_be_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.duckdb").touch()
        (tmp_path / "b.duckdb").touch()
        with pytest.raises(UsageError, match=r"a\.duckdb, b\.duckdb") as caught:
            database_for(None, {"DMR_HOME": str(tmp_path)}, tmp_path)
        assert caught.value.hint == "Name one: --in a.duckdb."

    @pytest.mark.parametrize("named", ["x/my.duckdb", "duckdb:x/my.duckdb", "duckdb:x/my.duckdb?table=views"])
    def test_a_path_and_the_address_of_a_load_mean_the_same(self, named: str, tmp_path: Path) -> None:
        assert database_for(named, {"DMR_HOME": str(tmp_path)}, tmp_path) == Path("x/my.duckdb")

    def test_another_kind_of_destination_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no DuckDB file"):
            database_for("sqlite:x.db", {}, tmp_path)

    def test_the_variable_goes_before_the_project_file_and_that_before_the_folder(self, tmp_path: Path) -> None:
        home = {"DMR_HOME": str(tmp_path / "home")}
        (tmp_path / "a.duckdb").touch()
        (tmp_path / "dmr.toml").write_text('database = "b.duckdb"\n')
        assert database_for(None, home, tmp_path) == tmp_path / "b.duckdb"
        assert database_for(None, home | {"DMR_DATABASE": "c.duckdb"}, tmp_path) == Path("c.duckdb")
        assert database_for("d.duckdb", home, tmp_path) == Path("d.duckdb")


def test_a_macro_gives_what_exact_arithmetic_gives() -> None:
    pairs = [
        (1, 3),
        (2, 3),
        (1, 2_000_000),
        (3, 2_000_000),
        (5, 2_000_000),
        (-3, 2_000_000),
        (10**15, 7),
        (10**21, 3),
        (-(10**18), 7),
        (0, 5),
    ]
    for above, below in pairs:
        ((value,),) = ask(None, f"SELECT no_ad_rate(a, b) FROM (VALUES ({above}, {below})) AS t(a, b)")
        exact = Fraction(above, below) * 10**6
        assert value * 10**6 == round(exact), (above, below)


@pytest.mark.thorough
def test_every_macro_stands_in_a_file_that_was_loaded(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as opened:
        names = opened.execute("SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal").fetchall()
        assert sorted(names) == [("average_watch_time_sec",), ("fill_rate",), ("no_ad_rate",)]
        told = opened.execute("SELECT fill_rate(nb_impression, sellable_inventory) FROM report").fetchall()
    assert told == [(Decimal("0.333333"),)]
    assert os.path.getsize(database) < 4_000_000
