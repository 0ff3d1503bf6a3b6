"""Files that no report is: a cell, a line or a row without end, more columns than anybody asks for."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.faults.budget import resident
from tests.unit.made import request_for, table_of

from dailymotion_reports.errors import SchemaChanged, UnreadableRow
from dailymotion_reports.tables.lines import LONGEST_LINE
from dailymotion_reports.tables.table import Table
from dailymotion_reports.wire.csvfile import MOST_COLUMNS

DAYS = request_for(["VIEWS"], ["DAY"])
HEADER = b"day,x,views\n"
MEBIBYTE = 1024 * 1024
ROOM = 400 * MEBIBYTE
"""Memory by which reading may grow: two of the engine's buffers, what it holds of a row, and the file made here."""


def refusal(table: Table) -> tuple[str, int | None]:
    before = resident()
    with pytest.raises(UnreadableRow) as caught:
        table.rows()
    assert resident() - before < ROOM
    return caught.value.file, caught.value.line


@pytest.mark.row("X11")
@pytest.mark.parametrize("lead", [b"", b"2023-07-01,x,1\n" * 100_000], ids=["first", "later"])
@pytest.mark.parametrize("size", [17, 40], ids=["beyond-a-line", "beyond-a-buffer"])
def test_X11_a_field_without_end_is_refused_with_its_line_and_never_taken_for_the_end(
    lead: bytes, size: int, tmp_path: Path
) -> None:
    data = HEADER + lead + b"2023-07-01," + b"a" * (size * MEBIBYTE) + b",1\n2023-07-02,x,2\n"
    assert refusal(table_of(tmp_path, DAYS, data)) == ("report_1.csv", 2 + lead.count(b"\n"))


@pytest.mark.row("X11")
@pytest.mark.parametrize("size", [17, 40], ids=["beyond-a-line", "beyond-a-buffer"])
def test_X11_a_quoted_field_of_many_lines_without_end_is_refused(size: int, tmp_path: Path) -> None:
    data = HEADER + b'2023-07-01,"' + (b"a" * 1023 + b"\n") * (size * 1024) + b'",1\n'
    file, line = refusal(table_of(tmp_path, DAYS, data))
    assert (file, (line or 0) > 1) == ("report_1.csv", True)


@pytest.mark.row("X11")
def test_X11_a_last_line_without_end_is_refused(tmp_path: Path) -> None:
    data = HEADER + b"2023-07-01,x,1\n2023-07-01," + b"a" * (LONGEST_LINE + 1)
    assert refusal(table_of(tmp_path, DAYS, data)) == ("report_1.csv", 3)


@pytest.mark.row("X11")
@pytest.mark.parametrize("before", [0, 1, LONGEST_LINE // 8, LONGEST_LINE // 4 - 5, LONGEST_LINE // 4])
def test_X11_a_long_line_is_read_up_to_the_limit_wherever_it_stands(before: int, tmp_path: Path) -> None:
    titles = request_for(["VIEWS"], ["VIDEO_TITLE"])
    long = "a" * (LONGEST_LINE - 10)
    table = table_of(tmp_path, titles, b"video_title,views\n" + b"x,1\n" * before + f"{long},2\ny,3\n".encode())
    rows = Counter((sys.intern(title[:1]), len(title), views) for title, views in table.iter_rows())
    assert rows == Counter({("x", 1, 1): before, ("a", len(long), 2): 1, ("y", 1, 3): 1})


@pytest.mark.row("X11")
def test_X11_a_row_of_a_million_fields_is_refused_with_its_line(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, HEADER + b"2023-07-01,x,1\n2023-07-01,x,1" + b",1" * 1_000_000 + b"\n")
    assert refusal(table) == ("report_1.csv", 3)


@pytest.mark.row("X11")
def test_X11_more_columns_than_a_report_has_are_refused(tmp_path: Path) -> None:
    def with_columns(number: int) -> Table:
        more = number - 2
        data = b"day,views" + b",c" * more + b"\n2023-07-01,7" + b",1" * more + b"\n"
        return table_of(tmp_path, DAYS, data)

    assert [row[1] for row in with_columns(MOST_COLUMNS).iter_rows()] == [7]
    for number in (MOST_COLUMNS + 1, 30_000):
        with pytest.raises(SchemaChanged, match=f"{number:,} columns"):
            with_columns(number).rows()
