"""Nothing forks: a ledger or a database that two processes have open through one handle is damaged by either."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "dailymotion_reports"
FORKING = {"fork", "forkpty", "multiprocessing", "ProcessPoolExecutor", "subprocess", "posix_spawn", "daemon"}
COMMANDS = {"workspace/delivering.py": ["subprocess"]}
"""Who runs a command that a project names: another program, which gets none of our handles."""


def forks(source: str) -> Iterator[str]:
    """Names by which a module could make a process that shares its handles."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name.split(".")[0] in FORKING)
            case ast.ImportFrom(module=module, names=names):
                yield from ({str(module), *(one.name for one in names)} & FORKING)
            case ast.Attribute(attr=name, value=ast.Name(id="os")) if name in FORKING:
                yield name


@pytest.mark.row("R6")
def test_R6_no_module_forks_or_starts_processes() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): list(forks(path.read_text("utf-8"))) for path in PACKAGE.rglob("*.py")
    }
    assert {name: names for name, names in found.items() if names} == COMMANDS


@pytest.mark.parametrize(
    "source", ["import os\nos.fork()", "import multiprocessing", "from concurrent.futures import ProcessPoolExecutor"]
)
def test_a_module_that_forks_would_be_seen(source: str) -> None:
    assert list(forks(source))
