"""Typed rows: every cell is what the file says, whatever it says, in every way out."""

import csv
import io
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.made import request_for, table_of

from dailymotion_reports.errors import DataError, MissingExtra, SchemaChanged, UnreadableRow
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.table import Table

TITLES = request_for(["VIEWS"], ["VIDEO_TITLE"])
THREE = request_for(["VIEWS"], ["VIDEO_TITLE", "VIDEO_ID"])
MONEY = request_for(["ESTIMATED_EARNINGS_EUR"], ["DAY"])
HOURS = request_for(["VIEWS"], ["HOUR"])
DAYS = request_for(["VIEWS"], ["DAY"])

NASTY = (
    "NA", "null", "NULL", "NaN", "nan", "TRUE", "true", "1e5", "8e5", "00123", "135217135789158401", "-0", "inf", "",
    " ", "  a  ", "\t", "a\tb", "\\", "\\N", "\\n", 'a"b', '"', '""', "'", "a,b", "a\nb", "a\r\nb", "a\rb", "\n", ";",
    "#a", "--", "2023-07-01", "12:30", "1,234", "=1+1", "😀", "👩‍👩‍👧", "é", "e\u0301", "مرحبا", "\u202eabc", "\ufeffa",
    "\u2028", "\x85", "\x1b[31m", "[red]x", "%s", "{}", "None", "東京",
)  # fmt: skip
CELL = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from([*NASTY, "x", '"', ",", "\n", "\r\n", "\r", " "]), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
ROWS = st.lists(st.tuples(CELL, CELL, st.integers(0, 2**62)), max_size=6)


def written(rows: Sequence[Sequence[object]], end: str, *, all_quoted: bool, bom: bool, last_end: bool = True) -> bytes:
    """A CSV file with these rows; the csv module of the newest Python quotes a lone carriage return, as we do here."""

    def cell(value: object) -> str:
        text = str(value)
        if all_quoted or any(c in text for c in ',"\r\n'):
            return '"' + text.replace('"', '""') + '"'
        return text

    text = end.join(",".join(map(cell, row)) for row in rows) + (end if last_end else "")
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode()


def parsed(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def csv_of(table: Table) -> bytes:
    out = io.BytesIO()
    table.write_csv(out)
    return out.getvalue()


def rows_or_refusal(table: Table) -> list[tuple[Any, ...]] | str:
    try:
        return list(table.iter_rows())
    except UnreadableRow as error:
        return error.message


def cells(table: Table, number: int = 0) -> list[Any]:
    return [row[number] for row in table.iter_rows()]


@pytest.mark.row("X1")
@pytest.mark.row("X6")
@given(
    parts=st.lists(ROWS, min_size=1, max_size=3),
    end=st.sampled_from(["\n", "\r\n"]),
    all_quoted=st.booleans(),
    bom=st.booleans(),
    last_end=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_X6_cells_are_what_pythons_csv_module_reads(
    parts: list[list[tuple[str, str, int]]], end: str, all_quoted: bool, bom: bool, last_end: bool
) -> None:
    header = ("video_title", "video_id", "views")
    files = [written([header, *rows], end, all_quoted=all_quoted, bom=bom, last_end=last_end) for rows in parts]
    expected = [row for data in files for row in parsed(data)[1:]]
    assert len(expected) == sum(len(rows) for rows in parts), "the file says what was meant"
    with tempfile.TemporaryDirectory() as folder:
        table = table_of(Path(folder), THREE, *files)
        assert [[*row[:2], str(row[2])] for row in table.iter_rows()] == expected
        assert parsed(csv_of(table)) == [list(header), *expected]
        # What needs no other order is passed on byte for byte.
        bodies = [written(rows, end, all_quoted=all_quoted, bom=False) for rows in parts if rows]
        assert csv_of(table) == b"video_title,video_id,views\n" + b"".join(
            body if last_end else body[: -len(end)] + b"\n" for body in bodies
        )


@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]), bom=st.booleans())
@settings(deadline=None, max_examples=40)
def test_X3_reordered_and_extra_columns_change_no_cell(rows: list[tuple[str, str, int]], end: str, bom: bool) -> None:
    rows = [tuple(str(c).replace("\r\n", "\n").replace("\r", "") for c in row) for row in rows]  # type: ignore[misc]
    turned = [("Views", "NEW", "video_id", "video_title"), *((v, "new", i, t) for t, i, v in rows)]
    with tempfile.TemporaryDirectory() as folder:
        table = table_of(Path(folder), THREE, written(turned, end, all_quoted=False, bom=bom))
        expected = [[t, i, str(v)] for t, i, v in rows]
        assert [[*row[:2], str(row[2])] for row in table.iter_rows()] == expected
        assert parsed(csv_of(table)) == [["video_title", "video_id", "views"], *expected]


