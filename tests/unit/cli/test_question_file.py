"""Query files on disk: what is read, what is refused, and what is never overwritten."""

import io
import os
import sys
from pathlib import Path

import pytest

from dailymotion_reports.cli.question_file import question_from, save
from dailymotion_reports.errors import UsageError
from dailymotion_reports.query.report import ReportQuery

QUERY = ReportQuery.of("views", "day", period="2023-07")


def told(reference: object) -> str:
    question = question_from(f"@{reference}", ())
    assert question.partial
    (problem,) = question.mistakes
    return problem.text


@pytest.mark.parametrize(
    "data", [b'metrics = "views"', b'\xef\xbb\xbfmetrics = "views"\r\n', b'metrics = "views" # \xc3\xa9']
)
def test_a_file_is_read_with_or_without_a_mark_at_its_start_and_with_any_line_ends(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(data)
    question = question_from(f"@{path}", ())
    assert (question.metrics, question.mistakes) == ("views", ())


def test_stdin_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'metrics = "views"\nx = 3')))
    question = question_from("@-", ())
    assert question.metrics == "views"
    assert question.mistakes[0].text == "stdin:2: There is no key x."


def test_no_stdin_is_an_empty_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert question_from("@-", ()).metrics == ()


@pytest.mark.row("F1")
def test_F1_a_file_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "july.toml").write_text("")
    assert told(tmp_path / "juli.toml") == (
        f"There is no query file {tmp_path / 'juli.toml'}. Did you mean {tmp_path / 'july.toml'}?"
    )
    assert told(tmp_path / "july").endswith(f"Did you mean {tmp_path / 'july.toml'}?")
    assert told(tmp_path / "none" / "x.toml") == f"There is no query file {tmp_path / 'none' / 'x.toml'}."
    assert told("") == "No query file was named after the @."


@pytest.mark.row("F1")
def test_F1_what_is_no_text_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b'metrics = "views"\n\xff')
    assert told(path) == f"{path}:2: This is not text in UTF-8."
    assert told(tmp_path) == f"The query file {tmp_path} cannot be read: Is a directory."
    assert told("a\0b").startswith("The query file a\0b cannot be read: ")
    assert "Did you mean" not in told("x" * 5000)


@pytest.mark.row("F1")
def test_F1_a_stream_without_end_is_not_read_to_its_end() -> None:
    if not os.path.exists("/dev/zero"):
        pytest.skip("this system has no /dev/zero")
    assert told("/dev/zero") == "/dev/zero is too long for a query file: it has more than 1,000,000 bytes."


def test_what_is_saved_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    save(QUERY, path)
    assert path.read_text() == 'metrics = ["VIEWS"]\nby = ["DAY"]\nperiod = "2023-07"\n'


def test_what_exists_is_left_as_it_is(tmp_path: Path) -> None:
    path, link = tmp_path / "a.toml", tmp_path / "b.toml"
    path.write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    for there in (path, link):
        with pytest.raises(UsageError, match="exists already"):
            save(QUERY, there)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["a.txt", "-", "a", "none/a.toml"])
def test_a_place_where_no_query_file_can_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        save(QUERY, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_the_system_refuses_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        save(QUERY, tmp_path / f"{'x' * 300}.toml")
