"""What dlt loads of a source: the rows of a native destination, each window once, whatever came before."""

import importlib
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import Database
from tests.unit.integrations.answering import JULY, Answering, ask, days, views
from tests.unit.integrations.conftest import Pipelines

from dailymotion_reports.errors import InvalidQuery, MissingExtra, UsageError
from dailymotion_reports.integrations.dlt_source import Dataset, dailymotion_reports_source
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.question_file import read_question
from dailymotion_reports.settings import Settings
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

pytestmark = pytest.mark.thorough

Run = Callable[[Any], object]
EARNINGS = "views", "estimated-earnings-eur"
TITLES = Dataset.of("views", EARNINGS, ("day", "video-title"), **JULY)
VIEWS = Dataset.of("views", "views", "day", **JULY)


@pytest.fixture
def native(tmp_path: Path) -> Path:
    """A DuckDB file that only we write to."""
    return tmp_path / "native.duckdb"


def everything(path: Path, table: str) -> list[tuple[Any, ...]]:
    """Every row, but for when it was loaded and the two columns that only dlt's tables have."""
    own = "" if table == "report" else ", _dmr_span, _dmr_deleted"
    return ask(path, f"SELECT * EXCLUDE (loaded_at{own}) FROM {table} ORDER BY ALL")


def test_rows_are_those_of_the_native_destination(
    workspace: Workspace, run: Run, warehouse: Path, native: Path
) -> None:
    run(dailymotion_reports_source(TITLES, workspace=workspace))
    report = workspace.report(EARNINGS, ("day", "video-title"), **JULY)
    report.load(f"duckdb:{native}")
    found = everything(warehouse, "ours.views")
    assert found == everything(native, "report")
    assert len(found) == len(report.rows()) > 1000
    total = "SELECT sum(views), sum(estimated_earnings_eur) FROM"
    assert ask(warehouse, f"{total} ours.views") == ask(native, f"{total} report")


def test_columns_have_the_names_the_order_and_the_types_of_the_native_destination(
    workspace: Workspace, run: Run, warehouse: Path, native: Path
) -> None:
    run(dailymotion_reports_source(TITLES, workspace=workspace))
    workspace.report(EARNINGS, ("day", "video-title"), **JULY).load(f"duckdb:{native}")
    types = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{}' AND {} ORDER BY column_index"
    ours = ask(native, types.format("report", "true"))
    assert dict(ours)["estimated_earnings_eur"] == "DECIMAL(38,10)"
    own = [("_dmr_span", "VARCHAR"), ("_dmr_deleted", "BOOLEAN")]
    assert ask(warehouse, types.format("views", "schema_name = 'ours'")) == [*ours, *own]


def test_a_window_loaded_twice_stands_once(workspace: Workspace, run: Run, warehouse: Path) -> None:
    run(dailymotion_reports_source(TITLES, workspace=workspace))
    once = everything(warehouse, "ours.views")
    run(dailymotion_reports_source(TITLES, workspace=workspace))
    assert everything(warehouse, "ours.views") == once


def test_a_restated_window_is_replaced_whole(tmp_path: Path, run: Run, warehouse: Path, native: Path) -> None:
    recent = Dataset.of("views", EARNINGS, ("day", "video-title"), start="2026-01-12", end="2026-01-14")
    with Twin.made(scenario="restating") as twin, twin.workspace(tmp_path / "home") as workspace:
        run(dailymotion_reports_source(recent, workspace=workspace))
        before = ask(warehouse, "SELECT sum(views) FROM ours.views")
        twin.clock.advance(days=5)
        run(dailymotion_reports_source(recent, workspace=workspace))
        workspace.run(workspace.plan(recent.question)).load(f"duckdb:{native}")
    assert everything(warehouse, "ours.views") == everything(native, "report")
    assert ask(warehouse, "SELECT sum(views) FROM ours.views") != before


def test_products_in_one_table_do_not_replace_one_another(
    workspace: Workspace, run: Run, warehouse: Path, native: Path
) -> None:
    both = [Dataset.of(name, "views", "day", product=name, table="views", **JULY) for name in ("content", "embed")]
    for datasets in (both, both[:1], both[1:]):
        run(dailymotion_reports_source(*datasets, workspace=workspace))
    for dataset in both:
        workspace.run(workspace.plan(dataset.question)).load(f"duckdb:{native}")
    assert everything(warehouse, "ours.views") == everything(native, "report")
    assert ask(warehouse, "SELECT product, count(*) FROM ours.views GROUP BY ALL ORDER BY ALL") == [
        ("CONTENT", 4),
        ("EMBED", 4),
    ]


