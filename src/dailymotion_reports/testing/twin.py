"""``Twin``: a sandbox as a test holds it: troubles, counts, truth, and clients that share its clock."""

import difflib
import inspect
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlencode

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import UsageError
from dailymotion_reports.query.draft import names
from dailymotion_reports.query.plan import ZONE
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.scenarios import DEFAULT, load_scenarios
from dailymotion_reports.sandbox.server import running
from dailymotion_reports.sandbox.switches import load_switches
from dailymotion_reports.sandbox.transport import AsyncSandboxTransport, SandboxTransport
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.testing.clock import HandClock
from dailymotion_reports.testing.rows import difference, typed_rows
from dailymotion_reports.workspace import AsyncWorkspace, Event, Report, Workspace
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.events import Events, events_of
from dailymotion_reports.workspace.keeping import open_archive

TODAY: Final = date(2026, 1, 15)
"""The sandbox's day where none is named, so that ``yesterday`` is the same day in every run."""

_CHANNEL: Final = "videoOwnerChannelSlug"
_KINDS: Final = ("public", "private", "v2")
_SOON: Final = 1.0
_UNWATCHED: Final = 3600.0
"""Seconds for which a workspace trusts that nobody else works with its ledger: a test has one at a time."""


class Twin:
    """A pretend Dailymotion in this process, with a clock that is moved by hand."""

    def __init__(self, sandbox: Sandbox, clock: HandClock) -> None:
        self.clock = clock
        self.transport = SandboxTransport(sandbox)
        """The way into it for whatever takes a `Transport`, such as ``Workspace.open(settings=…, transport=…)``.

        Whoever waits by a clock of his own waits for ever, unless reports take no time (``report_seconds=0``).
        """
        self.async_transport = AsyncSandboxTransport(sandbox)
        self._sandbox = sandbox
        self._armed: dict[str, int] = {}

    @classmethod
    @contextmanager
    def made(
        cls, *, seed: int = 7, scenario: str = DEFAULT, today: date | str = TODAY, **switches: Any
    ) -> Iterator[Self]:
        """A fresh one, for as long as the block lasts.

        ``seed`` chooses its world, ``scenario`` its behaviour, ``today`` the day at whose noon (UTC) its clock
        stands.  ``switches`` are those of `Sandbox`, and go before the scenario's; reports take one second where
        neither says otherwise.  Raises UsageError for a scenario or a switch that does not exist.
        """
        day = date.fromisoformat(today) if isinstance(today, str) else today
        clock = Clock.by_hand(datetime.combine(day, time(12), UTC).timestamp())
        known = load_scenarios()
        chosen = known[_one_of(known, scenario, "scenario")]
        settled = {"report_seconds": _SOON, **chosen.switches, **_checked(switches)}
        with Sandbox(seed, clock=clock, faults=chosen.faults, **settled) as sandbox:
            yield cls(sandbox, HandClock(clock))

    @property
    def channels(self) -> tuple[str, ...]:
        """Slugs of the account's channels."""
        return tuple(self._sandbox.info()["channels"])

    @property
    def stats(self) -> dict[str, Any]:
        """What happened so far: ``reports_created``, ``status_reads``, ``sign_ins`` and so on."""
        return dict(json.loads(self._read("/_sandbox/stats")))

    def arm(self, name: str, times: int = 1, after: int = 0, seed: int = 0) -> None:
        """Let a fault fire ``times`` times, once it has passed over ``after`` chances; 0 times disarms it.

        A test in which an armed fault never fires has failed.  Raises UsageError for a name that is not known.
        """
        _one_of(TABLE, name, "fault")
        with self._sandbox.lock:
            self._armed[name] = self._sandbox.service.faults.fired[name]
            self._sandbox.service.faults.arm(name, times, after, seed)
        if not times:
            del self._armed[name]

    def fired(self, name: str) -> int:
        """How often a fault has fired.  Raises UsageError for a name that is not known."""
        _one_of(TABLE, name, "fault")
        with self._sandbox.lock:
            return self._sandbox.service.faults.fired[name]

    @property
    def unfired(self) -> tuple[str, ...]:
        """The faults that `arm` has armed and that have not fired since."""
        return tuple(name for name, before in self._armed.items() if self.fired(name) == before)

    def truth(
        self,
        metrics: str | Iterable[str],
        dimensions: str | Iterable[str] = (),
        *,
        start: date | str,
        end: date | str,
        product: str | Iterable[str] = "CONTENT",
        channels: str | Collection[str] = (),
        timezone: str = "UTC",
    ) -> list[dict[str, Any]]:
        """What is true, as rows of the types that `Report.rows` has; worked out by another path than reports are.

        Any period and any number of dimensions; no ``channels`` means all, and several products have a first column
        ``product``.  Days, months and besides ``week``, ``quarter`` and ``year`` (dates of their first days) are those
        of ``timezone``, hours are in UTC all the same.  Raises UsageError with the sandbox's own words for a question
        that it has no answer to.
        """
        asked = {
            "metrics": ",".join(names(_several(metrics))),
            "dimensions": ",".join(names(_several(dimensions))),
            "start": str(start),
            "end": str(end),
            "timezone": timezone,
        }
        several = {"product": _several(product), _CHANNEL: _several(channels)}
        query = urlencode([*asked.items(), *((name, one) for name, given in several.items() for one in given)])
        return typed_rows(self._read(f"/_sandbox/truth?{query}"))

    def truth_of(self, report: Report) -> list[dict[str, Any]]:
        """What is true of a report's own question.

        Raises UsageError where it has a filter other than the channel: of those the truth says nothing.
        """
        asked = report.manifest.request
        if strange := sorted(set(asked.filters) - {_CHANNEL, ZONE}):
            raise UsageError(f"The sandbox's truth knows no filter {', '.join(strange)}.")
        return self.truth(
            asked.metrics,
            [name for name in asked.dimensions if name != "PRODUCT"],
            start=asked.window.start,
            end=asked.window.end,
            product=asked.product.split(",") if "," in asked.product else asked.product or "CONTENT",
            channels=asked.filters[_CHANNEL].split(",") if _CHANNEL in asked.filters else (),
            timezone=asked.filters.get(ZONE, "UTC"),
        )

    def check(self, report: Report) -> None:
        """Raise AssertionError with the rows in question where a report differs from the truth, in whatever order."""
        told = difference(report.rows(), self.truth_of(report))
        if told:
            raise AssertionError(f"{report!r} differs from the sandbox's truth.\n{told}")

    def settings(self, home: Path, key: str = "public") -> Settings:
        """What a client needs to know, with everything that it keeps below ``home``; no token is kept.

        ``key`` is the kind of key: public, private or v2.
        """
        _one_of(_KINDS, key, "kind of key")
        info = self._sandbox.info()
        folders = Folders(home / "data", home / "state", home / "config")
        own = info["private"]
        bare = Settings("sandbox", folders, own["client_id"], Secret(own["client_secret"]), url=info["url"], kind=key)
        private = replace(bare, keep_tokens=False)
        if key != "public":
            return private
        return replace(
            private,
            api_key=info["api_key"],
            api_secret=Secret(info["api_secret"]),
            username=info["username"],
            password=Secret(info["password"]),
        )

    def workspace(
        self, home: Path, key: str = "public", on_event: Callable[[Event], object] | Events | None = None
    ) -> Workspace:
        """A workspace that speaks to it in process, and whose waiting moves the clock instead of taking time.

        ``on_event`` hears of each event, as with `Workspace.open`.
        """
        settings, now, sleep = self.settings(home, key), self.clock.seconds, self.clock.sleep
        way = profile_of(settings), credentials_of(settings), self.transport
        events = events_of(settings, on_event, now)
        client = Client(*way, clock=now, sleep=sleep, chance=_even, tell=events.tell)
        archive, today = open_archive(settings), self.clock.today
        own: dict[str, Any] = {"clock": now, "chance": _even, "today": today, "watch": _UNWATCHED, "events": events}
        return Workspace(client, archive, settings, sleep=sleep, fetchers=0, **own)

    def async_workspace(
        self, home: Path, key: str = "public", on_event: Callable[[Event], object] | Events | None = None
    ) -> AsyncWorkspace:
        """`workspace` for coroutines; it holds nothing that would have to be closed."""
        settings, now, sleep = self.settings(home, key), self.clock.seconds, self.clock.async_sleep
        way = profile_of(settings), credentials_of(settings), self.async_transport
        events = events_of(settings, on_event, now)
        client = AsyncClient(*way, clock=now, sleep=sleep, chance=_even, tell=events.tell)
        archive, today = open_archive(settings), self.clock.today
        own: dict[str, Any] = {"clock": now, "chance": _even, "today": today, "watch": _UNWATCHED, "events": events}
        return AsyncWorkspace(client, archive, settings, sleep=sleep, **own)

    @contextmanager
    def served(self) -> Iterator[Mapping[str, str]]:
        """Listen on loopback for as long as the block lasts; gives the variables with which programs find it.

        From then on its clock runs as fast as any other, since nobody outside can move it.
        """
        self._sandbox.clock.set_speed(1.0)
        with running(self._sandbox) as info:
            names = ("url", "api_key", "api_secret", "username", "password")
            yield {**{f"DMR_{name.upper()}": str(info[name]) for name in names}, "DMR_PROFILE": "sandbox"}

    def _read(self, path: str) -> str:
        with self.transport.stream(self._sandbox.url + path, {}, 60.0) as body:
            text = b"".join(body.chunks()).decode()
        if body.status != 200:
            raise UsageError(str(json.loads(text).get("error", text)))
        return text


def _even() -> float:
    """Chance that is always the same, so that a run can be repeated."""
    return 0.5


def _several(given: str | Iterable[str]) -> Iterable[str]:
    """What is given as one text or as several, as several."""
    return [given] if isinstance(given, str) else given


def _one_of(known: Collection[str], name: str, kind: str) -> str:
    """``name``.  Raises UsageError with the nearest one where it is not known."""
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, 1, 0.0)[0]
    raise UsageError(f"There is no {kind} {name!r:.60}.", hint=f"Did you mean {near}?")


def _checked(switches: Mapping[str, Any]) -> Mapping[str, Any]:
    """The switches, all of which the sandbox has and leaves to its user."""
    own = {"self", "seed", "today", "clock", "faults", "switches"}
    named = [name for name in inspect.signature(Sandbox.__init__).parameters if name not in own]
    known = list(dict.fromkeys([*named, *load_switches()]))
    for name in switches:
        _one_of(known, name, "switch")
    return switches
