"""Files to relations: SQL text that reads report files with declared types and a declared dialect.

The text is DuckDB's; its parameters are the paths.  Every cell is read as text and then turned into its type by
one rule a type (`RULES`), so that nothing is guessed and nothing is rounded: text stays text, "NA" is Namibia, an
empty text is empty, an empty number is NULL, and money is DECIMAL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dailymotion_reports.errors import DamagedFile
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

_DIALECT = """auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', comment = '',
    strict_mode = true, null_padding = false, ignore_errors = false, nullstr = '', max_line_size = 16777216"""


def typed_relation(files: Sequence[Path], schema: TableSchema) -> tuple[str, list[str]]:
    """SQL for the rows of ``files`` as ``schema`` types them, and its parameters (one path a file).

    Raises SchemaChanged where a file lacks a column, DamagedFile where one cannot be opened or has no first row.
    """
    if not files:
        return _nothing(schema), []
    parts = [_one_file(header_of(path, schema), schema) for path in files]
    return "\nUNION ALL ".join(parts), [_literal(path) for path in files]


def header_of(path: Path, schema: TableSchema) -> Header:
    """Where the columns of ``schema`` stand in the file at ``path``."""
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_HEADER)
            whole = not file.read(1)
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}.") from None
    names = first_record(start, whole=whole)
    if names is None:
        raise DamagedFile(f"The first row of {path.name} has no end.")
    return match_header(names, schema.wanted())


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    """A path that DuckDB does not take for a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _one_file(header: Header, schema: TableSchema) -> str:
    names = [f"c{n}" for n in range(len(header.names))]
    declared = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    never_null = ", ".join(f"'{name}'" for name in names)
    selected = ", ".join(_selected(names[header.places[column.name]], column) for column in schema.columns)
    # A file of one column cannot tell an empty line from a row with an empty cell; it is a line.
    rows = "\nWHERE c0 <> ''" if len(names) == 1 else ""
    return (
        f"SELECT {selected}\nFROM read_csv(?, {_DIALECT},\n"
        f"    columns = {{{declared}}}, force_not_null = [{never_null}]){rows}"
    )


def _selected(cell: str, column: Column) -> str:
    rule = RULES.get(column.type)
    if rule is None:
        refused = f"error('{column.name} holds a null byte')"
        return f"CASE WHEN contains({cell}, chr(0)) THEN {refused} ELSE {cell} END AS {quoted(column.name)}"
    kind = SQL_TYPES[column.type]
    fits = f"regexp_full_match({cell}, '{rule.pattern}') AND TRY_CAST({cell} AS {kind}) IS NOT NULL"
    if column.type == "decimal":
        fits += f" AND {_digits_after_the_point(cell)} <= {DECIMALS}"
    refused = f"error('{column.name} is not {rule.meaning}: ' || {cell})"
    return (
        f"CASE WHEN {cell} = '' THEN NULL WHEN {fits} THEN CAST({cell} AS {kind}) ELSE {refused} END "
        f"AS {quoted(column.name)}"
    )


def _digits_after_the_point(cell: str) -> str:
    """SQL for how many digits follow the point once the number is written out."""
    fraction = rf"length(regexp_extract({cell}, '\.(\d*)', 1))"
    exponent = f"coalesce(TRY_CAST(regexp_extract({cell}, '[eE]([+-]?[0-9]+)', 1) AS INTEGER), 0)"
    return f"{fraction} - {exponent}"


def _nothing(schema: TableSchema) -> str:
    cells = ", ".join(f"CAST(NULL AS {SQL_TYPES[c.type]}) AS {quoted(c.name)}" for c in schema.columns)
    return f"SELECT {cells} WHERE false"
