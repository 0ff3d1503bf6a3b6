"""What is wrong with the files of a report: each kind is made by the sandbox, and what comes of it is said here.

Either the rows are right in every way out, or every way out refuses, with file and line.
"""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet
import pytest
from tests.faults.asking import DIMENSIONS, FIRST, LAST, Rows, asking, truth

import dailymotion_reports as dmr
from dailymotion_reports.errors import DataError, SchemaChanged, UnreadableRow
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

pytestmark = pytest.mark.thorough

START = 1_768_435_200.0


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START), rows_per_file=9, links_per_page=2) as made, running(made):
        yield made


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Sandbox:
    one_sandbox.reset()
    return one_sandbox


def asked(workspace: dmr.Workspace) -> dmr.Report:
    return workspace.report(["VIEWS"], DIMENSIONS, start=FIRST, end=LAST)


def as_rows(report: dmr.Report) -> Rows:
    return [[str(cell) for cell in row] for row in report.iter_rows()]


def as_csv(report: dmr.Report) -> Rows:
    out = io.BytesIO()
    report.write_to(out)
    rows = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))
    assert rows[0] == list(report.columns)
    return [row for row in rows[1:] if row]


def as_parquet(report: dmr.Report) -> Rows:
    out = io.BytesIO()
    report.write_to(out, "parquet")
    return [[str(cell) for cell in row.values()] for row in pyarrow.parquet.read_table(out).to_pylist()]


WAYS_OUT: tuple[Callable[[dmr.Report], Rows], ...] = (as_rows, as_csv, as_parquet)


def rows(*ids: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.row(one) for one in ids]


@pytest.mark.parametrize(
    ("fault", "warned"),
    [
        pytest.param("X1-bom", "", marks=rows("X1")),
        pytest.param("X1-crlf", "", marks=rows("X1")),
        pytest.param("X1-no-last-newline", "", marks=rows("X1")),
        pytest.param("X1-empty-lines", "", marks=rows("X1")),
        pytest.param("X1-all-quoted", "", marks=rows("X1")),
        pytest.param("X3-column-extra", "report_1.csv has columns that were not asked for: 'region'", marks=rows("X3")),
        pytest.param("X3-columns-reordered", "", marks=rows("X3")),
        pytest.param("X3-upper-case", "", marks=rows("X3")),
        pytest.param("X3-video-media-type", "", marks=rows("X3")),
    ],
)
def test_a_file_in_another_form_holds_the_true_rows(sandbox: Sandbox, fault: str, warned: str) -> None:
    sandbox.service.faults.arm(fault)
    with asking(sandbox) as workspace:
        report = asked(workspace)
    assert sandbox.service.faults.fired[fault] == 1
    expected = sorted(truth(sandbox))
    for way_out in WAYS_OUT:
        assert sorted(way_out(report)) == expected
    assert [warned in one for one in report.warnings] == ([True] if warned else [])


@pytest.mark.row("X3")
def test_X3_a_new_column_is_kept_in_the_file(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.service.faults.arm("X3-column-extra")
    with asking(sandbox) as workspace:
        files = asked(workspace).to_raw(tmp_path)
    assert all(path.read_bytes().partition(b"\n")[0].endswith(b",region") for path in files)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param("X2-not-utf8", "it is not UTF-8", marks=rows("X2")),
        pytest.param("X2-nul-byte", "null byte", marks=rows("X2")),
        pytest.param("X5-too-few-fields", "it has 3 fields where 4 are expected", marks=rows("X5")),
        pytest.param("X5-too-many-fields", "it has 5 fields where 4 are expected", marks=rows("X5")),
        pytest.param("X5-open-quote", "", marks=rows("X5")),
        pytest.param("X8-day-outside", "is not a day (YYYY-MM-DD) from 2023-07-01 to 2023-07-04", marks=rows("X8")),
        pytest.param("X11-long-field", "", marks=rows("X11")),
    ],
)
def test_a_row_that_is_wrong_is_refused_with_file_and_line_by_every_way_out(
    sandbox: Sandbox, fault: str, words: str
) -> None:
    sandbox.service.faults.arm(fault)
    with asking(sandbox) as workspace:
        report = asked(workspace)
    assert sandbox.service.faults.fired[fault] == 1
    last = report.files[-1]
    for way_out in WAYS_OUT:
        with pytest.raises(UnreadableRow) as caught:
            way_out(report)
        assert caught.value.file == last.name
        assert (caught.value.line or 0) > 1
        assert words in caught.value.message
    assert last.exists(), "the file is kept as it came"


@pytest.mark.row("X7")
@pytest.mark.parametrize("fault", ["X7-thousands", "X7-words-for-a-number"])
def test_X7_what_is_no_number_is_refused_by_every_way_out_that_has_numbers(sandbox: Sandbox, fault: str) -> None:
    sandbox.service.faults.arm(fault)
    with asking(sandbox) as workspace:
        report = asked(workspace)
    assert sandbox.service.faults.fired[fault] == 1
    for way_out in (as_rows, as_parquet):
        with pytest.raises(UnreadableRow, match=f"of {report.files[-1].name} .* views is not a whole number"):
            way_out(report)
    assert len(as_csv(report)) == len(truth(sandbox)), "a CSV file holds the text as it came"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param("X2-utf16", "not UTF-8", marks=rows("X2")),
        pytest.param("X3-column-missing", "no column views", marks=rows("X3")),
        pytest.param("X3-column-renamed", "no column views", marks=rows("X3")),
        pytest.param("X10-header-in-first-only", "no column day", marks=rows("X10")),
    ],
)
def test_a_first_row_that_is_another_is_refused_before_anything_is_kept(
    sandbox: Sandbox, fault: str, words: str
) -> None:
    sandbox.service.faults.arm(fault)
    with asking(sandbox) as workspace, pytest.raises(SchemaChanged, match=words):
        asked(workspace)
    assert sandbox.service.faults.fired[fault] == 1


@pytest.mark.row("X4")
def test_X4_a_file_of_a_header_only_has_no_rows_and_is_no_error(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("X4-header-only")
    with asking(sandbox) as workspace:
        report = asked(workspace)
    assert sandbox.service.faults.fired["X4-header-only"] == 1
    assert sorted(as_rows(report)) == sorted(as_csv(report)) == sorted(truth(sandbox)[9:])


@pytest.mark.row("X4")
def test_X4_a_file_of_no_bytes_is_never_an_empty_answer(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("X4-zero-bytes", times=9)
    with asking(sandbox) as workspace, pytest.raises(DataError, match="not even a header row"):
        asked(workspace)
    assert sandbox.service.faults.fired["X4-zero-bytes"] > 1, "it was tried again"


@pytest.mark.row("X9")
def test_X9_rows_that_stand_twice_are_kept_as_given_and_said(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("X9-duplicate-rows")
    with asking(sandbox) as workspace:
        report = asked(workspace)
    assert sandbox.service.faults.fired["X9-duplicate-rows"] == 1
    true = truth(sandbox)
    for way_out in WAYS_OUT:
        assert sorted(way_out(report)) == sorted([*true, true[-1]])
    (warning,) = report.warnings
    assert "1 combinations of day, media_type, visitor_device_type" in warning


@pytest.mark.row("X10")
def test_X10_every_part_with_a_header_of_its_own_is_read(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("L2-many-files")
    with asking(sandbox) as workspace:
        report = asked(workspace)
    assert len(report.files) > 9
    assert sorted(as_rows(report)) == sorted(as_csv(report)) == sorted(truth(sandbox))
