"""Write what comes of catalog.toml, or check that it is what would be written.

These are catalog.json beside it, which is what commands load, and docs/reference/catalogue.md.
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator

from dailymotion_reports.query.catalog import Catalog, Fact, Limit, Metric, parse_catalog
from pages import REFERENCE, ROOT, checking, kept

PAGE = REFERENCE / "catalogue.md"
FACTS = ROOT / "src" / "dailymotion_reports" / "query" / "catalog.toml"
LOADED = FACTS.with_suffix(".json")

HEAD = """\
# Catalogue

Written from `src/dailymotion_reports/query/catalog.toml`, as of {as_of}. Names are accepted in any case and with
hyphens, and sent in this spelling. `dmr catalog explain NAME` tells all of one name, `dmr catalog refresh` compares
these names with the service's own schema.

Each fact has its source (codes of [the last table](#sources)), the newest date at which a source is known to have said
so, and how sure it is: *documented*, *seen in schema*, *seen in user code*, *inferred*, or *unknown*. A part of a fact
that is less sure than the rest says so in brackets.

## Metrics

*add* may be summed over any rows; *recompute* is made again from its parts; *level* is never summed over days; *none*
cannot be recombined, whatever formula stands beside it."""

WORDS = {"allowed": "yes", "seen": "seen", "likely": "(yes)", "denied": "no", "unknown": "?"}

MATRIX = """\

## Dimensions

What goes with what, by the published matrix: *yes*, *no*, *seen* where only public code in use asks for it, *(yes)*
where it is inferred, or *?* where no public document says.
"""


def page(catalog: Catalog) -> Iterator[str]:
    """The parts of the page."""
    yield HEAD.format(as_of=catalog.as_of)
    for group in catalog.groups.values():
        yield f"\n### {group.title} (`{group.name}`)\n"
        metrics = [metric for metric in catalog.metrics.values() if metric.group == group.name]
        yield from _table("metric|meaning|unit|type|rule|formula|scopes", (_metric(one) for one in metrics), metrics)
        if group.note:
            yield f"\n{group.note}"
    yield MATRIX
    dimensions = list(catalog.dimensions.values())
    yield from _table(f"dimension|meaning|type|{'|'.join(catalog.groups)}", _dimensions(catalog), dimensions)
    yield from _others(catalog)


def _others(catalog: Catalog) -> Iterator[str]:
    filters, products = list(catalog.filters.values()), list(catalog.product_facts.values())
    yield "\n## Filters\n\nOne value each; several narrow together.\n"
    rows = ((f"`{one.name}`", _noted(one), ", ".join(one.values) or "any text") for one in filters)
    yield from _table("filter|meaning|values", rows, filters)
    yield "\n## Products\n"
    named = ((f"`{one.name}`", _noted(one), "yes" if one.default else "") for one in products)
    yield from _table("product|meaning|default", named, products)
    yield "\n## Limits\n"
    limits = list(catalog.limit_facts.values())
    yield from _table("limit|meaning|value", ((f"`{one.name}`", _noted(one), _value(one)) for one in limits), limits)
    yield "\n## Scopes\n\nWhat a private key asks for; a public key has the permissions of the user who signs in.\n"
    scopes = list(catalog.scopes.values())
    yield from _table("scope|meaning", ((f"`{one.name}`", _noted(one)) for one in scopes), scopes)
    yield "\n## Sources\n\n| code | address | seen |\n|---|---|---|"
    for source in catalog.sources.values():
        yield f"| {source.code} | {source.address} | {source.seen} |"


def _table(head: str, rows: Iterable[tuple[str, ...]], facts: Iterable[Fact]) -> Iterator[str]:
    """A table whose last columns say where each row comes from."""
    heads = [*head.split("|"), "source", "date", "confidence"]
    yield f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|"
    for row, fact in zip(rows, facts, strict=True):
        yield f"| {' | '.join((*row, ' '.join(fact.source), fact.date, fact.confidence))} |"


def _metric(metric: Metric) -> tuple[str, ...]:
    name = f"`{metric.name}`"
    formula = _doubted(metric.formula or "", metric.formula_confidence)
    scopes = _doubted(" ".join(f"`{scope}`" for scope in metric.scopes), metric.scopes_confidence)
    return name, _noted(metric), metric.unit, metric.type, metric.rule, formula, scopes


def _dimensions(catalog: Catalog) -> Iterator[tuple[str, ...]]:
    for dimension in catalog.dimensions.values():
        fits = (WORDS[catalog.group_fit(group, dimension.name)] for group in catalog.groups)
        fan = " One event may count in several rows." if dimension.fans_out else ""
        values = f" Values: {', '.join(dimension.values)}." if dimension.values else ""
        yield f"`{dimension.name}`", f"{_noted(dimension)}{fan}{values}", dimension.type, *fits


def _value(limit: Limit) -> str:
    value = {True: "yes", False: "no"}.get(limit.value, limit.value) if isinstance(limit.value, bool) else limit.value
    return "unknown" if value is None else f"{value} {limit.unit or ''}".strip()


def _noted(fact: Fact) -> str:
    return f"{fact.meaning}. {fact.note}" if fact.note else f"{fact.meaning}."


def _doubted(text: str, confidence: str | None) -> str:
    return f"{text} ({confidence})" if text and confidence not in (None, "documented") else text


def main() -> int:
    """Write or check; returns the exit code."""
    facts = tomllib.loads(FACTS.read_text(encoding="utf-8"))
    texts = {
        LOADED: json.dumps(facts, default=str, ensure_ascii=False, indent=1) + "\n",
        PAGE: "\n".join(page(parse_catalog(facts))) + "\n",
    }
    return kept(texts, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
