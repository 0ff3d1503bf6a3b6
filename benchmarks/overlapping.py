"""How long it takes to bring a report of several files into DuckDB: download and load overlapped, against the slower.

A server on loopback is held back so that the download takes as long as the load.  Each round then takes the time of
the download alone, of the load alone, and of both as the shipped workspace does them, in turn.  Goal: both in at most
1.25 of the slower one.  Run it by `make bench`.
"""

import argparse
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.loading import DAYS, FIRST, made, request, timed
from benchmarks.paced import served

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.beside import whole
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings
from dailymotion_reports.tables.export import write_file
from dailymotion_reports.tables.table import Table
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.ahead import OverlappedExport, OverlappedLoad
from dailymotion_reports.workspace.fetching import Fetched, fetch
from dailymotion_reports.workspace.progress import Listener, unheard

ASKED = 1.25


class Job:
    """One report whose files a server holds, and a database to load them into."""

    def __init__(self, folder: Path, url: str, asked: ReportRequest, files: tuple[str, ...]) -> None:
        self.folder, self.asked, self.files = folder, asked, files
        given = {"DMR_PROFILE": "sandbox", "DMR_URL": url, "DMR_API_KEY": "sandbox-key", "DMR_API_SECRET": "sandbox-x"}
        self.settings = Settings.resolve(environ={**given, "DMR_HOME": str(folder / "home")})
        self.links = tuple(Secret(url + name) for name in files)
        self.client = Client(profile_of(self.settings), credentials_of(self.settings), Httpx2Transport())
        self.into = f"duckdb:{folder}/loaded.duckdb"
        self.rounds = 0

    def download(self, tell: Listener = unheard) -> tuple[Fetched, Archive]:
        """Every file, checked and archived."""
        self.rounds += 1
        archive = Archive.open(self.folder / f"archive-{self.rounds}")
        accepted = ReportAccepted(Secret(f"token-{self.rounds}"), datetime.now(UTC))
        return fetch(self.client, archive, self.asked, accepted, self.links, self.settings, tell=tell), archive

    def load_of(self, fetched: Fetched, table: Table, asked: datetime | None = None) -> Load:
        """What `Report.load` makes of it; asked for now, where nothing is said, so that no earlier load is newer."""
        manifest = fetched.manifest
        whole = Table(table.schema, fetched.files, (self.asked.window,) * len(fetched.files))
        return Load(whole, self.asked, manifest.profile, manifest.account, datetime.now(UTC), asked)

    def load(self, fetched: Fetched, table: Table) -> None:
        """The rows, when all are here."""
        open_destination(self.into).load(self.load_of(fetched, table))

    def both(self, table: Table) -> None:
        """Download, and load while files are on their way."""
        with OverlappedLoad(self.into, self._archive(), unheard) as ahead:
            receipt = ahead.finished(*self._downloaded(ahead.heard, table))
        assert receipt is not None, "it was not loaded while it came"

    def export(self, table: Table) -> None:
        """Download, and write one Parquet file as the workspace does: while files are on their way, or at the end."""
        path = self.folder / "x.parquet"
        with whole(path) as part, OverlappedExport(path, self._archive(), unheard) as ahead:
            load, report = self._downloaded(ahead.heard, table)
            if made := ahead.finished(load, report):
                made.replace(part)
            else:
                write_file(load.table, "parquet", part, {})

    def _archive(self) -> Archive:
        return Archive.open(self.folder / f"archive-{self.rounds + 1}")

    def _downloaded(self, tell: Listener, table: Table) -> tuple[Load, str]:
        fetched, _ = self.download(tell)
        return self.load_of(fetched, table, fetched.manifest.created), fetched.manifest.report


def compared(folder: Path, rows: int, files: int, rounds: int) -> None:
    """Interleaved rounds; prints medians, spread and the ratio to the slower of the two."""
    (source := folder / "source").mkdir()
    asked = request(FIRST, DAYS)
    table = made(source, "report", asked, rows)
    cut(table.files[0], files)
    names, size = tuple(path.name for path in sorted(source.glob("*.part.csv"))), table.files[0].stat().st_size
    with served(source) as url:
        job = Job(folder, url, asked, names)
        fetched, _ = job.download()
        job.load(fetched, table)
        alone = statistics.median(timed(lambda: job.load(fetched, table)) for _ in range(3))
    taken: dict[str, list[float]] = {"download": [], "load": [], "both": []}
    with served(source, size / alone) as url:
        job = Job(folder / "paced", url, asked, names)
        (folder / "paced").mkdir()
        job.load(fetched, table)
        for _ in range(rounds):
            taken["download"].append(timed(lambda: job.download() and None))
            taken["load"].append(timed(lambda: job.load(fetched, table)))
            taken["both"].append(timed(lambda: job.both(table)))
    for what, seconds in taken.items():
        print(f"{what:9} {statistics.median(seconds):7.2f} s  ({min(seconds):.2f} to {max(seconds):.2f})")
    ratio = statistics.median(both / max(one, two) for one, two, both in zip(*taken.values(), strict=True))
    verdict = "kept" if ratio <= ASKED else "MISSED"
    print(f"both / the slower  {ratio:.2f}   asked: at most {ASKED}: {verdict}")


def cut(path: Path, files: int) -> None:
    """Cut a file into so many of about the same size, each with the header."""
    with path.open("rb") as whole:
        header = whole.readline()
        size = (path.stat().st_size - len(header)) // files + 1
        for number in range(1, files + 1):
            with path.with_name(f"{number:02d}.part.csv").open("wb") as part:
                part.write(header + whole.read(size) + whole.readline())


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=16_000_000)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        print(f"{given.rows:,} rows in {given.files} files, {given.rounds} rounds, medians (least to most)\n")
        compared(Path(name), given.rows, given.files, given.rounds)


if __name__ == "__main__":
    main()
