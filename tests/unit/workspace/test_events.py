"""What happens is told as events, in order, within one another, without secrets; who listens can break nothing."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.kept import kept

from dailymotion_reports.errors import DmrError
from dailymotion_reports.redaction import MASK, Secret
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace.events import NAMES, Event, Events

ASKED = {"metrics": ["VIEWS"], "dimensions": ["DAY"], "start": "2023-07-01", "end": "2023-07-03"}
COURSE = ["report begins", "auth.signed_in", "report.accepted", "report.finished", "download.file", "download"]


def course(events: Sequence[Event], *passed_over: str) -> list[str]:
    """What was told, in order, but for what is told of every call."""
    quiet = {"http.call", "report.read", *passed_over}
    shown = [one for one in events if one.name not in quiet]
    return [one.name if one.phase == "point" else f"{one.name} {one.phase}s" for one in shown]


def named(events: Sequence[Event], name: str, phase: str = "point") -> Event:
    (found,) = [one for one in events if (one.name, one.phase) == (name, phase)]
    return found


def test_a_report_is_told_from_its_sign_in_to_its_rows(tmp_path: Path) -> None:
    heard: list[Event] = []
    with Twin.made() as twin, twin.workspace(tmp_path, on_event=heard.append) as ws:
        receipt = ws.report(**ASKED).load(f"duckdb:{tmp_path}/a.duckdb")  # type: ignore[arg-type]
    assert course(heard) == [*COURSE, "report ends", "load"]
    (job,) = {one.fields["job"] for one in heard if "job" in one.fields}
    accepted, file, loaded = named(heard, "report.accepted"), named(heard, "download.file"), named(heard, "load")
    assert (accepted.fields["start"], accepted.fields["end"]) == ("2023-07-01", "2023-07-03")
    assert (accepted.fields["attempt"], accepted.fields["profile"]) == (1, "sandbox")
    assert named(heard, "report.finished").seconds == pytest.approx(1.0, abs=2.0)
    entry = next(tmp_path.glob("data/archive/**/*.csv"))
    assert file.fields["bytes"] == named(heard, "download").fields["bytes"] == entry.stat().st_size
    assert len(str(file.fields["sha256"])) == 64
    assert (loaded.fields["rows"], loaded.fields["job"]) == (receipt.rows, job)
    begun = named(heard, "report", "begin")
    assert {one.parent for one in heard if one.name in COURSE and "job" in one.fields} == {begun.span}


def test_coroutines_tell_the_same(tmp_path: Path) -> None:
    heard: list[Event] = []

    async def ask(twin: Twin) -> None:
        await twin.async_workspace(tmp_path, on_event=heard.append).report(**ASKED)  # type: ignore[arg-type]

    with Twin.made() as twin:
        asyncio.run(ask(twin))
    assert course(heard) == [*COURSE, "report ends"]


def test_a_listener_that_raises_breaks_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fails(event: Event) -> None:
        raise ValueError(event.name)

    with Twin.made() as twin, twin.workspace(tmp_path, on_event=fails) as ws:
        twin.check(ws.report(**ASKED))  # type: ignore[arg-type]
    assert "A listener failed at report.accepted: ValueError" in caplog.messages


def test_troubles_are_told_with_their_code(tmp_path: Path) -> None:
    heard: list[Event] = []
    with Twin.made() as twin, twin.workspace(tmp_path, on_event=heard.append) as ws:
        twin.arm("P5-bad-gateway")
        twin.arm("D1-reset")
        ws.report(**ASKED)  # type: ignore[arg-type]
        assert not twin.unfired
    retried, again = named(heard, "http.retry"), named(heard, "download.retry")
    assert (retried.level, retried.fields["status"]) == ("warning", 502)
    assert again.fields["code"] == "transport.broken_off"


def test_a_refusal_ends_what_has_begun_with_its_error(tmp_path: Path) -> None:
    heard: list[Event] = []
    with Twin.made() as twin, twin.workspace(tmp_path, on_event=heard.append) as ws:
        twin.arm("T1-invalid-grant")
        with pytest.raises(DmrError) as refused:
            ws.report(**ASKED)  # type: ignore[arg-type]
    assert named(heard, "auth.refused").fields["status"] == 400
    assert named(heard, "report.refused").fields["code"] == refused.value.code
    assert named(heard, "report", "end").fields["code"] == refused.value.code
    assert named(heard, "report", "end").level == "error"


def test_a_sync_tells_windows_within_datasets_within_itself(tmp_path: Path) -> None:
    heard: list[Event] = []
    with kept(tmp_path, days=3) as project:
        project.keep("views")
        run = project.run()
        run.events = Events([heard.append], project.twin.clock.seconds)
        home, twin = project.folder / "home", project.twin
        run.open = lambda _: twin.workspace(home, on_event=run.events)
        run.run()
    sync, dataset = named(heard, "sync", "begin"), named(heard, "dataset", "begin")
    windows = [one for one in heard if (one.name, one.phase) == ("window", "begin")]
    assert {one.parent for one in windows} == {dataset.span}
    assert (dataset.parent, dataset.fields["dataset"]) == (sync.span, "views")
    inner = [one for one in heard if one.name in ("report.accepted", "download", "load")]
    assert inner
    assert {one.parent for one in inner} == {one.span for one in windows}
    ended = [one for one in heard if (one.name, one.phase) == ("window", "end")]
    assert {one.fields["outcome"] for one in ended} == {"loaded"}
    assert course(heard)[-1] == "sync ends"


def test_texts_are_scrubbed_and_levels_are_those_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []
    events = Events([heard.append], lambda: 1.0, [Secret("canary-51d0")], fields={"profile": "acme"})
    with caplog.at_level(logging.INFO):
        events.tell("load.failed", {"message": "no canary-51d0, said https://h/f?Signature=x"}, "error")
        events.tell("http.call", level="debug")
    assert heard[0].fields == {"profile": "acme", "message": f"no {MASK}, said https://h/f?{MASK}"}
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert [one.name for one in heard] == ["load.failed", "http.call"]


def test_every_event_is_written_down_and_no_other_can_be_told() -> None:
    with pytest.raises(AssertionError, match="is no event"):
        Events().tell("made.up")
    assert list(NAMES) == sorted(NAMES)
    page = (Path(__file__).parents[3] / "docs" / "howto" / "watch-it.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in page] == []


@pytest.mark.row("TM20")
def test_TM20_an_event_is_one_line_whatever_strangers_wrote(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Events().tell("load.failed", {"message": "a\nb \x1b]0;x\x07 \u202eevil"})
    (line,) = caplog.messages
    assert line == 'load.failed message="a\\nb \\x1b]0;x\\x07 \\u202eevil"'