@pytest.mark.row("X6")
@pytest.mark.parametrize("text", NASTY)
def test_X6_text_stays_text(text: str, tmp_path: Path) -> None:
    data = written([("video_title", "views"), (text, 1)], "\n", all_quoted=False, bom=False)
    table = table_of(tmp_path, TITLES, data)
    assert list(table.iter_rows()) == [(text, 1)]
    assert table.to_arrow().column("video_title").to_pylist() == [text]
    assert parsed(csv_of(table)) == [["video_title", "views"], [text, "1"]]


def test_X1_byte_order_mark_carriage_returns_and_a_missing_last_line_end(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbfvideo_title,views\r\n"a ""b""\r\nc",1\r\nd,2'
    table = table_of(tmp_path, TITLES, data)
    assert list(table.iter_rows()) == [('a "b"\r\nc', 1), ("d", 2)]
    assert csv_of(table) == b'video_title,views\n"a ""b""\r\nc",1\r\nd,2\n'


def test_X1_empty_lines_are_no_rows(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b"video_title,views\n\na,1\n\n\nb,2\n\n")
    assert list(table.iter_rows()) == [("a", 1), ("b", 2)]


def test_X1_an_empty_line_is_no_row_where_there_is_one_column(tmp_path: Path) -> None:
    table = table_of(tmp_path, request_for(["VIEWS"]), b"views\n1\n\n")
    assert list(table.iter_rows()) == [(1,)]


def test_X1_an_empty_line_among_reordered_columns_is_no_row(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b"views,video_title\n1,a\n\n")
    assert list(table.iter_rows()) == [("a", 1)]
    assert parsed(csv_of(table)) == [["video_title", "views"], ["a", "1"]]


def test_X1_a_lone_carriage_return_survives_the_reordering_of_columns(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b'views,video_title\n1,"a\rb"\n')
    assert list(table.iter_rows()) == [("a\rb", 1)]
    assert parsed(csv_of(table)) == [["video_title", "views"], ["a\rb", "1"]]


def test_X1_rows_that_end_in_carriage_returns_alone_are_refused_by_every_way_out(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b"video_title,views\ra,1\rb,2\r")
    for way_out in (table.rows, lambda: csv_of(table), table.to_arrow):
        with pytest.raises(SchemaChanged, match="carriage returns"):
            way_out()


def test_X1_lines_that_end_in_two_ways_are_read_or_the_file_is_named(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b"video_title,views\na,1\r\nb,2\n")
    told = rows_or_refusal(table)
    assert told == [("a", 1), ("b", 2)] or "report_1.csv" in told


def test_X2_what_is_not_utf_8_is_refused_with_line_and_file(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b"video_title,views\na,1\nb\xff,2\n")
    with pytest.raises(UnreadableRow, match=r"Line 3 of report_1\.csv"):
        list(table.iter_rows())


def test_X2_what_is_not_utf_8_is_refused_where_columns_are_reordered(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b"views,video_title\n1,a\n2,b\xff\n")
    with pytest.raises(DataError):
        csv_of(table)


def test_X2_a_null_byte_is_refused_with_line_and_file(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b"video_title,views\na,1\nb\0c,2\n")
    with pytest.raises(UnreadableRow, match=r"report_1\.csv"):
        list(table.iter_rows())


def test_X3_a_media_type_is_found_under_its_other_name(tmp_path: Path) -> None:
    request = request_for(["VIEWS"], ["MEDIA_TYPE"])
    table = table_of(tmp_path, request, b"video_media_type,views\nvideo,3\n")
    assert table.rows() == [{"media_type": "video", "views": 3}]
    assert csv_of(table) == b"media_type,views\nvideo,3\n"


def test_X3_a_new_column_is_kept_out_of_rows_frames_and_csv(tmp_path: Path) -> None:
    data = b"day,surprise,views\n2023-07-01,boo,3\n"
    table = table_of(tmp_path, DAYS, data)
    assert table.rows() == [{"day": date(2023, 7, 1), "views": 3}]
    assert table.to_arrow().column_names == ["day", "views"]
    assert csv_of(table) == b"day,views\n2023-07-01,3\n"
    assert table.files[0].read_bytes() == data, "the file itself is kept as it came"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"new,video_title,video_id,views\nx,,,1\n", [("", "", 1)]),
        (b"video_title,new,video_id,views\n,x,,1\n", [("", "", 1)]),
        (b"new,views,video_title,video_id\nx,,a,b\n", [("a", "b", None)]),
        (b"new,video_title,video_id,views\nx,a,b,\n", [("a", "b", None)]),
        (b"video_title,video_id,views,new\n,,,x\n", [("", "", None)]),
    ],
)
def test_X3_empty_cells_behind_a_new_column_stay_what_they_are(
    data: bytes, expected: list[tuple[object, ...]], tmp_path: Path
) -> None:
    assert list(table_of(tmp_path, THREE, data).iter_rows()) == expected


