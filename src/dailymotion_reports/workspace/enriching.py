"""Enrichment: which ids of a table are to be asked for, and what came of it; nothing here speaks to the service.

What was asked for less than some days ago is not asked for again.  Each batch is written down before the next one is
asked for, so that whoever is interrupted goes on where he was.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from dailymotion_reports.destinations.dimensions import (
    SCHEMES,
    Asked,
    Dimensional,
    Kept,
    asked_before,
    id_column,
    ids_in,
    keep,
    kinds_in,
)
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import DmrError, UsageError
from dailymotion_reports.flows.platform import Found, Hole, batches
from dailymotion_reports.project.dataset import ENRICH_MAX_AGE
from dailymotion_reports.wire.platform import KINDS as KINDS
from dailymotion_reports.wire.platform import Kind as Kind

MAX_AGE: Final = timedelta(days=ENRICH_MAX_AGE)
"""How old what is known of an id may be before it is asked for again."""


@dataclass(frozen=True, slots=True)
class Enriched:
    """What came of the ids of one kind in one table.

    ``wanted`` ids stand in the table, of which ``due`` are not known, or not well enough; ``asked`` of them were asked
    for.  ``new``, ``changed`` and ``gone`` are those that were not known before, are told otherwise, or are told no
    more; ``holes`` those of which the service told nothing when it was asked.  ``error`` is why it ended before it had
    asked for all; what was asked for by then is kept.
    """

    kind: Kind
    into: str
    wanted: int = 0
    due: int = 0
    asked: int = 0
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    holes: tuple[Hole, ...] = ()
    dataset: str = ""
    profile: str = ""
    error: DmrError | None = None

    def after(self, found: Sequence[Found], kept: Kept) -> "Enriched":
        """With what one more batch has brought."""
        return replace(
            self,
            asked=self.asked + len(found),
            new=(*self.new, *kept.new),
            changed=(*self.changed, *kept.changed),
            gone=(*self.gone, *kept.gone),
            holes=(*self.holes, *(one for one in found if isinstance(one, Hole))),
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """A batch that is to be asked for; of those that are ``explained`` it is known why there is nothing."""

    kind: Kind
    ids: tuple[str, ...]
    explained: frozenset[str] = frozenset()


Heard = Callable[[Enriched], object]
"""Is told how far an enrichment is."""


def unheard(one: Enriched) -> None:
    """Nobody listens."""


T = TypeVar("T")
Steps = Generator[Ask, Sequence[Found], T]
"""Says what to ask for, is told what was answered (an error is thrown in), and ends with what came of it."""


@dataclass(frozen=True, slots=True)
class Wants:
    """What a table wants to know: the ids of a kind, and those that are to be asked for now."""

    kind: Kind
    ids: tuple[str, ...]
    due: tuple[str, ...]
    explained: frozenset[str]

    def nothing_yet(self, into: str) -> Enriched:
        """What came of it before anything was asked."""
        return Enriched(self.kind, into, len(self.ids), len(self.due))


def dimensional(into: str) -> Dimensional:
    """The destination at an address, if it can have dimension tables.  Raises UsageError."""
    found = open_destination(into)
    if isinstance(found, Dimensional):
        return found
    able = ", ".join(f"{one}:" for one in SCHEMES if one != "postgresql")
    raise UsageError(
        f"{into.partition(':')[0]}: has no dimension tables: what is known of an id is changed in place.",
        hint=f"These have them: {able}. The same dataset can be kept in one of them as well.",
    )


def wants(
    destination: Dimensional, account: str, kinds: Iterable[Kind] | None, max_age: timedelta, now: datetime
) -> tuple[Wants, ...]:
    """What an account's figures in a table want to know of these kinds, or of all of which it has ids.

    Raises UsageError for a kind of which it has no ids, LoadError where it cannot be read.
    """
    chosen = None if kinds is None else tuple(kinds)
    found = destination.at_tables(partial(_wants, account=account, kinds=chosen, since=now - max_age), writes=False)
    return found or ()


def enriching(
    into: str, account: str, kinds: Iterable[Kind] | None, max_age: timedelta, now: datetime
) -> Steps[tuple[Enriched, ...]]:
    """Ask for what a table wants to know, and write down each answer.  Raises as `wants` and `dimensional`."""
    destination = dimensional(into)
    done = []
    for one in wants(destination, account, kinds, max_age, now):
        told = yield from asking(destination, one, now)
        if told.error:
            raise told.error
        done.append(told)
    return tuple(done)


def asking(destination: Dimensional, one: Wants, now: datetime, heard: Heard = unheard) -> Steps[Enriched]:
    """Ask for what is due, a batch at a time; an error that is thrown in ends it, and stands in what came of it.

    ``heard`` is told after each batch how far it is.
    """
    told = one.nothing_yet(destination.address)
    try:
        for batch in batches(one.due):
            found = yield Ask(one.kind, batch, one.explained.intersection(batch))
            kept = destination.at_tables(partial(keep, kind=one.kind, found=found, now=now), writes=True)
            told = told.after(found, kept or Kept())
            heard(told)
    except DmrError as error:
        return replace(told, error=error)
    return told


def named_kinds(names: Iterable[str] | None) -> tuple[Kind, ...] | None:
    """Kinds by their names.  Raises UsageError for one that there is not."""
    if names is None:
        return None
    chosen = (names,) if isinstance(names, str) else tuple(names)
    for name in chosen:
        if name not in KINDS:
            raise UsageError(f"{name!r:.40} is none of {', '.join(KINDS)}.")
    return tuple(kind for kind in KINDS if kind in chosen)


def _wants(table: WindowTable, account: str, kinds: tuple[Kind, ...] | None, since: datetime) -> tuple[Wants, ...]:
    present = kinds_in(table)
    for kind in kinds or ():
        if kind not in present and table.columns(table.table):
            raise UsageError(
                f"The table {table.table} has no column {id_column(kind)}.",
                hint=f"Ask for {id_column(kind).upper()} among the dimensions.",
            )
    return tuple(_wanted(table, kind, account, since) for kind in kinds or present if kind in present)


def _wanted(table: WindowTable, kind: Kind, account: str, since: datetime) -> Wants:
    ids, before = ids_in(table, kind, account), asked_before(table, kind)
    due = tuple(id for id in ids if _is_due(before.get(id), since))
    return Wants(kind, ids, due, frozenset(id for id in due if id in before and before[id].reason))


def _is_due(before: Asked | None, since: datetime) -> bool:
    """What is no id never becomes one."""
    return before is None or (before.at <= since.astimezone(UTC) and before.reason != "not_an_id")
