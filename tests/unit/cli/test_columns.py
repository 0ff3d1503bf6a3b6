"""Plain text in columns."""

import io
import subprocess
import sys

import pytest

from dailymotion_reports.cli.columns import NARROWEST, aligned, as_typed, faint, strong, terminal_width, wrapped


def test_text_is_wrapped_between_words() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("one two three", None) == ["one two three"]
    assert wrapped("", 5) == [""]


def test_a_word_that_is_too_long_has_a_line_of_its_own() -> None:
    assert wrapped("a incomprehensible b", 5) == ["a", "incomprehensible", "b"]


def test_rows_stand_below_each_other_and_the_last_cell_below_itself() -> None:
    text = "four words and more of them than fit"
    lines = list(aligned([("A", "add", text), ("LONGER", "", "short")], 40))
    assert lines == [
        "  A       add  four words and more of",
        "               them than fit",
        "  LONGER       short",
    ]
    assert all(len(line) <= 40 for line in lines)


def test_without_a_width_a_row_is_one_line() -> None:
    assert list(aligned([("A", "word " * 50)], None)) == ["  A  " + ("word " * 50).rstrip()]


def test_the_last_cell_has_some_room_on_the_narrowest_terminal() -> None:
    lines = list(aligned([("A" * 30, "word " * 10)], 10))
    assert max(len(line) for line in lines) <= 2 + 30 + 2 + NARROWEST


def test_no_rows_are_no_lines() -> None:
    assert list(aligned([], 80)) == []


def test_the_width_is_that_of_COLUMNS_or_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.delenv("COLUMNS", raising=False)
    assert terminal_width() is None
    for value, width in (("132", 132), ("0", None), ("wide", None), ("", None)):
        monkeypatch.setenv("COLUMNS", value)
        assert terminal_width() == width


def test_NO_COLOR_leaves_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1m" in strong("x")
    assert "\x1b[2m" in faint("x")
    monkeypatch.setenv("NO_COLOR", "1")
    assert (strong("x"), faint("x")) == ("x", "x")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("july.csv", "july.csv"),
        ("my july.csv", "'my july.csv'"),
        ("a\x1b[31m\nb.csv", r"$'a\x1b[31m\nb.csv'"),
        ("it's\\\t", r"$'it\'s\\\t'"),
    ],
)
@pytest.mark.row("TM20")
def test_TM20_a_name_is_shown_as_a_shell_would_take_it(name: str, shown: str) -> None:
    assert as_typed(name) == shown
    said = subprocess.run(["bash", "-c", f"printf %s {shown}"], capture_output=True, text=True).stdout
    assert said == name


@pytest.mark.parametrize("terminal", ["dumb", "unknown"])
def test_a_terminal_that_knows_no_codes_gets_none(terminal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert strong("x") != "x" != faint("x")
    monkeypatch.setenv("TERM", terminal)
    assert (strong("x"), faint("x")) == ("x", "x")


def test_what_has_no_room_beside_stands_below() -> None:
    rows = [("CONTENT", "default", "Data of own videos, wherever they are watched"), ("EMBED", "", "Data of embeds")]
    assert list(aligned(rows, 30)) == [
        "  CONTENT  default",
        "    Data of own videos,",
        "    wherever they are watched",
        "  EMBED",
        "    Data of embeds",
    ]
