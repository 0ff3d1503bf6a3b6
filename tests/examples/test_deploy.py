"""What examples/deploy hands out: each is read as its program reads it, and what it would run is run here.

Where a program cannot be had (GitHub's runners, Docker), its steps are taken out and run in order in an environment
that has nothing else.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from tests.acceptance.served import Served
from tests.examples.documents import ROOT

import dailymotion_reports as dmr
from dailymotion_reports.project.schedule import problem
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

DEPLOY = ROOT / "examples" / "deploy"
BIN = Path(sys.executable).parent
UNITS = ("dmr-sync.service", "dmr-worker.service")
PROJECT = """\
default = "sandbox"
[datasets.daily_views]
metrics = ["VIEWS"]
by = ["DAY", "MEDIA_TYPE"]
into = "duckdb:reports.duckdb"
start = {start}
"""
SECRETS = ("DMR_API_KEY", "DMR_API_SECRET")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Sandbox(report_seconds=0.1) as sandbox, running(sandbox) as info:
        yield Served(info)


@pytest.fixture
def project(tmp_path: Path, served: Served) -> Iterator[Path]:
    """A project's folder, and the secret in a file, which is not left behind."""
    served.reset()
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "dmr.toml").write_text(PROJECT.format(start=served.info["last_day"]), encoding="utf-8")
    (tmp_path / "secret").write_text(served.info["private"]["client_secret"], encoding="utf-8")
    (tmp_path / "secret").chmod(0o600)
    yield folder
    for left in (tmp_path / "secret", tmp_path / "credentials" / "dailymotion-secret"):
        left.unlink(missing_ok=True)


def account(served: Served) -> dict[str, str]:
    """What the examples leave out, since Dailymotion's addresses are known: which sandbox, and which kind of key."""
    return {"DMR_URL": served.info["url"], "DMR_KIND": "private", "DMR_PROFILE": "sandbox"}


def check_rows(project: Path, served: Served) -> None:
    """See that the project's table holds the truth."""
    day = served.info["last_day"]
    with duckdb.connect(str(project / "reports.duckdb"), read_only=True) as opened:
        rows = opened.execute("SELECT day, media_type, views FROM daily_views ORDER BY ALL").fetchall()
    _, *truth = served.truth("VIEWS", "DAY,MEDIA_TYPE", day, day)
    assert [[str(cell) for cell in row] for row in rows] == sorted(truth)
    assert rows


def lines(name: str) -> list[str]:
    """The lines of a file that are not remarks."""
    found = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    return [line for line in found if line.strip() and not line.startswith("#")]


