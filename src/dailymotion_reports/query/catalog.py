"""The catalogue: which names there are, what goes with what, how each may be added up.

The facts are data (``catalog.toml``), each with its source, its date and how sure it is.  Nothing here decides what
to ask.  What is loaded is ``catalog.json``, the same written by ``tools/write_catalogue.py``: TOML and
``importlib.resources`` together take fifty times as long, and every command waits for them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, TypeVar

from dailymotion_reports.query.facts import (
    Attempt,
    Dimension,
    Fact,
    Filter,
    Fit,
    Group,
    InputField,
    Limit,
    Limits,
    Metric,
    Product,
    Rule,
    Scope,
    Source,
    Status,
)

__all__ = [
    "Catalog",
    "Dimension",
    "Fact",
    "Filter",
    "Fit",
    "Group",
    "InputField",
    "Limit",
    "Limits",
    "Metric",
    "Product",
    "Rule",
    "Scope",
    "Source",
    "Status",
    "load_catalog",
    "nearest",
    "parse_catalog",
]

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every name that is known, by its exact spelling."""

    metrics: Mapping[str, Metric]
    dimensions: Mapping[str, Dimension]
    filters: Mapping[str, Filter]
    product_facts: Mapping[str, Product]
    groups: Mapping[str, Group]
    limit_facts: Mapping[str, Limit]
    limits: Limits
    scopes: Mapping[str, Scope]
    statuses: Mapping[str, Status]
    inputs: Mapping[str, InputField]
    """What the service takes with the request for a report."""
    sources: Mapping[str, Source]
    as_of: str
    """The day to which the public documents were read."""

    @property
    def products(self) -> tuple[str, ...]:
        """The names of the products."""
        return tuple(self.product_facts)

    def fit(self, metric: str, dimension: str) -> Fit:
        """What the published matrix says of ``metric`` by ``dimension``; unknown for a name that is not here.

        A name that a complete row does not list is denied; one that an incomplete row does not list is unknown.
        A metric of the group that the row does not name is likely to be like those that it names.
        Source: https://developers.dailymotion.com/v2/reference/compatibility-matrix
        """
        known = self.metrics.get(metric)
        if known is None or known.group not in self.groups:
            return "unknown"
        fit = self.group_fit(known.group, dimension)
        if metric in self.groups[known.group].metrics or fit in ("likely", "unknown"):
            return fit
        return "unknown" if fit == "denied" else "likely"

    def group_fit(self, group: str, dimension: str) -> Fit:
        """What the row of a group says of a dimension, or public code where the row says nothing."""
        row = self.groups[group]
        if dimension in row.allowed:
            return "allowed"
        if dimension in row.seen:
            return "seen"
        if dimension in row.likely:
            return "likely"
        known = dimension in self.dimensions
        return "denied" if known and (row.complete or dimension in row.denied) else "unknown"

    def filter_named(self, name: str) -> Filter | None:
        """The filter of that name, in any case and with hyphens or underscores, or None."""
        plain = _plain(name)
        return next((f for f in self.filters.values() if _plain(f.name) == plain), None)

    def facts(self) -> Iterator[Fact]:
        """Everything that has a name: metrics, dimensions, filters, products, limits, and so on."""
        return chain(
            self.metrics.values(),
            self.dimensions.values(),
            self.filters.values(),
            self.product_facts.values(),
            self.limit_facts.values(),
            self.scopes.values(),
            self.statuses.values(),
            self.inputs.values(),
        )

    def all_named(self, name: str) -> tuple[Fact, ...]:
        """What has that name, in any case and with hyphens; where one has exactly that spelling, it alone.

        A filter and a dimension may share a name: ``media-type`` is both.
        """
        plain = _plain(name)
        found = tuple(fact for fact in self.facts() if _plain(fact.name) == plain)
        return tuple(fact for fact in found if fact.name == name) or found

    def named(self, name: str) -> Fact | None:
        """The first of `all_named`: a metric before a dimension, a dimension before a filter; or None."""
        return next(iter(self.all_named(name)), None)

    def search(self, text: str) -> tuple[Fact, ...]:
        """Whatever ``text`` points at, the nearest first: by name, then by meaning, unit and group.

        Several words must all be met.  Case, hyphens and the s of a plural do not matter.
        """
        words = [_singular(word) for word in text.lower().replace("-", " ").replace("_", " ").split()]
        if not words:
            return ()
        ranked = [(_rank(fact, _plain(text), words), fact) for fact in self.facts()]
        return tuple(fact for rank, fact in sorted(ranked, key=lambda one: one[0]) if rank < _NOWHERE)


