"""A service keeps the schedules of a project: which datasets these are by now, and what is said of each run."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dailymotion_reports.cli import exits
from dailymotion_reports.cli.health_line import say
from dailymotion_reports.cli.running_sync import chosen_datasets
from dailymotion_reports.cli.sync_text import begun, summary, synced_lines
from dailymotion_reports.errors import DmrError, InvalidSettings
from dailymotion_reports.query.forecast import Forecast
from dailymotion_reports.redaction import harmless, one_line
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.afterwards import Afterwards
from dailymotion_reports.workspace.ledger import opened_ledger
from dailymotion_reports.workspace.line import Lines
from dailymotion_reports.workspace.projects import Project, project_at
from dailymotion_reports.workspace.schedules import SCHEDULED, Datasets, Next, Schedules, at_once, in_thread
from dailymotion_reports.workspace.standing_orders import Piece
from dailymotion_reports.workspace.syncing import Sync, Synced, by_profile


@dataclass
class _KeptSync(Sync):
    """A run, and what follows it."""

    afterwards: Afterwards = field(init=False)


class Kept:
    """A project that is kept: its datasets as its file says them by now, and lines of what becomes of them.

    A file that has mistakes by now is told, and what it said before goes on to hold.
    """

    def __init__(self, project: Project, settings: Settings, *, once: bool) -> None:
        self.codes: set[int] = set()
        """Exit codes for what went wrong."""
        self._project, self._settings, self._once = project, settings, once
        self._lines, self._stamp = Lines(), _stamp(project.path, settings)
        self._datasets = _datasets(project, settings)
        self._next: Next | None = None

    @contextmanager
    def schedules(self) -> Iterator[Schedules]:
        """Its schedules, with the ledger open until the block ends."""
        with opened_ledger(self._settings) as store:
            start = at_once if self._once else in_thread
            yield Schedules(self.datasets, self._made, store, self, time.time, start)

    def datasets(self) -> Datasets:
        """The datasets of each profile."""
        if (stamp := _stamp(self._project.path, self._settings)) != self._stamp:
            self._stamp = stamp
            try:
                project = project_at(self._project.path)
                self._project, self._datasets = project, _datasets(project, self._settings)
                say(f"worker: {harmless(str(project.path))} has changed; {_named(self._datasets)}")
            except (InvalidSettings, OSError) as error:
                self.trouble(error)
        return self._datasets

    def begins(self, names: Sequence[str]) -> None:
        """See `Hearer`."""
        say(f"sync: looking at {', '.join(names)}")

    def ended(self, run: Sync, done: Sequence[Synced]) -> None:
        """See `Hearer`."""
        say(f"sync: {summary(done)}")
        self.codes |= {exits.exit_code(one.error) for one in done if one.error}
        assert isinstance(run, _KeptSync), "runs are made here"
        for warning in run.afterwards.ended(run, SCHEDULED, done).warnings:
            say(f"sync: {harmless(warning)}")

    def elsewhere(self, name: str) -> None:
        """See `Hearer`.  A service says nothing of it: it would be one line a minute."""
        if self._once:
            say(f"sync: {name} is in the hand of another worker")

    def waits(self, due: Next | None) -> None:
        """See `Hearer`."""
        if due and due != self._next:
            self._next = due
            say(f"worker: {next_sync(due)}")

    def trouble(self, error: Exception) -> None:
        """See `Hearer`."""
        if isinstance(error, DmrError):
            self.codes.add(exits.exit_code(error))
            problems = error.problems if isinstance(error, InvalidSettings) else (error.message,)
            for line in (*problems, f"Next: {error.next}" if error.next else ""):
                if line:
                    say(f"sync: {harmless(line)}")
        else:
            self.codes.add(exits.UNEXPECTED)
            say(f"sync: {type(error).__name__}: {harmless(one_line(str(error), 300))}")

    def _made(self, datasets: Datasets) -> Sync:
        run = _KeptSync(datasets, Settings.resolver(), _tell, time.time, _say_begun, lines=self._lines, alone=True)
        run.afterwards = Afterwards.of(self._project, self._settings, (), None)
        run.events = run.afterwards.events(run)
        return run


def next_sync(due: Next | None) -> str:
    """When something is due next, in words; nothing where everything is under way."""
    return f"next sync {due.at:%Y-%m-%d %H:%M} UTC: {', '.join(due.names)}" if due else ""


@contextmanager
def keeping(project: Project, settings: Settings) -> Iterator[Callable[[], str]]:
    """A block beside which the schedules of a project are kept; gives what says when something is due next."""
    kept = Kept(project, settings, once=False)
    with kept.schedules() as schedules:
        names = ", ".join(sorted({one.name for several in kept.datasets().values() for one in several}))
        say(f"worker: keeping the schedules of {harmless(str(project.path))}: {names}")
        with schedules.kept():
            yield lambda: next_sync(schedules.next())


def keep_once(project: Project, settings: Settings) -> int:
    """Bring what is due now; the exit code that speaks for what went wrong, 0 where nothing did."""
    kept = Kept(project, settings, once=True)
    with kept.schedules() as schedules:
        schedules.tick(insist=True)
    return exits.of_several(kept.codes) if kept.codes else exits.DONE


def _datasets(project: Project, settings: Settings) -> Datasets:
    return by_profile(chosen_datasets(project, (), settings), settings.profile)


def _named(datasets: Datasets) -> str:
    names = {one.name for several in datasets.values() for one in several}
    return f"its datasets are {', '.join(sorted(names))}"


def _stamp(path: Path, settings: Settings) -> tuple[object, ...]:
    """What is another once the project's file or the user's configuration was written."""
    return tuple(_written(one) for one in (path, settings.folders.config_file) if one)


def _written(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _tell(one: Synced) -> None:
    for line in synced_lines(one):
        say(f"sync: {line}")


def _say_begun(profile: str, pieces: Sequence[Piece], costs: Forecast) -> None:
    say(f"sync: {begun(profile, pieces, costs)}")
