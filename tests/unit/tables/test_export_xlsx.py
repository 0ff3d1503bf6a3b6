"""A workbook in which no text is a formula, a link or a number, and no number is rounded."""

import re
import sys
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.cell import Cell
from tests.unit.made import request_for, table_of
from tests.unit.tables.answers import FILE, FORMULAS, NAMES, REQUEST, ROWS

from dailymotion_reports.errors import DestinationRefused, MissingExtra
from dailymotion_reports.tables import export_xlsx
from dailymotion_reports.tables.export_xlsx import LONGEST_TEXT, MOST_ROWS, write_xlsx
from dailymotion_reports.tables.table import Table

ABOUT = {"metrics": "VIEWS", "filters": "=1+1", "profile": "private"}
TITLES = request_for(["VIEWS"], ["VIDEO_TITLE"])


def written(table: Table, folder: Path) -> Path:
    path = folder / "rows.xlsx"
    write_xlsx(table, path, ABOUT)
    return path


def cells(path: Path, sheet: str = "report") -> list[Any]:
    book = openpyxl.load_workbook(path)
    return list(book[sheet].iter_rows())


def titled(titles: list[str], folder: Path) -> Path:
    rows = "".join('"' + title.replace('"', '""') + '",1\n' for title in titles)
    return written(table_of(folder / "archive", TITLES, f"video_title,views\n{rows}".encode()), folder)


def shown(text: str) -> str:
    """What a cell must show: XML holds no control character but tab and line end."""
    return re.sub("[\x00-\x08\x0b-\x1f\ufffe\uffff]", lambda c: "\\r" if c[0] == "\r" else f"\\x{ord(c[0]):02x}", text)


def number(cell: Cell, value: int | Decimal | None) -> Any:
    """What a cell of a number must hold: the number where 15 digits are enough, else all its digits as text."""
    if value is None:
        return None
    exact = f"{Decimal(value):f}"
    exact = exact.rstrip("0").rstrip(".") if "." in exact else exact
    few = len(exact.replace(".", "").replace("-", "").strip("0")) <= 15
    return Decimal(exact) if few else exact


@pytest.mark.row("TM18")
def test_TM18_no_cell_is_a_formula_and_every_text_is_what_it_was(tmp_path: Path) -> None:
    header, *rows = cells(written(table_of(tmp_path / "archive", REQUEST, FILE), tmp_path))
    assert tuple(cell.value for cell in header) == NAMES
    assert len(rows) == len(ROWS)
    for cells_, row in zip(rows, ROWS, strict=True):
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells_)
        for cell, text in zip(cells_[:3], row[:3], strict=True):
            assert (cell.value or "", cell.data_type in ("s", "inlineStr") or text == "") == (shown(text), True)
        assert cells_[3].value == datetime.combine(row[3], datetime.min.time())
        assert cells_[4].value == row[4]
        for cell, value in zip(cells_[5:], row[5:], strict=True):
            expected = number(cell, value)
            found = cell.value
            assert (Decimal(repr(found)) if isinstance(found, int | float) else found) == expected


@pytest.mark.row("TM18")
def test_TM18_the_six_characters_that_begin_a_formula_begin_a_text(tmp_path: Path) -> None:
    _, *rows = cells(titled(list(FORMULAS), tmp_path))
    assert [row[0].value for row in rows] == [shown(text) for text in FORMULAS]
    assert {row[0].data_type for row in rows} <= {"s", "inlineStr"}


@pytest.mark.row("TM18")
def test_TM18_a_title_cannot_bring_in_cell_markup(tmp_path: Path) -> None:
    """xlsxwriter passes on a text from <r> to </r> as it is, so that a title might hold a finished formula."""
    hostile = ["<r><t>x</t></r>", '<r></r></is></c><c r="Z9"><f>1+1</f></c><c><is><r></r>', "<r></r>"]
    path = titled(hostile, tmp_path)
    _, *rows = cells(path)
    assert [row[0].value for row in rows] == hostile
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b"Z9" not in sheet.replace(b"r=&quot;Z9", b"").replace(b'r="Z9"&gt;', b"")
        assert not [name for name in archive.namelist() if "calcChain" in name or "externalLink" in name]


