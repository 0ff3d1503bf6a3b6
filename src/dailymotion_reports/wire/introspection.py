"""The question for the service's own schema: the names in it that concern reports.

Source: https://spec.graphql.org/October2021/#sec-Introspection.  A service may show less than it has, or nothing;
whatever is not of the expected shape is left out, never an error.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dailymotion_reports.query.drift import UNTOLD, ServiceField, ServiceNames
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLRequest

ENUMS: Final = {
    "metrics": "PartnerReportMetric",
    "dimensions": "PartnerReportDimension",
    "products": "PartnerReportProduct",
    "statuses": "PartnerReportStatus",
}
"""What we call each list of names, and its type in the schema."""

INPUTS: Final = {"filters": "PartnerReportFilters", "inputs": "AskPartnerReportFileInput"}

_VALUES = "enumValues(includeDeprecated: true) { name isDeprecated }"

_WRAPPED = {"NON_NULL": "{}!", "LIST": "[{}]"}
_DEEPEST = 8
"""Wrappings of a type that are unpacked; the question asks for fewer."""


def _fields_of(kind: str) -> str:
    """The fields of an input; ``kind`` is what is asked of the type of each, and of the three that it may wrap."""
    inner = f"{kind} ofType {{ {kind} ofType {{ {kind} ofType {{ {kind} }} }} }}"
    return f"inputFields {{ name defaultValue type {{ {inner} }} }}"


_ASKED = {
    **dict.fromkeys(ENUMS, _VALUES),
    "filters": _fields_of(f"kind name {_VALUES}"),
    "inputs": _fields_of("kind name"),
}


def names_question() -> GraphQLRequest:
    """The query for the names of the reporting part of the schema.  It changes nothing, and may be repeated."""
    types = ENUMS | INPUTS
    asked = [f'  {alias}: __type(name: "{types[alias]}") {{ {fields} }}' for alias, fields in _ASKED.items()]
    document = "\n".join(("query ReportingNames {", *asked, "}"))
    return GraphQLRequest(document, {}, "ReportingNames")


def names_in(answer: GraphQLAnswer) -> ServiceNames:
    """The names in an answer; None for each type that the service does not show."""
    data = answer.data or {}
    enums = {alias: _enum(data.get(alias)) for alias in ENUMS}
    return ServiceNames(
        **enums,
        filters=_fields(data.get("filters")),
        inputs=_fields(data.get("inputs")),
        deprecated=frozenset(name for alias in ENUMS for name in _deprecated(data.get(alias))),
    )


def _entries(holder: object, key: str) -> list[Mapping[str, Any]] | None:
    """The objects with a name in a list of ``holder``, or None where there is no such list."""
    found = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(found, list):
        return None
    return [one for one in found if isinstance(one, Mapping) and isinstance(one.get("name"), str) and one["name"]]


def _enum(shown: object) -> tuple[str, ...] | None:
    entries = _entries(shown, "enumValues")
    return None if entries is None else tuple(dict.fromkeys(one["name"] for one in entries))


def _deprecated(shown: object) -> Iterator[str]:
    return (one["name"] for one in _entries(shown, "enumValues") or () if one.get("isDeprecated") is True)


def _fields(shown: object) -> dict[str, ServiceField] | None:
    entries = _entries(shown, "inputFields")
    return None if entries is None else {one["name"]: _field(one) for one in entries}


def _field(entry: Mapping[str, Any]) -> ServiceField:
    """A field; required where its type cannot be null and nothing stands for it when it is left out."""
    wrappings = list(_unwrapped(entry.get("type")))
    text = str(wrappings[-1].get("name") or UNTOLD) if wrappings else UNTOLD
    for wrapping in reversed(wrappings[:-1]):
        text = _WRAPPED.get(str(wrapping.get("kind")), "{}").format(text)
    required = text.endswith("!") and entry.get("defaultValue") is None
    values = _enum(wrappings[-1]) if wrappings else None
    return ServiceField(entry["name"], text, required, values or ())


def _unwrapped(type_: object) -> Iterator[Mapping[str, Any]]:
    """A type, and what it wraps, down to the one that has a name."""
    for _ in range(_DEEPEST):
        if not isinstance(type_, Mapping):
            return
        yield type_
        type_ = type_.get("ofType")
