"""Everything that is wrong with a question, by the catalogue; and what of it no public document confirms."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from dailymotion_reports.query.catalog import Catalog, Filter, nearest
from dailymotion_reports.query.cutting import cut
from dailymotion_reports.query.draft import Draft
from dailymotion_reports.query.fitting import fit
from dailymotion_reports.query.grain import DERIVED, is_utc
from dailymotion_reports.query.period import Window
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
    yield from _names("dimension", asked.dimensions, (*catalog.dimensions, *DERIVED), asked.unverified)
    yield from found.get("filters", ())
    yield from _filters(asked, catalog)
    yield from found.get("product", ())
    yield from _names("product", _products(asked), catalog.products, asked.unverified)
    yield from found.get("wishes", ())
    yield from _assumed(asked, catalog)
    yield from _weight(asked, catalog)
    yield from found.get("days", ())
    zone = tuple(_zone(asked))
    yield from zone
    if not zone:
        yield from _uncut(asked, catalog)
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
    if len(groups) > 1 and asked.unverified:
        yield f"No public document says whether one report may hold metrics of {' and '.join(groups)}."
    if any(catalog.dimensions[d].fans_out for d in asked.dimensions if d in catalog.dimensions):
        yield "One view with several tags counts in several rows: do not add the rows of CONTENT_TAG."
    if today and asked.window and asked.window.end >= today:
        yield f"The last day, {asked.window.end}, is not over: today is {today} UTC."


def _kinds(asked: Draft, catalog: Catalog) -> Iterator[tuple[str, tuple[str, ...], Iterable[str]]]:
    yield "metric", asked.metrics, catalog.metrics
    yield "dimension", asked.dimensions, (*catalog.dimensions, *DERIVED)
    yield "product", _products(asked), catalog.products


_SOME_DAY = Window(date(2000, 1, 1), date(2000, 1, 1))


def _zone(asked: Draft) -> Iterator[Problem]:
    if is_utc(asked.timezone):
        return
    from dailymotion_reports.query.zone import zone_problems

    yield from zone_problems(asked.timezone, asked.window)


def _products(asked: Draft) -> tuple[str, ...]:
    return asked.products or ((asked.product,) if asked.product else ())


def _assumed(asked: Draft, catalog: Catalog) -> Iterator[Problem]:
    """Formulas that are to be taken for granted and that there are none of."""
    for name in asked.assumed:
        metric = catalog.metrics.get(name)
        if metric is None or not metric.numerator:
            with_one = ", ".join(one.name for one in catalog.metrics.values() if one.numerator)
            yield Problem(f"No formula of {name} is known that could be assumed.", f"There are those of {with_one}.")


def _weight(asked: Draft, catalog: Catalog) -> Iterator[Problem]:
    """Why nothing can be shared out by the metric that is named for it."""
    by = asked.allocate_by
    if by and asked.beside:
        told = "Figures that are known coarser stand side by side or are shared out, not both."
        yield Problem(told, "Give --side-by-side or --allocate-by.")
    unknown = tuple(_names("metric", (by,) if by else (), catalog.metrics, asked.unverified))
    yield from unknown
    known = catalog.metrics.get(by)
    if by and not unknown and (known is None or known.rule != "add"):
        yield Problem(f"Nothing can be shared out by {by}: it is no sum.", "Name one that is, such as VIEWS.")


def _uncut(asked: Draft, catalog: Catalog) -> Iterator[Problem]:
    """Why no reports can be made of the names that are known; of days that cannot be read nothing is said."""
    metrics = tuple(name for name in asked.metrics if asked.unverified or name in catalog.metrics)
    dimensions = (n for n in asked.dimensions if asked.unverified or n in catalog.dimensions or n in DERIVED)
    known = replace(asked, metrics=tuple(dict.fromkeys(metrics)), dimensions=tuple(dict.fromkeys(dimensions)))
    known = replace(known, window=asked.window or _SOME_DAY)
    yield from cut(known, catalog).problems


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


def _future(asked: Draft, today: date | None) -> Iterator[Problem]:
    if today and asked.window and asked.window.start > today:
        yield Problem(f"The period {asked.window} has not begun: today is {today} UTC.")
