"""Addresses of tables in PostgreSQL: what they mean, and that none of them tells a password."""

import subprocess
import sys

import psycopg
import pytest

from dailymotion_reports.destinations.base import Address
from dailymotion_reports.destinations.postgres_address import Place, place_of
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, UsageError


def place(url: str) -> Place:
    return place_of(Address.parse(url))


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        ("postgres://joe@db:5433/sales", {"user": "joe", "host": "db", "port": "5433", "dbname": "sales"}),
        ("postgresql://db/sales", {"host": "db", "dbname": "sales"}),
        ("postgres://joe%40corp@db/sales", {"user": "joe@corp", "host": "db", "dbname": "sales"}),
        ("postgres://[::1]:5433/sales", {"host": "::1", "port": "5433", "dbname": "sales"}),
        ("postgres://?service=prod", {"service": "prod"}),
        ("postgres:sales", {"dbname": "sales"}),
        ("postgres:sales?host=/run/pg", {"dbname": "sales", "host": "/run/pg"}),
        ("postgres://db/sales?sslmode=verify-full", {"host": "db", "dbname": "sales", "sslmode": "verify-full"}),
    ],
)
def test_an_address_is_what_libpq_makes_of_it(url: str, parameters: dict[str, str]) -> None:
    assert place(url).parameters == parameters


def test_schema_table_and_patience_have_defaults() -> None:
    plain = place("postgres://db/sales")
    assert (plain.schema, plain.table, plain.wait) == ("public", "report", 60)
    said = place("postgres://db/sales?schema=dmr&table=views&wait=5")
    assert (said.schema, said.table, said.wait) == ("dmr", "views", 5)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://joe@db:5433/sales?schema=a%20b&table=c%26d&sslmode=require",
        "postgres:sales",
        "postgres://?service=prod&table=x",
    ],
)
def test_an_address_that_is_told_means_the_same(url: str) -> None:
    first = place(url)
    again = place(first.address)
    assert (again.parameters, again.schema, again.table) == (first.parameters, first.schema, first.table)
    assert "table=" not in first.name


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db/sales?sslmode=require&connect_timeout=5",
        "postgres://db/sales?connect_timeout=5&table=report&sslmode=require&schema=public&wait=9",
    ],
)
def test_a_place_has_one_address_however_it_is_written(url: str) -> None:
    assert place(url).address == "postgres://db/sales?connect_timeout=5&sslmode=require&table=report"


@pytest.mark.parametrize(
    "url",
    [
        "postgres://joe:hunter2-x@db/sales",
        "postgres://joe:hunter2-x@db:5432/sales?table=a",
        "postgres://:hunter2-x@db/sales",
        "postgres://joe:hunt/hunter2-x@db/sales",
        "postgres://joe:hunter2-x/y@db/sales",
        "postgres://joe:a?hunter2-x@db/sales",
        "postgres://joe:a#hunter2-x@db/sales",
        "postgres://joe:hunter2-x@db/sales?table=a&table=b",
        "postgres://db/sales?password=hunter2-x",
        "postgres://db/sales?sslpassword=hunter2-x",
        "postgres://db/sales?user=joe&hunter2-x",
        "postgres://joe:1@hunter2-x@db/sales",
        "postgres://joe@db:hunter2-x/sales",
    ],
)
def test_a_password_has_no_place_in_an_address_and_is_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_destination(url)
    told = f"{caught.value.message} {caught.value.hint} {caught.value.next} {caught.value.__context__}"
    assert "hunter2" not in told
    assert caught.value.hint


@pytest.mark.parametrize(
    "options",
    ["tabel=views", "mode=w", "client_encoding=latin1", "replication=database", "wait=long", "wait=-1", "table="]
    + [f"table={name}" for name in ("_dmr_loads", "_DMR_x", "pg_class", "x" * 64, "é" * 32, "\udcff")]
    + ["schema=", f"schema={'x' * 64}"],
)
def test_what_no_table_can_be_is_refused(options: str) -> None:
    with pytest.raises(UsageError):
        place(f"postgres://db/sales?{options}")


@pytest.mark.parametrize("url", ["postgres://db\udcff/sales", "postgres://db/sales?user=\udcff"])
def test_what_is_not_utf8_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="not UTF-8"):
        place(url)


AT = 'connection failed: connection to server at "{}", port 5432 failed: '
HOST = AT.format("database-1.service.role.password.example.com")


@pytest.mark.parametrize(
    ("said", "mended"),
    [
        (HOST + 'FATAL:  password authentication failed for user "joe"', "PGPASSWORD"),
        (HOST + "fe_sendauth: no password supplied", "PGPASSWORD"),
        (HOST + 'FATAL:  Peer authentication failed for user "joe"', "which user"),
        (HOST + 'FATAL:  role "joe" does not exist', "createuser"),
        (HOST + 'FATAL:  database "sales" does not exist', "createdb"),
        (HOST + 'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "joe", database "sales"', "administrator"),
        (HOST + "server does not support SSL, but SSL was required", "sslmode"),
        (HOST + "SSL error: certificate verify failed", "sslrootcert"),
        ('definition of service "prod" not found', "pg_service.conf"),
        ('invalid integer value "x" for connection option "connect_timeout"', "libpq"),
        (HOST + "FATAL:  the database system is starting up", ""),
        (HOST + "FATAL:  sorry, too many clients already", ""),
        (HOST + 'FATAL:  too many connections for role "joe"', ""),
        (HOST + "Connection refused\n\tIs the server running on that host?", ""),
        (HOST + "SSL SYSCALL error: EOF detected", ""),
        ("failed to resolve host 'database-1': [Errno -2] Name or service not known", ""),
    ],
)
def test_what_may_pass_is_told_from_what_a_person_mends(
    said: str, mended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*given: object, **more: object) -> None:
        raise psycopg.OperationalError(said)

    monkeypatch.setattr(psycopg.Connection, "connect", refuses)
    with pytest.raises(DestinationRefused if mended else DestinationUnavailable) as caught:
        open_destination("postgres://joe@db/sales").check()
    assert mended in caught.value.hint
    assert "postgres://joe@db/sales cannot be connected to: " in caught.value.message


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no option mode, tabel") as caught:
        place("postgres://db/sales?tabel=views&mode=w")
    assert "table=NAME" in caught.value.hint


def test_without_psycopg_the_missing_extra_is_named() -> None:
    code = """
import sys
sys.modules["psycopg"] = None
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import MissingExtra
try:
    open_destination("postgres://db/sales")
except MissingExtra as error:
    print(error.extra, error.hint)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout == "postgres Install it with: pip install 'dailymotion-reports[postgres]'\n"
