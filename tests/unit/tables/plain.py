"""What a report file says, by Python's csv module and plain conversions: independent of the code under test.

Slow, and held to the same rules: no number is rounded, no text is changed, what is not of its type is refused.
"""

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal

from dailymotion_reports.tables.schema import Column, TableSchema

Row = tuple[object, ...]

DIGITS = frozenset("0123456789")


class Refused(Exception):
    """The file is not what it should be; ``lines`` are those of which one is to blame, first and last."""

    def __init__(self, reason: str, first: int, last: int) -> None:
        super().__init__(reason)
        self.lines = range(first, last + 1)


def rows_of(data: bytes, schema: TableSchema) -> list[Row]:
    """The typed rows of a file.  Raises Refused."""
    text = _text(data)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    places = _places(next(rows, []), schema)
    found: list[Row] = []
    before = rows.line_num
    try:
        for row in rows:
            if row:
                found.append(_typed(row, places, schema, before + 1, rows.line_num))
            before = rows.line_num
    except csv.Error as error:
        raise Refused(str(error), before + 1, before + _lines(text)) from None
    return found


def _lines(text: str) -> int:
    """How many lines there are, as the csv module counts them: a lone carriage return ends one too."""
    return len(io.StringIO(text, newline="").readlines())


def _text(data: bytes) -> str:
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            raise Refused("not UTF-8", number, number) from None
        if b"\0" in line:
            raise Refused("null byte", number, number)
    return data.decode("utf-8-sig")


def _places(header: list[str], schema: TableSchema) -> list[int]:
    """Where each column stands, and last how many there are."""
    plain = [name.lower() for name in header]
    places = []
    for column in schema.columns:
        found = [n for n, name in enumerate(plain) if name in (column.name, *column.also_named)]
        if len(found) != 1:
            raise Refused(f"{column.name} {len(found)} times", 1, 1)
        places += found
    return [*places, len(header)]


def _typed(row: list[str], places: list[int], schema: TableSchema, first: int, last: int) -> Row:
    *wanted, expected = places
    if len(row) != expected:
        raise Refused(f"{len(row)} fields", first, last)
    try:
        return tuple(value_of(row[place], column) for place, column in zip(wanted, schema.columns, strict=True))
    except ValueError as error:
        raise Refused(str(error), first, last) from None


def value_of(cell: str, column: Column) -> object:
    """One cell as a value of its column.  Raises ValueError."""
    match column.type:
        case "text" | "month":
            return cell
        case _ if not cell:
            return None
        case "integer":
            return _integer(cell)
        case "decimal":
            return _decimal(cell)
        case "date":
            return _day(cell)
        case "timestamp":
            return _time(cell)
        case _:
            raise ValueError(f"no type of a report: {column.type}")


def _integer(cell: str) -> int:
    digits = cell.removeprefix("-")
    value = int(cell) if digits and set(digits) <= DIGITS and len(digits) <= 19 else None
    if value is None or not -(2**63) <= value < 2**63:
        raise ValueError(f"no integer: {cell!r}")
    return value


def _decimal(cell: str) -> Decimal:
    mantissa, _, exponent = cell.lower().partition("e")
    whole, _, part = mantissa.removeprefix("-").partition(".")
    power = exponent.lstrip("+-") if exponent[:1] in ("+", "-") and exponent[1:2] not in ("+", "-") else exponent
    formed = bool(whole or part) and set(whole + part) <= DIGITS
    if not formed or ("e" in cell.lower()) != bool(exponent) or not set(power) <= DIGITS or len(power) > 3:
        raise ValueError(f"no decimal: {cell!r}")
    if len(part) - int(exponent or 0) > 10 or abs(Decimal(cell)) >= 10**28:
        raise ValueError(f"a decimal that does not fit: {cell!r}")
    return Decimal(cell)


def _day(cell: str) -> date:
    if len(cell) != 10 or not cell.isascii() or cell[4] != "-" or cell[7] != "-":
        raise ValueError(f"no day: {cell!r}")
    return date.fromisoformat(cell)


def _time(cell: str) -> datetime:
    plain = re.sub(r"( ?UTC|Z|\+00:?00)$", "", cell)
    if not plain.isascii() or len(plain) not in (16, 19) or plain[10] not in " T" or plain[13] != ":":
        raise ValueError(f"no time: {cell!r}")
    _day(plain[:10])
    return datetime.fromisoformat(plain)
