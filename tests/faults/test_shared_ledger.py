"""Several hosts on one PostgreSQL ledger: processes with homes of their own, which freeze, are killed, or just work."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.served import Served, records
from tests.postgres import Database

from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.job import LEASE, Account
from dailymotion_reports.jobs.postgres_server import Server
from dailymotion_reports.jobs.postgres_store import PostgresStore, lock_number
from dailymotion_reports.jobs.steps import SubmitJob
from dailymotion_reports.jobs.store import Job, Waiting
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.redaction import Secret
from dailymotion_reports.testing.stores import NOW, _job, _keep
from dailymotion_reports.wire.reporting import ReportAccepted

pytestmark = [pytest.mark.thorough, pytest.mark.system("postgres")]


def worker_of(store: PostgresStore, now: float) -> Worker:
    return Worker(store, "account", lambda: now, lambda: 0.5)


@dataclass
class Other:
    """Another host: a process that takes a job in hand, and later says what came of it."""

    process: Any
    line: Connection

    def hear(self) -> object:
        assert self.line.poll(60), "it says nothing"
        return self.line.recv()

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)


def _ask_and_tell(parameters: dict[str, str], line: Connection) -> None:
    """Take a job in hand as the owner ``other``; once told to, write down that its report was accepted."""
    store = PostgresStore(Server(parameters), "other")
    worker = worker_of(store, NOW)
    step = worker.next()
    assert isinstance(step, SubmitJob)
    line.send(step.job.id)
    line.recv()
    try:
        worker.asked(step, ReportAccepted(Secret("late")))
        line.send("written")
    except DmrError as error:
        line.send(error.code)


def _freeze_in_a_book(parameters: dict[str, str], line: Connection) -> None:
    """Write in a book, and stay in it until told to go on."""
    store = PostgresStore(Server(parameters), "other")
    store._connection.execute("SELECT set_config('idle_in_transaction_session_timeout', '100ms', false)")
    try:
        with store.book("account") as book:
            book.keep_account(Account("account", failures=7))
            line.send("in the book")
            line.recv()
        line.send("written")
    except DmrError as error:
        line.send(error.code)


@pytest.fixture
def start(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Other]]:
    """Starts other hosts; the password reaches them as libpq has it, in the environment."""
    monkeypatch.setenv("PGPASSWORD", database.postgres.password.reveal())
    context, started = multiprocessing.get_context("spawn"), list[Any]()

    def starting(work: Callable[..., None]) -> Other:
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(dict(database.server.parameters), theirs), daemon=True)
        process.start()
        started.append(process)
        return Other(process, ours)

    yield starting
    for process in started:
        process.kill()
        process.join(60)


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    opened = PostgresStore(database.server, "me")
    _keep(opened, _job("j1", 1))
    yield opened
    opened.close()


def wait_for_the_end_of(owner: str, database: Database) -> None:
    """Until the server has noticed: whoever asks for a name that is taken waits for it."""
    database.ask("SELECT pg_advisory_xact_lock_shared(%s)", lock_number("owner", owner))


def found(store: PostgresStore) -> Job:
    job = store.job("j1")
    assert job is not None
    return job


@pytest.mark.row("R3")
def test_R3_who_froze_past_his_lease_is_refused_when_he_wakes(
    store: PostgresStore, start: Callable[..., Other]
) -> None:
    other = start(_ask_and_tell)
    assert other.hear() == "j1"
    other.signal(signal.SIGSTOP)
    assert store.alive("other"), "his connection is still there"
    assert not isinstance(worker_of(store, NOW + LEASE - 1).next(), SubmitJob), "his lease is still good"
    worker = worker_of(store, NOW + LEASE + 1)
    step = worker.next()
    assert isinstance(step, SubmitJob)
    worker.asked(step, ReportAccepted(Secret("ours")))
    before = found(store), list(store.history("j1")), list(store.attempts("account"))
    other.signal(signal.SIGCONT)
    other.line.send("go on")
    assert other.hear() == "ledger.fenced"
    assert (found(store), list(store.history("j1")), list(store.attempts("account"))) == before
    state = found(store).state
    assert isinstance(state, Waiting)
    assert state.token == Secret("ours")


@pytest.mark.row("R3")
def test_R3_who_freezes_in_a_book_is_put_out_and_has_written_nothing(
    store: PostgresStore, database: Database, start: Callable[..., Other]
) -> None:
    other = start(_freeze_in_a_book)
    assert other.hear() == "in the book"
    other.signal(signal.SIGSTOP)
    with store.book("account") as book:
        assert book.account.failures == 0
        book.keep_account(replace(book.account, failures=1))
    wait_for_the_end_of("other", database)
    assert not store.alive("other"), "the server has taken his name from him"
    other.signal(signal.SIGCONT)
    other.line.send("go on")
    assert other.hear() == "ledger.unavailable"
    assert [account.failures for account in store.accounts()] == [1]


def test_R2_who_was_killed_is_known_to_be_dead_as_soon_as_his_connection_is(
    store: PostgresStore, database: Database, start: Callable[..., Other]
) -> None:
    other = start(_ask_and_tell)
    other.hear()
    assert (store.alive("other"), found(store).owner) == (True, "other")
    other.signal(signal.SIGKILL)
    wait_for_the_end_of("other", database)
    assert not store.alive("other")
    worker_of(store, NOW + 1).next()
    assert any(move.reason.startswith("perhaps asked") for move in store.history("j1"))


QUESTIONS = (
    ("VIEWS", "DAY", "2023-07-01", "2023-07-03"),
    ("VIEWS", "DAY,VIDEO_TITLE", "2023-07-01", "2023-07-02"),
    ("VIEWS,TIME_WATCHED_SECONDS", "DAY", "2023-07-02", "2023-07-05"),
    ("ESTIMATED_EARNINGS_EUR", "DAY", "2023-07-01", "2023-07-04"),
)

HOST = """
import json, sys
import dailymotion_reports as dmr
with dmr.Workspace.open("sandbox") as workspace:
    submitted = [
        workspace.submit(metrics.split(","), dimensions.split(","), start=start, end=end)
        for metrics, dimensions, start, end in json.loads(sys.argv[1])
    ]
    for number, one in enumerate(submitted):
        one.wait().to_csv(f"{sys.argv[2]}-{number}.csv")
