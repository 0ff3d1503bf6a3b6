"""The sandbox whose facts are proved."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.contract.twin import Twin

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox

START = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
Make = Callable[..., Twin]


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START), scale="tiny") as sandbox:
        yield sandbox


@pytest.fixture
def twin(one_sandbox: Sandbox) -> Twin:
    """A client of the sandbox as it is where nothing is said."""
    one_sandbox.reset()
    return Twin(one_sandbox)


@pytest.fixture
def make() -> Iterator[Make]:
    """Clients of sandboxes with switches of their own."""
    opened: list[Sandbox] = []

    def made(**switches: Any) -> Twin:
        opened.append(Sandbox(clock=Clock.by_hand(START), **{"scale": "tiny", **switches}))
        return Twin(opened[-1])

    yield made
    for sandbox in opened:
        sandbox.close()
