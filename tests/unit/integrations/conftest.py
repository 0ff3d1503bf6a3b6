"""dlt as it must be in a test: it tells nobody, and writes nothing but below the test's own folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.common.pipeline import LoadInfo
from tests.quiet_dlt import quiet

from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

Pipelines = Callable[..., dlt.Pipeline]


@pytest.fixture(autouse=True)
def quiet_dlt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No telemetry, and the test's folder as home and as place of work."""
    monkeypatch.chdir(tmp_path)
    with quiet(tmp_path):
        yield


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A DuckDB file that only dlt writes to."""
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def pipelines(tmp_path: Path, warehouse: Path) -> Iterator[Pipelines]:
    """Makes pipelines, by default into the dataset ``ours`` of the warehouse."""
    made = []

    def pipeline(name: str = "reports", destination: Any = None, dataset: str = "ours") -> dlt.Pipeline:
        into = destination or dlt.destinations.duckdb(str(warehouse))
        folder = str(tmp_path / "pipelines")
        made.append(dlt.pipeline(name, pipelines_dir=folder, destination=into, dataset_name=dataset))
        return made[-1]

    yield pipeline
    for one in made:
        if one.is_active:
            one.deactivate()


@pytest.fixture
def run(pipelines: Pipelines) -> Callable[[Any], LoadInfo]:
    """Runs a source in the one pipeline."""
    return lambda source: pipelines().run(source)


@pytest.fixture
def twin() -> Iterator[Twin]:
    with Twin.made(report_seconds=0) as made:
        yield made


@pytest.fixture
def workspace(twin: Twin, tmp_path: Path) -> Iterator[Workspace]:
    with twin.workspace(tmp_path / "home") as made:
        yield made
