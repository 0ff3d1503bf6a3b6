"""The test kit as its users have it: in a project of their own, with a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.thorough

SWITCHED_ON = 'pytest_plugins = ["dailymotion_reports.testing"]\n'


def suite(folder: Path, tests: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ``tests``, the text of a module, in a project that has switched the kit on."""
    (folder / "conftest.py").write_text(SWITCHED_ON)
    (folder / "test_theirs.py").write_text(dedent(tests))
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers -p no:cacheprovider\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DMR_"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "--basetemp", str(folder / "left"), *arguments],
        cwd=folder,
        env=kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_fixtures_give_true_reports_and_each_test_a_fresh_sandbox(tmp_path: Path) -> None:
    done = suite(
        tmp_path,
        """
        import asyncio

        def test_blocking(workspace, sandbox, clock):
            report = workspace.report("views", "day", start="2023-07-01", end="2023-07-04")
            sandbox.check(report)
            assert sandbox.stats["reports_created"] == 1
            assert clock.now.isoformat() > "2026-01-15T12:00"

        def test_for_coroutines(async_workspace, sandbox):
            report = asyncio.run(async_workspace.report("views", "hour", period="yesterday"))
            assert report.rows()
            sandbox.check(report)
            assert sandbox.stats["reports_created"] == 1

        def test_alone(clock):
            assert clock.now.isoformat() == "2026-01-15T12:00:00+00:00"
        """,
    )
    assert "3 passed" in done.stdout, done.stdout


def test_the_marker_chooses_world_behaviour_day_key_and_switches(tmp_path: Path) -> None:
    done = suite(
        tmp_path,
        """
        import pytest
        from dailymotion_reports.errors import NotAllowed

        pytestmark = pytest.mark.sandbox(seed=3, today="2026-03-02")
        DAYS = {"start": "2023-07-01", "end": "2023-07-04"}
        worlds = {}

        def test_of_the_module(workspace, sandbox, clock):
            worlds[3] = sandbox.truth("views", "day", **DAYS)
            assert str(clock.today()) == "2026-03-02"

        @pytest.mark.sandbox(seed=4)
        def test_the_nearest_counts_word_by_word(sandbox, clock):
            assert sandbox.truth("views", "day", **DAYS) != worlds[3]
            assert str(clock.today()) == "2026-03-02"

        @pytest.mark.parametrize("seed", [pytest.param(n, marks=pytest.mark.sandbox(seed=n)) for n in (3, 5)])
        def test_by_parameter(sandbox, seed):
            assert (sandbox.truth("views", "day", **DAYS) == worlds[3]) == (seed == 3)

        @pytest.mark.sandbox(scenario="narrow-key", key="private")
        def test_another_key(workspace, sandbox):
            with pytest.raises(NotAllowed):
                workspace.report("estimated-earnings-eur", "day", **DAYS)

        @pytest.mark.sandbox(scenario="expiring", report_seconds=3600)
        def test_switches(workspace, sandbox, clock):
            begun = clock.now
            sandbox.check(workspace.report("views", "day", **DAYS))
            assert (clock.now - begun).total_seconds() > 3600
            assert sandbox.stats["token_requests"] > 1
        """,
    )
    assert "6 passed" in done.stdout, done.stdout


def test_an_armed_fault_that_never_fires_fails_the_test_and_no_other(tmp_path: Path) -> None:
    done = suite(
        tmp_path,
        """
        import pytest

        def report(workspace):
            return workspace.report("views", "day", start="2023-07-01", end="2023-07-04")

        def test_fires(workspace, sandbox):
            sandbox.arm("P5-bad-gateway", times=2)
            sandbox.check(report(workspace))
            assert sandbox.fired("P5-bad-gateway") == 2

        def test_misses(workspace, sandbox):
            sandbox.arm("D1-cut")
            sandbox.arm("L8-expired-link")
            assert workspace and not sandbox.stats["reports_created"]

        def test_has_a_fault_of_its_own(sandbox):
            sandbox.arm("D1-cut")
            assert not "its own failure is told, not ours"

        @pytest.fixture
        def armed(sandbox):
            sandbox.arm("P1-failed")

        def test_misses_one_of_a_fixture(armed):
            pass
        """,
    )
    assert "3 failed, 1 passed" in done.stdout, done.stdout
    assert "armed, but never fired: D1-cut, L8-expired-link" in done.stdout
    assert "armed, but never fired: P1-failed" in done.stdout
    assert "its own failure is told" in done.stdout
    assert "error" not in done.stdout.splitlines()[-1]


def test_other_programs_are_led_to_the_sandbox(tmp_path: Path) -> None:
    done = suite(
        tmp_path,
        """
        import csv, os, subprocess, sys

        def test_the_command(sandbox_environment, sandbox, tmp_path):
            assert os.environ["DMR_URL"] == sandbox_environment["DMR_URL"]
            command = [sys.executable, "-m", "dailymotion_reports", "report", "views", "--by", "day"]
            subprocess.run([*command, "--period", "2023-07-01..2023-07-04", "-o", tmp_path / "x.csv"], check=True)
            with (tmp_path / "x.csv").open(newline="") as file:
                rows = [int(row["views"]) for row in csv.DictReader(file)]
            true = sandbox.truth("views", "day", start="2023-07-01", end="2023-07-04")
            assert rows == [row["views"] for row in true]
        """,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("scenario='expirng'", "There is no scenario 'expirng'"),
        ("link_second=1", "There is no switch 'link_second'"),
        ("key='privat'", "There is no kind of key 'privat'"),
    ],
)
def test_a_marker_with_a_mistake_is_an_error_that_says_so(tmp_path: Path, marker: str, told: str) -> None:
    done = suite(
        tmp_path,
        f"""
        import pytest

        @pytest.mark.sandbox({marker})
        def test_it(workspace):
            pass
        """,
    )
    assert told in done.stdout
    assert "1 error" in done.stdout


def test_where_the_kit_is_not_switched_on_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    done = suite(tmp_path, "import sys\n\ndef test_it():\n    assert 'duckdb' not in sys.modules\n", "--noconftest")
    assert "1 passed" in done.stdout, done.stdout


def test_the_marker_is_listed_with_its_words(tmp_path: Path) -> None:
    assert "@pytest.mark.sandbox(seed=7, scenario='calm'" in suite(tmp_path, "", "--markers").stdout
