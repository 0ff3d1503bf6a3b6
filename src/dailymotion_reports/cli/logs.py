"""Log lines that are safe to paste: as text, or as one JSON object a line; on stderr or in a file.

``--debug`` logs everything as text.  ``--log-format`` or ``DMR_LOG`` choose the form (text, json), ``DMR_LOG_LEVEL``
how much is told, ``DMR_LOG_FILE`` where it goes.
"""

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret, scrub
from dailymotion_reports.settings import Settings

FORMATS: Final = ("text", "json")
LEVELS: Final = ("debug", "info", "warning", "error")
_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class ScrubbingFormatter(logging.Formatter):
    """A log formatter whose lines, tracebacks included, are scrubbed.

    ``secrets`` are the values in use, beside what is known by its shape.
    """

    def __init__(self, fmt: str = _TEXT, secrets: Iterable[Secret] = ()) -> None:
        super().__init__(fmt)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, without secrets."""
        return self.scrubbed(super().format(record))

    def scrubbed(self, text: str) -> str:
        """``text`` without the secrets in use and without what looks like one."""
        return scrub(text, self._secrets)


class JsonFormatter(ScrubbingFormatter):
    """One JSON object a line: ``ts``, ``level``, ``event``, and what the event tells.

    What other libraries log is the event ``log``, with its ``logger`` and ``message``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON, without secrets."""
        event = getattr(record, "event", None)
        ts = datetime.fromtimestamp(event.at if event else record.created, UTC)
        told: dict[str, Any] = {
            "ts": ts.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            **(_of_event(event) if event else {"event": "log", "logger": record.name, "message": record.getMessage()}),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        clean = {key: self.scrubbed(value) if isinstance(value, str) else value for key, value in told.items()}
        return json.dumps(clean)


def _of_event(event: Any) -> dict[str, Any]:
    """An event in the order in which it is read."""
    told: dict[str, Any] = {"event": event.name}
    if event.phase != "point":
        told["phase"] = event.phase
    told |= event.fields
    if event.seconds is not None:
        told["duration_ms"] = round(1000 * event.seconds)
    return told | {key: value for key, value in (("span", event.span), ("parent", event.parent)) if value}


class Lasting(logging.Handler):
    """Where a line cannot be written, that is said once, and the work goes on."""

    _said = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (the library's name)
        """See `logging.Handler`."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._said and getattr(self, "stream", None) is not sys.stderr:
            self._said = True
            print(f"Note: the log cannot be written: {error.strerror}.", file=sys.stderr)  # noqa: T201


class _Stream(Lasting, logging.StreamHandler[TextIO]):
    pass


def begin_log(environ: Mapping[str, str], settings: Settings | None, *, debug: bool, form: str | None) -> None:
    """Log from now on, without secrets, as flags and environment ask for it.

    Raises InvalidSettings for a form or a level that there is not, or a file that cannot be written.
    """
    secrets = settings.secrets if settings else ()
    chosen = form or _one_of(environ, "DMR_LOG", FORMATS, "text")
    level = "debug" if debug else _one_of(environ, "DMR_LOG_LEVEL", LEVELS, "info")
    handler = _file(environ["DMR_LOG_FILE"]) if environ.get("DMR_LOG_FILE") else _Stream(sys.stderr)
    handler.setFormatter(JsonFormatter(secrets=secrets) if chosen == "json" else ScrubbingFormatter(secrets=secrets))
    number = getattr(logging, level.upper())
    # At info, what libraries say of each call would bury the events.
    others = number if number == logging.DEBUG else max(number, logging.WARNING)
    logging.basicConfig(level=others, handlers=[handler], force=True)
    logging.getLogger("dailymotion_reports.events").setLevel(number)


def _one_of(environ: Mapping[str, str], name: str, known: tuple[str, ...], otherwise: str) -> str:
    given = environ.get(name, "").strip().lower() or otherwise
    if given not in known:
        raise InvalidSettings(
            f"{name} must be {', '.join(known[:-1])} or {known[-1]}.", where=name, next=f"unset {name}"
        )
    return given


def _file(named: str) -> logging.Handler:
    from dailymotion_reports.cli.log_file import LogFile

    path = Path(named).expanduser()
    try:
        return LogFile(path)
    except OSError as error:
        raise InvalidSettings(
            f"The log {path} that DMR_LOG_FILE names cannot be written: {error.strerror}.",
            where="DMR_LOG_FILE",
            next="unset DMR_LOG_FILE",
        ) from None
