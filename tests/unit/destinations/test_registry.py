"""Scheme to destination, loaded when it is first used."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

from dailymotion_reports.destinations.registry import MODULES, open_destination
from dailymotion_reports.errors import UsageError


def test_an_unknown_scheme_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        open_destination("mysql:host/db")
    assert caught.value.message == "There is no destination 'mysql'."
    assert "duckdb:" in caught.value.hint


@pytest.mark.parametrize("scheme", MODULES)
def test_every_module_that_is_named_offers_a_destination(scheme: str) -> None:
    assert callable(import_module(MODULES[scheme]).open_destination)
    assert hasattr(open_destination(f"{scheme}:x"), "load")


def test_opening_a_destination_touches_nothing_yet(tmp_path: object) -> None:
    destination = open_destination(f"duckdb:{tmp_path}/deep/x.duckdb?table=t")
    assert destination.capabilities.transactional
    assert not import_module("pathlib").Path(f"{tmp_path}/deep").exists()


def test_the_registry_loads_no_destination_by_itself() -> None:
    code = """
import json, sys
from dailymotion_reports.destinations.registry import MODULES
print(json.dumps([name for name in MODULES.values() if name in sys.modules]))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(result.stdout) == []
