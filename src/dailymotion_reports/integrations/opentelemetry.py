"""Spans for OpenTelemetry: what a run, a report and each call took, within one another.

Give `Spans` to whatever takes ``on_event``; it sends nothing by itself, but hands spans to the tracer of the program.
Wants the extra ``otel``.
"""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, StatusCode, Tracer, get_tracer, set_span_in_context

from dailymotion_reports import Event, __version__

PREFIX: Final = "dmr."
"""Begins the name of each attribute but those that OpenTelemetry has names for."""

_NAMED: Final[Mapping[str, str]] = {
    "host": "server.address",
    "method": "http.request.method",
    "status": "http.response.status_code",
    "code": "error.type",
}
"""Fields that have a name in OpenTelemetry's semantic conventions."""

_REMEMBERED: Final = 1000
"""Spans that have ended, within which something may still be told."""


class Spans:
    """A listener that makes spans of events; safe for several threads.

    What begins and ends is a span: ``dmr.sync``, in it ``dmr.dataset``, ``dmr.window``, ``dmr.report``.  What took a
    time is a span within: ``dmr.report.accepted``, ``dmr.download``, ``dmr.load``, ``dmr.http.call``.  All else is an
    event of the span in which it happens.  ``tracer`` is the program's; without one, what the provider set for all has.
    """

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or get_tracer("dailymotion_reports", __version__)
        self._lock = Lock()
        self._open: dict[str, Span] = {}
        self._known: OrderedDict[str, Context] = OrderedDict()

    def __call__(self, event: Event) -> None:
        """Hear of an event."""
        with self._lock:
            if event.phase == "begin":
                self._begin(event)
            elif event.phase == "end":
                self._end(event)
            elif event.seconds is not None:
                self._finished(event, self._known.get(event.parent))
            elif event.parent in self._open:
                self._open[event.parent].add_event(PREFIX + event.name, _attributes(event), _nanoseconds(event.at))
            else:
                self._finished(event, self._known.get(event.parent))

    def _begin(self, event: Event) -> None:
        span = self._tracer.start_span(
            PREFIX + event.name,
            self._known.get(event.parent),
            attributes=_attributes(event),
            start_time=_nanoseconds(event.at),
        )
        self._open[event.span] = span
        self._known[event.span] = set_span_in_context(span, self._known.get(event.parent))
        while len(self._known) > _REMEMBERED + len(self._open):
            self._known.popitem(last=False)

    def _end(self, event: Event) -> None:
        span = self._open.pop(event.span, None)
        if span is None:
            return
        span.set_attributes(_attributes(event))
        _mark(span, event)
        span.end(_nanoseconds(event.at))

    def _finished(self, event: Event, parent: Context | None) -> None:
        """A span of something that is over when it is told."""
        begun = _nanoseconds(event.at - (event.seconds or 0.0))
        span = self._tracer.start_span(PREFIX + event.name, parent, attributes=_attributes(event), start_time=begun)
        _mark(span, event)
        span.end(_nanoseconds(event.at))


def _mark(span: Span, event: Event) -> None:
    if event.level == "error":
        span.set_status(StatusCode.ERROR, str(event.fields.get("message", "")))


def _attributes(event: Event) -> dict[str, str | int | float | bool]:
    return {_NAMED.get(name, PREFIX + name): value for name, value in event.fields.items()}


def _nanoseconds(at: float) -> int:
    return round(at * 1_000_000_000)
