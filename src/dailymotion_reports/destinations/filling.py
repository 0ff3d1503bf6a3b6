"""The rows of a load as they go into a table: the asked columns, and those of ours that say whose rows they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dailymotion_reports.destinations.base import Load, Table
from dailymotion_reports.destinations.our_columns import OURS
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.engine import connection, readable_errors
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.schema import TableSchema


@dataclass(frozen=True, slots=True)
class Filling:
    """Rows as SQL for DuckDB that yields the table's columns by name, with its values and the names in order."""

    sql: str
    values: tuple[object, ...]
    names: tuple[str, ...]


def filling(load: Load, table: Table, windows: Sequence[Window]) -> Filling:
    """The rows of ``table``, all that ``load`` brings or a part of it, that lie in ``windows``; with our columns."""
    day, names = day_column(table.schema), table.schema.names
    sql, paths = table.relation()
    ours = {name: value for name, value in _ours(load).items() if name not in names}
    typed = [f"CAST(? AS {_DUCKDB[OURS[name][0]]}) AS {quoted(name)}" for name in ours]
    final = f"coalesce({day}, CAST(? AS DATE))" if day else "CAST(? AS DATE)"
    typed.append(f"{final} > CAST(? AS DATE) AS provisional")
    values: list[object] = [*ours.values(), load.request.window.end, load.final_until]
    inside, days = ("TRUE", []) if windows == (load.request.window,) else _within(day, windows)
    asked = ", ".join(map(quoted, names))
    text = f"SELECT {asked}, {', '.join(typed)} FROM ({sql}) AS answer WHERE {inside}"  # noqa: S608
    return Filling(text, (*values, *paths, *days), (*names, *ours, "provisional"))


def passed_over(table: Table, windows: Sequence[Window]) -> int:
    """How many rows of ``table`` lie in none of ``windows``, and have no place in what `filling` makes of it."""
    inside, days = _within(day_column(table.schema), windows)
    sql, paths = table.relation()
    with readable_errors(table.explained), connection() as opened:
        table.checked_in(opened)
        counted = opened.execute(f"SELECT count(*) FROM ({sql}) WHERE ({inside}) IS NOT TRUE", [*paths, *days])  # noqa: S608
        return int(counted.fetchall()[0][0])


def day_column(schema: TableSchema, day_of: Callable[[str], str] = "CAST({} AS DATE)".format) -> str:
    """SQL for the day of a row, or nothing where the question has none."""
    if "day" in schema.names:
        return "day"
    return day_of("hour") if "hour" in schema.names else ""


def naive(moment: datetime) -> datetime:
    """A moment as tables hold it: UTC, and nothing that says so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


_DUCKDB = {"text": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}


def _within(day: str, windows: Sequence[Window]) -> tuple[str, list[object]]:
    """A condition for the rows whose day lies in one of ``windows``, and its values."""
    ends: list[object] = [one for window in windows for one in (window.start, window.end)]
    return " OR ".join(f"{day} BETWEEN ? AND ?" for _ in windows), ends


def _ours(load: Load) -> dict[str, object]:
    """The values of our own columns that are the same in every row."""
    request, window = load.request, load.request.window
    return {
        "product": request.product,
        "filters": ", ".join(f"{name}={value}" for name, value in sorted(request.filters.items())),
        "profile": load.profile,
        "account": load.account,
        "window_start": window.start,
        "window_end": window.end,
        "asked_at": naive(load.asked_at),
        "loaded_at": naive(load.now),
        "question": request.shape,
        "fingerprint": request.fingerprint,
    }
