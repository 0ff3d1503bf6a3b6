"""What a process of the simulation holds of the outside: its way to the service, and its ledger.

Both are the shipped ones, with points at which the process may die, and time that passes in calls.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.simulation.machine import Killed, Process
from tests.simulation.remote import Remote

from dailymotion_reports.jobs.sqlite_store import SqliteStore
from dailymotion_reports.sandbox.transport import Body
from dailymotion_reports.wire.http import Request, Response


class Wire:
    """A process's way to the service: calls take time, and a process may die before, in and after them."""

    def __init__(self, process: Process, remote: Remote) -> None:
        self._process, self._inner = process, remote.transport()

    def send(self, request: Request, timeout: float) -> Response:
        """The whole answer."""
        process, what, answer = self._process, kind(request), None
        process.doing = what
        self._travel(f"{what}: before")
        watch = process.machine.watch
        watch.sending(process, what, request)
        try:
            answer = self._inner.send(request, timeout)
        finally:
            watch.answered(process, what, request, answer)
            self._travel(f"{what}: after")
        return answer

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator["SlowBody"]:
        """A GET."""
        self._process.doing = "fetch"
        self._travel("fetch: before")
        self._process.machine.watch.opened(self._process, url)
        with self._inner.stream(url, headers, timeout) as body:
            yield SlowBody(body, self._process)

    def close(self) -> None:
        """Nothing is held."""

    def _travel(self, point: str) -> None:
        self._process.at(point)
        self._process.wait(self._process.chance.uniform(0.05, 0.4))
        self._process.at(point)


class SlowBody:
    """A body whose pieces take time."""

    def __init__(self, body: Body, process: Process) -> None:
        self.status, self.headers = body.status, body.headers
        self._body, self._process = body, process

    def chunks(self) -> Iterator[bytes]:
        """The pieces, in halves."""
        for chunk in self._body.chunks():
            for piece in (chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]):
                self._process.at("fetch: piece")
                yield piece
            self._process.wait(self._process.chance.uniform(0.0, 2.0))
        self._process.at("fetch: after")


class MortalStore(SqliteStore):
    """The shipped ledger, of a process that may die before and after each of its transactions."""

    def __init__(self, path: Path, process: Process) -> None:
        super().__init__(path, f"{process.name}-{len(process.machine.processes)}")
        self._connection.execute("PRAGMA synchronous=OFF")  # Processes are killed here, machines are not.
        self._process = process

    @contextmanager
    def _transaction(self, account: str) -> Iterator[Any]:
        self._process.at("ledger: before")
        with super()._transaction(account) as ask:
            yield ask
        self._process.machine.watch.transacted(self._process)
        self._process.at("ledger: after")

    @contextmanager
    def _look(self) -> Iterator[Any]:
        if self._process.dead:
            raise Killed
        with super()._look() as ask:
            yield ask

    def lost(self) -> None:
        """What the kernel does with a process's files and locks when it has ended."""
        self._owners._held.release(force=True)
        self._connection.close()


def kind(request: Request) -> str:
    """What a request is for."""
    if request.url.endswith("/token"):
        return "sign-in"
    return "submit" if b"askPartnerReportFile" in request.body else "poll"
