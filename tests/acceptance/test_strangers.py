"""Clients that nobody here wrote for our sake get the rows of truth: curl and jq, PHP, requests."""

import csv
import io
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

STRANGERS = Path(__file__).parent / "strangers"
TRUTH = "metrics=VIEWS&dimensions=DAY,VIDEO_TITLE&start=2018-07-01&end=2018-07-04&product=CONTENT"


@pytest.fixture(scope="module")
def info() -> Iterator[dict[str, Any]]:
    with Sandbox(report_seconds=0.3, rows_per_file=400) as sandbox, running(sandbox) as told:
        yield told


@pytest.fixture
def stranger(info: dict[str, Any]) -> dict[str, str]:
    """The environment of a stranger."""
    return {
        "PATH": os.environ["PATH"],
        "TOKEN_URL": info["token_url"],
        "GRAPHQL_URL": info["graphql_url"],
        "API_KEY": info["api_key"],
        "API_SECRET": info["api_secret"],
        "LOGIN": info["username"],
        "PASSWORD": info["password"],
        "CHANNEL": info["channels"][0],
    }


def run(command: list[str], environment: dict[str, str], folder: Path) -> list[list[list[str]]]:
    """Run a stranger; the records of the files it saved."""
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    found = sorted(folder.glob("report_*.csv"), key=lambda path: int(path.stem.removeprefix("report_")))
    return [list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))) for path in found]


def fetched(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def same_as_truth(files: list[list[list[str]]], info: dict[str, Any], channel: str = "") -> bool:
    query = f"{TRUTH}&videoOwnerChannelSlug={channel}" if channel else TRUTH
    text = fetched(f"{info['url']}/_sandbox/truth?{query}")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert len(rows) > 100
    assert [file[0] for file in files] == [header] * len(files)
    assert sorted(row for file in files for row in file[1:]) == sorted(rows)
    return True


@pytest.mark.system("curl", "jq")
def test_curl_and_jq_get_the_rows_of_truth(info: dict[str, Any], stranger: dict[str, str], tmp_path: Path) -> None:
    files = run(["bash", str(STRANGERS / "guide.sh")], stranger, tmp_path)
    assert same_as_truth(files, info, info["channels"][0])


@pytest.mark.system("php")
def test_php_gets_the_rows_of_truth(info: dict[str, Any], stranger: dict[str, str], tmp_path: Path) -> None:
    files = run(["php", str(STRANGERS / "guide.php")], stranger, tmp_path)
    assert len(files) > 1
    assert same_as_truth(files, info)


def test_requests_gets_the_rows_of_truth(info: dict[str, Any], stranger: dict[str, str], tmp_path: Path) -> None:
    files = run([sys.executable, str(STRANGERS / "guide.py")], stranger, tmp_path)
    assert len(files) > 1
    assert same_as_truth(files, info)


def test_no_stranger_sends_the_token_to_the_storage(info: dict[str, Any]) -> None:
    assert '"bearer_at_storage": 0' in fetched(f"{info['url']}/_sandbox/stats")
