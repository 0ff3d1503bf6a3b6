"""What happens while a workspace works, as events with stable names: for logs, spans and measures.

An event never holds a secret: its texts are scrubbed.  Each is a line of the log ``dailymotion_reports.events`` too.  A
listener that raises is told of in the log, and breaks nothing.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Final, Literal

from dailymotion_reports.client.trace import NONE, Fields, Level, Value
from dailymotion_reports.errors import DmrError
from dailymotion_reports.redaction import Secret, harmless, one_line, scrub
from dailymotion_reports.settings import Settings

LOG: Final = logging.getLogger("dailymotion_reports.events")
LOG.addHandler(logging.NullHandler())  # whoever wants no log gets none, warnings included

NAMES: Final[Mapping[str, str]] = {
    "auth.refused": "the service refused a sign-in, or took a refresh token no longer",
    "auth.renewed": "an access token was renewed by its refresh token",
    "auth.signed_in": "signed in with the credentials",
    "command.failed": "a command of dmr ended with an error",
    "dataset": "what a run does for a dataset of one account; begins and ends",
    "dataset.failed": "it could not be found out what a dataset wants, or nothing could be done for an account",
    "download": "all files of a report are here",
    "download.failed": "the files of a report could not be brought; what came is kept",
    "download.file": "one file is here and checked",
    "download.retry": "a download broke off or came damaged, and is tried again",
    "http.call": "one call to the service, whatever came of it",
    "http.retry": "a call that may be repeated is repeated after a pause",
    "load": "a table's window was replaced",
    "load.failed": "a table did not take the rows; nothing has changed",
    "report": "one question is worked for, from its reports to their rows; begins and ends",
    "report.accepted": "the service makes a report",
    "report.failed": "a report failed, was lost or refused, for good or for now",
    "report.finished": "the service has finished a report",
    "report.read": "the state of reports was read",
    "report.refused": "a request for a report met an error",
    "service.down": "the service does not answer, and is left alone for a while",
    "slot.refused": "the service had no slot for us",
    "slot.wait": "nothing is to be done for now: slots, or a service that is left alone",
    "sync": "one run over the datasets of a project; begins and ends",
    "window": "some days of a dataset, asked for at once and loaded in one transaction; begins and ends",
}
"""Every event, and what it tells."""

_TOLD_OF_JOBS: Final = ("dataset",)
"""Of what a job is worked for, what its own events tell too."""

Phase = Literal["begin", "end", "point"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    ``at`` is when, in seconds since 1970; where it took ``seconds``, ``at`` is its end.  What begins and ends has an
    event for each, with the same ``span``; whatever happens within it names it as its ``parent``.  ``fields`` are
    plain values: ``profile``, ``dataset``, ``job``, ``start``, ``end``, ``rows``, ``bytes``, ``code`` and so on.
    """

    name: str
    at: float
    level: Level = "info"
    fields: Fields = field(default_factory=dict)
    seconds: float | None = None
    phase: Phase = "point"
    span: str = ""
    parent: str = ""

    def __str__(self) -> str:
        """On one line, for people."""
        words = [self.name if self.phase == "point" else f"{self.name} {self.phase}s"]
        words += [f"{name}={_shown(value)}" for name, value in self.fields.items()]
        return " ".join(words if self.seconds is None else [*words, f"took={self.seconds:.3f}s"])


OnEvent = Callable[[Event], object]
"""Called on the thread or loop that works, on several threads of a sync at once; it should be quick."""


@dataclass
class _Told:
    """What all who tell events of one run share."""

    listeners: tuple[OnEvent, ...]
    clock: Callable[[], float]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    spans: dict[str, tuple[tuple[str, Fields], ...]] = field(default_factory=dict)
    """Of jobs: what they are worked for in, and what is known of that; the innermost last."""
    lock: Lock = field(default_factory=Lock)
    quiet: bool = False
    run: str = ""
    """The run within which everything happens, if there is one."""


