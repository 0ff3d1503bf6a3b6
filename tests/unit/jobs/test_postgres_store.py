"""Jobs in PostgreSQL: the suite that every store passes, on a real server, and what only servers can go through."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from tests.postgres import Database, Postgres

from dailymotion_reports.errors import LedgerTooNew, LedgerUnavailable, LedgerUnusable
from dailymotion_reports.jobs import postgres_server
from dailymotion_reports.jobs.postgres_server import Server
from dailymotion_reports.jobs.postgres_store import PostgresStore, lock_number, statement
from dailymotion_reports.jobs.sql_store import VERSION, queries
from dailymotion_reports.jobs.store import Book, JobStore
from dailymotion_reports.redaction import Secret
from dailymotion_reports.testing.stores import NOW, StoreSuite, _job, _keep

pytestmark = pytest.mark.system("postgres")


class TestPostgresStore(StoreSuite):
    @pytest.fixture(autouse=True)
    def _ledger(self, database: Database) -> None:
        self.database = database

    def open(self, owner: str) -> JobStore:
        return PostgresStore(self.database.server, owner)


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    opened = PostgresStore(database.server, "a")
    yield opened
    opened.close()


@pytest.fixture
def other(database: Database, store: PostgresStore) -> Iterator[PostgresStore]:
    opened = PostgresStore(database.server, "b")
    yield opened
    opened.close()


def lost_in_a_book(store: PostgresStore, meanwhile: Callable[[Book], object]) -> LedgerUnavailable:
    """The error of a book in which something happens after its first write."""

    def write() -> None:
        with store.book("account") as book:
            book.keep(_job("j2", 2))
            meanwhile(book)

    with pytest.raises(LedgerUnavailable) as lost:
        write()
    return lost.value


@pytest.mark.parametrize("then", [lambda book: book.keep(_job("j3", 3)), lambda book: None], ids=["write", "commit"])
def test_a_book_whose_connection_is_cut_has_changed_nothing_and_the_next_one_goes_on(
    then: Callable[[Book], None], store: PostgresStore, database: Database
) -> None:
    _keep(store, _job("j1", 1))

    def meanwhile(book: Book) -> None:
        database.cut()
        then(book)

    assert lost_in_a_book(store, meanwhile).retry == "later"
    assert [job.id for job in store.jobs()] == ["j1"]
    _keep(store, _job("j2", 2))
    assert [job.id for job in store.jobs()] == ["j2", "j1"]


def test_what_is_read_within_a_book_that_was_cut_is_not_read_on_another_connection(
    store: PostgresStore, database: Database
) -> None:
    def meanwhile(book: Book) -> None:
        database.cut()
        with pytest.raises(LedgerUnavailable):
            store.alive("b")
        book.keep(_job("j3", 3))

    _keep(store, _job("j1", 1))
    lost_in_a_book(store, meanwhile)
    assert [job.id for job in store.jobs()] == ["j1"]


def test_a_connection_that_was_cut_while_nothing_was_under_way_is_made_anew_with_the_owners_lock(
    store: PostgresStore, other: PostgresStore, database: Database
) -> None:
    _keep(store, _job("j1", 1))
    assert database.cut() == 2
    assert not other.alive("a")
    _keep(store, _job("j2", 2))
    assert other.alive("a")
    assert len(other.jobs()) == 2


def test_an_owner_that_comes_back_writes_nothing_before_its_name_is_locked_again(
    store: PostgresStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(store, _job("j1", 1))
    monkeypatch.setitem(postgres_server._SESSION, "lock_timeout", "20ms")
    with database.server.connect() as stranger:
        database.ask("SELECT pg_terminate_backend(%s, 5000)", store._connection.info.backend_pid)
        stranger.execute("SELECT pg_advisory_lock(%s)", (lock_number("owner", "a"),))
        with pytest.raises(LedgerUnavailable, match="lock timeout"):
            _keep(store, _job("j2", 2))
    _keep(store, _job("j3", 3))
    assert [job.id for job in store.jobs()] == ["j3", "j1"]


@pytest.mark.parametrize("moment", ["idle", "book"])
def test_a_server_that_is_started_anew_is_used_again(
    moment: str, store: PostgresStore, database: Database, postgres: Postgres
) -> None:
    _keep(store, _job("j1", 1))
    if moment == "book":
        lost_in_a_book(store, lambda _: postgres.stop())
    else:
        postgres.stop()
    with pytest.raises(LedgerUnavailable, match=rf"127\.0\.0\.1:{postgres.port}/{database.name}"):
        store.jobs()
    postgres.start()
    assert [job.id for job in store.jobs()] == ["j1"]
    _keep(store, _job("j2", 2))
    assert [job.id for job in store.jobs()] == ["j2", "j1"]


def test_an_account_that_another_transaction_holds_is_not_offered(store: PostgresStore, other: PostgresStore) -> None:
    _keep(store, _job("j1", 1))
    with store.book("account"):
        assert list(other.busy(NOW)) == []
        assert list(store.busy(NOW)) == ["account"]
    assert list(other.busy(NOW)) == ["account"]


def test_accounts_do_not_wait_for_one_another(store: PostgresStore, other: PostgresStore) -> None:
    with store.book("one"), other.book("two") as book:
        assert book.running() == []


def test_nobody_waits_for_ever_for_an_account(store: PostgresStore, other: PostgresStore) -> None:
    other._connection.execute("SELECT set_config('lock_timeout', '20ms', false)")
    with store.book("account"), pytest.raises(LedgerUnavailable, match="lock timeout"), other.book("account"):
        pytest.fail("the book is open twice")
    with other.book("account") as book:
        assert book.account.id == "account"


def test_nothing_waits_for_ever(store: PostgresStore) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "tcp_keepalives_idle")
    shown = [store._connection.execute(f"SHOW {name}".encode()).fetchall()[0][name] for name in names]
    assert shown == ["1min", "30s", "1min", "30"]


def test_an_owner_that_is_not_alive_does_not_come_back_before_the_book_is_closed(
    store: PostgresStore, database: Database
) -> None:
    with store.book("account"):
        assert not store.alive("late")
        with database.server.connect() as late:
            late.execute("SELECT set_config('lock_timeout', '20ms', false)")
            tried = "SELECT pg_try_advisory_lock(%s) AS held"
            assert late.execute(tried, (lock_number("owner", "late"),)).fetchall() == [{"held": False}]
    assert not store.alive("late")


@pytest.mark.row("W17")
def test_W17_a_ledger_of_a_newer_version_is_left_alone(database: Database) -> None:
    PostgresStore(database.server, "a").close()
    database.ask("UPDATE dailymotion_reports.ledger SET version = %s", VERSION + 1)
    with pytest.raises(LedgerTooNew, match=str(VERSION + 1)):
        PostgresStore(database.server, "b")
    assert database.ask("SELECT version FROM dailymotion_reports.ledger") == [(VERSION + 1,)]


def test_a_new_ledger_is_made_once_by_whoever_comes_together(database: Database) -> None:
    together, opened = threading.Barrier(4), list[PostgresStore]()

    def open_one(owner: str) -> None:
        together.wait(30)
        opened.append(PostgresStore(database.server, owner))

    threads = [threading.Thread(target=open_one, args=(f"owner-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one.alive(two.owner) for one in opened for two in opened)
    for one in opened:
        one.close()
    assert database.ask("SELECT version FROM dailymotion_reports.ledger") == [(VERSION,)]


def test_a_role_without_rights_is_told_what_it_needs(database: Database, postgres: Postgres) -> None:
    database.ask("DROP ROLE IF EXISTS guest")
    database.ask("CREATE ROLE guest LOGIN PASSWORD 'guest-word'")
    guest = Server({**database.server.parameters, "user": "guest"}, Secret("guest-word"))
    with pytest.raises(LedgerUnusable) as refused:
        PostgresStore(guest, "a")
    assert "create the schema dailymotion_reports" in refused.value.hint
    database.ask("CREATE SCHEMA dailymotion_reports AUTHORIZATION guest")
    PostgresStore(guest, "a").close()


def test_a_database_that_only_reads_is_unavailable(database: Database) -> None:
    PostgresStore(database.server, "a").close()
    database.ask(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    store = PostgresStore(database.server, "a")
    with pytest.raises(LedgerUnavailable, match="read-only"):
        _keep(store, _job("j1", 1))
    store.close()


def test_tables_that_are_none_of_ours_are_left_as_they_are(database: Database) -> None:
    database.ask("CREATE SCHEMA dailymotion_reports")
    database.ask("CREATE TABLE dailymotion_reports.ledger (something TEXT)")
    with pytest.raises(LedgerUnusable, match=r"127\.0\.0\.1"):
        PostgresStore(database.server, "a")


def test_no_password_gets_into_errors_logs_or_texts(
    database: Database, store: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = Secret("not-the-password-7f3a")
    with caplog.at_level(logging.DEBUG), pytest.raises(LedgerUnavailable) as refused:
        PostgresStore(Server(database.server.parameters, wrong), "a")
    assert "password authentication failed" in refused.value.message
    told = [refused.value.message, refused.value.hint, repr(store), repr(store._server), caplog.text]
    for secret in (wrong, database.postgres.password):
        assert [text for text in told if secret.reveal() in text] == []
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_lost_network_is_told_without_a_password(postgres: Postgres) -> None:
    nowhere = Server({"host": "127.0.0.1", "port": "1", "dbname": "x", "user": "u"}, Secret("long-word-of-ours"))
    with pytest.raises(LedgerUnavailable, match=r"127\.0\.0\.1:1/x") as refused:
        PostgresStore(nowhere, "a")
    assert "long-word-of-ours" not in refused.value.message


def test_one_set_of_questions_serves_both_stores() -> None:
    texts = {name: statement(name).decode() for name in queries()}
    assert texts["job"] == "SELECT * FROM jobs WHERE id = %(id)s"
    assert texts["busy"].endswith("FOR UPDATE SKIP LOCKED")
    assert [name for name, text in texts.items() if "{" in text or " :" in text] == []


def test_texts_are_ordered_by_their_bytes_as_in_a_file(store: PostgresStore) -> None:
    collations = store._connection.execute(
        "SELECT DISTINCT collation_name AS name FROM information_schema.columns "
        "WHERE table_schema = 'dailymotion_reports' AND data_type = 'text'"
    ).fetchall()
    assert collations == [{"name": "C"}]
