"""``dmr report --into postgres:…`` from the outside: a server's table holds the rows of truth, and psql reads them."""

import csv
import io
import json
import os
import subprocess
from decimal import Decimal

import pytest
from tests.acceptance.served import Dmr, Served
from tests.cut_line import cut_line
from tests.postgres import Database

pytestmark = [pytest.mark.thorough, pytest.mark.system("postgres"), pytest.mark.system("psql")]

ASKED = (
    "report",
    "views,estimated-earnings-eur",
    "--by",
    "day,video-title",
    "--from",
    "2023-07-01",
    "--to",
    "2023-07-04",
)
TRUE = ("VIEWS,ESTIMATED_EARNINGS_EUR", "DAY,VIDEO_TITLE", "2023-07-01", "2023-07-04")
COLUMNS = "day, video_title, views, estimated_earnings_eur"


@pytest.fixture
def environment(served: Served, database: Database) -> dict[str, str]:
    """What a user sets: where the sandbox is, and the database's password as libpq has it."""
    return served.environment | {"PGPASSWORD": database.postgres.password.reveal()}


def psql(database: Database, sql: str) -> list[list[str]]:
    """What ``psql`` writes as CSV: the records below the header."""
    place = database.place.replace("postgres://", "postgresql://")
    environment = os.environ | {"PGPASSWORD": database.postgres.password.reveal(), "PGTZ": "Asia/Tokyo"}
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--csv", "--command", sql, place],
        env=environment, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))[1:]


def typed(rows: list[list[str]]) -> list[tuple[str, str, int, Decimal]]:
    return sorted((day, title, int(views), Decimal(money)) for day, title, views, money in rows)


def test_the_table_holds_the_rows_of_truth(
    served: Served, dmr: Dmr, database: Database, environment: dict[str, str]
) -> None:
    for _ in range(2):
        done = dmr(*ASKED, "--into", database.place, environment=environment)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert f"into table report of {database.place}" in done.stderr
    _, *true = served.truth(*TRUE)
    found = psql(database, f"SELECT {COLUMNS} FROM report")
    assert typed(found) == typed(true)
    assert len(found) > 300
    assert psql(database, "SELECT DISTINCT product, profile, asked_at <= loaded_at FROM report") == [
        ["CONTENT", "sandbox", "t"]
    ]
    assert psql(database, "SELECT count(*) FROM _dmr_loads") == [["2"]]


def test_what_was_dropped_is_filled_again_from_the_archive(
    served: Served, dmr: Dmr, database: Database, environment: dict[str, str]
) -> None:
    place = f"{database.place}?table=july"
    done = dmr(*ASKED, "--into", place, "--json", environment=environment)
    assert json.loads(done.stdout)["into"]["destination"] == database.place
    before = psql(database, f"SELECT {COLUMNS} FROM july ORDER BY 1, 2, 3")
    psql(database, "DROP TABLE july, _dmr_loads, _dmr_changes, _dmr_columns")
    created = served.stats["reports_created"]
    done = dmr("load", "--rebuild", "--into", database.place, environment=environment)
    assert done.returncode == 0, done.stderr
    assert psql(database, f"SELECT {COLUMNS} FROM july ORDER BY 1, 2, 3") == before
    assert served.stats["reports_created"] == created


@pytest.mark.row("W12")
def test_W12_a_line_that_is_cut_is_nothing_to_talk_about(
    served: Served, dmr: Dmr, database: Database, environment: dict[str, str]
) -> None:
    with cut_line(database.postgres.port, "in COPY") as line:
        line.copied = 20_000
        place = database.place.replace(f":{database.postgres.port}/", f":{line.own_port}/")
        done = dmr(*ASKED, "--into", place, environment=environment)
        assert (done.returncode, line.cuts) == (0, 1), done.stderr
    assert "psycopg" not in done.stderr
    _, *true = served.truth(*TRUE)
    assert typed(psql(database, f"SELECT {COLUMNS} FROM report")) == typed(true)


def test_a_table_that_cannot_be_loaded_is_found_before_anything_is_asked(
    served: Served, dmr: Dmr, database: Database, environment: dict[str, str]
) -> None:
    for place, more, code in (
        (database.place, {"PGPASSWORD": "a-wrong-password"}, 7),
        (f"{database.place}nowhere", {}, 7),
        (f"{database.place}?schema=nowhere", {}, 7),
        (database.place.replace("dmr@", "dmr:a-wrong-password@"), {}, 2),
        (f"{database.place}?password=a-wrong-password", {}, 2),
    ):
        done = dmr(*ASKED, "--into", place, "--json", environment=environment | more)
        assert done.returncode == code, done.stdout
        assert "a-wrong-password" not in done.stdout + done.stderr
        assert json.loads(done.stdout)["error"]["hint"]
    assert served.stats["reports_created"] == 0
