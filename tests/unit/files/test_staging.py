"""Where files wait for each other: one process a folder, the next takes it over, the old ones are swept out."""

import hashlib
import os
from pathlib import Path

import pytest
from tests.unit.files.made import NAME, REPORT, mode, names, pin_of, received

from dailymotion_reports.files.room import Room
from dailymotion_reports.files.staging import STALE_SECONDS, Staging, held, sweep

OTHER = "e" * 32
DATA = b"day,views\n"
NOW = 1_700_000_000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "staging"


def keep(staging: Staging, number: int, name: str) -> None:
    with staging.part(number, name) as part:
        part.begin(pin_of(len(DATA)), 0)
        part.write(DATA)
        part.keep(received(len(DATA), hashlib.sha256(DATA).hexdigest()))


def begin(staging: Staging, number: int, name: str) -> None:
    with staging.part(number, name) as part:
        part.begin(pin_of(100), 0)
        part.write(DATA)


def folder_of(root: Path, name: str, age: float) -> Path:
    """A folder with a file on its way, left so many seconds before `NOW`."""
    with held(root, name, Room(root), 10) as staging:
        begin(staging, 1, NAME)
    os.utime(staging.folder, (NOW - age, NOW - age))
    return staging.folder


def test_a_file_that_is_whole_is_known_again_and_looked_through(root: Path) -> None:
    with held(root, REPORT, Room(root), 10) as staging:
        keep(staging, 1, NAME)
    with held(root, REPORT, Room(root), 10) as again:
        record = again.whole(1, NAME)
        assert record
        assert (record.name, record.size, record.verified) == ("report_1.csv", len(DATA), ("length", "header"))
        assert (again.whole(1, OTHER), again.whole(2, NAME)) == (None, None)


@pytest.mark.parametrize("spoilt", [b"", b"day,viewz\n", DATA + b"x"])
def test_a_file_that_has_changed_since_is_forgotten(root: Path, spoilt: bytes) -> None:
    with held(root, REPORT, Room(root), 10) as staging:
        keep(staging, 1, NAME)
        (staging.entry / "report_1.csv").write_bytes(spoilt)
        assert staging.whole(1, NAME) is None
        assert (names(staging.entry), names(staging.folder)) == ([], ["entry", "lock"])


def test_a_file_that_was_noted_and_not_renamed_is_whole_all_the_same(root: Path) -> None:
    with held(root, REPORT, Room(root), 10) as staging:
        keep(staging, 1, NAME)
        (staging.entry / "report_1.csv").rename(staging.folder / "report_1.csv.part")
        assert staging.whole(1, NAME)
        assert names(staging.entry) == ["report_1.csv"]


@pytest.mark.row("L6")
def test_L6_a_file_keeps_its_number_whatever_the_order_of_the_links(root: Path) -> None:
    third = "d" * 32
    with held(root, REPORT, Room(root), 10) as staging:
        assert staging.numbered([NAME, OTHER, NAME]) == {1: NAME, 2: OTHER}
        keep(staging, 2, OTHER)
        assert staging.numbered([third, OTHER, NAME]) == {1: third, 2: OTHER, 3: NAME}
        assert list(staging.numbered([OTHER, NAME])) == [1, 2]


def test_what_is_kept_of_other_objects_is_removed(root: Path) -> None:
    with held(root, REPORT, Room(root), 10) as staging:
        keep(staging, 1, NAME)
        begin(staging, 2, OTHER)
        assert staging.numbered(["d" * 32]) == {1: "d" * 32}
        assert (names(staging.entry), names(staging.folder)) == ([], ["entry", "lock"])


def test_two_at_the_same_time_have_a_folder_each(root: Path) -> None:
    with held(root, REPORT, Room(root), 10) as first, held(root, REPORT, Room(root), 10) as second:
        begin(first, 1, NAME)
        begin(second, 1, NAME)
        assert [first.folder.name, second.folder.name] == [REPORT, f"{REPORT}-1"]
    with held(root, REPORT, Room(root), 10) as third:
        assert third.folder == first.folder


def test_a_folder_with_nothing_of_use_is_removed_when_it_is_left(root: Path) -> None:
    with held(root, REPORT, Room(root), 10):
        pass
    assert names(root) == [".lock"]


def test_what_nobody_came_back_for_is_swept_out_unless_somebody_holds_it(root: Path) -> None:
    old, young = folder_of(root, "a" * 16, STALE_SECONDS + 1), folder_of(root, "b" * 16, STALE_SECONDS - 1)
    with held(root, "c" * 16, Room(root), 10) as busy:
        os.utime(busy.folder, (0, 0))
        sweep(root, NOW)
        assert (old.exists(), young.exists(), busy.folder.exists()) == (False, True, True)


def test_sweeping_where_nothing_is_does_nothing(root: Path) -> None:
    sweep(root, NOW)
    assert not root.exists()


@pytest.mark.row("TM13")
def test_TM13_no_folder_is_taken_or_swept_by_way_of_a_link(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    root.mkdir()
    (root / REPORT).symlink_to(outside)
    os.utime(root / REPORT, (0, 0), follow_symlinks=False)
    sweep(root, NOW)
    with pytest.raises(NotADirectoryError), held(root, REPORT, Room(root), 10):
        pass
    assert names(outside) == ["file"]


@pytest.mark.row("TM13")
def test_TM13_a_staging_that_is_a_link_is_not_used(root: Path, tmp_path: Path) -> None:
    root.symlink_to(tmp_path)
    sweep(root, NOW)
    with pytest.raises(NotADirectoryError), held(root, REPORT, Room(root), 10):
        pass
    assert names(tmp_path) == ["staging"]


def test_TM24_folders_are_their_owners_alone_whatever_the_umask(root: Path) -> None:
    before = os.umask(0)
    try:
        folder = folder_of(root, REPORT, 0)
    finally:
        os.umask(before)
    made = [root, *root.rglob("*")]
    assert {mode(path) for path in made if path.is_dir()} == {0o700}
    assert {mode(path) for path in made if path.is_file()} == {0o600}
    assert folder / "report_1.csv.part" in made
