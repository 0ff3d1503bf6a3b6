"""Which fault rows are proved: a plugin of pytest that counts passed tests, and nothing else.

A test names its rows with ``@pytest.mark.row("T1")``.  A row is proved when at least one of its tests has passed and
none has failed.  When the whole suite has run, the run fails if a row of ``tests/faults/rows.toml`` is not proved.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

CLAIMS = Path("tests", "faults", "rows.toml")
PROPERTY = "fault row"
COUNT = pytest.StashKey["Count"]()


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


@dataclass(eq=False)
class Count:
    """What the results so far say of the rows."""

    wanted: Mapping[str, Row]
    whole: bool
    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a result in; under xdist this runs where the results come together."""
        rows = {str(value) for name, value in report.user_properties if name == PROPERTY}
        if report.failed:
            self.failed |= rows
        elif report.passed and report.when == "call":
            self.passed |= rows

    @property
    def missing(self) -> list[str]:
        """The claimed rows that are not proved."""
        return [name for name in self.wanted if name not in self.passed or name in self.failed]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A whole run that proves less than is claimed has failed."""
        if self.whole and self.missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line, and where rows are missing from a whole run one more for each."""
        if not self.whole and not self.passed:
            return
        proved = len(self.wanted) - len(self.missing)
        terminalreporter.write_line(f"rows proved: {proved} of {len(self.wanted)}")
        for name in self.missing if self.whole else ():
            terminalreporter.write_line(f"  {name} has no passed test: {self.wanted[name].what}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Count where results come together: not in the workers of xdist."""
    if not hasattr(config, "workerinput"):
        count = config.stash[COUNT] = Count(claimed(config.rootpath), runs_whole(config))
        config.pluginmanager.register(count, "fault-rows-count")


def runs_whole(config: pytest.Config) -> bool:
    """Whether everything is asked for: no paths but the configured ones, and no selection by word or marker."""
    narrowing = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "collectonly")
    paths = [Path(config.rootpath, name).resolve() for name in config.getini("testpaths")]
    asked = [Path(config.invocation_params.dir, name).resolve() for name in config.args]
    return asked == paths and not any(config.getoption(name, None) for name in narrowing)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Write a test's rows into its results; a row that nobody claims is a mistake."""
    rows = list(rows_of(item))
    if strangers := sorted(set(rows) - set(claimed(item.config.rootpath))):
        pytest.fail(f"not claimed in {CLAIMS}: {', '.join(strangers)}", pytrace=False)
    item.user_properties.extend((PROPERTY, row) for row in rows)


def rows_of(item: pytest.Item) -> Iterable[str]:
    """The ids that a test names, its own and those of its class and module."""
    return (str(row) for marker in item.iter_markers("row") for row in marker.args)
