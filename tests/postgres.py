"""A PostgreSQL server of the tests' own: on a free loopback port, never as root, stopped at the end.

Its data are beside pytest's temporary folders rather than in them: a ledger holds tokens of reports by contract.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.programs import located

from dailymotion_reports.jobs.postgres_server import Server
from dailymotion_reports.redaction import Secret

_WITHOUT_ROOT: Mapping[str, Any] = (
    {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.name == "posix" and os.geteuid() == 0 else {}
)
"""How a process is started that refuses to be root's."""

_ROOM = tempfile.gettempdir()
"""Where a server's files are: it may run as a user who cannot reach into the tests' own folder."""

_QUICK = "fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=60"


@dataclass
class Postgres:
    """A server below ``folder``, started and stopped by hand."""

    folder: Path
    password: Secret = field(default_factory=lambda: Secret(secrets.token_hex(16)))
    port: int = 0

    def make(self) -> None:
        """Make the cluster; everybody needs the password."""
        note = self.folder / "password"
        note.write_text(self.password.reveal(), encoding="utf-8")
        for path in (self.folder, note):
            if _WITHOUT_ROOT:
                shutil.chown(path, _WITHOUT_ROOT["user"], _WITHOUT_ROOT["group"])
            path.chmod(0o700)
        options = ["--username", "dmr", "--pwfile", str(note), "--auth", "scram-sha-256", "--encoding", "UTF8"]
        self._run("initdb", *options, "--locale", "C", "--no-sync", "--no-instructions")
        note.unlink()

    def start(self) -> None:
        """Start it, at the port where it was before, if it was; it takes connections afterwards."""
        self.port = self.port or _free_port()
        settings = [f"-c {one}" for one in (*_QUICK, "listen_addresses=127.0.0.1")]
        options = " ".join([f"-p {self.port}", f"-k {self.folder}", *settings])
        self._run("pg_ctl", "--wait", "--log", str(self.folder / "log"), "--options", options, "start")

    def stop(self) -> None:
        """Stop it; whoever is connected is cut off."""
        self._run("pg_ctl", "--wait", "--mode", "fast", "stop")

    def server(self, database: str) -> Server:
        """The way to one of its databases."""
        said = {"host": "127.0.0.1", "port": str(self.port), "user": "dmr", "dbname": database}
        return Server(said, self.password)

    def _run(self, command: str, *arguments: str) -> None:
        path = located(command)
        assert path is not None, f"{command} is not installed"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        subprocess.run(
            [path, *arguments, "--pgdata", str(self.folder / "data")],
            env=environment | {"LC_ALL": "C"},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=120,
            **_WITHOUT_ROOT,
        )


@dataclass(frozen=True)
class Database:
    """A database of one test."""

    postgres: Postgres
    name: str

    @property
    def server(self) -> Server:
        return self.postgres.server(self.name)

    @property
    def url(self) -> str:
        """Its address as `DMR_LEDGER` has it; the password is among it."""
        return f"postgresql://dmr:{self.postgres.password.reveal()}@127.0.0.1:{self.postgres.port}/{self.name}"

    @property
    def place(self) -> str:
        """Its address as ``--into`` has it, without a password."""
        return f"postgres://dmr@127.0.0.1:{self.postgres.port}/{self.name}"

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """What the server answers to somebody else than the ledger."""
        with self.server.connect() as connection:
            found = connection.execute(question.encode(), values)
            return [tuple(row.values()) for row in found] if found.description else []

    def cut(self) -> int:
        """End every connection to it but this one, as an administrator does; how many."""
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return len(self.ask(f"SELECT pg_terminate_backend(pid, 5000) {others}"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that lasts as long as this process of the tests."""
    with tempfile.TemporaryDirectory(prefix="dmr-pg-", dir=_ROOM) as folder:
        made = Postgres(Path(folder))
        made.make()
        made.start()
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    """An empty database."""
    made = Database(postgres, f"t{secrets.token_hex(6)}")
    outside = Database(postgres, "postgres")
    outside.ask(f"CREATE DATABASE {made.name}")
    yield made
    outside.ask(f"DROP DATABASE {made.name} WITH (FORCE)")