_NOWHERE = 9


def _rank(fact: Fact, plain: str, words: list[str]) -> int:
    """How near a fact is to what is looked for: 0 is the name itself, `_NOWHERE` is not at all."""
    name = _plain(fact.name)
    if name == plain:
        return 0
    if name.startswith(plain):
        return 1
    parts = fact.name.lower().split("_")
    if all(word in map(_singular, parts) for word in words):
        return 2
    if all(word in name for word in words):
        return 3
    told = " ".join((name, fact.meaning, getattr(fact, "unit", None) or "", getattr(fact, "group", ""))).lower()
    if all(word in told for word in words):
        return 4
    told = f"{told} {fact.note or ''} {' '.join(getattr(fact, 'values', ()))}".lower()
    return 5 if all(word in told for word in words) else _NOWHERE


def _singular(word: str) -> str:
    if len(word) > _TELLING and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) >= _TELLING and word.endswith("s") and not word.endswith("ss") else word


_TELLING = 4
"""Letters that a part of a name needs in order to point at the name."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was most likely meant to be, or None."""
    from difflib import get_close_matches

    by_plain = {_plain(one): one for one in known}
    found = get_close_matches(_plain(name)[:100], by_plain, n=1, cutoff=0.6)
    if not found and len(_plain(name)) >= _TELLING:
        found = sorted((p for p in by_plain if _plain(name) in p), key=len)[:1]
    return by_plain[found[0]] if found else None


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(" ", "").lower()


@cache
def load_catalog() -> Catalog:
    """The catalogue that ships with this version."""
    import json

    loader: Any = globals()["__loader__"]
    return parse_catalog(json.loads(loader.get_data(__file__.rpartition("catalog.")[0] + "catalog.json")))


def parse_catalog(data: Mapping[str, Any]) -> Catalog:
    """A catalogue from the tables of ``catalog.toml``.  Raises TypeError for a key that no fact has."""
    limits = _facts(Limit, data["limits"])
    return Catalog(
        metrics=_facts(Metric, data["metrics"]),
        dimensions=_facts(Dimension, data["dimensions"]),
        filters=_facts(Filter, data["filters"]),
        product_facts=_facts(Product, data["products"]),
        groups={name: _group(name, row) for name, row in data["groups"].items()},
        limit_facts=limits,
        limits=Limits.of(limits),
        scopes=_facts(Scope, data["scopes"]),
        statuses=_facts(Status, data["statuses"]),
        inputs=_facts(InputField, data["inputs"]),
        sources={code: Source(code=code, **row) for code, row in data["sources"].items()},
        as_of=str(data["as_of"]),
    )


def _facts(kind: type[F], rows: Mapping[str, Mapping[str, Any]]) -> dict[str, F]:
    return {name: kind(name=name, **_frozen(row)) for name, row in rows.items()}


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _group(name: str, row: Mapping[str, Any]) -> Group:
    sets = {key: frozenset(row.get(key, ())) for key in ("metrics", "allowed", "seen", "likely", "possible", "denied")}
    tried = tuple(Attempt(**_frozen(one)) for one in row.get("tried", ()))
    return Group(name=name, **(_frozen(row) | sets | {"tried": tried}))
