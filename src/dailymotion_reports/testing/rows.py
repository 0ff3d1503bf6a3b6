"""What is true as rows of the types that a report's rows have, and where the two differ."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.sandbox.truth_days import MADE_UP

_SHOWN: Final = 3
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "integer": int,
    "decimal": Decimal,
}


def typed_rows(text: str) -> list[dict[str, Any]]:
    """The rows of a CSV by lower-case column name: str, date, datetime (naive, UTC), int, Decimal.

    An empty number is None; a name that neither catalogue nor truth knows is text.
    """
    header, *records = csv.reader(io.StringIO(text, newline=""))
    kinds = [_kind(name.upper()) for name in header]
    return [
        {name: _value(cell, kind) for name, cell, kind in zip(header, record, kinds, strict=True)} for record in records
    ]


def difference(said: Iterable[Mapping[str, Any]], true: Iterable[Mapping[str, Any]]) -> str:
    """In which rows the two differ, whatever their order; empty where they do not."""
    ours, theirs = (Counter(tuple(row.items()) for row in rows) for rows in (said, true))
    parts = (("not true", ours - theirs), ("missing", theirs - ours))
    return "\n".join(_told(word, rows) for word, rows in parts if rows)


def _told(word: str, rows: Counter[Any]) -> str:
    shown = [f"  {dict(row)}" for row in list(rows.elements())[:_SHOWN]]
    return "\n".join([f"{rows.total()} rows {word}, the first of them:", *shown])


def _kind(name: str) -> str:
    if name in MADE_UP:
        return "date"
    catalog = load_catalog()
    known = catalog.dimensions.get(name) or catalog.metrics.get(name)
    return known.type if known else "text"


def _value(cell: str, kind: str) -> Any:
    read = _READERS.get(kind)
    if read is None:
        return cell
    return read(cell) if cell else None
