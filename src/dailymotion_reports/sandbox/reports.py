"""The reports that were asked for: their states, their places, their files.

Who may ask and in which words is decided elsewhere; here a question is taken to be good.  Files are made by the
`Shelf` that is handed in, at the first look at which a report is due, unless somebody has made them just before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.rules import Refusal
from dailymotion_reports.wire.reporting import AskReport

F = TypeVar("F")


LONGEST_LIFE: Final = 7200.0
"""Seconds that a report may take.
Source: https://developers.dailymotion.com/v0/reference/reports-specifications-and-rate-limiting-graphql"""


class Shelf(Protocol[F]):
    """Where files come from and where they lie."""

    def answer(self, ask: AskReport, asked_at: float) -> Sequence[F]:
        """The files that answer a question of that moment, in order; none where there are no rows."""

    def link(self, file: F, expires_at: float) -> str:
        """A link that opens the file until a moment in epoch seconds."""

    def discard(self, file: F) -> None:
        """Throw the file away."""


@dataclass(slots=True)
class Report(Generic[F]):
    """One report.  ``created`` is in epoch seconds; ``fate`` is a state forced upon it, or None.

    ``key`` is whose it is, ``shown`` whether anybody has seen its links, ``turns`` how often their first page was
    looked at, and ``being_made`` whether its files are being made at this moment.
    """

    id: str
    token: str
    ask: AskReport
    created: float
    key: str = ""
    looks: int = 0
    shown: bool = False
    turns: int = 0
    being_made: bool = False
    files: tuple[F, ...] | None = None
    fate: str | None = None

    @property
    def create_date(self) -> str:
        """When it was asked for, ISO 8601 in UTC, to the second."""
        return datetime.fromtimestamp(int(self.created), UTC).isoformat()


@dataclass(slots=True)
class Counts:
    """What happened since the start or the last reset.

    ``token_requests`` counts all of them, ``sign_ins`` and ``refreshes`` those that took effect.
    """

    reports_created: int = 0
    peak_running: int = 0
    refusals: int = 0
    status_reads: int = 0
    token_requests: int = 0
    sign_ins: int = 0
    refreshes: int = 0
    revoked_families: int = 0
    logouts: int = 0
    platform_reads: int = 0
    bearer_at_storage: int = 0


class Reports(Generic[F]):
    """All reports of the one account.

    ``max_running`` places; ``ways`` are the values of all switches.  A link's life is counted from the look that
    shows it.
    """

    def __init__(
        self,
        shelf: Shelf[F],
        progress: Progress,
        new_token: Callable[[float], tuple[str, str]],
        *,
        max_running: int = 2,
        ways: Mapping[str, Any],
    ) -> None:
        self.progress = progress
        self._shelf, self._new_token = shelf, new_token
        self._max_running, self._ways = max_running, ways
        self._by_token: dict[str, Report[F]] = {}
        self._strangers: list[float] = []

    def create(self, ask: AskReport, now: float, key: str = "") -> Report[F]:
        """A new report, asked for with the key of that name.  Raises Refusal where all places are taken."""
        if self._taken(now, key) + self.strangers(now) >= self._max_running:
            raise Refusal.of("too_many_reports")
        identifier, token = self._new_token(now)
        report: Report[F] = Report(identifier, token, ask, now, key)
        self._by_token[token] = report
        return report

    def again(self, ask: AskReport, now: float) -> Report[F] | None:
        """The latest report that answers the same question and is not lost, or None."""
        good = ("IN_PROGRESS", "FINISHED")
        same = (one for one in self._by_token.values() if one.ask == ask and self.status(one, now) in good)
        return next(reversed(list(same)), None)

    def deleted(self, report: Report[F], now: float) -> bool:
        """Whether the report is older than reports get."""
        return now - report.created >= self.progress.retention

    def occupy(self, places: int, until: float) -> None:
        """Let reports of others, which nobody here can see, take so many places until a moment."""
        self._strangers += [until] * places

    def strangers(self, now: float) -> int:
        """How many places others take."""
        return sum(1 for until in self._strangers if now < until)

    def tokens(self) -> list[str]:
        """The tokens of all reports, in the order in which they were asked for."""
        return list(self._by_token)

    def find(self, token: str) -> Report[F] | None:
        """The report with that token, or None."""
        return self._by_token.get(token)

    def forget(self, report: Report[F]) -> None:
        """Take a report back, as if it had never been asked for."""
        self._discard(report)
        self._by_token.pop(report.token, None)

    def clear(self) -> None:
        """Forget all reports, those of others too."""
        self._strangers.clear()
        for report in list(self._by_token.values()):
            self.forget(report)

    def running(self, now: float) -> int:
        """How many reports of ours are in progress."""
        return sum(1 for report in self._by_token.values() if self.status(report, now) == "IN_PROGRESS")

    def _taken(self, now: float, key: str) -> int:
        """How many places our reports take, of those that count together with the key's."""
        apart = self._ways["places_per"] == "key"
        counted = (one for one in self._by_token.values() if not apart or one.key == key)
        return sum(1 for report in counted if self._takes_place(report, now))

    def _takes_place(self, report: Report[F], now: float) -> bool:
        match self.status(report, now):
            case "FINISHED":
                return not self._ways["finished_frees_place"] and not report.shown
            case "FAILED" | "EXPIRED":
                return not self._ways["failed_frees_place"] and now - report.created < LONGEST_LIFE
            case _:
                return True

    def status(self, report: Report[F], now: float) -> str:
        """The state of a report at ``now``, whether or not somebody looks."""
        age = now - report.created
        if report.fate == "IN_PROGRESS" and age >= self.progress.retention:
            return "EXPIRED"
        status = report.fate or self.progress.status(age, report.looks)
        return "IN_PROGRESS" if status == "FINISHED" and report.being_made else status

    def unmade(self, now: float) -> Iterator[Report[F]]:
        """The finished reports whose files are still to be made."""
        for report in self._by_token.values():
            if report.files is None and self.status(report, now) == "FINISHED":
                yield report

    def links(self, report: Report[F], now: float) -> Iterator[tuple[str, str]]:
        """Name and fresh link of every file of a finished report; making the files is part of the first look."""
        if report.files is None:
            report.files = tuple(self._shelf.answer(report.ask, report.created))
        report.shown = True
        named = [(f"{report.id}-{number}", file) for number, file in enumerate(report.files, 1)]
        turned = self._ways["link_order"] == "turning" and report.turns % 2 == 0
        for name, file in reversed(named) if turned else named:
            yield name, self._shelf.link(file, now + self._ways["link_seconds"])

    def number(self, wanted: Callable[[F], bool]) -> int:
        """Which file of its report the wanted one is, from 1; 0 for a file of none."""
        files = ((n, file) for report in self._by_token.values() for n, file in enumerate(report.files or (), 1))
        return next((n for n, file in files if wanted(file)), 0)

    def sweep(self, now: float) -> None:
        """Delete the files of reports that have run out."""
        for report in self._by_token.values():
            if report.files and now - report.created >= self.progress.retention:
                self._discard(report)

    def _discard(self, report: Report[F]) -> None:
        for file in report.files or ():
            self._shelf.discard(file)
        report.files = ()
