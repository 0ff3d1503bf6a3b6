"""Which facts about the service are proved of the sandbox: a plugin of pytest that counts passed tests.

The facts are those of ``fidelity.toml``, each of which names its own test; `tests.claims` counts.  When the whole
suite has run, the run fails if a fact's test has not passed, or if what was proved is not what the package says is
proved.  ``--write-proved FILE`` writes the ids that were proved; tools/write_fidelity.py uses it.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from tests.claims import Count, counts_here
from tests.thorough import runs_all

from dailymotion_reports.sandbox.fidelity import Fact, read_facts

ROOM = Path("src", "dailymotion_reports", "sandbox")
PROPERTY = "fact"


@cache
def claimed(root: Path) -> Mapping[str, Fact]:
    """The facts of a project that claim a test, by id, each marked with whether the project says it is proved."""
    text, shipped = (root / ROOM / name for name in ("fidelity.toml", "fidelity_proved.toml"))
    proved = tomllib.loads(shipped.read_text(encoding="utf-8"))["proved"] if shipped.is_file() else ()
    facts = read_facts(text.read_text(encoding="utf-8"), proved)
    return {name: fact for name, fact in facts.items() if fact.test}


@cache
def by_test(root: Path) -> Mapping[str, str]:
    """The id of the fact that each test proves."""
    return {fact.test: name for name, fact in claimed(root).items()}


@dataclass(eq=False)
class FactCount(Count):
    """A count of facts that also compares with what is shipped, and writes what it found where that is asked."""

    shipped: frozenset[str] = frozenset()
    into: str = ""

    @property
    def complaints(self) -> list[str]:
        """Facts without a passed test, and those of which the package says otherwise."""
        stale = sorted(set(self.proved) ^ self.shipped)
        remedy = "python tools/write_fidelity.py"
        return [*super().complaints, *([f"not as shipped: {', '.join(stale)}; {remedy}"] if stale else [])]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write, and judge a whole run."""
        if self.into:
            Path(self.into).write_text(json.dumps(self.proved), encoding="utf-8")
        super().pytest_sessionfinish(session)


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option of our own."""
    parser.addoption("--write-proved", default="", metavar="FILE", help="write the ids of the facts that were proved")


def pytest_configure(config: pytest.Config) -> None:
    """Count where results come together."""
    if counts_here(config):
        facts = claimed(config.rootpath)
        shipped = frozenset(name for name, fact in facts.items() if fact.proved)
        wanted, into = {name: fact.fact for name, fact in facts.items()}, config.getoption("--write-proved")
        count = FactCount("facts", PROPERTY, wanted, runs_all(config), shipped=shipped, into=into)
        config.pluginmanager.register(count, "facts-count")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Write the facts that a test proves into its results: those of its own id, and of all its parameters."""
    known = by_test(item.config.rootpath)
    names = {item.nodeid, item.nodeid.partition("[")[0]}
    item.user_properties.extend((PROPERTY, known[name]) for name in sorted(names) if name in known)