def test_accounts_in_one_table_do_not_replace_one_another(tmp_path: Path, run: Run, warehouse: Path) -> None:
    for account, count in (("one", 1), ("other", 10), ("one", 2)):
        answers = Answering(tmp_path, days({1: count}), account)
        run(dailymotion_reports_source(VIEWS, workspace=answers.workspace))
    assert ask(warehouse, "SELECT account, views FROM ours.views ORDER BY ALL") == [("one", 2), ("other", 10)]


def test_a_day_of_which_nothing_comes_any_more_is_emptied(tmp_path: Path, run: Run, warehouse: Path) -> None:
    run(dailymotion_reports_source(VIEWS, workspace=Answering(tmp_path, days({1: 1, 2: 2, 4: 4})).workspace))
    answers = Answering(tmp_path / "newer", days({2: 20}))
    run(dailymotion_reports_source(VIEWS, workspace=answers.workspace))
    assert views(warehouse) == {2: 20}


def test_a_window_without_any_row_is_emptied_and_its_table_made(tmp_path: Path, run: Run, warehouse: Path) -> None:
    nothing = Answering(tmp_path / "nothing", days({}))
    run(dailymotion_reports_source(VIEWS, workspace=nothing.workspace))
    assert views(warehouse) == {}
    run(dailymotion_reports_source(VIEWS, workspace=Answering(tmp_path, days({1: 1})).workspace))
    run(dailymotion_reports_source(VIEWS, workspace=nothing.workspace))
    assert views(warehouse) == {}


def test_days_outside_the_window_stay(tmp_path: Path, run: Run, warehouse: Path) -> None:
    run(dailymotion_reports_source(VIEWS, workspace=Answering(tmp_path, days({1: 1, 2: 2, 3: 3, 4: 4})).workspace))
    later = Dataset.of("views", "views", "day", start="2023-07-03", end="2023-07-06")
    answers = Answering(tmp_path / "later", days({3: 30, 6: 60}))
    run(dailymotion_reports_source(later, workspace=answers.workspace))
    assert views(warehouse) == {1: 1, 2: 2, 3: 30, 6: 60}


def test_hours_are_replaced_by_their_days(tmp_path: Path, run: Run, warehouse: Path) -> None:
    hours = Dataset.of("hours", "views", "hour", **JULY)
    for text in ("2023-07-01 05:00:00,1\n2023-07-02 05:00:00,2\n", "2023-07-01 06:00:00,10\n"):
        answers = Answering(tmp_path / text[12:14], f"hour,views\n{text}")
        run(dailymotion_reports_source(hours, workspace=answers.workspace))
    assert ask(warehouse, "SELECT hour, views FROM ours.hours") == [(datetime.fromisoformat("2023-07-01T06:00"), 10)]


def test_rows_that_tell_no_day_are_replaced_with_their_window(tmp_path: Path, run: Run, warehouse: Path) -> None:
    whole = Dataset.of("countries", "views", "visitor-country", **JULY)
    shorter = Dataset.of("countries", "views", "visitor-country", start="2023-07-01", end="2023-07-03")
    for dataset, text in ((whole, "FR,1\nNA,2\n"), (shorter, "FR,5\n"), (whole, "FR,10\n")):
        answers = Answering(tmp_path / text[3:], f"visitor_country,views\n{text}")
        run(dailymotion_reports_source(dataset, workspace=answers.workspace))
    found = ask(warehouse, "SELECT visitor_country, views, window_end FROM ours.countries ORDER BY ALL")
    assert found == [("FR", 5, date(2023, 7, 3)), ("FR", 10, date(2023, 7, 4))]


def test_a_row_whose_day_is_empty_is_replaced_with_its_window(tmp_path: Path, run: Run, warehouse: Path) -> None:
    for count in (1, 2):
        answers = Answering(tmp_path / str(count), f"day,views\n2023-07-01,7\n,{count}\n")
        run(dailymotion_reports_source(VIEWS, workspace=answers.workspace))
    assert ask(warehouse, "SELECT day, views FROM ours.views ORDER BY views") == [(None, 2), (date(2023, 7, 1), 7)]


