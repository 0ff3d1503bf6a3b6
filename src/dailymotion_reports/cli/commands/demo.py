"""``dmr demo``: the whole way, from a sandbox to a DuckDB file, with no account."""

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import UsageError
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.workspace import Report, Workspace

START, END = "2023-07-01", "2023-07-04"
"""The period of the vendor guide's example."""

SHOWN = 12


@click.command()
@options.once("--dir", "folder", metavar="DIR", help="Where the files go.  [default: dmr-demo]")
@options.as_json
@options.debug
def demo(folder: str | None, as_json: bool, debug: bool) -> None:
    """Start a sandbox, sign in, ask for views by day and title, wait, download, load DuckDB, show it.

    Then keep three datasets of a project, show each of their days, and ask them a question in SQL. It needs no account
    and no network, and leaves nothing running.
    """
    options.log_if(debug)
    home = _folder(folder or "dmr-demo")
    from dailymotion_reports.cli.demo_project import keep
    from dailymotion_reports.sandbox.instance import Sandbox
    from dailymotion_reports.sandbox.server import running

    with Sandbox() as sandbox, running(sandbox) as info:
        settings, channel = _settings(info, home), info["channels"][0]
        report = _ask(settings, channel)
        csv, database = report.to_csv(home / "report.csv"), home / "demo.duckdb"
        receipt = report.load(f"duckdb:{database}")
        told = {"csv": str(csv), "duckdb": str(database), "table": receipt.table, "rows": receipt.rows}
        if not as_json:
            _show(report, told)
        kept = keep(settings, home, quiet=as_json)
    if as_json:
        print_object({"ok": True, **told, "project": str(home / "dmr.toml"), "kept_rows": kept})
    else:
        _show_next(channel)


def _folder(name: str) -> Path:
    home = Path(name)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {home} cannot be made: {error.strerror}.", next="dmr demo --dir DIR") from None
    return home


def _settings(info: dict[str, Any], home: Path) -> Settings:
    return Settings(
        profile="sandbox",
        folders=Folders(home, home),
        api_key=info["api_key"],
        api_secret=Secret(info["api_secret"]),
        username=info["username"],
        password=Secret(info["password"]),
        url=info["url"],
        keep_tokens=False,
    )


def _ask(settings: Settings, channel: str) -> Report:
    from dailymotion_reports.cli.render import watched
    from dailymotion_reports.cli.talk import err

    err().print(f"A pretend Dailymotion runs at {settings.url}; asking it for the views of {channel}.", soft_wrap=True)
    query = ReportQuery.of("VIEWS", "DAY,VIDEO_TITLE", start=START, end=END, filters={"videoOwnerChannelSlug": channel})
    with watched() as watch, Workspace.open(settings=settings) as workspace:
        return workspace.run(workspace.plan(query), watch)


def _show(report: Report, told: dict[str, Any]) -> None:
    from dailymotion_reports.cli.render import bars, totals
    from dailymotion_reports.cli.table import print_rows
    from dailymotion_reports.cli.talk import out

    console = out()
    largest = sorted(report.iter_rows(), key=lambda row: -int(row[-1]))
    print_rows(console, report, largest[:SHOWN])
    console.print(f"The {SHOWN} largest of {told['rows']:,} rows.\n")
    for line in bars("Views per day", totals(report.rows(), "day", "views")):
        console.print(line)
    console.print(
        f"""
CSV      {told["csv"]}
DuckDB   {told["duckdb"]}, table {told["table"]}
Archive  {report.folder}""",
        soft_wrap=True,
    )


def _show_next(channel: str) -> None:
    from dailymotion_reports.cli.talk import out

    dmr = _own_name()
    out().print(
        f"""
Next, the same by hand, in two terminals:
  {dmr} sandbox serve
  {dmr} report views,time-watched-seconds --by day --channel {channel} \\
      --from 2023-07-01 --to 2023-07-31 --profile sandbox
and a project of your own: {dmr} init""",
        soft_wrap=True,
    )


def _own_name() -> str:
    """How to call this command again: in an environment that is not active the bare name is not found."""
    if shutil.which("dmr"):
        return "dmr"
    return sys.argv[0] if Path(sys.argv[0]).name == "dmr" else f"{sys.executable} -m dailymotion_reports"
