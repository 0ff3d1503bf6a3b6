"""What a machine leaves of a sync that nobody looks at: a log, a report, figures, and a bundle for who helps."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.acceptance.served import Dmr, Served

FIRST = (datetime.now(UTC) - timedelta(days=4)).date()
PROJECT = f"""\
metrics_file = "dmr.prom"
[defaults]
into = "duckdb:reports.duckdb"
start = {FIRST}
[datasets.daily_views]
metrics = ["VIEWS"]
by = ["DAY"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dmr.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def test_a_sync_leaves_a_log_a_report_and_figures_and_stdout_stays_data(
    served: Served, dmr: Dmr, project: Path
) -> None:
    log = {"DMR_LOG": "json", "DMR_LOG_FILE": str(project / "logs" / "dmr.log")}
    done = dmr("sync", "--json", "--report", "run.json", "--report", "run.md", environment=served.environment | log)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["ok"] is True
    lines = [json.loads(line) for line in (project / "logs" / "dmr.log").read_text().splitlines()]
    assert lines[0]["event"] == "sync"
    assert (lines[-1]["event"], lines[-1]["phase"], lines[-1]["rows"]) == ("sync", "end", 4)
    (loaded,) = [line for line in lines if line["event"] == "load"]
    assert (loaded["dataset"], loaded["rows"], loaded["start"], loaded["level"]) == (
        "daily_views",
        4,
        str(FIRST),
        "info",
    )
    assert loaded["ts"].endswith("Z")
    assert json.loads((project / "run.json").read_text())["totals"]["rows"] == 4
    assert (project / "run.md").read_text().startswith("## ✅ dmr sync: up to date")
    assert 'dmr_sync_rows{dataset="daily_views",profile="sandbox"} 4' in (project / "dmr.prom").read_text()


def test_a_log_on_stderr_ends_with_the_error_of_the_command(served: Served, dmr: Dmr, project: Path) -> None:
    wrong = served.environment | {"DMR_API_SECRET": "sandbox-wrong-secret"}
    done = dmr("report", "VIEWS", "--by", "DAY", "--period", "yesterday", "--log-format", "json", environment=wrong)
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [line["event"] for line in told][-1] == "command.failed"
    assert told[-1]["code"] == "api.not_authenticated"
    assert {"auth.refused", "report.refused"} <= {line["event"] for line in told}
    assert "sandbox-wrong-secret" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"DMR_LOG": "xml"}, "DMR_LOG must be text or json."),
        ({"DMR_LOG_LEVEL": "loud"}, "DMR_LOG_LEVEL must be debug, info, warning or error."),
        ({"DMR_LOG_FILE": "/dev/null/dmr.log"}, "The log /dev/null/dmr.log that DMR_LOG_FILE names cannot be written"),
    ],
)
def test_a_log_that_cannot_be_is_refused_with_the_variable_that_says_so(
    variables: dict[str, str], told: str, served: Served, dmr: Dmr, project: Path
) -> None:
    done = dmr("sync", environment=served.environment | variables)
    assert done.returncode == 3
    assert told in done.stderr
    assert f"Next: unset {next(iter(variables))}" in done.stderr


def test_a_disk_that_takes_no_log_ends_no_run(served: Served, dmr: Dmr, project: Path) -> None:
    done = dmr("sync", environment=served.environment | {"DMR_LOG_FILE": "/dev/full"})
    assert done.returncode == 0
    assert done.stderr.count("Note: the log cannot be written: No space left on device.") == 1


def test_a_bundle_is_put_together_after_a_run_and_no_secret_is_in_it(served: Served, dmr: Dmr, project: Path) -> None:
    log = {"DMR_LOG": "json", "DMR_LOG_LEVEL": "debug", "DMR_LOG_FILE": str(project / "dmr.log")}
    assert dmr("sync", environment=served.environment | log).returncode == 0
    done = dmr("support-bundle", "-o", "help.zip", environment=served.environment | log)
    assert done.returncode == 0, done.stderr
    assert "nothing was sent" in done.stderr
    with zipfile.ZipFile(project / "help.zip") as packed:
        found = {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}
    assert b'"event": "load"' in found["log.txt"]
    assert json.loads(found["jobs.json"])[0]["state"] == "loaded"
    assert json.loads(found["runs.json"])[0]["totals"]["rows"] == 4
    secrets = [served.environment[name] for name in ("DMR_API_SECRET", "DMR_PASSWORD", "DMR_API_KEY")]
    assert not [name for name, content in found.items() for secret in secrets if secret.encode() in content]
