"""A sandbox on a day on which the days of questions are over, and a workspace that asks it."""

from collections.abc import Iterator

import pytest
from tests.questions.drawn import TODAY
from tests.unit.tables.sharing import engine

from dailymotion_reports.tables import engine as tables_engine
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    with Twin.made(report_seconds=0, today=TODAY) as made:
        yield made


@pytest.fixture(scope="module")
def workspace(twin: Twin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch, twin.workspace(tmp_path_factory.mktemp("questions")) as made:
        patch.setattr(tables_engine, "open_connection", lambda *_: engine().cursor())
        yield made