def test_a_text_that_looks_like_an_escape_is_kept(tmp_path: Path) -> None:
    """Spreadsheets read _x000D_ as a carriage return, so the text itself is written as _x005F_x000D_."""
    with zipfile.ZipFile(titled(["_x000D_", "a_x0041_b"], tmp_path)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    texts = re.findall(r"<t[^>]*>([^<]*)</t>", sheet)
    read = [re.sub("_x([0-9A-F]{4})_", lambda c: chr(int(c[1], 16)), text) for text in texts]
    assert read[2:] == ["_x000D_", "a_x0041_b"]


def test_days_and_hours_are_dates_with_a_format_and_numbers_have_thousands(tmp_path: Path) -> None:
    _, first, *_ = cells(written(table_of(tmp_path / "archive", REQUEST, FILE), tmp_path))
    assert [cell.number_format for cell in first[3:]] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "General", "General"]
    *_, last = cells(
        written(table_of(tmp_path / "a", request_for(["VIEWS"], ["DAY"]), b"day,views\n2023-07-01,5\n"), tmp_path)
    )
    assert (last[0].is_date, last[1].number_format) == (True, "#,##0")


def test_a_day_before_excels_first_is_text(tmp_path: Path) -> None:
    data = b"day,views\n1899-12-31,1\n1900-02-28,2\n1901-01-01,3\n"
    _, *rows = cells(written(table_of(tmp_path / "a", request_for(["VIEWS"], ["DAY"]), data), tmp_path))
    assert [row[0].value for row in rows] == ["1899-12-31", "1900-02-28", datetime(1901, 1, 1)]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (999_999_999_999_999, True),
        (1_000_000_000_000_001, False),
        (9_000_000_000_000_000_000, True),
        (-(2**63), False),
        (Decimal("-99999.9999999999"), True),
        (Decimal("123456.1234567891"), False),
        (Decimal("0.0000000001"), True),
        (Decimal("0E-10"), True),
        (0, True),
    ],
)
def test_a_number_of_more_than_fifteen_digits_is_text(value: Decimal | int, fits: bool) -> None:
    assert export_xlsx._fits(value) is fits


@given(st.decimals(min_value=-(10**27), max_value=10**27, places=10) | st.integers(-(2**63), 2**63 - 1))
def test_a_number_is_a_number_only_where_it_comes_back_as_it_was(value: Decimal | int) -> None:
    assert export_xlsx._fits(value) is isinstance(number(None, value), Decimal)  # type: ignore[arg-type]
    if export_xlsx._fits(value):
        assert Decimal(f"{float(value):.16G}") == value or float(f"{float(value):.16G}") == float(value)
        assert Decimal(f"{float(value):.15G}") == value, "fifteen digits, as a spreadsheet shows them"


def test_the_question_stands_in_a_sheet_of_its_own(tmp_path: Path) -> None:
    rows = cells(titled(["a"], tmp_path), "about")
    assert [(name.value, text.value, text.data_type != "f") for name, text in rows] == [
        ("metrics", "VIEWS", True),
        ("filters", "=1+1", True),
        ("profile", "private", True),
    ]


def test_an_empty_report_is_a_header(tmp_path: Path) -> None:
    (header,) = cells(written(table_of(tmp_path / "archive", TITLES), tmp_path))
    assert [cell.value for cell in header] == ["video_title", "views"]


def test_more_rows_than_a_sheet_has_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_of(tmp_path / "archive", TITLES)
    monkeypatch.setattr(Table, "count", lambda self: MOST_ROWS + 1)
    with pytest.raises(DestinationRefused, match="1,048,575 rows and the report has 1,048,576") as refused:
        written(table, tmp_path)
    assert "parquet and csv" in refused.value.hint
    assert not (tmp_path / "rows.xlsx").exists()


def test_a_text_longer_than_a_cell_is_refused_and_never_cut(tmp_path: Path) -> None:
    _, row = cells(titled(["x" * LONGEST_TEXT], tmp_path))
    assert len(row[0].value or "") == LONGEST_TEXT
    for text in ("x" * (LONGEST_TEXT + 1), "😀" * (LONGEST_TEXT // 2 + 1)):
        with pytest.raises(DestinationRefused, match="row 1 has more in video_title"):
            titled([text], tmp_path)


def test_without_xlsxwriter_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtra, match="'xlsx'"):
        titled(["a"], tmp_path)


def test_a_workbook_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_xlsx(table_of(tmp_path / "archive", TITLES), tmp_path / "none" / "x.xlsx", ABOUT)
