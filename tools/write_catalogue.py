"""Write docs/reference/catalogue.md from the catalogue that ships, or check that it is what would be written."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from dailymotion_reports.query.catalog import Catalog, load_catalog
from dailymotion_reports.sandbox.storage import BUILT_METRICS

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "catalogue.md"

HEAD = """\
# Catalogue

Written from `src/dailymotion_reports/query/catalog.toml`, which holds source and confidence of every fact. Names are
accepted in any case and with hyphens, and sent in this spelling.

## Metrics

*add* may be summed over any rows; *recompute* is made again from its parts; *level* is never summed over days; *none*
cannot be recombined. The sandbox has figures for the names in bold.

| metric | group | unit | rule | meaning |
|---|---|---|---|---|"""

GROUPS = ("audience", "account", "live", "revenue")
WORDS = {"allowed": "yes", "denied": "no", "unknown": "?"}


def page(catalog: Catalog) -> Iterator[str]:
    """The parts of the page."""
    yield HEAD
    for metric in catalog.metrics.values():
        name = f"**`{metric.name}`**" if metric.name in BUILT_METRICS else f"`{metric.name}`"
        yield f"| {name} | {metric.group} | {metric.unit} | {metric.rule} | {metric.meaning} |"
    yield "\n## Dimensions\n"
    yield "What goes with what, by the published matrix: *yes*, *no*, or *?* where no public document says.\n"
    yield f"| dimension | {' | '.join(GROUPS)} | meaning |\n{'|---' * (len(GROUPS) + 2)}|"
    yield from _dimensions(catalog)
    yield "\n## Filters\n\nOne value each; several narrow together.\n\n| filter | values | meaning |\n|---|---|---|"
    for asked in catalog.filters.values():
        yield f"| `{asked.name}` | {', '.join(asked.values) or 'any text'} | {asked.meaning} |"
    yield f"\nProducts: {', '.join(f'`{name}`' for name in catalog.products)}."


def _dimensions(catalog: Catalog) -> Iterator[str]:
    one = {group: next(m.name for m in catalog.metrics.values() if m.group == group) for group in GROUPS}
    for dimension in catalog.dimensions.values():
        fits = " | ".join(WORDS[catalog.fit(one[group], dimension.name)] for group in GROUPS)
        yield f"| `{dimension.name}` | {fits} | {dimension.meaning} |"


def main() -> int:
    """Write or check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = "\n".join(page(load_catalog())) + "\n"
    if not parser.parse_args().check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{PAGE.name} is not what would be written; run this without --check.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
