"""A support bundle holds no secret, however it is written and wherever it came from, and helps all the same."""

import base64
import json
import stat
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.canaries import Canaries
from tests.kept import kept

from dailymotion_reports.jobs.states import Failed
from dailymotion_reports.redaction import MASK, Secret, scrub
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.workspace import support_bundle
from dailymotion_reports.workspace.ledger import account_in_ledger, opened_ledger
from dailymotion_reports.workspace.run_report import Brought, Problem, RunReport
from dailymotion_reports.workspace.run_reporting import keep_report
from dailymotion_reports.workspace.support_bundle import Bundle, Gathering, write_bundle

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ODD = 'canary "x&y" +%é/\\ 4f1c9'
PLANTED = {
    "api_secret": ODD,
    "password": "canary-pass-77e0c1",
    "DMR_LEDGER_PW": "canary-ledger-0b5a",
    "HOOK": "https://hooks.example.com/services/canary-hook-91aa",
    "PGPASSWORD": "canary-pg-55d2",
    "proxy": "canary-proxy-3e8f",
    "access": "canary.access-token.c0ffee01",
    "refresh": "canary-refresh-d00d02",
    "other": "canary-other-account-ab12",
}
LINK = (
    "https://storage.googleapis.com/dailymotion-stats-report/abc123/report_1.csv?X-Goog-Signature=0f1e2d3c4b5a69788796"
)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"


def ways(value: str) -> Iterator[str]:
    """A value in every encoding in which programs and servers say it."""
    yield value
    yield urllib.parse.quote(value, safe="")
    yield urllib.parse.quote_plus(value)
    yield urllib.parse.quote(value, safe="").lower()
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield base64.b64encode(value.encode()).decode()
    yield base64.urlsafe_b64encode(value.encode()).decode()
    for user in ("a", "me", "who"):
        yield base64.b64encode(f"{user}:{value}".encode()).decode()


def told(value: str) -> str:
    """What a server may answer that says a secret back, in each way."""
    return " | ".join(ways(value))


def everything() -> str:
    """A hostile answer: every secret in every way, and a signed link and a bearer."""
    return " / ".join([*map(told, PLANTED.values()), LINK, f"Authorization: Bearer {JWT}"])


@pytest.fixture
def gathering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gathering]:
    """An account with secrets everywhere, and errors, logs and files that say them back."""
    with kept(tmp_path, days=3, granted_scopes=None) as project:
        project.keep("views")
        project.sync()
        settings = project.twin.settings(tmp_path / "home")
        tokens = settings.folders.tokens
        tokens.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = {"access": PLANTED["access"], "refresh": PLANTED["refresh"], "client": "digest-of-whose"}
        (tokens / "acme@1234.json").write_text(json.dumps(record))
        settings.folders.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        (settings.folders.secrets / "other.json").write_text(json.dumps({"api_secret": PLANTED["other"]}))
        own = {"api_secret": Secret(PLANTED["api_secret"]), "password": Secret(PLANTED["password"])}
        settings = replace(settings, **own)  # type: ignore[arg-type]
        _fail(settings)
        (tmp_path / "dmr.toml").write_text(f"# {everything()}\n".replace("\\", ""))
        (tmp_path / "dmr.log").write_text(f"before\n{everything()}\n{json.dumps({'message': everything()})}\nafter\n")
        environ = {
            "DMR_LEDGER": f"postgresql://dmr:{PLANTED['DMR_LEDGER_PW']}@db.example.com/reports",
            "DMR_HOOK": PLANTED["HOOK"],
            "PGPASSWORD": PLANTED["PGPASSWORD"],
            "HTTPS_PROXY": f"http://me:{PLANTED['proxy']}@127.0.0.1:9",
            "DMR_LOG_FILE": str(tmp_path / "dmr.log"),
        }
        monkeypatch.chdir(tmp_path)
        yield Gathering(settings, environ, NOW, offline=True)
        for planted in (tmp_path / "dmr.log", tmp_path / "dmr.toml", *settings.folders.state.glob("runs/*")):
            planted.unlink()


def _fail(settings: Settings) -> None:
    """A job and a run that ended with a server's answer full of secrets."""
    with opened_ledger(settings) as ledger, ledger.book(account_in_ledger(settings)) as book:
        (job,) = ledger.jobs(limit=1)
        book.keep(replace(job, state=Failed(1.0, "api.query_refused", everything(), hint=everything())))
    problem = Problem("api.query_refused", everything(), everything(), "dmr sync", "never")
    piece = Brought("views", "sandbox", "failed", problem=problem, moved=("views of 5 moved",), remarks=("1,234 lost",))
    report = RunReport("20260115T100000Z-a", "dmr.toml", "sync", NOW, NOW, {}, {}, (piece,), (), (), {})
    assert keep_report(report, settings) == ""


