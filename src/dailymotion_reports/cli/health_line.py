"""The health line of a service: what it works on, once a minute and whenever something went wrong."""

import time
from collections.abc import Callable, Sequence

import click

from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace import Progress, Workspace
from dailymotion_reports.workspace.standing import JobStatus

EVERY = 60.0
"""Seconds between two lines while nothing happens."""


class Health:
    """Hears what a workspace does, and tells it on stderr, a line each time."""

    def __init__(
        self,
        workspace: Workspace,
        profile: str,
        clock: Callable[[], float] = time.monotonic,
        more: Callable[[], str] = str,
    ) -> None:
        self._workspace, self._profile, self._clock, self._more = workspace, profile, clock, more
        self._told, self._line, self._states = 0.0, "", dict[str, str]()

    def begin(self, *, once: bool) -> None:
        """The first line."""
        how = "once" if once else "until it is ended (Ctrl-C)"
        self._say(f"worker: working for {harmless(self._profile)} {how}")
        self._look()

    def __call__(self, progress: Progress) -> None:
        """What happens is told when it changes a job, and otherwise once a minute."""
        if progress.stage != "downloading" or self._clock() - self._told >= EVERY:
            self._look()

    def end(self) -> None:
        """The last line."""
        self._look()
        self._say("worker: ended; what was asked for stays written down")

    def _look(self) -> None:
        jobs = self._workspace.statuses()
        for job in jobs:
            if self._states.get(job.id) != job.state:
                self._say(f"job {job.id}: {job.state}. {harmless(job.what_next)}")
        for job in self._workspace.statuses(self._states.keys() - {job.id for job in jobs}):
            self._say(f"job {job.id}: {job.state}. {harmless(job.what_next)}")
        self._states = {job.id: job.state for job in jobs}
        if self._clock() - self._told >= EVERY:
            self._say(
                "; ".join(filter(None, (f"worker: {_counts(jobs)}", harmless(self._workspace.slots()), self._more())))
            )

    def _say(self, line: str) -> None:
        self._told = self._clock()
        say(line)


def say(line: str) -> None:
    """A line of a service, with its moment."""
    click.echo(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}", err=True)


def _counts(jobs: Sequence[JobStatus]) -> str:
    states = [job.state for job in jobs]
    return ", ".join(f"{states.count(one)} {one}" for one in dict.fromkeys(states)) or "no jobs"
