"""The import contracts hold, and each of them is seen to fail when somebody breaks it."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "dailymotion_reports"
LINTER = Path(sysconfig.get_path("scripts")) / "lint-imports"

configure()

BREAKS = [
    # Imports only go down, and rooms side by side are strangers.
    ("layers", "redaction.py", "from dailymotion_reports.wire.http import Request"),
    ("layers", "errors/base.py", "from dailymotion_reports.redaction import Secret"),
    ("layers", "redaction.py", "from dailymotion_reports.errors import DmrError"),
    ("layers", "query/period.py", "from dailymotion_reports.wire.reporting import AskReport"),
    ("layers", "settings.py", "from dailymotion_reports.wire.profiles import Profile"),
    ("layers", "settings.py", "from dailymotion_reports.query.period import Window"),
    ("layers sandbox", "wire/oauth.py", "from dailymotion_reports.flows.session import Session"),
    ("layers", "flows/report.py", "from dailymotion_reports.tables.schema import TableSchema"),
    ("layers", "tables/read.py", "from dailymotion_reports.files.archive import Archive"),
    ("layers", "jobs/store.py", "from dailymotion_reports.client.sync import Client"),
    ("layers", "jobs/store.py", "from dailymotion_reports.files.archive import Archive"),
    ("layers", "jobs/store.py", "from dailymotion_reports.destinations.base import Destination"),
    ("layers", "files/archive.py", "from dailymotion_reports.client.sync import Client"),
    ("layers", "destinations/base.py", "from dailymotion_reports.files.archive import Archive"),
    ("layers", "client/sync.py", "from dailymotion_reports.workspace import Workspace"),
    ("layers", "project/datasets.py", "from dailymotion_reports.workspace import Workspace"),
    ("layers sandbox", "sandbox/server.py", "from dailymotion_reports.workspace import progress"),
    ("layers", "workspace/sync.py", "from dailymotion_reports.cli.exits import DONE"),
    ("layers", "dashboard/app.py", "from dailymotion_reports.cli.exits import DONE"),
    ("layers", "cli/main.py", "from dailymotion_reports import __main__"),
    # Going down through the package itself is going up.
    ("layers", "client/sync.py", "from dailymotion_reports import __version__"),
    # A type is an import too, and so is what a function imports.
    ("layers", "client/sync.py", "if TYPE_CHECKING:\n    from dailymotion_reports.workspace import Workspace"),
    ("layers", "client/sync.py", "def lazy() -> None:\n    import dailymotion_reports.workspace"),
    # A room that nobody has placed.
    ("layers", "utils/dates.py", "import datetime"),
    ("public", "__init__.py", "from dailymotion_reports.client.sync import Client"),
    ("main", "__main__.py", "from dailymotion_reports.workspace import Workspace"),
    ("main", "__main__.py", "from dailymotion_reports.errors import DmrError"),
    ("doors", "cli/commands/report.py", "from dailymotion_reports.client.sync import Client"),
    ("doors", "cli/render.py", "from dailymotion_reports.wire.reporting import ReportState"),
    ("doors", "cli/render.py", "from dailymotion_reports.project.datasets import Dataset"),
    ("doors", "dashboard/app.py", "from dailymotion_reports.jobs.lifecycle import decide"),
    ("doors", "mcp/server.py", "from dailymotion_reports.destinations.registry import open_destination"),
    ("doors", "integrations/airflow.py", "from dailymotion_reports.files.archive import Archive"),
    ("doors", "integrations/dlt_source.py", "from dailymotion_reports.destinations.registry import open_destination"),
    ("doors", "integrations/dlt_columns.py", "from dailymotion_reports.tables.schema import TableSchema"),
    ("dlt", "workspace/handover.py", "import dlt"),
    ("dlt", "cli/main.py", "def lazy() -> None:\n    from dlt.extract import DltSource"),
    ("layers", "integrations/dlt_source.py", "from dailymotion_reports.cli.exits import DONE"),
    ("layers dlt", "cli/main.py", "from dailymotion_reports.integrations.dlt_source import Dataset"),
    ("layers", "workspace/handover.py", "from dailymotion_reports.integrations.dlt_columns import DELETED"),
    ("dlt layers public", "__init__.py", "from dailymotion_reports.integrations.dlt_source import Dataset"),
    ("sandbox-known", "integrations/dlt_source.py", "from dailymotion_reports.sandbox.instance import Sandbox"),
    ("testkit", "testing/plugin.py", "from dailymotion_reports.tables.table import Table"),
    ("testkit", "testing/store_suite.py", "from dailymotion_reports.jobs.lifecycle import decide"),
    ("testkit", "testing/destination_suite.py", "from dailymotion_reports.destinations.duckdb import open_destination"),
    ("sandbox-known", "cli/commands/report.py", "from dailymotion_reports.sandbox.instance import Sandbox"),
    ("sandbox-known", "dashboard/app.py", "from dailymotion_reports.sandbox import server"),
    ("sandbox-known layers", "workspace/sync.py", "from dailymotion_reports.sandbox.instance import Sandbox"),
    ("sandbox settings-known", "sandbox/server.py", "from dailymotion_reports.settings import Settings"),
    ("sandbox", "sandbox/transport.py", "from dailymotion_reports.client.transport import Transport"),
    ("sandbox", "sandbox/rules.py", "from dailymotion_reports.query.plan import plan"),
    ("sandbox", "sandbox/storage.py", "from dailymotion_reports.flows.receive import Receiver"),
    ("sandbox", "sandbox/storage.py", "from dailymotion_reports.tables.schema import TableSchema"),
    ("sandbox-query", "sandbox/rules.py", "from dailymotion_reports.query.report import ReportRequest"),
    ("truth", "sandbox/truth.py", "from dailymotion_reports.query.catalog import load_catalog"),
    ("truth", "sandbox/world.py", "from dailymotion_reports.wire.csvfile import first_record"),
    ("truth-known", "sandbox/storage.py", "from dailymotion_reports.sandbox import truth"),
    ("settings-known", "files/archive.py", "from dailymotion_reports.settings import Settings"),
    ("settings-known", "destinations/duckdb.py", "from dailymotion_reports.settings import Settings"),
    ("files", "files/archive.py", "from dailymotion_reports.flows.session import Session"),
    ("silent", "flows/retry.py", "import time"),
    ("silent", "jobs/slots.py", "import sqlite3"),
    ("silent", "tables/rollup.py", "import duckdb"),
    ("silent", "tables/schema.py", "from dailymotion_reports.tables import engine"),
    ("silent", "jobs/lifecycle.py", "def chance() -> None:\n    import random"),
    ("silent settings-known", "flows/links.py", "from dailymotion_reports.settings import Settings"),
    ("silent-sandbox", "sandbox/progress.py", "import threading"),
    ("silent-sandbox", "sandbox/service.py", "from dailymotion_reports.sandbox import world"),
]
"""What breaks (one contract, or two that say it from two sides), the module, and what somebody writes at its end."""

ALLOWED = [
    ("files/archive.py", "from dailymotion_reports.flows.receive import Receiver"),
    ("cli/commands/plan.py", "from dailymotion_reports.workspace import Workspace"),
    ("dashboard/app.py", "from dailymotion_reports.workspace import Workspace"),
    ("integrations/airflow.py", "from dailymotion_reports.workspace import Handover\nimport dlt"),
    ("testing/plugin.py", "from dailymotion_reports.sandbox.instance import Sandbox"),
    ("testing/plugin.py", "from dailymotion_reports.client.sync import Client"),
    ("testing/store_suite.py", "from dailymotion_reports.jobs import store"),
    ("testing/destination_suite.py", "from dailymotion_reports.destinations.base import Destination"),
    ("project/__init__.py", "from dailymotion_reports.jobs import store"),
    ("workspace/sync.py", "from dailymotion_reports.project import datasets"),
    ("client/sync.py", "from dailymotion_reports.settings import Settings"),
    ("sandbox/service.py", "import graphql\nimport jwt\nimport logging"),
    ("sandbox/control.py", "from dailymotion_reports.query.period import Window"),
]
"""What the design allows, rooms to come included."""

NEW = {
    "jobs/store.py": "",
    "project/__init__.py": "",
    "project/datasets.py": "class Dataset:\n    pass\n",
}
"""Modules that some lines above need, written where the tree has none yet."""


def contracts() -> dict[str, dict[str, str]]:
    """Each contract's id with its options."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): dict(config[name]) for name in config.sections() if name.startswith(prefix)}


