"""All that the catalogue knows of one name, as plain data: what goes with it, how it may be added up, who says so."""

from typing import Any, Final

from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.facts import Dimension, Fact, Fit, Metric, Rule

RULES: Final[dict[Rule, str]] = {
    "add": "may be added up, but not over tags (CONTENT_TAG), and not ALL with its parts",
    "recompute": "made again from its parts, never added up or averaged",
    "level": "a level at a moment: never added up over days",
    "none": "cannot be recombined: never added up, never averaged",
}
"""What each rule means, in words."""

FITS: Final[tuple[Fit, ...]] = ("allowed", "likely", "unknown", "denied")

KINDS: Final = {"InputField": "input field"}
"""What a fact is called where its class says it otherwise."""


def kind_of(fact: Fact) -> str:
    """What a fact is: metric, dimension, filter, product, limit, scope, status or input field."""
    name = type(fact).__name__
    return KINDS.get(name, name.lower())


def explained(catalog: Catalog, fact: Fact) -> dict[str, Any]:
    """All that is known of ``fact``, as JSON values: its own fields, and what follows from the others.

    A metric has besides ``rule_means``, ``part_of`` and ``goes_with`` (dimensions by how they fit), a dimension
    ``goes_with`` (groups of metrics by how they fit).  ``sources`` are addresses, in the order of ``source``.
    """
    everything = told(fact)
    match fact:
        case Metric():
            everything |= _metric(catalog, fact)
        case Dimension():
            everything |= {"column_kind": fact.kind, "goes_with": _groups(catalog, fact)}
        case _:
            pass
    everything["sources"] = [catalog.sources[code].address for code in fact.source]
    return everything


def told(fact: Fact) -> dict[str, Any]:
    """What kind of fact it is, and those of its fields that have a value, as JSON values."""
    return {"kind": kind_of(fact), "name": fact.name, "meaning": fact.meaning} | _fields(fact)


def _fields(fact: Fact) -> dict[str, Any]:
    names = [name for kind in reversed(type(fact).__mro__) for name in getattr(kind, "__slots__", ())]
    values = {name: getattr(fact, name) for name in names if name not in ("name", "meaning", "kind")}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value is not None and value != ()
    }


def _metric(catalog: Catalog, metric: Metric) -> dict[str, Any]:
    fits: dict[Fit, list[str]] = {fit: [] for fit in FITS}
    for dimension in catalog.dimensions:
        fits[catalog.fit(metric.name, dimension)].append(dimension)
    group = catalog.groups[metric.group]
    more: dict[str, Any] = {
        "group_title": group.title,
        "rule_means": RULES[metric.rule],
        "matrix": {"sources": [catalog.sources[code].address for code in group.source], "date": group.date}
        | {"confidence": group.confidence},
        "part_of": [other.name for other in catalog.metrics.values() if metric.name in other.parts],
        "goes_with": fits,
        "row_complete": group.complete and metric.name in group.metrics,
        "possible": [name for name in catalog.dimensions if name in group.possible],
        "tried_with": [list(one.dimensions) for one in group.tried if metric.name in one.metrics],
    }
    return more | ({"group_note": group.note} if group.note else {})


def _groups(catalog: Catalog, dimension: Dimension) -> dict[Fit, list[str]]:
    fits: dict[Fit, list[str]] = {fit: [] for fit in FITS}
    for group in catalog.groups:
        fits[catalog.group_fit(group, dimension.name)].append(group)
    return fits
