"""One report in every format, read back with tools that are not ours: the same rows, cell by cell."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.made import request_for, table_of
from tests.unit.tables.answers import FILE, NAMES, REQUEST, ROWS

from dailymotion_reports.errors import SchemaChanged, UnreadableRow
from dailymotion_reports.tables import export
from dailymotion_reports.tables.export import Format, digits, json_text, json_value, write_file, write_stream
from dailymotion_reports.tables.table import Table

ABOUT = {"metrics": "VIEWS", "filters": 'it\'s = "x"'}


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return table_of(tmp_path / "archive", REQUEST, FILE)


def streamed(table: Table, format: Format) -> bytes:
    out = io.BytesIO()
    write_stream(table, format, out, ABOUT)
    return out.getvalue()


def filed(table: Table, format: Format, folder: Path) -> Path:
    path = folder / f"it's [1].{format}"
    write_file(table, format, path, ABOUT)
    return path


def as_json(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as JSON must hold it, worked out without the code under test."""

    def value(one: Any) -> Any:
        if isinstance(one, Decimal):
            whole, _, rest = f"{one:f}".partition(".")
            return f"{whole}.{rest.rstrip('0')}".rstrip(".")
        if isinstance(one, datetime):
            return one.strftime("%Y-%m-%dT%H:%M:%SZ")
        return str(one) if isinstance(one, date) else one

    return dict(zip(NAMES, map(value, row), strict=True))


def test_csv_holds_every_cell_as_the_vendor_wrote_it(table: Table, tmp_path: Path) -> None:
    assert streamed(table, "csv") == FILE
    assert filed(table, "csv", tmp_path).read_bytes() == FILE
    header, *rows = csv.reader(io.StringIO(FILE.decode(), newline=""))
    assert tuple(header) == NAMES
    assert [row[0] for row in rows] == [row[0] for row in ROWS]


def test_json_is_one_array_of_objects_with_every_digit(table: Table, tmp_path: Path) -> None:
    told = json.loads(streamed(table, "json"), parse_float=lambda text: pytest.fail(f"{text} would become a float"))
    assert told == [as_json(row) for row in ROWS]
    assert all(tuple(one) == NAMES for one in told), "columns in the asked order"
    assert filed(table, "json", tmp_path).read_bytes() == streamed(table, "json")


def test_jsonl_is_one_object_a_line(table: Table, tmp_path: Path) -> None:
    data = streamed(table, "jsonl")
    assert data.endswith(b"}\n")
    assert [json.loads(line) for line in data[:-1].split(b"\n")] == [as_json(row) for row in ROWS]
    assert len(data.decode().splitlines()) == len(ROWS), "no reader ends a line at U+2028 or U+0085"
    assert filed(table, "jsonl", tmp_path).read_bytes() == data


@pytest.mark.row("TM20")
def test_TM20_json_shows_no_terminal_a_control_character(table: Table) -> None:
    for format in ("json", "jsonl"):
        text = streamed(table, format).decode()
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", text)


