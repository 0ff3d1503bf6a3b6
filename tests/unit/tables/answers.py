"""One answer with everything in it that readers of files get wrong, and what each cell must come out as."""

from datetime import date, datetime
from decimal import Decimal

from tests.unit.made import request_for

REQUEST = request_for(
    ["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["VIDEO_TITLE", "VIDEO_ID", "VISITOR_COUNTRY_ISO2", "DAY", "HOUR"]
)
NAMES = (*(name.lower() for name in REQUEST.dimensions), *(name.lower() for name in REQUEST.metrics))

FORMULAS = tuple(
    lead + start + "1+1"
    for start in ("=", "+", "-", "@", "\t", "\r")
    for lead in ("", " ", "'", '"', "\n")
)  # fmt: skip
"""TM18: the six characters that begin a formula, also after a blank, a quote and a line end."""

TITLES = (
    "NA", "null", "NULL", "None", "nan", "NaN", "N/A", "TRUE", "true", "000123", "8e5", "1e5", "-0", "inf",
    "135217135789158401", "", " ", "  a  ", "a,b", 'a"b', "a\nb", "a\r\nb", "\\N", "\\x1b", "2023-07-01", "12:30",
    "https://example.org/?a=b", "mailto:a@example.org", "internal:Sheet1!A1", "=HYPERLINK(\"https://x\";\"y\")",
    "{=1+1}", "<b>&amp;</b>", "<script>alert(1)</script>", "<r><t>x</t></r>",
    "<r></r></is></c><c r=\"Z9\"><f>1+1</f></c><c><is><r></r>", "]]>", "日本語", "é", "e\u0301",
    "😀", "👩‍👩‍👧", "مرحبا",
    "\x1b]0;owned\x07", "\x1b[31m", "\x08", "\x85", "\x9b31m", "\u202eabc", "\u2028", "\ufeffa", "[red]x[/]", "%s",
    *FORMULAS,
)  # fmt: skip

Row = tuple[str, str, str, date, datetime, int | None, Decimal | None]

ROWS: tuple[Row, ...] = tuple(
    (
        title,
        ("000123", "8e5", "135217135789158401")[n % 3],
        ("NA", "FR", "")[n % 3],
        date(2023, 7, 1 + n % 4),
        datetime(2023, 7, 1 + n % 4, n % 24),  # noqa: DTZ001  (naive, UTC)
        None if n % 7 == 0 else (2**63 - 1 if n % 7 == 1 else n * 1000),
        None if n % 5 == 0 else Decimal(("0.10", "-0.0000000001", "1234567890123456789.0123456789", "1000")[n % 4]),
    )
    for n, title in enumerate(TITLES)
)


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
    return '"' + text.replace('"', '""') + '"'


FILE = "\n".join([",".join(NAMES), *(",".join(map(_cell, row)) for row in ROWS), ""]).encode()
"""The answer as a report file."""
