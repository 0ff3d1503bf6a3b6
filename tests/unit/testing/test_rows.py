"""Truth as typed rows, and what is told of a difference."""

from datetime import date, datetime
from decimal import Decimal

from dailymotion_reports.testing.rows import difference, typed_rows


def test_cells_have_the_types_of_a_reports_rows() -> None:
    text = (
        "day,hour,month,video_title,views,estimated_earnings_eur\n"
        '2023-07-01,2023-07-01 13:00:00,2023-07,"00123, or not",5,1.500000\n'
        "2023-07-02,2023-07-02 00:00:00,2023-07,,,\n"
    )
    assert typed_rows(text) == [
        {
            "day": date(2023, 7, 1),
            "hour": datetime.fromisoformat("2023-07-01T13:00"),
            "month": "2023-07",
            "video_title": "00123, or not",
            "views": 5,
            "estimated_earnings_eur": Decimal("1.5"),
        },
        {
            "day": date(2023, 7, 2),
            "hour": datetime.fromisoformat("2023-07-02T00:00"),
            "month": "2023-07",
            "video_title": "",
            "views": None,
            "estimated_earnings_eur": None,
        },
    ]


def test_the_order_of_rows_makes_no_difference_and_their_number_does() -> None:
    a, b = {"views": 1}, {"views": 2}
    assert difference([a, b], [b, a]) == ""
    assert difference([a, a], [a]) == "1 rows not true, the first of them:\n  {'views': 1}"
    assert difference([], [a, b]).startswith("2 rows missing, the first of them:\n  {'views': ")
