"""Report files as shapes: how they are written."""

from typing import Any

import pytest

from dailymotion_reports.sandbox.conformance.dialect import file_shape, has_header

PLAIN = b'day,video_title,views\n2026-01-01,Dupont,1\n2026-01-02,"a, b",20\n'
COLUMNS = ("DAY", "VIDEO_TITLE", "VIEWS")
SHAPE = {
    "encoding": "UTF-8",
    "line ends": "LF",
    "last line ended": True,
    "quoting": "where needed",
    "header": "the columns asked for, in lower case",
    "rows": "some",
    "cells": {"day": "9999-99-99", "views": "integer"},
}


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (PLAIN, {}),
        (b"\xef\xbb\xbf" + PLAIN, {"encoding": "UTF-8 with a mark"}),
        (PLAIN.replace(b"\n", b"\r\n"), {"line ends": "CRLF"}),
        (PLAIN[:-1], {"last line ended": False}),
        (PLAIN.replace(b"\n", b"\r\n", 1), {"line ends": "mixed"}),
        (PLAIN.replace(b"Dupont", b'"Dupont"'), {"quoting": "where needed, and elsewhere"}),
        (b'"day","video_title","views"\n"2026-01-01","Dupont","1"\n', {"quoting": "everywhere"}),
        (PLAIN.replace(b'"a, b"', b'"a\r\nb"'), {}),
        (PLAIN.replace(b"Dupont", b""), {}),
        (PLAIN.replace(b"day,", b"DAY,"), {"header": ["DAY", "video_title", "views"], "cells": {"views": "integer"}}),
        (
            PLAIN.replace(b",views", b",dupont"),
            {"header": ["day", "video_title", "…"], "cells": {"day": "9999-99-99", "…": "integer"}},
        ),
        (PLAIN.replace(b",20", b",2.50"), {"cells": {"day": "9999-99-99", "views": "decimal, places as needed"}}),
        (
            PLAIN.replace(b",20", b",2.50").replace(b",1\n", b",1.00\n"),
            {"cells": {"day": "9999-99-99", "views": "decimal, 2 places"}},
        ),
        (b"day,video_title,views\n", {"rows": "none", "cells": {}}),
        (PLAIN.replace(b"2026-01-02", b"2 Jan 2026"), {"cells": {"day": "of several kinds", "views": "integer"}}),
    ],
)
def test_each_way_of_writing_is_seen(content: bytes, changes: dict[str, Any]) -> None:
    assert file_shape(content, COLUMNS) == SHAPE | changes


def test_what_is_no_utf_8_is_said_to_be_so() -> None:
    assert file_shape(b"day\n\xff\n", ("DAY",)) == {"encoding": "not UTF-8"}


def test_an_empty_file_has_no_header() -> None:
    assert file_shape(b"", ("DAY",))["header"] == []


def test_a_header_is_known_in_any_case() -> None:
    assert has_header(PLAIN, COLUMNS)
    assert has_header(b"\xef\xbb\xbfDAY,Video_Title,VIEWS\r\n", COLUMNS)
    assert not has_header(PLAIN.partition(b"\n")[2], COLUMNS)
    assert not has_header(b"", COLUMNS)
