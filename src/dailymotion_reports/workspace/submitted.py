"""What was submitted, and can be waited for: a question whose reports are written down."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import Planned
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.workspace.ahead import Target
from dailymotion_reports.workspace.progress import Listener, unheard
from dailymotion_reports.workspace.report import Report

if TYPE_CHECKING:
    from dailymotion_reports.workspace.aio import AsyncWorkspace
    from dailymotion_reports.workspace.sync import Workspace


def asked_before(jobs: Iterable[Job]) -> int:
    """How many of some jobs, as they were when they were submitted, had been asked for already."""
    return sum(1 for job in jobs if not isinstance(job.state, Planned))


class SubmittedReport:
    """A question whose reports are written down, and asked for as slots are free.  It outlives the process."""

    def __init__(self, workspace: "Workspace", plan: Plan | None, jobs: Sequence[Job]) -> None:
        self._workspace, self._plan, self._jobs = workspace, plan, tuple(jobs)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its jobs, by which ``dmr status`` and other processes know them; one for each report."""
        return tuple(job.id for job in self._jobs)

    @property
    def asked_before(self) -> int:
        """How many of its reports were asked for before it was submitted, and are not asked for again."""
        return asked_before(self._jobs)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Its jobs as they stand now."""
        return self._workspace.jobs(self.ids)

    def loaded(self, into: Mapping[str, object] | None) -> None:
        """Note that its rows were loaded: ``into`` holds the destination, and is None where they were not."""
        if into is not None:
            self._workspace.note_loaded(self.ids, str(into["destination"]))

    def wait(self, progress: Listener = unheard, into: Target | None = None) -> Report:
        """Wait until all is here, up to the two hours that reports may take, and hand out the rows.

        Where they are to be loaded ``into`` a destination, or written into a Parquet file (a `Path`), that is begun
        while files are on their way, as far as it can be; `Report.load` or `Report.write` ends it, and nothing of it
        can be seen before.
        Raises what `Workspace.report` raises; the jobs stay, and waiting again goes on with them.
        """
        return self._workspace.answer(self.ids, self._plan, progress, into)


class AsyncSubmittedReport:
    """A question whose reports are written down, and asked for as slots are free.  It outlives the process."""

    def __init__(self, workspace: "AsyncWorkspace", plan: Plan | None, jobs: Sequence[Job]) -> None:
        self._workspace, self._plan, self._jobs = workspace, plan, tuple(jobs)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its jobs, by which ``dmr status`` and other processes know them; one for each report."""
        return tuple(job.id for job in self._jobs)

    @property
    def asked_before(self) -> int:
        """How many of its reports were asked for before it was submitted, and are not asked for again."""
        return asked_before(self._jobs)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Its jobs as they stand now."""
        return self._workspace.jobs(self.ids)

    def loaded(self, into: Mapping[str, object] | None) -> None:
        """Note that its rows were loaded: ``into`` holds the destination, and is None where they were not."""
        if into is not None:
            self._workspace.note_loaded(self.ids, str(into["destination"]))

    async def wait(self, progress: Listener = unheard, into: Target | None = None) -> Report:
        """Wait until all is here, up to the two hours that reports may take, and hand out the rows.

        Where they are to be loaded ``into`` a destination, or written into a Parquet file (a `Path`), that is begun
        while files are on their way, as far as it can be; `Report.load` or `Report.write` ends it, and nothing of it
        can be seen before.
        Raises what `Workspace.report` raises; the jobs stay, and waiting again goes on with them.
        """
        return await self._workspace.answer(self.ids, self._plan, progress, into)
