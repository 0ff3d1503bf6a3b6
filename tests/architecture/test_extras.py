"""The wheel with each extra alone, and on each version of Python that is promised: it runs and makes a report."""

import json
import os
import sys
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.architecture.alone import VERSIONS, installed, interpreter, run
from tests.quiet_dlt import nothing_left

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("wheel")]

WAYS = {
    "polars": "rows = report.to_polars().height",
    "arrow": "rows = report.to_arrow().num_rows",
    "pandas": "rows = len(report.to_pandas())",
    "xlsx": "import zipfile; rows = len(zipfile.ZipFile(report.to_xlsx('x.xlsx')).namelist()) and len(report.rows())",
    "keyring": "import keyring; rows = len(report.rows()) if keyring.get_keyring() else 0",
    "lake": "rows = report.load('delta:lake').rows",
    "dlt": (
        "import dlt, duckdb; "
        "from dailymotion_reports.integrations.dlt_source import Dataset, dailymotion_reports_source; "
        "days = Dataset.of('days', 'views', 'day', start='2023-07-01', end='2023-07-04'); "
        "into = dlt.pipeline(pipelines_dir='p', destination=dlt.destinations.duckdb('w.db'), dataset_name='d'); "
        "into.run(dailymotion_reports_source(days, workspace=workspace)); "
        "rows = duckdb.connect('w.db').sql('FROM d.days').to_arrow_table().num_rows"
    ),
    "postgres": "import dailymotion_reports.jobs.postgres_store as it; rows = len(report.rows()) if it.VERSION else 0",
    "otel": (
        "from dailymotion_reports.integrations.opentelemetry import Spans; "
        "spans = Spans(); spans(dmr.Event('sync', 1.0, phase='begin', span='sync-1')); rows = len(report.rows())"
    ),
}
"""For each extra what it is for, as a line of Python that counts the rows of ``report``."""

FOREIGN = {
    "polars": {"pandas", "xlsxwriter", "keyring", "psycopg", "deltalake", "dlt"},
    "arrow": {"polars", "pandas", "xlsxwriter", "keyring", "psycopg", "deltalake", "dlt"},
    "pandas": {"polars", "xlsxwriter", "keyring", "psycopg", "deltalake", "dlt"},
    "xlsx": {"polars", "pandas", "pyarrow", "keyring", "psycopg", "deltalake", "dlt"},
    "keyring": {"polars", "pandas", "pyarrow", "xlsxwriter", "psycopg", "deltalake", "dlt"},
    "lake": {"polars", "pandas", "pyarrow", "xlsxwriter", "keyring", "psycopg", "dlt"},
    "dlt": {"polars", "pandas", "xlsxwriter", "keyring", "psycopg", "deltalake"},
    "postgres": {"polars", "pandas", "pyarrow", "xlsxwriter", "keyring", "deltalake", "dlt"},
    "otel": {"polars", "pandas", "pyarrow", "xlsxwriter", "keyring", "psycopg", "deltalake", "dlt"},
}
"""For each extra the packages of others, which must not come with it."""

PROGRAM = """
import json, os
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
from importlib.util import find_spec
import dailymotion_reports as dmr
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.transport import SandboxTransport

with Sandbox(progress=Progress.at_once()) as sandbox:
    info = sandbox.info()
    names = ("url", "api_key", "api_secret", "username", "password")
    environment = dict(os.environ) | {{"DMR_" + name.upper(): info[name] for name in names}}
    settings = dmr.Settings.resolve("sandbox", environment)
    with dmr.Workspace.open(settings=settings, transport=SandboxTransport(sandbox)) as workspace:
        report = workspace.report("ESTIMATED_EARNINGS_EUR", "DAY", start="2023-07-01", end="2023-07-04")
        {way}
print(json.dumps({{"rows": rows, "there": [name for name in {foreign} if find_spec(name)]}}))
"""


@pytest.mark.parametrize("extra", WAYS)
def test_an_extra_alone_does_what_it_is_for(extra: str, wheel: Path, tmp_path: Path) -> None:
    programs = installed(tmp_path / "venv", wheel, Path(sys.executable), extra)
    code = PROGRAM.format(way=WAYS[extra], foreign=sorted(FOREIGN[extra]))
    with nothing_left():
        told = json.loads(run(str(programs / "python"), "-I", "-c", code, cwd=tmp_path).stdout)
    assert told == {"rows": 4, "there": []}
    run(str(programs / "dmr"), "--help", cwd=tmp_path)


def test_every_extra_is_tried() -> None:
    """That for Airflow is tried by tests/examples/test_orchestrators.py: it wants versions of its own of much."""
    offered = set(metadata("dailymotion-reports").get_all("Provides-Extra") or ())
    assert offered - {"airflow"} == set(WAYS) == set(FOREIGN)
    assert all(find_spec(name) for names in FOREIGN.values() for name in names), "mistyped packages are never there"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_of_python_runs_the_wheel(version: str, wheel: Path, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None and os.environ.get("DMR_TEST_PYTHONS"):
        pytest.fail(f"DMR_TEST_PYTHONS lists no Python {version}")
    if python is None:
        pytest.skip(f"needs Python {version}, which was not found; DMR_TEST_PYTHONS may name it")
    programs = installed(tmp_path / "venv", wheel, python)
    code = "import sys, dailymotion_reports as dmr; [getattr(dmr, name) for name in dmr.__all__]; print(sys.version)"
    assert run(str(programs / "python"), "-I", "-c", code, cwd=tmp_path).stdout.splitlines()[-1].startswith(version)
    assert "dmr demo" in run(str(programs / "dmr"), "--help", cwd=tmp_path).stdout
    told = run(str(programs / "dmr"), "demo", "--dir", str(tmp_path / "demo"), "--json", cwd=tmp_path).stdout
    assert json.loads(told)["ok"] is True
    header, *rows = (tmp_path / "demo" / "report.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("day,")
    assert rows
