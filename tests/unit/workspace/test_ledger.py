"""Which ledger the settings lead to."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.postgres import Database
from tests.unit.made import SETTINGS

from dailymotion_reports.errors import MissingExtra
from dailymotion_reports.jobs.postgres_store import PostgresStore
from dailymotion_reports.jobs.sqlite_store import SqliteStore
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders
from dailymotion_reports.workspace.ledger import open_ledger


def test_without_a_word_it_is_the_file_of_this_machine(tmp_path: Path) -> None:
    store = open_ledger(replace(SETTINGS, folders=Folders(tmp_path / "data", tmp_path / "state")))
    store.close()
    assert isinstance(store, SqliteStore)
    assert store.path == tmp_path / "state" / "jobs.sqlite"


@pytest.mark.system("postgres")
def test_an_address_leads_to_a_server_and_every_opening_is_another_owner(database: Database) -> None:
    settings = replace(SETTINGS, ledger=Secret(database.url))
    one, two = open_ledger(settings), open_ledger(settings)
    assert isinstance(one, PostgresStore)
    assert one.owner != two.owner
    assert one.alive(two.owner)
    one.close()
    two.close()


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("dailymotion_reports.jobs.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match="'postgres'"):
        open_ledger(replace(SETTINGS, ledger=Secret("postgresql://db/x")))
