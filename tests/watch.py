"""The plugin of pytest that searches for `tests.canaries`, whatever test is running.

Searched are what tests and the commands they run print and log, the arguments of every process that is started, and
at the end of the session every file below the temporary folders.  A find fails the test, or the session's end.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest
import tests.command
from click.testing import CliRunner, Result
from hypothesis import currently_in_test_context
from tests.canaries import Canaries

from dailymotion_reports.redaction import Secret

SPEAKS = ("sandbox", "serve")
"""The command that tells its keys on stdout by contract."""

GATHERS = "dailymotion_reports.workspace.known_secrets"
"""Makes secrets of what was one before, and of names of accounts, which stand in their configuration."""

WATCH = pytest.StashKey["Watch"]()


class Watch:
    """Learns the secrets that are made, and notes where one was seen."""

    def __init__(self) -> None:
        self.canaries = Canaries()
        self.seen: list[str] = []
        self._patches = ExitStack()

    def begin(self) -> None:
        """Be told of secrets, of processes, and of what tests read of their output."""
        for owner, name, replacement in (
            (Secret, "__init__", self._learning(Secret.__init__)),
            (subprocess.Popen, "__init__", self._starting(subprocess.Popen.__init__)),
            (subprocess.Popen, "communicate", self._communicating(subprocess.Popen.communicate)),
            (pytest.CaptureFixture, "readouterr", self._reading(pytest.CaptureFixture.readouterr)),
            (CliRunner, "invoke", self._invoking(CliRunner.invoke)),
            (tests.command, "finished", self._finished(tests.command.finished)),
        ):
            self._patches.enter_context(patch.object(owner, name, replacement))

    def end(self) -> None:
        """Leave everything as it was."""
        self._patches.close()

    def look(self, place: str, *texts: str | bytes | None) -> None:
        """Note the kinds of secrets in ``texts``."""
        self.seen += [f"{kind} in {place}" for text in texts for kind in self.canaries.in_text(text)]

    def told(self) -> list[str]:
        """What was noted since this was last asked."""
        seen, self.seen = self.seen, []
        return list(dict.fromkeys(seen))

    def _learning(self, make: Any) -> Any:
        def learned(secret: Secret, value: str) -> None:
            make(secret, value)
            # Texts that are drawn at random are nobody's secret, and may be words of this project.
            code = sys._getframe(1)
            gathered = code.f_globals.get("__name__") == GATHERS
            if isinstance(value, str) and not gathered and not currently_in_test_context():
                self.canaries.learn(value, f"{code.f_globals.get('__name__')}, line {code.f_lineno}")

        return learned

    def _starting(self, start: Any) -> Any:
        def started(process: Any, args: Any, *others: Any, **named: Any) -> None:
            words = [args] if isinstance(args, str | bytes | os.PathLike) else list(args)
            self.look("the arguments of a process", *(os.fsencode(word) for word in words))
            start(process, args, *others, **named)

        return started

    def _communicating(self, communicate: Any) -> Any:
        def communicated(process: Any, *others: Any, **named: Any) -> Any:
            answer = communicate(process, *others, **named)
            words = [] if isinstance(process.args, str | bytes | os.PathLike) else list(process.args)
            if not set(SPEAKS) <= {os.fsdecode(word) for word in words}:
                self.look("the output of a process", *answer)
            return answer

        return communicated

    def _finished(self, finish: Any) -> Any:
        def ended(arguments: Any, code: int, *outputs: str) -> Any:
            self.look("the arguments of a process", *map(os.fsencode, arguments))
            self.look("the output of a process", *outputs)
            return finish(arguments, code, *outputs)

        return ended

    def _reading(self, read: Any) -> Any:
        def readout(capture: Any) -> Any:
            answer = read(capture)
            self.look("the output of the test", *answer)
            return answer

        return readout

    def _invoking(self, invoke: Any) -> Any:
        def invoked(runner: Any, *others: Any, **named: Any) -> Result:
            result: Result = invoke(runner, *others, **named)
            self.look("the output of a command", result.stdout_bytes, result.stderr_bytes)
            return result

        return invoked


def pytest_configure(config: pytest.Config) -> None:
    """Begin: in every process that runs tests."""
    watch = config.stash[WATCH] = Watch()
    watch.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End."""
    if WATCH in config.stash:
        config.stash[WATCH].end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test after which a secret was seen has failed; what it printed is then not shown."""
    report = yield
    if report.when != "teardown":
        return report
    watch = item.config.stash[WATCH]
    for name, text in report.sections:
        watch.look(name.lower(), text)  # what was captured, at setup and call too
    if seen := watch.told():
        report.outcome, report.sections = "failed", []
        report.longrepr = "\n".join(["A secret was seen:", *seen])
    return report


@pytest.fixture(scope="session", autouse=True)
def no_secret_in_any_file(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[None]:
    """At the end of the session: no file that the suite has left holds a secret."""
    yield
    folder = tmp_path_factory.getbasetemp()
    seen = [
        f"{kind} in {path.relative_to(folder)}" for path, kind in request.config.stash[WATCH].canaries.in_files(folder)
    ]
    if seen:
        pytest.fail("\n".join(["A secret was seen:", *seen]), pytrace=False)
