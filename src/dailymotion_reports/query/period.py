"""``Window``: the days of a question; ``Period``: how people spell them.  All days are UTC days.

What counts from today is told which day that is: no clock is read here.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import nearest

DAY_HINT = "Days are written YYYY-MM-DD, for example 2023-07-01."
PERIOD_HINT = (
    "Periods are written 2023-07-01, 2023-07, 2023-Q3, 2023-W27, 2023, yesterday, last-28-days, last-month… or A..B."
)
FROM_TO_HINT = "Days are written YYYY-MM-DD; 2023-07, yesterday or last-month stand for their first or last day."

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

    def dates(self) -> Iterator[date]:
        """Each day, in order."""
        return (self.start + timedelta(days=number) for number in range(self.days))

    def cut_to(self, days: int) -> "Window":
        """The first ``days`` days of the window, or all of it where it is shorter."""
        return Window(self.start, min(self.end, self.start + timedelta(days=days - 1)))

    def split(self, days: int, *, months: bool = False) -> "tuple[Window, ...]":
        """Windows of at most ``days`` days that together are this one: in order, without gap and without overlap.

        With ``months`` none of them ends within a month, but for the last: ``days`` is 31 at least.
        """
        windows, rest = [], self
        while rest.days > days:
            first = rest.cut_to(days)
            if months:
                first = Window(rest.start, _first(first.end.year, first.end.month) - timedelta(1))
            windows.append(first)
            rest = Window(first.end + timedelta(1), rest.end)
        return (*windows, rest)

    def halves(self, *, months: bool = False) -> "tuple[Window, ...]":
        """Two windows that together are this one, about as long as each other; none where it cannot be parted.

        With ``months`` it is parted between two months, as near to its middle as can be.
        """
        middle = self.start + timedelta(days=self.days // 2)
        begins = [middle] if not months else [_first(middle.year, middle.month), _next_month(middle)]
        inside = [day for day in begins if self.start < day <= self.end]
        if not inside:
            return ()
        second = min(inside, key=lambda day: abs(day - middle))
        return Window(self.start, second - timedelta(1)), Window(second, self.end)

    def __contains__(self, other: "Window") -> bool:
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


@dataclass(frozen=True, slots=True)
class Period:
    """Days as people spell them, in any case; which days they are may depend on today.

    - a day ``2023-07-01``, a month ``2023-07``, a quarter ``2023-Q3``, an ISO week ``2023-W27``, a year ``2023``;
    - ``today``, ``yesterday``, ``last-N-days`` (N days that end yesterday);
    - ``last-week`` (Monday to Sunday), ``last-month``, ``last-quarter``, ``last-year``: the whole one before;
    - ``this-week``, ``this-month``, ``this-quarter``, ``this-year``: up to and including today;
    - ``A..B``: from the first day of A to the last day of B.
    """

    text: str

    def window(self, today: date | None = None, name: str = "period") -> Window:
        """The days; ``today`` is the present UTC day, which words that count from it need.

        Raises InvalidQuery naming ``name`` where there is no such period, or where a ``today`` is needed and
        is not given.
        """
        first, dots, last = self.text.partition("..")
        if not dots:
            return _window(first, today, name)
        if not first.strip() or not last.strip():
            raise _no_period(name, self.text, " Both A and B of A..B are needed.")
        return Window(_window(first, today, name).start, _window(last, today, name).end)

    def __str__(self) -> str:
        return self.text


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


def _window(text: str, today: date | None, name: str) -> Window:
    """One period without dots."""
    spelled = text.strip().lower().replace("_", "-").replace(" ", "-")
    try:
        for shape, absolute in _ABSOLUTE:
            if found := shape.fullmatch(spelled):
                return absolute(*map(int, found.groups()))
        for shape, relative in _RELATIVE:
            if found := shape.fullmatch(spelled):
                return relative(_known(today, name, text), *map(int, found.groups()))
    except OverflowError:
        raise _no_period(name, text, " It lies beyond the calendar.") from None
    except InvalidQuery:
        raise
    except ValueError as error:
        raise _no_period(name, text, f" {error}") from None
    meant = nearest(spelled, PERIOD_WORDS) if any(c.isalpha() for c in spelled) else None
    raise _no_period(name, text, f" Did you mean {meant}?" if meant else "")


def _no_period(name: str, text: str, why: str) -> InvalidQuery:
    shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    what, hint = ("one that is known", PERIOD_HINT) if name == "period" else ("a day", FROM_TO_HINT)
    return InvalidQuery(f"The {name} {shown!r} is not {what}.{why}", hint=hint)


def _known(today: date | None, name: str, text: str) -> date:
    if today is None:
        raise InvalidQuery(
            f"The {name} {text!r} counts from today, and which day that is was not said.",
            hint="Hand over the present UTC day as today, or write the days.",
        )
    return date(today.year, today.month, today.day)


def _day(year: int, month: int, day: int) -> Window:
    try:
        one = date(year, month, day)
    except ValueError:
        raise ValueError("The calendar has no such day.") from None
    return Window(one, one)


def _month(year: int, month: int) -> Window:
    if not 1 <= month <= _MONTHS:
        raise ValueError("A year has months 01 to 12.")
    return Window(_first(year, month), date(year, month, monthrange(year, month)[1]))


def _quarter(year: int, quarter: int) -> Window:
    if not 1 <= quarter <= 4:
        raise ValueError("A year has quarters Q1 to Q4.")
    return Window(_first(year, quarter * 3 - 2), _month(year, quarter * 3).end)


def _week(year: int, week: int) -> Window:
    _first(year, 1)
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        last = 53 if date(year, 1, 1).weekday() == 3 or date(year, 12, 31).weekday() == 3 else 52
        raise ValueError(f"{year} has weeks W01 to W{last}.") from None
    return Window(monday, monday + timedelta(6))


def _year(year: int) -> Window:
    return Window(_first(year, 1), date(year, 12, 31))


def _next_month(day: date) -> date:
    return _first(day.year + day.month // _MONTHS, day.month % _MONTHS + 1)


def _first(year: int, month: int) -> date:
    if year < 1:
        raise ValueError("The calendar begins with the year 0001.")
    return date(year, month, 1)


def _last_days(today: date, days: int) -> Window:
    if days < 1:
        raise ValueError("One day is the least.")
    return Window(today - timedelta(days), today - timedelta(1))


def _this(window: Callable[[date], Window]) -> Callable[[date], Window]:
    """The period that holds today, as far as it has come."""
    return lambda today: Window(window(today).start, today)


def _last(window: Callable[[date], Window]) -> Callable[[date], Window]:
    """The whole period before the one that holds today."""
    return lambda today: window(window(today).start - timedelta(1))


_MONTHS = 12
_LONGEST_SHOWN = 60
_HOLDING: dict[str, Callable[[date], Window]] = {
    "week": lambda day: _week(day.isocalendar().year, day.isocalendar().week),
    "month": lambda day: _month(day.year, day.month),
    "quarter": lambda day: _quarter(day.year, (day.month + 2) // 3),
    "year": lambda day: _year(day.year),
}
"""The week, month, quarter or year that a day lies in."""

_ABSOLUTE: tuple[tuple[re.Pattern[str], Callable[..., Window]], ...] = (
    (re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII), _day),
    (re.compile(r"(\d{4})-(\d\d)", re.ASCII), _month),
    (re.compile(r"(\d{4})-q(\d)", re.ASCII), _quarter),
    (re.compile(r"(\d{4})-w(\d\d)", re.ASCII), _week),
    (re.compile(r"(\d{4})", re.ASCII), _year),
)
_RELATIVE: tuple[tuple[re.Pattern[str], Callable[..., Window]], ...] = (
    (re.compile("today"), lambda today: Window(today, today)),
    (re.compile("yesterday"), lambda today: _last_days(today, 1)),
    (re.compile(r"last-?(\d{1,9})-?d(?:ays?)?", re.ASCII), _last_days),
    *((re.compile(f"this-?{unit}"), _this(holding)) for unit, holding in _HOLDING.items()),
    *((re.compile(f"last-?{unit}"), _last(holding)) for unit, holding in _HOLDING.items()),
)

PERIOD_WORDS = (
    "today",
    "yesterday",
    "last-7-days",
    "last-28-days",
    "last-30-days",
    "last-90-days",
    *(f"{which}-{unit}" for which in ("last", "this") for unit in _HOLDING),
)
"""Words that count from today; ``last-N-days`` for any N stands for itself."""
