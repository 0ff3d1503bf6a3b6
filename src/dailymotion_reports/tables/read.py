"""Files to relations: SQL text that reads report files with declared types and a declared dialect.

The text is DuckDB's; its parameters are the paths.  Every cell is read as text and then turned into its type by
one rule a type (`RULES`), so that nothing is rounded: text stays text, "NA" is Namibia, an empty text is empty, an
empty number is NULL, and money is DECIMAL.

Rules are slow, and DuckDB's own casts are quick but lax.  So a cell is cast, the value is written out again, and where
that reads as the cell does, the value is proved to be the cell's; only what is written in another way goes by the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, repeat
from pathlib import Path

from dailymotion_reports.errors import DamagedFile, SchemaChanged
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.lines import LONGEST_LINE, look_through
from dailymotion_reports.tables.schema import DECIMALS, Column, ColumnType, TableSchema
from dailymotion_reports.wire.csvfile import LONGEST_HEADER, Header, first_record, match_header

SQL_TYPES = {
    "text": "VARCHAR",
    "month": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "integer": "BIGINT",
    "decimal": f"DECIMAL(38, {DECIMALS})",
}
"""Column types as DuckDB writes them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a cell becomes a value: the whole cell matches ``pattern``, else it is not ``meaning``.

    The pattern is one that Python and DuckDB (RE2) read alike.
    """

    pattern: str
    meaning: str


RULES: dict[ColumnType, Rule] = {
    "date": Rule(r"\d{4}-\d{2}-\d{2}", "a day (YYYY-MM-DD)"),
    "timestamp": Rule(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?( ?UTC|Z|\+00:?00)?", "a time in UTC"),
    "integer": Rule(r"-?\d{1,19}", "a whole number"),
    "decimal": Rule(
        r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", f"a number with at most {DECIMALS} digits after the point"
    ),
}
"""The rule of each type that is not text."""

_QUICK_TYPES: dict[ColumnType, str] = {"decimal": "DECIMAL(18, 6)"}
"""A type with less room, where it is read and written faster; what it does not hold is read by the rule."""

_FINE_DECIMAL = f"DECIMAL(18, {DECIMALS})"
"""A second guess at a decimal, of more digits after the point and fewer before."""

_BUFFER, _LARGE_BUFFER = LONGEST_LINE, 4 * LONGEST_LINE
"""Bytes that are read at a time, by one core."""

_LARGE = 4 * _LARGE_BUFFER
"""Bytes of a file from which on large buffers are quicker; in a smaller one they would leave cores without work."""

_LENGTHS: dict[ColumnType, int] = {"date": len("2023-07-01"), "timestamp": len("2023-07-01 00:00:00")}
"""How long a day and a time are in the years 1 to 9999."""


def _dialect(buffer: int) -> str:
    return f"""auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', comment = '',
    strict_mode = true, null_padding = false, ignore_errors = false, nullstr = '',
    max_line_size = {LONGEST_LINE}, buffer_size = {buffer}"""


@dataclass(frozen=True, slots=True)
class _File:
    header: Header
    window: Window | None

    @property
    def shape(self) -> object:
        """What files have in common that can be read as one."""
        return len(self.header.names), self.header.places


def typed_relation(files: Sequence[Path], schema: TableSchema, windows: Sequence[Window] = ()) -> tuple[str, list[str]]:
    """SQL for the rows of ``files`` as ``schema`` types them, and its parameters (one path a file).

    ``windows`` are the days that each file was asked for; its rows are refused where they hold another.
    Raises SchemaChanged where a file lacks a column, UnreadableRow where it holds a null byte or an endless line,
    DamagedFile where it cannot be opened or has no first row.
    """
    if not files:
        return _nothing(schema), []
    asked = zip(files, windows or repeat(None, len(files)), strict=True)
    found = [_File(header_of(path, schema), window) for path, window in asked]
    sizes = [look_through(path) for path in files]
    buffer = _LARGE_BUFFER if max(sizes) >= _LARGE else _BUFFER
    alike = (_of_one_shape(list(some), schema, buffer) for _, some in groupby(found, lambda one: one.shape))
    return "\nUNION ALL ".join(alike), [literal_path(path) for path in files]


def arriving_relation(
    names: Sequence[str], header: Header, schema: TableSchema, windows: Sequence[Window]
) -> tuple[str, list[str]]:
    """As `typed_relation`, for files of that header which are on their way; who gives them out looks for null bytes."""
    found = [_File(header, window) for window in windows or repeat(None, len(names))]
    return _of_one_shape(found, schema, _BUFFER), list(names)


def header_of(path: Path, schema: TableSchema) -> Header:
    """Where the columns of ``schema`` stand in the file at ``path``; errors as for `typed_relation`."""
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_HEADER)
            whole = not file.read(1)
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}.") from None
    try:
        names = first_record(start, whole=whole)
        if names is None:
            raise DamagedFile(f"The first row of {path.name} has no end.")
        return match_header(names, schema.wanted())
    except SchemaChanged as error:
        told = f"Line 1 of {path.name} is not the expected one. {error.message}"
        raise SchemaChanged(told, added=error.added, removed=error.removed) from None


def is_dated(column: Column) -> bool:
    """Whether a column holds the day or the hour that a row is about."""
    return column.name in ("day", "hour", "minute")


def meaning_of(column: Column, window: Window | None) -> str:
    """What a cell of a column must be, in words."""
    days = f" from {window.start} to {window.end}" if window and is_dated(column) else ""
    return RULES[column.type].meaning + days


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal_path(path: Path) -> str:
    """A path that DuckDB does not take for a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _of_one_shape(files: Sequence[_File], schema: TableSchema, buffer: int) -> str:
    """SQL for several files: within, the cells as text and what they seem to be; without, what they are.

    They are one source, since an engine that sums what many sources bring runs out of memory.
    """
    header, windows = files[0].header, [one.window for one in files if one.window]
    names = [f"c{n}" for n in range(len(header.names))]
    declared = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    never_null = ", ".join(f"'{name}'" for name in names)
    placed = {names[header.places[column.name]]: column for column in schema.columns}
    guessed = "".join(f", {_guess(cell, column)}" for cell, column in placed.items() if column.type in RULES)
    selected = ", ".join(f"{_value(cell, column, windows)} AS {quoted(column.name)}" for cell, column in placed.items())
    # A file of one column cannot tell an empty line from a row with an empty cell; it is a line.
    rows = "\n    WHERE c0 <> ''" if len(names) == 1 else ""
    listed = ", ".join("?" * len(files))
    dialect = f"{_dialect(buffer)},\n    columns = {{{declared}}}, force_not_null = [{never_null}]"
    within = f"SELECT {', '.join(placed)}{guessed}, file_index\n    FROM read_csv([{listed}], {dialect}){rows}"  # noqa: S608
    return f"SELECT {selected}\nFROM ({within})"


