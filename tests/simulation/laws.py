"""What must hold in every run, checked after every transaction and at the end, by the simulation's own eyes.

The ledger is read as rows, by a connection of its own; what runs is asked of the sandbox, what is true of its oracle.
"""

import json
from collections import Counter
from pathlib import Path

from tests.simulation.endings import EndLaws
from tests.simulation.machine import Machine, Process
from tests.simulation.remote import Remote, Rows, counted
from tests.simulation.seen import Seen, seen_in, tokens_in

from dailymotion_reports.errors import DmrError
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.sandbox.reports import Report
from dailymotion_reports.sandbox.storage import StoredFile
from dailymotion_reports.wire.http import Request, Response

LIFE, LEASE = 7800.0, 170.0
"""Seconds: the longest that a report holds a slot, and that a job is surely in one hand."""

MOST_AT_ONCE = 60
"""Transactions of one process within a second: more are a loop that waits for nothing."""

CHOSEN = 120.0
"""Seconds at most from the choice of what is fetched to its last try: what is due since then was not passed over."""

MOST_AGAIN = 4
"""A report is asked for three times more; the fourth loss parks it."""


class Laws(EndLaws):
    """The watch over one run."""

    def __init__(self, remote: Remote, home: Path) -> None:
        super().__init__(remote, home)
        self.known: set[str] = set()
        self.calls: Counter[str] = Counter()
        self._last = remote.now
        self._checked: set[str] = set()
        self._moment: Counter[tuple[str, int]] = Counter()
        self._flying: dict[str, tuple[Process, float]] = {}
        self._probes: list[float] = []
        self._closed_since = 0.0
        self._version: int | None = None

    def transacted(self, process: Process) -> None:
        """After a transaction: no tight loop; and where something was written, all that the ledger must say."""
        here = process.name, int(self.remote.now)
        self._moment[here] += 1
        if self._moment[here] > MOST_AT_ONCE:
            self.fail("no tight loop", f"{process.name} has {self._moment[here]} transactions within a second")
            raise AssertionError("a tight loop is broken off")
        if len(self._moment) > 64:
            self._moment = Counter({here: self._moment[here]})
        version = self.ask("PRAGMA data_version")[0][0]
        if version != self._version:
            self._version = version
            self._look()

    def _look(self) -> None:
        for row in self.ask(
            "SELECT id, state, owner, lease_until, fingerprint, again, vanishes, due, request, detail FROM jobs"
        ):
            job = self.jobs[row["id"]] = seen_in(row)
            if job.token:
                self.known.add(job.token)
            if job.again > MOST_AGAIN:
                self.fail("nothing is asked for without end", f"{job.id} was asked for anew {job.again} times")
            if job.state in ("fetched", "empty") and job.id not in self._checked:
                self._checked.add(job.id)
                self._check_rows(job)
        self._check_slots()
        self._check_sharing()

    def _check_slots(self) -> None:
        """The ledger holds a slot for each of our reports that runs, as long as a report may.

        One that was answered with the token of an earlier one of the same question nobody can know of.
        """
        now, wall = self.remote.now, self.machine.wall()
        jumped = max(self.machine.jumps, default=0.0)
        live = [one for one in self.remote.live() if not self._is_behind_another(one)]
        young = [one for one in live if now - one.created < LIFE - 60 and one.created > jumped]
        held = self.ask(f"SELECT count(*) FROM attempts WHERE slot_until > {wall!r}")[0][0]
        if len(young) > held:
            self.fail("every report that runs holds a slot", f"{len(young)} run, and {held} slots are held")

    def _is_behind_another(self, report: Report[StoredFile]) -> bool:
        told = (one for one in self.remote.reports.all.values() if one.token in self.known and one.ask == report.ask)
        struck = self.remote.sandbox.service.faults.fired["C9-same-token"]
        return bool(struck) and report.token not in self.known and any(one.created < report.created for one in told)

    def _check_sharing(self) -> None:
        open_ones = Counter(
            job.fingerprint for job in self.jobs.values() if job.state in ("planned", "submitting", "waiting", "ready")
        )
        if any(count > 1 for count in open_ones.values()):
            self.fail("who asks the same shares a report", f"{max(open_ones.values())} open jobs ask one question")

    def _check_rows(self, job: Seen) -> None:
        folder = self.root / job.detail["entry"]
        found: Rows = Counter()
        for path in sorted(folder.glob("report_*.csv")):
            found += counted(path.read_text())
        true = self.remote.truth(ReportRequest.from_dict(json.loads(job.request)))
        if found != true:
            self.fail("rows are the truth", f"job {job.id} has {found.total()} rows where {true.total()} are true")

    def sending(self, process: Process, what: str, request: Request) -> None:
        """A request is about to leave: it was written down, nobody else is at it, and the service is spared."""
        self.calls[what] += 1
        self._check_probe()
        if what == "submit":
            self._check_intent(process)
        for token in tokens_in(request) if what == "poll" else ():
            self._check_hand(process, token)
            self._check_pace(token)

    def _check_intent(self, process: Process) -> None:
        rows = self.ask(
            "SELECT a.slot_until FROM jobs j JOIN attempts a ON a.job = j.id WHERE j.state = 'submitting'"
            f" AND a.outcome = 'perhaps asked' AND j.owner = '{process.owner}'"
        )
        fenced = self.machine.sleeps or self.machine.jumps or process.frozen
        if not rows and not fenced:
            self.fail("the intent is written before it is sent", f"{process.name} asks for what is not written down")

    def _check_hand(self, process: Process, token: str) -> None:
        other, since = self._flying.get(token, (process, 0.0))
        quiet = not any(since < at for at in (*self.machine.jumps, *(at for at, _ in self.machine.sleeps)))
        if other is not process and not other.over and self.remote.now - since < LEASE and quiet:
            self.fail("a job is in one hand", f"{process.name} and {other.name} read one report at a time")
        self._flying[token] = process, self.remote.now

    def _check_pace(self, token: str) -> None:
        report = self.remote.reports.all.get(token)
        age = self.remote.now - report.created if report else 0.0
        if report and report.looks > 60 + min(age, LIFE) / 20 + max(age - LIFE, 0.0) / 200:
            self.fail("looks are paced", f"a report of {age:.0f} s has {report.looks}")

    def _check_probe(self) -> None:
        """While the service is down for long it is tried once a minute, but for beginners and those who stood still."""
        now, until = self.remote.now, self.remote.closed_until
        if now >= until:
            self._probes, self._closed_since = [], 0.0
            return
        self._closed_since = self._closed_since or now
        fresh = any(now - one.begun < 120 or one.frozen for one in self.machine.processes)
        if now - self._closed_since < 300 or fresh:
            return
        self._probes = [at for at in self._probes if now - at < 58.0] + [now]
        if len(self._probes) > 1:
            times = ", ".join(f"{now - at:.1f}" for at in self._probes)
            self.fail("a service that is down is spared", f"calls {times} s ago")

    def answered(self, process: Process, what: str, request: Request, answer: Response | None) -> None:
        """A call has been dealt with."""
        for token in tokens_in(request) if what == "poll" else ():
            self._flying.pop(token, None)

    def opened(self, process: Process, url: str) -> None:
        """A download begins: the report that is deleted first goes first."""
        mine = [job for job in self.jobs.values() if job.owner == process.owner and job.state == "ready"]
        first = min((job.vanishes for job in mine), default=0.0)
        free = (job for job in self.jobs.values() if job.state == "ready" and not job.owner and job.id in process.scope)
        waiting = [job for job in free if job.due < self.machine.wall() - CHOSEN]
        troubled = self.ask("SELECT 1 FROM accounts WHERE json_extract(detail, '$.failures') > 0")
        if any(job.vanishes < first for job in waiting) and not troubled:
            self.fail("what is deleted first is fetched first", f"{process.name} fetches a younger report")

    def ended(self, process: Process) -> None:
        """A process is no more: it was killed, is done, or met an error of ours."""
        self._flying = {token: one for token, one in self._flying.items() if one[0] is not process}
        if process.error is not None and not isinstance(process.error, DmrError):
            error = process.error
            self.fail("no process ends by surprise", f"{process.name}: {type(error).__name__}: {error}")

    def passed(self, machine: Machine) -> None:
        """Time has passed; it counts where somebody was at work, and the service there."""
        now = self.remote.now
        serving = any(one.serves and one.wake_at < now + 3600 for one in machine.alive)
        if serving and now >= self.remote.closed_until:
            self.worked += min(now - self._last, 700.0)
        self._last = now
        for token in self.known - self.finished.keys():
            report = self.remote.reports.all.get(token)
            if report and self.remote.finished_at(report) is not None:
                self.finished[token] = self.worked

    def check_let_go(self, process: Process) -> None:
        """Who has stopped working, with an error or without, has no job in hand."""
        rows = self.ask(f"SELECT id, state FROM jobs WHERE owner = '{process.owner}'")
        if rows:
            self.fail("who stops lets go", f"{process.name} has {rows[0]['id']} in hand, which is {rows[0]['state']}")
