"""What a sync has to tell: its errors as news, the days that are missing after it, and where it has looked."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Final

from dailymotion_reports.errors import DmrError
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.project.news import Looked, News, Place, Seen, needs_a_person
from dailymotion_reports.project.notifiers import Kind
from dailymotion_reports.query.period import Window
from dailymotion_reports.redaction import one_line
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.standing_orders import Standing, Wanted
from dailymotion_reports.workspace.syncing import UNLIMITED, Sync, Synced

MISSING: Final = "coverage.missing"
"""The code of missing days."""


def seen_by(run: Sync, done: Sequence[Synced], wanted: Wanted, now: datetime) -> Seen:
    """What a run has seen, from what came of its pieces.

    A run within a budget, or one that brings the past, has looked at what it loaded; any other one at all that it was
    asked to.
    """
    news = tuple(one for synced in done if synced.error for one in _news(synced, synced.error, run, wanted))
    if wanted.behind or run.budget != UNLIMITED:
        loaded = ((one.dataset, one.profile, one.window) for one in done if one.receipt)
        return Seen(news, tuple(_looked(*one, behind=wanted.behind) for one in loaded))
    days = _days(wanted, now.date())
    return Seen(news, tuple(_looked(one.name, profile, days, behind=False) for one, profile in _places(run.datasets)))


def holes_after(run: Sync, done: Sequence[Synced], wanted: Wanted, now: datetime) -> Seen:
    """The days of which there is nothing after a run, as tables and ledger tell; of a run that brings the past, none.

    What it could not find out about is not among them: that is told as an error.
    """
    found = Seen()
    if wanted.behind:
        return found
    unknown = {(one.dataset, one.profile) for one in done if one.window is None or not (one.receipt or one.error)}
    for dataset, profile in _places(run.datasets):
        if not unknown & {(dataset.name, profile), ("", profile)}:
            with suppress(DmrError):
                found = found.with_more(*_holes(dataset, run.resolve(profile), wanted, now))
    return found


def _holes(
    dataset: Dataset, settings: Settings, wanted: Wanted, now: datetime
) -> tuple[tuple[News, ...], tuple[Looked, ...]]:
    standing = Standing.of(dataset, settings, now, wanted)
    holes = standing.coverage().holes if standing else ()
    looked = Looked(Place.of("hole", dataset.name, settings.profile), _days(wanted, now.date()))
    return ((_hole(dataset.name, settings.profile, holes),) if holes else ()), (looked,)


def _hole(dataset: str, profile: str, holes: Sequence[Window]) -> News:
    days = sum(one.days for one in holes)
    shown = ", ".join(map(str, holes[:3])) + (f" and {len(holes) - 3} more" if len(holes) > 3 else "")
    message = f"there is nothing of {days:,} day{'' if days == 1 else 's'}: {shown}"
    window = Window(holes[0].start, holes[-1].end)
    return News("hole", dataset, profile, message, window, MISSING, f"dmr coverage --dataset {shlex.quote(dataset)}")


def _news(one: Synced, error: DmrError, run: Sync, wanted: Wanted) -> Iterator[News]:
    """An error as news; one of an account is news of each of its datasets."""
    names = [one.dataset] if one.dataset else [dataset.name for dataset in run.datasets[one.profile]]
    kind: Kind = "parked" if needs_a_person(error.code) else "failure"
    for name in names:
        yield News(kind, name, one.profile, one_line(error.message), one.window, error.code, error.next, wanted.behind)


def _looked(dataset: str, profile: str, days: Window | None, *, behind: bool) -> Looked:
    return Looked(Place.of("failure", dataset, profile, behind=behind), days)


def _places(datasets: Mapping[str, Iterable[Dataset]]) -> Iterator[tuple[Dataset, str]]:
    return ((dataset, profile) for profile, several in datasets.items() for dataset in several)


def _days(wanted: Wanted, today: date) -> Window | None:
    """The days that a run was asked for; None where that is all of them."""
    if wanted.since is None and wanted.until is None:
        return None
    last = wanted.until or today
    return Window(min(wanted.since or date.min, last), last)
