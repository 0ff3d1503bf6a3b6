"""``Window``: the days of a question.  All days are UTC days; ``now`` is never read here."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from dailymotion_reports.errors import InvalidQuery

DAY_HINT = "Days are written YYYY-MM-DD, for example 2023-07-01."

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """First to last day, both included, in UTC.

    The API's ``endDate`` is inclusive: users get one day with equal start and end.
    Raises InvalidQuery where the last day lies before the first.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InvalidQuery(
                f"The period ends ({self.end}) before it starts ({self.start}).",
                hint="The last day is included, so one day has the same start and end.",
            )

    @property
    def days(self) -> int:
        """How many days, at least 1."""
        return (self.end - self.start).days + 1

    def cut_to(self, days: int) -> "Window":
        """The first ``days`` days of the window, or all of it where it is shorter."""
        return Window(self.start, min(self.end, self.start + timedelta(days=days - 1)))

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


def parse_day(text: date | str, name: str = "day") -> date:
    """``text`` (a date or ``YYYY-MM-DD``) as a date.

    Raises InvalidQuery naming ``name`` where it is no such date.
    """
    if isinstance(text, date):
        return date(text.year, text.month, text.day)
    try:
        if not isinstance(text, str) or not _DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidQuery(f"The {name} {text!r} is not a day.", hint=DAY_HINT) from None
