"""Who is told of a project that `dmr sync` keeps: by a webhook and by a command, once a trouble, and once its end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.served import Dmr, Served
from tests.command import run_command
from tests.receiver import SECRET, Receiver, receiving

FIRST = (datetime.now(UTC) - timedelta(days=5)).date()

PROJECT = """\
[defaults]
into = "duckdb:reports.duckdb"
start = {start}

[datasets.daily_views]
metrics = ["VIEWS"]
by = ["DAY", "MEDIA_TYPE"]

[datasets.earnings]
metrics = ["ESTIMATED_EARNINGS_EUR"]
by = "day"

[notify.ops]
webhook_env = "DMR_HOOK"

[notify.mail]
command = [{python}, "-I", "mail.py"]
on = ["failure", "recovery"]
"""

MAIL = """\
import pathlib, sys
with pathlib.Path("mail.txt").open("a") as file:
    file.write(sys.stdin.read() + "--\\n")
"""


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def variables(served: Served, hook: Receiver) -> dict[str, str]:
    return {**served.environment, "DMR_HOOK": hook.address}


@pytest.fixture
def project(untried: Path, variables: dict[str, str]) -> Path:
    """A project whose command somebody has tried out, so that it may be run."""
    assert run(untried, variables, "notify", "test", "mail").returncode == 0
    (untried / "mail.txt").unlink()
    return untried


@pytest.fixture
def untried(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    text = PROJECT.format(start=FIRST, python=json.dumps(sys.executable))
    (folder / "dmr.toml").write_text(text, encoding="utf-8")
    (folder / "mail.py").write_text(MAIL, encoding="utf-8")
    return folder


def run(project: Path, variables: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_command(arguments, project, environment=variables)


def mails(project: Path) -> list[str]:
    path = project / "mail.txt"
    return path.read_text(encoding="utf-8").split("--\n")[:-1] if path.exists() else []


def test_a_command_that_a_project_names_is_not_run_before_somebody_has_tried_it_out(
    served: Served, untried: Path, variables: dict[str, str]
) -> None:
    served.arm("C5-errors-null-data", 1000)
    done = run(untried, variables, "sync", "--dataset", "earnings")
    assert done.returncode == 4
    assert "[notify.mail] was not told: its command was not tried out on this machine yet." in done.stderr
    assert mails(untried) == []
    assert run(untried, variables, "notify", "test", "mail").returncode == 0
    run(untried, variables, "sync", "--dataset", "earnings")
    assert ["earnings" in one for one in mails(untried)] == [False, True]
    file = untried / "dmr.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"mail.py"]', '"mail.py", "now"]'), encoding="utf-8")
    served.arm("C5-errors-null-data", 0)
    assert "was not told: its command was not tried out" in run(untried, variables, "sync").stderr
    assert len(mails(untried)) == 2


def test_a_failure_is_told_once_over_three_runs_and_once_when_it_is_over(
    served: Served, hook: Receiver, project: Path, variables: dict[str, str]
) -> None:
    served.arm("C5-errors-null-data", 1000)
    for _ in range(3):
        assert run(project, variables, "sync").returncode == 4
    (message,) = hook.messages
    assert message["project"] == "reports"
    assert [(one["kind"], one["dataset"], one["code"]) for one in message["news"]] == [
        ("failure", "daily_views", "api.query_refused"),
        ("failure", "earnings", "api.query_refused"),
    ]
    (mail,) = mails(project)
    assert mail.splitlines()[0] == "dmr, reports: 2 not loaded"
    served.arm("C5-errors-null-data", 0)
    for _ in range(2):
        assert run(project, variables, "sync").returncode == 0
    assert hook.kinds[1:] == [[("recovery", "daily_views"), ("recovery", "earnings")]]
    assert [mail.splitlines()[0] for mail in mails(project)[1:]] == ["dmr, reports: 2 over"]


@pytest.mark.thorough
def test_a_dataset_that_a_run_did_not_look_at_is_neither_told_nor_over(
    served: Served, hook: Receiver, project: Path, variables: dict[str, str]
) -> None:
    served.arm("C5-errors-null-data", 1000)
    assert run(project, variables, "sync", "--dataset", "earnings").returncode == 4
    served.arm("C5-errors-null-data", 0)
    assert run(project, variables, "sync", "--dataset", "daily_views").returncode == 0
    assert hook.kinds == [[("failure", "earnings")]]
    assert run(project, variables, "sync", "--dry-run").returncode == 0
    assert len(hook.bodies) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("command", [("backfill", "earnings"), ("coverage", "fill")])
def test_whoever_brings_the_past_tells_too(
    served: Served, hook: Receiver, project: Path, variables: dict[str, str], command: tuple[str, ...]
) -> None:
    served.arm("C5-errors-null-data", 1000)
    for _ in range(2):
        assert run(project, variables, *command).returncode == 4
    served.arm("C5-errors-null-data", 0)
    assert run(project, variables, *command).returncode == 0
    assert [{kind for kind, _ in one} for one in hook.kinds] == [{"failure"}, {"recovery"}]


def test_a_receiver_that_does_not_answer_is_a_warning_and_told_by_the_next_run(
    served: Served, hook: Receiver, project: Path, variables: dict[str, str]
) -> None:
    served.arm("C5-errors-null-data", 1000)
    hook.status = 500
    done = run(project, variables, "sync", "--json")
    (warning,) = json.loads(done.stdout)["warnings"]
    assert done.returncode == 4
    assert warning == "[notify.ops] was not told, and is told by the next run: Its webhook answered HTTP 500."
    down = run(project, {**variables, "DMR_HOOK": f"http://127.0.0.1:9{SECRET}"}, "sync")
    assert down.returncode == 4
    assert "Note: [notify.ops] was not told, and is told by the next run: " in down.stderr
    hook.status = 200
    assert json.loads(run(project, variables, "sync", "--json").stdout)["warnings"] == []
    assert len(hook.bodies) == 2
    assert len(mails(project)) == 1


@pytest.mark.thorough
def test_the_address_is_nowhere(served: Served, hook: Receiver, project: Path, variables: dict[str, str]) -> None:
    said = []
    for status, address in ((200, hook.address), (500, hook.address), (302, hook.address), (0, "")):
        hook.status, hook.location = status, hook.address if status == 302 else ""
        served.arm("C5-errors-null-data", 1000 if status in (200, 302) else 0)
        own = {**variables, "DMR_HOOK": address or f"http://127.0.0.1:9{SECRET}"}
        for command in (("sync", "--debug", "--dataset", "earnings"), ("notify", "test", "ops", "--json", "--debug")):
            done = run(project, own, *command)
            said.append(done.stdout + done.stderr)
    assert len(hook.bodies) > 3
    home = Path(os.environ["DMR_HOME"])
    kept = [path.read_bytes() for root in (home, project) for path in root.rglob("*") if path.is_file()]
    assert any(b'"notifiers"' in one for one in kept)
    for text in (*said, *(one.decode("utf-8", "replace") for one in kept)):
        assert "swordfish" not in text


@pytest.fixture
def parked(served: Served, hook: Receiver, project: Path) -> dict[str, str]:
    """A project whose account was signed in without keeping the password, and the token of that is dead."""
    keys = ("api_key", "api_secret", "username", "password", "url")
    given = {key: served.info[key] for key in keys} | {"kind": "public"}
    done = run_command(("auth", "login", "--profile", "tv", "--stdin"), project, given)
    assert done.returncode == 0, done.stderr
    (record,) = (Path(os.environ["DMR_HOME"]) / "state" / "tokens").glob("tv@*.json")
    kept = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps(kept | {"ends_at": kept["kept_at"]}), encoding="utf-8")
    served.arm("T7-refresh-refused", 1000)
    return {"DMR_HOOK": hook.address, "DMR_PROFILE": "tv"}


def test_a_dead_sign_in_parks_the_work_is_told_once_and_is_tried_once_a_run(
    served: Served, hook: Receiver, project: Path, parked: dict[str, str]
) -> None:
    with (project / "dmr.toml").open("a", encoding="utf-8") as file:
        file.writelines(f'\n[datasets.more{number}]\nmetrics = ["VIEWS"]\nby = "day"\n' for number in range(6))
    before = served.stats["token_requests"]
    for runs in (1, 2, 3):
        done = run(project, parked, "sync")
        assert done.returncode == 3
        assert "  Next: dmr auth login --profile tv" in done.stderr
        assert served.stats["token_requests"] - before == runs, "one request for a token, however much is to be asked"
    assert served.stats["reports_created"] == 0
    ((first, *others),) = [message["news"] for message in hook.messages]
    assert (first["kind"], first["code"], first["next"]) == (
        "parked",
        "api.not_authenticated",
        "dmr auth login --profile tv",
    )
    assert len(others) == 7


@pytest.mark.thorough
def test_after_the_next_sign_in_everything_is_loaded_and_that_is_told(
    served: Served, hook: Receiver, project: Path, parked: dict[str, str]
) -> None:
    assert run(project, parked, "sync").returncode == 3
    listed = json.loads(run(project, parked, "status", "--json").stdout)["jobs"]
    assert {job["error"] for job in listed if job["state"] == "parked"} == {"api.not_authenticated"}
    served.arm("T7-refresh-refused", 0)
    given = {key: served.info[key] for key in ("api_key", "api_secret", "username", "password", "url")}
    done = run_command(("auth", "login", "--profile", "tv", "--stdin"), project, given | {"kind": "public"})
    assert done.returncode == 0, done.stderr
    assert run(project, parked, "sync").returncode == 0
    assert [{kind for kind, _ in one} for one in hook.kinds] == [{"parked"}, {"recovery"}]


def test_a_notifier_is_tried_out(served: Served, hook: Receiver, project: Path, variables: dict[str, str]) -> None:
    done = run(project, variables, "notify", "test")
    assert (done.returncode, done.stderr) == (0, "ops: told.\nmail: told.\n")
    assert hook.kinds == [[("test", "")]]
    assert mails(project) == ["dmr, reports: a test\n\nThis is a test: nothing is wrong.\n"]
    hook.status = 404
    told: dict[str, Any] = json.loads(run(project, variables, "notify", "test", "--json").stdout)
    assert (told["ok"], [(one["name"], one["told"]) for one in told["notifiers"]]) == (
        False,
        [("ops", False), ("mail", True)],
    )
    assert run(project, variables, "notify", "test", "ops").returncode == 8
    assert run(project, variables, "notify", "test", "mail").returncode == 0
    assert run(project, {**variables, "DMR_HOOK": ""}, "notify", "test", "ops").returncode == 3
    unknown = run(project, variables, "notify", "test", "op")
    assert (unknown.returncode, "Did you mean ops?" in unknown.stderr) == (2, True)


def test_a_project_without_notifiers_says_how_to_name_one(dmr: Dmr, tmp_path: Path) -> None:
    text = PROJECT.format(start=FIRST, python='"python"').partition("[notify.ops]")[0]
    (tmp_path / "dmr.toml").write_text(text, encoding="utf-8")
    done = dmr("notify", "test")
    assert done.returncode == 3
    assert "A notifier is a table [notify.NAME]." in done.stderr