"""


@contextmanager
def sandbox_of_its_own(home: Path) -> Iterator[Served]:
    """`dmr sandbox serve`, as a process."""
    command = [sys.executable, "-m", "dailymotion_reports", "sandbox", "serve", "--json", "--port", "0"]
    serving = subprocess.Popen(
        [*command, "--report-seconds", "0.5"],
        env=os.environ | {"DMR_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    try:
        yield Served(json.loads(serving.stdout.readline()))
    finally:
        serving.terminate()
        serving.communicate(timeout=60)


def test_two_hosts_with_one_ledger_share_slots_and_reports_and_each_has_every_row(
    database: Database, tmp_path: Path
) -> None:
    asked = {"one": QUESTIONS[:3], "two": tuple(reversed(QUESTIONS))}
    with sandbox_of_its_own(tmp_path / "served") as served:
        hosts = [
            subprocess.Popen(
                [sys.executable, "-c", HOST, json.dumps(questions), name],
                env=os.environ | served.environment | {"DMR_HOME": str(tmp_path / name), "DMR_LEDGER": database.url},
                cwd=tmp_path,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name, questions in asked.items()
        ]
        assert [(host.communicate(timeout=240)[1], host.returncode) for host in hosts] == [("", 0)] * 2
        for name, questions in asked.items():
            for number, question in enumerate(questions):
                header, *said = records(tmp_path / f"{name}-{number}.csv")
                true_header, *true = served.truth(*question)
                assert (header, sorted(said)) == (true_header, sorted(true)), f"{name}: {question}"
        stats = served.stats
    assert stats["reports_created"] == len(QUESTIONS)
    assert stats["peak_running"] <= 2
    for name in asked:
        assert list((tmp_path / name / "data" / "archive").rglob("manifest.json"))
        assert not list((tmp_path / name).rglob("jobs.sqlite")), "nothing is written beside the shared ledger"
