"""``--debug``: log lines on stderr that are safe to paste."""

import logging
import sys

from dailymotion_reports.redaction import ScrubbingFormatter
from dailymotion_reports.settings import Settings


def log_to_stderr(settings: Settings | None = None) -> None:
    """Log everything to stderr, without secrets."""
    handler = logging.StreamHandler(sys.stderr)
    secrets = settings.secrets if settings else ()
    handler.setFormatter(ScrubbingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", secrets))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
