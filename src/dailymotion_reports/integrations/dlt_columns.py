"""What dlt is told of a table: its columns, by what rows are replaced, and marks of what goes.

dlt's merge deletes the rows whose keys occur among those that come.  A day of which nothing comes would stay.  So a row
that is never kept goes ahead for each span of the window: dlt calls that a hard delete.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow

from dailymotion_reports.workspace import HandedColumn, Handover
from dailymotion_reports.workspace.handover import DIGITS, SPAN

DELETED = "_dmr_deleted"
"""The column that marks what goes; empty in every row that stays."""

MERGE_KEY = ("question", "account", SPAN)
"""What a row is replaced by: as in every destination of ours, question and account and day, or else window."""

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"data_type": "text"},
    "month": {"data_type": "text"},
    "date": {"data_type": "date"},
    "timestamp": {"data_type": "timestamp", "precision": 6, "timezone": False},
    "integer": {"data_type": "bigint"},
    "decimal": {"data_type": "decimal", "precision": DIGITS[0], "scale": DIGITS[1]},
    "boolean": {"data_type": "bool"},
}

KIND = "x-dmr-kind"
"""What of ours a column of dlt's schema is: dimension, metric, or ours."""


def hints_of(handover: Handover, *, merged: bool = True) -> dict[str, Any]:
    """The columns in order as dlt's schema has them, with types, and with what they mean.

    Where rows are not ``merged``, nothing is marked, and there are no keys.
    """
    if not merged:
        return {column.name: _hint(column) for column in handover.columns}
    about = "Empty: marks, on the way, a span whose earlier rows go"
    deleted = HandedColumn(DELETED, "ours", "boolean", "", "", "", about)
    hints = {column.name: _hint(column) for column in (*handover.columns, deleted)}
    hints[DELETED]["hard_delete"] = True
    for name in MERGE_KEY:
        hints[name] |= {"merge_key": True, "nullable": False}
    return hints


def keyed(schema: pyarrow.Schema) -> pyarrow.Schema:
    """The schema of rows as dlt has it of them: their keys are never empty."""
    return pyarrow.schema([field.with_nullable(field.name not in MERGE_KEY) for field in schema])


def markers(schema: pyarrow.Schema, handover: Handover) -> pyarrow.Table:
    """A row of ``schema`` for each span that the answer replaces, of which nothing but the keys is told."""
    spans = handover.spans
    count = len(spans)
    told = {"question": [handover.question] * count, "account": [handover.account] * count, SPAN: spans}
    columns = [
        pyarrow.array(told[field.name], field.type) if field.name in told else pyarrow.nulls(count, field.type)
        for field in schema
    ]
    marked = schema.append(pyarrow.field(DELETED, pyarrow.bool_()))
    return pyarrow.table([*columns, pyarrow.array([True] * count)], schema=marked)


def _hint(column: HandedColumn) -> dict[str, Any]:
    described = {"description": column.about} if column.about else {}
    more = {"rule": column.rule, "unit": column.unit, "currency": column.currency}
    marks = {f"x-dmr-{name}": value for name, value in more.items() if value}
    return {"name": column.name, **_TYPES[column.type], "nullable": True, **described, KIND: column.kind, **marks}
