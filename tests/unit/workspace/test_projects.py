"""A project is begun, its accounts are told apart, and what holds for its datasets is shown."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidSettings, UsageError
from dailymotion_reports.workspace.editing import SCHEMA_FILE, schema_text, write_schema
from dailymotion_reports.workspace.projects import Said, begin_project, of_accounts, project_at, said_of_datasets
from dailymotion_reports.workspace.syncing import by_profile

TODAY = date(2026, 11, 26)
TEXT = """\
[defaults]
into = "duckdb:reports.duckdb"
start = 2026-01-01
profiles = ["acme-*"]

[datasets.views]
metrics = "views"
by = "day"

[datasets.earnings]
metrics = "ESTIMATED_EARNINGS_EUR"
by = "day"

[datasets.uploads]
metrics = "uploads"
by = "day"
profiles = ["zenith", "acme-n*"]
"""
CONFIGURED = ("acme-sport", "acme-news", "zenith")
IN_USE = Said("private", "default")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dmr.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_new_project_names_its_schema_which_stands_beside_it(tmp_path: Path) -> None:
    begun = begin_project(tmp_path / "new", "acme", TODAY)
    first, _, text = begun.path.read_text(encoding="utf-8").partition("\n")
    assert first == f"#:schema {SCHEMA_FILE}"
    assert 'default = "acme"' in text
    assert begun.schema == tmp_path / "new" / SCHEMA_FILE
    assert begun.schema.read_text(encoding="utf-8") == schema_text()


def test_the_schema_of_another_version_is_replaced(tmp_path: Path) -> None:
    old = {**json.loads(schema_text()), "properties": {}}
    (tmp_path / SCHEMA_FILE).write_text(json.dumps(old), encoding="utf-8")
    assert begin_project(tmp_path, "", TODAY).schema == tmp_path / SCHEMA_FILE
    assert (tmp_path / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("held", ['{"title": "theirs"}', "no JSON", "[]", ""])
def test_a_file_of_that_name_that_is_none_of_ours_stays_as_it_is(tmp_path: Path, held: str) -> None:
    (tmp_path / SCHEMA_FILE).write_text(held, encoding="utf-8")
    begun = begin_project(tmp_path, "", TODAY)
    assert (begun.schema, begun.path.is_file()) == (None, True)
    assert (tmp_path / SCHEMA_FILE).read_text(encoding="utf-8") == held


def test_a_link_of_that_name_stays_and_so_does_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text(schema_text(), encoding="utf-8")
    (tmp_path / SCHEMA_FILE).symlink_to("elsewhere.json")
    assert write_schema(tmp_path) is None
    assert (tmp_path / SCHEMA_FILE).is_symlink()


def test_a_schema_that_cannot_be_written_leaves_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    assert write_schema(tmp_path / "absent") is None
    (tmp_path / SCHEMA_FILE).mkdir()
    assert begin_project(tmp_path, "", TODAY).schema is None
    assert sorted(os.listdir(tmp_path)) == ["dmr.schema.json", "dmr.toml"]


def test_a_file_that_is_there_is_not_written_over_and_no_schema_is_put_beside_it(file: Path) -> None:
    with pytest.raises(InvalidSettings, match="is there already"):
        begin_project(file.parent, "", TODAY)
    assert file.read_text(encoding="utf-8") == TEXT
    assert not (file.parent / SCHEMA_FILE).exists()


def test_a_pattern_keeps_a_dataset_for_every_account_that_it_fits(file: Path) -> None:
    project = project_at(file)
    found = by_profile(of_accounts(project, project.named([]), CONFIGURED), "private")
    assert {profile: [one.name for one in datasets] for profile, datasets in found.items()} == {
        "acme-sport": ["views", "earnings"],
        "acme-news": ["views", "earnings", "uploads"],
        "zenith": ["uploads"],
    }


def test_a_pattern_that_fits_none_is_told_once_with_its_line(file: Path) -> None:
    project = project_at(file)
    with pytest.raises(InvalidSettings) as caught:
        of_accounts(project, project.named([]), ("acme", "zenith"))
    assert caught.value.problems == (
        "dmr.toml:4: no account is called 'acme-*'. Did you mean acme?",
        "dmr.toml:17: no account is called 'acme-n*'. Did you mean acme?",
    )
    assert caught.value.where == str(file)


def test_only_datasets_that_are_asked_for_are_looked_at(file: Path) -> None:
    project = project_at(file)
    with pytest.raises(InvalidSettings) as caught:
        of_accounts(project, project.named(["uploads"]), ("acme", "zenith"))
    assert len(caught.value.problems) == 1


def test_the_account_in_use_is_shown_where_a_dataset_names_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(TEXT.replace('profiles = ["acme-*"]\n', ""), encoding="utf-8")
    monkeypatch.chdir(file.parent)
    found = said_of_datasets(["views", "uploads"], IN_USE)
    assert [*found] == ["views", "uploads"]
    assert found["views"]["profiles"] == Said(["private"], "default")
    assert found["uploads"]["profiles"] == Said(["zenith", "acme-n*"], "dmr.toml:16")


def test_where_there_is_no_project_there_is_nothing_to_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said_of_datasets([], IN_USE) == {}
    with pytest.raises(InvalidSettings, match=r"There is no dmr\.toml here"):
        said_of_datasets(["views"], IN_USE)


def test_a_dataset_that_there_is_not_is_answered_with_the_nearest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    with pytest.raises(UsageError, match=r"Did you mean views\?"):
        said_of_datasets(["view"], IN_USE)
