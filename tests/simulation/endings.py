"""What must hold when a run is over, or has gone on for long: everything is in its place, or has a reason not to be."""

from itertools import pairwise
from typing import Any

from tests.simulation.seen import Eyes, Seen

from dailymotion_reports.sandbox.reports import Report

RETENTION = 172800.0
"""Seconds for which a report is kept."""

WORKING_HOURS = 4.0
"""Hours of undisturbed work within which a finished report is saved."""

LEGAL = {
    "planned": {"planned", "submitting", "parked"},
    "submitting": {"waiting", "planned", "failed", "parked"},
    "waiting": {"waiting", "ready", "failed", "gone", "parked"},
    "ready": {"ready", "waiting", "fetched", "empty", "failed", "gone", "parked"},
    "failed": {"planned"},
    "gone": {"planned", "parked"},
    "parked": {"planned", "waiting", "ready"},
    "fetched": {"loaded"},
    "empty": {"loaded"},
}


class EndLaws(Eyes):
    """The laws of the end."""

    def check_ends(self) -> None:
        """When all is done: what is not here has a reason, and every job went ways that there are."""
        fired = {name for name, times in self.remote.sandbox.service.faults.fired.items() if times}
        deaths = sum(times for name, times in self.machine.events.items() if name.startswith("killed"))
        for job in self.jobs.values():
            if job.state in ("parked", "failed") and deaths < 4 and not any(map(may_end_a_job, fired)):
                self.fail("no job is given up without need", f"{job.id} is {job.state}: {job.detail}")
            self._check_history(job)
        if not any(map(may_end_a_job, fired)):
            self._check_created(deaths)

    def _check_created(self, deaths: int) -> None:
        """Without a fault that costs a report, there is one for each job, and one for each death and each deletion."""
        old = [one for one in self.remote.reports.all.values() if self.remote.now - one.created > RETENTION]
        allowed = len(self.jobs) + deaths + len(old) * bool(self.machine.sleeps) + bool(self.machine.events["frozen"])
        if len(self.remote.reports.all) > allowed:
            made = len(self.remote.reports.all)
            self.fail("nothing is asked for twice without need", f"{made} reports for {len(self.jobs)} jobs")

    def _check_history(self, job: Seen) -> None:
        states = [row["state"] for row in self.ask(f"SELECT state FROM moves WHERE job = '{job.id}' ORDER BY position")]
        for before, after in pairwise(states):
            if after not in LEGAL[before]:
                self.fail("histories are legal", f"{job.id} went from {before} to {after}")

    def check_saved(self) -> None:
        """A finished report whose token is known is saved in time, or its job has gone on for a good reason."""
        for job in self.jobs.values():
            since = self.finished.get(job.token)
            if since is None or (report := self.remote.reports.all[job.token]).fate is not None:
                continue
            if self.worked - since > WORKING_HOURS * 3600:
                self.fail("finished reports are saved in time", f"{job.id} {self._told(report)}")

    def _told(self, report: Report[Any]) -> str:
        return f"was finished {(self.remote.now - report.created) / 3600:.1f} h after it was asked for, and is not here"


def may_end_a_job(fault: str) -> bool:
    """Whether a right client may end up without rows, or with one report more, because of it."""
    return not fault.startswith(HARMLESS)


HARMLESS = (
    *("P3", "P5-b", "P5-r", "P5-s", "P5-h", "P6", "C3", "C4", "T12", "T2", "T3"),
    *("L2", "L5", "L6", "L8", "L10", "D1-", "D2", "D16", "D18"),
)
"""How the names of faults begin that a right client gets over with the reports that it has."""
