"""Databases of worlds are used again: it is the same world, and nobody shares one."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dailymotion_reports.sandbox import idle
from dailymotion_reports.sandbox.idle import Database, IdleDatabases
from dailymotion_reports.sandbox.world import World

TODAY = date(2023, 8, 1)
DAY = date(2023, 7, 1)


def events(world: World, day: date = DAY) -> list[tuple[object, ...]]:
    world.ensure(day, day)
    return world.cursor().execute(f"FROM {world.events(day, day)} ORDER BY ALL").fetchall()


def test_a_world_goes_on_with_the_database_of_one_that_was_closed() -> None:
    waiting = IdleDatabases()
    with World(today=TODAY, idle=waiting) as first:
        before, used = events(first), first._database()
    with World(today=TODAY, idle=waiting) as second:
        assert second._database() is used
        assert events(second) == before
    waiting.clear()


def test_worlds_that_are_open_at_once_have_databases_of_their_own() -> None:
    waiting = IdleDatabases()
    with World(today=TODAY, idle=waiting) as first, World(today=TODAY, idle=waiting) as second:
        assert first._database() is not second._database()
        assert events(first) == events(second)
    waiting.clear()


@pytest.mark.parametrize("other", [{"seed": 8}, {"restating": True}, {"retitled": True}, {"scale": "tiny"}])
def test_another_kind_of_world_has_a_database_of_its_own(other: dict[str, object]) -> None:
    waiting = IdleDatabases()
    with World(today=TODAY, idle=waiting) as first:
        used = first._database()
    with World(today=TODAY, idle=waiting, **other) as second:  # type: ignore[arg-type]
        assert second._database() is not used
    waiting.clear()


def test_days_after_the_present_are_not_known_though_the_database_holds_them() -> None:
    waiting = IdleDatabases()
    with World(today=TODAY, idle=waiting) as later:
        events(later)
    with World(today=DAY, idle=waiting) as earlier:
        assert list(earlier.spans(DAY, DAY + timedelta(days=3))) == []
    waiting.clear()


def test_what_is_too_large_or_one_too_many_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "MOST", 2)
    monkeypatch.setattr(idle, "LONGEST", 1)
    waiting = IdleDatabases()
    folders = [tmp_path / name for name in ("large", "first", "second", "third")]
    for number, folder in enumerate(folders):
        folder.mkdir()
        days = {DAY, TODAY} if folder.name == "large" else {DAY}
        waiting.keep(number, Database(duckdb.connect(), str(folder), days))
    assert [folder.exists() for folder in folders] == [False, False, True, True]
    assert waiting.take(1) is None
    assert waiting.take(2) is not None
    waiting.clear()
    assert [folder.exists() for folder in folders] == [False, False, True, False]
