"""Several processes with one account: one renewal for all, and a process that dies in the middle of it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.faults import renewing
from tests.faults.inner import ROOT
from tests.faults.site import HOUR, REQUEST, rows, truth

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.server import running

pytestmark = pytest.mark.thorough

PROCESSES, ROUNDS = 8, 5


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Refresh tokens rotate, and one that is used twice revokes its whole family."""
    with Sandbox(progress=Progress.at_once(), reuse_revokes=True) as made:
        yield made


@pytest.fixture
def told(sandbox: Sandbox, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The sandbox over sockets, a signed-in account, and a report of it."""
    with running(sandbox) as info:
        told: dict[str, Any] = {"info": info, "folder": str(tmp_path)}
        with renewing.client(told) as client:
            token = client.submit(REQUEST).token.reveal()
        yield told | {"report": token}


class Process:
    """A process that looks at the report when it is told to."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        self.child, self._input, self._output = child, child.stdin, child.stdout

    def tell(self, line: str) -> None:
        self._input.write(line + "\n")
        self._input.flush()

    def hear(self) -> str:
        """Its next line; empty where it has ended."""
        return self._output.readline().strip()


@contextmanager
def process(told: dict[str, Any], **changes: Any) -> Iterator[Process]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.renewing"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        try:
            begun = Process(child)
            begun.tell(json.dumps(told | changes))
            yield begun
        finally:
            child.kill()


def rows_of(told: dict[str, Any], report: str = "") -> list[list[str]]:
    """The rows of a new report, or of one that was asked for, by a client of this process that uses what is kept."""
    with renewing.client(told) as client:
        return rows(client, Secret(report) if report else None)


@pytest.mark.row("T8")
@pytest.mark.row("TM9")
@pytest.mark.row("PF8")
def test_T8_eight_processes_whose_token_is_refused_renew_it_once_each_round(
    sandbox: Sandbox, told: dict[str, Any]
) -> None:
    with ExitStack() as stack:
        family = [stack.enter_context(process(told)) for _ in range(PROCESSES)]
        assert [one.hear() for one in family] == ["ready"] * PROCESSES
        for number in range(1, ROUNDS + 1):
            sandbox.clock.advance(11 * HOUR)
            for one in family:
                one.tell("look")
            assert [one.hear() for one in family] == ["ok"] * PROCESSES
            assert sandbox.service.counts.refreshes == number
    assert sandbox.service.counts.sign_ins == 1
    assert rows_of(told) == truth(sandbox)


@pytest.mark.row("T8")
@pytest.mark.row("TM9")
def test_T8_eight_processes_that_find_the_token_due_renew_it_once(sandbox: Sandbox, told: dict[str, Any]) -> None:
    with ExitStack() as stack:
        family = [stack.enter_context(process(told, wall=9.5 * HOUR)) for _ in range(PROCESSES)]
        assert [one.hear() for one in family] == ["ready"] * PROCESSES
        for one in family:
            one.tell("look")
        assert [one.hear() for one in family] == ["ok"] * PROCESSES
    assert (sandbox.service.counts.refreshes, sandbox.service.counts.sign_ins) == (1, 1)


@pytest.mark.row("T9")
@pytest.mark.row("PF8")
def test_T9_a_process_killed_between_rotation_and_saving_leaves_whole_tokens_and_the_next_signs_in(
    sandbox: Sandbox, told: dict[str, Any], tmp_path: Path
) -> None:
    kept = tmp_path / "tokens" / "site.json"
    before = kept.read_bytes()
    with process(told, dies=True) as one:
        assert one.hear() == "ready"
        sandbox.clock.advance(11 * HOUR)
        one.tell("look")
        assert one.hear() == ""
        assert one.child.wait(timeout=30) == -signal.SIGKILL
    assert sandbox.service.counts.refreshes == 1, "the service had rotated"
    assert kept.read_bytes() == before, "and we had not saved"
    assert rows_of(told, told["report"]) == truth(sandbox)
    assert (sandbox.service.counts.sign_ins, sandbox.service.counts.reports_created) == (2, 1)
    assert json.loads(kept.read_text())["access"]
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.row("T13")
def test_T13_a_full_disk_ends_nothing_under_way_and_leaves_what_is_kept_whole(
    sandbox: Sandbox, told: dict[str, Any], tmp_path: Path
) -> None:
    kept = tmp_path / "tokens" / "site.json"
    before = kept.read_bytes()
    with process(told, full=True) as one:
        assert one.hear() == "ready"
        one.tell("look")
        assert one.hear() == "ok"
        sandbox.clock.advance(11 * HOUR)
        one.tell("look")
        assert one.hear() == "ok"
    assert sandbox.service.counts.refreshes == 1
    assert {path.name: path.read_bytes() for path in kept.parent.iterdir()} == {kept.name: before}


@pytest.mark.row("T13")
def test_T13_a_full_disk_is_found_before_a_refresh_token_is_spent(
    sandbox: Sandbox, told: dict[str, Any], tmp_path: Path
) -> None:
    kept = tmp_path / "tokens" / "site.json"
    before = kept.read_bytes()
    with process(told, full=True) as one:
        assert one.hear() == "ready"
        sandbox.clock.advance(11 * HOUR)
        one.tell("look")
        assert one.hear() == "settings.secrets"
    assert sandbox.service.counts.refreshes == 0
    assert {path.name: path.read_bytes() for path in kept.parent.iterdir()} == {kept.name: before}
    assert rows_of(told, told["report"]) == truth(sandbox)


@pytest.mark.row("T13")
def test_T13_a_full_disk_at_the_start_is_an_error_and_leaves_no_empty_file(
    told: dict[str, Any], tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    (tokens / "site.json").unlink()
    with process(told, full=True) as one:
        assert one.hear() == "ready"
        one.tell("look")
        assert one.hear() == "settings.secrets"
    assert list(tokens.iterdir()) == []
