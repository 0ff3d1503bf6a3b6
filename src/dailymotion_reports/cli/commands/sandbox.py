"""``dmr sandbox``: a pretend Dailymotion on this machine."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dailymotion_reports.cli import options
from dailymotion_reports.settings import Folders


@click.group()
def sandbox() -> None:
    """A pretend Dailymotion on this machine: no account, no network, nothing to lose."""


@sandbox.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8787, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--seed", default=7, show_default=True, help="Another seed, another invented world.")
@click.option(
    "--report-seconds",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0),
    help="How long a report takes.",
)
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0), help="How fast its clock runs.")
@options.as_json
@options.debug
def serve(host: str, port: int, seed: int, report_seconds: float, speed: float, as_json: bool, debug: bool) -> None:
    """Serve until Ctrl-C. With --json, one line on stdout says where and with which credentials.

    While it runs, other commands find it by themselves: dmr report … --profile sandbox
    """
    if debug:
        from dailymotion_reports.cli.logs import log_to_stderr

        log_to_stderr()
    from dailymotion_reports.sandbox.instance import Sandbox
    from dailymotion_reports.sandbox.server import serve as serve_until_stopped

    left = Folders.resolve(os.environ).sandbox_file
    with Sandbox(seed=seed, report_seconds=report_seconds, speed=speed) as instance:
        try:
            serve_until_stopped(instance, host=host, port=port, ready=_announcer(left, as_json))
        finally:
            _forget(left)


def _announcer(left: Path, as_json: bool) -> Callable[[dict[str, Any]], None]:
    def announce(info: dict[str, Any]) -> None:
        from dailymotion_reports.workspace.keeping import leave_note

        leave_note(left, json.dumps(info | {"pid": os.getpid()}))
        click.echo(json.dumps(info)) if as_json else _show(info)

    return announce


def _show(info: dict[str, Any]) -> None:
    click.echo(f"""\
A pretend Dailymotion is listening. Everything in it is invented; stop it with Ctrl-C.

  GraphQL     {info["graphql_url"]}
  tokens      {info["token_url"]}
  key         {info["api_key"]}
  secret      {info["api_secret"]}
  user        {info["username"]}
  password    {info["password"]}
  channels    {", ".join(info["channels"])}
  days        {info["first_day"]} to {info["last_day"]}

In another terminal:
  dmr report views --by day,video-title --channel {info["channels"][0]} \\
      --from 2023-07-01 --to 2023-07-04 --profile sandbox""")


def _forget(left: Path) -> None:
    """Take the note away, unless another sandbox has written its own since."""
    try:
        if json.loads(left.read_text(encoding="utf-8")).get("pid") == os.getpid():
            left.unlink(missing_ok=True)
    except (OSError, ValueError):
        return
