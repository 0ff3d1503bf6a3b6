"""A log as a file: for its owner alone, and anew where it was moved away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dailymotion_reports.cli.log_file import LogFile


@contextmanager
def log(path: Path) -> Iterator[logging.Logger]:
    handler, logger = LogFile(path), logging.Logger("a log of its own")
    logger.addHandler(handler)
    yield logger
    handler.close()


def test_a_log_that_is_moved_away_is_begun_anew_and_loses_no_line(tmp_path: Path) -> None:
    path, moved = tmp_path / "logs" / "dmr.log", tmp_path / "dmr.log.1"
    with log(path) as logger:
        logger.error("one")
        path.rename(moved)
        logger.error("two")
        path.unlink()
        logger.error("three")
    assert (moved.read_text(), path.read_text()) == ("one\n", "three\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_that_was_begun_is_gone_on_with(tmp_path: Path) -> None:
    for line in ("one", "two"):
        with log(tmp_path / "dmr.log") as logger:
            logger.error(line)
    assert (tmp_path / "dmr.log").read_text() == "one\ntwo\n"


def test_where_it_cannot_be_begun_anew_that_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "logs"
    with log(folder / "dmr.log") as logger:
        logger.error("one")
        folder.rename(tmp_path / "gone")
        logger.error("two")
        logger.error("three")
    assert capsys.readouterr().err == "Note: the log cannot be written: No such file or directory.\n"
    assert (tmp_path / "gone" / "dmr.log").read_text() == "one\n"