def members(bundle: Bundle) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle.path) as packed:
        return {Path(name).name: packed.read(name) for name in packed.namelist()}


@pytest.mark.row("TM7")
def test_TM7_no_secret_is_in_a_bundle_in_whatever_way_it_is_written(gathering: Gathering, tmp_path: Path) -> None:
    bundle = write_bundle(gathering, tmp_path / "help.zip")
    assert bundle.left_out == (), "each member was cleaned, so that none had to be left out"
    found = members(bundle)
    assert {"jobs.json", "accounts.json", "runs.json", "log.txt", "dmr.toml", "settings.json"} <= set(found)
    canaries = Canaries()
    for name, content in found.items():
        assert canaries.kinds(content) == [], name
        for planted, value in PLANTED.items():
            said = [way for way in ways(value) if way.encode() in content]
            assert not said, f"{planted} is in {name}"
        assert b"0f1e2d3c4b5a" not in content
        assert b"SflKxwRJ" not in content
        assert b"report_1.csv" not in content
    assert all(MASK.encode() in found[name] for name in ("jobs.json", "runs.json", "log.txt", "dmr.toml"))


def test_tokens_of_reports_are_digests_and_what_helps_is_there(gathering: Gathering, tmp_path: Path) -> None:
    found = members(write_bundle(gathering, tmp_path / "help.zip"))
    (job, *_) = json.loads(found["jobs.json"])
    assert (job["state"], job["known"]["code"]) == ("failed", "api.query_refused")
    assert [one["state"] for one in job["history"]][:3] == ["planned", "submitting", "waiting"]
    settings = json.loads(found["settings.json"])
    assert settings["api_secret"]["value"] == settings["password"]["value"] == "set"
    assert json.loads(found["environment.json"])["set"]["DMR_HOOK"] == "set"
    assert {one["name"] for one in json.loads(found["doctor.json"])} >= {"versions", "ledger", "slots", "project"}
    (run,) = json.loads(found["runs.json"])
    assert (run["pieces"][0]["moved"], run["pieces"][0]["remarks"]) == (1, ["# lost"]), "figures are nobody's affair"
    assert found["log.txt"].startswith(b"before\n")
    told = json.loads(found["manifest.json"])
    assert set(told["members"]) == set(found) - {"manifest.json"}
    assert told["redacted"]["secrets_looked_for"] >= len(PLANTED)


def test_a_bundle_is_its_owners_alone_and_the_same_twice(gathering: Gathering, tmp_path: Path) -> None:
    first = write_bundle(gathering, tmp_path / "a.zip").path
    second = write_bundle(gathering, tmp_path / "b.zip").path
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        assert one.namelist() == other.namelist() == sorted(one.namelist())
        same = [name for name in one.namelist() if one.read(name) == other.read(name)]
    assert {"dmr-support/jobs.json", "dmr-support/settings.json", "dmr-support/log.txt"} <= set(same)


@pytest.mark.row("TM7")
def test_TM7_what_is_not_cleaned_is_left_out(
    gathering: Gathering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(support_bundle, "scrub", lambda text, secrets: text)
    bundle = write_bundle(gathering, tmp_path / "help.zip")
    assert {"jobs.json", "runs.json", "log.txt", "dmr.toml"} <= set(bundle.left_out)
    assert all(value.encode() not in content for content in members(bundle).values() for value in PLANTED.values())


@pytest.mark.parametrize("value", list(PLANTED.values()))
@pytest.mark.row("TM7")
def test_TM7_a_known_secret_is_scrubbed_in_every_way_in_which_it_is_written(value: str) -> None:
    clean = scrub(f"<{told(value)}>", [Secret(value)])
    assert not [way for way in ways(value) if way in clean]


def test_a_machine_that_knows_nothing_has_a_bundle_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings("private", Folders.resolve({"DMR_HOME": str(tmp_path / "home")}))
    bundle = write_bundle(Gathering(settings, {}, NOW, offline=True), tmp_path / "help.zip")
    assert {"doctor.json", "settings.json", "manifest.json"} <= set(bundle.members)
    assert json.loads(members(bundle)["jobs.json"]) == []
    assert not (tmp_path / "home").exists(), "a look makes nothing"
