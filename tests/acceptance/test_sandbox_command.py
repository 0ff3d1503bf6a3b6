"""``dmr sandbox serve`` and ``dmr demo`` as a user starts and stops them."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from tests.acceptance.served import Dmr, records

from dailymotion_reports.cli.main import group
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.scenarios import load_scenarios
from dailymotion_reports.sandbox.switches import load_switches
from dailymotion_reports.sandbox.world import World

pytestmark = pytest.mark.thorough

KEYS = {
    "url", "token_url", "graphql_url", "storage_url", "api_key", "api_secret", "username", "password", "channels",
    "first_day", "last_day", "private", "v2", "logout_url",
}  # fmt: skip


@contextmanager
def serving(*arguments: str, home: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "dailymotion_reports", "sandbox", "serve", "--port", "0", *arguments]
    environment = os.environ | {"DMR_HOME": str(home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_one_line_of_json_and_ends_with_exit_code_0(sent: signal.Signals, own_home: Path) -> None:
    with serving("--json", home=own_home) as process:
        told = json.loads(first_line(process))
        assert set(told) >= KEYS
        assert set(told["private"]) >= {"token_url", "graphql_url", "client_id", "client_secret"}
        assert not any(str(value).endswith("/") for key, value in told.items() if key.endswith("url"))
        assert told["first_day"] <= "2018-01-01"
        assert len(told["channels"]) >= 2
        process.send_signal(sent)
        rest, talk = process.communicate(timeout=30)
    assert (process.returncode, rest, talk) == (0, "", "")


def test_other_commands_find_it_while_it_runs_and_not_after(own_home: Path, dmr: Dmr) -> None:
    asked = ("report", "VIEWS", "--by", "DAY", "--from", "2023-07-01", "--to", "2023-07-02", "--profile", "sandbox")
    note = own_home / "state" / "sandbox.json"
    with serving("--json", "--report-seconds", "0", home=own_home) as process:
        first_line(process)
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        found = dmr(*asked)
        assert found.stdout.startswith("day,views\n2023-07-01,")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert not note.exists()
    lost = dmr(*asked)
    assert lost.returncode == 3
    assert "dmr sandbox serve" in lost.stderr


def test_a_taken_port_is_named_with_the_remedy(own_home: Path, dmr: Dmr) -> None:
    with serving("--json", home=own_home) as process:
        port = json.loads(first_line(process))["url"].rpartition(":")[2]
        done = dmr("sandbox", "serve", "--port", port)
        assert done.returncode == 3
        assert port in done.stderr
        assert "Traceback" not in done.stderr
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_a_sandbox_that_still_runs_is_found_again_when_a_later_one_ends(own_home: Path) -> None:
    note = own_home / "state" / "sandbox.json"

    def left() -> str:
        return str(json.loads(note.read_text(encoding="utf-8"))["url"])

    with serving("--json", home=own_home) as first:
        first_url = json.loads(first_line(first))["url"]
        with serving("--json", home=own_home) as second:
            second_url = json.loads(first_line(second))["url"]
            assert left() == second_url != first_url
            second.send_signal(signal.SIGTERM)
            second.communicate(timeout=30)
        assert (left(), stat.S_IMODE(note.stat().st_mode)) == (first_url, 0o600)
        with serving("--json", home=own_home) as third:
            first_line(third)
            first.send_signal(signal.SIGTERM)
            first.communicate(timeout=30)
            third.send_signal(signal.SIGTERM)
            third.communicate(timeout=30)
    assert not note.exists()


def test_the_note_of_a_sandbox_that_was_killed_is_written_over(own_home: Path) -> None:
    note = own_home / "state" / "sandbox.json"
    with serving("--json", home=own_home) as killed:
        first_line(killed)
        killed.kill()
        killed.communicate(timeout=30)
    assert note.exists()
    with serving("--json", home=own_home) as next_one:
        assert json.loads(first_line(next_one))["url"] == json.loads(note.read_text(encoding="utf-8"))["url"]
        next_one.send_signal(signal.SIGTERM)
        next_one.communicate(timeout=30)
    assert not note.exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_starts_ends_it_without_a_word(
    sent: signal.Signals, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DMR_HOME", str(own_home))
    born = World.__init__

    def interrupted(self: World, *arguments: Any, **named: Any) -> None:
        os.kill(os.getpid(), sent)
        born(self, *arguments, **named)

    monkeypatch.setattr(World, "__init__", interrupted)
    done = CliRunner().invoke(group, ["sandbox", "serve", "--port", "0", "--json"])
    assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--seed", "-1"),
        ("--seed", str(2**32)),
        ("--speed", "nan"),
        ("--speed", "inf"),
        ("--report-seconds", "nan"),
        ("--report-seconds", "inf"),
        ("--link-seconds", "-1"),
        ("--token-seconds", "0"),
        ("--rows-per-file", "0"),
        ("--links-per-page", "0"),
    ],
)
def test_switches_out_of_bounds_are_mistakes_of_use(arguments: tuple[str, str]) -> None:
    done = CliRunner().invoke(group, ["sandbox", "serve", *arguments])
    assert (done.exit_code, arguments[0] in done.output) == (2, True)


def test_switches_given_by_hand_go_before_those_of_the_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    class Made(Exception):
        pass

    def made(**switches: Any) -> None:
        asked.update(switches)
        raise Made

    monkeypatch.setattr("dailymotion_reports.sandbox.instance.Sandbox", made)
    given = ["--link-seconds", "5", "--rows-per-file", "3", "--links-per-page", "4", "--seed", "9"]
    CliRunner().invoke(group, ["sandbox", "serve", "--scenario", "expiring", *given])
    assert asked == {
        "seed": 9, "speed": 1.0, "access_seconds": 90.0, "link_seconds": 5.0, "rows_per_file": 3, "links_per_page": 4,
        "faults": {"L8-expired-link": 1, "T6-refused-token": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "switch"),
    [
        (["--scopes", "create_reports  read_reports"], ("create_reports", "read_reports")),
        (["--scopes", ""], ()),
        (["--scenario", "narrow-key", "--scopes", "access_revenue"], ("access_revenue",)),
        (["--scenario", "narrow-key"], ("access_ads", "create_reports", "read_reports")),
        ([], None),
    ],
)
def test_the_scopes_of_the_key_are_a_switch(
    given: list[str], switch: tuple[str, ...] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    class Made(Exception):
        pass

    def made(**switches: Any) -> None:
        asked.update(switches)
        raise Made

    monkeypatch.setattr("dailymotion_reports.sandbox.instance.Sandbox", made)
    CliRunner().invoke(group, ["sandbox", "serve", *given])
    assert "seed" in asked
    assert asked.get("granted_scopes") == switch


def test_every_unknown_scope_is_named_beside_those_there_are() -> None:
    done = CliRunner().invoke(group, ["sandbox", "serve", "--scopes", "revenue create_reports ads"])
    assert done.exit_code == 2
    assert all(word in done.output for word in ("'revenue'", "'ads'", "access_revenue", "--scopes"))


def test_an_unknown_scenario_is_answered_with_the_nearest() -> None:
    done = CliRunner().invoke(group, ["sandbox", "serve", "--scenario", "slow-report"])
    assert (done.exit_code, "Did you mean slow-reports?" in done.output) == (2, True)


def told(monkeypatch: pytest.MonkeyPatch, *given: str) -> dict[str, Any]:
    """What the sandbox would be made with."""
    asked: dict[str, Any] = {}

    def made(**switches: Any) -> None:
        asked.update(switches)
        raise KeyboardInterrupt

    monkeypatch.setattr("dailymotion_reports.sandbox.instance.Sandbox", made)
    CliRunner().invoke(group, ["sandbox", "serve", *given])
    return asked


def test_any_switch_can_be_set_by_its_name_and_goes_before_the_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [
        "--scenario",
        "expiring",
        "--set",
        "empty=header-only",
        "--set",
        "LINK-SECONDS=7",
        "--set",
        "reuse_revokes=on",
    ]
    asked = told(monkeypatch, *given)
    assert (asked["empty"], asked["link_seconds"], asked["reuse_revokes"]) == ("header-only", 7.0, True)
    assert asked["access_seconds"] == 90.0
    assert told(monkeypatch, "--set", "link_seconds=7", "--link-seconds", "8")["link_seconds"] == 8.0


def test_every_mistake_in_switches_is_told_at_once() -> None:
    done = CliRunner().invoke(
        group, ["sandbox", "serve", "--set", "emty=no-file", "--set", "empty=nothing", "--set", "empty"]
    )
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert all(word in said for word in ("Did you mean empty?", "'nothing'", "NAME=VALUE", "dmr sandbox switches"))


@pytest.mark.parametrize(("text", "policy"), [("looks:3", Progress.after_looks(3)), ("never", Progress.never())])
def test_how_reports_go_is_named(text: str, policy: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "--progress", text)["progress"] == policy


def test_a_way_in_which_reports_do_not_go_is_answered_with_those_in_which_they_do() -> None:
    done = CliRunner().invoke(group, ["sandbox", "serve", "--progress", "soon"])
    assert (done.exit_code, "looks:3" in done.output) == (2, True)


@pytest.mark.parametrize("columns", ["60", "80"])
def test_the_switches_are_listed_with_their_notes_and_fit_the_terminal(columns: str, dmr: Dmr) -> None:
    done = dmr("sandbox", "switches", environment={"COLUMNS": columns})
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert all(len(line) <= int(columns) for line in lines)
    assert [line.partition(" = ")[0] for line in lines if line and line[0] != " "] == list(load_switches())


def test_the_switches_are_listed_as_json(dmr: Dmr) -> None:
    told = json.loads(dmr("sandbox", "switches", "--json").stdout)
    assert told["ok"] is True
    assert [one["name"] for one in told["switches"]] == list(load_switches())
    assert all(one["about"] and one["why"] and one["allowed"] for one in told["switches"])


def test_the_help_lists_every_scenario() -> None:
    told = CliRunner().invoke(group, ["sandbox", "serve", "--help"]).output
    assert all(name in told for name in load_scenarios())


@pytest.mark.row("U7")
def test_other_machines_are_refused_and_let_in_with_a_warning(own_home: Path, dmr: Dmr) -> None:
    refused = dmr("sandbox", "serve", "--port", "0", "--host", "0.0.0.0")
    assert (refused.returncode, "--allow-remote" in refused.stderr) == (3, True)
    with serving("--json", "--host", "0.0.0.0", "--allow-remote", home=own_home) as process:
        assert json.loads(first_line(process))["url"].startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        _, talk = process.communicate(timeout=30)
    assert (process.returncode, talk.startswith("Warning: ")) == (0, True)


def test_keys_are_fresh_at_each_start(own_home: Path) -> None:
    secrets = set()
    for _ in range(2):
        with serving("--json", home=own_home) as process:
            secrets.add(json.loads(first_line(process))["api_secret"])
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    assert len(secrets) == 2
    assert all(secret.startswith("sandbox-") for secret in secrets)


def test_the_demo_leaves_a_csv_and_a_table_with_the_same_rows_twice_over(dmr: Dmr, tmp_path: Path) -> None:
    for _ in range(2):
        done = dmr("demo")
        assert done.returncode == 0, done.stderr
        _, *rows = records(tmp_path / "dmr-demo" / "report.csv")
        with duckdb.connect(str(tmp_path / "dmr-demo" / "demo.duckdb"), read_only=True) as database:
            table = database.execute("SELECT day::VARCHAR, video_title, views::VARCHAR FROM report").fetchall()
        assert len(rows) > 300
        assert sorted(map(tuple, rows)) == sorted(table)
    assert "Views per day" in done.stdout
    assert "dmr-demo/report.csv" in done.stdout
    assert " sandbox serve\n" in done.stdout


def test_the_demo_keeps_a_project_whose_datasets_are_up_to_date(dmr: Dmr, tmp_path: Path) -> None:
    done = dmr("demo")
    assert "3 loaded (" in done.stderr
    assert "earnings, sandbox: 47 loaded, 13 provisional" in done.stdout
    assert "Views beside earnings, by week" in done.stdout
    with duckdb.connect(str(tmp_path / "dmr-demo" / "demo.duckdb"), read_only=True) as database:
        days = "SELECT count(DISTINCT day) FROM daily_views JOIN devices USING (day) JOIN earnings USING (day)"
        assert database.execute(days).fetchall() == [(60,)]
    again = dmr("demo")
    assert "Everything is up to date: nothing was asked." in again.stderr


def test_the_demo_speaks_json_too(dmr: Dmr, tmp_path: Path) -> None:
    done = dmr("demo", "--dir", "elsewhere", "--json")
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert Path(tmp_path, told["csv"]).is_file()
    assert told["rows"] == len(records(tmp_path / "elsewhere" / "report.csv")) - 1


def test_the_demo_leaves_no_process_behind(tmp_path: Path, own_home: Path) -> None:
    command = [sys.executable, "-m", "dailymotion_reports", "demo", "--json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True) as process:
        process.communicate(timeout=60)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
