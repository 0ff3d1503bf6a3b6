"""Everything that is wrong with a question, by the catalogue; and what of it no public document confirms."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from dailymotion_reports.query.catalog import Catalog, Filter, nearest
from dailymotion_reports.query.draft import Draft
from dailymotion_reports.query.question import Problem

SHOWN_NAMES = 9
"""Known names that a message lists where none is near."""

LONGEST_NAME = 60
"""Characters of an unknown name that a message repeats."""

NEWER = "A name newer than this catalogue can be sent as it is with --unverified."

_API_NAME = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_FILTER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


def problems(asked: Draft, catalog: Catalog, today: date | None) -> Iterator[Problem]:
    """What is wrong with a question, one sentence for each mistake, in the order of the question."""
    found = asked.problems
    yield from found.get("source", ())
    yield from found.get("metrics", ())
    if not asked.metrics and not asked.partial:
        yield Problem("No metric was named.")
    yield from _names("metric", asked.metrics, catalog.metrics, asked.unverified)
    yield from found.get("dimensions", ())
    yield from _names("dimension", asked.dimensions, catalog.dimensions, asked.unverified)
    yield from found.get("filters", ())
    yield from _filters(asked, catalog)
    yield from found.get("product", ())
    if asked.product:
        yield from _names("product", (asked.product,), catalog.products, asked.unverified)
    yield from _too_many_dimensions(asked, catalog)
    yield from found.get("days", ())
    yield from _too_long(asked, catalog)
    yield from _pairs(asked, catalog)
    yield from _future(asked, today)


def unconfirmed(asked: Draft, catalog: Catalog) -> Iterator[str]:
    """What of a question without problems no public document confirms, a sentence each."""
    for kind, names, known in _kinds(asked, catalog):
        for name in names:
            if name not in known:
                yield f"This catalogue holds no {kind} {name}."
    for name, value in asked.filters:
        found = catalog.filter_named(name)
        if found is None:
            yield f"This catalogue holds no filter {name}."
        elif found.values and value.upper() not in found.values:
            yield f"This catalogue holds no value {value} of the filter {found.name}."
    for metric in asked.metrics:
        doubtful = [d for d in asked.dimensions if fit(metric, d, catalog) == "unknown"]
        if doubtful:
            yield f"No public document says whether {metric} goes with {', '.join(doubtful)}."


def doubts(asked: Draft, catalog: Catalog, today: date | None) -> Iterator[str]:
    """What else is doubtful about a question without problems; none of it keeps it from being sent."""
    for metric in asked.metrics:
        seen = [d for d in asked.dimensions if fit(metric, d, catalog) == "seen"]
        if seen:
            yield f"{metric} with {', '.join(seen)} was seen in user code only; no public document says so."
        likely = [d for d in asked.dimensions if fit(metric, d, catalog) == "likely"]
        if likely:
            yield f"{metric} probably goes with {', '.join(likely)}; no public document says so plainly."
    groups = dict.fromkeys(catalog.metrics[m].group for m in asked.metrics if m in catalog.metrics)
    if len(groups) > 1:
        yield f"No public document says whether one report may hold metrics of {' and '.join(groups)}."
    if any(catalog.dimensions[d].fans_out for d in asked.dimensions if d in catalog.dimensions):
        yield "One view with several tags counts in several rows: do not add the rows of CONTENT_TAG."
    if today and asked.window and asked.window.end >= today:
        yield f"The last day, {asked.window.end}, is not over: today is {today} UTC."


def fit(metric: str, dimension: str, catalog: Catalog) -> str:
    """What the catalogue says of a metric with a dimension; of names that it does not hold, nothing."""
    if metric not in catalog.metrics or dimension not in catalog.dimensions:
        return ""
    return catalog.fit(metric, dimension)


def _kinds(asked: Draft, catalog: Catalog) -> Iterator[tuple[str, tuple[str, ...], Iterable[str]]]:
    yield "metric", asked.metrics, catalog.metrics
    yield "dimension", asked.dimensions, catalog.dimensions
    yield "product", (asked.product,) if asked.product else (), catalog.products


def _names(kind: str, names: tuple[str, ...], known: Iterable[str], unverified: bool) -> Iterator[Problem]:
    known = tuple(known)
    for name in dict.fromkeys(names):
        if name not in known and not unverified:
            yield _unknown(kind, name, known)
        elif not _API_NAME.fullmatch(name):
            yield _no_name(kind, name, "letters A to Z, digits and _")
        elif names.count(name) > 1:
            yield Problem(f"The {kind} {name} is named twice.")


def _unknown(kind: str, name: str, known: tuple[str, ...]) -> Problem:
    meant = nearest(name, known)
    if meant:
        return Problem(f"There is no {kind} {_shown(name)}. Did you mean {meant}?", NEWER)
    more = f" and {len(known) - SHOWN_NAMES} more" if len(known) > SHOWN_NAMES else ""
    some = ", ".join(known[:SHOWN_NAMES]) + more
    text = f"There is no {kind} {_shown(name)}. There is {some}; docs/reference/catalogue.md lists them all."
    return Problem(text, NEWER)


def _no_name(kind: str, name: str, letters: str) -> Problem:
    return Problem(f"{_shown(name)!r} cannot be a {kind}: names of the API have {letters} only.")


def _shown(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"


def _filters(asked: Draft, catalog: Catalog) -> Iterator[Problem]:
    seen: list[str] = []
    for name, value in asked.filters:
        found = catalog.filter_named(name)
        if found is None and not asked.unverified:
            yield _unknown("filter", name, tuple(catalog.filters))
            continue
        if found is None and not _FILTER_NAME.fullmatch(name):
            yield _no_name("filter", name, "letters, digits and _")
            continue
        exact = found.name if found else name
        if exact in seen:
            yield Problem(f"The filter {exact} is given twice; it takes one value.")
        seen.append(exact)
        yield from _value(exact, found, value, asked.unverified)


def _value(name: str, known: Filter | None, value: str, unverified: bool) -> Iterator[Problem]:
    allowed = known.values if known else ()
    if not value:
        yield Problem(f"The filter {name} has no value.")
    elif allowed and value.upper() not in allowed and not (unverified and _API_NAME.fullmatch(value.upper())):
        yield Problem(f"The filter {name} cannot be {value!r}; it takes {' or '.join(allowed)}.")


def _too_many_dimensions(asked: Draft, catalog: Catalog) -> Iterator[Problem]:
    most = catalog.limits.max_dimensions
    if len(asked.dimensions) > most:
        yield Problem(
            f"{len(asked.dimensions)} dimensions are too many; a report takes at most {most}. "
            f"Leave out {', '.join(asked.dimensions[most:])}, for example."
        )


def _too_long(asked: Draft, catalog: Catalog) -> Iterator[Problem]:
    window, most = asked.window, catalog.limits.max_days
    if window and window.days > most and not told_apart(asked.dimensions, catalog):
        yield Problem(
            f"The period {window} has {window.days} days; a report takes at most {most}, and rows of several reports "
            f"can only be put together where they tell their days apart: group by DAY, HOUR or MONTH. "
            f"The longest period that starts there ends on {window.cut_to(most).end}."
        )


def told_apart(dimensions: Iterable[str], catalog: Catalog) -> str | None:
    """The finest of the dimensions that say when, by its type (``timestamp``, ``date``, ``month``), or None.

    With one of them a row belongs to one window, so that windows can be asked for one by one and appended.
    """
    types = {catalog.dimensions[name].type for name in dimensions if name in catalog.dimensions}
    return next((kind for kind in ("timestamp", "date", "month") if kind in types), None)


def _pairs(asked: Draft, catalog: Catalog) -> Iterator[Problem]:
    for dimension in asked.dimensions:
        for metric in asked.metrics:
            if fit(metric, dimension, catalog) == "denied":
                yield Problem(f"{metric} does not go with {dimension}.{_instead(metric, dimension, catalog)}")


def _instead(metric: str, dimension: str, catalog: Catalog) -> str:
    coarser = {"HOUR": "DAY", "MINUTE": "HOUR", "CHANNEL_SLUG": "VIDEO_OWNER_CHANNEL_SLUG"}.get(dimension)
    while coarser and catalog.fit(metric, coarser) == "denied":
        coarser = {"HOUR": "DAY"}.get(coarser)
    return f" {coarser} does." if coarser else ""


def _future(asked: Draft, today: date | None) -> Iterator[Problem]:
    if today and asked.window and asked.window.start > today:
        yield Problem(f"The period {asked.window} has not begun: today is {today} UTC.")
