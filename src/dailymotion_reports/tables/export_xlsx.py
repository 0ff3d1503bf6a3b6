"""A table as an Excel workbook: a sheet ``report`` with the rows, a sheet ``about`` with the question.

Text is text: a cell that begins with ``=``, ``+``, ``-``, ``@`` or holds an address is shown as it is and never
run, followed or taken for a number.  What XML cannot hold (control characters) is shown as ``\\x1b``.

A spreadsheet's numbers are binary doubles and show 15 digits.  A number of at most 15 digits is therefore a number,
since it comes back as it was; a longer one is text, with every digit.  Ids are text.  An empty number is an empty
cell, an empty text an empty text.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dailymotion_reports.errors import DestinationRefused, MissingExtra
from dailymotion_reports.tables.export import About, json_value
from dailymotion_reports.tables.schema import Column
from dailymotion_reports.tables.scratch import scratch
from dailymotion_reports.tables.table import Table

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

MOST_ROWS = 1_048_575
"""Rows that a sheet has below its header."""

LONGEST_TEXT = 32_767
"""UTF-16 units that a cell holds."""

_DIGITS = 15
_FIRST_YEAR = 1901
"""Days before are text: Excel knows none before 1900, and a false one in that year."""

_HINT = "Choose another format: parquet and csv have no such limit."
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_WIDTHS = {"text": 32, "month": 12, "date": 12, "timestamp": 18, "integer": 16, "decimal": 18,
           "boolean": 8, "float": 22}  # fmt: skip
_FORMATS = {
    "date": "yyyy-mm-dd",
    "timestamp": "yyyy-mm-dd hh:mm",
    "integer": "#,##0",
    "decimal": "#,##0.00########",
}


def write_xlsx(table: Table, path: Path, about: About) -> None:
    """Write ``table`` to ``path``, row by row, whatever its size.

    Raises MissingExtra without xlsxwriter, DestinationRefused where a sheet has too few rows or a cell too few
    characters, DataError where the rows cannot be read, OSError.
    """
    rows = table.count()
    if rows > MOST_ROWS:
        raise DestinationRefused(f"An xlsx sheet holds {MOST_ROWS:,} rows and the report has {rows:,}.", hint=_HINT)
    with _workbook(path) as book:
        _fill_report(book, table)
        _fill_about(book, about)


def check_extra() -> None:
    """Raise MissingExtra without xlsxwriter."""
    try:
        import xlsxwriter  # noqa: F401
    except ImportError:
        raise MissingExtra("xlsx", "An xlsx file") from None


@contextmanager
def _workbook(path: Path) -> Iterator["Workbook"]:
    """A workbook whose rows wait in a folder of its own, which goes away with it."""
    check_extra()
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

    with scratch() as folder:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        book.use_zip64()
        try:
            yield book
        finally:
            try:
                book.close()
            except FileCreateError as error:
                raise error.args[0] from None
            finally:
                _let_go(book)


def _let_go(book: "Workbook") -> None:
    """Close the files of waiting rows: xlsxwriter leaves them open where the workbook cannot be written."""
    for sheet in book.worksheets():
        with suppress(OSError):
            sheet.row_data_fh.close()


def _fill_report(book: "Workbook", table: Table) -> None:
    columns = table.schema.columns
    sheet = book.add_worksheet("report")
    formats = [book.add_format({"num_format": _FORMATS[c.type]} if c.type in _FORMATS else {}) for c in columns]
    bold, plain = book.add_format({"bold": True}), book.add_format()
    for n, column in enumerate(columns):
        sheet.set_column(n, n, max(_WIDTHS[column.type], len(column.name) + 2))
        sheet.write_string(0, n, column.name, bold)
    sheet.freeze_panes(1, 0)
    last = 0
    for last, row in enumerate(table.iter_rows(), 1):
        for n, value in enumerate(row):
            _put(sheet, (last, n), value, formats[n], plain, columns[n])
    sheet.autofilter(0, 0, last, len(columns) - 1)


def _fill_about(book: "Workbook", about: About) -> None:
    sheet = book.add_worksheet("about")
    bold, plain = book.add_format({"bold": True}), book.add_format()
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)
    for n, (name, text) in enumerate(about.items()):
        sheet.write_string(n, 0, name, bold)
        _put_text(sheet, (n, 1), text[:LONGEST_TEXT], plain, name)


def _put(sheet: Any, at: tuple[int, int], value: Any, format: Any, plain: Any, column: Column) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(*at, value)
        case float() if isfinite(value):
            sheet.write_number(*at, value)
        case Decimal() | int() if _fits(value):
            sheet.write_number(*at, float(value), format)
        case date() if value.year >= _FIRST_YEAR:
            sheet.write_datetime(*at, value, format)
        case _:
            _put_text(sheet, at, str(json_value(value)), plain, column.name)


def _put_text(sheet: Any, at: tuple[int, int], text: str, plain: Any, name: str) -> None:
    shown = _NOT_IN_XML.sub(_escape, text)
    if len(shown.encode("utf-16-le")) > 2 * LONGEST_TEXT:
        raise DestinationRefused(
            f"An xlsx cell holds {LONGEST_TEXT:,} characters; row {at[0]} has more in {name}.", hint=_HINT
        )
    if shown.startswith("<r>") and shown.endswith("</r>"):
        # xlsxwriter takes such a text for cell markup that is finished, and a title could bring in a formula.
        # Given in two pieces it is markup of xlsxwriter's own making, with the text escaped.
        sheet.write_rich_string(*at, shown[:1], plain, shown[1:])
    else:
        sheet.write_string(*at, shown, plain)


def _fits(value: Decimal | int) -> bool:
    """Whether a double shows the number as it is: at most 15 digits from its first to its last."""
    return len("".join(map(str, Decimal(value).as_tuple().digits)).strip("0")) <= _DIGITS


def _escape(found: re.Match[str]) -> str:
    c = found[0]
    return "\\r" if c == "\r" else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
