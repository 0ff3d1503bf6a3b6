"""A source for dlt, for every warehouse that is not loaded natively.  Needs the extra ``dlt``.

A dataset (a name and a question) is a resource, and its answer goes to a table as ours has it: the same names, the same
types, the same columns of ours.  What the table holds of the question in its window is replaced by the answer, whole.

No receipt is promised here.  dlt writes its own notes (``_dlt_loads``), not ours: which answer is the newest is not
known in the table, so that the one wins which is loaded last, and what was restated is told nowhere.  Where a native
destination (``duckdb:``, ``postgres:``, ``delta:``…) will do, it does more, and quicker.

Nothing of an account goes through dlt's configuration, state or logs: a workspace is passed in, or opened at use.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from dailymotion_reports.errors import MissingExtra, UsageError
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Handover, Workspace

try:
    import dlt
    import pyarrow
    from dlt.extract import DltResource, DltSource
except ImportError:
    raise MissingExtra("dlt", "A source for dlt") from None

from dailymotion_reports.integrations.dlt_checks import Claims, check_columns, check_place, file_format, is_merged
from dailymotion_reports.integrations.dlt_columns import hints_of, keyed, markers

SOURCE = "dailymotion_reports"
"""The name of the source, and of its schema in dlt."""

_NAME = re.compile(r"(?!_?dlt|_?dmr)[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A standing question under a name, which is also that of its table if ``table`` names no other.

    The question is a `Question` as written (`read_question` and `ready_question` make such), or a `ReportQuery`.
    Periods such as ``last-7-days`` are counted from the day of each run.  Several datasets may share a table, where
    they are asked by the same dimensions.  Raises UsageError for names that dlt would change.
    """

    name: str
    question: Question | ReportQuery
    table: str = ""

    def __post_init__(self) -> None:
        for name in (self.name, self.table or self.name):
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                hint = "Lower-case letters, digits and single underscores, a letter first; dlt and dmr are taken."
                raise UsageError(f"{name!r} is no name for a dataset or its table.", hint=hint)
        if not isinstance(self.question, Question | ReportQuery):
            hint = "Dataset.of(name, metrics, dimensions, period=…) makes one of its parts."
            raise UsageError(f"The dataset {self.name} has no question.", hint=hint)

    @classmethod
    def of(
        cls,
        name: str,
        metrics: str | Iterable[str],
        dimensions: str | Iterable[str] = (),
        *,
        table: str = "",
        period: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        filters: Mapping[str, str] | None = None,
        channels: str | Iterable[str] = (),
        product: str | Iterable[str] | None = None,
        timezone: str | None = None,
        assume: str | Iterable[str] = (),
        beside: bool = False,
        allocate_by: str | None = None,
        unverified: bool = False,
    ) -> Self:
        """A dataset of the parts of its question; they are those of `Workspace.report`."""
        asked = metrics, dimensions, start, end, period, filters, channels, product
        return cls(name, Question(*asked, unverified, timezone, assume, beside, allocate_by), table)


def dailymotion_reports_source(
    *datasets: Dataset,
    workspace: Workspace | None = None,
    profile: str | None = None,
    settings: Settings | None = None,
) -> DltSource:
    """A dlt source with a resource for each dataset: ``pipeline.run(dailymotion_reports_source(...))``.

    Reports are asked for when the resource is extracted, one dataset after the other: by ``workspace``, which stays the
    caller's to close, or by one that is opened then, for ``profile`` or ``settings`` as in `Workspace.open`.  Several
    at once (dlt's ``parallelize``) want one each, so that none is passed.  Rows come as Arrow batches, in bounded
    memory.  The window of a question is replaced by ``merge``; where the caller sets
    ``replace`` or ``append`` instead, the rows come alone.

    Raises UsageError for datasets of the same name.  Within ``pipeline.run`` whatever goes wrong is raised as dlt's
    ``PipelineStepFailed``, of which it is the cause's cause: what `Workspace.report` raises, and DestinationRefused
    where the destination would not replace the window, before anything is asked for.
    """
    if workspace is not None and (profile is not None or settings is not None):
        raise UsageError("A workspace has its profile already.", hint="Pass a workspace, or a profile, or settings.")
    names = [dataset.name for dataset in datasets]
    if not names or len(set(names)) < len(names):
        raise UsageError("A source has one dataset or more, each with a name of its own.")

    @contextmanager
    def opened() -> Iterator[Workspace]:
        if workspace is not None:
            yield workspace
            return
        with Workspace.open(profile, settings=settings) as made:
            yield made

    claims = Claims()
    resources = [_resource(dataset, opened, claims) for dataset in datasets]
    return dlt.source(lambda: resources, name=SOURCE, section=SOURCE)()


def _resource(dataset: Dataset, opened: Callable[[], AbstractContextManager[Workspace]], claims: Claims) -> DltResource:
    table = dataset.table or dataset.name

    def rows() -> Iterator[Any]:
        check_place()
        with opened() as workspace:
            plan = workspace.plan(dataset.question)
            claims.check(dataset.name, table, plan.answered)
            check_columns(plan.answered)
            handover = workspace.run(plan).handover()
        yield from _items(handover)

    return dlt.resource(
        rows,
        name=dataset.name,
        table_name=table,
        write_disposition={"disposition": "merge", "strategy": "delete-insert"},
        schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
    )


def _items(handover: Handover) -> Iterator[Any]:
    """What is extracted: the columns, the marks of what goes, the rows that come."""
    merged = is_merged()
    with handover.reader() as reader:
        schema = keyed(reader.schema) if merged else reader.schema
        marks = markers(schema, handover) if merged else schema.empty_table()
        hints = dlt.mark.make_hints(columns=hints_of(handover, merged=merged), file_format=file_format())
        yield dlt.mark.with_hints(marks, hints)
        for batch in reader:
            yield pyarrow.RecordBatch.from_arrays(batch.columns, schema=schema)