class Events:
    """Tells events to listeners and to the log.  Safe for several threads."""

    def __init__(
        self,
        listeners: Iterable[OnEvent] = (),
        clock: Callable[[], float] = time.time,
        secrets: Iterable[Secret] = (),
        *,
        told: _Told | None = None,
        parent: str = "",
        fields: Fields = NONE,
    ) -> None:
        self._told = told or _Told(tuple(listeners), clock)
        self._secrets, self._fields, self._parent = tuple(secrets), fields, parent

    def about(self, fields: Fields = NONE, *, secrets: Iterable[Secret] = (), parent: str = "") -> "Events":
        """The same, telling more of each event, and keeping more secrets; ``parent`` is where they happen."""
        own = {**self._fields, **fields}
        known = (*self._secrets, *secrets)
        return Events(secrets=known, told=self._told, parent=parent or self._parent, fields=own)

    def tell(
        self, name: str, fields: Fields = NONE, /, level: Level = "info", seconds: float | None = None, job: str = ""
    ) -> None:
        """Tell that something happened, perhaps for a job, and how long it took."""
        whose = job or str(self._fields.get("job", ""))
        parent, known = self._within(whose)
        more = {**known, "job": job, **fields} if job else {**known, **fields}
        self._send(name, level, more, seconds, "point", "", parent)

    def begin(self, name: str, fields: Fields = NONE, jobs: Collection[str] = ()) -> str:
        """Tell that something begins; the name by which it is ended.  What is done for ``jobs`` belongs to it."""
        span = f"{name}-{next(self._told.numbers)}"
        parent, _ = self._within(next(iter(jobs), ""))
        self.belong(jobs, span)
        self._send(name, "info", fields, None, "begin", span, parent)
        return span

    def belong(self, jobs: Collection[str], span: str) -> None:
        """What is done for some jobs is told as a part of ``span`` from now on."""
        known = {name: self._fields[name] for name in _TOLD_OF_JOBS if name in self._fields}
        with self._told.lock:
            self._told.spans |= {job: (*self._told.spans.get(job, ()), (span, known)) for job in jobs}

    def end(self, name: str, span: str, fields: Fields = NONE, error: BaseException | None = None) -> None:
        """Tell that what has begun is over, and with which error if it has one."""
        told = {**fields, **(told_error(error) if error else {})}
        with self._told.lock:
            left = {job: tuple(one for one in within if one[0] != span) for job, within in self._told.spans.items()}
            self._told.spans = {job: within for job, within in left.items() if within}
        parent = self._parent or (self._told.run if span != self._told.run else "")
        self._send(name, "error" if error else "info", told, None, "end", span, parent)

    def _within(self, job: str) -> tuple[str, Fields]:
        """What a job is worked for in, and what is known of that."""
        return next(reversed(self._told.spans.get(job, ())), (self._parent or self._told.run, NONE))

    @contextmanager
    def running(self, name: str, fields: Fields, ended: Callable[[], Fields]) -> Iterator[None]:
        """`during`, for what everything else happens in, whoever tells it; ``ended`` is asked what it has come to."""
        span = self._told.run = self.begin(name, fields)
        error: BaseException | None = None
        try:
            yield
        except BaseException as met:
            error = met
            raise
        finally:
            self.end(name, span, ended(), error)
            self._told.run = ""

    @contextmanager
    def during(self, name: str, fields: Fields = NONE, jobs: Collection[str] = ()) -> Iterator[str]:
        """A block that is told as something that begins and ends; errors come through."""
        span = self.begin(name, fields, jobs)
        try:
            yield span
        except BaseException as error:
            self.end(name, span, fields, error)
            raise
        self.end(name, span, fields)

    def _send(
        self,
        name: str,
        level: Level,
        fields: Fields,
        seconds: float | None,
        phase: Phase,
        span: str,
        parent: str,
    ) -> None:
        assert name in NAMES, f"{name} is no event"
        number = getattr(logging, level.upper())
        if self._told.quiet or not (self._told.listeners or LOG.isEnabledFor(number)):
            return
        clean = {key: self._clean(value) for key, value in {**self._fields, **fields}.items()}
        event = Event(name, self._told.clock(), level, clean, seconds, phase, span, parent)
        LOG.log(number, "%s", event, extra={"event": event})
        for listener in self._told.listeners:
            _hear(listener, event)

    def _clean(self, value: Value) -> Value:
        return scrub(value, self._secrets) if isinstance(value, str) else value


SILENT: Final = Events()
"""For whoever has no listener; it is a log all the same."""

QUIET: Final = Events(told=_Told((), time.time, quiet=True))
"""For who looks again at what was told."""


def events_of(
    settings: Settings, on_event: "OnEvent | Events | None", clock: Callable[[], float] = time.time
) -> Events:
    """What tells the events of one account, to a listener or beside those of others."""
    if isinstance(on_event, Events):
        return on_event.about({"profile": settings.profile}, secrets=settings.secrets)
    return Events((on_event,) if on_event else (), clock, settings.secrets, fields={"profile": settings.profile})


def told_error(error: BaseException) -> Fields:
    """What an event tells of an error."""
    if not isinstance(error, DmrError):
        return {"message": type(error).__name__}
    status = getattr(error, "status", 0)
    return {"code": error.code, "message": one_line(error.message), **({"status": status} if status else {})}


def _hear(listener: OnEvent, event: Event) -> None:
    try:
        listener(event)
    except Exception as error:  # noqa: BLE001  (whatever a listener does wrong, the run goes on)
        LOG.warning("A listener failed at %s: %s", event.name, type(error).__name__)


def _shown(value: Value) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else harmless(str(value))
    return f'"{text}"' if " " in text else text
