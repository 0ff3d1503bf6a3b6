"""Why a file cannot be read, in words a person can act on: file, line, column.

Run only after a read has failed, with Python's csv module: slower than the engine, and independent of it.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import repeat
from pathlib import Path

from dailymotion_reports.errors import DataError, UnreadableRow
from dailymotion_reports.query.period import Window
from dailymotion_reports.redaction import one_line
from dailymotion_reports.tables.lines import LONGEST_LINE
from dailymotion_reports.tables.read import RULES, header_of, is_dated, meaning_of
from dailymotion_reports.tables.schema import DECIMALS, Column, TableSchema

LONGEST_CELL = LONGEST_LINE
"""Characters of one cell beyond which a file is malformed."""


def diagnosed(files: Sequence[Path], schema: TableSchema, windows: Sequence[Window] = ()) -> DataError | None:
    """The first thing that is wrong in ``files``, or None where nothing is found; arguments as of `typed_relation`."""
    for path, window in zip(files, windows or repeat(None, len(files)), strict=True):
        found = _first_fault(path, schema, window)
        if found is not None:
            return found
    return None


def empty_lines(path: Path) -> int:
    """How many lines without anything a file has below the first one.  Raises UnreadableRow."""
    try:
        with long_cells(), path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            next(rows, None)
            return sum(1 for row in rows if row in ([], [""]))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableRow(f"{path.name} cannot be read: {one_line(str(error))}.", file=path.name) from None


@contextmanager
def long_cells() -> Iterator[None]:
    """Let Python's csv module read cells as long as the engine does, for as long as the block lasts."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _first_fault(path: Path, schema: TableSchema, window: Window | None) -> UnreadableRow | None:
    header = header_of(path, schema)
    last = 1
    try:
        with long_cells(), path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            next(rows, None)
            for row in rows:
                last = rows.line_num
                reason = _fault(row, len(header.names), {c: header.places[c.name] for c in schema.columns}, window)
                if reason:
                    return unreadable(path.name, last, reason)
    except UnicodeDecodeError:
        return unreadable(path.name, _line_not_utf8(path), "it is not UTF-8")
    except csv.Error as error:
        return unreadable(path.name, last + 1, str(error))
    return None


def unreadable(file: str, line: int, reason: str) -> UnreadableRow:
    """The error for one line of one file."""
    return UnreadableRow(f"Line {line} of {file} cannot be read: {one_line(reason)}.", file=file, line=line)


def _fault(row: Sequence[str], expected: int, places: dict[Column, int], window: Window | None) -> str:
    """What is wrong with a row, or nothing."""
    if not row:
        return ""
    if len(row) != expected:
        return f"it has {len(row)} fields where {expected} are expected"
    if any("\0" in cell for cell in row):
        return "it holds a null byte"
    faults = (_cell_fault(row[place], column, window) for column, place in places.items())
    return next((fault for fault in faults if fault), "")


def _cell_fault(cell: str, column: Column, window: Window | None) -> str:
    rule = RULES.get(column.type)
    if rule is None or not cell:
        return ""
    good = re.fullmatch(rule.pattern, cell, re.ASCII) is not None and _in_range(cell, column, window)
    return "" if good else f"{column.name} is not {meaning_of(column, window)}: {cell!r}"


def _in_range(cell: str, column: Column, window: Window | None) -> bool:
    """Whether a cell of the right form is also a value of its type."""
    match column.type:
        case "integer":
            return -(2**63) <= int(cell) < 2**63
        case "decimal":
            mantissa, _, exponent = cell.lower().partition("e")
            return len(mantissa.partition(".")[2]) - int(exponent or 0) <= DECIMALS and abs(Decimal(cell)) < 10**28
        case _:
            return _is_moment(cell, window if is_dated(column) else None)


def _is_moment(cell: str, window: Window | None) -> bool:
    try:
        moment = datetime.fromisoformat(cell.removesuffix("UTC").rstrip())
    except ValueError:
        return False
    return window is None or window.start <= moment.date() <= window.end


def _line_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1
