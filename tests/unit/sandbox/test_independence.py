"""Truth and reports are two ways to one number: a fault in either is seen, because neither leans on the other.

Each function of `answers`, and then of `truth`, is made to say something else, one at a time.
"""

import ast
import csv
import inspect
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from tests.faults.speaker import ASK, CREATE, READ, Speaker, still

from dailymotion_reports.sandbox import answers, truth
from dailymotion_reports.sandbox.world import World

METRICS = ("VIEWS", "AVERAGE_WATCH_TIME_SEC", "ESTIMATED_EARNINGS_EUR")
DIMENSIONS = ("DAY", "VIDEO_TITLE")


@pytest.fixture(scope="module")
def speaker() -> Iterator[Speaker]:
    with still(0.0) as sandbox:
        yield Speaker(sandbox)


def reported(speaker: Speaker) -> list[list[str]]:
    """The records of a report, sorted, header first."""
    speaker.sandbox.reset()
    asked = ASK | {"metrics": METRICS, "dimensions": DIMENSIONS}
    token = speaker.graphql(CREATE, {"input": asked}).json()["data"]["askPartnerReportFile"]["reportFile"][
        "reportToken"
    ]
    edges = speaker.graphql(READ, {"t": token}).json()["data"]["partner"]["reportFile"]["downloadLinks"]["edges"]
    (link,) = (edge["node"]["link"] for edge in edges)
    return records(speaker.sandbox.deliver("GET", link, {}).body())


def true(speaker: Speaker) -> list[list[str]]:
    """The records of the truth, sorted, header first."""
    asked = f"metrics={','.join(METRICS)}&dimensions={','.join(DIMENSIONS)}"
    return records(speaker.get(f"/_sandbox/truth?{asked}&start={ASK['startDate']}&end={ASK['endDate']}").body)


def records(text: bytes) -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(text.decode(), newline=""))
    return [header, *sorted(rows)]


def functions(module: ModuleType) -> list[str]:
    """The names of a module's own functions."""
    own = (one for one in vars(module).values() if isinstance(one, FunctionType))
    return [one.__name__ for one in own if one.__module__ == module.__name__]


def spoilt(value: Any) -> Any:
    """Another value of the same kind, where there is an obvious one."""
    if isinstance(value, str):
        return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), value)
    if isinstance(value, bytes):
        return spoilt(value.decode()).encode()
    if isinstance(value, int) and not isinstance(value, bool):
        return value + 1
    return map(spoilt, value) if inspect.isgenerator(value) else value


def lying(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **named: spoilt(function(*given, **named))


def outcome(ask: Callable[[Speaker], list[list[str]]], speaker: Speaker) -> object:
    """What is said, or the error in its place."""
    try:
        return ask(speaker)
    except Exception as error:  # noqa: BLE001  (whatever comes of a lie)
        return type(error)


def seen_from(
    module: ModuleType, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, object, object]]:
    """For each function of ``module``: its name, and what report and truth say while it lies."""
    for name in functions(module):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, lying(getattr(module, name)))
            yield name, outcome(reported, speaker), outcome(true, speaker)


def test_unspoilt_they_agree(speaker: Speaker) -> None:
    assert len(reported(speaker)) > 20
    assert reported(speaker) == true(speaker)


def test_a_fault_in_the_reports_is_seen_and_leaves_the_truth_alone(
    speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = true(speaker)
    assert good == reported(speaker)
    seen = {name: said != good for name, said, known in seen_from(answers, speaker, monkeypatch) if known == good}
    assert set(seen) == set(functions(answers))
    assert sum(seen.values()) >= 2


def test_a_fault_in_the_truth_is_seen_and_leaves_the_reports_alone(
    speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = reported(speaker)
    seen = {name: known != good for name, said, known in seen_from(truth, speaker, monkeypatch) if said == good}
    assert set(seen) == set(functions(truth))
    assert sum(seen.values()) >= 2


@pytest.mark.parametrize(("module", "other"), [(answers, truth), (truth, answers)])
def test_neither_imports_the_other_nor_what_the_other_has_of_its_own(module: ModuleType, other: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    named = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import) for alias in node.names
    }
    modules = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert other.__name__ not in modules | named
    assert other.__name__.rpartition(".")[2] not in named
    assert World.__module__ in modules
