"""``--debug``: log lines on stderr that are safe to paste."""

import logging
import sys
from collections.abc import Iterable

from dailymotion_reports.redaction import Secret, scrub
from dailymotion_reports.settings import Settings


class ScrubbingFormatter(logging.Formatter):
    """A log formatter whose lines, tracebacks included, are scrubbed.

    ``secrets`` are the values in use, beside what is known by its shape.
    """

    def __init__(self, fmt: str, secrets: Iterable[Secret] = ()) -> None:
        super().__init__(fmt)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, without secrets."""
        return self.scrubbed(super().format(record))

    def scrubbed(self, text: str) -> str:
        """``text`` without the secrets in use and without what looks like one."""
        return scrub(text, self._secrets)


def log_to_stderr(settings: Settings | None = None) -> None:
    """Log everything to stderr, without secrets."""
    handler = logging.StreamHandler(sys.stderr)
    secrets = settings.secrets if settings else ()
    handler.setFormatter(ScrubbingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", secrets))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
