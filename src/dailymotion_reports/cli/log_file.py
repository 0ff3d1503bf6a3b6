"""The log as a file: for its owner alone, made anew where somebody has moved it away, as logrotate does."""

import logging
import os
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path

from dailymotion_reports.cli.logs import Lasting


class LogFile(Lasting, WatchedFileHandler):
    """Adds lines to the file at ``path``; its folder is made.  Raises OSError where it cannot be opened at first."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`: a file that cannot be opened again is an error as any other."""
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

    def _open(self) -> TextIOWrapper:
        return open(
            os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding=self.encoding
        )
