"""Report files drawn at random, as a service might write them: well-formed in every way, or with one thing wrong."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dailymotion_reports.tables.schema import Column, TableSchema

SCHEMA = TableSchema(
    (
        Column("day", "date"),
        Column("hour", "timestamp"),
        Column("month", "month"),
        Column("video_id", "text"),
        Column("video_title", "text"),
        Column("media_type", "text", also_named=("video_media_type",)),
        Column("views", "integer", rule="add"),
        Column("estimated_earnings_eur", "decimal", rule="add"),
    )
)
NAMES = SCHEMA.names

_PIECES = (
    "NA", "NULL", "null", "NaN", "nan", "TRUE", "None", "N/A", "1e5", "8e5", "00123", "-0", "inf", "1.5",
    "0x10", "1_000", "2023-07-01", "epoch", "12:30", "1,234", "135217135789158401", " ", "  ", "\t", "\\",
    "\\N", '"', '""', "'", ",", ",,", ";", "|", "#", "--", "\n", "\r\n", "\r", "\n\n", "=1+1", "é", "e\u0301",
    "日本語", "😀", "\u2028", "\x85", "\ufeff", "\x1b[31m", "\x7f", "\u202e",
    "a title that is longer than twelve bytes", "x",
)  # fmt: skip
_DAYS = ("2023-07-01", "2024-02-29", "0001-01-01", "9999-12-31", "1969-12-31", "")
_HOURS = (
    "2023-07-01 05:00:00", "2023-07-01T05:00:00Z", "2023-07-01 05:00", "2023-07-01 05:00:00 UTC",
    "2023-07-01T23:59:59+00:00", "1969-12-31 23:00:00+00:00", "2023-07-01T05:00:00UTC", "0001-01-01 00:00:00",
    "9999-12-31 23:59:59", "",
)  # fmt: skip
_NO_DAYS = (
    "2023-7-1", "2023/07/01", " 2023-07-01", "2023-07-01 ", "2023-07-1 ", "2023-02-29", "2023-13-01", "epoch",
    "infinity", "20230701", "12023-01-01", "0000-01-01", "2023-07-01 00:00:00", "2023-07-01 (BC)", "today",
    "-2023-07-01", "٢٠٢٣-07-01",
)  # fmt: skip
_NO_HOURS = (
    "2023-07-01", "2023-07-01 25:00:00", "2023-07-01 05:00:00+02:00", "2023-07-01 5:00:00", "05:00:00", "epoch",
    "now", " 2023-07-01 05:00:00", "2023-07-01 05:00:00 CET", "2023-07-01 05:00:00.5", "12023-01-01 00:00:00",
)  # fmt: skip
_NO_INTEGERS = (
    "1.5", "1.", ".5", "1.0", "1e3", "1e2", "12e1", "1_000", " 1", "1 ", "\t1", "+1", "--1", "-", "0x10", "0b1",
    "NaN", "NA", "true", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1,234", "１",
    "1-", "null",
)  # fmt: skip
_NO_DECIMALS = (
    "0.12345678901", "1.00000000000", "1e-11", "1.2345e-8", "+1", " 1", "1 ", "1_000.5", ".", "-", "-.", "1e",
    "e5", "1.2.3", "1,5", "inf", "-inf", "NaN", "NA", "0x1p3", "1e28", "10000000000000000000000000000", "1f",
    "€1", "--1", "1e1.5", "1 000",
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """One file: its bytes, and what was done to it."""

    data: bytes
    fault: str = ""


Cells = dict[str, str]


def text(chance: random.Random) -> str:
    """A text of up to four pieces, often none."""
    return "".join(chance.choices(_PIECES, k=chance.choice((0, 1, 1, 1, 2, 4))))


def integer(chance: random.Random) -> str:
    """A whole number in some form that is allowed, or nothing."""
    digits = str(chance.getrandbits(chance.choice((1, 4, 12, 31, 62))))
    return chance.choice((digits, digits, f"-{digits}", digits.zfill(chance.randint(1, 19)), "-0", ""))


def decimal(chance: random.Random) -> str:
    """A number with at most ten digits after the point in some form that is allowed, or nothing."""
    whole = str(chance.getrandbits(chance.choice((1, 10, 40, 80))))
    part = "".join(chance.choices("0123456789", k=chance.randint(1, 10)))
    six = f"{whole}.{chance.randrange(10**6):06}"
    small = f"{chance.randint(0, 99)}.{part[:3]}{chance.choice('eE')}{chance.choice(('-7', '+3', '5', '-0', '02'))}"
    return chance.choice(
        (six, six, f"-{six}", whole, f"{whole}.{part}", f"{whole}.", f".{part}", f"-.{part}", f"00{whole}.5", small, "")
    )


_DRAWS: dict[str, Callable[[random.Random], str]] = {
    "day": lambda chance: chance.choice(_DAYS),
    "hour": lambda chance: chance.choice(_HOURS),
    "views": integer,
    "estimated_earnings_eur": decimal,
}
WRONG = {"day": _NO_DAYS, "hour": _NO_HOURS, "views": _NO_INTEGERS, "estimated_earnings_eur": _NO_DECIMALS}


def _record(cells: Sequence[str], end: str, quoting: Callable[[], bool]) -> str:
    def written(cell: str) -> str:
        if quoting() or any(c in cell for c in ',"\r\n'):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    return ",".join(map(written, cells)) + end


class _Writer:
    """Writes one file, with the habits that this file has."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.end = chance.choice(("\n", "\r\n"))
        self.extra = chance.sample(("new", "Region", "video title", ""), k=chance.choice((0, 0, 1, 2)))
        self.order = [*NAMES, *self.extra]
        if chance.random() < 0.4:
            chance.shuffle(self.order)
        often = chance.choice((0.0, 0.1, 1.0))
        self.quoting = lambda: chance.random() < often

    def record(self, cells: Sequence[str]) -> str:
        return _record(cells, self.end, self.quoting)

    def header(self) -> str:
        other = {"media_type": "video_media_type"} if self.chance.random() < 0.3 else {}
        case = self.chance.choice((str, str, str.upper, str.title))
        return self.record([case(other.get(name, name)) for name in self.order])

    def cells(self) -> Cells:
        return {name: _DRAWS.get(name, text)(self.chance) for name in self.order}

    def row(self, cells: Cells) -> str:
        """A record, now and then behind an empty line."""
        return ("" if self.chance.random() < 0.97 else self.end) + self.record([cells[name] for name in self.order])

    def finished(self, rows: Sequence[str]) -> bytes:
        body = "".join(rows)
        if self.chance.random() < 0.3:
            body = body.removesuffix(self.end)
        return (b"\xef\xbb\xbf" if self.chance.random() < 0.2 else b"") + body.encode()


