"""Jobs whose files are in the archive, as one report."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from tests.unit.made import request_for

from dailymotion_reports.errors import ArchiveDamaged, ArchiveUnwritable, SecretsUnusable
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import FileRecord, Manifest
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import Fetched, Ready, Waiting
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportQuery, ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.workspace.answer import kept_entry, report_of

CREATED = datetime(2023, 8, 1, 10, tzinfo=UTC)
REQUEST = request_for(["VIEWS"], ["DAY"], start="2023-07-01", end="2023-07-02")
LATER = request_for(["VIEWS"], ["DAY"], start="2023-07-03", end="2023-07-04")
QUERY = ReportQuery.of("views", "day", start="2023-07-01", end="2023-07-04")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive")


def job(archive: Archive, request: ReportRequest, *files: tuple[bytes, tuple[str, ...]]) -> Job:
    """A job whose files are in the archive, each with the checks that it has passed."""
    entry = f"ab/{request.fingerprint[:8]}"
    folder = archive.root / entry
    folder.mkdir(parents=True)
    records = []
    for number, (data, verified) in enumerate(files, 1):
        (folder / f"report_{number}.csv").write_bytes(data)
        records.append(FileRecord(f"report_{number}.csv", len(data), sha256(data).hexdigest(), (*verified, "header")))
    manifest = Manifest(request, "private", "acc", "ab" * 8, CREATED, CREATED, tuple(records))
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return Job(request.fingerprint[:8], "acc", "private", request, Fetched(entry, 1.0, 0.0), 0.0)


def csv(*rows: str) -> bytes:
    return "".join(f"{row}\n" for row in ("day,views", *rows)).encode()


WHOLE = ("length", "md5")


def test_windows_are_appended_in_the_order_of_their_days_whatever_the_order_of_jobs(archive: Archive) -> None:
    first = job(archive, REQUEST, (csv("2023-07-02,2"), WHOLE), (csv("2023-07-01,1"), WHOLE))
    later = job(archive, LATER, (csv("2023-07-03,3"), WHOLE))
    report = report_of(archive, [later, first], Plan(QUERY, (REQUEST, LATER), ("a doubt",)))
    assert [(str(day), views) for day, views in report.iter_rows()] == [
        ("2023-07-02", 2),
        ("2023-07-01", 1),
        ("2023-07-03", 3),
    ]
    assert (report.manifest.request.window, report.warnings) == (QUERY.window, ("a doubt",))
    assert [part.request.window for part in report.parts] == [REQUEST.window, LATER.window]


def test_the_vendors_files_of_several_reports_are_numbered_through(archive: Archive, tmp_path: Path) -> None:
    jobs = [job(archive, REQUEST, (csv("2023-07-01,1"), WHOLE)), job(archive, LATER, (csv("2023-07-03,3"), WHOLE))]
    written = report_of(archive, jobs).to_raw(tmp_path / "raw")
    assert [path.name for path in written] == ["report_1.csv", "report_2.csv"]
    assert written[1].read_bytes() == csv("2023-07-03,3")


@pytest.mark.row("D3")
@pytest.mark.row("D10")
def test_D10_what_a_file_could_not_be_checked_against_is_said(archive: Archive) -> None:
    kinds: list[tuple[str, ...]] = [WHOLE, (), ("length",), ("gzip",), ("crc32c",)]
    whole = job(archive, REQUEST, *[(csv(*(["2023-07-01,1"] if n == 0 else [])), kind) for n, kind in enumerate(kinds)])
    said = report_of(archive, [whole], Plan(QUERY, (REQUEST,), ("a doubt",)), SecretsUnusable("Full.")).warnings
    assert [said[0], "signed in anew: Full." in said[1]] == ["a doubt", True]
    assert ["how long report_2.csv" in said[2], "report_3.csv was not verified by hash" in said[3]] == [True, True]
    assert ("report_4.csv was not verified by hash" in said[4], len(said)) == (True, 5)


@pytest.mark.parametrize("harm", ["manifest.json", "report_1.csv"])
def test_an_entry_that_is_not_whole_any_more_is_none(harm: str, archive: Archive) -> None:
    whole = job(archive, REQUEST, (csv("2023-07-01,1"), WHOLE))
    folder = next(archive.root.glob("ab/*"))
    assert kept_entry(archive, f"ab/{folder.name}") is not None
    (folder / harm).write_bytes(b"{")
    assert kept_entry(archive, f"ab/{folder.name}") is None
    with pytest.raises(ArchiveUnwritable, match=whole.id):
        report_of(archive, [whole])


@pytest.mark.parametrize("files", [1, 2])
def test_a_file_that_is_not_the_one_that_came_is_refused(files: int, archive: Archive) -> None:
    whole = job(archive, REQUEST, *[(csv("2023-07-01,1"), WHOLE)] * files)
    changed = next(archive.root.glob(f"ab/*/report_{files}.csv"))
    changed.write_bytes(csv("2023-07-01,7"))
    with pytest.raises(ArchiveDamaged, match=f"report_{files}.csv is not the file that came"):
        report_of(archive, [whole])
    changed.write_bytes(csv("2023-07-01,1"))
    assert len(report_of(archive, [whole]).rows()) == files


def test_a_job_without_files_here_is_an_error_that_names_it(archive: Archive) -> None:
    gone = replace(job(archive, REQUEST), state=Fetched("ab/none", 1.0, 0.0))
    with pytest.raises(ArchiveUnwritable, match="no longer holds"):
        report_of(archive, [gone])


def test_R15_where_no_folder_can_be_opened_the_files_are_told_as_gone_and_nothing_unexpected_happens(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(24, "Too many open files")

    left = Ready(Waiting(Secret("canary-token"), None, 0.0, 1, 0.0), 0.0, 1)
    one = replace(job(archive, REQUEST), state=Fetched("ab/gone", 1.0, 0.0, left))
    monkeypatch.setattr(Archive, "find", full)
    with pytest.raises(ArchiveUnwritable):
        report_of(archive, [one])
