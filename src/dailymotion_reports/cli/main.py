"""``dmr``: the group, loaded lazily.  How a command ended otherwise than well is told by `telling`, loaded then."""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from dailymotion_reports import __version__
from dailymotion_reports.cli import exits, streams

COMMANDS = {
    "auth": ("dailymotion_reports.cli.commands.auth:auth", "Sign in, say who is signed in, sign out."),
    "backfill": (
        "dailymotion_reports.cli.commands.backfill:backfill",
        "Bring the past of a project's dataset, behind everything else.",
    ),
    "catalog": ("dailymotion_reports.cli.commands.catalog:catalog", "What may be asked for, and what goes with what."),
    "completion": (
        "dailymotion_reports.cli.commands.completion:completion",
        "Teach your shell the names of metrics and dimensions.",
    ),
    "config": ("dailymotion_reports.cli.commands.config:config", "What the settings are, and where each came from."),
    "doctor": ("dailymotion_reports.cli.commands.doctor:doctor", "Look at everything that a report needs."),
    "coverage": (
        "dailymotion_reports.cli.commands.coverage:coverage",
        "How each day of a project's datasets stands. Nothing is sent.",
    ),
    "demo": (
        "dailymotion_reports.cli.commands.demo:demo",
        "See it work, with no account: sandbox to DuckDB.",
    ),
    "enrich": (
        "dailymotion_reports.cli.commands.enrich:enrich",
        "Titles, durations and tags behind the ids in your tables.",
    ),
    "fetch": (
        "dailymotion_reports.cli.commands.fetch:fetch",
        "The rows of jobs that are finished, without waiting.",
    ),
    "init": ("dailymotion_reports.cli.commands.init:init", "Begin a project: write a dmr.toml with comments."),
    "jobs": ("dailymotion_reports.cli.commands.jobs:jobs", "Look after the ledger of jobs."),
    "load": ("dailymotion_reports.cli.commands.load:load", "Fill a table from the archive. Nothing is sent."),
    "notify": ("dailymotion_reports.cli.commands.notify:notify", "Try out who is told when something is wrong."),
    "plan": ("dailymotion_reports.cli.commands.plan:plan", "Show what would be asked. Nothing is sent."),
    "report": (
        "dailymotion_reports.cli.commands.report:report",
        "Ask, wait, download, and show or keep the rows.",
    ),
    "resume": ("dailymotion_reports.cli.commands.resume:resume", "Go on with everything that is not finished."),
    "sandbox": ("dailymotion_reports.cli.commands.sandbox:sandbox", "A pretend Dailymotion on this machine."),
    "sql": ("dailymotion_reports.cli.commands.sql:sql", "Ask what was loaded, in SQL; nothing is sent."),
    "status": ("dailymotion_reports.cli.commands.status:status", "How jobs stand: slots, deadlines, what comes next."),
    "submit": ("dailymotion_reports.cli.commands.submit:submit", "Ask now, and come back for the rows later."),
    "support-bundle": (
        "dailymotion_reports.cli.commands.support_bundle:support_bundle",
        "What helps others to help, in a file without secrets. Nothing is sent.",
    ),
    "sync": ("dailymotion_reports.cli.commands.sync:sync", "Bring the datasets of a project up to date."),
    "worker": (
        "dailymotion_reports.cli.commands.worker:worker",
        "A service: keeps a project's schedules, works for what was submitted.",
    ),
}
"""Each command, where it is, and its line in the help: so that the help loads none of them."""


COMPLETE = "_DMR_COMPLETE"
"""The variable with which a shell asks what could come next."""


class Lazy(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a mistyped one is answered with the nearest."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and (meant := _nearest(args[0])):
            raise click.UsageError(f"There is no command {args[0]!r}. Did you mean {meant}?", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dmr")
def group() -> None:
    """Ask Dailymotion's Reporting API what you want to know; get right numbers. Unofficial.

    Start with:  dmr demo
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit.  Errors are told on stderr, or as one JSON object where ``--json`` is asked."""
    if COMPLETE in os.environ:
        group.main(prog_name="dmr", complete_var=COMPLETE)
    given = list(sys.argv[1:] if arguments is None else arguments)
    streams.ready()
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        streams.give_up_stdout()
        code = exits.DONE
    except OSError as error:
        streams.give_up_stdout()
        from dailymotion_reports.cli.telling import tell_unwritten

        tell_unwritten(error, given)
        code = exits.NOT_WRITTEN
    sys.exit(code)


def _heed_signals() -> None:
    """Signals are told from now on; until the command was loaded they ended it without a word."""
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _heed_no_signals() -> None:
    """While it is told how a command ended, a second Ctrl-C just ends it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise exits.Terminated


def _run(given: list[str]) -> int:
    try:
        _heed_signals()
        with group.make_context("dmr", list(given), terminal_width=_width()) as context:
            group.invoke(context)
        return exits.DONE
    except (Exception, KeyboardInterrupt, exits.Terminated) as error:  # noqa: BLE001  (each is told, none is lost)
        _heed_no_signals()
        return _ended(error, given)


def _ended(error: BaseException, given: list[str]) -> int:
    """Tell how a command ended, and the exit code for it; what concerns stdout itself is raised again."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    from dailymotion_reports.cli.telling import told

    return told(error, given)


def _width() -> int:
    """Columns of a help text, as click reckons them; for that it would load shutil and, with it, three compressors."""
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(1).columns
    except (ValueError, OSError):
        columns = 0
    return max(min(columns or _WIDEST_HELP, _WIDEST_HELP) - 2, 50)


_WIDEST_HELP = 80


def _nearest(mistyped: str) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(mistyped, COMMANDS, n=1)), None)
