"""``dmr catalog`` as users run it: without an account, and against a sandbox."""

import asyncio
import json
import os
from collections.abc import Iterator

import pytest
from tests.acceptance.served import Dmr, Served

import dailymotion_reports as dmr_library
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.transport import AsyncSandboxTransport, SandboxTransport


@pytest.fixture
def refresh(served: Served, dmr: Dmr) -> Dmr:
    """Run ``dmr catalog refresh`` against the sandbox."""
    return lambda *more: dmr("catalog", "refresh", *more, environment=served.environment)


def test_a_name_is_explained_without_an_account(dmr: Dmr) -> None:
    done = dmr("catalog", "explain", "views", "visitor-country")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VIEWS  metric\n  Count of video views.\n")
    assert "\x1b" not in done.stdout


def test_the_matrix_needs_no_unicode(dmr: Dmr) -> None:
    done = dmr("catalog", "matrix", environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "VISITOR_COUNTRY" in done.stdout


def test_a_sandbox_agrees_with_the_catalogue(refresh: Dmr, served: Served) -> None:
    done = refresh("--check", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["drift"] == {"found": False, "breaking": False, "compared": 134, "differences": []}
    assert served.stats["reports_created"] == 0


def test_C12_drift_is_found_and_told(refresh: Dmr, served: Served) -> None:
    served.arm("C12-schema-drift", 2)
    done = refresh("--json")
    assert done.returncode == 0
    found = {(one["what"], one["kind"], one["name"]) for one in json.loads(done.stdout)["drift"]["differences"]}
    assert found == {
        ("new", "metric", "NEW_METRIC"),
        ("gone", "dimension", "PLAYLIST_TITLE"),
        ("required", "input field", "currency"),
    }
    assert refresh("--check").returncode == 7
    assert served.stats["faults"]["C12-schema-drift"] == 2
    assert refresh("--check").returncode == 0


def test_a_service_that_cannot_be_reached_exits_with_8(dmr: Dmr, served: Served) -> None:
    done = dmr("catalog", "refresh", environment={**served.environment, "DMR_URL": "http://127.0.0.1:9"})
    assert (done.returncode, done.stdout) == (8, "")


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as made:
        info = made.info()
        for name in ("url", "api_key", "api_secret", "username", "password"):
            monkeypatch.setitem(os.environ, f"DMR_{name.upper()}", str(info[name]))
        yield made


def test_both_workspaces_find_the_same_drift(sandbox: Sandbox) -> None:
    with dmr_library.Workspace.open("sandbox", transport=SandboxTransport(sandbox)) as workspace:
        blocking = workspace.drift()

    async def asked() -> object:
        transport = AsyncSandboxTransport(sandbox)
        async with dmr_library.AsyncWorkspace.open("sandbox", transport=transport) as workspace:
            return await workspace.drift()

    assert asyncio.run(asked()) == blocking
    assert blocking.differences == ()
