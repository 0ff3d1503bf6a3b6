"""Enrichment of a project's datasets, account by account.  What goes wrong with one is told, and keeps no other one."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from dailymotion_reports.destinations.dimensions import Dimensional
from dailymotion_reports.errors import DmrError, UsageError
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.access import account_of, name_profile, naming
from dailymotion_reports.workspace.enriching import (
    MAX_AGE,
    Enriched,
    Heard,
    Kind,
    Wants,
    asking,
    dimensional,
    named_kinds,
    unheard,
    wants,
)
from dailymotion_reports.workspace.sync import Workspace

Open = Callable[[Settings], AbstractContextManager[Workspace]]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """One run for several accounts, by the names of their profiles.

    ``tell`` hears what came of each kind of each dataset, ``heard`` how far each is after each batch.  With
    ``all_kinds`` a dataset that does not say what of it is enriched is enriched with all that it has ids of.
    ``max_age`` goes before what datasets say.
    """

    datasets: Mapping[str, Sequence[Dataset]]
    resolve: Callable[[str], Settings]
    tell: Callable[[Enriched], object]
    clock: Callable[[], float] = time.time
    max_age: timedelta | None = None
    all_kinds: bool = False
    heard: Heard = unheard
    open: Open = lambda settings: Workspace.open(settings=settings)

    def run(self, *, dry: bool = False) -> tuple[Enriched, ...]:
        """Ask for whatever is due, or with ``dry`` only say how much that is."""
        done = []
        for profile, datasets in self.datasets.items():
            for one in self._account(profile, datasets, dry):
                done.append(one)
                self.tell(one)
        return tuple(done)

    def _account(self, profile: str, datasets: Sequence[Dataset], dry: bool) -> Iterator[Enriched]:
        with ExitStack() as opened:
            workspace: Workspace | None = None
            for dataset in datasets:
                kinds = self.kinds_of(dataset)
                try:
                    settings = self.resolve(profile) if kinds else None
                    if settings is None:
                        continue
                    destination = dimensional(dataset.into)
                    due = wants(destination, account_of(settings), kinds, self._max_age(dataset), self._now)
                    if not dry and workspace is None and any(one.due for one in due):
                        workspace = opened.enter_context(self.open(settings))
                except DmrError as error:
                    name_profile(error, profile)
                    yield Enriched(kinds[0], dataset.into, dataset=dataset.name, profile=profile, error=error)
                    continue
                for one in due:
                    named = partial(replace, dataset=dataset.name, profile=profile)
                    heard = partial(_named, named, self.heard)
                    yield named(_asked(workspace, destination, one, self._now, heard))

    def kinds_of(self, dataset: Dataset) -> tuple[Kind, ...]:
        """What of a dataset is enriched."""
        every = dataset.identified(load_catalog())
        return every if self.all_kinds and not dataset.enrich else tuple(k for k in every if k in dataset.enrich)

    def _max_age(self, dataset: Dataset) -> timedelta:
        return timedelta(days=dataset.enrich_max_age) if self.max_age is None else self.max_age

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def enrich_table(
    into: str,
    kinds: Iterable[str] | None,
    settings: Settings,
    max_age: timedelta | None,
    clock: Callable[[], float],
    tell: Callable[[Enriched], object],
    *,
    heard: Heard = unheard,
    dry: bool = False,
) -> tuple[Enriched, ...]:
    """`Enrichment` of one table that belongs to no project; ``tell`` hears what came of each kind.

    Raises as `Workspace.enrich`, but for what the service says: that stands in what came of it.
    """
    now, destination = datetime.fromtimestamp(clock(), UTC), dimensional(into)
    age = MAX_AGE if max_age is None else max_age
    found, done = wants(destination, account_of(settings), named_kinds(kinds), age, now), list[Enriched]()
    if not found:
        raise UsageError(f"There is no table at {destination.address} that has ids.", next="dmr report --help")
    with ExitStack() as opened:
        asks = not dry and any(one.due for one in found)
        workspace = opened.enter_context(Workspace.open(settings=settings)) if asks else None
        for one in found:
            done.append(_asked(workspace, destination, one, now, heard))
            tell(done[-1])
    return tuple(done)


def _named(named: Callable[[Enriched], Enriched], heard: Heard, one: Enriched) -> None:
    heard(named(one))


def _asked(workspace: Workspace | None, destination: Dimensional, one: Wants, now: datetime, heard: Heard) -> Enriched:
    """What came of asking; without a workspace nothing is asked."""
    told = one.nothing_yet(destination.address)
    if workspace is None or not one.due:
        return told
    with suppress(DmrError), naming(workspace.desk.settings):
        told = workspace.looked_up(asking(destination, one, now, heard))
        if told.error:
            raise told.error  # so that its next command names the account
    return told
