"""The sandbox is killed while it makes a report, with another in its place or with none: the client ends cleanly.

Nothing of a sandbox outlives its process: keys are fresh at each start, and so are reports.  So the second one knows
neither the report nor whoever asked for it, and says so; the client believes it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import DmrError, NotAuthenticated, ReportOverdue
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.workspace import Progress, Workspace
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.keeping import open_archive

pytestmark = [pytest.mark.thorough, pytest.mark.row("U5")]


class Runner:
    """Sandboxes in processes of their own, one after the other at the same port."""

    def __init__(self, home: Path) -> None:
        self._home, self._port = home, 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> dict[str, Any]:
        """A new sandbox, where the last one was; what it says of itself."""
        command = [sys.executable, "-m", "dailymotion_reports", "sandbox", "serve", "--json", "--report-seconds", "600"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self._port)],
            env=os.environ | {"DMR_HOME": str(self._home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        self._port = int(told["url"].rpartition(":")[2])
        return told

    def kill(self) -> None:
        """Kill it, without a word."""
        assert self._process is not None
        assert self._process.poll() is None
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def runner(own_home: Path) -> Iterator[Runner]:
    made = Runner(own_home)
    yield made
    if made._process and made._process.poll() is None:
        made.kill()


def workspace_at(told: dict[str, Any], home: Path) -> Workspace:
    """A workspace that does not wait between its looks."""
    settings = Settings(
        "sandbox",
        Folders(home / "data", home / "state", home / "config"),
        told["api_key"],
        Secret(told["api_secret"]),
        told["username"],
        Secret(told["password"]),
        url=told["url"],
        keep_tokens=False,
    )
    now = [0.0]

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    pace: dict[str, Any] = {"clock": lambda: now[0], "sleep": pass_by, "chance": lambda: 0.5}
    client = Client(profile_of(settings), credentials_of(settings), Httpx2Transport(), **pace)
    return Workspace(client, open_archive(settings), settings, **pace)


def end_of(runner: Runner, home: Path, meanwhile: Callable[[], object]) -> DmrError:
    """How a report ends whose sandbox is killed once it has been asked for and looked at, ``meanwhile`` thereafter."""
    looks = 0

    def on_the_way(progress: Progress) -> None:
        nonlocal looks
        looks += progress.stage == "waiting"
        if progress.stage == "waiting" and looks == 2:
            runner.kill()
            meanwhile()

    with workspace_at(runner.start(), home) as workspace, pytest.raises(DmrError) as ended:
        workspace.report("views", "day", start="2023-07-01", end="2023-07-02", progress=on_the_way)
    assert looks >= 2
    return ended.value


def nothing_is_left(home: Path) -> bool:
    return [path for path in (home / "data").rglob("*") if path.is_file()] == []


def test_a_new_sandbox_knows_neither_report_nor_keys_and_the_client_says_so(runner: Runner, tmp_path: Path) -> None:
    told: dict[str, Any] = {}
    error = end_of(runner, tmp_path / "theirs", lambda: told.update(runner.start()))
    assert isinstance(error, NotAuthenticated)
    assert error.hint
    assert nothing_is_left(tmp_path / "theirs")
    with workspace_at(told, tmp_path / "new") as workspace:
        assert workspace.drift()


def test_without_a_new_one_the_client_looks_on_as_long_as_a_report_may_take_and_then_gives_up(
    runner: Runner, tmp_path: Path
) -> None:
    error = end_of(runner, tmp_path / "theirs", lambda: None)
    assert isinstance(error, ReportOverdue)
    assert error.message
    assert nothing_is_left(tmp_path / "theirs")
