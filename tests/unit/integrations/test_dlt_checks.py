"""What dlt would do in silence is refused, and nothing is asked for."""

from pathlib import Path
from typing import Any

import dlt
import pyarrow.parquet
import pytest
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed
from tests.unit.integrations.answering import JULY, Answering, ask, days, views
from tests.unit.integrations.conftest import Pipelines

from dailymotion_reports.errors import DestinationRefused
from dailymotion_reports.integrations.dlt_source import Dataset, dailymotion_reports_source

pytestmark = pytest.mark.thorough

VIEWS = Dataset.of("views", "views", "day", **JULY)


@pytest.fixture
def answers(tmp_path: Path) -> Answering:
    return Answering(tmp_path, days({1: 1, 2: 2}))


@pytest.fixture
def source(answers: Answering) -> DltSource:
    return dailymotion_reports_source(VIEWS, workspace=answers.workspace)


def refused(pipeline: dlt.Pipeline, source: DltSource, **options: Any) -> str:
    """What the refusal says that a run ends with."""
    with pytest.raises(PipelineStepFailed) as raised:
        pipeline.run(source, **options)
    assert raised.value.__cause__
    cause = raised.value.__cause__.__cause__
    assert isinstance(cause, DestinationRefused)
    assert cause.hint.startswith("Nothing was asked for or changed.")
    return cause.message


@pytest.mark.parametrize("options", [{}, {"table_format": "delta"}, {"table_format": "iceberg"}])
def test_files_to_which_a_merge_would_append_are_refused(
    pipelines: Pipelines, source: DltSource, answers: Answering, tmp_path: Path, options: dict[str, Any]
) -> None:
    files = pipelines("to_files", dlt.destinations.filesystem(str(tmp_path / "lake")))
    assert "does not replace windows" in refused(files, source, **options)
    assert answers.asked == 0
    assert not list((tmp_path / "lake").rglob("*.parquet"))


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("disposition", ["append", "replace"])
def test_files_that_are_appended_or_replaced_on_purpose_hold_the_rows_and_nothing_else(
    pipelines: Pipelines, source: DltSource, tmp_path: Path, disposition: Any, threads: bool
) -> None:
    files = pipelines("to_files", dlt.destinations.filesystem(str(tmp_path / "lake")))
    files.run(source.parallelize() if threads else source, write_disposition=disposition)
    (file,) = (tmp_path / "lake" / "ours" / "views").glob("*.parquet")
    rows = pyarrow.parquet.read_table(file)
    assert rows["views"].to_pylist() == [1, 2]
    assert "_dmr_deleted" not in rows.column_names


def test_a_primary_key_beside_the_merge_key_is_refused(
    pipelines: Pipelines, source: DltSource, answers: Answering
) -> None:
    source.resources["views"].apply_hints(primary_key="day")
    assert "primary key" in refused(pipelines(), source)
    assert answers.asked == 0


def test_a_dataset_of_the_name_of_its_duckdb_file_is_refused(
    pipelines: Pipelines, source: DltSource, answers: Answering
) -> None:
    assert "for the file of that name" in refused(pipelines(dataset="warehouse"), source)
    assert answers.asked == 0


def test_a_table_of_other_dimensions_is_refused(
    pipelines: Pipelines, source: DltSource, answers: Answering, warehouse: Path
) -> None:
    pipelines().run(source)
    titles = Dataset.of("views", "views", ("day", "video-title"), **JULY)
    told = refused(pipelines(), dailymotion_reports_source(titles, workspace=answers.workspace))
    assert told == "The table views is by other dimensions (video_title)."
    assert answers.asked == 1
    assert views(warehouse) == {1: 1, 2: 2}


def test_a_second_dataset_of_a_table_by_other_dimensions_is_refused(pipelines: Pipelines, answers: Answering) -> None:
    hours = Dataset.of("hours", "views", "hour", table="views", **JULY)
    told = refused(pipelines(), dailymotion_reports_source(VIEWS, hours, workspace=answers.workspace))
    assert told == "The table views is by other dimensions (day, hour)."


def test_a_table_with_a_metric_that_is_not_asked_for_is_refused(pipelines: Pipelines, answers: Answering) -> None:
    answers.text = "day,views,uploads\n2023-07-01,1,2\n"
    both = Dataset.of("views", ("views", "uploads"), "day", **JULY)
    pipelines().run(dailymotion_reports_source(both, workspace=answers.workspace))
    told = refused(pipelines(), dailymotion_reports_source(VIEWS, workspace=answers.workspace))
    assert told == "The table views also has uploads."


def test_a_dataset_of_which_dlt_forgot_its_notes_is_known_by_those_in_the_warehouse(
    pipelines: Pipelines, source: DltSource, answers: Answering
) -> None:
    pipelines().run(source)
    pipelines().drop()
    titles = Dataset.of("views", "views", ("day", "video-title"), **JULY)
    told = refused(pipelines("reports"), dailymotion_reports_source(titles, workspace=answers.workspace))
    assert told == "The table views is by other dimensions (video_title)."


def test_hints_of_the_user_stay(pipelines: Pipelines, source: DltSource) -> None:
    source.resources["views"].apply_hints(columns={"day": {"partition": True}})
    pipelines().run(source)
    assert pipelines().default_schema.tables["views"]["columns"]["day"]["partition"]


def test_what_columns_mean_stands_in_dlts_schema(pipelines: Pipelines, source: DltSource, warehouse: Path) -> None:
    pipelines().run(source)
    columns: Any = pipelines().default_schema.tables["views"]["columns"]
    assert columns["day"]["description"] == "Calendar day of the event, UTC"
    assert columns["views"]["x-dmr-rule"] == "add"
    keys = [name for name, column in columns.items() if column.get("merge_key")]
    assert keys == ["account", "question", "_dmr_span"]
    assert not [name for name, column in columns.items() if column.get("primary_key")]
    assert ask(warehouse, "SELECT count(*) FROM ours._dlt_loads WHERE status = 0") == [(1,)]


def test_rows_that_are_read_outside_of_a_pipeline_are_preceded_by_what_they_replace(source: DltSource) -> None:
    marks, rows = list(source.resources["views"])
    assert marks["_dmr_span"].to_pylist() == [
        "2023-07-01",
        "2023-07-02",
        "2023-07-03",
        "2023-07-04",
        "2023-07-01..2023-07-04",
    ]
    assert rows["views"].to_pylist() == [1, 2]


def test_rows_come_in_batches(tmp_path: Path) -> None:
    count = 300_000
    answers = Answering(tmp_path, "day,video_id,views\n" + "".join(f"2023-07-01,x{n},1\n" for n in range(count)))
    videos = Dataset.of("videos", "views", ("day", "video-id"), **JULY)
    _, *rows = list(dailymotion_reports_source(videos, workspace=answers.workspace))
    assert len(rows) > 1
    assert sum(batch.num_rows for batch in rows) == count
