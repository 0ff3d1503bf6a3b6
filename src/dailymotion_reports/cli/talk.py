"""What people are told beside data: errors, warnings, and what an interrupt means.  It loads nothing but rich."""

import logging
import shlex
import sys
import traceback
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from dailymotion_reports.cli.logs import ScrubbingFormatter
from dailymotion_reports.redaction import harmless, scrub


def out() -> Console:
    """Where data goes."""
    return Console(highlight=False, soft_wrap=False)


def err() -> Console:
    """Where talk goes."""
    return Console(stderr=True, highlight=False)


def print_error(problems: Sequence[str], hint: str, next_command: str) -> None:
    """What happened, why, and the next command, on stderr."""
    console = err()
    for problem in problems:
        console.print(Text.assemble(("Error: ", "bold red"), harmless(problem)), soft_wrap=not console.is_terminal)
    if hint:
        console.print(Text(harmless(hint)), soft_wrap=not console.is_terminal)
    if next_command:
        console.print(Text.assemble(("Next: ", "bold"), harmless(next_command)), soft_wrap=True)


def print_kept(ids: Sequence[str], profile: str) -> None:
    """What an interrupt means for reports that are being made, and how to go on with them."""
    console = err()
    text = "What was asked stays written down: the service goes on, and nothing has to be asked again."
    console.print(Text(text), soft_wrap=True)
    command = shlex.join(["dmr", "resume", *ids, "--profile", profile])
    console.print(Text.assemble(("Next: ", "bold"), harmless(command)), soft_wrap=True)


def print_talk(text: str) -> None:
    """What is about to happen, on stderr."""
    console = err()
    console.print(Text(harmless(text)), soft_wrap=not console.is_terminal)


def print_warnings(warnings: Iterable[str]) -> None:
    """What is doubtful, on stderr."""
    console = err()
    for warning in warnings:
        console.print(Text.assemble(("Note: ", "bold yellow"), harmless(warning)), soft_wrap=not console.is_terminal)


def print_traceback(error: BaseException) -> None:
    """The traceback on stderr, without the secrets in use where a log is kept, which knows them."""
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    clean = next((one.scrubbed for one in formatters if isinstance(one, ScrubbingFormatter)), scrub)
    sys.stderr.write(clean("".join(traceback.format_exception(error))))
