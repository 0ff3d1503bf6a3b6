"""Silent rooms are told what time it is and handed their bytes: they ask no clock and open no file."""

import ast
import configparser
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "dailymotion_reports"

SILENT = (
    "errors",
    "redaction",
    "query",
    "wire",
    "flows",
    "jobs.health",
    "jobs.job",
    "jobs.lifecycle",
    "jobs.lifetime",
    "jobs.outlook",
    "jobs.pace",
    "jobs.slots",
    "jobs.states",
    "jobs.steps",
    "tables.schema",
    "tables.quotient",
    "tables.rollup",
    "sandbox.service",
    "sandbox.progress",
)

CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
}
# The import contracts know a foreign library by its first name only, and urllib.parse is pure.
NOISY_MODULES = {"urllib.request", "http.client", "http.server", "logging.handlers"}
OPENERS = {"open", "io.open", "io.open_code", "io.FileIO", "codecs.open", "gzip.open", "logging.FileHandler"}
FILE_METHODS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "mkdir",
    "touch",
    "unlink",
    "iterdir",
    "glob",
    "rglob",
    "stat",
}
PACKAGE_DATA = "importlib.resources.files"

BREAKS = [
    ("from datetime import datetime\nstamp = datetime.now(None)", "datetime.datetime.now"),
    ("import datetime\nstamp = datetime.datetime.utcnow()", "datetime.datetime.utcnow"),
    ("import datetime as dt\nstamp = dt.date.today()", "datetime.date.today"),
    ("from datetime import date as Day\nfirst = Day.today()", "datetime.date.today"),
    ("from datetime import datetime\nfield(default_factory=datetime.today)", "datetime.datetime.today"),
    ("import time\nbegun = time.time()", "time.time"),
    ("from time import time as clock\nbegun = clock()", "time.time"),
    ("def read(name):\n    with open(name) as file:\n        return file.read()", "open"),
    ("import io\nio.open('x')", "io.open"),
    ("from pathlib import Path\ntext = Path('x').read_text()", "read_text"),
    ("def keep(folder):\n    (folder / 'x').write_bytes(b'')", "write_bytes"),
    ("from urllib.request import urlopen", "urllib.request"),
    ("from urllib import request", "urllib.request"),
    ("import http.client", "http.client"),
]
ALLOWED = [
    "from importlib.resources import files\ntext = files('dailymotion_reports').joinpath('x.toml').read_text()",
    "from importlib import resources\ntext = resources.files('dailymotion_reports').joinpath('x.toml').read_bytes()",
    "def decide(job, now):\n    return job.after(now), now.date()",
    "from datetime import datetime\nmoment = datetime.fromisoformat('2023-07-01T00:00:00+00:00')",
    "from urllib.parse import urlsplit",
]


def paths() -> Iterator[Path]:
    """The files of the silent rooms, of those that exist."""
    for name in SILENT:
        path = PACKAGE / name.replace(".", "/")
        yield from sorted(path.rglob("*.py")) if path.is_dir() else filter(Path.exists, [path.with_suffix(".py")])


def noises(source: str) -> list[str]:
    """What a silent module may not do and this one does, each with its line."""
    tree = ast.parse(source)
    known = imported_names(tree)
    found = list(noisy_imports(tree))
    for node in ast.walk(tree):
        if (name := dotted(node, known)) in CLOCKS | OPENERS:
            found.append((node, str(name)))
        if isinstance(node, ast.Call) and (method := file_method(node.func, known)):
            found.append((node, method))
    return [f"line {getattr(node, 'lineno', '?')}: {name}" for node, name in found]


def file_method(called: ast.expr, known: dict[str, str]) -> str | None:
    """The method of a path that is called, unless the path is package data."""
    if not isinstance(called, ast.Attribute) or called.attr not in FILE_METHODS:
        return None
    return None if dotted(called, known) in OPENERS or origin(called, known) == PACKAGE_DATA else called.attr


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Each name that an import binds, with what it stands for."""
    known = {"open": "open"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                known[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return known


def noisy_imports(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from ((node, name) for name in names if name in NOISY_MODULES)


def dotted(node: ast.AST, known: dict[str, str]) -> str | None:
    """The full name of a chain of attributes that begins at an import, else nothing."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute) and (before := dotted(node.value, known)):
        return f"{before}.{node.attr}"
    return None


def origin(node: ast.AST, known: dict[str, str]) -> str | None:
    """What was called first in a chain of calls and attributes."""
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Call) and dotted(node.func, known):
            return dotted(node.func, known)
        node = node.func if isinstance(node, ast.Call) else node.value
    return None


@pytest.mark.parametrize("path", tuple(paths()), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_silent_module_asks_no_clock_and_opens_no_file(path: Path) -> None:
    assert noises(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("source", "name"), BREAKS)
def test_each_noise_is_heard(source: str, name: str) -> None:
    assert [heard.split(": ")[1] for heard in noises(source)].count(name) == 1


@pytest.mark.parametrize("source", ALLOWED)
def test_package_data_and_moments_that_are_handed_in_are_no_noise(source: str) -> None:
    assert noises(source) == []


@pytest.mark.parametrize("module", ["wire/http.py", "query/period.py", "jobs/lifecycle.py", "sandbox/progress.py"])
def test_ruff_too_refuses_a_clock_in_a_silent_room(module: str) -> None:
    assert banned(module) == 4


@pytest.mark.parametrize("module", ["client/sync.py", "workspace/keeping.py", "sandbox/clock.py", "settings.py"])
def test_ruff_allows_a_clock_in_a_noisy_room(module: str) -> None:
    assert banned(module) == 0


def banned(module: str) -> int:
    """How often ruff finds a banned clock in four lines that somebody writes into a module."""
    clocks = ["datetime.datetime.now()", "datetime.datetime.utcnow()", "datetime.datetime.today()"]
    source = "\n".join(["import datetime", *clocks, "datetime.date.today()", ""])
    ruff = str(Path(sysconfig.get_path("scripts")) / "ruff")
    command = [ruff, "check", "--no-cache", "--output-format=concise", "--stdin-filename", str(PACKAGE / module), "-"]
    result = subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, timeout=60, check=False)
    assert "All checks passed" in result.stdout or "Found" in result.stdout, result.stderr
    return result.stdout.count("TID251")


def test_the_contracts_and_these_tests_mean_the_same_rooms() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    listed = [
        line.removeprefix("*.").removeprefix("dailymotion_reports.")
        for contract in ("silent", "silent-sandbox")
        for line in config[f"importlinter:contract:{contract}"]["source_modules"].split()
    ]
    assert sorted(listed) == sorted(SILENT)


@pytest.mark.parametrize("room", ["jobs", "tables", "sandbox"])
def test_a_room_with_silent_modules_imports_nothing_itself(room: str) -> None:
    """Importing a module imports its room first: what the room loads, the silent module has loaded."""
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
