"""``dmr sandbox``: a pretend Dailymotion on this machine."""

import difflib
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.columns import terminal_width
from dailymotion_reports.cli.commands.sandbox_conformance import conform, record
from dailymotion_reports.cli.commands.sandbox_fidelity import fidelity
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.cli.switch_text import switch_lines, told
from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.sandbox.ending import ended_by_signals
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.scale import SCALES
from dailymotion_reports.sandbox.scenarios import DEFAULT, Scenario, load_scenarios
from dailymotion_reports.sandbox.scopes import KNOWN
from dailymotion_reports.sandbox.switches import load_switches, read_all
from dailymotion_reports.settings import Folders

_LONG: Final = 366 * 86400.0
_MANY: Final = 1_000_000_000


class _Number(click.FloatRange):
    """A number within bounds; no infinity, and no "not a number"."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r:.60} is not a number to reckon with.", param, ctx)
        return number


def _scenario(_context: click.Context, _parameter: click.Parameter, name: str) -> Scenario:
    known = load_scenarios()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.0)[0]
        raise click.BadParameter(f"There is no scenario {name!r:.60}. Did you mean {near}?")
    return known[name]


def _allowed(_context: click.Context, _parameter: click.Parameter, given: str | None) -> tuple[str, ...] | None:
    names = None if given is None else tuple(given.split())
    unknown = [name for name in names or () if name not in KNOWN]
    if unknown:
        told = ", ".join(f"{name!r:.60}" for name in unknown)
        raise click.BadParameter(f"There is no scope {told}; there are {', '.join(KNOWN)}.")
    return names


def _set(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    try:
        return read_all(given)
    except InvalidSettings as error:
        raise click.BadParameter(" ".join((*error.problems, "dmr sandbox switches lists them all."))) from None


def _progress(_context: click.Context, _parameter: click.Parameter, given: str | None) -> Progress | None:
    try:
        return None if given is None else Progress.parse(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _scenarios() -> str:
    return ", ".join(f"{name} ({scenario.about})" for name, scenario in load_scenarios().items())


@click.group()
def sandbox() -> None:
    """A pretend Dailymotion on this machine: no account, no network, nothing to lose."""


for _command in (fidelity, record, conform):
    sandbox.add_command(_command)


@sandbox.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines can reach.")
@click.option("--port", default=8787, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--seed", default=7, show_default=True, type=click.IntRange(0, 2**32 - 1), help="Another seed, another world."
)
@click.option("--scale", type=click.Choice(list(SCALES)), help="How much happens in its world.  [default: small]")
@click.option(
    "--scenario",
    default=DEFAULT,
    show_default=True,
    metavar="NAME",
    callback=_scenario,
    help=f"How it behaves: {_scenarios()}. The switches below go before it.",
)
@click.option(
    "--set",
    "switches",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_set,
    help="A switch; may be repeated. dmr sandbox switches lists them all.",
)
@click.option(
    "--progress",
    metavar="HOW",
    callback=_progress,
    help="How reports go: at-once, looks:3, seconds:120, never, fails:60.  [default: --report-seconds]",
)
@click.option("--report-seconds", type=_Number(0, _LONG), help="How long a report takes.  [default: 2]")
@click.option("--rows-per-file", type=click.IntRange(1, _MANY), help="Rows of a file.  [default: 100000]")
@click.option("--links-per-page", type=click.IntRange(1, _MANY), help="Links of a page.  [default: 10]")
@click.option("--link-seconds", type=_Number(0, _LONG), help="How long a link is good.  [default: 3600]")
@click.option(
    "--token-seconds",
    "access_seconds",
    type=_Number(1, _LONG),
    help="How long an access token is good.  [default: 36000]",
)
@click.option(
    "--scopes",
    "granted_scopes",
    metavar='"A B"',
    callback=_allowed,
    help="What the private key is allowed, as names with spaces between them.  [default: everything]",
)
@click.option(
    "--speed", default=1.0, show_default=True, type=_Number(0, 1_000_000), help="How fast its clock runs; 0 stops it."
)
@options.as_json
@options.debug
def serve(
    host: str,
    allow_remote: bool,
    port: int,
    scenario: Scenario,
    switches: dict[str, Any],
    as_json: bool,
    debug: bool,
    **given: Any,
) -> None:
    """Serve until Ctrl-C. With --json, one line on stdout says where and with which credentials.

    While it runs, other commands find it by themselves: dmr report … --profile sandbox
    """
    with ended_by_signals() as ending:
        options.log_if(debug)
        from dailymotion_reports.sandbox.instance import Sandbox
        from dailymotion_reports.sandbox.server import reachable
        from dailymotion_reports.sandbox.server import serve as serve_until_stopped

        if allow_remote and reachable(host):
            click.echo(f"Warning: whoever can reach this machine at {host!r} can reach the sandbox.", err=True)
        note = _Note(Folders.resolve(os.environ).sandbox_file)
        with Sandbox(**_switches(scenario, switches, given), faults=scenario.faults) as instance:
            try:
                ready = _announcer(note, as_json)
                serve_until_stopped(instance, host, port, allow_remote=allow_remote, ready=ready, ending=ending)
            finally:
                note.take_away()


@sandbox.command()
@options.as_json
def switches(as_json: bool) -> None:
    """List the open questions about the service, each a switch: its default, its values, what is assumed and why.

    \b
    Example:
      dmr sandbox serve --set refusal_status=4xx --set empty=header-only
    """
    if as_json:
        print_object({"ok": True, "switches": [told(switch) for switch in load_switches().values()]})
        return
    for line in switch_lines(load_switches().values(), terminal_width()):
        click.echo(line)


def _switches(scenario: Scenario, switches: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The switches of the scenario, before them those of ``--set``, and before these those with an option."""
    by_option = {name: value for name, value in given.items() if value is not None}
    return {**scenario.switches, **switches, **by_option}


def _announcer(note: "_Note", as_json: bool) -> Callable[[dict[str, Any]], None]:
    def announce(info: dict[str, Any]) -> None:
        note.leave(info)
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


class _Note:
    """What a running sandbox leaves for other commands; one that it covers comes back when it is taken away."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def leave(self, info: Mapping[str, Any]) -> None:
        """Write the note; that of a sandbox which still runs is kept within it."""
        self._write({**info, "pid": os.getpid(), "covers": _first_running(self._read())})

    def take_away(self) -> None:
        """Take the note away, unless another sandbox has written its own since."""
        own = self._read()
        if own.get("pid") != os.getpid():
            return
        covered = _first_running(own.get("covers"))
        if covered:
            self._write(covered)
        else:
            self._path.unlink(missing_ok=True)

    def _write(self, note: Mapping[str, Any]) -> None:
        from dailymotion_reports.workspace.keeping import leave_note

        leave_note(self._path, json.dumps(note))

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _first_running(note: Any) -> dict[str, Any] | None:
    """The note, or the first of those it covers, whose sandbox still runs; None where none does."""
    while isinstance(note, dict):
        if _runs(note.get("pid")):
            return note
        note = note.get("covers")
    return None


def _runs(pid: object) -> bool:
    """Whether another process of that number is alive."""
    if not isinstance(pid, int) or isinstance(pid, bool) or not 0 < pid < 2**31 or pid == os.getpid():
        return False
    if os.name == "nt":
        return False  # where asking would end the process that is asked about
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