def _guess(cell: str, column: Column) -> str:
    """What DuckDB makes of a cell: it takes more than the rule does, and rounds."""
    return f"TRY_CAST({cell} AS {_QUICK_TYPES.get(column.type, SQL_TYPES[column.type])}) AS v{cell}"


def _value(cell: str, column: Column, windows: Sequence[Window]) -> str:
    """SQL for the value of a cell: the guess where that is proved, else what the rule says."""
    if column.type not in RULES:
        return cell
    guess, kind = f"v{cell}", SQL_TYPES[column.type]
    proved = _proof(guess, cell, column) + _within(guess, column, windows)
    more = _shorter(guess, cell, kind) if column.type == "decimal" else ""
    return f"CASE WHEN {proved} THEN CAST({guess} AS {kind}){more} ELSE {_by_rule(cell, column, windows)} END"


def _proof(guess: str, cell: str, column: Column) -> str:
    """SQL that is true only where a guess is the cell's value, and the cell is of the rule's form."""
    length = f" AND strlen({cell}) = {_LENGTHS[column.type]}" if column.type in _LENGTHS else ""
    return f"CAST({guess} AS VARCHAR) = {cell}{length}"


def _shorter(guess: str, cell: str, kind: str) -> str:
    """SQL for decimals with other digits than a guess is written with.

    It has all that its type has: where the cell ends earlier, no digit of it was rounded.
    """
    guesses = (guess, f"TRY_CAST({cell} AS {_FINE_DECIMAL})")
    return "".join(f" WHEN starts_with(CAST({one} AS VARCHAR), {cell}) THEN CAST({one} AS {kind})" for one in guesses)


def _within(value: str, column: Column, windows: Sequence[Window]) -> str:
    """SQL that goes on after a condition: and the day lies in the window of its file."""
    if not windows or not is_dated(column):
        return ""
    first, last = _of_file([one.start for one in windows]), _of_file([one.end for one in windows])
    return f" AND CAST({value} AS DATE) BETWEEN {first} AND {last}"


def _of_file(days: Sequence[date]) -> str:
    """SQL for the one of the days that goes with the file of a row."""
    written = [f"DATE '{day}'" for day in days]
    return (
        written[0] if len(set(days)) == 1 else f"list_extract([{', '.join(written)}], 1 + CAST(file_index AS BIGINT))"
    )


def _by_rule(cell: str, column: Column, windows: Sequence[Window]) -> str:
    """SQL for the value of any cell by the rule of its type, or its refusal."""
    # DuckDB does not know every way of writing UTC that the rule does.
    plain = f"regexp_replace({cell}, '( ?UTC|Z|[+]00:?00)$', '')" if column.type == "timestamp" else cell
    value = f"TRY_CAST({plain} AS {SQL_TYPES[column.type]})"
    fits = f"regexp_full_match({cell}, '{RULES[column.type].pattern}') AND {value} IS NOT NULL"
    if column.type == "decimal":
        fits += f" AND {_digits_after_the_point(cell)} <= {DECIMALS}"
    if column.type in _LENGTHS:
        fits += f" AND NOT starts_with({cell}, '0000')" + _within(value, column, windows)
    refused = f"error('{column.name} is not {meaning_of(column, _only(windows))}: ' || {cell})"
    return f"CASE WHEN {cell} = '' THEN NULL WHEN {fits} THEN {value} ELSE {refused} END"


def _only(windows: Sequence[Window]) -> Window | None:
    return windows[0] if len(set(windows)) == 1 else None


def _digits_after_the_point(cell: str) -> str:
    """SQL for how many digits follow the point once the number is written out."""
    fraction = rf"length(regexp_extract({cell}, '\.(\d*)', 1))"
    exponent = f"coalesce(TRY_CAST(regexp_extract({cell}, '[eE]([+-]?[0-9]+)', 1) AS INTEGER), 0)"
    return f"{fraction} - {exponent}"


def _nothing(schema: TableSchema) -> str:
    cells = ", ".join(f"CAST(NULL AS {SQL_TYPES[c.type]}) AS {quoted(c.name)}" for c in schema.columns)
    return f"SELECT {cells} WHERE false"
