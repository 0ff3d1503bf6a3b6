"""``Sandbox``: world, storage, service and clock put together, with credentials of its own.

It may be spoken to in process (`transport`) or over sockets (`server`).  It opens no socket itself.
"""

import secrets
import shutil
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox import bucket, control
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.directory import Directory
from dailymotion_reports.sandbox.download_faults import Opened
from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.headers import dated
from dailymotion_reports.sandbox.idle import IDLE
from dailymotion_reports.sandbox.kitchen import Kitchen
from dailymotion_reports.sandbox.measures import assumed
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.reports import Report, Reports
from dailymotion_reports.sandbox.rules import Rules
from dailymotion_reports.sandbox.scale import ScaleName
from dailymotion_reports.sandbox.sealing import Identity, Sealer
from dailymotion_reports.sandbox.service import LOG_OUT, Service
from dailymotion_reports.sandbox.sessions import PREFIX
from dailymotion_reports.sandbox.shelf import StorageShelf
from dailymotion_reports.sandbox.storage import BUILT_DIMENSIONS, BUILT_METRICS, Storage, StoredFile
from dailymotion_reports.sandbox.switches import chosen
from dailymotion_reports.sandbox.token_faults import AWKWARD
from dailymotion_reports.sandbox.tokens import Tokens
from dailymotion_reports.sandbox.world import World
from dailymotion_reports.wire.http import Request, Response

_URL: Final = "http://127.0.0.1:8787"
_STORAGE_URL: Final = "http://127.0.0.1:8788"
_NOON: Final = 12 * 3600.0
_REPORT_TOKEN_SECONDS: Final = 366 * 86400.0


