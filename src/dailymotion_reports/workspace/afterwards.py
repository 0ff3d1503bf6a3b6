"""What is written down after a run: its report, and its figures for Prometheus.

Where something cannot be written, that is a warning: the run is what it is.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from dailymotion_reports.errors import DmrError
from dailymotion_reports.project.file import Project
from dailymotion_reports.settings import Settings, metrics_file
from dailymotion_reports.workspace.events import Events, OnEvent
from dailymotion_reports.workspace.run_metrics import check_metrics_file, write_metrics
from dailymotion_reports.workspace.run_report import RunReport
from dailymotion_reports.workspace.run_reporting import Heard, Reporting, check_report_file, keep_report, write_report
from dailymotion_reports.workspace.signing import signed_in
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import Sync, Synced


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Where a run's report and its figures go, besides the state folder."""

    project: Project
    settings: Settings
    reports: tuple[Path, ...]
    metrics: Path | None
    heard: Heard

    @classmethod
    def of(cls, project: Project, settings: Settings, reports: Sequence[str], metrics: str | None) -> Self:
        """As flags, environment and files say.  Raises UsageError where a file that is named can be none."""
        said = None if metrics else metrics_file()
        named, where = (
            (metrics, "--metrics-file") if metrics else (said and str(said.value), said.origin if said else "")
        )
        return cls(
            project,
            settings,
            tuple(map(check_report_file, reports)),
            check_metrics_file(named, where) if named else None,
            Heard(),
        )

    def events(self, run: Sync, *others: OnEvent) -> Events:
        """What the run is to tell."""
        return Events((self.heard, *others), run.clock, self.settings.secrets)

    def written(
        self,
        run: Sync,
        wanted: Wanted,
        done: Sequence[Synced],
        names: Sequence[str] = (),
        warnings: Sequence[str] = (),
        *,
        interrupted: bool = False,
    ) -> tuple[str, ...]:
        """Write down what a run has come to; what could not be written, a sentence each."""
        reporting = Reporting(self.project, self.settings, run, wanted, self.heard, names)
        try:
            report = reporting.report(done, interrupted=interrupted, warnings=warnings)
            return tuple(filter(None, self._written(report, run)))
        except Exception as error:  # noqa: BLE001  (whatever is wrong with telling, the run stands)
            reason = getattr(error, "strerror", "") or type(error).__name__
            return (f"What came of the run could not be written down: {reason}.",)

    def _written(self, report: RunReport, run: Sync) -> Iterator[str]:
        yield keep_report(report, self.settings)
        for path in self.reports:
            yield write_report(report, path)
        if self.metrics:
            yield write_metrics(self.metrics, report, self.project.datasets, self._tokens(run))

    def _tokens(self, run: Sync) -> dict[str, datetime]:
        """When the kept tokens of the run's accounts end."""
        found = {}
        for profile in run.datasets:
            with suppress(DmrError):
                if signed := signed_in(run.resolve(profile)):
                    found[profile] = signed.until
        return found
