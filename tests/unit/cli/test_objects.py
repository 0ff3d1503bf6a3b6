"""``--json`` stays JSON, whatever the stream can write."""

import io
import json
import sys

import pytest

from dailymotion_reports.cli.objects import print_object

TITLE = {"ok": True, "title": "été 😀"}


@pytest.mark.parametrize(("encoding", "plain"), [("utf-8", True), ("UTF8", True), ("ascii", False), ("latin-1", False)])
def test_what_a_stream_cannot_write_is_escaped(encoding: str, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace"))
    print_object(TITLE)
    sys.stdout.flush()
    text = raw.getvalue().decode(encoding)
    assert json.loads(text) == TITLE
    assert ("été" in text) is plain
    assert text.count("\n") == 1


def test_TM20_an_object_shows_no_terminal_a_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"title": "\x1b[31m\x9b31m\x85\u202e\u2028\x7f é"}
    print_object(value)
    out = capsys.readouterr().out
    assert out == '{"title": "\\u001b[31m\\u009b31m\\u0085\\u202e\\u2028\\u007f é"}\n'
    assert json.loads(out) == value


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_bytes_that_are_no_text_leave_json_that_strict_readers_take(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace"))
    print_object({"output": "\udcff2é.csv", "other": "\ud83d"})
    sys.stdout.flush()
    told = json.loads(raw.getvalue().decode(encoding))
    assert told == {"output": r"\xff2é.csv", "other": r"\ud83d"}
    assert json.dumps(told, ensure_ascii=False).encode()
