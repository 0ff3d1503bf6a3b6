"""One report in every format, through the command, read back with other tools: row by row the rows of truth."""

import csv
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars
import pyarrow.parquet
import pytest
from tests.acceptance.served import Dmr, Served, records

from dailymotion_reports.redaction import harmless

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")
PERIOD = ("2023-07-01", "2023-07-04")
METRICS, DIMENSIONS = "VIEWS,ESTIMATED_EARNINGS_EUR", "DAY,VIDEO_TITLE,VIDEO_ID"
NAMES = ["day", "video_title", "video_id", "views", "estimated_earnings_eur"]
FORMATS = ("csv", "json", "jsonl", "parquet", "xlsx")

Row = tuple[str, str, str, int | None, Decimal | None]


def typed(row: Any) -> Row:
    """A row of any reader as text, text, text, count, money."""
    day, title, video, views, money = row
    return (
        str(day)[:10],
        title or "",
        video,
        None if views in ("", None) else int(views),
        None if money in ("", None) else Decimal(str(money)).normalize(),
    )


@pytest.fixture(scope="module")
def answers(one_sandbox: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same answer in every format, and in a DuckDB table, from one report."""
    one_sandbox.reset()
    folder = tmp_path_factory.mktemp("answers")
    outputs = [word for format in FORMATS for word in ("-o", f"july.{format}")]
    done = subprocess.run(
        [
            sys.executable, "-m", "dailymotion_reports", "report", METRICS, "--by", DIMENSIONS, *DAYS, *outputs,
            "--into", "duckdb:july.duckdb",
        ],
        env=os.environ | one_sandbox.environment | {"DMR_HOME": str(folder / "home")},
        cwd=folder, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert one_sandbox.stats["reports_created"] == 2, "one for each kind of metric"
    return folder


@pytest.fixture(scope="module")
def truth(one_sandbox: Served) -> list[Row]:
    header, *rows = one_sandbox.truth(METRICS, DIMENSIONS, *PERIOD)
    assert header == NAMES
    assert len(rows) > 300
    return sorted((typed(row) for row in rows), key=str)


def from_csv(folder: Path) -> Iterator[Any]:
    header, *rows = records(folder / "july.csv")
    assert header == NAMES
    yield from rows


def from_json(folder: Path) -> Iterator[Any]:
    for row in json.loads((folder / "july.json").read_bytes()):
        assert list(row) == NAMES
        yield row.values()


def from_jsonl(folder: Path) -> Iterator[Any]:
    for line in (folder / "july.jsonl").read_text().split("\n")[:-1]:
        row = json.loads(line)
        assert list(row) == NAMES
        assert not isinstance(row["estimated_earnings_eur"], float)
        yield row.values()


def from_parquet_by_arrow(folder: Path) -> Iterator[Any]:
    table = pyarrow.parquet.read_table(folder / "july.parquet")
    assert table.column_names == NAMES
    assert str(table.schema.field("estimated_earnings_eur").type) == "decimal128(38, 10)"
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def from_parquet_by_polars(folder: Path) -> Iterator[Any]:
    frame = polars.read_parquet(folder / "july.parquet")
    assert frame.schema["estimated_earnings_eur"] == polars.Decimal(38, 10)
    return iter(frame.rows())


def from_parquet_by_duckdb(folder: Path) -> Iterator[Any]:
    with duckdb.connect() as reader:
        return iter(reader.execute("SELECT * FROM read_parquet(?)", [str(folder / "july.parquet")]).fetchall())


def from_xlsx(folder: Path) -> Iterator[Any]:
    header, *rows = openpyxl.load_workbook(folder / "july.xlsx")["report"].iter_rows()
    assert [cell.value for cell in header] == NAMES
    for row in rows:
        assert all(cell.data_type != "f" for cell in row)
        yield [str(row[1].value or "").replace("\\x1b", "\x1b").replace("\\r", "\r") if n == 1 else cell.value
               for n, cell in enumerate(row)]  # fmt: skip


def from_table(folder: Path) -> Iterator[Any]:
    with duckdb.connect(str(folder / "july.duckdb"), read_only=True) as database:
        return iter(database.execute(f"SELECT {', '.join(NAMES)} FROM report").fetchall())


@pytest.mark.parametrize(
    "read",
    [
        from_csv, from_json, from_jsonl, from_parquet_by_arrow, from_parquet_by_polars, from_parquet_by_duckdb,
        from_xlsx, from_table,
    ],
    ids=lambda read: read.__name__,
)  # fmt: skip
def test_every_output_holds_the_rows_of_truth(read: Any, answers: Path, truth: list[Row]) -> None:
    assert sorted((typed(row) for row in read(answers)), key=str) == truth


@pytest.mark.thorough
def test_every_format_is_the_same_on_stdout(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    asked = ("report", "VIEWS", "--by", "DAY", *DAYS)
    truth = served.truth("VIEWS", "DAY", *PERIOD)
    expected = [{"day": day, "views": int(views)} for day, views in truth[1:]]
    out = {
        form: dmr(*asked, "--format", form, environment=served.environment).stdout for form in ("csv", "json", "jsonl")
    }
    assert list(csv.reader(io.StringIO(out["csv"]))) == truth
    assert json.loads(out["json"]) == expected
    assert [json.loads(line) for line in out["jsonl"].splitlines()] == expected


def at_terminal(served: Served, folder: Path, *asked: str, code: int = 0, **variables: str) -> str:
    """What ``dmr report`` prints where stdout is a terminal."""
    command = [sys.executable, "-m", "dailymotion_reports", "report", *asked, *DAYS]
    environment = os.environ | served.environment | {"TERM": "xterm-256color", "COLUMNS": "80"} | variables
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        shown = bytearray()
        while select.select([ours], [], [], 60)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
    os.close(ours)
    assert process.returncode == code
    return shown.decode()


COLOUR = re.compile(r"\x1b\[(?:3\d|4\d|9\d|10\d)(?:;|m)")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.thorough
@pytest.mark.parametrize("width", ["80", "140"])
def test_a_table_fits_its_terminal(width: str, served: Served, tmp_path: Path) -> None:
    text = at_terminal(served, tmp_path, METRICS, "--by", "VIDEO_TITLE", COLUMNS=width)
    lines = ESCAPES.sub("", text).splitlines()
    assert max(map(len, lines)) <= int(width)
    assert "█" in text
    assert "more of" in lines[-1]
    assert harmless(ESCAPES.sub("", text).replace("\r\n", "")) == ESCAPES.sub("", text).replace("\r\n", "")


@pytest.mark.thorough
def test_colours_are_the_terminals_own_and_left_out_on_request(served: Served, tmp_path: Path) -> None:
    asked = ("VIEWS,TIME_WATCHED_SECONDS", "--by", "DAY")
    text = at_terminal(served, tmp_path, *asked)
    assert set(COLOUR.findall(text)) == {"\x1b[36m"}, "cyan and nothing else: it is seen on light and on dark"
    assert not COLOUR.findall(at_terminal(served, tmp_path, *asked, NO_COLOR="1"))
    assert "\x1b" not in at_terminal(served, tmp_path, *asked, TERM="dumb")


def test_a_terminal_of_few_letters_gets_ascii(served: Served, tmp_path: Path) -> None:
    text = at_terminal(
        served, tmp_path, METRICS, "--by", "VIDEO_TITLE", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0"
    )
    lines = ESCAPES.sub("", text).splitlines()
    assert text.isascii()
    assert max(map(len, lines)) <= 80
    assert "###" in text
    assert lines[-1].startswith("... and ")
    assert "\\u2026" not in text


def test_a_spreadsheet_is_no_good_at_a_terminal(served: Served, tmp_path: Path) -> None:
    assert at_terminal(served, tmp_path, "VIEWS", "--format", "xlsx", code=2) == ""
    assert served.stats["token_requests"] == 0


@pytest.mark.parametrize("asked", [("--format", "csv"), ("-o", "-"), ("--format", "jsonl")])
@pytest.mark.row("TM20")
def test_TM20_data_at_a_terminal_is_shown_harmlessly_and_into_a_pipe_is_what_it_is(
    asked: tuple[str, ...], served: Served, dmr: Dmr, tmp_path: Path
) -> None:
    question = ("VIEWS", "--by", "VIDEO_TITLE", *DAYS)
    shown = at_terminal(served, tmp_path, *question[:-4], *asked)
    assert "\x1b" not in shown
    assert r"\x1b[31mred" in shown or r"\u001b[31mred" in shown
    assert dmr("report", *question, "-o", "july.csv", environment=served.environment).returncode == 0
    exact = (tmp_path / "july.csv").read_bytes()
    assert b"\x1b[31mred" in exact
    piped = subprocess.run(
        [sys.executable, "-m", "dailymotion_reports", "report", *question, "-o", "-"],
        env=os.environ | served.environment, cwd=tmp_path, capture_output=True, timeout=120,
    )  # fmt: skip
    assert piped.stdout == exact


LONG = "a" * 300


@pytest.mark.parametrize("json_too", [(), ("--json",)])
@pytest.mark.parametrize("where", [("-o", f"{LONG}.csv"), ("--raw", LONG), ("--into", f"duckdb:{LONG}")])
def test_a_name_that_is_too_long_is_a_mistake_told_before_anything_is_asked(
    where: tuple[str, str], json_too: tuple[str, ...], served: Served, dmr: Dmr
) -> None:
    done = dmr("report", "VIEWS", "--by", "DAY", *DAYS, *where, *json_too, environment=served.environment)
    assert done.returncode == 2
    assert "File name too long" in done.stdout + done.stderr
    assert served.stats["reports_created"] == 0


def test_every_mistake_of_question_and_outputs_is_told_at_once(served: Served, dmr: Dmr) -> None:
    done = dmr(
        "report", "view", "--by", "hours", "--period", "2023-13", "-o", "x.txt", "-o", "none/x.csv", "--into", "foo",
        "--format", "bogus", "--channel", "", environment=served.environment,
    )  # fmt: skip
    assert done.returncode == 2
    for told in ("VIEWS?", "HOUR?", "'2023-13'", "no format 'bogus'", "no folder", "'foo' is not", "'--channel'"):
        assert told in done.stderr, told
    assert served.stats["reports_created"] == 0
