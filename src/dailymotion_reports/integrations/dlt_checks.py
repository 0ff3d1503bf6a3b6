"""What dlt would do in silence, or find out late, and is refused instead: the place before anything is asked for.

It looks at the run that is under way.  Where a resource is read outside of one, nothing is known, and nothing refused.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.container import Container
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.schema.typing import TFileFormat

from dailymotion_reports.errors import DestinationRefused, UsageError
from dailymotion_reports.integrations.dlt_columns import KIND
from dailymotion_reports.query.report import ReportRequest

_STRATEGY = "delete-insert"


class Claims:
    """Which dataset of a source replaces what: all that goes to a table in one run is merged at once.

    Where two brought rows for the same day of the same question, both would stay.
    """

    def __init__(self) -> None:
        self._claimed: dict[str, tuple[str, ReportRequest]] = {}

    def check(self, dataset: str, table: str, asked: ReportRequest) -> None:
        """Raise UsageError where another dataset brings rows that these would be merged with."""
        for other, (its_table, its) in self._claimed.items():
            if other != dataset and its_table == table and its.shape == asked.shape and _meet(its, asked):
                raise UsageError(
                    f"The datasets {other} and {dataset} ask the same for {asked.window}, and share the table {table}.",
                    hint="Nothing was asked for the second. Make one dataset of them, or give each its own table.",
                )
        self._claimed[dataset] = table, asked


def _meet(one: ReportRequest, other: ReportRequest) -> bool:
    """Whether rows of two windows of a question replace one another: of days that both have, or of the same window."""
    if not {"day", "hour"} & set(one.columns):
        return one.window == other.window
    return one.window.start <= other.window.end and other.window.start <= one.window.end


def is_merged() -> bool:
    """Whether the resource that is being read is merged, as it is made to be; its user may have set something else."""
    return not _is_under_way() or bool(_table()["write_disposition"] == "merge")


def file_format() -> TFileFormat | None:
    """The format of files that keeps an empty text empty, where dlt would choose CSV, which makes it NULL; else None.

    That is PostgreSQL without ADBC.
    """
    if not _is_under_way():
        return None
    capabilities = Container()[DestinationCapabilitiesContext]
    preferred, formats = capabilities.preferred_loader_file_format, capabilities.supported_loader_file_formats or ()
    if choose := capabilities.loader_file_format_selector:
        _, formats = choose(preferred, formats, table_schema=_table())
    return "insert_values" if "csv" in formats and "parquet" not in formats else None


def check_place() -> None:
    """Raise DestinationRefused where the window would not be replaced, or DuckDB would not find its table."""
    if _is_under_way() and is_merged():
        _check_strategy(Container()[DestinationCapabilitiesContext])
        _check_keys()
        _check_database(dlt.current.pipeline())


def check_columns(asked: ReportRequest) -> None:
    """Raise DestinationRefused where the table's rows are by other dimensions, or have a metric that is not asked for.

    Cells would be empty that nobody could tell from nothing.  Known is what dlt's schema holds of the table.
    """
    if not _is_under_way():
        return
    name = _table()["name"]
    known: Mapping[str, Any] = dlt.current.source_schema().tables.get(name, {}).get("columns", {})
    kinds = {column: hints.get(KIND, "ours") for column, hints in known.items()}
    dimensions = {column for column, kind in kinds.items() if kind == "dimension"}
    wanted = {one.lower() for one in asked.dimensions}
    strange = sorted(dimensions ^ wanted) if dimensions else []
    missing = sorted(column for column, kind in kinds.items() if kind == "metric" and column not in asked.columns)
    if strange or missing:
        told = f"is by other dimensions ({', '.join(strange)})" if strange else f"also has {', '.join(missing)}"
        raise _refused(f"The table {name} {told}.", "Give this dataset a table of its own: table=NAME.")


def _check_strategy(capabilities: DestinationCapabilitiesContext) -> None:
    """The plain ``filesystem`` destination takes a merge and appends; its table formats want a primary key."""
    strategies = capabilities.supported_merge_strategies or ()
    if choose := capabilities.merge_strategies_selector:
        strategies = choose(strategies, table_schema=_table())
    if _STRATEGY not in strategies:
        raise _refused(
            "This destination of dlt does not replace windows: it would add rows to those that are there.",
            "Load files natively (parquet:, delta:), or set write_disposition to replace or append yourself.",
        )


def _check_keys() -> None:
    """With a primary key beside the merge key dlt compares every row with every other."""
    if any(column.get("primary_key") for column in _table().get("columns", {}).values()):
        raise _refused("A primary key beside the merge key makes dlt's merge endless.", "Set no primary_key.")


def _check_database(pipeline: dlt.Pipeline) -> None:
    """DuckDB cannot tell a dataset from a file of the same name."""
    if pipeline.destination is None or not pipeline.destination.destination_type.endswith("duckdb"):
        return
    given = pipeline.destination.config_params.get("credentials")
    if isinstance(given, str | Path) and Path(given).stem == pipeline.dataset_name:
        told = f"DuckDB takes dlt's dataset {pipeline.dataset_name} for the file of that name."
        raise _refused(told, "Give the pipeline another dataset_name.")


def _is_under_way() -> bool:
    """Whether it is a pipeline that reads."""
    return DestinationCapabilitiesContext in Container()


def _table() -> Any:
    """The table of the resource that is being read, as far as its hints tell it."""
    return dlt.current.resource().compute_table_schema()


def _refused(told: str, hint: str) -> DestinationRefused:
    return DestinationRefused(told, destination="dlt", hint=f"Nothing was asked for or changed. {hint}")
