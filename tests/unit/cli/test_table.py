"""Tables for eyes: numbers whole, text harmless."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from tests.unit.made import request_for, table_of

from dailymotion_reports.cli.table import EMPTY, cell, print_rows
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace import Report


def report_of(folder: Path, metrics: list[str], dimensions: list[str], data: bytes) -> Report:
    request = request_for(metrics, dimensions)
    manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    return Report(table_of(folder, request, data), manifest, folder)


def printed(report: Report, width: int = 80, encoding: str = "utf-8") -> list[str]:
    out = io.TextIOWrapper(io.BytesIO(), encoding, errors="strict", newline="")
    print_rows(Console(file=out, width=width, highlight=False), report, report.iter_rows())
    out.seek(0)
    return out.read().splitlines()


def widths(lines: list[str]) -> set[int]:
    return {cell_len(line) for line in lines}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("\x1b]8;;file:///etc\x07", r"\x1b]8;;file:///etc\x07"),
        ("a\rb\nc\td", r"a\rb\nc\td"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066x\u2069\u200f", r"\u2066x\u2069\u200f"),
        ("\x9b31m\x7f\0", r"\x9b31m\x7f\x00"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ufeffa\u200bb\u00ad\u2060", r"\ufeffa\u200bb\xad\u2060"),
        ("👩‍👩‍👧 e\u0301", "👩‍👩‍👧 e\u0301"),
        ("\ud800", r"\ud800"),
        ("[red]x", "[red]x"),
        ("Été 東京 😀 مرحبا", "Été 東京 😀 مرحبا"),
    ],
)
@pytest.mark.row("TM20")
def test_TM20_text_is_shown_harmlessly(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
@pytest.mark.row("TM20")
def test_TM20_no_control_character_of_any_text_comes_through(text: str) -> None:
    shown = harmless(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or 0x202A <= ord(c) <= 0x202E for c in shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0, "0"),
        (1234567, "1,234,567"),
        (Decimal("1234.5000000000"), "1,234.50"),
        (date(2023, 7, 1), "2023-07-01"),
        (datetime.fromisoformat("2023-07-01T05:00"), "2023-07-01 05:00"),
        ("", EMPTY),
        ("NA", "NA"),
        ("a\nb", r"a\nb"),
    ],
)
def test_a_value_is_shown_as_people_read_it(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_column_of_decimals_has_as_many_places_as_its_longest_needs(tmp_path: Path) -> None:
    data = b"day,estimated_earnings_eur\n2023-07-01,0.1\n2023-07-02,0.123456\n"
    text = "\n".join(printed(report_of(tmp_path, ["ESTIMATED_EARNINGS_EUR"], ["DAY"], data)))
    assert "0.100000" in text
    assert "0.123456" in text


@pytest.mark.parametrize("width", [1, 20, 30, 80])
def test_a_number_is_never_cut_and_text_gives_way(width: int, tmp_path: Path) -> None:
    data = b"video_title,views\n" + b"x" * 100 + b",9223372036854775807\n"
    lines = printed(report_of(tmp_path, ["VIEWS"], ["VIDEO_TITLE"], data), width)
    row = next(line for line in lines if "x" in line)
    assert "9,223,372,036,854,775,807" in row
    assert "…" in row


@pytest.mark.row("TM20")
def test_TM20_titles_are_neither_markup_nor_commands(tmp_path: Path) -> None:
    titles = ["[red]x[/red]", "[/]", "\x1b]0;owned\x07", "a\r\nb", "\u202eabc", ":smile:"]
    rows = "".join(f'"{title}",1\n' for title in titles)
    lines = printed(report_of(tmp_path, ["VIEWS"], ["VIDEO_TITLE"], b"video_title,views\n" + rows.encode()))
    body = [line.rpartition("1")[0].strip() for line in lines[-len(titles) :]]
    assert body == ["[red]x[/red]", "[/]", r"\x1b]0;owned\x07", r"a\r\nb", r"\u202eabc", ":smile:"]


MANY = ["VIEWS", "TIME_WATCHED_SECONDS", "AVERAGE_WATCH_TIME_SEC", "ESTIMATED_EARNINGS_EUR", "ESTIMATED_EARNINGS_USD"]
WIDE = ["DAY", "VIDEO_OWNER_CHANNEL_SLUG", "VIDEO_ID", "VIDEO_TITLE"]


def wide_report(folder: Path, title: str = "日本語のタイトル、テスト" * 10) -> Report:
    head = ",".join([*WIDE, *MANY]).lower()
    row = f"2023-07-01,a-channel-of-ours,x35pz4w,{title},1000,100000,12.5,1234567.123456,0.10"
    return report_of(folder, MANY, WIDE, f"{head}\n{row}\n".encode())


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_a_table_fits_the_terminal_with_every_number_whole(width: int, tmp_path: Path) -> None:
    lines = printed(wide_report(tmp_path), width)
    assert max(widths(lines)) <= width
    for number in ("1,000", "100,000", "12.5", "1,234,567.123456", "0.10", "2023-07-01"):
        assert any(re.search(rf"(^| ){re.escape(number)}( |$)", line) for line in lines), number


def test_metrics_that_do_not_fit_stand_below_with_their_dimensions(tmp_path: Path) -> None:
    lines = printed(wide_report(tmp_path), 80)
    assert lines.count("") == 1, "two tables, an empty line apart"
    assert sum(line.startswith("2023-07-01") for line in lines) == 2
    assert "" not in printed(wide_report(tmp_path), 140)


def test_a_long_column_name_is_folded_and_not_cut(tmp_path: Path) -> None:
    lines = printed(wide_report(tmp_path), 80)
    head = lines[: next(n for n, line in enumerate(lines) if line.startswith("─"))]
    assert "…" not in "".join(head)
    assert {"video_owner_", "channel_slug", "time_", "watched_", "seconds"} <= set(" ".join(head).split())


def test_titles_of_wide_and_combining_marks_keep_the_columns_straight(tmp_path: Path) -> None:
    titles = ["日本語", "e\u0301te\u0301", "😀", "مرحبا", "plain", "👍🏽", "x" * 200, "東" * 100]
    data = "video_title,views\n" + "".join(f"{title},1000\n" for title in titles)
    lines = printed(report_of(tmp_path, ["VIEWS"], ["VIDEO_TITLE"], data.encode()))[2:]
    assert {cell_len(line[: line.index("1,000")]) for line in lines} == {cell_len(lines[0][: lines[0].index("1,000")])}


DAILY = b"day,views\n2023-07-01,1000\n2023-07-02,500\n2023-07-03,\n2023-07-04,0\n"


def test_a_report_by_one_dimension_has_bars_in_proportion(tmp_path: Path) -> None:
    lines = printed(report_of(tmp_path, ["VIEWS"], ["DAY"], DAILY))[2:]
    assert [line.count("█") for line in lines] == [30, 15, 0, 0]


def test_bars_are_left_out_where_titles_would_suffer_or_nothing_adds_up(tmp_path: Path) -> None:
    long = b"video_title,views\n" + b"x" * 100 + b",5\n" + b"y" * 100 + b",4\n"
    titled = report_of(tmp_path / "a", ["VIEWS"], ["VIDEO_TITLE"], long)
    assert "█" not in "".join(printed(titled, 50))
    assert "█" in "".join(printed(titled, 80))
    ratio = b"day,average_watch_time_sec\n2023-07-01,1\n2023-07-02,2\n"
    assert "█" not in "".join(printed(report_of(tmp_path / "b", ["AVERAGE_WATCH_TIME_SEC"], ["DAY"], ratio)))
    two = b"day,video_title,views\n2023-07-01,a,1\n2023-07-02,b,2\n"
    assert "█" not in "".join(printed(report_of(tmp_path / "c", ["VIEWS"], ["DAY", "VIDEO_TITLE"], two)))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_stream_that_takes_few_letters_gets_those_and_straight_columns(encoding: str, tmp_path: Path) -> None:
    data = "video_title,views\nété 東京,1000\n" + "x" * 100 + ",500\n"
    lines = printed(report_of(tmp_path, ["VIEWS"], ["VIDEO_TITLE"], data.encode()), 80, encoding)
    assert "été \\u6771" in lines[2] or r"\xe9t\xe9 \u6771\u4eac" in lines[2]
    assert "..." in lines[3]
    assert [line.count("#") for line in lines[2:]] == [30, 15]
    assert set(lines[1]) == {"-"}
    assert (
        len({line.index(number) + len(number) for line, number in zip(lines[2:], ("1,000", "500"), strict=True)}) == 1
    )


EIGHT = [
    "DAY", "VIDEO_TITLE", "VISITOR_PAGE_URL", "VISITOR_COUNTRY", "PLAYER_TITLE", "PLAYLIST_TITLE",
    "VISITOR_DEVICE_TYPE", "CONTENT_TAG_LIST",
]  # fmt: skip


def eight_dimensions(folder: Path, rows: int = 12) -> Report:
    head = ",".join([*EIGHT, "VIEWS"]).lower()
    title = "{n}" + "日本語のタイトル、テスト" * 2
    row = f"2023-07-01,{title},https://a.example/{{n}}/a-long-page,FR,A player,A list,MOBILE,a|b|c,12345"
    return report_of(folder, ["VIEWS"], EIGHT, "\n".join([head, *(row.format(n=n) for n in range(rows)), ""]).encode())


@pytest.mark.parametrize("width", [20, 40, 80])
def test_eight_dimensions_fit_a_terminal_one_row_below_another(width: int, tmp_path: Path) -> None:
    report = eight_dimensions(tmp_path)
    lines = printed(report, width)
    assert max(widths(lines)) <= width
    text = "\n".join(lines)
    assert text.count("12,345") == 10, "as many rows as can be read"
    assert text.count("2023-07-01") == 10
    for name in (*EIGHT, "VIEWS"):
        assert name.lower() in text
    assert print_rows(Console(file=io.StringIO(), width=width), report, report.iter_rows()) == 10


def test_eight_dimensions_stand_in_columns_where_there_is_room(tmp_path: Path) -> None:
    report = eight_dimensions(tmp_path)
    assert max(widths(printed(report, 120))) <= 120
    assert len(printed(report, 120)) < 20
    assert print_rows(Console(file=io.StringIO(), width=120), report, report.iter_rows()) == 12
