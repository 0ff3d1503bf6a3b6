"""Whether the disk takes what is coming."""

from pathlib import Path

import pytest
from tests.unit.files.made import MIB

from dailymotion_reports.errors import ArchiveUnwritable
from dailymotion_reports.files.room import RESERVE, Room


@pytest.mark.parametrize(("total", "reserve"), [(1 << 40, RESERVE), (100 * MIB, 5 * MIB), (0, 0)])
def test_D12_a_reserve_is_left_of_the_disk_and_less_of_a_small_one(total: int, reserve: int) -> None:
    room = Room(Path("somewhere"), lambda folder: (total, 0, reserve + 10))
    room.check(10)
    with pytest.raises(ArchiveUnwritable, match="somewhere has"):
        room.check(11)


def test_D12_the_disk_that_is_asked_about_is_that_of_the_folder(tmp_path: Path) -> None:
    Room(tmp_path).check()
    with pytest.raises(ArchiveUnwritable):
        Room(tmp_path).check(1 << 60)
