"""``plan``: a question becomes reports that the API accepts, or is refused with everything that is wrong.

Nothing is sent here.  A period that is too long for one report becomes several, one after the other; what would need
more than that is refused by name.
"""

import shlex
from dataclasses import dataclass, replace
from datetime import date

from dailymotion_reports.errors import InvalidQuery, UnverifiedQuery, UsageError
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.checks import doubts, problems, told_apart, unconfirmed
from dailymotion_reports.query.draft import Draft, draft
from dailymotion_reports.query.question import Question, refusal
from dailymotion_reports.query.report import ReportQuery, ReportRequest

DEFAULT_PRODUCT = "CONTENT"
"""What the API uses when the product is left out; we always send it, so that it can be recorded.
Source: https://developers.dailymotion.com/reporting/"""


@dataclass(frozen=True, slots=True)
class Plan:
    """The reports that answer a query, in the order in which they will be asked, and what is doubtful.

    ``unverified`` are those of the warnings that no public document confirms: see `sendable`.
    """

    query: ReportQuery
    requests: tuple[ReportRequest, ...]
    warnings: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()


def plan(query: ReportQuery, catalog: Catalog, today: date | None = None) -> Plan:
    """The reports that answer ``query``; ``today`` is the present UTC day, where it is to be looked at.

    Raises InvalidQuery with one sentence for every mistake: unknown names, too many dimensions, too long a
    period, a metric that does not go with a dimension.  Combinations of which the public documents say nothing
    are planned with a warning, and so are unknown names where the query is `unverified`.
    """
    if not isinstance(query, ReportQuery):
        raise InvalidQuery(f"{query!r} is no question.", hint="A ReportQuery or a Question is planned.")
    return _planned(query.draft, catalog, today)


def asked(question: Question, catalog: Catalog, today: date | None = None) -> Plan:
    """The plan for a question as it was written: as `plan`, where what cannot be read is told with the rest."""
    return _planned(draft(question, today), catalog, today)


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


def _planned(read: Draft, catalog: Catalog, today: date | None) -> Plan:
    if wrong := tuple(problems(read, catalog, today)):
        raise refusal(wrong)
    query = ReportQuery.read(read)
    unverified = tuple(unconfirmed(read, catalog))
    return Plan(query, _requests(query, catalog), (*unverified, *doubts(read, catalog, today)), unverified)


def _requests(query: ReportQuery, catalog: Catalog) -> tuple[ReportRequest, ...]:
    """One report for each window that a report takes, in the order of their days."""
    most = catalog.limits.max_days
    by_month = told_apart(query.dimensions, catalog) == "month"
    windows = query.window.split(most, months=by_month)
    whole = ReportRequest(
        metrics=query.metrics,
        dimensions=query.dimensions,
        window=query.window,
        filters=_exact_filters(query, catalog),
        product=query.product or DEFAULT_PRODUCT,
        reason="the whole question fits one report",
    )
    if len(windows) == 1:
        return (whole,)
    months = " of whole months" if by_month else ""
    parts = [
        f"part {n} of {len(windows)}: a report takes at most {most} days{months}" for n in range(1, len(windows) + 1)
    ]
    return tuple(replace(whole, window=window, reason=part) for window, part in zip(windows, parts, strict=True))


def _exact_filters(query: ReportQuery, catalog: Catalog) -> dict[str, str]:
    exact = {}
    for name, value in query.filters.items():
        found = catalog.filter_named(name)
        exact[found.name if found else name] = value.upper() if found and found.values else value
    return exact


def _command(query: ReportQuery) -> str:
    """The command that asks a query although no public document confirms it."""
    words = ["dmr", "report", ",".join(query.metrics)]
    if query.dimensions:
        words += ["--by", ",".join(query.dimensions)]
    for name, value in query.filters.items():
        words += ["--filter", f"{name}={value}"]
    if query.product:
        words += ["--product", query.product]
    days = ("--period", query.period) if query.period else _days(query)
    return shlex.join((*words, *days, "--unverified"))


def _days(query: ReportQuery) -> tuple[str, ...]:
    return ("--from", str(query.window.start), "--to", str(query.window.end))
