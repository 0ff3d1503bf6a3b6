"""What the receipts of a database say of a question: which days were told, when, and with how many rows."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from dailymotion_reports.destinations.base import Told
from dailymotion_reports.destinations.our_columns import RECEIPTS
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest

Ask = Callable[[str, Sequence[object]], Sequence[Sequence[Any]]]
"""Runs a statement with values for its ``?``, and gives its rows."""

_LATER = ("asked_at", "request", "day_rows", "day_sums")
"""Columns that receipts of earlier versions lack."""


def told_in(
    ask: Ask, present: Iterable[str], table: str, request: ReportRequest, accounts: Collection[str]
) -> dict[str, tuple[Told, ...]]:
    """What receipts tell of each account; ``present`` are the columns that they have, and ``table`` is its name."""
    columns, told = set(present), dict[str, list[Told]]((account, []) for account in accounts)
    if not columns or not told:
        return dict.fromkeys(told, ())
    later = [name if name in columns else f"NULL AS {name}" for name in _LATER]
    chosen = ", ".join(("account", "window_start", "window_end", "loaded_at", *later))
    marks = ", ".join("?" * len(told))
    found = ask(
        f"SELECT {chosen} FROM {RECEIPTS} WHERE table_name = ? AND question IN (?, ?) AND account IN ({marks}) "  # noqa: S608
        "AND window_start <= ? AND window_end >= ?",
        [table, request.shape, request.question, *told, request.window.end, request.window.start],
    )
    for account, *row in found:
        told[account].append(_told(*row, request=request))
    return {account: in_order(each) for account, each in told.items()}


def told_of(record: Mapping[str, Any], request: ReportRequest) -> Told:
    """What one receipt says that is kept as plain JSON values."""
    names = ("window_start", "window_end", "loaded_at", *_LATER)
    return _told(*(record.get(name) for name in names), request=request)


def in_order(told: Iterable[Told]) -> tuple[Told, ...]:
    """Those first that were asked for first."""
    return tuple(sorted(told, key=lambda one: one.asked))


def _told(
    start: Any, end: Any, loaded: Any, asked: Any, kept: Any, rows: Any, sums: Any, *, request: ReportRequest
) -> Told:
    """A receipt; one of an earlier version says less: it told of the same metrics, and its rows nobody counted."""
    metrics = _metrics(kept) if kept else frozenset(request.metrics)
    counted = {date.fromisoformat(day): number for day, number in json.loads(rows).items()} if rows else None
    window = Window(as_day(start), as_day(end))
    return Told(window, _moment(asked or loaded), metrics, counted, _Sums(sums) if sums else None)


@lru_cache(256)
def _metrics(kept: str) -> frozenset[str]:
    """The metrics of a request as a receipt keeps it; those of many accounts and days are alike."""
    return frozenset(json.loads(kept)["metrics"])


class _Sums(Mapping[date, Mapping[str, Decimal]]):
    """The sums of each day as a receipt keeps them, read when somebody asks: mostly nobody does."""

    def __init__(self, kept: str) -> None:
        self._kept = kept

    @cached_property
    def _read(self) -> dict[date, dict[str, Decimal]]:
        kept: dict[str, dict[str, str]] = json.loads(self._kept)
        return {date.fromisoformat(day): {name: Decimal(sum) for name, sum in of.items()} for day, of in kept.items()}

    def __getitem__(self, day: date) -> Mapping[str, Decimal]:
        return self._read[day]

    def __iter__(self) -> Iterator[date]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def as_day(value: date | datetime | str) -> date:
    """A day as databases give it."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC)