class Sandbox:
    """A pretend Dailymotion with one account.

    ``scale`` says how much happens in its world.
    ``progress`` says how reports go, else they take ``report_seconds``.  ``clock`` is the time, else real time
    times ``speed``, beginning now or at noon UTC of ``today``.  ``switches`` are the open questions about the real
    service, each with a default: see `switches.load_switches`.  ``faults`` are armed from the start, and anew at each
    `reset`: names with how often each fires.  Safe for several threads; `close` removes its files.
    Raises InvalidSettings for switches that there are not, or that may not be so.
    """

    def __init__(
        self,
        seed: int = 7,
        report_seconds: float | None = None,
        today: date | None = None,
        *,
        progress: Progress | None = None,
        clock: Clock | None = None,
        speed: float = 1.0,
        scale: ScaleName = "small",
        faults: Mapping[str, int] | None = None,
        **switches: Any,
    ) -> None:
        given = {} if report_seconds is None else {"report_seconds": report_seconds}
        self.ways = chosen({**switches, **given})
        self.clock = clock or Clock(_noon(today) if today else None, speed)
        self.lock = threading.RLock()
        kinds = {name: self.ways[name] for name in ("restating", "retitled")}
        self.world = World(seed, today=self._today(self.clock.now()), scale=scale, idle=IDLE, **kinds)
        self._folder = Path(tempfile.mkdtemp(prefix="dmr-sandbox-"))
        self.storage = Storage(
            self._folder / "bucket",
            secrets.token_bytes(32),
            _STORAGE_URL,
            packed=self.ways["stored"] == "gzip",
            public=self.ways["link_form"] == "public",
        )
        armory = Armory()
        shelf = StorageShelf(self.world, self.storage, armory, self.ways)
        self._kitchen = Kitchen(self.world, shelf, self.lock)
        self._sealer = Sealer(secrets.token_bytes(32))
        self.url, self.storage_url = _URL, _STORAGE_URL
        self._progress = progress or Progress(self.ways["report_seconds"])
        reports = Reports(
            shelf,
            self._progress,
            self._new_report_token,
            max_running=load_catalog().limits.max_concurrent_reports,
            ways=self.ways,
        )
        rules = Rules(load_catalog(), BUILT_METRICS, BUILT_DIMENSIONS, assumed, self.ways)
        self.cast = Directory(seed, scale, retitled=self.ways["retitled"])
        tokens = _tokens(self.ways, self._sealer)
        self.service = Service(tokens, reports, rules, faults=armory, ways=self.ways, cast=self.cast)
        self._faults = dict(faults or {})
        self._begin()

    def listen_at(self, url: str, storage_url: str) -> None:
        """Take these addresses, without a slash at their ends, for one's own; links begin with the second."""
        self.url, self.storage_url = url, storage_url
        self.storage.base_url = storage_url

    def info(self) -> dict[str, Any]:
        """What a client needs, as plain JSON values: addresses, credentials, channels, first and last day."""
        self._turn_page()
        own = self.service.tokens.identity
        return {
            "url": self.url,
            "token_url": f"{self.url}/oauth/token",
            "graphql_url": self.url,
            "storage_url": self.storage_url,
            "api_key": own.api_key,
            "api_secret": own.api_secret.reveal(),
            "username": own.username,
            "password": own.password.reveal(),
            "channels": list(self.world.channels),
            "first_day": str(self.world.first_day),
            "last_day": str(self.world.last_day),
            "private": self._private("/oauth/v1/token"),
            "v2": self._private("/v2/token"),
            "logout_url": f"{self.url}{LOG_OUT}",
            "rest_url": self.url,
        }

    def answer(self, request: Request) -> Response:
        """The API's answer, control endpoints included.  Raises BrokenOff where the connection is to be cut."""
        self._turn_page()
        if urlsplit(request.url).path.startswith(control.PREFIX):
            said = control.answer(self, request)
            return replace(said, headers=dated(said.headers, self.clock.now()))
        now = self.clock.now()
        for report in self._due(request, now):
            self._kitchen.make(report)
        return self._handled(request, now)

    def answer_at_once(self, request: Request) -> Response | None:
        """`answer`, where no file has to be made and nothing has to be added up for it; else None, and nothing is done.

        It takes next to no time, so that a server need not leave it to a thread.
        """
        if urlsplit(request.url).path.startswith(control.PREFIX):
            return None
        self._turn_page()
        now = self.clock.now()
        return None if self._due(request, now) else self._handled(request, now)

    def _due(self, request: Request, now: float) -> list[Report[StoredFile]]:
        with self.lock:
            return self.service.due(request, now)

    def _handled(self, request: Request, now: float) -> Response:
        """The answer of the moment for which `_due` was asked: no report is due since, whose files nobody made."""
        with self.lock:
            before = self.service.counts.status_reads
            try:
                said = self.service.handle(request, now)
            finally:
                self._move_by_looks(self.service.counts.status_reads - before)
            moment: float = self.service.faults.alter("date", self.clock.now())
        return replace(said, headers=dated(said.headers, moment + self.ways["date_skew_seconds"]))

    def _move_by_looks(self, looks: int) -> None:
        if looks and self.look_seconds:
            self.clock.advance(looks * self.look_seconds)

    def deliver(self, method: str, url: str, headers: Mapping[str, str]) -> Delivery:
        """The storage's answer; header names in lower case.  A HEAD is answered like a GET, body included."""
        now = self.clock.now()
        delivery = self._delivered(method, url, headers, now)
        return replace(delivery, headers=dated(delivery.headers, now + self.ways["date_skew_seconds"]))

    def _delivered(self, method: str, url: str, headers: Mapping[str, str], now: float) -> Delivery:
        with self.lock:
            self.service.reports.sweep(now)
            self.service.counts.bearer_at_storage += "authorization" in headers
            if method not in bucket.METHODS:
                return bucket.wrong_method()
            delivery = bucket.deliver(self.storage, url, headers, now, self.ways)
            if method == "GET" and delivery.status in (200, 206):
                struck = self.service.faults.instead("download", self._opened(delivery, url))
                return cast(Delivery, struck or delivery)
            return delivery

    def _opened(self, delivery: Delivery, url: str) -> Opened:
        name = urlsplit(url).path.rpartition("/")[2]
        number = self.service.reports.number(lambda file: file.name == name)
        return Opened(
            delivery,
            number,
            lambda: self.storage.delete(name),
            lambda body: self.storage.replace(name, body),
        )

    def reset(self) -> None:
        """Forget reports, faults, counts and every move of the clock; start over.  Credentials and tokens stay good."""
        with self.lock:
            self.service.reset()
            self.clock.reset()
            self._begin()

    def close(self) -> None:
        """Close the world and remove all files."""
        self._kitchen.close()
        with self.lock:
            self.world.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _private(self, token_path: str) -> dict[str, str]:
        """What a client with the private key needs."""
        own = self.service.tokens.identity
        return {
            "token_url": f"{self.url}{token_path}",
            "graphql_url": f"{self.url}/graphql",
            "rest_url": f"{self.url}/rest",
            "client_id": own.client_id,
            "client_secret": own.client_secret.reveal(),
        }

    def _begin(self) -> None:
        self.look_seconds: float = self.ways["look_seconds"]
        self.service.reports.progress = self._progress
        for name, times in self._faults.items():
            self.service.faults.arm(name, times)
        until = self.clock.now() + self.ways["strangers_seconds"]
        self.service.reports.occupy(self.ways["strangers"], until)

    def _turn_page(self) -> None:
        """Yesterday on the sandbox's clock is the world's last day, or an earlier day where figures come late."""
        self.world.move_to(self._today(self.clock.now()))

    def _today(self, now: float) -> date:
        """The world's present day at a moment; the day before is the last one with figures."""
        return _day(now) - timedelta(days=self.ways["data_delay_days"] - 1)

    def _new_report_token(self, now: float) -> tuple[str, str]:
        identifier = _new_id()
        return identifier, self._sealer.seal("report", identifier, now, _REPORT_TOKEN_SECONDS)


def _tokens(ways: Mapping[str, Any], sealer: Sealer) -> Tokens:
    return Tokens(
        _identity(AWKWARD if ways["awkward_secrets"] else ""),
        sealer,
        _new_id,
        access_seconds=ways["access_seconds"],
        private_seconds=ways["private_access_seconds"],
        refresh_seconds=ways["refresh_seconds"],
        rotate=ways["rotate_refresh_tokens"],
        reuse_revokes=ways["reuse_revokes"],
        private_refresh=ways["private_refresh_token"],
        granted_scopes=ways["granted_scopes"],
        missing_scope=ways["missing_scope"],
        skew_seconds=ways["skew_seconds"],
    )


def _identity(tail: str) -> Identity:
    """Fresh credentials with ``tail`` at their ends; without it, free of characters that need encoding in a form."""
    new = [PREFIX + secrets.token_hex(length) + tail for length in (10, 20, 12, 10, 20)]
    return Identity(new[0], Secret(new[1]), f"{PREFIX}owner@example.org", Secret(new[2]), new[3], Secret(new[4]))


def _new_id() -> str:
    return secrets.token_hex(16)


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()


def _noon(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + _NOON
