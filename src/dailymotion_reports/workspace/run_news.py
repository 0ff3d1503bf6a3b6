"""What a sync has to tell: its errors as news, the days that are missing after it, and where it has looked."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from dailymotion_reports.errors import DmrError
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.project.news import Looked, News, Place, Seen, needs_a_person
from dailymotion_reports.project.notifiers import Kind
from dailymotion_reports.query.period import Window
from dailymotion_reports.redaction import one_line
from dailymotion_reports.workspace.events import QUIET
from dailymotion_reports.workspace.standing_orders import Coverage, Wanted
from dailymotion_reports.workspace.syncing import UNLIMITED, Sync, Synced

MISSING: Final = "coverage.missing"
"""The code of missing days."""

_REMARKS: Final[Mapping[str, Kind]] = {"restated": "restated", "unreconciled": "unreconciled"}
"""The kind of news that a kind of remark is."""


def seen_by(run: Sync, done: Sequence[Synced], wanted: Wanted, now: datetime) -> Seen:
    """What a run has seen, from what came of its pieces.

    A run within a budget, or one that brings the past, has looked at what it loaded; any other one at all that it was
    asked to.
    """
    news = tuple(one for synced in done if synced.error for one in _news(synced, synced.error, run, wanted))
    seen = Seen(news, tuple(_compared(done, run))).with_more(_remarked(done))
    if wanted.behind or run.budget != UNLIMITED:
        loaded = ((one.dataset, one.profile, one.window) for one in done if one.receipt)
        return seen.with_more((), (_looked(*one, behind=wanted.behind) for one in loaded))
    days = _days(wanted, now.date())
    places = _places(run.datasets)
    return seen.with_more((), (_looked(one.name, profile, days, behind=False) for one, profile in places))


def holes_after(run: Sync, done: Sequence[Synced], wanted: Wanted, now: datetime) -> Seen:
    """The days of which there is nothing after a run, as tables and ledger tell; of a run that brings the past, none.

    What it could not find out about is not among them: that is told as an error.
    """
    found = Seen()
    if wanted.behind:
        return found
    unknown = {(one.dataset, one.profile) for one in done if one.window is None or _is_left(one)}
    for one in replace(run, tell=_unheard, events=QUIET).coverage(wanted):
        if not unknown & {(one.dataset, one.profile), ("", one.profile), (one.dataset, "")}:
            found = found.with_more(*_holes(one, wanted, now))
    return found


def _holes(found: Coverage, wanted: Wanted, now: datetime) -> tuple[tuple[News, ...], tuple[Looked, ...]]:
    looked = Looked(Place.of("hole", found.dataset, found.profile), _days(wanted, now.date()))
    return ((_hole(found.dataset, found.profile, found.holes),) if found.holes else ()), (looked,)


def _is_left(one: Synced) -> bool:
    """Whether the run did not come to a piece."""
    return not (one.receipt or one.error or one.elsewhere)


def _unheard(_: Synced) -> None:
    """What cannot be found out here was told by the run already."""


def _hole(dataset: str, profile: str, holes: Sequence[Window]) -> News:
    days = sum(one.days for one in holes)
    shown = ", ".join(map(str, holes[:3])) + (f" and {len(holes) - 3} more" if len(holes) > 3 else "")
    message = f"there is nothing of {days:,} day{'' if days == 1 else 's'}: {shown}"
    window = Window(holes[0].start, holes[-1].end)
    return News("hole", dataset, profile, message, window, MISSING, f"dmr coverage --dataset {shlex.quote(dataset)}")


def _news(one: Synced, error: DmrError, run: Sync, wanted: Wanted) -> Iterator[News]:
    """An error as news; one of an account is news of each of its datasets, and one of a dataset of each account."""
    kind: Kind = "parked" if needs_a_person(error.code) else "failure"
    for dataset, profile in _places(run.datasets):
        if one.dataset in ("", dataset.name) and one.profile in ("", profile):
            message = one_line(error.message)
            yield News(kind, dataset.name, profile, message, one.window, error.code, error.next, wanted.behind)


def _remarked(done: Iterable[Synced]) -> Iterator[News]:
    """What is remarkable about loads, as far as there is a kind of news for it."""
    for one in done:
        for remark in one.remarks:
            kind = _REMARKS.get(remark.kind)
            if kind:
                yield News(kind, one.dataset, one.profile, one_line(remark.text), one.window, f"figures.{kind}")


def _compared(done: Iterable[Synced], run: Sync) -> Iterator[Looked]:
    """The loads whose rows were compared with totals."""
    reconciled = {one.name for one, _ in _places(run.datasets) if one.reconcile is not None}
    for one in done:
        if one.receipt and one.dataset in reconciled and all(remark.kind != "unchecked" for remark in one.remarks):
            yield Looked(Place.of("unreconciled", one.dataset, one.profile), one.window)


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
