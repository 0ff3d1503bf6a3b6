"""The examination: each thing that is wrong is one fault, with what mends it; nothing is raised."""

import re
import tomllib
from collections import namedtuple
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.examples.documents import ROOT

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.workspace.doctor import Check, examine, extra_packages

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folders = Folders.resolve({"DMR_HOME": str(tmp_path / "home")})
    key = {"api_key": "k", "api_secret": Secret("canary-51d0")}
    return Settings("private", folders, origins={"profile": "--profile"}, **key)  # type: ignore[arg-type]


def found(settings: Settings, environ: dict[str, str] | None = None) -> dict[str, Check]:
    return {check.name: check for check in examine(settings, environ or {}, offline=True)}


def test_everything_is_looked_at_and_nothing_sent(settings: Settings, tmp_path: Path) -> None:
    checks = found(settings)
    assert {check.state for check in checks.values()} == {"ok"}
    assert {"versions", "extras", "profile", "scopes", "data", "state", "config"} <= set(checks)
    assert "network" not in checks
    assert checks["profile"].detail == "private (--profile), a private key"
    assert not (tmp_path / "home").exists(), "an examination makes nothing"


def test_the_versions_of_what_extras_bring_are_told(settings: Settings) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=\[]", one)[0] for several in project["optional-dependencies"].values() for one in several}
    assert set(extra_packages()) == wanted
    assert f"polars {version('polars')}" in found(settings)["extras"].detail


def test_a_disk_with_little_room_is_noted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**12, 10**12, 2 * 10**8))
    assert (found(settings)["data"].state, found(settings)["data"].next) == ("note", "make room")
    assert "200 MB free" in found(settings)["data"].detail


def test_a_folder_that_takes_nothing_is_a_fault(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert (found(settings)["data"].state, found(settings)["data"].code) == ("fault", "data.archive_unwritable")


@pytest.mark.row("TM8")
def test_secrets_that_others_can_read_are_a_fault(settings: Settings) -> None:
    file = settings.folders.tokens / "x.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    file.chmod(0o640)
    assert (found(settings)["secrets"].state, found(settings)["secrets"].next) == ("fault", f"chmod 600 {file}")


def test_a_misspelt_variable_is_noted(settings: Settings) -> None:
    check = found(settings, {"DMR_USERNAM": "x", "DMR_TEST_X": "y"})["setting"]
    assert (check.state, check.next) == ("note", "unset DMR_USERNAM")


def test_the_password_grant_is_noted_as_on_its_way_out(settings: Settings) -> None:
    assert found(replace(settings, profile="public"))["key"].state == "note"


def test_a_service_that_cannot_be_reached_is_a_fault_with_its_code(settings: Settings) -> None:
    closed = replace(
        settings, profile="acme", kind="private", url="http://127.0.0.1:9", api_key="", api_secret=Secret("")
    )
    checks = {check.name: check for check in examine(closed, {})}
    assert (checks["network"].state, checks["network"].code) == ("fault", "transport.connect_failed")
    assert checks["clock"].state == "note"
    assert checks["credentials"].detail == "The profile acme needs DMR_API_KEY, DMR_API_SECRET."


def test_missing_credentials_are_a_fault_without_asking_anybody(settings: Settings) -> None:
    check = found(replace(settings, api_secret=Secret("")))["credentials"]
    assert (check.state, check.detail) == ("fault", "The profile private needs DMR_API_SECRET.")


def test_settings_with_mistakes_are_one_fault_and_the_rest_is_looked_at(settings: Settings) -> None:
    wrong = InvalidSettings("config.toml:1: a.", "config.toml:2: b.", hint="Mend it.", next="cat config.toml")
    checks = {check.name: check for check in examine(settings, {}, offline=True, wrong=[wrong])}
    assert checks["settings"] == Check(
        "settings", "fault", "config.toml:1: a. config.toml:2: b. Mend it.", "cat config.toml", "settings.invalid"
    )
    assert {"versions", "extras", "profile", "data", "state", "config", "way out"} <= set(checks)
    assert checks["credentials"].state == "note"
    assert [check.name for check in checks.values() if check.state == "fault"] == ["settings"]


@pytest.mark.row("F4")
def test_authorities_and_proxies_are_looked_at_without_a_network(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = found(replace(settings, ca_file="/nope"))["way out"]
    assert (check.state, check.code, check.next) == ("fault", "settings.invalid", "ls -ld /nope")
    assert "'/nope'" in check.detail
    monkeypatch.setenv("HTTPS_PROXY", "foo:bar:baz")
    check = found(settings)["way out"]
    assert (check.state, check.next) == ("fault", "unset HTTPS_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@127.0.0.1:9")
    assert found(settings)["way out"].detail.endswith("; https by a proxy")


def test_nobody_is_sent_to_the_examination_by_the_examination(settings: Settings) -> None:
    closed = replace(settings, profile="acme", kind="private", url="http://127.0.0.1:9", api_key="sandbox-k")
    closed = replace(closed, api_secret=Secret("sandbox-s"))
    faults = [check for check in examine(closed, {}) if check.state == "fault"]
    assert {check.next for check in faults} == {"dmr sandbox serve"}
    assert [check.name for check in faults] == ["network", "credentials"]


@pytest.mark.row("TM8")
def test_a_folder_of_secrets_that_others_can_enter_is_a_fault(settings: Settings) -> None:
    settings.folders.tokens.mkdir(parents=True)
    settings.folders.tokens.chmod(0o755)
    check = found(settings)["secrets"]
    assert (check.state, check.next) == ("fault", f"chmod 700 {settings.folders.tokens}")
