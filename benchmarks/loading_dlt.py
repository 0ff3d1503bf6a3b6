"""How long it takes to replace a window in a DuckDB file: ours against dlt's own path into the same kind of file.

Both begin with the vendor's CSV file and end with the same rows and columns.  Ours types and checks every cell, finds
what was restated and writes receipt and history, in one transaction.  dlt is given the rows in the form that it loads
quickest: DuckDB types them, unchecked, into a Parquet file that dlt imports as it is (Arrow batches took longer, and so
did a file that Arrow writes), replaced by ``merge`` with the day as merge key and without a primary key.  Both load, in
turn and in this process (what imports take is not counted: 0.2 s of ours, 1.6 s of dlt's), into a file that holds the
window already.  Goal: dlt takes twice our time at least.  Beside it stand dlt where that Parquet file is there already,
the same with the asked columns alone, and our own source for dlt, which checks the CSV file and marks what goes.
Telemetry is off.  Run it by `make bench`.
"""

import argparse
import logging
import statistics
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import dlt
import duckdb
import pyarrow
import pyarrow.parquet
from benchmarks.loading import DAYS, FIRST, made, ours, request, timed
from dlt.common.libs.pyarrow import py_arrow_to_table_schema_columns
from tests.quiet_dlt import quiet

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.integrations.dlt_source import Dataset, dailymotion_reports_source
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.engine import LOADING, connection
from dailymotion_reports.tables.read import SQL_TYPES
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace import Handover, Workspace
from dailymotion_reports.workspace.handover import SPAN
from dailymotion_reports.workspace.keeping import questioned

ASKED = 2.0


class Answering:
    """A workspace that answers with one table."""

    def __init__(self, table: Table, asked: ReportRequest) -> None:
        self._load = Load(table, asked, "private", "an account", datetime.now(UTC))

    def plan(self, question: Question) -> Plan:
        """What is planned for a question."""
        return questioned(question, datetime.now(UTC).date())

    def run(self, plan: Plan) -> "Answering":
        """Itself: the answer is here."""
        return self

    def handover(self) -> Handover:
        """The rows."""
        return Handover(self._load)


def written(folder: Path, rows: pyarrow.Table, name: str) -> Path:
    """Rows as a Parquet file."""
    path = folder / f"{name}.parquet"
    pyarrow.parquet.write_table(rows, path)
    return path


def rows_of(table: Table, asked: ReportRequest) -> pyarrow.Table:
    """The rows of our table, with its columns."""
    with Answering(table, asked).handover().reader() as reader:
        return reader.read_all().drop_columns([SPAN])


def typed(table: Table, like: Path, name: str) -> Path:
    """The rows of the CSV file as DuckDB types them, as a Parquet file of the columns of ``like``."""
    path, (source,) = like.with_name(f"{name}.parquet"), table.files
    types = ", ".join(f"'{column.name}': '{SQL_TYPES[column.type]}'" for column in table.schema.columns)
    same = ", ".join(name for name in pyarrow.parquet.read_schema(like).names if name not in table.schema.names)
    rows = f"read_csv('{source}', auto_detect = false, header = true, columns = {{{types}}})"
    with connection(LOADING) as opened:
        opened.execute(f"COPY (FROM {rows}, (SELECT {same} FROM '{like}' LIMIT 1)) TO '{path}' (FORMAT parquet)")
    return path


def imported(path: Path) -> Any:
    """A Parquet file as it is, as somebody would load it who knows dlt well."""
    file = pyarrow.parquet.ParquetFile(path)

    def items() -> Iterator[Any]:
        yield dlt.mark.with_file_import(str(path), "parquet", file.metadata.num_rows)

    columns: Any = list(py_arrow_to_table_schema_columns(file.schema_arrow).values())
    return dlt.resource(items, name="rows", columns=columns, write_disposition="merge", merge_key="day")


def source(table: Table, asked: ReportRequest) -> Any:
    """Our source for dlt."""
    workspace = cast(Workspace, Answering(table, asked))
    question = Question(asked.metrics, asked.dimensions, asked.window.start, asked.window.end)
    return dailymotion_reports_source(Dataset("ours", question), workspace=workspace)


def run(folder: Path, name: str, data: Any) -> None:
    """Load by dlt into a file of its own."""
    into = dlt.destinations.duckdb(str(folder / f"{name}.duckdb"))
    pipeline = dlt.pipeline(name, pipelines_dir=str(folder / "pipelines"), destination=into, dataset_name="loaded")
    pipeline.run(data)


def rows_in(folder: Path, name: str, table: str) -> int:
    """How many rows a file holds in the end."""
    with duckdb.connect(str(folder / f"{name}.duckdb"), read_only=True) as opened:
        found = opened.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def measured(folder: Path, rows: int, rounds: int) -> None:
    """Each way in turn, round by round, after one that is not counted: it makes file and table."""
    asked = request(FIRST, DAYS)
    table = made(folder, "report", asked, rows)
    whole, part = written(folder, rows_of(table, asked), "whole"), written(folder, table.to_arrow(), "part")
    ways: dict[str, Callable[[], None]] = {
        "ours": lambda: ours(folder / "native.duckdb", asked, table),
        "dlt": lambda: run(folder, "same", imported(typed(table, whole, "same"))),
        "dlt, rows typed already": lambda: run(folder, "whole", imported(whole)),
        "dlt, fewer columns": lambda: run(folder, "part", imported(part)),
        "our source for dlt": lambda: run(folder, "source", source(table, asked)),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, work in ways.items():
            seconds = timed(work)
            taken[name] += [seconds] if number else []
    tables = {
        "native": "report",
        "same": "loaded.rows",
        "whole": "loaded.rows",
        "part": "loaded.rows",
        "source": "loaded.ours",
    }
    assert {rows_in(folder, name, kept) for name, kept in tables.items()} == {rows}
    told(rows, taken)


def told(rows: int, taken: dict[str, list[float]]) -> None:
    """Medians with their spread, and the ratio of each round in the median."""
    print(f"{rows:,} rows of {DAYS} days, replaced:")
    for name, seconds in taken.items():
        spread = f"({min(seconds):.2f} to {max(seconds):.2f})"
        ratio = statistics.median(other / own for own, other in zip(taken["ours"], seconds, strict=True))
        print(f"{name:24} {statistics.median(seconds):7.2f} s  {spread:18} {ratio:5.2f} of ours")
    found = statistics.median(other / own for own, other in zip(taken["ours"], taken["dlt"], strict=True))
    print(f"dlt / ours {found:.2f}   asked: at least {ASKED}: {'kept' if found >= ASKED else 'MISSED'}\n")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[300_000, 3_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    logging.getLogger("dlt").setLevel(logging.ERROR)
    print(f"dlt {dlt.__version__}, {given.rounds} interleaved rounds, medians (least to most)\n")
    for rows in given.rows:
        with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name, quiet(Path(name)):
            measured(Path(name), rows, given.rounds)


if __name__ == "__main__":
    main()
