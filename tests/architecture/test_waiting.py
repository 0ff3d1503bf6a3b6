"""The sandbox never sleeps: what takes time there takes the time of its own clock, which can be moved by hand."""

import ast
from pathlib import Path

import pytest

SANDBOX = Path(__file__).parents[2] / "src" / "dailymotion_reports" / "sandbox"
MODULES = sorted(SANDBOX.glob("*.py"))


def sleeps(source: str) -> list[int]:
    """Lines that name a sleep, however it was imported."""
    names = (
        (node.lineno, node.attr if isinstance(node, ast.Attribute) else node.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute | ast.alias) and hasattr(node, "lineno")
    )
    return [line for line, name in names if name.rpartition(".")[2] == "sleep"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_of_the_sandbox_never_sleeps(module: Path) -> None:
    assert sleeps(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ["import time\ntime.sleep(1)", "from time import sleep\nsleep(1)", "import asyncio as a\nx = a.sleep(0)"],
)
def test_a_sleep_is_seen_however_it_is_written(source: str) -> None:
    assert sleeps(source) != []


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 30
