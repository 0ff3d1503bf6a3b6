"""All that the catalogue knows of one name, as plain data: what goes with it, how it may be added up, who says so."""

from typing import Any, Final

from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.facts import Dimension, Fact, Fit, Group, Metric, Rule

RULES: Final[dict[Rule, str]] = {
    "add": "may be added up, but not ALL with its parts",
    "recompute": "made again from its parts, never added up or averaged",
    "level": "a level at a moment: never added up over days",
    "none": "cannot be recombined: never added up, never averaged",
}
"""What each rule means, in words."""

FITS: Final[tuple[Fit, ...]] = ("allowed", "seen", "likely", "unknown", "denied")

FIT_CONFIDENCE: Final[dict[Fit, str]] = {
    "allowed": "documented",
    "seen": "seen in user code",
    "likely": "inferred",
    "unknown": "unknown",
    "denied": "documented",
}
"""How sure it is that a metric goes with a dimension, or does not."""

KINDS: Final = {"InputField": "input field"}
"""What a fact is called where its class says it otherwise."""


def kind_of(fact: Fact) -> str:
    """What a fact is: metric, dimension, filter, product, limit, scope, status or input field."""
    name = type(fact).__name__
    return KINDS.get(name, name.lower())


def explained(catalog: Catalog, fact: Fact) -> dict[str, Any]:
    """All that is known of ``fact``, as JSON values: its own fields, and what follows from the others.

    A metric has besides ``rule_means``, ``part_of`` and ``goes_with`` (dimensions by how they fit), a dimension
    ``goes_with`` (groups of metrics by how they fit); ``fit_confidence`` says how sure each way of fitting is.
    ``sources`` are addresses, in the order of ``source``.
    """
    everything = told(fact)
    match fact:
        case Metric():
            everything |= _metric(catalog, fact)
        case Dimension():
            everything |= {"column_kind": fact.kind, "goes_with": _groups(catalog, fact)}
            everything["fit_confidence"] = dict(FIT_CONFIDENCE)
        case _:
            pass
    everything["sources"] = [catalog.sources[code].address for code in fact.source]
    return everything


def told(fact: Fact) -> dict[str, Any]:
    """What kind of fact it is, and those of its fields that have a value, as JSON values."""
    return {"kind": kind_of(fact), "name": fact.name, "meaning": fact.meaning} | _fields(fact)


def _fields(fact: Fact) -> dict[str, Any]:
    values = {name: getattr(fact, name) for name in type(fact).defaults if name not in ("name", "meaning", "kind")}
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
        "rule_means": _rule_means(catalog, metric),
        "part_of": [other.name for other in catalog.metrics.values() if metric.name in other.parts],
        "goes_with": fits,
        "row_complete": group.complete and metric.name in group.metrics,
        "tried_with": [list(one.dimensions) for one in group.tried if metric.name in one.metrics],
    }
    return more | _row(catalog, group)


def _row(catalog: Catalog, group: Group) -> dict[str, Any]:
    """What is said of a row of the matrix as a whole."""
    sources = [catalog.sources[code].address for code in group.source]
    row = {
        "matrix": {"sources": sources, "date": group.date, "confidence": group.confidence},
        "fit_confidence": dict(FIT_CONFIDENCE),
        "possible": [name for name in catalog.dimensions if name in group.possible],
    }
    return row | ({"group_note": group.note} if group.note else {})


def _rule_means(catalog: Catalog, metric: Metric) -> str:
    """What the rule of a metric means, with the dimensions over which it may not be added up all the same."""
    fanning = [
        d.name for d in catalog.dimensions.values() if d.fans_out and catalog.fit(metric.name, d.name) != "denied"
    ]
    if metric.rule != "add" or not fanning:
        return RULES[metric.rule]
    return RULES["add"].replace("but not", f"but not over tags ({', '.join(fanning)}), and not")


def explained_group(catalog: Catalog, name: str) -> dict[str, Any]:
    """A group of metrics as JSON values: its metrics, and its row of the matrix."""
    group = catalog.groups[name]
    fits: dict[Fit, list[str]] = {fit: [] for fit in FITS}
    for dimension in catalog.dimensions:
        fits[catalog.group_fit(name, dimension)].append(dimension)
    metrics = [metric.name for metric in catalog.metrics.values() if metric.group == name]
    told: dict[str, Any] = {
        "kind": "group",
        "name": name,
        "meaning": group.title,
        "metrics": metrics,
        "goes_with": fits,
    }
    told |= {
        "row_names": [metric for metric in metrics if metric in group.metrics],
        "row_complete": group.complete,
        "tried_with": [list(one.dimensions) for one in group.tried],
        "source": list(group.source),
        "date": group.date,
        "confidence": group.confidence,
    }
    row = _row(catalog, group)
    return told | row | {"sources": row["matrix"]["sources"]}


def _groups(catalog: Catalog, dimension: Dimension) -> dict[Fit, list[str]]:
    fits: dict[Fit, list[str]] = {fit: [] for fit in FITS}
    for group in catalog.groups:
        fits[catalog.group_fit(group, dimension.name)].append(group)
    return fits
