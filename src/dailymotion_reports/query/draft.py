"""``Draft``: a question as far as it can be read, names in the API's spelling, and why the rest cannot.

Whether the names exist and go together is the affair of `checks`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.grain import UTC, is_utc
from dailymotion_reports.query.period import PERIOD_HINT, Period, Window, parse_day
from dailymotion_reports.query.question import CHANNEL_FILTER, Problem, Question, items

Part = Literal["source", "metrics", "dimensions", "filters", "product", "wishes", "days"]
"""Where in a question a mistake is, in the order in which mistakes are told."""

NO_DAYS = Problem("No period was named.", f"Name a period, or a first and a last day. {PERIOD_HINT}")
TWO_KINDS = Problem("A period and days of its own exclude each other.", "Give one or the other.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What can be read of a question, and by part what cannot.

    ``window`` is None where the days cannot be read; ``period`` is how they were spelled, if not as two days.
    ``partial`` is true where a part is lost, so that its absence is no mistake of its own.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    window: Window | None
    filters: tuple[tuple[str, str], ...] = ()
    product: str | None = None
    period: str = ""
    unverified: bool = False
    channels: tuple[str, ...] = ()
    """Channels, where there are several; one is a filter."""
    products: tuple[str, ...] = ()
    """Products, where there are several."""
    timezone: str = UTC
    assumed: tuple[str, ...] = ()
    beside: bool = False
    allocate_by: str = ""
    """The metric by which figures that are known coarser are shared out; empty where none is."""
    problems: Mapping[Part, tuple[Problem, ...]] = field(default_factory=dict)
    partial: bool = False


def draft(question: Question, today: date | None) -> Draft:
    """What can be read of a question; ``today`` is the present UTC day, for periods that count from it."""
    problems: dict[Part, list[Problem]] = {"source": list(question.mistakes)}
    metrics, problems["metrics"] = _names("metrics", question.metrics)
    dimensions, problems["dimensions"] = _names("dimensions", question.dimensions)
    filters, problems["filters"] = _filters(question)
    products, problems["product"] = _products(question.product)
    assumed, problems["wishes"] = _names("assumed formulas", question.assume)
    allocate_by = _weight(question.allocate_by, problems["wishes"])
    problems["days"] = []
    window = _days(question, today, problems["days"])
    return Draft(
        metrics,
        dimensions,
        window,
        filters,
        products[0] if products else None,
        _words(question, window),
        bool(question.unverified),
        channels=_several(question.channels),
        products=products if len(products) > 1 else (),
        timezone=_zone(question.timezone, problems["wishes"]),
        assumed=assumed,
        beside=bool(question.beside),
        allocate_by=allocate_by,
        problems={part: tuple(told) for part, told in problems.items()},
        partial=question.partial or bool(problems["metrics"]),
    )


def spelled(name: str) -> str:
    """``name`` in the API's way of writing metrics, dimensions and products: ``time-watched`` -> ``TIME_WATCHED``."""
    return name.strip().replace("-", "_").replace(" ", "_").upper()


def names(given: Iterable[str]) -> tuple[str, ...]:
    """Names in the API's spelling, without empty ones; a text may hold several, with commas."""
    return tuple(spelled(name) for text in given for name in text.split(",") if name.strip())


