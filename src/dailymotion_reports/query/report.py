"""``ReportQuery``: what somebody wants to know; ``ReportRequest``: a piece of it that the API accepts.

Both are values.  Whether the API accepts a query is `plan`'s affair; here only spelling is put in order.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Self

from dailymotion_reports.query.draft import Draft, draft
from dailymotion_reports.query.draft import spelled as spelled
from dailymotion_reports.query.grain import UTC
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.question import Question, refusal


def _filters(filters: Mapping[str, str] | None) -> Mapping[str, str]:
    """Filters that nobody changes behind anybody's back."""
    return MappingProxyType(dict(sorted((filters or {}).items())))


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is wanted: metrics by dimensions, for one product, over a window of UTC days.

    ``product`` None means that the API chooses; its documents say CONTENT.  Names are kept in the API's spelling.
    ``unverified`` allows what no public document confirms, and names that the catalogue does not hold.
    ``period`` is how the days were spelled (``last-28-days``), if not as days: it explains, and is not compared.
    Where there are several ``channels`` or ``products`` they stand there, and not among the filters and as ``product``.
    Days are those of ``timezone``.  ``assumed`` names metrics whose formula is taken for granted.  Figures that are
    known coarser than asked stand below the others with ``beside``; the metric ``allocate_by`` shares them out.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    window: Window
    filters: Mapping[str, str] = field(default_factory=dict)
    product: str | None = None
    unverified: bool = False
    period: str = field(default="", compare=False)
    channels: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    timezone: str = UTC
    assumed: tuple[str, ...] = ()
    beside: bool = False
    allocate_by: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _filters(self.filters))

    def __hash__(self) -> int:
        asked = (self.metrics, self.dimensions, self.window, tuple(self.filters.items()), self.product)
        return hash((*asked, self.unverified, *self._more))

    def __reduce__(self) -> tuple[object, ...]:
        asked = (self.metrics, self.dimensions, self.window, dict(self.filters), self.product)
        return type(self), (*asked, self.unverified, self.period, *self._more)

    @property
    def _more(self) -> tuple[object, ...]:
        return self.channels, self.products, self.timezone, self.assumed, self.beside, self.allocate_by

    @classmethod
    def of(
        cls,
        metrics: str | Iterable[str],
        dimensions: str | Iterable[str] = (),
        *,
        period: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        filters: Mapping[str, str] | None = None,
        product: str | Iterable[str] | None = None,
        unverified: bool = False,
        channels: str | Iterable[str] = (),
        timezone: str | None = None,
        assume: str | Iterable[str] = (),
        beside: bool = False,
        allocate_by: str | None = None,
        today: date | None = None,
    ) -> Self:
        """A query from what people write: any case, hyphens, one name or several.

        The days are a ``period`` as `Period` spells them (``2023-07``, ``last-28-days``), or ``start`` and ``end``,
        each a date, ``YYYY-MM-DD`` or such a period.  ``today``, the present UTC day, is needed by periods that
        count from it.  Raises InvalidQuery with a sentence for everything that cannot be read: days, an end
        before the start, what is no text.
        """
        asked = Question(
            metrics,
            dimensions,
            start,
            end,
            period,
            filters,
            channels=channels,
            product=product,
            unverified=unverified,
            timezone=timezone,
            assume=assume,
            beside=beside,
            allocate_by=allocate_by,
        )
        return cls.read(draft(asked, today))

    @classmethod
    def read(cls, read: Draft) -> Self:
        """The query that a draft is.  Raises InvalidQuery with everything that could not be read."""
        problems = [problem for told in read.problems.values() for problem in told]
        if problems or read.window is None:
            raise refusal(problems)
        asked = read.metrics, read.dimensions, read.window, dict(read.filters), read.product
        more = read.timezone, read.assumed, read.beside, read.allocate_by
        return cls(*asked, read.unverified, read.period, read.channels, read.products, *more)

    @property
    def draft(self) -> Draft:
        """The query as a draft without problems."""
        filters = tuple(self.filters.items())
        asked = self.metrics, self.dimensions, self.window, filters, self.product, self.period, self.unverified
        more = self.timezone, self.assumed, self.beside, self.allocate_by
        return Draft(*asked, self.channels, self.products, *more)

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

    def __hash__(self) -> int:
        return hash((self.metrics, self.dimensions, self.window, tuple(self.filters.items()), self.product))

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

    @property
    def shape(self) -> str:
        """Fingerprint of what its rows are of, whatever the days and the metrics: reports alike have about as many."""
        return _digest({name: value for name, value in self._asked().items() if name != "metrics"})

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

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """What `as_dict` wrote.  Raises KeyError, TypeError or ValueError where it is none."""
        window = Window(date.fromisoformat(data["start"]), date.fromisoformat(data["end"]))
        names = tuple(data["metrics"]), tuple(data["dimensions"])
        return cls(*names, window, dict(data["filters"]), data["product"], data["reason"])


def _digest(value: dict[str, object]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
