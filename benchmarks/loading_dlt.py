"""How long it takes to replace a window in a DuckDB file: ours against dlt's own path into the same kind of file.

Ours reads the vendor's CSV file, types and checks every cell, finds what was restated and writes receipt and history,
in one transaction.  dlt is given the same rows in its best form: typed already, as a Parquet file that it imports as it
is or as Arrow batches, the asked columns and none of ours, replaced by ``merge`` with the day as merge key and without
a primary key.  Both load, in turn and in this process (what imports take is not counted), into a file that holds the
window already.  Goal: dlt, by the quicker of its two ways, takes twice our time at least.  The last figure is our own
source for dlt: from the CSV file, with our columns, and the marks of what goes.  Telemetry is off.  Run it by
`make bench`.
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
import pyarrow.parquet
from benchmarks.loading import DAYS, FIRST, made, ours, request, timed
from tests.quiet_dlt import quiet

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.integrations.dlt_source import Dataset, dailymotion_reports_source
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace import Handover, Workspace
from dailymotion_reports.workspace.keeping import questioned

ASKED = 2.0
COLUMNS: Any = {
    "day": {"data_type": "date"},
    "video_id": {"data_type": "text"},
    "visitor_country": {"data_type": "text"},
    "views": {"data_type": "bigint"},
    "time_watched_seconds": {"data_type": "bigint"},
    "estimated_earnings_eur": {"data_type": "decimal", "precision": 38, "scale": 10},
}


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


def typed(folder: Path, table: Table) -> Path:
    """The rows as a Parquet file."""
    path = folder / "typed.parquet"
    pyarrow.parquet.write_table(table.to_arrow(), path)
    return path


def resource(name: str, items: Callable[[], Iterator[Any]]) -> Any:
    """A resource as somebody would write it who knows dlt well."""
    return dlt.resource(items, name=name, columns=COLUMNS, write_disposition="merge", merge_key="day")


def imported(path: Path) -> Any:
    """The Parquet file as it is."""

    def items() -> Iterator[Any]:
        yield dlt.mark.with_file_import(str(path), "parquet", pyarrow.parquet.ParquetFile(path).metadata.num_rows)

    return resource("imported", items)


def batches(path: Path) -> Any:
    """The Parquet file as Arrow batches."""
    return resource("batches", lambda: pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=131_072))


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
    path = typed(folder, table)
    ways: dict[str, Callable[[], None]] = {
        "ours": lambda: ours(folder / "native.duckdb", asked, table),
        "dlt, Parquet file": lambda: run(folder, "imported", imported(path)),
        "dlt, Arrow batches": lambda: run(folder, "batches", batches(path)),
        "our source for dlt": lambda: run(folder, "source", source(table, asked)),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, work in ways.items():
            seconds = timed(work)
            taken[name] += [seconds] if number else []
    tables = {"native": "report", "imported": "loaded.imported", "batches": "loaded.batches", "source": "loaded.ours"}
    assert {rows_in(folder, name, kept) for name, kept in tables.items()} == {rows}
    told(rows, taken)


def told(rows: int, taken: dict[str, list[float]]) -> None:
    """Medians with their spread, and the ratio of each round in the median."""
    print(f"{rows:,} rows of {DAYS} days, replaced:")
    for name, seconds in taken.items():
        spread = f"({min(seconds):.2f} to {max(seconds):.2f})"
        ratio = statistics.median(other / own for own, other in zip(taken["ours"], seconds, strict=True))
        print(f"{name:20} {statistics.median(seconds):7.2f} s  {spread:18} {ratio:5.2f} of ours")
    best = min((taken[name] for name in taken if name.startswith("dlt")), key=statistics.median)
    found = statistics.median(other / own for own, other in zip(taken["ours"], best, strict=True))
    verdict = "kept" if found >= ASKED else "MISSED"
    print(f"{'dlt at its best':20} {found:.2f} of ours   asked: at least {ASKED}: {verdict}\n")


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
