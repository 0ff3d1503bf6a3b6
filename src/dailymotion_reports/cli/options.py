"""Options that several commands share.

The same flag means the same everywhere, because it is the same object.  What is given twice, or as an empty text
(an unset variable of a script), is refused rather than guessed at.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dailymotion_reports.cli import completion

if TYPE_CHECKING:
    from dailymotion_reports.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def _not_empty(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(values):
        raise click.BadParameter("an empty text is no value.", ctx, param)
    return values


def _only_one(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> str | None:
    if len(values) > 1:
        raise click.BadParameter(f"it is given {len(values)} times; it takes one value.", ctx, param)
    return next(iter(_not_empty(ctx, param, values)), None)


def once(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option that takes one value, once; None where it is not given."""
    return click.option(*names, multiple=True, callback=_only_one, **settings)


def many(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option that may be repeated; a tuple of values."""
    return click.option(*names, multiple=True, callback=_not_empty, **settings)


profile = once(
    "--profile",
    metavar="NAME",
    help="An account of yours, or public, private, v2 or sandbox.",
    shell_complete=completion.profiles,
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, for errors too.")
debug = click.option("--debug", is_flag=True, help="Log to stderr; safe to paste.")


def log_if(debug: bool, settings: "Settings | None" = None) -> None:
    """Log everything to stderr where ``--debug`` asks for it, without secrets, those of ``settings`` among them."""
    if debug:
        from dailymotion_reports.cli.logs import log_to_stderr

        log_to_stderr(settings)
