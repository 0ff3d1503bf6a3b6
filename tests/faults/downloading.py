"""A report of a sandbox in process, ready to be downloaded by either shell, and a record of what is asked for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import AsyncTransport
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.transport import AsyncBody, Body
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.fetching import Fetched, fetch, fetch_async
from dailymotion_reports.workspace.progress import Listener, unheard

REQUEST = ReportRequest(("VIEWS",), ("DAY", "VIDEO_TITLE"), Window(date(2023, 7, 1), date(2023, 7, 31)), {}, "CONTENT")
"""A question whose answer has about 750 kB."""

SAID = {"accept", "accept-encoding", "range", "if-match"}
"""All headers that the storage may ever get from the clients; a transport adds its own name to them."""


@dataclass(frozen=True)
class Asked:
    """A request to the storage, and the status of its answer."""

    url: str
    headers: Mapping[str, str]
    status: int

    @property
    def begin(self) -> int | None:
        """The byte from which on the file was asked for; None where all of it was."""
        text = self.headers.get("range")
        return None if text is None else int(text.removeprefix("bytes=").removesuffix("-"))


class Watched:
    """A transport into a sandbox that writes down what is streamed."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.asked: list[Asked] = []
        self.send = inner.send

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
        with self._inner.stream(url, headers, timeout) as body:
            self.asked.append(Asked(url, dict(headers), body.status))
            yield body

    def close(self) -> None:
        """Nothing is held."""


class AsyncWatched(Watched):
    @asynccontextmanager
    async def stream(  # type: ignore[override]
        self, url: str, headers: Mapping[str, str], timeout: float
    ) -> AsyncIterator[AsyncBody]:
        async with self._inner.stream(url, headers, timeout) as body:
            self.asked.append(Asked(url, dict(headers), body.status))
            yield body

    async def aclose(self) -> None:
        """Nothing is held."""


@dataclass
class Ready:
    """A finished report: what was asked, its token, its links, and the bytes that the sandbox has for each of them."""

    twin: Twin
    home: Path
    waiting: bool
    way: Watched = field(init=False)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = self.twin.settings(self.home)
        self.archive = Archive.open(self.home / "data" / "archive")
        self.way = AsyncWatched(self.twin.async_transport) if self.waiting else Watched(self.twin.transport)
        with self._client() as client:
            self.accepted: ReportAccepted = client.submit(REQUEST)
            self.twin.clock.advance(seconds=5)
        self.links = self.look()
        self.stored = [self.bytes_of(link) for link in self.links]

    @property
    def asked(self) -> list[Asked]:
        """What was asked of the storage by whoever downloads."""
        return self.way.asked

    @property
    def statuses(self) -> list[int]:
        return [asked.status for asked in self.asked]

    def arm(self, *names: str, **how: Any) -> None:
        for name in names:
            self.twin.arm(name, **how)

    def look(self) -> tuple[Secret, ...]:
        """The links as the service tells them now."""
        with self._client() as client:
            (state,) = client.states([self.accepted.token])
            return state.links

    def bytes_of(self, link: Secret) -> bytes:
        with self.twin.transport.stream(link.reveal(), {}, 60.0) as body:
            assert body.status == 200
            return b"".join(body.chunks())

    def fetch(self, links: tuple[Secret, ...] | None = None, tell: Listener = unheard) -> Fetched:
        """The report by one of the shells."""
        what = (self.archive, REQUEST, self.accepted, self.links if links is None else links, self.settings)
        if self.waiting:
            client = AsyncClient(*self._self, cast(AsyncTransport, self.way), **self._time, sleep=self._apause)
            return asyncio.run(fetch_async(client, *what, tell=tell, sleep=self._apause, chance=_even))
        blocking = Client(*self._self, self.way, **self._time, sleep=self._pause)
        return fetch(blocking, *what, tell=tell, sleep=self._pause, chance=_even)

    def visible(self) -> list[Path]:
        """What readers of the archive see."""
        return list(self.archive.root.glob("??/*/*"))

    @property
    def _self(self) -> tuple[Any, Any]:
        return profile_of(self.settings), credentials_of(self.settings)

    @property
    def _time(self) -> dict[str, Any]:
        return {"clock": self.twin.clock.seconds, "chance": _even}

    def _client(self) -> AbstractContextManager[Client]:
        return Client(*self._self, self.twin.transport, **self._time, sleep=self._pause)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.twin.clock.sleep(seconds)

    async def _apause(self, seconds: float) -> None:
        self._pause(seconds)


def _even() -> float:
    return 0.5


Made = Callable[..., AbstractContextManager[Ready]]


@contextmanager
def ready(home: Path, *, waiting: bool = False, **switches: Any) -> Iterator[Ready]:
    """A report in one file, or as the switches of the sandbox will have it."""
    with Twin.made(**{"rows_per_file": 10**9, **switches}) as twin:
        made = Ready(twin, home, waiting)
        yield made
        assert twin.unfired == (), "an armed fault never fired"
        for asked in made.asked:
            assert set(asked.headers) <= SAID, "the storage was told more than it may know"
