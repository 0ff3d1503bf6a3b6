"""``ReportQuery``: what somebody wants to know; ``ReportRequest``: a piece of it that the API accepts.

Both are values.  Whether the API accepts a query is `plan`'s affair; here only spelling is put in order.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Self

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.period import DAY_HINT, Window, parse_day


def spelled(name: str) -> str:
    """``name`` in the API's way of writing metrics, dimensions and products: ``time-watched`` -> ``TIME_WATCHED``."""
    return name.strip().replace("-", "_").replace(" ", "_").upper()


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(spelled(name) for name in names if name.strip())


def _filters(filters: Mapping[str, str] | None) -> Mapping[str, str]:
    """Filters that nobody changes behind anybody's back."""
    return MappingProxyType(dict(sorted((filters or {}).items())))


def _window(start: date | str, end: date | str) -> Window:
    """The window between two days as people write them; both are named where neither can be read."""
    days: list[date] = []
    problems: list[str] = []
    for given, name in ((start, "first day"), (end, "last day")):
        try:
            days.append(parse_day(given, name))
        except InvalidQuery as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidQuery(*problems, hint=DAY_HINT)
    return Window(*days)


def _listed(names: object) -> tuple[str, ...]:
    """Names as a tuple, an iterator read once; what is no list of names becomes one thing that is no name."""
    if isinstance(names, str):
        return tuple(names.split(","))
    return tuple(names) if isinstance(names, Iterable) else (names,)  # type: ignore[return-value]


def _not_texts(
    metrics: tuple[object, ...], dimensions: tuple[object, ...], filters: object, product: object
) -> Iterator[str]:
    """What cannot be sent as text, in a sentence each."""
    for kind, names in (("metrics", metrics), ("dimensions", dimensions)):
        if not all(_is_text(name) for name in names):
            yield f"The {kind} must be names: one text, or several."
    if filters is not None and not isinstance(filters, Mapping):
        yield "The filters must be pairs of a name and a value."
    elif not all(_is_text(part) for pair in (filters or {}).items() for part in pair):
        yield "A filter has one name and one value, both texts."
    if product is not None and not _is_text(product):
        yield "The product must be a name."


def _is_text(value: object) -> bool:
    """True for text that can be written down: half of a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is wanted: metrics by dimensions, for one product, over a window of UTC days.

    ``product`` None means that the API chooses; its documents say CONTENT.  Names are kept in the API's spelling.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    window: Window
    filters: Mapping[str, str] = field(default_factory=dict)
    product: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _filters(self.filters))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.metrics, self.dimensions, self.window, dict(self.filters), self.product)

    @classmethod
    def of(
        cls,
        metrics: str | Iterable[str],
        dimensions: str | Iterable[str] = (),
        *,
        start: date | str,
        end: date | str,
        filters: Mapping[str, str] | None = None,
        product: str | None = None,
    ) -> Self:
        """A query from what people write: any case, hyphens, one name or several, dates or ``YYYY-MM-DD``.

        Raises InvalidQuery where a day cannot be read, the last day lies before the first, or something is no
        text: a filter takes one value.
        """
        metrics, dimensions = _listed(metrics), _listed(dimensions)
        problems = [*_not_texts(metrics, dimensions, filters, product)]
        if problems:
            raise InvalidQuery(*problems)
        window = _window(start, end)
        chosen = spelled(product) if product else None
        return cls(_names(metrics), _names(dimensions), window, _filters(filters), chosen)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer: dimensions then metrics, as asked, in lower case."""
        return tuple(name.lower() for name in (*self.dimensions, *self.metrics))


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One report, ready to ask: exact names, one window that the API accepts, a product.

    ``reason`` says why the plan asks for it, in one sentence.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    window: Window
    filters: Mapping[str, str]
    product: str
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _filters(self.filters))

    def __reduce__(self) -> tuple[object, ...]:
        asked = (self.metrics, self.dimensions, self.window, dict(self.filters), self.product, self.reason)
        return type(self), asked

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file, dimensions then metrics, in lower case."""
        return tuple(name.lower() for name in (*self.dimensions, *self.metrics))

    @property
    def question(self) -> str:
        """Fingerprint (64 hex digits) of what is asked, whatever the days."""
        return _digest(self._asked())

    @property
    def fingerprint(self) -> str:
        """Fingerprint (64 hex digits) of what is asked, days included.

        The order of metrics and of dimensions does not matter: the rows are the same.
        """
        days = {"start": str(self.window.start), "end": str(self.window.end)}
        return _digest(self._asked() | days)

    def _asked(self) -> dict[str, object]:
        return {
            "metrics": sorted(self.metrics),
            "dimensions": sorted(self.dimensions),
            "filters": dict(sorted(self.filters.items())),
            "product": self.product,
        }

    def as_dict(self) -> dict[str, object]:
        """The request as plain JSON values, as `dmr plan --json` prints it."""
        return {
            "metrics": list(self.metrics),
            "dimensions": list(self.dimensions),
            "filters": dict(self.filters),
            "product": self.product,
            "start": str(self.window.start),
            "end": str(self.window.end),
            "reason": self.reason,
        }


def _digest(value: dict[str, object]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
