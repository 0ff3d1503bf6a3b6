"""How a command ended, told: the one place where errors become text, or one JSON object, and exit codes."""

import logging
import shlex

import click

from dailymotion_reports.cli import exits
from dailymotion_reports.cli.main import COMMANDS
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.cli.streams import Unwritten
from dailymotion_reports.errors import DmrError, InvalidQuery, InvalidSettings, UnverifiedQuery, UsageError


def told(error: BaseException, given: list[str]) -> int:
    """Tell how a command ended, and the exit code for it; what concerns stdout itself is raised again."""
    as_json = "--json" in given
    match error:
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
        case Unwritten() | BrokenPipeError():
            raise error
        case Exception():
            return _tell_unexpected(error, given)
        case _:
            raise error


def _tell(error: DmrError, given: list[str]) -> int:
    if "--debug" in given:
        from dailymotion_reports.cli.talk import print_traceback

        print_traceback(error)
    _log(error, given)
    code = exits.exit_code(error)
    problems = error.problems if isinstance(error, InvalidQuery | InvalidSettings) else (error.message,)
    next_command = error.next or _next_command(error, given)
    if isinstance(error, UnverifiedQuery):
        next_command = shlex.join(["dmr", *given, "--unverified"])
    _say(error.code, problems, error.hint, next_command, error.retry, "--json" in given)
    return code


def _log(error: DmrError, given: list[str]) -> None:
    """The error as the last event, where there is a log."""
    if logging.getLogger().handlers:
        from dailymotion_reports.workspace.events import SILENT, told_error

        SILENT.tell("command.failed", {"command": " ".join(given[:1]), **told_error(error)}, "error")


def _next_command(error: DmrError, given: list[str]) -> str:
    """The help of what was mistaken; the same again where that may help, else the same with a log."""
    if isinstance(error, UsageError):
        return " ".join(["dmr", *(word for word in given[:1] if word in COMMANDS), "--help"])
    if error.retry in ("later", "resubmit", "resume") or "--debug" in given:
        return shlex.join(["dmr", *given])
    return shlex.join(["dmr", *given, "--debug"])


def tell_unwritten(error: OSError, given: list[str]) -> None:
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