def test_parquet_holds_the_same_rows_for_every_reader(table: Table, tmp_path: Path) -> None:
    path = filed(table, "parquet", tmp_path)
    assert pyarrow.parquet.read_table(path).to_pylist() == [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    assert polars.read_parquet(path, glob=False).rows() == list(ROWS)
    with duckdb.connect() as reader:
        assert reader.execute("SELECT * FROM read_parquet(?)", [str(path).replace("[", "[[]")]).fetchall() == list(ROWS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["archive", "it's [1].parquet"]


@pytest.mark.parametrize("small", [10**9, 0], ids=["small", "large"])
def test_rows_of_a_small_report_keep_their_order_in_parquet_and_those_of_a_large_one_are_all_there(
    small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SMALL", small)
    rows = [
        b"day,views\n" + b"".join(b"2023-07-01,%d\n" % n for n in some)
        for some in (range(50_000), range(50_000, 90_000))
    ]
    path = filed(table_of(tmp_path / "archive", request_for(["VIEWS"], ["DAY"]), *rows), "parquet", tmp_path)
    views = pyarrow.parquet.read_table(path)["views"].to_pylist()
    assert (views if small else sorted(views)) == list(range(90_000))


def test_parquet_keeps_types_units_and_the_question(table: Table, tmp_path: Path) -> None:
    file = pyarrow.parquet.ParquetFile(filed(table, "parquet", tmp_path))
    with file:
        assert [str(field.type) for field in file.schema_arrow] == [
            "string", "string", "string", "date32[day]", "timestamp[us]", "int64", "decimal128(38, 10)",
        ]  # fmt: skip
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        told = json.loads(file.metadata.metadata[b"dailymotion_reports"])
    assert told["about"] == ABOUT
    assert told["columns"]["estimated_earnings_eur"]["currency"] == "EUR"
    assert told["columns"]["views"]["aggregation"] == "add"


def test_parquet_on_a_stream_is_the_same_file(table: Table) -> None:
    assert pyarrow.parquet.read_table(io.BytesIO(streamed(table, "parquet"))).num_rows == len(ROWS)


@pytest.mark.parametrize("format", ["csv", "json", "jsonl", "parquet"])
def test_X4_no_files_are_no_rows_with_the_right_columns(format: Format, tmp_path: Path) -> None:
    data = streamed(table_of(tmp_path, REQUEST), format)
    expected = {"csv": (",".join(NAMES) + "\n").encode(), "json": b"[]\n", "jsonl": b""}
    assert data == expected.get(format, data)
    if format == "parquet":
        read = pyarrow.parquet.read_table(io.BytesIO(data))
        assert (read.num_rows, tuple(read.column_names)) == (0, NAMES)
        assert str(read.schema.field("estimated_earnings_eur").type) == "decimal128(38, 10)"


@pytest.mark.parametrize("format", ["json", "jsonl", "parquet", "xlsx"])
def test_X5_a_row_that_cannot_be_read_is_named_by_every_format(format: Format, tmp_path: Path) -> None:
    bad = table_of(tmp_path / "a", request_for(["VIEWS"], ["DAY"]), b"day,views\n2023-07-01,1\n2023-07-02,x\n")
    with pytest.raises(UnreadableRow, match=r"Line 3 of report_1\.csv"):
        write_file(bad, format, tmp_path / "out", ABOUT)
    lacking = table_of(tmp_path / "b", request_for(["VIEWS"], ["DAY"]), b"day\n2023-07-01\n")
    with pytest.raises(SchemaChanged):
        write_file(lacking, format, tmp_path / "out", ABOUT)


def test_a_parquet_file_that_cannot_be_written_is_an_error_of_the_system(table: Table, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Cannot open"):
        write_file(table, "parquet", tmp_path / "none" / "x.parquet", ABOUT)


@given(st.decimals(min_value=-(10**27), max_value=10**27, places=10))
def test_a_decimal_keeps_every_digit_of_any_length(value: Decimal) -> None:
    text = digits(value)
    assert Decimal(text) == value
    assert "e" not in text.lower()
    assert not ("." in text and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        ("", ""),
        (2**63 - 1, 2**63 - 1),
        (Decimal("1E+3"), "1000"),
        (Decimal("0E-10"), "0"),
        (Decimal("9999999999999999999999999999.9999999999"), "9999999999999999999999999999.9999999999"),
        (date(2023, 7, 1), "2023-07-01"),
        (datetime.fromisoformat("2023-07-01T13:00"), "2023-07-01T13:00:00Z"),
    ],
)
def test_a_value_in_json(value: object, shown: object) -> None:
    assert json_value(value) == shown


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_text_reads_back_as_it_was(text: str) -> None:
    assert json.loads(json_text({"a": text})) == {"a": text}


def test_rows_are_written_as_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that is larger than memory goes through: each row is out before the next but one is read."""
    out = io.BytesIO()
    seen: list[int] = []

    def rows(self: Table) -> Iterator[tuple[Any, ...]]:
        for n in range(3):
            seen.append(out.getvalue().count(b"\n"))
            yield (date(2023, 7, 1), n)

    monkeypatch.setattr(Table, "iter_rows", rows)
    write_stream(table_of(tmp_path, request_for(["VIEWS"], ["DAY"])), "jsonl", out, ABOUT)
    assert seen == [0, 1, 2]
