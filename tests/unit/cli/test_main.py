"""The one place where errors become text, JSON and exit codes."""

import json
import os
import signal
import subprocess
import sys
from typing import Any, NoReturn

import click
import pytest

from dailymotion_reports import __version__
from dailymotion_reports.cli import main as room
from dailymotion_reports.cli.exits import Terminated
from dailymotion_reports.cli.main import COMMANDS, main
from dailymotion_reports.cli.streams import Unwritten
from dailymotion_reports.errors import (
    DestinationRefused,
    DmrError,
    InvalidQuery,
    NotAllowed,
    ReportOverdue,
    TimedOut,
    UnreadableRow,
)

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")
PLAN = ("plan", "views", "--by", "day", *DAYS)


class Said:
    """What a command left behind: exit code, stdout, stderr."""

    def __init__(self, code: Any, captured: Any) -> None:
        self.code, self.out, self.err = code, captured.out, captured.err

    @property
    def error(self) -> dict[str, Any]:
        """The error object of ``--json``, after checking its shape."""
        told = json.loads(self.out)
        assert list(told) == ["ok", "error"]
        assert told["ok"] is False
        error: dict[str, Any] = told["error"]
        assert list(error) == ["code", "message", "hint", "next", "retry"]
        assert all(isinstance(value, str) for value in error.values())
        assert self.err == ""
        return error


