"""What ``dmr.toml`` may hold, as a JSON Schema, by which editors complete and check what is typed.  Pure.

It refuses nothing that `read_project` takes, and of what that refuses as much as a schema can say.  It is of draft 7,
and says nothing beside a reference and little by ``allOf``, since Taplo, which is in most editors, passes over both.
Source: https://taplo.tamasfe.dev/configuration/developing-schemas.html
"""

from collections.abc import Callable, Mapping
from typing import Final

from dailymotion_reports.destinations.registry import MODULES
from dailymotion_reports.project import described, notifiers
from dailymotion_reports.project.keys import DATED, MOST, NEEDED, OWN, QUESTION
from dailymotion_reports.project.schema_names import (
    Schema,
    among,
    any_letters,
    definitions,
    filter_named,
    ref,
    suggested,
)
from dailymotion_reports.query import question_file
from dailymotion_reports.query.catalog import Catalog, Filter
from dailymotion_reports.settings import shape
from dailymotion_reports.wire.platform import KINDS

TITLE: Final = "dmr.toml of dailymotion-reports"
"""The title of the schema, by which a file is known to be one of ours."""

_VISIBLE: Final[Schema] = {"type": "string", "pattern": r"\S"}
_FLAG: Final[Schema] = {"type": "boolean"}
_BRACES: Final = r"^(?:[^{}]|\{\{|\}\})*$"
"""Texts of a question: a brace in them is doubled, since a single one begins a parameter."""

_FILLED: Final[Schema] = {"type": "string", "pattern": _BRACES}
_NAMED: Final[Schema] = {**_FILLED, "minLength": 1}


def schema(catalog: Catalog) -> Schema:
    """The schema of the whole of ``dmr.toml``."""
    general = shape.of_a_project(shape.GENERAL)
    whole = {
        "profiles": _profiles(),
        "defaults": _table({key: _own(key, catalog) for key in OWN}),
        "datasets": {"type": "object", "additionalProperties": _dataset(catalog)},
        "notify": {"type": "object", "additionalProperties": _notifier()},
    }
    keys = {key: whole.get(key) or _SETTINGS.get(kind, {}) for key, kind in general.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "Written by dmr init, or: dmr config schema > dmr.schema.json",
        "title": TITLE,
        "description": "The datasets that dmr sync keeps.",
        **_table({key: _key(key, one, described.of_general) for key, one in keys.items()}),
        "dependencies": {"datasets": {"allOf": [_needed(key) for key in NEEDED]}},
        "definitions": definitions(catalog),
    }


_SETTINGS: Final[Mapping[str, Schema]] = {
    "a text": _VISIBLE,
    "true or false": _FLAG,
    "a list of texts": {"type": "array", "items": _VISIBLE},
    "a table": {"type": "object"},
    "a table of tables": {"type": "object", "additionalProperties": {"type": "object"}},
}
"""By what `settings.shape` says that a key holds."""


def _notifier() -> Schema:
    """Who is told, in one way and one only."""
    looks = {key: _key(key, NOTIFIER_SHAPES.get(key, {}), described.of_notifier) for key in notifiers.KEYS}
    return {**_table(looks), "oneOf": [{"required": [way]} for way in notifiers.WAYS]}


NOTIFIER_SHAPES: Final[Mapping[str, Schema]] = {
    "webhook_file": _VISIBLE,
    "webhook_env": _VISIBLE,
    "format": {"enum": list(notifiers.FORMATS)},
    "command": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    "on": {"type": "array", "minItems": 1, "items": {"enum": list(notifiers.KINDS)}},
}
"""How the value of each key of a notifier looks."""


def _table(keys: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(keys), "additionalProperties": False}


def _key(key: str, one: Schema, told: Callable[[str], str]) -> Schema:
    """The value of a key, with what it means and what holds without it."""
    return {**_about(one, told(key)), **described.default_of(key)}


def _about(one: Schema, text: str) -> Schema:
    """A part with its description, which stands in each of the ways in which it may be written too."""
    if "$ref" in one:
        return one
    ways = {"anyOf": [_about(way, text) for way in one["anyOf"]]} if "anyOf" in one else {}
    return {"description": text, **one, **ways}


def _needed(key: str) -> Schema:
    """That each dataset says a key, where [defaults] do not."""
    return {
        "if": {"required": ["defaults"], "properties": {"defaults": {"required": [key]}}},
        "else": {"properties": {"datasets": {"additionalProperties": {"required": [key]}}}},
    }


def _profiles() -> Schema:
    keys = {key: _SETTINGS.get(kind, {}) for key, kind in shape.of_a_project(shape.ACCOUNT).items()}
    keys["kind"] = {"type": "string", "enum": [*shape.KINDS]}
    account = _table({key: _key(key, one, described.of_account) for key, one in keys.items()})
    alike = {f"^{kind}$": {"properties": {"kind": {"enum": [kind]}}} for kind in shape.KINDS}
    named = {f"^(?:{shape.PROFILE_NAME})$": account}
    return {"type": "object", "patternProperties": {**named, **alike}, "additionalProperties": False}


