"""Dates as HTTP says them."""

from dailymotion_reports.sandbox.clock import LAST_MOMENT
from dailymotion_reports.sandbox.headers import dated, http_date


def test_a_date_is_in_gmt_and_to_the_second() -> None:
    assert http_date(784_111_777.9) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert http_date(LAST_MOMENT).endswith(" GMT")


def test_the_date_stands_beside_what_was_there() -> None:
    assert dated({"etag": "x"}, 0.0) == {"etag": "x", "date": "Thu, 01 Jan 1970 00:00:00 GMT"}