class Dmr:
    """The command, run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        # The handler would outlive the test.
        monkeypatch.setattr(signal, "signal", lambda number, handler: None)

    def __call__(self, *arguments: str) -> Said:
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        return Said(stopped.value.code, self._capsys.readouterr())

    def raising(self, error: BaseException, *arguments: str) -> Said:
        """What the command ``plan`` says where it meets ``error``."""

        @click.command(context_settings={"ignore_unknown_options": True})
        @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
        def fails(rest: tuple[str, ...]) -> NoReturn:
            raise error

        self._monkeypatch.setattr(room.Lazy, "get_command", lambda self, context, name: fails)
        return self("plan", *arguments)


@pytest.fixture
def dmr(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Dmr:
    return Dmr(capsys, monkeypatch)


def test_the_help_names_every_command_in_order(dmr: Dmr) -> None:
    said = dmr("--help")
    assert (said.code, said.err) == (0, "")
    places = [said.out.index(f"\n  {name} ") for name in sorted(COMMANDS)]
    assert places == sorted(places)
    assert "Unofficial" in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_that_agrees_with_the_list(name: str, dmr: Dmr) -> None:
    said = dmr(name, "-h")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: dmr {name}")


def test_the_version_is_the_packages(dmr: Dmr) -> None:
    assert dmr("--version").out == f"dmr, version {__version__}\n"


def test_an_unknown_command_says_what_was_probably_meant(dmr: Dmr) -> None:
    said = dmr("reprot")
    assert (said.code, said.out) == (2, "")
    assert said.err == "Error: There is no command 'reprot'. Did you mean report?\nNext: dmr --help\n"
    assert "Did you mean" not in dmr("xqzw").err


def test_no_command_shows_the_help_as_help(dmr: Dmr) -> None:
    said = dmr()
    assert "Usage: dmr" in said.out + said.err
    assert "\\n" not in said.out + said.err
    assert "Error" not in said.err


def test_a_missing_argument_names_the_help_of_its_command(dmr: Dmr) -> None:
    said = dmr("plan", *DAYS)
    assert said.code == 2
    assert "Missing argument 'METRIC[,METRIC…]'" in said.err
    assert said.err.endswith("Next: dmr plan --help\n")
    assert dmr("plan", "views", "--form", "x").code == 2


def test_a_missing_choice_names_the_choices_in_one_line(dmr: Dmr) -> None:
    said = dmr("completion")
    assert said.code == 2
    assert "Choose from: bash, zsh, fish" in said.err
    assert "\\n" not in said.err


def test_what_an_error_of_the_output_notes_is_told_after_it(dmr: Dmr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dailymotion_reports.cli.streams.give_up_stdout", lambda: None)
    error = Unwritten(28, "No space left on device")
    error.add_note("The report itself is kept in /x.")
    said = dmr.raising(error)
    assert said.code == 7
    assert said.err.splitlines() == [
        "Error: The output cannot be written: No space left on device.",
        "The report itself is kept in /x.",
    ]


def test_an_error_of_another_file_is_not_told_as_one_of_the_output(dmr: Dmr) -> None:
    said = dmr.raising(OSError(28, "No space left on device"))
    assert said.code == 1
    assert "The output cannot be written" not in said.err


def test_a_usage_error_is_one_json_object_where_json_is_asked_for(dmr: Dmr) -> None:
    said = dmr("plan", "--json", *DAYS)
    assert said.code == 2
    assert said.error["code"] == "usage"
    assert said.error["next"] == "dmr plan --help"


def test_C6_unknown_names_are_told_with_what_was_probably_meant(dmr: Dmr) -> None:
    said = dmr("plan", "veiws", "--by", "dya", *DAYS)
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        "Error: There is no metric VEIWS. Did you mean VIEWS?",
        "Error: There is no dimension DYA. Did you mean DAY?",
        "2 things to mend; nothing was sent. A name newer than this catalogue can be sent as it is with --unverified.",
        "Next: dmr plan --help",
    ]


def test_C6_the_json_of_several_problems_has_a_line_for_each(dmr: Dmr) -> None:
    said = dmr("plan", "veiws", "--by", "dya", *DAYS, "--json")
    assert said.code == 2
    assert said.error == {
        "code": "usage.invalid_query",
        "message": "There is no metric VEIWS. Did you mean VIEWS?\nThere is no dimension DYA. Did you mean DAY?",
        "hint": "2 things to mend; nothing was sent. "
        "A name newer than this catalogue can be sent as it is with --unverified.",
        "next": "dmr plan --help",
        "retry": "never",
    }


@pytest.mark.row("F1")
def test_F1_missing_credentials_exit_with_3_and_name_all_that_is_missing(dmr: Dmr) -> None:
    said = dmr("report", "views", *DAYS)
    assert (said.code, said.out) == (3, "")
    assert "The profile private needs DMR_API_KEY, DMR_API_SECRET." in said.err
    assert said.err.endswith("Next: dmr auth login --profile private\n")
    said = dmr("report", "views", *DAYS, "--profile", "sandbox", "--json")
    assert (said.code, said.error["next"]) == (3, "dmr sandbox serve")


@pytest.mark.parametrize(
    ("error", "code", "retry"),
    [
        (TimedOut(), 8, "later"),
        (NotAllowed("No."), 4, "never"),
        (ReportOverdue(), 6, "resume"),
        (UnreadableRow("Line 3."), 7, "never"),
        (DestinationRefused("No.", hint="Use another."), 7, "never"),
        (InvalidQuery("a", "b"), 2, "never"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_ours_says_what_happened_why_and_what_next(
    error: DmrError, code: int, retry: str, dmr: Dmr
) -> None:
    said = dmr.raising(error)
    assert (said.code, said.out) == (code, "")
    assert f"Error: {error.message.splitlines()[0]}" in said.err
    assert error.hint in said.err
    assert "\nNext: dmr " in said.err
    assert "Traceback" not in said.err
    told = dmr.raising(error, "--json")
    assert told.code == code
    assert told.error["code"] == error.code
    assert (told.error["message"], told.error["hint"], told.error["retry"]) == (error.message, error.hint, retry)


def test_what_may_be_repeated_names_the_same_command_and_what_may_not_a_log(dmr: Dmr) -> None:
    assert dmr.raising(TimedOut(), "a b", "--json").error["next"] == "dmr plan 'a b' --json"
    assert dmr.raising(NotAllowed("No."), "x", "--json").error["next"] == "dmr plan x --json --debug"


def test_debug_shows_a_traceback_without_secrets(dmr: Dmr) -> None:
    said = dmr.raising(NotAllowed("refused https://h/f?Signature=canary"), "--debug")
    assert said.code == 4
    assert "Traceback (most recent call last)" in said.err
    assert "NotAllowed" in said.err
    assert "canary" not in said.err.partition("Error:")[0]


def test_something_unexpected_is_told_as_a_fault_of_ours(dmr: Dmr) -> None:
    said = dmr.raising(ZeroDivisionError("canary"))
    assert said.code == 1
    assert "Something unexpected happened (ZeroDivisionError)" in said.err
    assert "--debug" in said.err
    assert "canary" not in said.err
    assert "Traceback" not in said.err
    assert dmr.raising(ZeroDivisionError(), "--json").error["code"] == "unexpected"


@pytest.mark.parametrize("arguments", [["--debug"], ["--debug", "--json"]])
@pytest.mark.row("TM7")
def test_TM7_something_unexpected_with_debug_tells_no_secret_and_keeps_its_exit_code(
    arguments: list[str], dmr: Dmr
) -> None:
    said = dmr.raising(RuntimeError("GET https://h/f?Signature=canary"), *arguments)
    assert said.code == 1
    assert "RuntimeError" in said.err
    assert "canary" not in said.err + said.out


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt(), 130), (click.Abort(), 130), (Terminated(), 143)])
def test_an_interrupt_says_what_becomes_of_the_report(stop: BaseException, code: int, dmr: Dmr) -> None:
    said = dmr.raising(stop)
    assert (said.code, said.out) == (code, "")
    assert said.err.lstrip().startswith("Error: Interrupted."), "click ends the line that ^C stands in"
    told = dmr.raising(stop, "--json")
    assert (told.code, json.loads(told.out)["error"]["code"]) == (code, "interrupted")
    assert told.err.strip() == ""


def test_an_exit_of_a_command_is_kept(dmr: Dmr) -> None:
    assert dmr.raising(click.exceptions.Exit(7)).code == 7


@pytest.mark.parametrize("sign", ["\x1b]0;owned\x07", "\r", "\n", "\u202e", "\x9b31m", "\u2028"])
@pytest.mark.row("TM20")
def test_TM20_control_characters_in_errors_reach_no_terminal(sign: str, dmr: Dmr) -> None:
    said = dmr.raising(DestinationRefused(f"No{sign}.", hint=f"Why{sign}?"))
    assert sign == "\n" or sign not in said.err
    assert said.err.count("\n") == 3
    assert said.err.splitlines()[0].startswith("Error: No\\")
    assert said.err.splitlines()[1].startswith("Why\\")


@pytest.mark.row("TM20")
def test_TM20_control_characters_in_the_next_command_reach_no_terminal(dmr: Dmr) -> None:
    said = dmr.raising(TimedOut(), "--channel", "\x1b]0;owned\x07\u202e")
    assert "\x1b" not in said.err
    assert "\u202e" not in said.err


@pytest.mark.row("TM20")
def test_TM20_nothing_in_an_error_is_read_as_markup(dmr: Dmr) -> None:
    said = dmr.raising(DestinationRefused("[red]x[/red] [/] [link=file:///etc]y", hint="[bold]z"))
    assert said.err.startswith("Error: [red]x[/red] [/] [link=file:///etc]y\n[bold]z\n")


def test_a_message_is_never_broken_at_the_width_of_a_terminal(dmr: Dmr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert dmr.raising(DestinationRefused("word " * 40 + "end")).err.splitlines()[0] == "Error: " + "word " * 40 + "end"


HEAVY = ["duckdb", "graphql", "starlette", "rich", "httpx2", "uvicorn", "polars", "pyarrow", "pandas"]


def test_the_help_loads_neither_tables_nor_network_nor_colours() -> None:
    code = f"""
import sys
from dailymotion_reports.cli.main import main
try:
    main(["--help"])
except SystemExit as stop:
    assert stop.code == 0
print("LOADED", [name for name in {HEAVY} if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.startswith("Usage: dmr")
    assert result.stdout.endswith("LOADED []\n")


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "dailymotion_reports", "plan", "views", "--by", "day", *DAYS, "--json"]
    try:
        result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (0, b"")
