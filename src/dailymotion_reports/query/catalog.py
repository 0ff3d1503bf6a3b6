"""The catalogue: which names there are, what goes with what, how each may be added up.

The facts are data (``catalog.toml``), each with its source and how sure it is.  Nothing here decides what to ask.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Rule = Literal["add", "recompute", "level", "none"]
"""How a metric may be aggregated: see the head of ``catalog.toml``."""

Fit = Literal["allowed", "denied", "unknown"]
"""What the published matrix says of a metric with a dimension."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that the API reports."""

    name: str
    group: str
    meaning: str
    unit: str
    type: Literal["integer", "decimal"]
    rule: Rule
    confidence: str
    numerator: str | None = None
    denominator: str | None = None
    currency: str | None = None
    scope: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something that the API groups by."""

    name: str
    kind: str
    meaning: str
    type: Literal["text", "date", "timestamp", "month"]
    confidence: str
    also_named: tuple[str, ...] = ()
    """Other names the column has been seen under, in lower case."""
    fans_out: bool = False
    """True where one event may count in several rows, so that rows must not be added."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Something that the API narrows by; one value each."""

    name: str
    meaning: str
    confidence: str
    values: tuple[str, ...] = ()
    """The allowed values, or empty where any text is."""


@dataclass(frozen=True, slots=True)
class Group:
    """A row of the published compatibility matrix."""

    name: str
    title: str
    allowed: frozenset[str]
    denied: frozenset[str]
    complete: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What the API allows; days and reports are counts."""

    max_concurrent_reports: int
    max_dimensions: int
    min_days: int
    max_days: int
    generation_max_minutes: int
    retention_hours: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every name that is known, by its exact spelling."""

    metrics: Mapping[str, Metric]
    dimensions: Mapping[str, Dimension]
    filters: Mapping[str, Filter]
    products: tuple[str, ...]
    groups: Mapping[str, Group]
    limits: Limits

    def fit(self, metric: str, dimension: str) -> Fit:
        """What the published matrix says of ``metric`` by ``dimension`` (both known names).

        A name that a complete row does not list is denied; one that an incomplete row does not list is unknown.
        Source: https://developers.dailymotion.com/v2/reference/compatibility-matrix
        """
        group = self.groups.get(self.metrics[metric].group)
        if group is None:
            return "unknown"
        if dimension in group.allowed:
            return "allowed"
        return "denied" if group.complete or dimension in group.denied else "unknown"

    def filter_named(self, name: str) -> Filter | None:
        """The filter of that name, in any case and with hyphens or underscores, or None."""
        plain = _plain(name)
        return next((f for f in self.filters.values() if _plain(f.name) == plain), None)


_TELLING = 4
"""Letters that a part of a name needs in order to point at the name."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was most likely meant to be, or None."""
    by_plain = {_plain(one): one for one in known}
    found = difflib.get_close_matches(_plain(name)[:100], by_plain, n=1, cutoff=0.6)
    if not found and len(_plain(name)) >= _TELLING:
        found = sorted((p for p in by_plain if _plain(name) in p), key=len)[:1]
    return by_plain[found[0]] if found else None


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(" ", "").lower()


@cache
def load_catalog() -> Catalog:
    """The catalogue that ships with this version."""
    text = files("dailymotion_reports.query").joinpath("catalog.toml").read_text(encoding="utf-8")
    return parse_catalog(tomllib.loads(text))


def parse_catalog(data: Mapping[str, Any]) -> Catalog:
    """A catalogue from the tables of ``catalog.toml``."""
    return Catalog(
        metrics={name: _metric(name, row) for name, row in data["metrics"].items()},
        dimensions={name: _dimension(name, row) for name, row in data["dimensions"].items()},
        filters={name: _filter(name, row) for name, row in data["filters"].items()},
        products=tuple(data["products"]),
        groups={name: _group(name, row) for name, row in data["groups"].items()},
        limits=Limits(**{name: data["limits"][name] for name in Limits.__dataclass_fields__}),
    )


def _metric(name: str, row: Mapping[str, Any]) -> Metric:
    return Metric(name=name, **_only(row, Metric))


def _dimension(name: str, row: Mapping[str, Any]) -> Dimension:
    return Dimension(name=name, **_only(row, Dimension) | {"also_named": tuple(row.get("also_named", ()))})


def _filter(name: str, row: Mapping[str, Any]) -> Filter:
    return Filter(name=name, **_only(row, Filter) | {"values": tuple(row.get("values", ()))})


def _group(name: str, row: Mapping[str, Any]) -> Group:
    allowed = frozenset((*row["allowed"], *row.get("seen", ()), *row.get("likely", ())))
    return Group(name, row["title"], allowed, frozenset(row["denied"]), row["complete"])


def _only(row: Mapping[str, Any], kind: type) -> dict[str, Any]:
    fields = getattr(kind, "__dataclass_fields__")  # noqa: B009  (mypy does not know it on a bare type)
    return {key: value for key, value in row.items() if key in fields}
