"""Data at a terminal: nothing of it is obeyed."""

import io
from io import BufferedWriter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.cli.terminal import Harmless


def shown(*parts: bytes) -> str:
    out = io.StringIO()
    with BufferedWriter(Harmless(out)) as stream:
        for part in parts:
            stream.write(part)
            stream.flush()
    return out.getvalue()


@pytest.mark.row("TM20")
def test_TM20_titles_are_shown_and_lines_stay_lines() -> None:
    data = 'video_title,views\r\n\x1b[31mred,1\n"a\rb",2\nété,3'.encode()
    assert shown(data) == 'video_title,views\n\\x1b[31mred,1\n"a\\rb",2\nété,3'


@given(st.text(), st.integers(0, 40))
@pytest.mark.row("TM20")
def test_TM20_wherever_a_text_is_cut_nothing_in_it_is_obeyed_or_lost(text: str, cut: int) -> None:
    data = text.encode()
    told = shown(data[:cut], data[cut:])
    assert told == shown(data)
    assert not any(c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160) for c in told)


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert shown(b"a\xff,1\n\xc3") == "a\\xff,1\n\\xc3"