def test_each_dataset_has_a_table_of_its_own(workspace: Workspace, run: Run, warehouse: Path) -> None:
    hours = Dataset.of("hours", "views", "hour", **JULY)
    written = Dataset("uploads", read_question('metrics = "views"\nby = "month"\nperiod = "2023-07"\n', "july.toml"))
    run(dailymotion_reports_source(VIEWS, hours, written, workspace=workspace))
    counts = {table: ask(warehouse, f"SELECT count(*) FROM ours.{table}")[0][0] for table in ("views", "hours")}
    assert counts == {"views": 4, "hours": 96}
    assert ask(warehouse, "SELECT month, _dmr_span FROM ours.uploads") == [("2023-07", "2023-07-01..2023-07-31")]


def test_what_is_chosen_of_a_source_is_all_that_is_asked_for(twin: Twin, workspace: Workspace, run: Run) -> None:
    hours = Dataset.of("hours", "views", "hour", **JULY)
    run(dailymotion_reports_source(VIEWS, hours, workspace=workspace).with_resources("hours"))
    assert twin.stats["reports_created"] == 1


def test_a_period_is_counted_from_the_day_of_each_run(
    twin: Twin, workspace: Workspace, run: Run, warehouse: Path
) -> None:
    source = [Dataset.of("views", "views", "day", period="yesterday")]
    run(dailymotion_reports_source(*source, workspace=workspace))
    twin.clock.advance(days=1)
    run(dailymotion_reports_source(*source, workspace=workspace))
    found = ask(warehouse, "SELECT day FROM ours.views ORDER BY day")
    assert found == [(date(2026, 1, 14),), (date(2026, 1, 15),)]


def test_resources_that_are_extracted_in_threads_replace_their_windows_too(
    tmp_path: Path, run: Run, warehouse: Path
) -> None:
    for count in (1, 2):
        answers = Answering(tmp_path / str(count), days({1: count}))
        run(dailymotion_reports_source(VIEWS, workspace=answers.workspace).parallelize())
    assert views(warehouse) == {1: 2}


def test_datasets_that_are_extracted_at_once_have_a_workspace_each(
    twin: Twin, tmp_path: Path, run: Run, warehouse: Path
) -> None:
    hours = Dataset.of("hours", "views", "hour", **JULY)
    with twin.served() as environment:
        settings = Settings.resolve("sandbox", {**environment, "DMR_HOME": str(tmp_path / "home")})
        run(dailymotion_reports_source(VIEWS, hours, settings=settings).parallelize())
    assert ask(warehouse, "SELECT count(*) FROM ours.hours") == [(96,)]
    assert len(views(warehouse)) == 4


def test_datasets_of_a_table_that_bring_the_same_day_of_a_question_are_refused(tmp_path: Path, run: Run) -> None:
    later = Dataset.of("later", "views", "day", start="2023-07-04", end="2023-07-06", table="views")
    source = dailymotion_reports_source(VIEWS, later, workspace=Answering(tmp_path, days({4: 4})).workspace)
    with pytest.raises(Exception, match="views and later ask the same for 2023-07-04"):
        run(source)


def test_datasets_of_a_table_that_bring_other_days_of_a_question_stand_beside_one_another(
    twin: Twin, workspace: Workspace, run: Run, warehouse: Path
) -> None:
    later = Dataset.of("later", "views", "day", start="2023-07-05", end="2023-07-06", table="views")
    for _ in range(2):
        run(dailymotion_reports_source(VIEWS, later, workspace=workspace))
    assert sorted(views(warehouse)) == [1, 2, 3, 4, 5, 6]


def test_windows_of_rows_without_days_stand_beside_one_another(workspace: Workspace, run: Run, warehouse: Path) -> None:
    whole = Dataset.of("whole", "views", "visitor-country", table="countries", **JULY)
    part = Dataset.of("part", "views", "visitor-country", table="countries", start="2023-07-01", end="2023-07-02")
    run(dailymotion_reports_source(whole, part, workspace=workspace))
    ends = ask(warehouse, "SELECT DISTINCT window_end FROM ours.countries ORDER BY ALL")
    assert ends == [(date(2023, 7, 2),), (date(2023, 7, 4),)]


def test_a_new_metric_is_a_new_column(tmp_path: Path, run: Run, warehouse: Path) -> None:
    run(dailymotion_reports_source(VIEWS, workspace=Answering(tmp_path, days({1: 1, 2: 2})).workspace))
    both = Dataset.of("views", EARNINGS, "day", start="2023-07-02", end="2023-07-02")
    answers = Answering(tmp_path / "both", "day,views,estimated_earnings_eur\n2023-07-02,20,0.10\n")
    run(dailymotion_reports_source(both, workspace=answers.workspace))
    found = ask(warehouse, "SELECT views, estimated_earnings_eur FROM ours.views ORDER BY day")
    assert found == [(1, None), (20, Decimal("0.1"))]


