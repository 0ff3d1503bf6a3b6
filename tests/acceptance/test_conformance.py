"""Recording a sandbox over sockets, and holding others against it, as a partner would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.served import Dmr, Served
from tests.unit.sandbox.conformance.copies import OtherFiles, OtherRefusals, OtherTokens

from dailymotion_reports.sandbox.conformance.probes import PROBES
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.server import running

pytestmark = pytest.mark.thorough

AFTER_A_LOOK = Progress.after_looks(1)
"""Reports are running at the first look and finished at the second, however slow the machine is."""


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Served]:
    with Sandbox(progress=AFTER_A_LOOK, scale="tiny", rows_per_file=10) as sandbox, running(sandbox) as info:
        yield Served(info)


@pytest.fixture(scope="module")
def recorded(one_sandbox: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of everything, recorded once over sockets."""
    path = tmp_path_factory.mktemp("recorded") / "pack.json"
    command = [sys.executable, "-m", "dailymotion_reports", "sandbox", "record", "-o", str(path), "--json"]
    environment = os.environ | one_sandbox.environment | {"DMR_HOME": str(path.parent / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    told = json.loads(done.stdout)
    assert (told["ok"], told["recorded"], told["left_out"]) == (True, list(PROBES), {}), done.stderr
    return path


@pytest.mark.row("PF30")
def test_what_was_recorded_over_sockets_conforms_to_a_sandbox_in_process(recorded: Path, dmr: Dmr) -> None:
    done = dmr("sandbox", "conform", str(recorded), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["differences"]) == (0, True, [])
    assert told["agreed"] == list(PROBES)


def test_it_conforms_to_the_service_that_was_recorded(recorded: Path, served: Served, dmr: Dmr) -> None:
    done = dmr("sandbox", "conform", str(recorded), "--profile", "sandbox", environment=served.environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{len(PROBES)} probes agree: sign-in, ")


@contextmanager
def served_by(copy: type[Sandbox]) -> Iterator[dict[str, str]]:
    """The environment in which a copy of the sandbox is reached."""
    with copy(progress=AFTER_A_LOOK, scale="tiny", rows_per_file=10) as sandbox, running(sandbox) as info:
        yield Served(info).environment


@pytest.mark.row("PF30")
@pytest.mark.parametrize(
    ("copy", "probe", "step", "place", "about"),
    [
        (OtherTokens, "refresh", "rotation", "a refresh brings another refresh token", "switch rotate_refresh_tokens"),
        (OtherRefusals, "bad-values", "a metric that there is not", "status", "G16: Errors may come with HTTP 200"),
        (OtherFiles, "report", "the file", "body.line ends", "X25: Lines end with line feeds"),
    ],
)
def test_each_of_three_copies_that_differ_is_caught_by_name(
    recorded: Path, dmr: Dmr, copy: type[Sandbox], probe: str, step: str, place: str, about: str
) -> None:
    with served_by(copy) as environment:
        command = ("sandbox", "conform", str(recorded), "--profile", "sandbox", "--reports", "1", "--json")
        done = dmr(*command, environment=environment)
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["error"]["code"]) == (7, False, "data.divergence")
    found = {(one["probe"], one["step"], one["place"]): one for one in told["differences"]}
    assert any(line.startswith(about) for line in found[probe, step, place]["about"])
    assert {"ping", "aliases", "introspection"} <= set(told["agreed"])


def test_people_read_what_differs_and_what_that_is_about(recorded: Path, dmr: Dmr) -> None:
    with served_by(OtherRefusals) as environment:
        command = ("sandbox", "conform", str(recorded), "--profile", "sandbox", "--reports", "0")
        done = dmr(*command, environment=environment | {"COLUMNS": "80"})
    assert done.returncode == 7
    lines = done.stdout.splitlines()
    at = lines.index("  a metric that there is not: status")
    assert lines[at + 1 : at + 4] == [
        "    recorded 200",
        "    found    400",
        "    G16: Errors may come with HTTP 200, in a list `errors`. (user-code)",
    ]
    assert max(map(len, lines)) <= 80
    assert "Error: What was recorded and what was found differ in 15 places." in done.stderr


REAL = {"DMR_API_KEY": "key", "DMR_API_SECRET": "secret", "DMR_PROFILE": "private"}


class TestRealAccounts:
    def test_are_not_spoken_to_where_nobody_can_agree(self, recorded: Path, dmr: Dmr, tmp_path: Path) -> None:
        done = dmr("sandbox", "record", "-o", "pack.json", "--reports", "3", environment=REAL)
        assert done.returncode == 2
        assert "at most 3 reports" in done.stderr
        assert "--yes" in done.stderr
        assert not (tmp_path / "pack.json").exists()

    def test_make_no_report_where_nothing_is_said(self, dmr: Dmr) -> None:
        done = dmr("sandbox", "record", "-o", "pack.json", environment=REAL)
        assert "no report" in done.stderr

    def test_of_another_kind_of_key_are_not_compared(self, recorded: Path, dmr: Dmr) -> None:
        done = dmr("sandbox", "conform", str(recorded), "--profile", "private", "--yes", environment=REAL)
        assert done.returncode == 2
        assert "recorded with a public key" in done.stderr


def test_mistakes_are_told_before_anything_is_sent(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    (tmp_path / "else.json").write_text("{}")
    requests = served.stats["token_requests"]
    for command, words in (
        (("record", "-o", "gone/pack.json"), "is no folder"),
        (("record",), "-o"),
        (("conform", "else.json", "--profile", "sandbox"), "is no conformance pack"),
        (("conform", "gone.json"), "does not exist"),
    ):
        done = dmr("sandbox", *command, environment=served.environment)
        assert done.returncode == 2, command
        assert words in done.stderr
    assert served.stats["token_requests"] == requests


def test_a_part_of_the_reports_is_recorded_and_only_that_compared(served: Served, dmr: Dmr) -> None:
    done = dmr("sandbox", "record", "-o", "pack.json", "--reports", "0", environment=served.environment)
    assert done.returncode == 0
    assert "left out: report (it may make a report)" in done.stderr
    again = dmr("sandbox", "conform", "pack.json", "--json")
    told = json.loads(again.stdout)
    assert (again.returncode, told["left_out"]["report"]) == (0, "it may make a report")
    assert "report" not in told["agreed"]
    assert served.stats["reports_created"] == 0