def good(chance: random.Random, rows: int) -> Drawn:
    """A file that must be read."""
    writer = _Writer(chance)
    return Drawn(writer.finished([writer.header(), *(writer.row(writer.cells()) for _ in range(rows))]))


def _wrong_cell(writer: _Writer) -> bytes:
    name = writer.chance.choice(tuple(WRONG))
    return writer.row(writer.cells() | {name: writer.chance.choice(WRONG[name])}).encode()


def _too_few(writer: _Writer) -> bytes:
    cells = writer.cells() | {writer.order[0]: "x", writer.order[-1]: "x"}
    return writer.record(
        [cells[name] for name in writer.order][: writer.chance.randint(1, len(writer.order) - 1)]
    ).encode()


def _too_many(writer: _Writer) -> bytes:
    return writer.record([*writer.cells().values(), *["x"] * writer.chance.randint(1, 3)]).encode()


def _not_utf_8(writer: _Writer) -> bytes:
    bad = writer.chance.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80"))
    return writer.row(writer.cells() | {"video_title": "MARK"}).encode().replace(b"MARK", bad)


def _null_byte(writer: _Writer) -> bytes:
    return writer.row(writer.cells() | {writer.chance.choice(writer.order): "a\0b"}).encode()


def _after_a_quote(writer: _Writer) -> bytes:
    return (
        writer.row(writer.cells() | {"video_title": "MARK"})
        .encode()
        .replace(b"MARK", b'"a"b')
        .replace(b'""a"b"', b'"a"b')
    )


def _open_quote(writer: _Writer) -> bytes:
    return b'"' + writer.record([cell.replace('"', "") for cell in writer.cells().values()]).replace('"', "").encode()


_ROW_FAULTS: dict[str, Callable[[_Writer], bytes]] = {
    "a wrong cell": _wrong_cell,
    "too few fields": _too_few,
    "too many fields": _too_many,
    "not UTF-8": _not_utf_8,
    "a null byte": _null_byte,
    "text after a quote": _after_a_quote,
    "an open quote": _open_quote,
}
_WEIGHTS = (8, 2, 2, 2, 2, 1, 1)


def bad(chance: random.Random, rows: int) -> Drawn:
    """A file that must be refused, for one reason."""
    writer = _Writer(chance)
    if chance.random() < 0.1:
        return _bad_header(writer)
    (fault,) = chance.choices(tuple(_ROW_FAULTS), _WEIGHTS)
    before, after = (
        "".join(writer.row(writer.cells()) for _ in range(chance.randint(0, rows // 2))).encode() for _ in range(2)
    )
    return Drawn(writer.header().encode() + before + _ROW_FAULTS[fault](writer) + after, fault)


def _bad_header(writer: _Writer) -> Drawn:
    """No bytes, no header, or one that lacks a column."""
    rows = writer.row(writer.cells()).encode()
    fault = writer.chance.choice(("no bytes", "no header", "a column is missing", "a column stands twice"))
    match fault:
        case "no bytes":
            return Drawn(b"", fault)
        case "no header":
            return Drawn(rows, fault)
        case "a column is missing":
            return Drawn(writer.record([name for name in writer.order if name != "views"]).encode() + rows, fault)
        case _:
            return Drawn(writer.record([*writer.order, "VIEWS"]).encode() + rows, fault)
