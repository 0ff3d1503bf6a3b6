"""Options that several commands share.

The same flag means the same everywhere, because it is the same object.  What is given twice, or as an empty text
(an unset variable of a script), is refused rather than guessed at.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from dailymotion_reports.errors import InvalidQuery, UsageError
from dailymotion_reports.query.report import ReportQuery

F = TypeVar("F", bound=Callable[..., Any])

CHANNEL_FILTER = "videoOwnerChannelSlug"


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


def question(command: F) -> F:
    """What is asked: metrics, dimensions, filters, product, days."""
    for option in reversed(_QUESTION):
        command = option(command)
    return command


_QUESTION = (
    click.argument("metrics", metavar="METRIC[,METRIC…]"),
    many("--by", "dimensions", metavar="NAME[,NAME…]", help="Dimensions to group by, at most 8."),
    once("--from", "start", required=True, metavar="DAY", help="First day, YYYY-MM-DD, UTC."),
    once("--to", "end", required=True, metavar="DAY", help="Last day, included; at most 180 days."),
    many("--channel", "channels", metavar="SLUG", help="Only videos owned by this channel; one channel a report."),
    many("--filter", "filters", metavar="NAME=VALUE", help="Narrow further; repeatable, one value a filter."),
    once("--product", metavar="NAME", help="CONTENT (the default), EMBED, CLAIM or ALL."),
)

profile = once("--profile", metavar="NAME", help="public, private, v2 or sandbox.")
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, for errors too.")
debug = click.option("--debug", is_flag=True, help="Log to stderr; safe to paste.")


def query_of(asked: dict[str, Any]) -> ReportQuery:
    """The query in a command's options.  Raises InvalidQuery or a usage error."""
    return ReportQuery.of(
        asked["metrics"],
        ",".join(asked["dimensions"]),
        start=asked["start"],
        end=asked["end"],
        filters=_filters(asked["filters"], asked["channels"]),
        product=asked["product"],
    )


def _filters(pairs: tuple[str, ...], channels: tuple[str, ...]) -> dict[str, str]:
    different = dict.fromkeys(channels)
    if len(different) > 1:
        raise InvalidQuery(
            f"{len(different)} channels need {len(different)} reports, since a filter takes one value.",
            hint="Ask for one channel at a time, or leave --channel out and add --by VIDEO_OWNER_CHANNEL_SLUG.",
        )
    filters = {CHANNEL_FILTER: channels[0]} if channels else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--filter {pair!r} is not NAME=VALUE.", hint="For example: --filter mediaType=VIDEO")
        if name in filters:
            raise InvalidQuery(f"The filter {name} is given twice; it takes one value.")
        filters[name] = value
    return filters
