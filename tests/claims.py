"""Counting what is proved: passed tests, and nothing else.  `tests.rows` and `tests.facts` count with it.

A claim is proved when at least one of its tests has passed and none has failed.  When the whole suite has run, the
run fails if a claim is not proved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass(eq=False)
class Count:
    """What the results so far say of the claims.

    ``wanted`` has each claim in words by its id; ``recorded_as`` is the name under which tests write ids into their
    results, and ``title`` what the claims are called.
    """

    title: str
    recorded_as: str
    wanted: Mapping[str, str]
    whole: bool
    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a result in; under xdist this runs where the results come together."""
        claims = {str(value) for name, value in report.user_properties if name == self.recorded_as}
        if report.failed:
            self.failed |= claims
        elif report.passed and report.when == "call":
            self.passed |= claims

    @property
    def proved(self) -> list[str]:
        """The claims that are proved, in their order."""
        return [name for name in self.wanted if name in self.passed and name not in self.failed]

    @property
    def missing(self) -> list[str]:
        """The claims that are not proved."""
        proved = set(self.proved)
        return [name for name in self.wanted if name not in proved]

    @property
    def complaints(self) -> list[str]:
        """What is wrong with a whole run that proved no more than this, a line each."""
        return [f"{name} has no passed test: {self.wanted[name]}" for name in self.missing]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A whole run that proves less than is claimed has failed."""
        if self.whole and self.complaints and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line, and after a whole run one more for whatever is wrong."""
        if not self.whole and not self.passed:
            return
        terminalreporter.write_line(f"{self.title} proved: {len(self.proved)} of {len(self.wanted)}")
        for line in self.complaints if self.whole else ():
            terminalreporter.write_line(f"  {line}", red=True)


def runs_whole(config: pytest.Config) -> bool:
    """Whether everything is asked for: no paths but the configured ones, and no selection by word or marker."""
    narrowing = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "collectonly")
    paths = [Path(config.rootpath, name).resolve() for name in config.getini("testpaths")]
    asked = [Path(config.invocation_params.dir, name).resolve() for name in config.args]
    return asked == paths and not any(config.getoption(name, None) for name in narrowing)


def counts_here(config: pytest.Config) -> bool:
    """Whether results come together in this process: not in the workers of xdist."""
    return not hasattr(config, "workerinput")
