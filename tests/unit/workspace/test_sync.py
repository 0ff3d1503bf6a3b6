"""The façade that waits: against a client that is a script, and a clock that nobody has to wait for."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from tests.unit.made import SETTINGS
from tests.unit.workspace.scripted import HEAD, TOKEN, Breaks, Cut, Outcome, Script, ScriptedClient, finished, status

import dailymotion_reports as dmr
from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import (
    BrokenOff,
    DamagedFile,
    DmrError,
    InvalidQuery,
    InvalidSettings,
    LinkExpired,
    NotAllowed,
    NotAuthenticated,
    QueryRefused,
    RateLimited,
    ReportFailed,
    ReportGone,
    ReportOverdue,
    SchemaChanged,
    ServerFault,
    TimedOut,
    UnreadableAnswer,
    UsageError,
)
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState
from dailymotion_reports.workspace import Progress, Report, Workspace


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive")


def left(archive: Archive) -> list[str]:
    """The names of all files in the archive, but the lock of its staging."""
    return sorted(path.name for path in archive.root.rglob("*") if path.is_file() and path.name != ".lock")


def seen(archive: Archive) -> list[str]:
    """The names of all files that readers of the archive see."""
    return sorted(path.name for path in archive.root.glob("??/*/*/*"))


def workspace_of(script: Script, archive: Archive) -> Workspace:
    client = cast(Client, ScriptedClient(script))
    return Workspace(
        client,
        archive,
        SETTINGS,
        store=MemoryStore(),
        clock=script.clock,
        sleep=script.pass_time,
        chance=lambda: 0.5,
        fetchers=0,
        watch=3600.0,
    )


def report_of(
    script: Script,
    archive: Archive,
    *,
    dimensions: str = "day",
    end: str = "2023-07-04",
    listener: Callable[[Progress], object] | None = None,
) -> tuple[Report, list[Progress]]:
    """The report that a script leads to, and what was told on the way."""
    heard: list[Progress] = []
    with workspace_of(script, archive) as workspace:
        report = workspace.report("views", dimensions, start="2023-07-01", end=end, progress=listener or heard.append)
    return report, heard


def test_several_files_become_one_report_kept_in_the_archive(archive: Archive) -> None:
    script = Script(
        [status("IN_PROGRESS"), status("IN_PROGRESS"), finished("b", "a")],
        {"a": [HEAD + b"2023-07-01,1\n"], "b": [HEAD + b"2023-07-02,2\n"]},
    )
    report, _ = report_of(script, archive)
    assert [(str(day), views) for day, views in report.iter_rows()] == [("2023-07-02", 2), ("2023-07-01", 1)]
    assert [(r.metrics, r.dimensions, r.product) for r in script.asked] == [(("VIEWS",), ("DAY",), "CONTENT")]
    assert (script.seen, script.fetched) == (3, ["b", "a"])
    assert [file.name for file in report.files] == ["report_1.csv", "report_2.csv"]
    assert report.files[0].read_bytes() == HEAD + b"2023-07-02,2\n"
    assert Manifest.from_json((report.folder / "manifest.json").read_text(encoding="utf-8")) == report.manifest
    assert report.manifest.profile == "private"
    assert [(f.size, f.verified) for f in report.manifest.files] == [(23, ("length", "header"))] * 2
    assert archive.root in report.folder.parents


def test_the_archive_holds_neither_token_nor_link(archive: Archive) -> None:
    report_of(Script([finished("a")], {"a": [HEAD]}), archive)
    kept = [path for path in archive.root.rglob("*") if path.is_file()]
    assert sorted(path.name for path in kept) == [".lock", "manifest.json", "report_1.csv"]
    assert not [path for path in kept if b"canary" in path.read_bytes() or "canary" in str(path)]


def test_progress_is_told_in_order_with_the_services_own_words(archive: Archive) -> None:
    script = Script([status("IN_PROGRESS"), finished("a")], {"a": [HEAD + b"2023-07-01,1\n"]})
    _, heard = report_of(script, archive)
    assert [(p.stage, p.word) for p in heard if p.stage != "downloading"] == [
        ("asking", ""),
        ("waiting", "asked"),
        ("waiting", "in progress"),
        ("done", ""),
    ]
    assert [p.received for p in heard if p.stage == "downloading" and not p.whole] == [0, 8, 16, 23]
    assert [(p.received, p.whole.path.name) for p in heard if p.whole] == [(23, "report_1.csv")]
    assert {(p.file, p.files) for p in heard if p.stage == "downloading"} == {(1, 1)}
    assert (heard[-1].files, heard[-1].waited) == (1, sum(script.slept))


def test_nobody_waits_longer_than_a_minute_between_two_looks(archive: Archive) -> None:
    script = Script([*[status("IN_PROGRESS")] * 60, finished("a")], {"a": [HEAD]})
    report_of(script, archive)
    rounded = [round(pause, 6) for pause in script.slept]
    assert rounded == sorted(rounded)
    assert script.slept[0] <= 1
    assert 30 < rounded[-1] <= 60


@pytest.mark.parametrize(
    ("looks", "error"),
    [
        ([status("IN_PROGRESS"), status("FAILED")], ReportFailed),
        ([status("EXPIRED")], ReportGone),
        ([status(None, found=False)], ReportGone),
        ([status("IN_PROGRESS")], ReportOverdue),
        ([status("SOMETHING_NEW")], ReportOverdue),
        ([NotAllowed("No.")], NotAllowed),
        ([NotAuthenticated("No.")], NotAuthenticated),
        ([UnreadableAnswer("What?")], UnreadableAnswer),
        ([TimedOut()], ReportOverdue),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_report_that_comes_to_no_good_end_is_an_error_and_leaves_nothing(
    looks: list[ReportState | DmrError], error: type[DmrError], archive: Archive
) -> None:
    script = Script(looks)
    with pytest.raises(error):
        report_of(script, archive, end="2023-07-01")
    assert left(archive) == []
    again = error in (ReportFailed, ReportGone)
    assert len(script.asked) == (4 if again else 1), "only what the service has failed or lost is asked for anew"
    assert sum(script.slept) < 3 * 3600


def test_a_refused_request_is_told_and_never_repeated(archive: Archive) -> None:
    script = Script(accepted=QueryRefused("Unknown dimension."))
    with pytest.raises(QueryRefused, match="Unknown dimension"):
        report_of(script, archive)
    assert (len(script.asked), script.seen, left(archive)) == (1, 0, [])


def test_C6_a_question_that_cannot_be_asked_is_not_asked(archive: Archive) -> None:
    script = Script()
    with pytest.raises(InvalidQuery, match="CHANNEL_SLUG"):
        report_of(script, archive, dimensions="channel-slug")
    assert script.asked == []


def test_bad_looks_say_nothing_about_the_report(archive: Archive) -> None:
    bad = [TimedOut(), ServerFault("Down.", status=502), RateLimited(), BrokenOff()]
    script = Script([status("IN_PROGRESS"), *bad, finished("a")], {"a": [HEAD + b"2023-07-01,1\n"]})
    report, _ = report_of(script, archive)
    assert len(report.rows()) == 1
    assert script.seen == 6


def test_an_empty_report_has_no_files_and_the_right_columns(archive: Archive) -> None:
    script = Script([finished(), finished()])
    report, heard = report_of(script, archive)
    assert (report.rows(), report.files, report.columns) == ([], (), ("day", "views"))
    assert script.seen == 2, "one answer without links may come too early"
    assert report.manifest.files == ()
    assert left(archive) == ["manifest.json"]
    assert heard[-1].files == 0


def test_links_that_are_not_there_yet_are_waited_for(archive: Archive) -> None:
    script = Script([finished(), finished("a")], {"a": [HEAD + b"2023-07-01,1\n"]})
    report, _ = report_of(script, archive)
    assert len(report.rows()) == 1


def test_expired_links_are_asked_for_anew_and_nothing_is_counted_twice(archive: Archive) -> None:
    script = Script(
        [finished("a", "b"), finished("c", "d")],
        {
            "a": [HEAD + b"2023-07-01,1\n"],
            "b": [LinkExpired()],
            "c": [HEAD + b"2023-07-01,1\n"],
            "d": [HEAD + b"2023-07-02,2\n"],
        },
    )
    report, _ = report_of(script, archive)
    assert [row[1] for row in report.iter_rows()] == [1, 2]
    assert script.fetched == ["a", "b", "c", "d"]
    assert left(archive) == ["manifest.json", "report_1.csv", "report_2.csv"]
    assert len(script.asked) == 1


def test_links_that_are_always_refused_come_to_an_end(archive: Archive) -> None:
    script = Script([finished("a")], {"a": [LinkExpired() for _ in range(50)]})
    with pytest.raises(ReportGone, match="refuses every link"):
        report_of(script, archive)
    assert len(script.fetched) == 4 * 4, "three times new links, three times a new report"
    assert left(archive) == []


@pytest.mark.parametrize(
    "trouble",
    [Cut(HEAD + b"2023"), Breaks(HEAD + b"2023-07-01,9", BrokenOff()), TimedOut(), ServerFault("x", status=503)],
)
def test_a_damaged_download_is_repeated_and_only_the_whole_one_kept(trouble: Outcome, archive: Archive) -> None:
    whole = HEAD + b"2023-07-01,1\n"
    script = Script([finished("a")], {"a": [trouble, trouble, whole]})
    report, heard = report_of(script, archive)
    assert report.files[0].read_bytes() == whole
    assert script.fetched == ["a"] * 3
    assert left(archive) == ["manifest.json", "report_1.csv"]
    assert [p.received for p in heard if p.stage == "downloading"][-1] == len(whole)
    assert all(pause > 0 for pause in script.slept)


def test_a_download_that_is_always_damaged_is_given_up_kept_aside_and_never_shown(archive: Archive) -> None:
    whole = HEAD + b"2023-07-01,1\n"
    script = Script([finished("a", "b")], {"a": [whole], "b": [Cut(HEAD)] * 50})
    with pytest.raises(DamagedFile) as caught:
        report_of(script, archive)
    assert script.fetched.count("b") == 4
    assert seen(archive) == []
    (bad,) = archive.root.rglob("*.bad")
    assert bad.read_bytes() == HEAD
    assert str(bad) in caught.value.hint


@pytest.mark.parametrize("data", [b"day,veiws\n2023-07-01,1\n", b"other\n"])
def test_X3_a_file_of_another_question_is_not_kept_and_not_asked_for_again(data: bytes, archive: Archive) -> None:
    script = Script([finished("a")], {"a": [data]})
    with pytest.raises(SchemaChanged):
        report_of(script, archive)
    assert (script.fetched, left(archive)) == (["a"], [])


def test_X3_a_new_column_is_kept_in_the_file_and_out_of_the_rows(archive: Archive) -> None:
    data = b"day,new,views\n2023-07-01,x,1\n"
    report, _ = report_of(Script([finished("a")], {"a": [data]}), archive)
    assert [tuple(row) for row in report.rows()] == [("day", "views")]
    assert report.files[0].read_bytes() == data


def test_a_listener_that_interrupts_leaves_what_is_whole_to_the_next_and_nothing_to_be_seen(archive: Archive) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "downloading" and progress.file == 2:
            raise KeyboardInterrupt

    script = Script([finished("a", "b")], {"a": [HEAD], "b": [HEAD, HEAD]})
    with pytest.raises(KeyboardInterrupt):
        report_of(script, archive, listener=interrupt)
    assert seen(archive) == []
    report_of(script, archive)
    assert script.fetched == ["a", "b", "b"]
    assert seen(archive) == left(archive) == ["manifest.json", "report_1.csv", "report_2.csv"]


def answered(archive: Archive, second: int) -> Path:
    """The folder of a report that the service began at that second."""
    accepted = ReportAccepted(TOKEN, datetime(2023, 8, 1, 10, 0, second, tzinfo=UTC))
    return report_of(Script([finished("a")], {"a": [HEAD]}, accepted), archive)[0].folder


def test_two_answers_to_one_question_stand_side_by_side(archive: Archive) -> None:
    assert len({answered(archive, 1), answered(archive, 2)}) == 2
    assert left(archive) == ["manifest.json", "manifest.json", "report_1.csv", "report_1.csv"]


def test_one_answer_is_kept_once(archive: Archive) -> None:
    assert answered(archive, 1) == answered(archive, 1)
    assert left(archive) == ["manifest.json", "report_1.csv"]


def test_the_warnings_of_the_plan_come_with_the_report(archive: Archive) -> None:
    script = Script([finished("a")], {"a": [b"content_tag,views\nx,1\n"]})
    report, _ = report_of(script, archive, dimensions="content-tag")
    assert ["CONTENT_TAG" in warning for warning in report.warnings] == [True, False]
    assert "report_1.csv was not verified by hash" in report.warnings[1]


def test_the_client_is_closed_once_and_after_a_failure_too(archive: Archive) -> None:
    script = Script([status("FAILED")])
    with pytest.raises(ReportFailed):
        report_of(script, archive, end="2023-07-01")
    assert script.closed == 1


def test_a_plan_is_made_without_asking_anybody(archive: Archive) -> None:
    script = Script([finished("a")], {"a": [HEAD]})
    workspace = workspace_of(script, archive)
    query = dmr.ReportQuery.of("views", "day", start="2023-07-01", end="2023-07-04")
    made = workspace.plan(query)
    assert (made.query, script.asked) == (query, [])
    assert workspace.run(made).columns == ("day", "views")
    assert script.asked == list(made.requests)


def test_opening_a_workspace_sends_nothing_and_makes_the_archive(tmp_path: Path) -> None:
    environ = {"DMR_HOME": str(tmp_path / "h"), "DMR_API_KEY": "k", "DMR_API_SECRET": "s"}
    with Workspace.open(settings=Settings.resolve("private", environ)):
        assert (tmp_path / "h" / "data" / "archive").is_dir()


def test_opening_a_workspace_without_credentials_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidSettings, match="DMR_API_KEY, DMR_API_SECRET"):
        Workspace.open("private")


def test_an_archive_that_cannot_be_made_is_a_matter_of_settings(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    settings = Settings("private", Folders(tmp_path / "file" / "data", tmp_path / "state"))
    with pytest.raises(InvalidSettings) as caught:
        Workspace.open(settings=settings)
    assert caught.value.where == "DMR_HOME"


def test_a_profile_that_is_no_text_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="5 is no profile"):
        Workspace.open(profile=5)  # type: ignore[arg-type]
