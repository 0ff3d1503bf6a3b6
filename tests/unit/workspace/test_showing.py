"""A report in a notebook and on paper: whole numbers, inert titles."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.unit.made import request_for, table_of
from tests.unit.tables.answers import FILE, REQUEST, ROWS

from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace.report import Report
from dailymotion_reports.workspace.showing import EMPTY, MOST_ROWS, cell, texts

TITLES = request_for(["VIEWS"], ["VIDEO_TITLE"])


def made(folder: Path, request: ReportRequest, *files: bytes) -> Report:
    manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    return Report(table_of(folder, request, *files), manifest, folder)


class Read(HTMLParser):
    """The cells of a table, and every tag and attribute there is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.caption = ""
        self._at = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._at = tag
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self._at in ("td", "th"):
            self.rows[-1][-1] += data
        if self._at == "caption":
            self.caption += data

    def handle_endtag(self, tag: str) -> None:
        self._at = ""


def test_TM20_titles_in_a_notebook_are_neither_scripts_nor_markup_nor_commands(tmp_path: Path) -> None:
    html = made(tmp_path, REQUEST, FILE)._repr_html_()
    read = Read(html)
    assert read.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert read.attributes == {"class", "dir", "style"}
    assert [row[0] for row in read.rows[1:]] == [harmless(row[0]) or EMPTY for row in ROWS[:MOST_ROWS]]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html)
    assert "http" not in html.replace("https://example.org", "").replace("https://x", "")


def test_a_notebook_shows_the_first_rows_the_question_and_how_many_there_are(tmp_path: Path) -> None:
    data = b"video_title,views\n" + b"".join(b"t%d,%d000\n" % (n, n) for n in range(50))
    read = Read(made(tmp_path, TITLES, data)._repr_html_())
    assert read.caption == ("Report of VIEWS by VIDEO_TITLE, 2023-07-01..2023-07-04, CONTENT; the first 40 of 50 rows")
    assert read.rows[0] == ["video_title", "views"]
    assert read.rows[-1] == ["t39", "39,000"]
    assert len(read.rows) == 41
    assert "no rows" in made(tmp_path / "none", TITLES)._repr_html_()


def test_numbers_in_a_notebook_stand_to_the_right(tmp_path: Path) -> None:
    html = made(tmp_path, TITLES, b"video_title,views\na,1\n")._repr_html_()
    assert re.search(r'<td [^>]*text-align: left">a</td><td [^>]*text-align: right[^>]*>1</td>', html)


def test_TM20_printing_a_report_shows_harmless_aligned_rows(tmp_path: Path) -> None:
    data = b"video_title,views\n\x1b[31mred,1000\n\xe6\x9d\xb1\xe4\xba\xac,2\n" + b"x" * 50 + b",3\n"
    report = made(tmp_path, TITLES, data)
    assert str(report).splitlines() == [
        "Report of VIEWS by VIDEO_TITLE, 2023-07-01..2023-07-04, CONTENT",
        "video_title                               views",
        r"\x1b[31mred                               1,000",
        "東京                                          2",
        "x" * 39 + "…" + "      3",
        "3 rows",
    ]
    assert repr(report) == "<Report of VIEWS by VIDEO_TITLE, 2023-07-01..2023-07-04, CONTENT: 1 file>"
    assert str(made(tmp_path / "none", TITLES)).endswith("video_title  views\nno rows")


def test_money_has_two_places_at_least_and_ratios_what_they_need(tmp_path: Path) -> None:
    request = request_for(["ESTIMATED_EARNINGS_EUR", "AVERAGE_WATCH_TIME_SEC"], ["DAY"])
    columns = table_of(tmp_path, request).schema.columns
    rows = [(date(2023, 7, 1), Decimal("1.5"), Decimal("12")), (date(2023, 7, 2), None, Decimal("7"))]
    assert texts(rows, columns) == [["2023-07-01", "1.50", "12"], ["2023-07-02", "", "7"]]
    finer = [(date(2023, 7, 1), Decimal("0.123456"), Decimal("0.5"))]
    assert texts([*rows, *finer], columns)[0] == ["2023-07-01", "1.500000", "12.0"]


@pytest.mark.parametrize(
    "digits", ["9999999999999999999999999999.9999999999", "-1234567890123456789012345678.0000000001"]
)
def test_a_long_number_is_shown_with_every_digit(digits: str) -> None:
    assert cell(Decimal(digits), 10).replace(",", "") == digits
