"""Texts that others have taken for nothing or for numbers: the same in every way out, whatever stands beside them."""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import openpyxl
import polars
import pyarrow.parquet
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.tables.export import Format, write_file
from dailymotion_reports.tables.table import Table

REQUEST = request_for(["VIEWS"], ["VIDEO_ID", "VIDEO_TITLE", "VISITOR_COUNTRY_ISO2"])
HEADER = "video_id,video_title,visitor_country_iso2,views\n"
NOTHING = (
    "null",
    "NULL",
    "None",
    "nan",
    "NaN",
    "N/A",
    "NA",
    "TRUE",
    "true",
    "#N/A",
    "-",
    "\\N",
    "nil",
    "undefined",
    "",
)
IDS = ("000123", "8e5", "135217135789158401", "0", "00", "1.0", "0x10", "99999999999999999999", "-5", "+5", "1_000", "")

Texts = list[tuple[str, ...]]


def lines(*texts: tuple[str, str, str]) -> bytes:
    return (HEADER + "".join(f"{','.join(each)},1\n" for each in texts)).encode()


def filed(table: Table, format: Format, folder: Path) -> Path:
    path = folder / f"out.{format}"
    write_file(table, format, path, {})
    return path


def of_csv(table: Table, folder: Path) -> Texts:
    with filed(table, "csv", folder).open(encoding="utf-8", newline="") as file:
        return [tuple(row[:3]) for row in csv.reader(file)][1:]


def of_json(table: Table, folder: Path) -> Texts:
    return [tuple(one.values())[:3] for one in json.loads(filed(table, "json", folder).read_text(encoding="utf-8"))]


def of_jsonl(table: Table, folder: Path) -> Texts:
    told = filed(table, "jsonl", folder).read_text(encoding="utf-8")
    return [tuple(json.loads(line).values())[:3] for line in told.split("\n")[:-1]]


def of_parquet(table: Table, folder: Path) -> Texts:
    read = pyarrow.parquet.read_table(filed(table, "parquet", folder))
    assert [str(kind) for kind in read.schema.types] == ["string", "string", "string", "int64"]
    return [tuple(one.values())[:3] for one in read.to_pylist()]


def of_xlsx(table: Table, folder: Path) -> Texts:
    """An empty text and no cell look alike to this reader."""
    rows = list(openpyxl.load_workbook(filed(table, "xlsx", folder))["report"].iter_rows(min_row=2, max_col=3))
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} <= {"s", "inlineStr"}
    return [tuple(str(cell.value) if cell.value is not None else "" for cell in row) for row in rows]


def of_duckdb(table: Table, folder: Path) -> Texts:
    path = folder / "out.duckdb"
    open_destination(f"duckdb:{path}").load(
        Load(table, REQUEST, "private", "account", datetime(2023, 8, 1, tzinfo=UTC))
    )
    with duckdb.connect(str(path)) as opened:
        kinds = opened.sql("SELECT video_id, video_title, visitor_country_iso2, views FROM report").types
        assert [str(kind) for kind in kinds] == ["VARCHAR", "VARCHAR", "VARCHAR", "BIGINT"]
        return opened.execute("SELECT video_id, video_title, visitor_country_iso2 FROM report").fetchall()


def of_polars(table: Table, folder: Path) -> Texts:
    frame = table.to_polars()
    assert frame.dtypes == [polars.String, polars.String, polars.String, polars.Int64]
    return [row[:3] for row in frame.rows()]


def of_pandas(table: Table, folder: Path) -> Texts:
    frame = table.to_pandas()
    assert [str(kind) for kind in frame.dtypes] == ["string[pyarrow]"] * 3 + ["int64[pyarrow]"]
    return [tuple(row)[:3] for row in frame.itertuples(index=False)]


WAYS: Mapping[str, Callable[[Table, Path], Texts]] = {
    "rows": lambda table, folder: [row[:3] for row in table.iter_rows()],
    "csv": of_csv,
    "json": of_json,
    "jsonl": of_jsonl,
    "parquet": of_parquet,
    "xlsx": of_xlsx,
    "duckdb": of_duckdb,
    "polars": of_polars,
    "pandas": of_pandas,
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@pytest.mark.row("X6")
@pytest.mark.row("PF13")
@every_way
def test_PF13_namibia_and_titles_that_look_like_nothing_stay_texts(
    way: Callable[[Table, Path], Texts], tmp_path: Path
) -> None:
    texts = [("x1", title, country) for title in NOTHING for country in ("NA", "FR", "")]
    assert way(table_of(tmp_path / "archive", REQUEST, lines(*texts)), tmp_path) == texts


@pytest.mark.row("X6")
@pytest.mark.row("PF14")
@every_way
def test_PF14_ids_keep_every_digit_and_types_do_not_change_with_what_stands_in_a_file(
    way: Callable[[Table, Path], Texts], tmp_path: Path
) -> None:
    empty = [("", "", "")] * 3
    like_numbers = [(id, id, "") for id in IDS]
    late = [("7", "7", "7")] * 5000 + [("x7", "a title at last", "NA")]
    files = [lines(*part) for part in (empty, like_numbers, late, [])]
    found, wanted = way(table_of(tmp_path / "archive", REQUEST, *files), tmp_path), [*empty, *like_numbers, *late]
    assert sorted(found) == sorted(wanted)
    assert found == wanted or way is of_duckdb, "rows of a table have no order, those of a file have"


@pytest.mark.row("PF14")
@pytest.mark.parametrize("texts", [(), [("", "", "")], [("1", "2.5", "2023-07-01")], [("a", "NA", "TRUE")]])
def test_PF14_each_file_by_itself_has_the_same_types(texts: Texts, tmp_path: Path) -> None:
    schema = table_of(tmp_path, REQUEST, lines(*[(a, b, c) for a, b, c in texts])).to_arrow().schema
    assert [str(kind) for kind in schema.types] == ["string", "string", "string", "int64"]
