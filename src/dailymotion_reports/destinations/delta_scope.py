"""What a load is about in a Delta table: its rows, as a condition in deltalake's SQL, and the name it is known by."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest


@dataclass(frozen=True, slots=True)
class Scope:
    """A load's question and account, and the column by which its rows tell their day, if any."""

    question: str
    account: str
    window: Window
    column: str
    asked: datetime

    @classmethod
    def of(cls, load: Load) -> "Scope":
        """The scope of a load."""
        return cls.about(load.request, load.account, load.table.schema.names, load.asked_at)

    @classmethod
    def about(cls, request: ReportRequest, account: str, columns: Sequence[str], asked: datetime) -> "Scope":
        """The scope of whatever answers a request, in a table of these columns."""
        column = next((name for name in ("day", "hour") if name in columns), "")
        return cls(request.shape, account, request.window, column, asked)

    @property
    def whose(self) -> str:
        """A name for question and account.  Of two loads that bear it at once the later one fails."""
        both = f"{self.question}\n{self.account}".encode()
        return f"dmr/{hashlib.sha256(both).hexdigest()[:32]}"

    @property
    def day(self) -> str:
        """The day of a row, in any SQL; nothing where it tells none."""
        return "CAST(hour AS DATE)" if self.column == "hour" else self.column

    def condition(self, windows: Sequence[Window], others: Collection[str] = ()) -> str:
        """The rows of ``windows``, and those of ``others`` than its account too."""
        same = f"window_start = DATE '{self.window.start}' AND window_end = DATE '{self.window.end}'"
        accounts = ", ".join(map(_text, (self.account, *others)))
        whose = f"question = {_text(self.question)} AND account {f'IN ({accounts})' if others else f'= {accounts}'}"
        if not self.column:
            return f"{whose} AND {same}"
        among = [f"({self.column} IS NULL AND {same})", *map(self._within, windows)]
        return f"{whose} AND ({' OR '.join(among)})"

    def _within(self, window: Window) -> str:
        if self.column == "day":
            return f"(day >= DATE '{window.start}' AND day <= DATE '{window.end}')"
        after = window.end + timedelta(days=1)
        return f"(hour >= '{window.start} 00:00:00' AND hour < '{after} 00:00:00')"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
