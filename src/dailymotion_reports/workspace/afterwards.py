"""What follows a run: ids are looked up, notifiers told, its report and its figures for Prometheus written down.

Where something cannot be written, that is a warning: the run is what it is.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

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

if TYPE_CHECKING:
    from dailymotion_reports.workspace.enriching import Enriched

_SHUT = ("api.not_authenticated", "settings", "transport")
"""How codes of errors begin after which an account is asked nothing more in a run: it might be locked."""

Tell = Callable[["Enriched"], object]


@dataclass(frozen=True, slots=True)
class Ended:
    """What could not be done after a run, a sentence each, and what came of the ids that were looked up."""

    warnings: tuple[str, ...]
    enriched: "tuple[Enriched, ...]" = ()


def unheard(one: "Enriched") -> None:
    """For who does not want to know."""


def _unknown(one: "Enriched", error: DmrError) -> str:
    return (
        f"{one.dataset}, {one.profile}: {one.kind} ids were not all looked up: {error.message} The figures are loaded; "
        "the next sync asks for the rest, and so does dmr enrich."
    )


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

    def ended(
        self, run: Sync, wanted: Wanted, done: Sequence[Synced], names: Sequence[str] = (), tell: Tell = unheard
    ) -> Ended:
        """What follows a run that came to its end; ``tell`` hears what came of ids that were looked up."""
        enriched = self._enriched(run, done, tell)
        unknown = (_unknown(one, one.error) for one in enriched if one.error)
        warnings = (*self._notified(run, wanted, done), *unknown)
        return Ended((*warnings, *self.written(run, wanted, done, names, warnings)), enriched)

    def _enriched(self, run: Sync, done: Sequence[Synced], tell: Tell) -> "tuple[Enriched, ...]":
        """Look up what is behind the ids of datasets that want it; whatever goes wrong, the figures are there."""
        if not any(one.enrich for several in run.datasets.values() for one in several):
            return ()
        from dailymotion_reports.workspace.enriching_datasets import Enrichment

        shut = {one.profile for one in done if one.error and one.error.code.startswith(_SHUT)}
        open_ones = {name: own for name, own in run.datasets.items() if name not in shut}
        return Enrichment(open_ones, run.resolve, tell, run.clock).run()

    def _notified(self, run: Sync, wanted: Wanted, done: Sequence[Synced]) -> tuple[str, ...]:
        if not self.project.notifiers:
            return ()
        from dailymotion_reports.workspace.notifying import notify_of

        return notify_of(self.project, self.settings, run, done, wanted)

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
