"""What a struck run has left: read without touching it, and at the end of a case compared with the truth."""

import hashlib
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from tests.faults.program import Place

SLOTS = 2
PHASES = ("begin", "submit", "poll", "fetch", "load")


@dataclass(frozen=True)
class Ledger:
    """The jobs of a case: their states, and how many requests were perhaps received."""

    states: Sequence[str]
    perhaps: int
    sound: str = "ok"

    @property
    def phase(self) -> str:
        """What a run was at when the ledger stood like this."""
        running = self.perhaps + self.states.count("waiting")
        if not self.states:
            return "begin"
        if "submitting" in self.states:
            return "submit"
        if "ready" in self.states:
            return "fetch"
        if "planned" in self.states and running < SLOTS:
            return "submit"
        return "poll" if {"planned", "waiting"} & set(self.states) else "load"

    @property
    def waits(self) -> bool:
        """Whether one more request without an answer could keep the next run waiting for a slot."""
        return self.perhaps > 0 and bool({"planned", "submitting"} & set(self.states))


def ledger(place: Place) -> Ledger:
    """The ledger as it stands, read from a copy: the next run shall find what the struck one has left."""
    if not place.ledger.exists():
        return Ledger((), 0)
    with copied(place) as copy, closing(sqlite3.connect(copy)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
            return Ledger((), 0)
        states = [state for (state,) in connection.execute("SELECT state FROM jobs ORDER BY number")]
        lost = "SELECT count(*) FROM attempts WHERE outcome = 'lost'"
        perhaps = connection.execute(lost).fetchone()[0] + states.count("submitting")
        return Ledger(states, perhaps, *connection.execute("PRAGMA integrity_check").fetchone())


@contextmanager
def copied(place: Place) -> Iterator[Path]:
    """The ledger's files without the memory that processes share, elsewhere for the time of the block."""
    copy = place.folder / "copy" / "state"
    copy.mkdir(parents=True)
    try:
        for path in place.ledger.parent.glob("jobs.sqlite*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, copy)
        yield copy / place.ledger.name
    finally:
        shutil.rmtree(copy.parent)


def loaded(place: Place) -> Counter[tuple[str, ...]]:
    """The rows in the database, each with how often it is there."""
    if not place.database.exists():
        return Counter()
    with closing(duckdb.connect(str(place.database), read_only=True)) as connection:
        rows = connection.execute("SELECT day, visitor_device_type, views FROM report").fetchall()
    return Counter(tuple(str(value) for value in row) for row in rows)


def wrong_in_archive(place: Place) -> Iterator[str]:
    """What can be seen of the archive, and is not whole; a sentence each."""
    for entry in (place.home / "data" / "archive").glob("??/*/*"):
        yield from _wrong_in(entry)


def left(place: Place) -> Iterator[str]:
    """What runs have left lying that is of no use to anybody, a sentence each."""
    archive = place.home / "data" / "archive"
    useless = (
        *(archive / "staging").glob("*/*"),
        *(path for path in place.work.iterdir() if path != place.database),
    )
    for path in useless:
        yield f"{path.relative_to(place.folder)} is left"


def _wrong_in(entry: Path) -> Iterator[str]:
    try:
        records = json.loads((entry / "manifest.json").read_bytes())["files"]
    except (OSError, ValueError, KeyError) as error:
        yield f"{entry.name} has no manifest: {error!r}"
        return
    if stray := {path.name for path in entry.iterdir()} - {"manifest.json", *(record["name"] for record in records)}:
        yield f"{entry.name} holds {stray} besides"
    for record in records:
        path = entry / record["name"]
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != record["sha256"]:
            yield f"{entry.name}/{path.name} is not what its manifest says"


def wrong(place: Place, truth: Counter[tuple[str, ...]], jobs: int) -> Iterator[str]:
    """What is not as it must be at the end of a case, a sentence each."""
    rows, book = loaded(place), ledger(place)
    if lost := truth - rows:
        yield f"{lost.total()} rows are lost"
    if more := rows - truth:
        yield f"{more.total()} rows are doubled or wrong"
    if book.sound != "ok" or [state for state in book.states if state != "failed"] != ["loaded"] * jobs:
        yield f"the ledger is {book.sound}, its jobs are {book.states}"
    yield from wrong_in_archive(place)
