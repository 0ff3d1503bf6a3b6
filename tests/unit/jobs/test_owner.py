"""Who is at work: whoever holds the lock on a file of his own, and nobody else."""

import stat
from pathlib import Path

import pytest

from dailymotion_reports.jobs.owner import Owners


def test_an_owner_is_alive_until_he_closes(tmp_path: Path) -> None:
    one, other = Owners(tmp_path / "owners", "one"), Owners(tmp_path / "owners", "other")
    assert (one.alive("one"), one.alive("other"), other.alive("one")) == (True, True, True)
    other.close()
    assert not one.alive("other")
    one.close()
    assert [path.name for path in (tmp_path / "owners").iterdir()] == []


def test_nobody_is_not_alive_and_leaves_no_file(tmp_path: Path) -> None:
    owners = Owners(tmp_path, "one")
    assert not owners.alive("nobody")
    assert not (tmp_path / "nobody.lock").exists()
    owners.close()


@pytest.mark.row("R2")
def test_R2_a_file_that_a_dead_one_has_left_is_no_life_and_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "dead.lock").touch()
    owners = Owners(tmp_path, "one")
    assert not owners.alive("dead")
    assert not (tmp_path / "dead.lock").exists()
    owners.close()


def test_a_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.lock"
    outside.touch()
    owners = Owners(tmp_path / "owners", "one")
    assert not owners.alive("../outside")
    assert outside.exists()
    owners.close()


def test_folder_and_file_are_their_owners_alone(tmp_path: Path) -> None:
    owners = Owners(tmp_path / "owners", "one")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "owners", tmp_path / "owners" / "one.lock")]
    owners.close()
    assert modes == [0o700, 0o600]
