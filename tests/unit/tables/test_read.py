"""From files to relations: declared types, a declared dialect, and nothing guessed."""

from pathlib import Path

import duckdb
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.errors import DamagedFile, SchemaChanged
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.tables.read import SQL_TYPES, header_of, quoted, typed_relation
from dailymotion_reports.tables.schema import TableSchema

REQUEST = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY", "HOUR", "MONTH", "VIDEO_TITLE"])
SCHEMA = TableSchema.of(REQUEST, load_catalog())
TYPES = ["DATE", "TIMESTAMP", "VARCHAR", "VARCHAR", "BIGINT", "DECIMAL(38,10)"]


def described(sql: str, paths: list[str]) -> tuple[list[str], list[str]]:
    with duckdb.connect() as connection:
        relation = connection.sql(sql, params=paths)
        return list(relation.columns), [str(kind) for kind in relation.types]


def test_the_types_of_a_relation_are_the_declared_ones_whatever_stands_in_the_file(tmp_path: Path) -> None:
    header = ",".join(SCHEMA.names).encode()
    table = table_of(tmp_path, REQUEST, header + b"\n", header + b"\n2023-07-01,2023-07-01 00:00:00,2023-07,1,1,1\n")
    sql, paths = typed_relation(table.files, table.schema)
    assert paths == [str(path) for path in table.files]
    assert described(sql, paths) == (list(SCHEMA.names), TYPES)


def test_X4_no_files_are_a_relation_without_rows_and_with_every_type() -> None:
    sql, paths = typed_relation((), SCHEMA)
    assert paths == []
    assert described(sql, paths) == (list(SCHEMA.names), TYPES)
    with duckdb.connect() as connection:
        assert connection.sql(sql).fetchall() == []


def test_TM14_paths_are_parameters_and_no_patterns(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s [a*b?] "odd" {x} folder'
    table = table_of(folder, request_for(["VIEWS"], ["DAY"]), b"day,views\n2023-07-01,7\n")
    sql, paths = typed_relation(table.files, table.schema)
    assert str(folder) not in sql
    assert len(paths) == 1
    assert [row[1] for row in table.iter_rows()] == [7]


def test_every_type_of_a_column_has_a_type_in_the_database() -> None:
    assert set(SQL_TYPES) == {"text", "month", "date", "timestamp", "integer", "decimal"}
    assert SQL_TYPES["decimal"] == "DECIMAL(38, 10)"


@pytest.mark.parametrize(("name", "expected"), [("a", '"a"'), ('a"b', '"a""b"'), ("", '""'), ("a b;--", '"a b;--"')])
def test_TM14_a_name_is_quoted(name: str, expected: str) -> None:
    assert quoted(name) == expected


def test_X1_a_header_is_found_behind_a_byte_order_mark_and_in_quotes(tmp_path: Path) -> None:
    path = tmp_path / "report_1.csv"
    schema = TableSchema.of(request_for(["VIEWS"], ["DAY"]), load_catalog())
    for start in (b"day,views\n", b'\xef\xbb\xbf"day","views"\r\n', b" DAY , Views", b"\xef\xbb\xbfday,views"):
        path.write_bytes(start)
        assert dict(header_of(path, schema).places) == {"day": 0, "views": 1}


def test_X3_a_header_says_which_columns_are_new(tmp_path: Path) -> None:
    path = tmp_path / "report_1.csv"
    path.write_bytes(b"new,views,day\n")
    header = header_of(path, TableSchema.of(request_for(["VIEWS"], ["DAY"]), load_catalog()))
    assert (dict(header.places), header.extra) == ({"day": 2, "views": 1}, ("new",))


def test_X3_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "report_1.csv"
    path.write_bytes(b"day,veiws\n2023-07-01,1\n")
    with pytest.raises(SchemaChanged) as caught:
        header_of(path, TableSchema.of(request_for(["VIEWS"], ["DAY"]), load_catalog()))
    assert caught.value.removed == ("views",)
    assert caught.value.added == ("veiws",)
    assert "no column views" in caught.value.message


def test_X4_a_file_of_no_bytes_has_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "report_1.csv"
    path.write_bytes(b"")
    with pytest.raises(SchemaChanged, match="none at all"):
        header_of(path, TableSchema.of(request_for(["VIEWS"], ["DAY"]), load_catalog()))


def test_a_first_row_without_end_is_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "report_1.csv"
    path.write_bytes(b"x" * 70000)
    with pytest.raises(DamagedFile, match=r"first row of report_1\.csv has no end"):
        header_of(path, TableSchema.of(request_for(["VIEWS"], ["DAY"]), load_catalog()))


def test_files_of_one_shape_are_one_source_and_rows_keep_the_order_of_their_files(tmp_path: Path) -> None:
    schema = TableSchema.of(request_for(["VIEWS"], ["DAY"]), load_catalog())
    paths = [tmp_path / f"report_{n}.csv" for n in range(1, 6)]
    for n, path in enumerate(paths):
        head, row = ("Day,Views", f"2023-07-01,{n}") if n != 3 else ("views,day", f"{n},2023-07-01")
        path.write_bytes(f"{head}\r\n{row}\r\n".encode() if n % 2 else f"{head}\n{row}".encode())
    sql, listed = typed_relation(paths, schema)
    assert (sql.count("read_csv"), listed) == (3, [str(path) for path in paths])
    with duckdb.connect() as connection:
        assert [views for _, views in connection.execute(sql, listed).fetchall()] == [0, 1, 2, 3, 4]
