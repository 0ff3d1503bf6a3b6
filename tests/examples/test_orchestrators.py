"""The recipes for orchestrators, run by the orchestrators themselves against a sandbox; `make prove` brings these.

DMR_TEST_AIRFLOW, DMR_TEST_PREFECT and DMR_TEST_DAGSTER name interpreters that have them, and this package.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.acceptance.served import Served
from tests.examples.documents import ROOT

from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

DEPLOY = ROOT / "examples" / "deploy"

AIRFLOW = """
import asyncio, sys
from datetime import datetime
from airflow_dag import dag
from airflow.sdk import BaseHook
from dailymotion_reports.integrations.airflow import DailymotionJobsTrigger, settings_of
from dailymotion_reports.workspace import Workspace

async def interrupted(trigger):
    event = asyncio.ensure_future(anext(trigger.run()))
    await asyncio.sleep(0.3)
    event.cancel()
    await asyncio.gather(event, return_exceptions=True)
    return (await anext(trigger.run())).payload

dag.get_task("daily_views").poll = 0.5
for _ in range(2):
    run = dag.test(logical_date=datetime.fromisoformat(sys.argv[1]))
    print("STATE", run.state)
with Workspace.open(settings=settings_of(BaseHook.get_connection("dailymotion"), None)) as workspace:
    submitted = workspace.submit("VIEWS", "VISITOR_COUNTRY", period="yesterday")
    trigger = DailymotionJobsTrigger(list(submitted.ids), "dailymotion", None, 0.2)
    print("SERIALIZED", trigger.serialize())
    print("EVENT", asyncio.run(interrupted(trigger)) == {"jobs": list(submitted.ids)})
    print("ROWS", len(workspace.fetch(submitted.ids).rows()))
"""

PREFECT = """
from prefect_flow import dailymotion_reports
import json
print("PIECES", json.dumps([(one["dataset"], one["into"]["rows"]) for one in dailymotion_reports()]))
print("PIECES", json.dumps(dailymotion_reports()))
"""

DAGSTER = """
import sys
import dagster
import dagster_defs
with dagster.DagsterInstance.ephemeral() as instance:
    first, last = sys.argv[1:]
    one = dagster.materialize([dagster_defs.daily_views], partition_key=last, instance=instance)
    ends = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    all_of_them = dagster.materialize([dagster_defs.daily_views], instance=instance, tags=ends)
print("SUCCESS", one.success, all_of_them.success)
"""

PROJECT = """\
[datasets.daily_views]
metrics = ["VIEWS"]
by = ["DAY", "MEDIA_TYPE"]
into = "duckdb:reports.duckdb"
start = {start}
"""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Sandbox(report_seconds=1.0) as sandbox, running(sandbox) as info:
        yield Served(info)


@pytest.fixture
def window(served: Served) -> tuple[date, date]:
    """The last eight days that are over."""
    last = date.fromisoformat(served.info["last_day"])
    return last - timedelta(days=7), last


def run(name: str, code: str, *arguments: str, folder: Path, environment: dict[str, str]) -> str:
    """What a script prints that an orchestrator's own interpreter runs, beside the examples."""
    python = os.environ.get(f"DMR_TEST_{name}")
    if not python:
        pytest.skip(f"needs DMR_TEST_{name}, an interpreter that has it: make prove")
    paths = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": paths, "HOME": str(folder), "DMR_HOME": str(folder / "home"), "PYTHONPATH": str(DEPLOY)}
    command = [python, "-c", code, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=known | environment, capture_output=True, text=True, timeout=570, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout + done.stderr


def rows(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as opened:
        return opened.execute("SELECT day, media_type, views FROM daily_views ORDER BY ALL").fetchall()


def truth(served: Served, window: tuple[date, date]) -> list[tuple[Any, ...]]:
    _, *found = served.truth("VIEWS", "DAY,MEDIA_TYPE", str(window[0]), str(window[1]))
    return sorted((date.fromisoformat(day), media, int(views)) for day, media, views in found)


def test_airflow_defers_resumes_and_fills_the_table_once(
    served: Served, window: tuple[date, date], tmp_path: Path
) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "airflow_dag.py").write_bytes((DEPLOY / "airflow_dag.py").read_bytes())
    own = served.info["private"]
    connection = {"conn_type": "generic", "login": own["client_id"], "password": own["client_secret"]}
    environment = {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_DAILYMOTION": json.dumps(connection | {"extra": {"url": served.info["url"]}}),
        "REPORTS": f"duckdb:{tmp_path / 'reports.duckdb'}?table=daily_views",
        "DMR_KEEP_TOKENS": "no",
    }
    run("AIRFLOW", "from airflow.utils.db import initdb; initdb()", folder=tmp_path, environment=environment)
    moment = f"{window[1] + timedelta(days=1)}T06:30:00+00:00"
    told = run("AIRFLOW", AIRFLOW, moment, folder=tmp_path, environment=environment)
    assert told.count("STATE success") == 2, told[-4000:]
    assert "Pausing task as DEFERRED" in told
    assert "EVENT True" in told
    assert own["client_secret"] not in told
    assert rows(tmp_path / "reports.duckdb") == truth(served, window)
    assert served.stats["reports_created"] == 2  # two runs for the same days share one; the other is the trigger's


def test_prefect_runs_the_flow_and_finds_nothing_to_do_the_second_time(
    served: Served, window: tuple[date, date], tmp_path: Path
) -> None:
    served.reset()
    (tmp_path / "dmr.toml").write_text(PROJECT.format(start=window[0]), encoding="utf-8")
    environment = {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "DO_NOT_TRACK": "1",
        "PROJECT": str(tmp_path),
    }
    told = run("PREFECT", PREFECT, folder=tmp_path, environment=environment | served.environment)
    assert [line for line in told.splitlines() if line.startswith("PIECES")] == [
        f'PIECES [["daily_views", {len(truth(served, window))}]]',
        "PIECES []",
    ]
    assert rows(tmp_path / "reports.duckdb") == truth(served, window)


def test_dagster_materializes_a_partition_and_then_all_of_a_week(
    served: Served, window: tuple[date, date], tmp_path: Path
) -> None:
    served.reset()
    environment = {
        "DAGSTER_HOME": str(tmp_path),
        "REPORTS": f"duckdb:{tmp_path / 'reports.duckdb'}?table=daily_views",
    }
    days = map(str, window)
    told = run("DAGSTER", DAGSTER, *days, folder=tmp_path, environment=environment | served.environment)
    assert "SUCCESS True True" in told
    assert rows(tmp_path / "reports.duckdb") == truth(served, window)
    assert served.stats["reports_created"] == 2
