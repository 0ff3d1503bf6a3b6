"""Spans as OpenTelemetry's own exporter gets them."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from tests.kept import kept

from dailymotion_reports.errors import DmrError
from dailymotion_reports.integrations.opentelemetry import Spans
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace.events import Events


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Spans:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Spans(provider.get_tracer("test"))


def path(span: ReadableSpan, all_spans: Sequence[ReadableSpan]) -> list[str]:
    """The names of a span and of those it is in, the outermost first."""
    by_id = {one.context.span_id: one for one in all_spans if one.context}
    names = [span.name]
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        names.append(span.name)
    return names[::-1]


def test_a_sync_is_a_tree_of_spans_that_takes_the_time_it_took(
    exporter: InMemorySpanExporter, spans: Spans, tmp_path: Path
) -> None:
    with kept(tmp_path, days=3) as project:
        project.keep("views")
        run, twin = project.run(), project.twin
        run.events = Events([spans], twin.clock.seconds)
        run.open = lambda _: twin.workspace(tmp_path / "home", on_event=run.events)
        run.run()
    found = exporter.get_finished_spans()
    trees = {tuple(path(one, found)) for one in found}
    window = ("dmr.sync", "dmr.dataset", "dmr.window")
    assert {window, (*window, "dmr.report.accepted"), (*window, "dmr.download"), (*window, "dmr.load")} <= trees
    assert len({one.context.trace_id for one in found if one.context}) == 1
    (loaded,) = [one for one in found if one.name == "dmr.load"]
    assert loaded.attributes is not None
    assert (loaded.attributes["dmr.dataset"], loaded.attributes["dmr.table"]) == ("views", "views")
    (finished,) = [one for one in found if one.name == "dmr.report.finished"]
    assert finished.start_time is not None
    assert finished.end_time is not None
    assert finished.end_time - finished.start_time >= 1_000_000_000, "the sandbox takes a second for a report"


def test_a_span_that_failed_says_so_with_the_code_of_its_error(
    exporter: InMemorySpanExporter, spans: Spans, tmp_path: Path
) -> None:
    with Twin.made() as twin, twin.workspace(tmp_path, on_event=spans) as ws:
        twin.arm("T1-invalid-grant")
        with pytest.raises(DmrError):
            ws.report("VIEWS", "DAY", period="yesterday")
    (report,) = [one for one in exporter.get_finished_spans() if one.name == "dmr.report"]
    assert report.status.status_code is StatusCode.ERROR
    assert report.attributes is not None
    assert report.attributes["error.type"] == "api.not_authenticated"
