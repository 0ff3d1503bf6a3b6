"""``plan``: a question becomes reports that the API accepts, or is refused with everything that is wrong.

Nothing is sent here.  What no single report answers becomes several, with a recipe that puts their rows together again
(`recipe`); what cannot be put together is refused by name.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dailymotion_reports.errors import InvalidQuery, UnverifiedQuery, UsageError
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.checks import doubts, problems, unconfirmed
from dailymotion_reports.query.cutting import Cut, cut
from dailymotion_reports.query.draft import Draft, draft
from dailymotion_reports.query.grain import is_utc
from dailymotion_reports.query.pieces import Outgrown, pieces
from dailymotion_reports.query.question import CHANNEL_FILTER, Question, refusal
from dailymotion_reports.query.recipe import Recipe
from dailymotion_reports.query.report import ReportQuery, ReportRequest

ZONE = "timezone"
"""Stands among the filters of an answer whose days are of another zone than UTC; the API has no such filter."""

ALLOCATED_BY = "allocate-by"
"""Stands among the filters of an answer of which a part is shared out, with the metric by which; it is none either."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The reports that answer a query, in the order in which they will be asked, and what is doubtful.

    ``unverified`` are those of the warnings that no public document confirms: see `sendable`.
    """

    query: ReportQuery
    requests: tuple[ReportRequest, ...]
    warnings: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    recipe: Recipe | None = None
    """How their rows are put together; without one they stand below one another."""
    newest_first: bool = False
    """Whether the newest days are asked for first, whatever the rest would take less time by."""

    @property
    def answered(self) -> ReportRequest:
        """What the whole answers, in the form of a request: by it an answer is known in a table that holds many."""
        query, recipe = self.query, self.recipe
        if recipe is None or (recipe.is_plain and not query.channels):
            return replace(self.requests[0], window=query.window)
        filters = dict(self.requests[0].filters)
        if query.channels:
            filters[CHANNEL_FILTER] = ",".join(query.channels)
        if recipe.clocks:
            filters[ZONE] = query.timezone
        if recipe.weight:
            filters[ALLOCATED_BY] = recipe.weight
        product = ",".join(query.products) or self.requests[0].product
        names = tuple(figure.name for figure in recipe.figures)
        return ReportRequest(names, recipe.dimensions, query.window, filters, product, "put together")


def plan(
    query: ReportQuery,
    catalog: Catalog,
    today: date | None = None,
    *,
    newest_first: bool = False,
    outgrown: Outgrown | None = None,
) -> Plan:
    """The reports that answer ``query``; ``today`` is the present UTC day, where it is to be looked at.

    ``outgrown`` says which reports are known to be too large, so that their halves are asked for; those that cannot be
    put together from parts stay whole, with a warning.

    Raises InvalidQuery with one sentence for every mistake: unknown names, too many dimensions, too long a
    period, a metric that does not go with a dimension.  Combinations of which the public documents say nothing
    are planned with a warning, and so are unknown names where the query is `unverified`.
    """
    if not isinstance(query, ReportQuery):
        raise InvalidQuery(f"{query!r} is no question.", hint="A ReportQuery or a Question is planned.")
    return _planned(query.draft, catalog, today, newest_first, outgrown)


def asked(question: Question, catalog: Catalog, today: date | None = None, *, newest_first: bool = False) -> Plan:
    """The plan for a question as it was written: as `plan`, where what cannot be read is told with the rest."""
    return _planned(draft(question, today), catalog, today, newest_first)


def sendable(plan: Plan) -> Plan:
    """``plan``, if its query may be sent.

    Raises UnverifiedQuery where no public document confirms it and the query does not say `unverified`, UsageError
    for what is no plan.
    """
    if not isinstance(plan, Plan):
        raise UsageError(f"{plan!r} is no plan.", hint="A plan is what Workspace.plan makes of a question.")
    if plan.unverified and not plan.query.unverified:
        raise UnverifiedQuery(*plan.unverified, next=_command(plan.query))
    return plan


def _planned(
    read: Draft, catalog: Catalog, today: date | None, newest_first: bool, outgrown: Outgrown | None = None
) -> Plan:
    if wrong := tuple(problems(read, catalog, today)):
        raise refusal(wrong)
    query = ReportQuery.read(read)
    made = cut(read, catalog)
    sent = replace(read, metrics=tuple(dict.fromkeys((*read.metrics, *made.weights))))
    unverified = tuple(unconfirmed(sent, catalog))
    requests, recipe = pieces(read, made, catalog, newest_first=newest_first)
    large = tuple(request for request in requests if outgrown and outgrown(request))
    parted = cut(read, catalog, parted=True) if large else made
    if large and not parted.problems:
        requests, recipe = pieces(read, parted, catalog, newest_first=newest_first, outgrown=outgrown)
    whole = _whole(large, parted)
    warnings = (*unverified, *doubts(sent, catalog, today), *_marks(query, recipe), *whole)
    return Plan(query, requests, warnings, unverified, recipe, newest_first)


def _whole(large: tuple[ReportRequest, ...], parted: Cut) -> Iterator[str]:
    """Which reports stay whole although they are too large."""
    for problem in parted.problems if large else ():
        days = ", ".join(dict.fromkeys(str(request.window) for request in large))
        yield f"The report of {days} was too large before, and cannot be asked for in parts: {problem.text}"


def _marks(query: ReportQuery, recipe: Recipe) -> Iterator[str]:
    """What of the answer is not as the service would give it."""
    for name in recipe.assumed:
        yield f"{name} is computed by a formula that is assumed: see dmr catalog explain {name}."
    if recipe.beside:
        yield "Figures of several grains stand one below the other: cells that a row does not have are empty."
    yield from _estimates(recipe)
    parts = {"CONTENT", "EMBED", "CLAIM"} & set(query.products)
    if "ALL" in query.products and parts:
        yield f"ALL holds {' and '.join(sorted(parts))}: do not add their rows."


def _estimates(recipe: Recipe) -> Iterator[str]:
    """What of the answer is shared out, and where that stands which cannot be."""
    alike: dict[tuple[str, str], list[str]] = {}
    for coarse, fine in recipe.allocated:
        over = _and([name for name in fine.dimensions if name not in coarse.dimensions])
        lost = _and([name for name in recipe.dimensions if name not in coarse.keys])
        names = alike.setdefault((over, lost), [])
        names += [name for name in coarse.metrics if name not in names]
    for (over, lost), names in alike.items():
        by, are = recipe.weight, "are" if len(names) > 1 else "is"
        rest = f" What no {by} stand for is in rows without {lost}." if lost else ""
        yield f"{_and(names)} {are} shared out over {over} by {by}: an estimate.{rest}"


def _and(names: Sequence[str]) -> str:
    return " and ".join((*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]))


def _command(query: ReportQuery) -> str:
    """The command that asks a query although no public document confirms it."""
    words = ["dmr", "report", ",".join(query.metrics)]
    if query.dimensions:
        words += ["--by", ",".join(query.dimensions)]
    for channel in query.channels:
        words += ["--channel", channel]
    for name, value in query.filters.items():
        words += ["--filter", f"{name}={value}"]
    for product in query.products or ((query.product,) if query.product else ()):
        words += ["--product", product]
    days = ("--period", query.period) if query.period else _days(query)
    return shlex.join((*words, *days, *_wishes(query), "--unverified"))


def _wishes(query: ReportQuery) -> Iterator[str]:
    if not is_utc(query.timezone):
        yield from ("--timezone", query.timezone)
    for name in query.assumed:
        yield from ("--assume-formula", name)
    if query.beside:
        yield "--side-by-side"
    if query.allocate_by:
        yield from ("--allocate-by", query.allocate_by)


def _days(query: ReportQuery) -> tuple[str, ...]:
    return ("--from", str(query.window.start), "--to", str(query.window.end))