def _is_text(value: object) -> bool:
    """True for text that can be written down: half of a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)


def _shown(text: str) -> str:
    """``text`` for a message; bytes that are no UTF-8, which arrive as such halves, as ``\\xff``."""
    if _is_text(text):
        return repr(text)
    try:
        return f"'{text.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')}'"
    except UnicodeEncodeError:
        return ascii(text)


def _names(kind: str, given: object) -> tuple[tuple[str, ...], list[Problem]]:
    """Names in one text or in several, an iterator read once."""
    listed = items(given) if given is not None else (None,)
    texts = [name for name in listed if isinstance(name, str) and _is_text(name)]
    problems = [_no_utf8(f"Among the {kind}", name) for name in listed if isinstance(name, str) and not _is_text(name)]
    if not all(isinstance(name, str) for name in listed):
        problems.append(Problem(f"The {kind} must be names: one text, or several."))
    return names(texts), problems


def _no_utf8(where: str, text: str) -> Problem:
    return Problem(f"{where} {_shown(text)} is no text in UTF-8.")


def _products(given: object) -> tuple[tuple[str, ...], list[Problem]]:
    listed = items(given) if given else ()
    if not all(isinstance(name, str) for name in listed):
        return (), [Problem("The product must be a name.")]
    lost = [_no_utf8("The product", name) for name in listed if isinstance(name, str) and not _is_text(name)]
    return names(name for name in listed if isinstance(name, str) and _is_text(name)), lost


def _weight(given: object, problems: list[Problem]) -> str:
    """The metric that shares figures out; empty where there is none, or ``problems`` is told why."""
    if given is None or given == "":
        return ""
    named = names((given,)) if isinstance(given, str) and _is_text(given) else ()
    if len(named) == 1:
        return named[0]
    problems.append(Problem("Figures are shared out by one metric.", "For example: --allocate-by VIEWS."))
    return ""


def _zone(given: object, problems: list[Problem]) -> str:
    if given is None or given == "":
        return UTC
    if isinstance(given, str) and _is_text(given):
        return UTC if is_utc(given) else given
    problems.append(Problem("The time zone must be a name, such as Europe/Rome."))
    return UTC


def _several(given: object) -> tuple[str, ...]:
    """Channels, where there are several that can be read."""
    channels = tuple(dict.fromkeys(one for one in items(given) if isinstance(one, str) and _is_text(one)))
    return channels if len(channels) > 1 else ()


def _filters(question: Question) -> tuple[tuple[tuple[str, str], ...], list[Problem]]:
    channels = tuple(dict.fromkeys(items(question.channels)))
    own = [_pair((CHANNEL_FILTER, channel)) for channel in channels]
    given = [_pair(item) for item in items(question.filters)]
    read = [*(own if len(channels) == 1 else ()), *given]
    problems = [item for item in (*own, *given) if isinstance(item, Problem)]
    if len(channels) > 1 and any(_is_channel(item) for item in given):
        problems.append(Problem(f"The filter {CHANNEL_FILTER} and several channels exclude each other."))
    return tuple(item for item in read if not isinstance(item, Problem)), problems


def _is_channel(item: tuple[str, str] | Problem) -> bool:
    return not isinstance(item, Problem) and item[0].replace("-", "").replace("_", "").lower() == CHANNEL_FILTER.lower()


def _pair(item: object) -> tuple[str, str] | Problem:
    """A filter's name and value, of a pair or of a text NAME=VALUE."""
    if isinstance(item, str):
        name, equals, value = item.partition("=")
        if not equals or not name:
            return Problem(f"The filter {_shown(item)} is not NAME=VALUE.", "For example: mediaType=VIDEO.")
        item = (name, value)
    match item:
        case (str() as name, str()) if not _is_text(name):
            return _no_utf8("The filter", name)
        case (str() as name, str() as value) if not _is_text(value):
            return _no_utf8(f"The filter {name}: its value", value)
        case (str() as name, str() as value):
            return name, value
        case (_, _):
            return Problem("A filter has one name and one value, both texts.")
        case _:
            return Problem("The filters must be pairs of a name and a value.")


def _days(question: Question, today: date | None, problems: list[Problem]) -> Window | None:
    """The window of a question; where there is none, ``problems`` is told why."""
    start, end = question.start, question.end
    if question.period is not None:
        problems.extend([TWO_KINDS] if start is not None or end is not None else [])
        return _read(question.period, "period", today, problems)
    if start is None and end is None:
        problems.extend([] if question.partial else [NO_DAYS])
        return None
    first = _bound(start, "first day", "The last day is given without a first day.", today, problems)
    last = _bound(end, "last day", "The first day is given without a last day.", today, problems)
    if first is None or last is None:
        return None
    try:
        return Window(first.start, last.end)
    except InvalidQuery as error:
        problems.extend(_told(error))
        return None


def _bound(given: object, name: str, absent: str, today: date | None, problems: list[Problem]) -> Window | None:
    """What the first or the last day of a question stands for."""
    if given is None:
        problems.append(Problem(absent, "--period names both at once."))
        return None
    if isinstance(given, str) and ".." in given:
        problems.append(Problem(f"The {name} {given!r} is not a day.", "Days as A..B are named with --period."))
        return None
    return _read(given, name, today, problems)


def _read(given: object, name: str, today: date | None, problems: list[Problem]) -> Window | None:
    try:
        if _is_text(given):
            return Period(str(given)).window(today, name)
        day = parse_day(given, name)  # type: ignore[arg-type]
        return Window(day, day)
    except InvalidQuery as error:
        problems.extend(_told(error))
        return None


def _told(error: InvalidQuery) -> Iterator[Problem]:
    for text in error.problems:
        yield Problem(text, error.hint)


def _words(question: Question, window: Window | None) -> str:
    """How the days were spelled, where that is not how they are written; empty where it is."""
    given = (question.start, question.end) if question.period is None else (question.period,)
    words = "..".join(str(part).strip().lower() for part in given)
    return "" if window is None or words in (str(window), str(window.start)) else words
