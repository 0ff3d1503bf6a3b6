"""What is ours in a database: columns of every table, and tables that tell of loads, restated figures and columns."""

from collections.abc import Mapping

from dailymotion_reports.tables.schema import Column

RECEIPTS, CHANGES, COLUMNS = "_dmr_loads", "_dmr_changes", "_dmr_columns"
"""Our own tables: a row for each load, for each figure that was restated, and for each column of every table."""

OURS: Mapping[str, tuple[str, str]] = {
    "product": ("text", "Whose use is counted: CONTENT, EMBED, CLAIM or ALL"),
    "filters": ("text", "What the rows were narrowed by, as name=value"),
    "profile": ("text", "The account's name in the configuration that loaded them"),
    "account": ("text", "A digest of whose figures they are"),
    "window_start": ("date", "First day of the report that told them"),
    "window_end": ("date", "Last day of the report that told them"),
    "asked_at": ("timestamp", "When that report was asked for (UTC); the newest one wins"),
    "loaded_at": ("timestamp", "When they were loaded (UTC)"),
    "question": ("text", "Fingerprint of dimensions, filters and product, whatever the days"),
    "fingerprint": ("text", "Fingerprint of the very report that told them"),
    "provisional": ("boolean", "Whether they were asked for before figures of that day are taken to be final"),
}
"""Columns that we add to the asked ones: their type, and what they mean."""

OUR_TABLES: Mapping[str, Mapping[str, str]] = {
    RECEIPTS: {
        "table_name": "text",
        "question": "text",
        "fingerprint": "text",
        "window_start": "date",
        "window_end": "date",
        "account": "text",
        "row_count": "integer",
        "loaded_at": "timestamp",
        "asked_at": "timestamp",
        "kept_days": "integer",
        "request": "text",
        "day_rows": "text",
        "day_sums": "text",
    },
    CHANGES: {
        "table_name": "text",
        "question": "text",
        "account": "text",
        "day": "date",
        "column_name": "text",
        "before": "decimal",
        "after": "decimal",
        "window_start": "date",
        "window_end": "date",
        "asked_at": "timestamp",
        "loaded_at": "timestamp",
    },
    COLUMNS: {
        "table_name": "text",
        "place": "integer",
        "column_name": "text",
        "kind": "text",
        "type": "text",
        "unit": "text",
        "rule": "text",
        "currency": "text",
        "about": "text",
    },
}


def described(name: str, column: Column | None) -> tuple[str | None, ...]:
    """A column's row of `COLUMNS`, without table and place."""
    if column is None:
        kind, about = OURS[name]
        return name, "ours", kind, "", "", "", about
    kind = "metric" if column.is_metric else "dimension"
    return name, kind, column.type, column.unit, column.rule or "", column.currency or "", _about(column)


def _about(column: Column) -> str:
    """What a column is, in a sentence for people."""
    rules = {"add": "may be added up", "recompute": "never averaged: divide the sums of its parts", "level": "a level",
             "none": "may not be added up"}  # fmt: skip
    parts = (column.about, column.unit, rules.get(column.rule or "", ""))
    return "; ".join(part for part in parts if part)