def _dataset(catalog: Catalog) -> Schema:
    keys = {key: _key(key, _question(key, kind, catalog), described.of_dataset) for key, kind in QUESTION.items()}
    dated = {"anyOf": [{"type": "string", "pattern": among(DATED)}, {"type": "array", "contains": _DAILY}]}
    return {
        **_table({**keys, **{key: _own(key, catalog) for key in OWN}}),
        "x-taplo": {"initKeys": ["metrics", "by"]},
        "required": ["metrics"],
        "oneOf": [{"required": ["by"]}, {"required": ["dimensions"]}],
        "dependencies": {
            **{key: {"properties": {key: dated}} for key in ("by", "dimensions")},
            "allocate-by": {"properties": {"side-by-side": {"enum": [False]}}},
        },
        "if": {"required": ["unverified"], "properties": {"unverified": {"enum": [True]}}},
        "else": {"properties": _known(catalog)},
    }


_DAILY: Final[Schema] = {"type": "string", "pattern": among(DATED)}


def _known(catalog: Catalog) -> Mapping[str, Schema]:
    """What holds of names unless they are sent unverified: that there are such."""
    kinds = {"metrics": "metric", "by": "dimension", "dimensions": "dimension", "product": "product"}
    names = {key: _either(ref(f"{kind}_checked")) for key, kind in kinds.items()}
    values = {filter_named(name): _filter_value(known) for name, known in catalog.filters.items()}
    return {**names, "filters": {"patternProperties": values, "additionalProperties": False}}


def _either(one: Schema) -> Schema:
    """One text, or a list of such; put so that what is wrong with one of a list is told of that one."""
    return {"anyOf": [{"type": "array"}, one], "items": one}


def _filter_value(known: Filter) -> Schema:
    if not known.values:
        return {}
    return {"anyOf": [{"enum": [*known.values]}, {"pattern": f"^(?:{'|'.join(map(any_letters, known.values))})$"}]}


def _question(key: str, kind: str, catalog: Catalog) -> Schema:
    """A key of a dataset's question; of names the known ones are suggested, and any is taken."""
    match key:
        case "metrics":
            return _names(ref("metric"), _NAMED)
        case "by" | "dimensions":
            return _names(ref("dimension"), _NAMED)
        case "product":
            return _names(ref("product"), _NAMED)
        case "assume-formula":
            return _names(ref("quotient"), {"allOf": [_NAMED, ref("quotient_checked")]})
        case "allocate-by":
            return {"anyOf": [ref("sum"), {"allOf": [_NAMED, ref("sum_checked")]}]}
        case "filters":
            return _filters(catalog)
        case _:
            return _of_kind(kind, _NAMED if key in question_file.NEVER_EMPTY else _FILLED)


def _of_kind(kind: str, text: Schema) -> Schema:
    """What a query file says that a key holds, where its texts look like ``text``."""
    return {
        question_file.TEXT: text,
        question_file.NAMES: {"anyOf": [text, {"type": "array", "items": text}]},
        question_file.SWITCH: _FLAG,
        question_file.TABLE: {"type": "object", "additionalProperties": text},
    }.get(kind, {})


def _names(known: Schema, any_other: Schema) -> Schema:
    one = {"anyOf": [known, any_other]}
    return {"anyOf": [known, any_other, {"type": "array", "items": one}]}


def _filters(catalog: Catalog) -> Schema:
    properties = {}
    for name, known in catalog.filters.items():
        values = [suggested(dict.fromkeys(known.values, "")), _NAMED] if known.values else [_NAMED]
        properties[name] = _about({"anyOf": values}, f"{known.meaning}.")
    return {"type": "object", "properties": properties, "additionalProperties": _NAMED}


def _own(key: str, catalog: Catalog) -> Schema:
    """A key that may stand in [defaults] too; one of which nobody says how it looks may hold anything."""
    look = OWN_SHAPES.get(key)
    return _key(key, look(catalog) if look else {}, described.of_dataset)


_DAYS: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": MOST}
_NUMBER: Final[Schema] = {"type": "number", "minimum": 0, "maximum": MOST}
_SCHEMES: Final = ("|".join(MODULES), "|".join(map(any_letters, MODULES)))


def _by_group(one: Schema, catalog: Catalog) -> Schema:
    """A number, or one for each of some groups of metrics."""
    groups = ("default", *dict.fromkeys(metric.group for metric in catalog.metrics.values()))
    return {"anyOf": [one, _table(dict.fromkeys(groups, one))]}


OWN_SHAPES: Final[Mapping[str, Callable[[Catalog], Schema]]] = {
    "into": lambda _: {"type": "string", "anyOf": [{"pattern": rf"^(?:{one}):[^?]"} for one in _SCHEMES]},
    "start": lambda _: {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    "profiles": lambda _: {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
        ]
    },
    "lookback": lambda _: _DAYS,
    "settle_days": lambda catalog: _by_group(_DAYS, catalog),
    "ready_after": lambda catalog: _by_group(_NUMBER, catalog),
    "restated_above": lambda _: _NUMBER,
    "reconcile": lambda _: {"anyOf": [_FLAG, _NUMBER]},
    "schedule": lambda _: {"type": "string", "pattern": r"^\s*\S+(?:\s+\S+){4}\s*$"},
    "enrich": lambda _: {"anyOf": [_FLAG, {"type": "array", "items": {"enum": [*KINDS]}}]},
    "enrich_max_age": lambda _: _DAYS,
}
"""How the value of each key of `keys.OWN` looks."""
