"""`dmr config` and `dmr init` as users run them, in the folder of a project."""

import json
from pathlib import Path

import pytest
from tests.acceptance.served import Dmr, Served

TEXT = """\
default = "acme-news"

[defaults]
into = "duckdb:reports.duckdb"
start = {start}

[datasets.views]
about = "Views of each kind of media by day, as everybody in the newsroom wants to see them on Mondays"
metrics = ["VIEWS"]
by = ["DAY", "MEDIA_TYPE"]
profiles = ["acme-*"]

[datasets.earnings]
metrics = ["ESTIMATED_EARNINGS_EUR"]
by = "day"
lookback = 40
"""
ACCOUNT = """\
[profiles.{name}]
kind = "private"
url = "{url}"
api_key = "sandbox-key"
api_secret = "sandbox-none"
"""


@pytest.fixture
def project(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and two accounts at a sandbox in the user's configuration."""
    (tmp_path / "dmr.toml").write_text(TEXT.format(start="2026-01-01"), encoding="utf-8")
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    file = home / "config" / "config.toml"
    text = "".join(ACCOUNT.format(name=name, url=served.info["url"]) for name in ("acme-news", "acme-sport"))
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("DMR_HOME", str(home))
    return tmp_path


def test_datasets_are_shown_with_the_line_of_each_key(project: Path, dmr: Dmr) -> None:
    done = dmr("config", "show", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], [*told["datasets"]]) == (0, True, ["views", "earnings"])
    views, origins = told["datasets"]["views"], told["dataset_origins"]["views"]
    assert (views["start"], origins["start"]) == ("2026-01-01", "dmr.toml:5")
    assert (views["profiles"], origins["profiles"]) == (["acme-*"], "dmr.toml:11")
    assert told["datasets"]["earnings"]["profiles"] == ["acme-news"]
    assert told["dataset_origins"]["earnings"]["profiles"] == "dmr.toml:1"
    assert (told["datasets"]["earnings"]["settle_days"], views["filters"]) == (3, None)
    assert told["settings"]["api_secret"] == "[secret]"
    assert "sandbox-none" not in done.stdout + dmr("config", "show").stdout


def test_one_dataset_is_shown_alone_and_without_origins_where_these_are_not_wanted(project: Path, dmr: Dmr) -> None:
    told = json.loads(dmr("config", "show", "--dataset", "earnings", "--no-origin", "--json").stdout)
    assert [*told["datasets"]] == ["earnings"]
    assert not {"origins", "dataset_origins"} & told.keys()
    shown = dmr("config", "show", "--dataset", "earnings", "--no-origin").stdout
    assert "\n[datasets.earnings]\n" in shown
    assert "dmr.toml:" not in shown.replace(f"{project}/dmr.toml", "")


def test_lines_fit_a_terminal_of_80_columns_but_for_words_that_are_longer(project: Path, dmr: Dmr) -> None:
    lines = dmr("config", "show", environment={"COLUMNS": "80"}).stdout.splitlines()
    assert [line for line in lines if len(line) > 80 and str(project) not in line] == []
    about = next(number for number, line in enumerate(lines) if line.startswith("  about"))
    assert [lines[about].endswith("dmr.toml:8"), lines[about + 2].endswith("dmr.toml:8")] == [False, True]


def test_where_datasets_have_mistakes_the_settings_are_shown_and_the_mistakes_told(project: Path, dmr: Dmr) -> None:
    file = project / "dmr.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("lookback", "lookbak"), encoding="utf-8")
    done = dmr("config", "show")
    assert done.returncode == 3
    assert "  kind         private " in done.stdout
    assert "dmr.toml:16: there is no setting 'lookbak' in [datasets.earnings]. Did you mean lookback?" in done.stderr
    done = dmr("config", "show", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["error"]["code"]) == (3, False, "settings.invalid")
    assert (told["settings"]["profile"], told["datasets"]) == ("acme-news", {})


def test_where_settings_have_mistakes_those_of_datasets_are_told_with_them(project: Path, dmr: Dmr) -> None:
    file = project / "dmr.toml"
    text = file.read_text(encoding="utf-8").replace("lookback", "lookbak").replace("default =", "defaul =")
    file.write_text(text, encoding="utf-8")
    done = dmr("config", "show")
    assert (done.returncode, done.stdout) == (3, "")
    assert "dmr.toml:1: there is no setting 'defaul'. Did you mean default?" in done.stderr
    assert "Did you mean lookback?" in done.stderr


def test_without_a_project_there_are_settings_alone(dmr: Dmr) -> None:
    done = dmr("config", "show", "--json")
    assert (done.returncode, json.loads(done.stdout)["datasets"]) == (0, {})


def test_a_pattern_is_asked_for_of_every_account_that_it_fits(project: Path, served: Served, dmr: Dmr) -> None:
    told = json.loads(dmr("sync", "--dry-run", "--json", "--dataset", "views").stdout)
    assert {one["profile"] for one in told["pieces"]} == {"acme-news", "acme-sport"}
    assert served.stats["token_requests"] == 0


@pytest.mark.parametrize("command", [("sync",), ("coverage",), ("coverage", "fill"), ("backfill", "views")])
def test_a_pattern_that_fits_no_account_is_a_mistake_and_nothing_is_sent(
    project: Path, served: Served, dmr: Dmr, command: tuple[str, ...]
) -> None:
    file = project / "dmr.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("acme-*", "acne-spor*"), encoding="utf-8")
    done = dmr(*command, "--json")
    told = json.loads(done.stdout)["error"]
    assert (done.returncode, told["code"]) == (3, "settings.invalid")
    assert told["message"] == "dmr.toml:11: no account is called 'acne-spor*'. Did you mean acme-sport?"
    assert served.stats["token_requests"] == 0


def test_an_account_that_there_is_not_is_told_once_however_many_datasets_it_has(project: Path, dmr: Dmr) -> None:
    text = (project / "dmr.toml").read_text(encoding="utf-8").replace('["acme-*"]', '["acme-news", "nobody"]')
    text = text.replace("lookback = 40", 'profiles = ["nobody"]')
    (project / "dmr.toml").write_text(text, encoding="utf-8")
    done = dmr("sync", "--dry-run", "--json")
    told = [one for one in json.loads(done.stdout)["pieces"] if "error" in one]
    assert [(one["profile"], one["error"]["code"]) for one in told] == [("nobody", "settings.invalid")]
    assert done.returncode == 3


def test_the_schema_is_printed_as_it_is_written_beside_a_new_file(dmr: Dmr, tmp_path: Path) -> None:
    begun = json.loads(dmr("init", "--json").stdout)
    assert begun["schema"] == str(tmp_path / "dmr.schema.json")
    printed = dmr("config", "schema").stdout
    assert (tmp_path / "dmr.schema.json").read_text(encoding="utf-8") == printed
    assert json.loads(printed)["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_a_schema_that_is_somebody_elses_is_left_and_that_is_said(dmr: Dmr, tmp_path: Path) -> None:
    (tmp_path / "dmr.schema.json").write_text("{}", encoding="utf-8")
    done = dmr("init")
    assert (done.returncode, (tmp_path / "dmr.toml").is_file()) == (0, True)
    assert "dmr.schema.json beside it is left as it is" in done.stderr
    assert (tmp_path / "dmr.schema.json").read_text(encoding="utf-8") == "{}"
