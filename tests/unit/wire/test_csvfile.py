"""The first row of a report file: found whole, and matched by name."""

import pytest

from dailymotion_reports.errors import SchemaChanged
from dailymotion_reports.wire.csvfile import Header, first_record, match_header

WANTED: dict[str, tuple[str, ...]] = {"day": (), "media_type": ("video_media_type",), "views": ()}


@pytest.mark.parametrize(
    ("start", "names"),
    [
        (b"day,views\n", ("day", "views")),
        (b"day,views\r\n2023-07-01,1\r\n", ("day", "views")),
        (b"\xef\xbb\xbfday,views\n", ("day", "views")),
        (b'"day","vi""ews"\n', ("day", 'vi"ews')),
        (b'"a,b",c\n', ("a,b", "c")),
        (b"\n", ()),
        ("é,ü\n".encode(), ("é", "ü")),
    ],
)
def test_X1_the_first_row_is_read_in_every_dress(start: bytes, names: tuple[str, ...]) -> None:
    assert first_record(start) == names


@pytest.mark.parametrize(
    "start", [b"", b"day,views", b"\xef", b"\xef\xbb", b"\xef\xbb\xbf", b"day,\xc3", b"day,views\r"]
)
def test_a_row_that_has_not_ended_is_no_row_yet(start: bytes) -> None:
    assert first_record(start) is None


def test_X1_the_last_row_needs_no_line_end() -> None:
    assert first_record(b"day,views", whole=True) == ("day", "views")
    assert first_record(b"\xef\xbb\xbf", whole=True) == ()


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_character_cut_in_two_after_the_first_row_does_no_harm(cut: int) -> None:
    assert first_record(b"title,views\n" + "🎬".encode()[:cut]) == ("title", "views")


def test_X2_a_first_row_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(SchemaChanged, match="not UTF-8"):
        first_record("día,views\n2023-07-01,1\n".encode("latin-1"))
    with pytest.raises(SchemaChanged, match="not UTF-8"):
        first_record(b"d\xed", whole=True)


def test_X2_a_later_row_that_is_not_utf_8_is_not_the_first_row_s_fault() -> None:
    start = b"title,views\n" + "café".encode("latin-1") + b",1\nplain,2\n"
    assert first_record(start) == ("title", "views")


def test_X3_columns_are_found_by_name_whatever_their_order_and_case() -> None:
    assert match_header(("VIEWS", " Day ", "Media_Type"), WANTED) == Header(
        ("VIEWS", " Day ", "Media_Type"), {"day": 1, "media_type": 2, "views": 0}
    )


def test_X3_a_column_is_found_under_its_other_name() -> None:
    header = match_header(("day", "video_media_type", "views"), WANTED)
    assert header.places == {"day": 0, "media_type": 1, "views": 2}
    assert header.extra == ()


def test_X3_the_plain_name_goes_before_the_other_one_which_is_then_extra() -> None:
    header = match_header(("day", "video_media_type", "media_type", "views"), WANTED)
    assert header.places["media_type"] == 2
    assert header.extra == ("video_media_type",)


def test_X3_columns_that_nobody_asked_for_are_kept_and_named() -> None:
    header = match_header(("day", "New One", "media_type", "views"), WANTED)
    assert header.extra == ("New One",)


def test_X3_every_missing_column_is_named() -> None:
    with pytest.raises(SchemaChanged) as caught:
        match_header(("day", "clicks"), WANTED)
    assert caught.value.removed == ("media_type", "views")
    assert caught.value.added == ("clicks",)
    assert str(caught.value) == "The file has no column media_type, views; it has day, clicks."


def test_X3_an_empty_row_has_none_of_the_columns() -> None:
    with pytest.raises(SchemaChanged, match="it has none at all"):
        match_header((), WANTED)


@pytest.mark.parametrize("names", [("day", "DAY", "media_type", "views"), ("day", "views", "media_type", "views")])
def test_X3_a_column_that_stands_twice_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(SchemaChanged, match="stands 2 times"):
        match_header(names, WANTED)
