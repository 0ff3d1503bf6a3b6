"""Tables for eyes: numbers whole, text harmless."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.unit.made import request_for, table_of

from dailymotion_reports.cli.table import EMPTY, cell, harmless, print_rows
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.workspace import Report


def report_of(folder: Path, metrics: list[str], dimensions: list[str], data: bytes) -> Report:
    request = request_for(metrics, dimensions)
    manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    return Report(table_of(folder, request, data), manifest, folder)


def printed(report: Report, width: int = 80) -> list[str]:
    out = io.StringIO()
    print_rows(Console(file=out, width=width, highlight=False), report, report.iter_rows())
    return out.getvalue().splitlines()


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
        ("\ud800", r"\ud800"),
        ("[red]x", "[red]x"),
        ("Été 東京 😀 مرحبا", "Été 東京 😀 مرحبا"),
    ],
)
def test_TM20_text_is_shown_harmlessly(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
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


def test_TM20_titles_are_neither_markup_nor_commands(tmp_path: Path) -> None:
    titles = ["[red]x[/red]", "[/]", "\x1b]0;owned\x07", "a\r\nb", "\u202eabc", ":smile:"]
    rows = "".join(f'"{title}",1\n' for title in titles)
    lines = printed(report_of(tmp_path, ["VIEWS"], ["VIDEO_TITLE"], b"video_title,views\n" + rows.encode()))
    body = [line.rpartition("1")[0].strip() for line in lines[-len(titles) :]]
    assert body == ["[red]x[/red]", "[/]", r"\x1b]0;owned\x07", r"a\r\nb", r"\u202eabc", ":smile:"]
