"""``Dataset``: a standing question, whose answer is kept in a table day by day.  Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dailymotion_reports.destinations.base import SETTLE_DAYS
from dailymotion_reports.project.schedule import last_time, next_time
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.grain import is_utc
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import Plan, asked
from dailymotion_reports.query.question import Question
from dailymotion_reports.wire.platform import KINDS, Kind

ENRICH_MAX_AGE = 7
"""Days after which it is asked again what is behind an id, where nothing is said."""

HOURLY: Final = "0 * * * *"
"""When a dataset without a schedule is looked at by whoever goes by schedules."""

_UTC: Final = "UTC"


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is kept: a question without days, from ``start`` on, in the table of the address ``into``.

    A day is asked for once ``ready_after`` hours have passed since its end, and then daily until it is ``settle_days``
    old, or ``lookback`` days where these are more; the numbers of `settling` go before ``settle_days`` for metrics of
    their groups.  ``profiles`` are the accounts whose figures are kept, by name or by pattern (`accounts`); none stands
    for the one that is in use.

    It is remarked where a figure moves by more than the share ``restated_above``, and where the rows of a day differ by
    more than the share ``reconcile`` from a report of the totals alone, which is asked for beside them; None asks for
    neither.  ``schedule`` says by a cron expression when a sync that goes by schedules brings it.

    What is behind its ids of the kinds ``enrich`` is found out after a sync, and again after ``enrich_max_age`` days.
    """

    name: str
    question: Question
    into: str
    start: date
    profiles: tuple[str, ...] = ()
    lookback: int = 0
    settle_days: int = SETTLE_DAYS
    settling: Mapping[str, int] = field(default_factory=dict)
    ready_after: float = 0.0
    ready: Mapping[str, float] = field(default_factory=dict)
    restated_above: float | None = None
    reconcile: float | None = None
    schedule: str = ""
    about: str = ""
    enrich: tuple[str, ...] = ()
    enrich_max_age: int = ENRICH_MAX_AGE

    def plan(self, window: Window, catalog: Catalog) -> Plan:
        """The reports for some days.  Raises InvalidQuery."""
        question = replace(self.question, start=window.start, end=window.end, period=None)
        return asked(question, catalog, newest_first=True)

    def totals(self, window: Window, catalog: Catalog) -> Plan | None:
        """The reports of the totals that the rows of some days are to add up to; None where they are not compared.

        Raises InvalidQuery.
        """
        if self.reconcile is None:
            return None
        metrics = self.plan(window, catalog).query.metrics
        added = tuple(name for name in metrics if name in catalog.metrics and catalog.metrics[name].rule == "add")
        bare = replace(self.question, metrics=added, dimensions=("DAY",), assume=(), beside=False, allocate_by=None)
        return asked(replace(bare, start=window.start, end=window.end, period=None), catalog, newest_first=True)

    def identified(self, catalog: Catalog) -> tuple[Kind, ...]:
        """Of what its rows have ids."""
        names = self.plan(Window(self.start, self.start), catalog).query.dimensions
        return tuple(kind for kind in KINDS if f"{kind}_id".upper() in names)

    def settles(self, plan: Plan, catalog: Catalog) -> int:
        """Days after which the figures of a plan are taken to be final: those of whatever settles last."""
        return max(self.settling.get(group, self.settle_days) for group in _groups(plan, catalog))

    def horizon(self, plan: Plan, catalog: Catalog) -> int:
        """For how many days a day is asked for again; at least once, since one that was empty may have been early."""
        return max(1, self.lookback, self.settles(plan, catalog))

    def newest(self, plan: Plan, catalog: Catalog, now: datetime) -> date:
        """The last day that is over, and whose figures are there, in the time zone of the question."""
        hours = max(self.ready.get(group, self.ready_after) for group in _groups(plan, catalog))
        there = (now.astimezone(UTC) - timedelta(hours=hours)).astimezone(_zone(plan.query.timezone))
        return there.date() - timedelta(days=1)

    def last_time(self, plan: Plan, now: datetime) -> datetime:
        """The last time that the schedule names, UTC; the clocks are those of the question's time zone."""
        return last_time(self.schedule, now, _zone(plan.query.timezone))

    def next_time(self, after: datetime) -> datetime:
        """The next time that the schedule names, UTC; without one it is every hour."""
        return next_time(self.schedule or HOURLY, after, _zone(self.question.timezone or _UTC))


def moment_of(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def _groups(plan: Plan, catalog: Catalog) -> frozenset[str]:
    names = {name for request in plan.requests for name in request.metrics}
    return frozenset(catalog.metrics[name].group if name in catalog.metrics else "" for name in names)


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(_UTC if is_utc(name) else name)
