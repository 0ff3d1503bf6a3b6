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
