"""``plan``: a question becomes reports that the API accepts, or is refused with everything that is wrong.

Nothing is sent here.  Today one question becomes one report; what needs several is refused by name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import Catalog, Filter, nearest
from dailymotion_reports.query.report import ReportQuery, ReportRequest

SHOWN_NAMES = 9
"""Known names that a message lists where none is near."""

LONGEST_NAME = 60
"""Characters of an unknown name that a message repeats."""

DEFAULT_PRODUCT = "CONTENT"
"""What the API uses when the product is left out; we always send it, so that it can be recorded.
Source: https://developers.dailymotion.com/reporting/"""


@dataclass(frozen=True, slots=True)
class Plan:
    """The reports that answer a query, in the order in which they will be asked, and what is doubtful."""

    query: ReportQuery
    requests: tuple[ReportRequest, ...]
    warnings: tuple[str, ...] = ()


def plan(query: ReportQuery, catalog: Catalog, today: date | None = None) -> Plan:
    """The reports that answer ``query``; ``today`` is the present UTC day, where it is to be looked at.

    Raises InvalidQuery with one sentence for every mistake: unknown names, too many dimensions, too long a
    period, a metric that does not go with a dimension.  Combinations of which the public documents say nothing
    are planned with a warning.
    """
    problems = (*_problems(query, catalog), *_future_problems(query, today))
    if problems:
        raise InvalidQuery(*problems, hint=_hint(problems))
    request = ReportRequest(
        metrics=query.metrics,
        dimensions=query.dimensions,
        window=query.window,
        filters=_exact_filters(query, catalog),
        product=query.product or DEFAULT_PRODUCT,
        reason="the whole question fits one report",
    )
    return Plan(query, (request,), (*_warnings(query, catalog), *_early_warnings(query, today)))


def _problems(query: ReportQuery, catalog: Catalog) -> Iterator[str]:
    if not query.metrics:
        yield "No metric was named."
    yield from _name_problems("metric", query.metrics, tuple(catalog.metrics))
    yield from _name_problems("dimension", query.dimensions, tuple(catalog.dimensions))
    yield from _filter_problems(query, catalog)
    if query.product and query.product not in catalog.products:
        yield _unknown("product", query.product, catalog.products)
    yield from _limit_problems(query, catalog)
    yield from _pair_problems(query, catalog)


def _future_problems(query: ReportQuery, today: date | None) -> Iterator[str]:
    if today and query.window.start > today:
        yield f"The period {query.window} has not begun: today is {today} UTC."


def _early_warnings(query: ReportQuery, today: date | None) -> Iterator[str]:
    if today and query.window.end >= today:
        yield f"The last day, {query.window.end}, is not over: today is {today} UTC."


def _name_problems(kind: str, names: tuple[str, ...], known: tuple[str, ...]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            yield _unknown(kind, name, known)
        elif names.count(name) > 1:
            yield f"The {kind} {name} is named twice."


def _unknown(kind: str, name: str, known: tuple[str, ...]) -> str:
    shown = name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"
    meant = nearest(name, known)
    if meant:
        return f"There is no {kind} {shown}. Did you mean {meant}?"
    more = f" and {len(known) - SHOWN_NAMES} more" if len(known) > SHOWN_NAMES else ""
    some = ", ".join(known[:SHOWN_NAMES]) + more
    return f"There is no {kind} {shown}. There is {some}; docs/reference/catalogue.md lists them all."


def _filter_problems(query: ReportQuery, catalog: Catalog) -> Iterator[str]:
    seen: list[str] = []
    for name, value in query.filters.items():
        found = catalog.filter_named(name)
        if found is None:
            yield _unknown("filter", name, tuple(catalog.filters))
            continue
        if found.name in seen:
            yield f"The filter {found.name} is given twice; it takes one value."
        seen.append(found.name)
        yield from _value_problems(found, value)


def _value_problems(asked: Filter, value: str) -> Iterator[str]:
    if not value:
        yield f"The filter {asked.name} has no value."
    elif asked.values and value.upper() not in asked.values:
        yield f"The filter {asked.name} cannot be {value!r}; it takes {' or '.join(asked.values)}."


def _limit_problems(query: ReportQuery, catalog: Catalog) -> Iterator[str]:
    limits = catalog.limits
    if len(query.dimensions) > limits.max_dimensions:
        yield (
            f"{len(query.dimensions)} dimensions are too many; a report takes at most {limits.max_dimensions}. "
            f"Leave out {', '.join(query.dimensions[limits.max_dimensions :])}, for example."
        )
    if query.window.days > limits.max_days:
        cut = query.window.cut_to(limits.max_days)
        yield (
            f"The period {query.window} has {query.window.days} days; a report takes at most {limits.max_days}. "
            f"The longest that starts there ends on {cut.end}."
        )


def _pair_problems(query: ReportQuery, catalog: Catalog) -> Iterator[str]:
    metrics = [m for m in query.metrics if m in catalog.metrics]
    for dimension in (d for d in query.dimensions if d in catalog.dimensions):
        for metric in metrics:
            if catalog.fit(metric, dimension) == "denied":
                yield f"{metric} does not go with {dimension}.{_instead(metric, dimension, catalog)}"


def _instead(metric: str, dimension: str, catalog: Catalog) -> str:
    coarser = {"HOUR": "DAY", "MINUTE": "HOUR", "CHANNEL_SLUG": "VIDEO_OWNER_CHANNEL_SLUG"}.get(dimension)
    while coarser and catalog.fit(metric, coarser) == "denied":
        coarser = {"HOUR": "DAY"}.get(coarser)
    return f" {coarser} does." if coarser else ""


def _warnings(query: ReportQuery, catalog: Catalog) -> Iterator[str]:
    for metric in query.metrics:
        doubtful = [d for d in query.dimensions if catalog.fit(metric, d) == "unknown"]
        if doubtful:
            yield f"No public document says whether {metric} goes with {', '.join(doubtful)}."
    groups = dict.fromkeys(catalog.metrics[m].group for m in query.metrics)
    if len(groups) > 1:
        yield f"No public document says whether one report may hold metrics of {' and '.join(groups)}."
    if any(catalog.dimensions[d].fans_out for d in query.dimensions):
        yield "One view with several tags counts in several rows: do not add the rows of CONTENT_TAG."


def _exact_filters(query: ReportQuery, catalog: Catalog) -> dict[str, str]:
    exact = {}
    for name, value in query.filters.items():
        found = catalog.filter_named(name)
        assert found is not None, "filters are checked before they are spelled"
        exact[found.name] = value.upper() if found.values else value
    return exact


def _hint(problems: tuple[str, ...]) -> str:
    return "Nothing was sent." if len(problems) == 1 else f"{len(problems)} things to mend; nothing was sent."
