"""The fixtures and the marker of the test kit.  Only pytest imports this module."""

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.testing.clock import HandClock
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import AsyncWorkspace, Workspace

MARKER = (
    "sandbox(seed=7, scenario='calm', today='2026-01-15', key='public', **switches): "
    "how the sandbox of a test is made; of several the nearest counts, word by word"
)
_TWIN = pytest.StashKey[Twin]()


def _asked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The words of the test's markers; those of the function go before those of class and module."""
    asked: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("sandbox"))):
        asked |= marker.kwargs
    return asked


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Twin]:
    """A fresh sandbox in this process, as the test's ``sandbox`` marker wants it."""
    asked = _asked(request)
    asked.pop("key", None)
    with Twin.made(**asked) as twin:
        request.node.stash[_TWIN] = twin
        yield twin


@pytest.fixture
def clock(sandbox: Twin) -> HandClock:
    """The sandbox's clock."""
    return sandbox.clock


@pytest.fixture
def workspace(sandbox: Twin, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """A workspace on the sandbox, with a home of its own below ``tmp_path``."""
    with sandbox.workspace(tmp_path / "dmr", _asked(request).get("key", "public")) as made:
        yield made


@pytest.fixture
def async_workspace(sandbox: Twin, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncWorkspace:
    """The same for coroutines, however they are run."""
    return sandbox.async_workspace(tmp_path / "dmr-async", _asked(request).get("key", "public"))


@pytest.fixture
def sandbox_environment(sandbox: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, str]]:
    """The sandbox served on loopback, and the ``DMR_`` variables that lead other programs to it, set for the test."""
    with sandbox.served() as variables:
        own = {**variables, "DMR_HOME": str(tmp_path / "dmr")}
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        yield own


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that went well although a fault which it armed never fired has failed."""
    result = yield
    twin = item.stash.get(_TWIN, None)
    if twin and twin.unfired:
        pytest.fail(f"armed, but never fired: {', '.join(twin.unfired)}", pytrace=False)
    return result
