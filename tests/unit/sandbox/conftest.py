"""A sandbox for each module, reset for each test, and a client that speaks to it."""

from collections.abc import Iterator

import pytest
from tests.unit.sandbox.speaking import START, Client

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START)) as made:
        yield made


@pytest.fixture
def client(shared: Sandbox) -> Client:
    shared.reset()
    return Client(shared)
