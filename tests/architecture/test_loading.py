"""What is loaded when: importing the package and asking for help must cost next to nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import dailymotion_reports

ROOT = Path(__file__).parents[2]

HEAVY = {
    "asyncio",
    "dlt",
    "duckdb",
    "filelock",
    "fsspec",
    "graphql",
    "httpx2",
    "jwt",
    "keyring",
    "msgspec",
    "openpyxl",
    "opentelemetry",
    "pandas",
    "polars",
    "psycopg",
    "pyarrow",
    "rich",
    "ssl",
    "starlette",
    "tomlkit",
    "uvicorn",
    "xlsxwriter",
}
TABLES_AND_NETWORK = HEAVY - {"msgspec", "rich"}

COMMAND = """
import json, runpy, sys
sys.argv = ["dmr", *{arguments}]
try:
    runpy.run_module("dailymotion_reports", run_name="__main__", alter_sys=False)
except SystemExit as stop:
    assert not stop.code, stop.code
print(json.dumps(sorted(sys.modules)))
"""


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after it ran some code; the last line it prints."""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def loaded_by_command(*arguments: str) -> set[str]:
    return loaded(COMMAND.format(arguments=json.dumps(arguments)))


def test_importing_the_package_loads_nothing_heavy_and_no_room() -> None:
    modules = loaded("import json, sys, dailymotion_reports\nprint(json.dumps(sorted(sys.modules)))")
    assert not modules & HEAVY
    rooms = {".".join(name.split(".")[:2]) for name in modules if name.startswith("dailymotion_reports")}
    assert rooms == {"dailymotion_reports"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["-h"]])
def test_the_help_of_the_command_loads_nothing_heavy(arguments: list[str]) -> None:
    modules = loaded_by_command(*arguments)
    assert "dailymotion_reports.cli.main" in modules
    assert not modules & HEAVY


@pytest.mark.parametrize("arguments", [["explain", "views"], ["explain", "views", "--json"], ["--help"]])
def test_the_catalogue_is_read_without_anything_heavy(arguments: list[str]) -> None:
    modules = loaded_by_command("catalog", *arguments)
    assert "dailymotion_reports.cli.commands.catalog" in modules
    assert not modules & HEAVY


def test_the_help_of_plan_loads_neither_tables_nor_network() -> None:
    modules = loaded_by_command("plan", "--help")
    assert "dailymotion_reports.cli.commands.plan" in modules
    assert not modules & TABLES_AND_NETWORK


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_plan_is_made_without_tables_and_network(more: tuple[str, ...]) -> None:
    modules = loaded_by_command("plan", "VIEWS", "--by", "DAY", "--from", "2023-07-01", "--to", "2023-07-04", *more)
    assert "dailymotion_reports.query.plan" in modules
    assert not modules & TABLES_AND_NETWORK


def test_a_heavy_module_would_be_seen() -> None:
    assert "duckdb" in loaded("import json, sys, duckdb\nprint(json.dumps(sorted(sys.modules)))")


@pytest.mark.parametrize("name", dailymotion_reports.__all__)
def test_any_public_name_may_be_the_first_that_is_asked_for(name: str) -> None:
    """In a fresh interpreter: once its room is loaded, a name is found however it is looked up."""
    loaded(f"import json, sys, dailymotion_reports as dmr\ndmr.{name}\nprint(json.dumps(sorted(sys.modules)))")


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    code = """
import json, sys, dailymotion_reports as dmr
try:
    dmr.nonsense
except AttributeError as error:
    assert "nonsense" in str(error)
    print(json.dumps(sorted(sys.modules)))
"""
    assert not loaded(code) & HEAVY
