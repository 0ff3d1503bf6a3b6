"""Options that several commands share.

The same flag means the same everywhere, because it is the same object.  What is given twice, or as an empty text
(an unset variable of a script), is refused rather than guessed at.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dailymotion_reports.cli import completion

if TYPE_CHECKING:
    from dailymotion_reports.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


_MISTAKES = "dailymotion_reports.mistakes"


def mistakes() -> tuple[str, ...]:
    """What is wrong with the values of those options of this command that are ``gathered``."""
    return tuple(click.get_current_context().meta.get(_MISTAKES, ()))


def _wrong(ctx: click.Context, param: click.Parameter, text: str, gathered: bool) -> None:
    """Refuse a value at once, or note it, to be told with whatever else is wrong."""
    error = click.BadParameter(text, ctx, param)
    if not gathered:
        raise error
    ctx.meta.setdefault(_MISTAKES, []).append(error.format_message())


def _values(gathered: bool) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], tuple[str, ...]]:
    def checked(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
        if not all(values):
            _wrong(ctx, param, "an empty text is no value.", gathered)
        return tuple(value for value in values if value)

    return checked


def _value(gathered: bool) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], str | None]:
    def checked(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> str | None:
        if len(values) > 1:
            _wrong(ctx, param, f"it is given {len(values)} times; it takes one value.", gathered)
            return None
        return next(iter(_values(gathered)(ctx, param, values)), None)

    return checked


def once(*names: str, gathered: bool = False, **settings: Any) -> Callable[[F], F]:
    """An option that takes one value, once; None where it is not given.

    What is wrong with the value of a ``gathered`` one is found in `mistakes`, and the command has to tell it.
    """
    return click.option(*names, multiple=True, callback=_value(gathered), **settings)


def many(*names: str, gathered: bool = False, **settings: Any) -> Callable[[F], F]:
    """An option that may be repeated; a tuple of values.  ``gathered`` as for `once`."""
    return click.option(*names, multiple=True, callback=_values(gathered), **settings)


profile = once(
    "--profile",
    metavar="NAME",
    help="An account of yours, or public, private, v2 or sandbox.",
    shell_complete=completion.profiles,
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, for errors too.")
metrics_file = once("--metrics-file", metavar="FILE.prom", help="Write figures for Prometheus; as DMR_METRICS_FILE.")
report_files = many(
    "--report", metavar="FILE", help="Write what came of the run: JSON (FILE.json), else Markdown; may be repeated."
)
quiet = click.option("--quiet", is_flag=True, help="Say only what failed or is remarkable; nothing if all is well.")

_LOG = "dailymotion_reports.log_format"
_LOG_VARIABLES = ("DMR_LOG", "DMR_LOG_LEVEL", "DMR_LOG_FILE")


def _note_form(ctx: click.Context, param: click.Parameter, form: str | None) -> None:
    ctx.meta[_LOG] = form


def debug(command: F) -> F:
    """``--debug``, and ``--log-format`` beside it; a command hands the former to `log_if`."""
    form = click.option(
        "--log-format",
        type=click.Choice(("text", "json")),
        expose_value=False,
        callback=_note_form,
        help="Log to stderr; as DMR_LOG. See DMR_LOG_LEVEL, DMR_LOG_FILE.",
    )
    return click.option("--debug", is_flag=True, help="Log everything to stderr; safe to paste.")(form(command))


def log_if(debug: bool, settings: "Settings | None" = None) -> None:
    """Log where a flag or the environment asks for it, without secrets, those of ``settings`` among them."""
    form = click.get_current_context().meta.get(_LOG)
    if debug or form or any(os.environ.get(name) for name in _LOG_VARIABLES):
        from dailymotion_reports.cli.logs import begin_log

        begin_log(os.environ, settings, debug=debug, form=form)
