"""``dmr``: the group, loaded lazily, and the one place where errors become text and exit codes."""

import errno
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from dailymotion_reports import __version__
from dailymotion_reports.cli import exits, streams
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.errors import DmrError, InvalidQuery, InvalidSettings, UnverifiedQuery, UsageError

COMMANDS = {
    "auth": ("dailymotion_reports.cli.commands.auth:auth", "Sign in, say who is signed in, sign out."),
    "catalog": ("dailymotion_reports.cli.commands.catalog:catalog", "What may be asked for, and what goes with what."),
    "completion": (
        "dailymotion_reports.cli.commands.completion:completion",
        "Teach your shell the names of metrics and dimensions.",
    ),
    "config": ("dailymotion_reports.cli.commands.config:config", "What the settings are, and where each came from."),
    "doctor": ("dailymotion_reports.cli.commands.doctor:doctor", "Look at everything that a report needs."),
    "demo": (
        "dailymotion_reports.cli.commands.demo:demo",
        "See it work, with no account: sandbox to DuckDB.",
    ),
    "plan": ("dailymotion_reports.cli.commands.plan:plan", "Show what would be asked. Nothing is sent."),
    "report": (
        "dailymotion_reports.cli.commands.report:report",
        "Ask, wait, download, and show or keep the rows.",
    ),
    "sandbox": ("dailymotion_reports.cli.commands.sandbox:sandbox", "A pretend Dailymotion on this machine."),
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
        meant = get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and meant and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command {args[0]!r}. Did you mean {meant[0]}?", ctx)
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
        _tell_unwritten(error, given)
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
        with group.make_context("dmr", list(given)) as context:
            group.invoke(context)
        return exits.DONE
    except (Exception, KeyboardInterrupt, exits.Terminated) as error:  # noqa: BLE001  (each is told, none is lost)
        _heed_no_signals()
        return _ended(error, given)


def _ended(error: BaseException, given: list[str]) -> int:
    """Tell how a command ended, and the exit code for it; what concerns stdout itself is raised again."""
    as_json = "--json" in given
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message())
            return exits.DONE
        case DmrError():
            return _tell(error, given)
        case click.ClickException():
            return _tell_usage(error, as_json)
        case KeyboardInterrupt() | click.Abort():
            return _tell_interrupted(exits.INTERRUPTED, as_json)
        case exits.Terminated():
            return _tell_interrupted(exits.TERMINATED, as_json)
        case OSError() if error.errno in (errno.EPIPE, errno.ENOSPC, errno.EBADF):
            raise error
        case Exception():
            return _tell_unexpected(error, given)
        case _:
            raise error


def _tell(error: DmrError, given: list[str]) -> int:
    if "--debug" in given:
        from dailymotion_reports.cli.talk import print_traceback

        print_traceback(error)
    code = exits.exit_code(error)
    problems = error.problems if isinstance(error, InvalidQuery | InvalidSettings) else (error.message,)
    next_command = error.next or _next_command(error, given)
    if isinstance(error, UnverifiedQuery):
        next_command = shlex.join(["dmr", *given, "--unverified"])
    _say(error.code, problems, error.hint, next_command, error.retry, "--json" in given)
    return code


def _next_command(error: DmrError, given: list[str]) -> str:
    """The help of what was mistaken; the same again where that may help, else the same with a log."""
    if isinstance(error, UsageError):
        return " ".join(["dmr", *(word for word in given[:1] if word in COMMANDS), "--help"])
    if error.retry in ("later", "resubmit", "resume") or "--debug" in given:
        return shlex.join(["dmr", *given])
    return shlex.join(["dmr", *given, "--debug"])


def _tell_unwritten(error: OSError, given: list[str]) -> None:
    """Say that stdout took no data, on stderr; what an error brings in its notes is where the data is all the same."""
    kept = " ".join(getattr(error, "__notes__", ()))
    problem = f"The output cannot be written: {error.strerror}."
    again = "" if kept else f"{shlex.join(['dmr', *given])} > FILE"
    _say("data", (problem,), kept, again, "never", as_json=False)


def _tell_usage(error: click.ClickException, as_json: bool) -> int:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "dmr"
    message = error.format_message().replace("\n\t", " ")
    _say("usage", (message,), "", f"{path} --help", "never", as_json)
    return exits.USAGE


def _tell_interrupted(code: int, as_json: bool) -> int:
    _say("interrupted", ("Interrupted.",), "", "", "never", as_json)
    return code


def _tell_unexpected(error: Exception, given: list[str]) -> int:
    if "--debug" in given:
        from dailymotion_reports.cli.talk import print_traceback

        print_traceback(error)
    message = f"Something unexpected happened ({type(error).__name__}). This is a fault of ours."
    again = shlex.join(["dmr", *(word for word in given if word != "--debug"), "--debug"])
    hint = " ".join([*getattr(error, "__notes__", ()), "Report what the next command prints."])
    _say("unexpected", (message,), hint, again, "never", "--json" in given)
    return exits.UNEXPECTED


def _say(code: str, problems: tuple[str, ...], hint: str, next_command: str, retry: str, as_json: bool) -> None:
    if as_json:
        error = error_object(code, "\n".join(problems), hint, next_command, retry)
        print_object({"ok": False, "error": error})
        return
    from dailymotion_reports.cli.talk import print_error

    print_error(problems, hint, next_command)
