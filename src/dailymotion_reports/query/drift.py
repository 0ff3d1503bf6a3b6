"""Drift: where the service's own schema and our catalogue differ.  Nothing here asks the service."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dailymotion_reports.query.catalog import Catalog, Fact

What = Literal["new", "gone", "absent", "required", "type", "deprecated", "unseen"]
"""What a difference is.

``new``: the service has it, we do not.  ``gone``: the public schema had it, the service has it no more.  ``absent``:
not in the service's schema, and not in the public one either, so that nothing has changed.  ``required``: the service
insists on a field that we do not send.  ``type``: a field has another type.  ``deprecated``: the service calls it
outdated.  ``unseen``: the service shows no type of that name, so that nothing could be compared.
"""

SENT = ("metrics", "dimensions", "startDate", "endDate", "filters", "product")
"""The input fields that every request of ours carries."""

UNTOLD = "unknown"
"""The type of a field whose type the service does not tell."""


@dataclass(frozen=True, slots=True)
class ServiceField:
    """A field of an input of the service; ``type`` is written as in the schema, ``values`` are those of an enum."""

    name: str
    type: str
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceNames:
    """The names in the service's schema.  None stands for a type that it does not show."""

    metrics: tuple[str, ...] | None = None
    dimensions: tuple[str, ...] | None = None
    products: tuple[str, ...] | None = None
    statuses: tuple[str, ...] | None = None
    filters: Mapping[str, ServiceField] | None = None
    inputs: Mapping[str, ServiceField] | None = None
    deprecated: frozenset[str] = field(default_factory=frozenset)
    """Metrics, dimensions and other words that the schema calls outdated."""

    @property
    def empty(self) -> bool:
        """Whether no type at all was shown."""
        kinds = (self.metrics, self.dimensions, self.products, self.statuses, self.filters, self.inputs)
        return all(kind is None for kind in kinds)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: what it is, the kind of name (``metric``, ``value of mediaType``), the name, and a detail."""

    what: What
    kind: str
    name: str
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        """The difference as JSON values."""
        return {"what": self.what, "kind": self.kind, "name": self.name, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the service and the catalogue differ, and how many names were compared."""

    differences: tuple[Difference, ...]
    compared: int

    @property
    def found(self) -> bool:
        """Whether anything differs that is not known to differ."""
        return any(one.what != "absent" for one in self.differences)

    @property
    def breaking(self) -> tuple[Difference, ...]:
        """What makes the service refuse our requests: a field that it insists on, or one that it takes no more."""
        return tuple(
            one
            for one in self.differences
            if one.what == "required" or (one.what == "gone" and one.kind == "input field" and one.name in SENT)
        )

    def only(self, what: What) -> tuple[Difference, ...]:
        """The differences of one sort."""
        return tuple(one for one in self.differences if one.what == what)

    def as_dict(self) -> dict[str, Any]:
        """The drift as JSON values."""
        return {
            "found": self.found,
            "breaking": bool(self.breaking),
            "compared": self.compared,
            "differences": [one.as_dict() for one in self.differences],
        }


def drift(catalog: Catalog, service: ServiceNames) -> Drift:
    """Where the service's names and ``catalog`` differ, in the order metrics, dimensions, products, filters, …"""
    kinds: tuple[tuple[str, Mapping[str, Fact], Iterable[str] | None], ...] = (
        ("metric", catalog.metrics, service.metrics),
        ("dimension", catalog.dimensions, service.dimensions),
        ("product", catalog.product_facts, service.products),
        ("filter", catalog.filters, service.filters),
        ("status", catalog.statuses, service.statuses),
        ("input field", catalog.inputs, service.inputs),
    )
    found = [one for kind, known, shown in kinds for one in _names(kind, known, shown, service.deprecated)]
    fields = (*_filters(catalog, service.filters or {}), *_inputs(catalog, service.inputs or {}))
    required = {(one.kind, one.name) for one in fields if one.what == "required"}
    found = [one for one in found if one.what != "new" or (one.kind, one.name) not in required]
    compared = sum(len(tuple(shown)) for _, _, shown in kinds if shown is not None)
    return Drift((*found, *fields), compared)


def _names(
    kind: str, known: Mapping[str, Fact], shown: Iterable[str] | None, deprecated: frozenset[str]
) -> Iterator[Difference]:
    if shown is None:
        yield Difference("unseen", kind, "", f"The service shows no type for the {kind}s.")
        return
    names = tuple(dict.fromkeys(shown))
    for name in names:
        if name not in known:
            yield Difference("new", kind, name)
        elif name in deprecated:
            yield Difference("deprecated", kind, name)
    for name, fact in known.items():
        if name not in names and not _outdated(fact):
            yield Difference("gone" if fact.in_schema else "absent", kind, name, "" if fact.in_schema else _why(fact))


def _outdated(fact: Fact) -> bool:
    """Deprecated fields are hidden by some servers and shown by others: neither is news."""
    return fact.name == "clientMutationId"


def _why(fact: Fact) -> str:
    return f"{fact.confidence}, {fact.date}"


def _filters(catalog: Catalog, shown: Mapping[str, ServiceField]) -> Iterator[Difference]:
    for name, seen in shown.items():
        if seen.required:
            yield Difference("required", "filter", name, seen.type)
        known = catalog.filters.get(name)
        if known is None:
            continue
        yield from _types("filter", name, seen.type, known.type)
        if known.values and seen.values:
            yield from (Difference("new", f"value of {name}", v) for v in seen.values if v not in known.values)
            yield from (Difference("gone", f"value of {name}", v) for v in known.values if v not in seen.values)


def _inputs(catalog: Catalog, shown: Mapping[str, ServiceField]) -> Iterator[Difference]:
    for name, seen in shown.items():
        if seen.required and name not in SENT:
            yield Difference("required", "input field", name, seen.type)
        elif name in catalog.inputs:
            yield from _types("input field", name, seen.type, catalog.inputs[name].type)


def _types(kind: str, name: str, seen: str, known: str) -> Iterator[Difference]:
    """A type that differs in more than what may be null: that alone does not hurt those who always send a value."""
    if seen != UNTOLD and seen.replace("!", "") != known.replace("!", ""):
        yield Difference("type", kind, name, f"{seen}, it was {known}")
