"""The front door: the public names, and nothing loaded before it is asked for."""

import importlib
import json
import subprocess
import sys

import pytest

import dailymotion_reports as dmr

ROOMS = {
    "AsyncSubmittedReport": "workspace",
    "AsyncWorkspace": "workspace",
    "Column": "workspace",
    "DmrError": "errors",
    "Event": "workspace",
    "LoadReceipt": "workspace",
    "Period": "query.period",
    "Plan": "query.plan",
    "Progress": "workspace",
    "Question": "query.question",
    "Report": "workspace",
    "ReportQuery": "query.report",
    "ReportRequest": "query.report",
    "Secret": "redaction",
    "Settings": "settings",
    "SubmittedReport": "workspace",
    "Window": "query.period",
    "Workspace": "workspace",
    "read_question": "query.question_file",
    "ready_question": "query.ready",
}


@pytest.mark.parametrize(("name", "room"), ROOMS.items())
def test_a_public_name_is_the_one_of_its_room(name: str, room: str) -> None:
    module = importlib.import_module(f"dailymotion_reports.{room}")
    assert getattr(dmr, name) is getattr(module, name)


def test_the_public_names_are_these_and_in_order() -> None:
    assert dmr.__all__ == [
        *sorted(name for name in ROOMS if name[0].isupper()),
        "__version__",
        "errors",
        "read_question",
        "ready_question",
    ]
    assert sorted(dir(dmr)) == sorted(dmr.__all__)


def test_a_name_that_is_not_public_is_refused_by_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Clinet'"):
        getattr(dmr, "Clinet")  # noqa: B009  (mypy must not see it)


def test_importing_everything_by_star_gives_the_public_names() -> None:
    namespace: dict[str, object] = {}
    exec("from dailymotion_reports import *", namespace)
    assert set(dmr.__all__) <= set(namespace)


def test_importing_the_package_loads_nothing_but_the_package() -> None:
    code = (
        "import sys, json; a = set(sys.modules); import dailymotion_reports; print(json.dumps([*set(sys.modules)-a]))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(result.stdout)}
    assert "dailymotion_reports" in loaded
    assert not loaded & {"duckdb", "graphql", "starlette", "rich", "httpx2", "uvicorn", "click", "msgspec"}
