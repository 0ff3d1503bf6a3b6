"""A commit to a Delta table whose rows are written part by part, so that only a part is held in memory.

The library holds every file that it writes for a commit until the last row has come, and a table has one for each day.
So each part gets a commit of its own where nobody else sees it (`delta_staging`), and of all these one is made in the
end: a commit is a list of what is added and removed, whoever wrote it down.
Source: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from arro3.core import RecordBatchReader
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, write_deltalake
from duckdb import DuckDBPyRelation

MOST: Final = 60_000
"""Rows of a part: they take some sixty megabytes while they are written, and a file of their own, or several."""

_ALONE: Final = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
"""Of commits that nobody is going to see."""


def tells_changes(table: DeltaTable) -> bool:
    """Whether a user has had the table write down what changes: of one commit it has to be told by one hand."""
    return str(table.metadata().configuration.get("delta.enableChangeDataFeed", "")).lower() == "true"


def commit_in_parts(
    table: DeltaTable,
    folder: Path,
    parts: Iterable[DuckDBPyRelation],
    predicate: str,
    properties: CommitProperties,
) -> None:
    """Put the rows of ``parts`` in place of those that meet ``predicate``: one commit, to a table in ``folder``.

    Nobody else may write into the folder meanwhile.
    """
    before = table.version()
    table.delete(predicate, post_commithook_properties=_ALONE)
    for part in parts:
        rows = RecordBatchReader.from_stream(part)
        write_deltalake(table, rows, mode="append", post_commithook_properties=_ALONE)
    schema, by = table.schema(), table.metadata().partition_columns
    table.create_write_transaction(
        [], "append", schema, by, commit_properties=properties, post_commithook_properties=_ALONE
    )
    _make_one(folder / "_delta_log", before + 1, predicate)
    _sum_up(folder, before + 1)


def _make_one(log: Path, first: int, predicate: str) -> None:
    """Make one entry of those from version ``first`` on."""
    entries = sorted(path for path in log.glob("*.json") if path.stem.isdecimal() and int(path.stem) >= first)
    actions = [json.loads(line) for entry in entries for line in entry.read_text(encoding="utf-8").splitlines()]
    *_, about = (action for action in actions if "commitInfo" in action)
    rest = [action for action in actions if "commitInfo" not in action]
    told = [_told(about["commitInfo"], predicate), *rest]
    text = "\n".join(json.dumps(action, ensure_ascii=False, separators=(",", ":")) for action in told)
    for entry in entries[1:]:
        entry.unlink()
    entries[0].write_text(text, encoding="utf-8")


def _told(about: Mapping[str, Any], predicate: str) -> Mapping[str, Any]:
    """What is said of the whole commit: that it has put rows in the place of others."""
    parameters = {**about.get("operationParameters", {}), "mode": "Overwrite", "predicate": predicate}
    return {"commitInfo": {**about, "operationParameters": parameters, "isBlindAppend": False}}


def _sum_up(folder: Path, version: int) -> None:
    """Sum up the log as often as the table wants that."""
    table = DeltaTable(str(folder))
    interval = int(table.metadata().configuration.get("delta.checkpointInterval") or 100)
    if (version + 1) % interval == 0:
        table.create_checkpoint()
