"""Write docs/reference/command.md from the command itself, or check that it is what would be written."""

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator

import click

from dailymotion_reports.cli import exits
from dailymotion_reports.cli.main import COMMANDS, group
from pages import REFERENCE, checking, kept, table, tidy

PAGE = REFERENCE / "command.md"

HEAD = """\
# Command

Written from `src/dailymotion_reports/cli`. `dmr COMMAND --help` says the same in a terminal.

Data goes to stdout, talk and progress to stderr. With `--json` a command answers with one object on stdout, for errors
too. No option takes a secret. Without a terminal nothing is ever asked back. Settings that no option names come from
the environment and from files: see [configuration](configuration.md).
"""


def page() -> Iterator[str]:
    """The parts of the page."""
    yield HEAD
    rows = ((f"[`dmr {name}`](#{anchor(f'dmr {name}')})", about) for name, (_, about) in sorted(COMMANDS.items()))
    yield from table(("command", "what it does"), rows)
    yield "\n## Exit codes\n"
    yield from table(("code", "meaning"), codes())
    first = ", ".join(map(str, exits.SEVERAL))
    yield f"\nOf several things that went wrong, the first of {first} speaks for all, else the lowest."
    yield "Which error has which is told by [errors](errors.md)."
    with click.Context(group, info_name="dmr") as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None, name
            yield from entry(command, f"dmr {name}", context)


def codes() -> Iterator[tuple[str, str]]:
    """Exit codes, and what each means."""
    for part in " ".join((exits.__doc__ or "").partition("\n\n")[2].split()).split(" · "):
        code, _, meaning = part.partition(" ")
        yield code, meaning


def entry(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    """What there is about one command, and about those below it."""
    with click.Context(command, info_name=name.split()[-1], parent=parent) as context:
        yield f"\n{'#' * (name.count(' ') + 1)} `{name}`\n"
        yield f"```\n{usage(command, context)}\n```\n"
        yield from described(command)
        if rows := [row for one in command.params if (row := parameter(one, context))]:
            heads = ("argument or option", "what it says", "default")
            columns = 3 if any(row[2] for row in rows) else 2
            yield from table(heads[:columns], (row[:columns] for row in rows))
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                yield from entry(command.commands[below], f"{name} {below}", context)


def usage(command: click.Command, context: click.Context) -> str:
    """How it is called."""
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def described(command: click.Command) -> Iterator[str]:
    """Its help: running text as such, and what is set off in it as it stands."""
    for part in inspect.cleandoc(command.help or command.short_help or "").split("\n\n"):
        if set_off := part.startswith(("\b", "  ")):
            part = part.removeprefix("\b").strip("\n")
        lead, _, example = part.partition("\n") if set_off and part.splitlines()[0].endswith(":") else ("", "", part)
        if not set_off:
            yield f"{' '.join(part.split())}\n"
            continue
        if lead:
            yield f"{lead}\n"
        yield f"```\n{textwrap.dedent(example)}\n```\n"


def parameter(one: click.Parameter, context: click.Context) -> tuple[str, str, str] | None:
    """A row of the table: how it is spelled, what it says, what holds where it is not given."""
    if isinstance(one, click.Option):
        if one.hidden:
            return None
        written, about = one.get_help_record(context) or ("", "")
        return f"`{written.replace(' / ', '` / `')}`", re.sub(r"\s*\[(default|required).*", "", about), default(one)
    needed = "" if one.required else "May be left out."
    return f"`{one.make_metavar(context)}`", needed, ""


def default(option: click.Option) -> str:
    """What an option stands at, where that is a value."""
    if option.required:
        return "needed"
    value = option.get_default(click.Context(click.Command("none")), call=False)
    plain = isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
    return f"`{value}`" if plain and not option.is_flag else ""


def anchor(heading: str) -> str:
    """What a link to a heading ends in."""
    return heading.replace(" ", "-")


def main() -> int:
    """Write or check; returns the exit code."""
    return kept({PAGE: tidy(page())}, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
