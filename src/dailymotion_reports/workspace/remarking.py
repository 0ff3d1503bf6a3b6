"""What is remarkable about a load of a dataset, as its table says once it is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from dailymotion_reports.destinations.base import LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DmrError
from dailymotion_reports.project.due import USUAL_DAYS, DayTold, Low, days_told, low
from dailymotion_reports.project.remarks import Remark, lows, restated, unreconciled
from dailymotion_reports.query.period import Window
from dailymotion_reports.workspace.report import Report
from dailymotion_reports.workspace.standing_orders import Piece


def remarks_on(
    piece: Piece, report: Report, receipt: LoadReceipt, totals: Report | DmrError | None
) -> tuple[Remark, ...]:
    """What is remarkable about a piece that was loaded with ``receipt``.

    Its low days are marked as provisional in the table, whatever the dataset says.  ``totals`` is the report that its
    rows are compared with, or why it cannot be had; what keeps one from looking is remarked too, since the rows are
    loaded all the same.
    """
    found = list(restated(receipt.changes, piece.dataset.restated_above))
    try:
        told = _told(piece)
        days = _low_days(piece, told)
        found += lows(days)
        if early := _settles_too_early(piece, told, days):
            report.load(piece.dataset.into, settle_days=early)
        if isinstance(totals, DmrError):
            raise totals
        if totals:
            found += unreconciled(told, _daily(totals, piece.window), piece.dataset.reconcile or 0.0)
    except DmrError as error:
        found.append(Remark("unchecked", f"It could not be looked at what was loaded: {error.message}"))
    return tuple(found)


def would_empty(piece: Piece, report: Report) -> bool:
    """Whether an answer has no rows at all, of days of which the table has some.  Raises LoadError."""
    if any(part.rows != 0 for part in report.parts or (report.manifest,)):
        return False
    told = _told(piece)
    return any(told[day].rows for day in piece.window.dates() if day in told)


def _told(piece: Piece) -> Mapping[date, DayTold]:
    """What the table knows of the days of a piece and of the week before it."""
    answered = piece.plan.answered
    request = replace(answered, window=Window(piece.window.start - timedelta(days=USUAL_DAYS), piece.window.end))
    told = open_destination(piece.dataset.into).told(request, [piece.account])
    return days_told(told[piece.account], answered.metrics)


def _low_days(piece: Piece, told: Mapping[date, DayTold]) -> Mapping[date, Sequence[Low]]:
    """The days whose figures are doubted, since they are low."""
    return {day: found for day in piece.window.dates() if (found := low(day, told))}


def _settles_too_early(piece: Piece, told: Mapping[date, DayTold], days: Mapping[date, Sequence[Low]]) -> int:
    """After how many days figures settle so that none of these days is final; 0 where none is anyway."""
    oldest = max((_age(day, told) for day in days), default=0)
    return oldest + 1 if days and oldest >= piece.settle_days else 0


def _age(day: date, told: Mapping[date, DayTold]) -> int:
    return (told[day].asked - day).days


def _daily(totals: Report, window: Window) -> Mapping[date, Mapping[str, Decimal]]:
    """The totals of each day, by column; a day without a row has none of anything."""
    columns = [name for name in totals.columns if name != "day"]
    found = {day: dict.fromkeys(columns, Decimal(0)) for day in window.dates()}
    return found | dict(_sums(totals, columns))


def _sums(totals: Report, columns: Sequence[str]) -> Iterator[tuple[date, dict[str, Decimal]]]:
    for row in totals.rows():
        yield row["day"], {name: Decimal(row[name] or 0) for name in columns}