def modules(contract: str, option: str) -> set[str]:
    """The modules that an option of a contract lists, below the package's own name where they are ours."""
    return {re.sub(r"^(\*|dailymotion_reports)\.", "", line) for line in contracts()[contract][option].split()}


def lint(source: Path) -> str:
    """What the linter prints of the package in ``source``, on one line.  In this process: it is run many times."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as printed:
        patch.delitem(sys.modules, "dailymotion_reports", raising=False)
        patch.syspath_prepend(str(source))
        lint_imports(str(ROOT / ".importlinter"), cache_dir=None, no_logo=True)
    return " ".join(printed.getvalue().split())


def broken(printed: str) -> set[str]:
    """The ids of the broken contracts, of which each has been checked."""
    names = {contract: options["name"] for contract, options in contracts().items()}
    unchecked = {name for name in names.values() if not re.search(rf"{re.escape(name)} (KEPT|BROKEN)", printed)}
    assert not unchecked, printed
    return {contract for contract, name in names.items() if f"{name} BROKEN" in printed}


def write(package: Path, module: str, lines: str) -> None:
    """Append lines to a module, which is made, with its room, where it does not exist."""
    path = package / module
    path.parent.mkdir(exist_ok=True)
    path.parent.joinpath("__init__.py").touch()
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{lines}\n")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package that may be spoilt."""
    package = tmp_path / "src" / "dailymotion_reports"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def test_the_contracts_hold() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [str(LINTER), "--no-logo", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout
    assert not broken(" ".join(result.stdout.split()))


@pytest.mark.thorough
@pytest.mark.parametrize(("expected", "module", "lines"), BREAKS)
def test_a_forbidden_import_breaks_its_contract_and_no_other(
    copy: Path, expected: str, module: str, lines: str
) -> None:
    for name, text in NEW.items():
        if name.removesuffix(".py").replace("/", ".") in lines and not (copy / name).exists():
            write(copy, name, text)
    write(copy, module, lines)
    printed = lint(copy.parent)
    assert broken(printed) == set(expected.split()), printed


def test_what_the_design_allows_breaks_nothing(copy: Path) -> None:
    for name, text in NEW.items():
        if not (copy / name).exists():
            write(copy, name, text)
    for module, lines in ALLOWED:
        write(copy, module, lines)
    printed = lint(copy.parent)
    assert not broken(printed), printed


def test_every_silent_room_and_every_noisy_library_is_named_when_the_two_meet(copy: Path) -> None:
    rooms = modules("silent", "source_modules")
    libraries = modules("silent", "forbidden_modules")
    for room in rooms:
        path = room.replace(".", "/")
        write(copy, f"{path}/noisy.py" if (copy / path).is_dir() else f"{path}.py", "import time")
    write(copy, "wire/http.py", "\n".join(f"import {library}" for library in libraries))
    printed = lint(copy.parent)
    assert "silent" in broken(printed)
    for room in rooms:
        assert f"dailymotion_reports.{room} is not allowed to import time:" in printed
    for library in libraries:
        assert f"dailymotion_reports.wire is not allowed to import {library}:" in printed


def test_every_contract_has_been_seen_to_break() -> None:
    assert {contract for expected, _, _ in BREAKS for contract in expected.split()} == contracts().keys()


def test_no_import_is_ignored() -> None:
    text = (ROOT / ".importlinter").read_text(encoding="utf-8")
    assert "ignore_imports" not in text
    assert "exhaustive_ignores" not in text
    assert "exclude_type_checking_imports = false" in text


def test_the_lists_that_name_modules_one_by_one_miss_none() -> None:
    """Where all of a room but one or two modules is forbidden, the contract must list the rest."""
    assert found("jobs") - {"jobs.store"} <= modules("testkit", "forbidden_modules")
    assert found("destinations") - {"destinations.base"} <= modules("testkit", "forbidden_modules")
    assert found("flows") - {"flows.receive", "flows.pin"} <= modules("files", "forbidden_modules")
    listed = modules("sandbox", "forbidden_modules") | modules("sandbox-query", "forbidden_modules")
    assert found("query") - {"query.catalog", "query.period"} <= listed


def test_the_lists_that_name_rooms_one_by_one_miss_none() -> None:
    """Where all rooms but a few are forbidden, the contract must list the rest, the rooms to come included."""
    layers = set(re.findall(r"\w+", contracts()["layers"]["layers"]))
    below_the_doors = {"workspace", "query", "settings", "errors", "redaction"}
    doors = {"testing", "cli", "dashboard", "mcp", "integrations"}
    assert layers - {"__main__", "cli"} == modules("main", "forbidden_modules")
    assert doors - {"testing"} == modules("doors", "source_modules")
    assert layers - {"__main__", "sandbox"} - doors - below_the_doors == modules("doors", "forbidden_modules")
    public = {name.removesuffix(".**") for name in modules("public", "forbidden_modules")}
    assert layers - below_the_doors == public


def found(room: str) -> set[str]:
    """The modules of a room, as room.module."""
    return {f"{room}.{path.stem}" for path in (PACKAGE / room).glob("*.py") if path.stem != "__init__"}
