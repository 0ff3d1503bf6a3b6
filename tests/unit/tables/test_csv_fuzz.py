"""Files drawn at random are read as Python's csv module reads them, or refused where plain Python refuses them.

``DMR_TEST_CSV`` is the number of cases: 20,000 in ``make test``, 50,000 in ``.ci/run``, 200,000 in ``make prove``.  A
case is a record that is compared, or a file that is refused.  ``DMR_TEST_CSV_SEED`` repeats a run; without it each run
has a seed of its own, which it prints.  All go through one connection, since opening one costs more than reading.
"""

import os
import random
import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb
import pytest
from tests.unit.tables.csvs import SCHEMA, WRONG, Drawn, bad, good
from tests.unit.tables.plain import Refused, Row, rows_of

from dailymotion_reports.errors import DataError, UnreadableRow
from dailymotion_reports.flows.content import Content
from dailymotion_reports.tables.engine import connection
from dailymotion_reports.tables.table import Table

CASES: Final = int(os.environ.get("DMR_TEST_CSV", "4000"))
SEED: Final = int(os.environ.get("DMR_TEST_CSV_SEED") or secrets.randbelow(2**32))
MOST_ROWS = 80
REFUSED_OF_FILES = 0.4


def drawn(chance: random.Random) -> list[Drawn]:
    """The one to three files of an answer; where it is to be refused, the last is to blame."""
    parts = [good(chance, chance.choice((0, 1, 5, MOST_ROWS))) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    if chance.random() < REFUSED_OF_FILES:
        parts[-1] = bad(chance, chance.choice((0, 2, 10)))
    return parts


def plainly(parts: list[Drawn]) -> list[Row] | tuple[str, range]:
    """The rows by plain Python, or which file is to blame, and which of its lines."""
    rows: list[Row] = []
    for number, part in enumerate(parts, 1):
        try:
            rows += rows_of(part.data, SCHEMA)
        except Refused as refused:
            return f"report_{number}.csv", refused.lines
    return rows


def ours(opened: duckdb.DuckDBPyConnection, table: Table) -> list[Row] | DataError:
    """The rows, or the refusal, as the table itself would give them."""
    try:
        sql, paths = table.relation()
        return opened.execute(sql, paths).fetchall()
    except DataError as error:
        return error
    except duckdb.Error as error:
        return table.explained(error)


def written(folder: Path, parts: list[Drawn]) -> Table:
    paths = [folder / f"report_{number}.csv" for number in range(1, len(parts) + 1)]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part.data)
    return Table(SCHEMA, paths)


def came(parts: list[Drawn]) -> int:
    """The rows that were counted when these files were received."""
    counted = [Content(SCHEMA.wanted()) for _ in parts]
    for content, part in zip(counted, parts, strict=True):
        content.take(part.data)
    return sum(content.rows for content in counted)


def check(found: list[Row] | DataError, expected: list[Row] | tuple[str, range]) -> None:
    if isinstance(expected, list):
        assert found == expected
        assert isinstance(found, list)
        kinds = [tuple(map(type, row)) for row in found]
        assert kinds == [tuple(map(type, row)) for row in expected], "a whole number is no Decimal, and no text a date"
        return
    file, lines = expected
    assert isinstance(found, DataError), f"{file} is to be refused for one of {lines}, and was read as {found}"
    assert file in found.message
    if isinstance(found, UnreadableRow):
        assert found.file == file
        assert found.line in lines
    else:
        assert lines == range(1, 2), "only a first row is another error"


@pytest.mark.row("X7")
def test_X7_each_cell_that_is_not_of_its_type_is_refused_by_itself(tmp_path: Path) -> None:
    with connection() as opened:
        for name, cell in [(name, cell) for name, cells in WRONG.items() for cell in cells]:
            row = ",".join(f'"{cell}"' if name == column else "" for column in SCHEMA.names)
            parts = [Drawn(f"{','.join(SCHEMA.names)}\n{row}\n".encode(), cell)]
            assert plainly(parts) == ("report_1.csv", range(2, 3)), f"{name}: {cell}"
            check(ours(opened, written(tmp_path, parts)), plainly(parts))


@pytest.mark.row("X1")
@pytest.mark.row("X2")
@pytest.mark.row("X3")
@pytest.mark.row("X4")
@pytest.mark.row("X5")
@pytest.mark.row("X6")
@pytest.mark.row("X7")
@pytest.mark.row("X10")
@pytest.mark.row("PF12")
def test_PF12_files_are_read_as_the_csv_module_reads_them_or_refused_with_file_and_line(tmp_path: Path) -> None:
    chance, faults, files, cases = random.Random(SEED), Counter[str](), 0, 0
    with connection() as opened:
        while cases < CASES:
            parts = drawn(chance)
            expected = plainly(parts)
            try:
                check(ours(opened, table := written(tmp_path, parts)), expected)
                if isinstance(expected, list):
                    replace(table, came=came(parts)).check_count(len(expected))
            except AssertionError as error:
                error.add_note(f"after {cases} cases of DMR_TEST_CSV_SEED={SEED}: {parts}")
                raise
            files += len(parts)
            faults[parts[-1].fault] += 1
            cases += len(expected) if isinstance(expected, list) else 1
    told = ", ".join(f"{fault}: {times:,}" for fault, times in sorted(faults.items()) if fault)
    print(f"csv: {cases:,} cases in {files:,} files ({told}), DMR_TEST_CSV_SEED={SEED}")
    assert CASES < 5000 or min(faults.values()) > 0