def test_X3_columns_are_found_by_name_in_any_order_and_case_file_by_file(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"VIEWS,Day\n1,2023-07-01\n", b"day,views\n2023-07-02,2\n")
    assert list(table.iter_rows()) == [(date(2023, 7, 1), 1), (date(2023, 7, 2), 2)]
    assert csv_of(table) == b"day,views\n2023-07-01,1\n2023-07-02,2\n"


def test_X3_a_missing_column_is_refused_by_name_in_every_way_out(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,1\n", b"day,veiws\n2023-07-02,2\n")
    for way_out in (table.rows, table.to_arrow, lambda: csv_of(table)):
        with pytest.raises(SchemaChanged) as caught:
            way_out()
        assert caught.value.removed == ("views",)


def test_X4_a_file_with_only_a_header_has_no_rows(tmp_path: Path) -> None:
    for data in (b"day,views\n", b"day,views", b"\xef\xbb\xbfday,views\r\n"):
        table = table_of(tmp_path, DAYS, data)
        assert table.rows() == []
        assert csv_of(table) == b"day,views\n"


@pytest.mark.parametrize("row", [b"2023-07-02", b"2023-07-02,2,3"])
def test_X5_too_few_or_too_many_fields_are_refused_with_line_and_file(row: bytes, tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,1\n", b"day,views\n2023-07-01,1\n" + row + b"\n")
    with pytest.raises(UnreadableRow) as caught:
        table.rows()
    assert caught.value.message.startswith("Line 3 of report_2.csv cannot be read: ")


@pytest.mark.parametrize("way", ["to_arrow", "to_polars", "to_pandas"])
def test_X5_what_cannot_be_read_is_an_error_of_ours_in_every_frame(way: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,1\n", b"day,views\n2023-07-01\n")
    with pytest.raises(UnreadableRow, match=r"Line 2 of report_2\.csv"):
        getattr(table, way)()


@pytest.mark.parametrize("row", [b"2", b"2,2023-07-02,3"])
def test_X5_too_few_or_too_many_fields_are_refused_where_columns_are_reordered(row: bytes, tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"views,day\n1,2023-07-01\n" + row + b"\n")
    with pytest.raises(UnreadableRow):
        csv_of(table)


def test_X5_a_quote_that_never_closes_is_refused_with_line_and_file(tmp_path: Path) -> None:
    table = table_of(tmp_path, TITLES, b'video_title,views\na,1\n"b,2\n')
    with pytest.raises(UnreadableRow, match=r"Line \d of report_1\.csv"):
        list(table.iter_rows())


def test_a_long_text_survives_the_reordering_of_columns(tmp_path: Path) -> None:
    long = "x" * 140_000
    table = table_of(tmp_path, TITLES, b"views,video_title\n1," + long.encode() + b"\n")
    assert cells(table) == [long]
    assert csv_of(table) == b"video_title,views\n" + long.encode() + b",1\n"


@pytest.mark.parametrize(
    "text",
    [
        "0", "1.5", "-1.5", "0.1234567890", "-0.0000000001", "12345678901234567890.0123456789", ".5", "1e3", "1E-3",
        "0.10", "9999999999999999999999999999.9999999999",
    ],
)  # fmt: skip
def test_X7_decimals_of_up_to_ten_digits_are_exact(text: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, MONEY, f"day,estimated_earnings_eur\n2023-07-01,{text}\n".encode())
    (value,) = cells(table, 1)
    assert type(value) is Decimal
    assert value == Decimal(text)
    assert table.to_arrow().column(1).to_pylist() == [value]
    assert csv_of(table).endswith(f",{text}\n".encode())


@pytest.mark.parametrize("text", ["0.12345678901", "1.00000000000", "-3.14159265358979"])
def test_X7_eleven_digits_are_refused_and_never_rounded(text: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, MONEY, f"day,estimated_earnings_eur\n2023-07-01,{text}\n".encode())
    for way_out in (table.rows, table.to_arrow):
        with pytest.raises(UnreadableRow, match="10 digits after the point") as caught:
            way_out()
        assert text in caught.value.message


@pytest.mark.parametrize("text", ["1e-11", "1.2345e-8", "5E-30", "0.1234567e-5"])
def test_X7_more_than_ten_digits_by_way_of_an_exponent_are_refused_too(text: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, MONEY, f"day,estimated_earnings_eur\n2023-07-01,{text}\n".encode())
    with pytest.raises(UnreadableRow):
        table.rows()


def test_X7_few_digits_with_an_exponent_are_exact(tmp_path: Path) -> None:
    table = table_of(tmp_path, MONEY, b"day,estimated_earnings_eur\n2023-07-01,1.23456789012e5\n")
    assert cells(table, 1) == [Decimal("123456.789012")]


@pytest.mark.parametrize("text", ['"1,234"', "inf", "NaN", "1.2.3", "abc", "1 2", "€1"])
def test_X7_what_is_no_number_is_refused(text: str, tmp_path: Path) -> None:
    for request, header in ((MONEY, "day,estimated_earnings_eur"), (DAYS, "day,views")):
        table = table_of(tmp_path, request, f"{header}\n2023-07-01,{text}\n".encode())
        with pytest.raises(UnreadableRow):
            table.rows()


@pytest.mark.parametrize("text", ["0x10", "0b11", "1_000"])
def test_X7_a_count_is_written_in_digits(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableRow):
        table_of(tmp_path, DAYS, f"day,views\n2023-07-01,{text}\n".encode()).rows()


@pytest.mark.parametrize("text", ["0.12345678901", "abc"])
def test_X7_a_decimal_that_cannot_be_read_is_named_with_line_and_file(text: str, tmp_path: Path) -> None:
    good = b"day,estimated_earnings_eur\n2023-07-01,1\n"
    table = table_of(tmp_path, MONEY, good, good + f"2023-07-02,{text}\n".encode())
    with pytest.raises(UnreadableRow, match=r"Line 3 of report_2\.csv"):
        table.rows()


@pytest.mark.parametrize("text", ["1.5", "0.4", "-2.5", "1e-3"])
def test_X7_a_fraction_where_a_count_is_expected_is_refused_and_never_rounded(text: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, f"day,views\n2023-07-01,{text}\n".encode())
    with pytest.raises(UnreadableRow):
        table.rows()


@pytest.mark.row("TM20")
def test_TM20_a_cell_that_cannot_be_read_is_told_in_one_line_without_control_characters(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b'day,views\n2023-07-01,"\x1b]0;owned\x07\r\n1"\n')
    with pytest.raises(UnreadableRow) as caught:
        table.rows()
    assert caught.value.message.isprintable()
    assert caught.value.__cause__ is None


def test_X7_counts_are_exact_up_to_the_last_that_fits(tmp_path: Path) -> None:
    rows = b"2023-07-01,9223372036854775807\n2023-07-02,-1\n2023-07-03,0007\n"
    assert cells(table_of(tmp_path, DAYS, b"day,views\n" + rows), 1) == [9223372036854775807, -1, 7]
    with pytest.raises(UnreadableRow, match=r"Line 2 of report_1\.csv"):
        table_of(tmp_path, DAYS, b"day,views\n2023-07-01,9223372036854775808\n").rows()


def test_X7_a_cell_that_cannot_be_read_is_named_by_its_column(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,abc\n")
    with pytest.raises(UnreadableRow, match="views"):
        table.rows()


def test_empty_numbers_are_none_and_empty_texts_are_empty(tmp_path: Path) -> None:
    request = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["PLAYLIST_ID", "MONTH"])
    header = b"playlist_id,month,views,estimated_earnings_eur\n"
    table = table_of(tmp_path, request, header + b',2023-07,,\n"","","",""\n')
    assert list(table.iter_rows()) == [("", "2023-07", None, None), ("", "", None, None)]
    assert table.to_arrow().column("playlist_id").to_pylist() == ["", ""]
    assert table.to_arrow().column("views").to_pylist() == [None, None]


@pytest.mark.parametrize(
    "text", ["2023-07-01 05:00:00", "2023-07-01T05:00:00", "2023-07-01T05:00:00Z", "2023-07-01 05:00:00 UTC"]
)
def test_an_hour_is_a_time_of_utc(text: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, HOURS, f"hour,views\n{text},1\n".encode())
    assert list(table.iter_rows()) == [(datetime.fromisoformat("2023-07-01T05:00"), 1)]
    assert csv_of(table) == f"hour,views\n{text},1\n".encode()


def test_X8_an_hour_of_another_time_zone_is_turned_into_utc_or_refused(tmp_path: Path) -> None:
    table = table_of(tmp_path, HOURS, b"hour,views\n2023-07-01T05:00:00+02:00,1\n")
    rows = rows_or_refusal(table)
    assert isinstance(rows, str) or rows == [(datetime.fromisoformat("2023-07-01T03:00"), 1)]


@pytest.mark.parametrize("text", ["2023-13-01", "01/07/2023", "yesterday", "2023-07-01T00:00:00Z", "20230701"])
def test_a_day_in_another_form_is_refused_with_line_and_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableRow, match=r"Line 2 of report_1\.csv"):
        table_of(tmp_path, DAYS, f"day,views\n{text},1\n".encode()).rows()


@pytest.mark.row("X8")
@pytest.mark.parametrize("row", ["2023-06-30,1", "2023-07-05,1", "1999-12-31,1"])
def test_X8_a_day_that_its_file_was_not_asked_for_is_refused_by_every_way_out(row: str, tmp_path: Path) -> None:
    good = "day,views\n2023-07-01,1\n,2\n2023-07-04,1\n"
    plain = table_of(tmp_path, DAYS, good.encode(), f"{good}{row}\n".encode())
    assert len(plain.rows()) == 7, "nobody said which days were asked for"
    table = replace(plain, windows=(DAYS.window, DAYS.window))
    for way_out in (table.rows, lambda: csv_of(table), table.to_arrow):
        with pytest.raises(UnreadableRow, match=r"day is not a day .* from 2023-07-01 to 2023-07-04") as caught:
            way_out()
        assert (caught.value.file, caught.value.line) == ("report_2.csv", 5)


@pytest.mark.row("X8")
def test_X8_each_file_has_days_of_its_own(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,1\n", b"day,views\n2023-07-02,1\n")
    first, second = (Window(date(2023, 7, n), date(2023, 7, n)) for n in (1, 2))
    assert len(replace(table, windows=(first, second)).rows()) == 2
    with pytest.raises(UnreadableRow, match=r"Line 2 of report_1\.csv"):
        replace(table, windows=(second, first)).rows()


@pytest.mark.row("X8")
@pytest.mark.parametrize("text", ["2023-07-05 00:00:00", "2023-07-05T00:00Z", "2023-06-30 23:59:59"])
def test_X8_an_hour_of_a_day_that_was_not_asked_for_is_refused(text: str, tmp_path: Path) -> None:
    data = f"hour,views\n2023-07-01 00:00:00,1\n2023-07-04T23:59Z,1\n{text},1\n"
    table = replace(table_of(tmp_path, HOURS, data.encode()), windows=(HOURS.window,))
    for way_out in (table.rows, lambda: csv_of(table)):
        with pytest.raises(UnreadableRow, match=r"Line 4 of report_1\.csv .* from 2023-07-01 to 2023-07-04"):
            way_out()


def test_X10_every_part_with_its_own_header_is_read_in_order(tmp_path: Path) -> None:
    parts = [f"day,views\n2023-07-0{n},{n}\n".encode() for n in (3, 1, 2)]
    table = table_of(tmp_path, DAYS, *parts)
    assert cells(table, 1) == [3, 1, 2]
    assert csv_of(table) == b"day,views\n2023-07-03,3\n2023-07-01,1\n2023-07-02,2\n"


def test_X10_a_part_without_a_header_is_refused_and_no_row_is_taken_for_one(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,1\n", b"2023-07-02,2\n2023-07-03,3\n")
    for way_out in (table.rows, lambda: csv_of(table)):
        with pytest.raises(SchemaChanged, match="no column day, views"):
            way_out()


def test_money_is_decimal_in_rows_and_in_every_frame(tmp_path: Path) -> None:
    table = table_of(tmp_path, MONEY, b"day,estimated_earnings_eur\n2023-07-01,0.1\n2023-07-02,0.2\n2023-07-03,\n")
    exact = [Decimal("0.1"), Decimal("0.2"), None]
    name = "estimated_earnings_eur"
    assert [row[name] for row in table.rows()] == exact
    frame = table.to_polars()
    assert frame.schema == {"day": polars.Date, name: polars.Decimal(38, 10)}
    assert frame[name].to_list() == exact
    assert frame[name].sum() == Decimal("0.3")
    arrow = table.to_arrow()
    assert str(arrow.schema.field(name).type) == "decimal128(38, 10)"
    assert arrow.column(name).to_pylist() == exact
    told = table.to_pandas()
    assert str(told[name].dtype) == "decimal128(38, 10)[pyarrow]"
    assert list(told[name])[:2] == exact[:2]
    assert pandas.isna(told[name].iloc[2])


def test_X4_no_files_are_no_rows_with_the_right_columns_and_types(tmp_path: Path) -> None:
    request = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY", "HOUR", "VIDEO_TITLE"])
    table = table_of(tmp_path, request)
    assert table.rows() == []
    assert csv_of(table) == b"day,hour,video_title,views,estimated_earnings_eur\n"
    assert {field.name: str(field.type) for field in table.to_arrow().schema} == {
        "day": "date32[day]",
        "hour": "timestamp[us]",
        "video_title": "string",
        "views": "int64",
        "estimated_earnings_eur": "decimal128(38, 10)",
    }
    assert table.to_polars().height == 0
    assert list(table.to_pandas().columns) == list(table.schema.names)


def test_the_arrow_stream_is_read_by_others_without_our_help(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,1\n2023-07-02,\n")
    assert "arrow_array_stream" in repr(table.__arrow_c_stream__())
    reader = pyarrow.RecordBatchReader.from_stream(table)
    assert reader.read_all().to_pylist() == [
        {"day": date(2023, 7, 1), "views": 1},
        {"day": date(2023, 7, 2), "views": None},
    ]


def test_a_table_is_read_as_often_as_somebody_asks(tmp_path: Path) -> None:
    table = table_of(tmp_path, DAYS, b"day,views\n2023-07-01,1\n")
    assert table.rows() == table.rows() == [{"day": date(2023, 7, 1), "views": 1}]
    assert table.to_arrow().num_rows == table.to_arrow().num_rows == 1


def test_rows_are_given_out_one_by_one_in_the_order_of_the_files(tmp_path: Path) -> None:
    count = 5000
    body = "".join(f"title {n},{n}\n" for n in range(count))
    table = table_of(tmp_path, TITLES, b"video_title,views\n" + body.encode())
    rows = table.iter_rows()
    assert next(rows) == ("title 0", 0)
    assert [row[1] for row in rows] == list(range(1, count))


@pytest.mark.parametrize(
    ("way", "module", "extra"),
    [("to_polars", "polars", "polars"), ("to_arrow", "pyarrow", "arrow"), ("to_pandas", "pandas", "pandas")],
)
def test_a_frame_whose_library_is_absent_names_the_extra(
    way: str, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra) as caught:
        getattr(table_of(tmp_path, DAYS), way)()
    assert caught.value.extra == extra
