"""Files to relations: SQL text that reads report files with declared types and a declared dialect.

The text is DuckDB's; its parameters are the paths.  Cells keep what they hold: text stays text, "NA" is
Namibia, an empty text is empty, an empty number is NULL, and money is DECIMAL.
"""

from collections.abc import Sequence
from pathlib import Path

from dailymotion_reports.errors import DamagedFile
from dailymotion_reports.tables.schema import DECIMALS, Column, TableSchema
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

_DIALECT = """auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', comment = '',
    strict_mode = true, null_padding = false, ignore_errors = false, nullstr = '', dateformat = '%Y-%m-%d',
    max_line_size = 16777216"""


def typed_relation(files: Sequence[Path], schema: TableSchema) -> tuple[str, list[str]]:
    """SQL for the rows of ``files`` as ``schema`` types them, and its parameters (one path a file).

    Raises SchemaChanged where a file lacks a column, DamagedFile where one has no first row.
    """
    if not files:
        return _nothing(schema), []
    parts = [_one_file(header_of(path, schema), schema) for path in files]
    return "\nUNION ALL ".join(parts), [str(path) for path in files]


def header_of(path: Path, schema: TableSchema) -> Header:
    """Where the columns of ``schema`` stand in the file at ``path``."""
    with path.open("rb") as file:
        start = file.read(LONGEST_HEADER)
    names = first_record(start, whole=path.stat().st_size <= LONGEST_HEADER)
    if names is None:
        raise DamagedFile(f"The first row of {path.name} has no end.")
    return match_header(names, schema.wanted())


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _one_file(header: Header, schema: TableSchema) -> str:
    by_place = {header.places[column.name]: column for column in schema.columns}
    names = [f"c{n}" for n in range(len(header.names))]
    declared = ", ".join(f"'{name}': '{_declared(by_place.get(n))}'" for n, name in enumerate(names))
    texts = ", ".join(f"'{names[n]}'" for n in sorted(by_place) if _declared(by_place[n]) == "VARCHAR")
    selected = ", ".join(_selected(names[header.places[column.name]], column) for column in schema.columns)
    # DuckDB refuses an empty list here.
    kept_empty = f", force_not_null = [{texts}]" if texts else ""
    return f"SELECT {selected}\nFROM read_csv(?, {_DIALECT},\n    columns = {{{declared}}}{kept_empty})"


def _declared(column: Column | None) -> str:
    """Decimals are read as text first: a cast from text can refuse what it would have to round."""
    return "VARCHAR" if column is None or column.type == "decimal" else SQL_TYPES[column.type]


def _selected(name: str, column: Column) -> str:
    if column.type != "decimal":
        return f"{name} AS {quoted(column.name)}"
    refusal = f"error('{column.name} has more than {DECIMALS} digits after the point: ' || {name})"
    return (
        f"CASE WHEN length(split_part({name}, '.', 2)) > {DECIMALS} THEN {refusal} "
        f"ELSE CAST(nullif({name}, '') AS {SQL_TYPES['decimal']}) END AS {quoted(column.name)}"
    )


def _nothing(schema: TableSchema) -> str:
    cells = ", ".join(f"CAST(NULL AS {SQL_TYPES[c.type]}) AS {quoted(c.name)}" for c in schema.columns)
    return f"SELECT {cells} WHERE false"
