"""The project way of the demo: three datasets, one sync, their calendar, one query."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from dailymotion_reports.cli.calendar import print_coverage
from dailymotion_reports.cli.sync_text import say_begun, say_synced, summary
from dailymotion_reports.cli.table import print_rows
from dailymotion_reports.cli.talk import out
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.projects import project_at
from dailymotion_reports.workspace.sql import asked
from dailymotion_reports.workspace.syncing import Sync, by_profile

PROJECT = """\
# What `dmr sync` keeps; docs/howto/keep-datasets.md says what else can stand here.
default = "sandbox"

[defaults]
into = "duckdb:demo.duckdb"
start = {start}

[datasets.daily_views]
metrics = ["VIEWS", "TIME_WATCHED_SECONDS"]
by = ["DAY", "MEDIA_TYPE"]

[datasets.devices]
metrics = ["VIEWS"]
by = ["DAY", "VISITOR_DEVICE_TYPE"]

[datasets.earnings]
metrics = ["ESTIMATED_EARNINGS_EUR"]
by = ["DAY"]
settle_days = 14
"""

QUERY = """\
SELECT date_trunc('week', day)::DATE AS week, sum(views) AS views, sum(estimated_earnings_eur) AS eur
FROM (SELECT day, sum(views) AS views FROM daily_views GROUP BY day) JOIN earnings USING (day)
GROUP BY week ORDER BY week DESC LIMIT 4"""


def keep(settings: Settings, home: Path, *, quiet: bool) -> int:
    """Write a project into ``home`` and bring it up to date from the sandbox of ``settings``; how many rows came.

    What happens is said on stderr unless it is to be ``quiet``; the calendar and a query are shown on stdout.
    """
    start = datetime.now(UTC).date() - timedelta(days=_DAYS)
    (home / "dmr.toml").write_text(PROJECT.format(start=start), encoding="utf-8")
    project = project_at(home / "dmr.toml")
    heard = (_unheard, _unheard) if quiet else (say_synced, say_begun)
    run = Sync(by_profile(project.datasets.values(), "sandbox"), lambda _: settings, heard[0], time.time, heard[1])
    if not quiet:
        click.echo(
            "\nAnd so that nobody has to ask every day, three datasets of a dmr.toml are kept: dmr sync", err=True
        )
    done = run.run()
    if not quiet:
        click.echo(summary(done), err=True)
        _show(run, home / "demo.duckdb")
    return sum(one.receipt.rows for one in done if one.receipt)


_DAYS = 60


def _show(run: Sync, database: Path) -> None:
    """What `dmr coverage` and `dmr sql` show of it."""
    console = out()
    console.print("\nEach day of each dataset: dmr coverage")
    print_coverage(list(run.coverage()), datetime.now(UTC).date())
    console.print("\nViews beside earnings, by week: dmr sql")
    with asked(QUERY, database) as answer:
        print_rows(console, answer, list(answer.iter_rows()))


def _unheard(*_: object) -> None:
    """For who prints one object when all is done."""
