"""``dmr sql``: one statement, asked of what was loaded."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dailymotion_reports.cli import answering, options
from dailymotion_reports.cli.outputs import Wanted
from dailymotion_reports.errors import DmrError, InvalidQuery, InvalidSql, UsageError

if TYPE_CHECKING:
    from dailymotion_reports.workspace.sql import Answer

STDIN = "-"
LONGEST = 1024 * 1024
"""Bytes of a statement."""


@click.command()
@click.argument("query", nargs=-1, metavar="QUERY", required=True)
@options.once("--in", "database", metavar="FILE", help="The DuckDB file; by default the only *.duckdb of this folder.")
@answering.files
@click.option("--unlocked", is_flag=True, help="Let the statement read other files of yours, such as read_csv('x').")
@options.as_json
@options.debug
def sql(
    query: tuple[str, ...],
    database: str | None,
    outputs: tuple[str, ...],
    form: str | None,
    unlocked: bool,
    as_json: bool,
    debug: bool,
) -> None:
    """Ask what was loaded (--into duckdb:FILE) in SQL; nothing is sent, and nothing in the file is changed.

    QUERY is one statement, - for stdin or @FILE.sql. Beside your tables there are dmr_loads, dmr_changes and
    dmr_columns, catalog_metrics and catalog_dimensions, and ratios that are right after any GROUP BY:
    average_watch_time_sec, fill_rate, no_ad_rate.

    \b
    Examples:
      dmr sql "SHOW TABLES"
      dmr sql "SELECT day, sum(views) FROM report GROUP BY day ORDER BY day"
      dmr sql @month.sql --in reports.duckdb -o month.parquet
    """
    from dailymotion_reports.workspace.sql import asked, database_for

    wanted = Wanted.of(outputs, form, None, None)
    _refuse_mistakes(wanted, as_json)
    options.log_if(debug)
    text = _text(query)
    path = database_for(database, os.environ, _here())
    try:
        with asked(text, path, other_files=unlocked) as answer:
            answering.show(answer, wanted.write(answer), _object(answer) if as_json else None)
    except InvalidSql as error:
        raise (_without_database(error) if path is None and error.next else error) from None


def _refuse_mistakes(wanted: Wanted, as_json: bool) -> None:
    """Raise what is wrong with the options: a lone error as it is, several together."""
    errors: list[DmrError] = [InvalidQuery(text) for text in options.mistakes()]
    errors += wanted.errors(as_json)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise InvalidQuery(*(error.message for error in errors), next="dmr sql --help")


def _without_database(error: InvalidSql) -> InvalidSql:
    """An unknown name where no database was found: that is what is wrong."""
    hint = "No *.duckdb lies in this folder, so that only the catalogue can be asked. Name a file: --in FILE."
    return InvalidSql(error.message, hint=hint, next="dmr sql --help")


def _object(answer: "Answer") -> dict[str, object]:
    return {"database": str(answer.database) if answer.database else None}


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("The folder that this runs in is gone.", hint="Change to a folder that is there.") from None


def _text(query: tuple[str, ...]) -> str:
    """The statement: as it was typed, from stdin, or from a file."""
    if len(query) > 1:
        raise UsageError(f"A statement is one word to the shell, and here are {len(query)}.", hint="Put it in quotes.")
    (word,) = query
    if word == STDIN:
        return _decoded(sys.stdin.buffer.read(LONGEST + 1), "stdin")
    if word.startswith("@"):
        return _from_file(Path(os.path.expanduser(word[1:])))
    return word


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _decoded(file.read(LONGEST + 1), str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def _decoded(data: bytes, name: str) -> str:
    if len(data) > LONGEST:
        raise UsageError(f"{name} is longer than any statement.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8.") from None
