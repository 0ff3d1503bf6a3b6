"""What the tests of the archive have in common."""

import stat
from datetime import UTC, datetime
from pathlib import Path

from tests.unit.made import request_for

from dailymotion_reports.files.manifest import FileRecord, Manifest
from dailymotion_reports.flows.pin import Pin
from dailymotion_reports.flows.receive import Received
from dailymotion_reports.wire.csvfile import Header

REQUEST = request_for(["VIEWS"], ["DAY"])
REPORT = "0123456789abcdef"
NAME = "f" * 32
MIB = 1024 * 1024
WHEN = datetime(2023, 8, 1, 10, tzinfo=UTC)


def pin_of(length: int, etag: str = '"one"') -> Pin:
    return Pin(length, etag=etag, generation="1")


def received(size: int, sha256: str = "ab" * 32) -> Received:
    return Received(size, sha256, Header(("day", "views"), {"day": 0, "views": 1}), ("length", "header"))


def manifest(*files: FileRecord) -> Manifest:
    return Manifest(REQUEST, "private", "account", REPORT, WHEN, WHEN, files)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