def test_a_workspace_is_opened_at_use_and_its_secrets_are_nowhere_in_what_dlt_keeps(
    twin: Twin, tmp_path: Path, run: Run, warehouse: Path
) -> None:
    with twin.served() as environment:
        settings = Settings.resolve("sandbox", {**environment, "DMR_HOME": str(tmp_path / "home")})
        run(dailymotion_reports_source(VIEWS, settings=settings))
    assert len(views(warehouse)) == 4
    assert settings.password
    secrets = [one.reveal().encode() for one in (settings.password, settings.api_secret) if one]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"dailymotion_reports" in kept
    assert [secret for secret in secrets if secret in kept] == []


def test_a_source_without_credentials_can_be_made_and_looked_at() -> None:
    source = dailymotion_reports_source(VIEWS, profile="private")
    assert list(source.resources) == ["views"]
    assert source.name == "dailymotion_reports"


def test_whoever_passes_a_workspace_closes_it(workspace: Workspace, run: Run) -> None:
    run(dailymotion_reports_source(VIEWS, workspace=workspace))
    assert workspace.report("views", "day", **JULY).rows()


def test_rows_stand_in_postgres_as_in_duckdb(
    workspace: Workspace, database: Database, pipelines: Pipelines, native: Path
) -> None:
    import dlt

    source = [TITLES]
    into = dlt.destinations.postgres(database.url, create_indexes=False)
    for _ in range(2):
        pipelines("to_postgres", into).run(dailymotion_reports_source(*source, workspace=workspace))
    workspace.report(EARNINGS, ("day", "video-title"), **JULY).load(f"duckdb:{native}")
    columns = "day, video_title, views, estimated_earnings_eur, product, window_start, window_end, asked_at, question"
    found = database.ask(f"SELECT {columns} FROM ours.views")
    assert sorted(found) == sorted(ask(native, f"SELECT {columns} FROM report"))
    types = database.ask(
        "SELECT column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns "
        "WHERE table_name = 'views' AND table_schema = 'ours'"
    )
    assert {row[0]: row[1:] for row in types} | {
        "day": ("date", None, None),
        "estimated_earnings_eur": ("numeric", 38, 10),
        "asked_at": ("timestamp without time zone", None, None),
        "video_title": ("character varying", None, None),
    } == {row[0]: row[1:] for row in types}


@pytest.mark.parametrize("name", ["", "Views", "my-views", "2023", "_dlt_loads", "dmr_views", "a__b", "views_", 7])
def test_a_name_that_dlt_would_change_is_none(name: Any) -> None:
    with pytest.raises(UsageError, match="is no name for a dataset"):
        Dataset(name, Question("views"))
    with pytest.raises(UsageError, match="is no name for a dataset"):
        Dataset.of("views", "views", table=name or "-")


def test_datasets_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="a name of its own"):
        dailymotion_reports_source(VIEWS, VIEWS)
    with pytest.raises(UsageError, match="one dataset or more"):
        dailymotion_reports_source()


def test_a_dataset_without_a_question_is_refused() -> None:
    with pytest.raises(UsageError, match="has no question"):
        Dataset("views", "views by day")  # type: ignore[arg-type]


def test_a_workspace_and_a_profile_are_one_too_many(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="has its profile already"):
        dailymotion_reports_source(VIEWS, workspace=workspace, profile="private")


def test_a_question_that_cannot_be_asked_is_the_cause_of_what_dlt_raises(workspace: Workspace, run: Run) -> None:
    wrong = Dataset.of("views", "vews", "day", **JULY)
    with pytest.raises(Exception, match="Pipeline execution failed") as raised:
        run(dailymotion_reports_source(wrong, workspace=workspace))
    assert raised.value.__cause__
    assert isinstance(raised.value.__cause__.__cause__, InvalidQuery)


@pytest.mark.parametrize("absent", ["dlt", "pyarrow"])
def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    for name in [name for name in sys.modules if name.startswith("dailymotion_reports.integrations.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtra, match=r"A source for dlt needs the optional part 'dlt'") as raised:
        importlib.import_module("dailymotion_reports.integrations.dlt_source")
    assert raised.value.extra == "dlt"
