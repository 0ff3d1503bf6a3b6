"""Names of the catalogue as JSON Schema: which are suggested, and which are taken.  Pure.

Editors suggest the API's spelling; what is taken is that in any case, with hyphens, and several in one text.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.grain import DERIVED

Schema = dict[str, Any]

_DERIVED: Final[Mapping[str, str]] = {
    "PRODUCT": "Whose use is counted",
    "WEEK": "Week, by its Monday",
    "QUARTER": "Quarter, by its first day",
    "YEAR": "Year, by its first day",
}


def definitions(catalog: Catalog) -> Schema:
    """What other parts of the schema refer to by name; of each kind of name one that suggests, and one that checks."""
    metrics = {name: metric.meaning for name, metric in catalog.metrics.items()}
    sums = {name: metrics[name] for name, metric in catalog.metrics.items() if metric.rule == "add"}
    quotients = {name: metrics[name] for name, metric in catalog.metrics.items() if metric.numerator}
    dimensions = {name: dimension.meaning for name, dimension in catalog.dimensions.items()}
    dimensions |= {name: _DERIVED.get(name, "") for name in DERIVED}
    products = {name: product.meaning for name, product in catalog.product_facts.items()}
    kinds = {"metric": metrics, "sum": sums, "quotient": quotients, "dimension": dimensions, "product": products}
    made: Schema = {}
    for kind, meanings in kinds.items():
        made[kind] = suggested(meanings)
        made[f"{kind}_checked"] = {"anyOf": [ref(kind), {"type": "string", "pattern": several(meanings)}]}
    return made


def ref(name: str) -> Schema:
    """A part of the schema that is defined elsewhere."""
    return {"$ref": f"#/definitions/{name}"}


def suggested(meanings: Mapping[str, str]) -> Schema:
    """One of these texts, each with what it means."""
    docs = [meaning or None for meaning in meanings.values()]
    return {"type": "string", "enum": [*meanings], "x-taplo": {"docs": {"enumValues": docs}}}


def several(names: Iterable[str]) -> str:
    """A pattern of texts that hold such names, or none, with commas; as `query.draft.names` reads them."""
    either = "|".join(map(any_case, names))
    return rf"^[\s,]*(?:(?:{either})\s*(?:,[\s,]*|$))*$"


def among(names: Iterable[str]) -> str:
    """A pattern of texts one of whose names is one of these."""
    return rf"(?:^|,)\s*(?:{'|'.join(map(any_case, names))})\s*(?:,|$)"


def any_case(name: str) -> str:
    """A pattern of a name as it may be spelled: in any case, with hyphens or spaces for underscores."""
    return "".join(_letter(one) if one != "_" else "[-_ ]" for one in name)


def any_letters(text: str) -> str:
    """A pattern of a text in any case."""
    return "".join(map(_letter, text))


def filter_named(name: str) -> str:
    """A pattern of a filter's name as it may be spelled: in any case, with hyphens, underscores and spaces anywhere."""
    between = "[-_ ]*"
    return f"^{between}{between.join(map(_letter, name))}{between}$"


def _letter(one: str) -> str:
    return f"[{one.upper()}{one.lower()}]" if one.isalpha() else one