def shell(command: str, folder: Path, environment: Mapping[str, str], program: str = "/bin/sh") -> str:
    """Run a command in a shell that has this environment alone."""
    done = subprocess.run(
        [program, "-c", command], cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_the_crontab_brings_the_datasets(project: Path, served: Served, tmp_path: Path) -> None:
    said = dict(line.split("=", 1) for line in lines("crontab") if re.match(r"\w+=", line))
    (job,) = (line for line in lines("crontab") if not re.match(r"\w+=", line))
    *times, command = job.split(None, 5)
    assert problem(" ".join(times)) == ""
    assert "%" not in command
    assert set(said) == {"DMR_API_KEY", "DMR_API_SECRET_FILE"}
    said |= {"DMR_API_KEY": served.info["private"]["client_id"], "DMR_API_SECRET_FILE": str(tmp_path / "secret")}
    command = command.replace("/home/reports/.venv/bin", str(BIN)).replace("/home/reports/project", str(project))
    cron = {"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LOGNAME": "reports"}
    shell(command, tmp_path, cron | said | account(served))
    check_rows(project, served)
    assert "1 loaded" in (project / "sync.log").read_text(encoding="utf-8")
    assert shell(command, tmp_path, cron | said | account(served)) == ""


@pytest.mark.system("systemd-analyze")
@pytest.mark.parametrize("name", [*UNITS, "dmr-sync.timer"])
def test_systemd_finds_nothing_wrong_with_a_unit(name: str, tmp_path: Path) -> None:
    for path in DEPLOY.glob("dmr-*"):
        text = path.read_text(encoding="utf-8").replace("/opt/dailymotion-reports/bin", str(BIN))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "--man=no", "verify", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    told = [line for line in done.stderr.splitlines() if "dmr-" in line]
    assert (done.returncode, told) == (0, [])


@pytest.mark.system("systemd-analyze")
@pytest.mark.parametrize("name", UNITS)
def test_a_unit_exposes_little(name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(DEPLOY / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-300:]


def unit(name: str) -> tuple[list[str], dict[str, str]]:
    """The command of a unit, and its variables."""
    read = ConfigParser(strict=False, interpolation=None, delimiters="=")
    read.optionxform = str  # type: ignore[assignment,method-assign]
    text = (DEPLOY / name).read_text(encoding="utf-8")
    read.read_string(text)
    said = dict(line.removeprefix("Environment=").split("=", 1) for line in text.splitlines() if "Environment=" in line)
    return shlex.split(read["Service"]["ExecStart"]), said


def test_the_command_of_the_service_finds_the_credential_and_brings_the_datasets(
    project: Path, served: Served, tmp_path: Path
) -> None:
    command, said = unit("dmr-sync.service")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "dailymotion-secret").write_bytes((tmp_path / "secret").read_bytes())
    (credentials / "dailymotion-secret").chmod(0o400)
    said["DMR_API_SECRET_FILE"] = said["DMR_API_SECRET_FILE"].replace("%d", str(credentials))
    said |= {"DMR_API_KEY": served.info["private"]["client_id"], "DMR_HOME": str(tmp_path / "home")}
    command[0] = command[0].replace("/opt/dailymotion-reports/bin", str(BIN))
    shell(shlex.join(command), project, {"PATH": "/usr/bin:/bin"} | said | account(served))
    check_rows(project, served)


def test_what_is_handed_out_asks_for_this_version() -> None:
    for name in ("Dockerfile", "github-workflow.yml"):
        found = re.findall(r"dailymotion-reports\[\w+\](==[\w.]+)?", (DEPLOY / name).read_text(encoding="utf-8"))
        assert found == [f"=={dmr.__version__}"]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with a fresh Python and the built wheel at hand, and nothing else."""
    folder = tmp_path_factory.mktemp("clean")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    venv.create(folder / "venv", with_pip=True)
    index = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    paths = f"{folder / 'venv' / 'bin'}:/usr/bin:/bin"
    found = {"PATH": paths, "HOME": str(folder), "PIP_FIND_LINKS": str(folder), "PIP_NO_WARN_SCRIPT_LOCATION": "1"}
    return {**index, **found, "PIP_CONSTRAINT": str(_unhashed(folder))}


def _unhashed(folder: Path) -> Path:
    """The versions that the tests run with, for pip."""
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    wanted = re.findall(r"^([a-z0-9][\w.-]*==\S+)(?: ;.*?)? \\$", text, flags=re.MULTILINE)
    path = folder / "constraints.txt"
    path.write_text("\n".join(wanted), encoding="utf-8")
    return path


@pytest.mark.thorough
def test_the_steps_of_the_workflow_run_in_order_on_a_clean_machine(
    project: Path, served: Served, clean: dict[str, str], tmp_path: Path
) -> None:
    flow: Any = yaml.safe_load((DEPLOY / "github-workflow.yml").read_text(encoding="utf-8"))
    (times,) = flow[True]["schedule"]  # YAML reads `on` as true
    assert problem(times["cron"]) == ""
    job = flow["jobs"]["sync"]
    own = served.info["private"]
    known = {
        "github.workspace": str(project),
        "secrets.DMR_API_KEY": own["client_id"],
        "secrets.DMR_API_SECRET": own["client_secret"],
        "secrets.PGPASSWORD": "",
    }
    runner = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "CI": "true", "GITHUB_ACTIONS": "true"}
    told = ""
    for step in (step for step in job["steps"] if "run" in step):
        said = {name: _filled(value, known) for name, value in (job["env"] | step.get("env", {})).items()}
        command = _filled(step["run"], known)
        assert own["client_secret"] not in command
        told += shell(command, project, clean | runner | account(served) | said, "/bin/bash")
    assert own["client_secret"] not in told
    check_rows(project, served)
    assert "daily_views" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert not list((project / ".dmr").rglob("*token*.json"))


def _filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], text)


@pytest.mark.thorough
def test_the_steps_of_the_image_make_a_worker_that_ends_at_SIGTERM(
    project: Path, served: Served, clean: dict[str, str], tmp_path: Path
) -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    home = tmp_path / "var" / "lib" / "dmr"
    said = dict(re.findall(r"(\w+)=(\S+)", next(rest for word, rest in steps if word == "ENV")))
    environment = clean | {name: value.replace("/var/lib/dmr", str(home)) for name, value in said.items()}
    for word, rest in steps:
        if word == "RUN":
            command = rest.replace("/var/lib/dmr", str(home)).replace("10001:10001", f"{os.getuid()}:{os.getgid()}")
            shell(command, tmp_path, environment)
    (entry, command) = (json.loads(rest) for word, rest in steps if word in ("ENTRYPOINT", "CMD"))
    secret = {"DMR_API_KEY": served.info["private"]["client_id"], "DMR_API_SECRET_FILE": str(tmp_path / "secret")}
    program = [str(Path(clean["PATH"].split(":")[0]) / entry[0]), *command]
    with subprocess.Popen(
        program, cwd=project, env=environment | secret | account(served), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        heard = ""
        while "next sync" not in heard.rpartition("1 loaded")[2] or "1 loaded" not in heard:
            line = process.stderr.readline()
            assert line, heard
            heard += line
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "worker: ended" in rest
    check_rows(project, served)
    assert (home / "state" / "jobs.sqlite").exists()


def test_the_composition_hands_the_secret_over_as_a_file() -> None:
    made: Any = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    worker = made["services"]["worker"]
    (name,) = worker["secrets"]
    assert worker["environment"]["DMR_API_SECRET_FILE"] == f"/run/secrets/{name}"
    assert set(made["secrets"]) == {name}
    assert all("SECRET" not in key or key.endswith("_FILE") for key in worker["environment"])
