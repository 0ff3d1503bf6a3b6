"""Which fault rows are proved: a plugin of pytest that counts passed tests, and nothing else.

A test names its rows with ``@pytest.mark.row("T1")``; `tests.claims` counts.  When the whole suite has run, thorough
tests too, the run fails if a row of ``tests/faults/rows.toml`` is not proved.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from tests.claims import Count, counts_here
from tests.thorough import runs_all

CLAIMS = Path("tests", "faults", "rows.toml")
PROPERTY = "fault row"


@dataclass(frozen=True)
class Row:
    """A claim: what goes wrong, and the letters of what must come of it."""

    what: str
    expected: str


@cache
def claimed(root: Path) -> Mapping[str, Row]:
    """The claimed rows of a project by id, in the order of its file."""
    found = tomllib.loads((root / CLAIMS).read_text(encoding="utf-8"))
    return {name: Row(row["what"], row["expected"]) for name, row in found.items()}


def pytest_configure(config: pytest.Config) -> None:
    """Count where results come together."""
    if counts_here(config):
        wanted = {name: row.what for name, row in claimed(config.rootpath).items()}
        config.pluginmanager.register(Count("rows", PROPERTY, wanted, runs_all(config)), "fault-rows-count")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Write a test's rows into its results; a row that nobody claims is a mistake."""
    rows = list(rows_of(item))
    if strangers := sorted(set(rows) - set(claimed(item.config.rootpath))):
        pytest.fail(f"not claimed in {CLAIMS}: {', '.join(strangers)}", pytrace=False)
    item.user_properties.extend((PROPERTY, row) for row in rows)


def rows_of(item: pytest.Item) -> Iterable[str]:
    """The ids that a test names, its own and those of its class and module."""
    return (str(row) for marker in item.iter_markers("row") for row in marker.args)
