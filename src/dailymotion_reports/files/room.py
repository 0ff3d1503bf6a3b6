"""``Room``: whether the disk takes what is coming, asked before it is full."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dailymotion_reports.errors import ArchiveUnwritable

RESERVE: Final = 64 * 1024 * 1024
"""Bytes that downloads leave free at least, or a twentieth of a disk where that is less."""

Usage = Callable[[Path], tuple[int, int, int]]
"""Total, used and free bytes of the disk that a folder is on, as `shutil.disk_usage` tells them."""


@dataclass(frozen=True, slots=True)
class Room:
    """The disk below ``folder``."""

    folder: Path
    usage: Usage = shutil.disk_usage

    def check(self, coming: int = 0) -> None:
        """Raise ArchiveUnwritable where ``coming`` bytes more would not leave the reserve free."""
        total, _, free = self.usage(self.folder)
        if free - coming < min(RESERVE, total // 20):
            raise ArchiveUnwritable(
                f"The disk of {self.folder} has {free} bytes left; the download needs {coming} more, and a reserve."
            )
