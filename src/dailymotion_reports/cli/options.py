"""Options that several commands share: the same flag means the same everywhere, because it is the same object."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from dailymotion_reports.errors import InvalidQuery, UsageError
from dailymotion_reports.query.report import ReportQuery

F = TypeVar("F", bound=Callable[..., Any])

CHANNEL_FILTER = "videoOwnerChannelSlug"


def question(command: F) -> F:
    """What is asked: metrics, dimensions, filters, product, days."""
    for option in reversed(_QUESTION):
        command = option(command)
    return command


_QUESTION = (
    click.argument("metrics", metavar="METRIC[,METRIC…]"),
    click.option("--by", "dimensions", default="", metavar="NAME[,NAME…]", help="Dimensions to group by, at most 8."),
    click.option("--from", "start", required=True, metavar="DAY", help="First day, YYYY-MM-DD, UTC."),
    click.option("--to", "end", required=True, metavar="DAY", help="Last day, included; at most 180 days."),
    click.option("--channel", "channels", multiple=True, metavar="SLUG", help="Videos owned by this channel."),
    click.option("--filter", "filters", multiple=True, metavar="NAME=VALUE", help="Narrow further; repeatable."),
    click.option("--product", metavar="NAME", help="CONTENT (the default), EMBED, CLAIM or ALL."),
)

profile = click.option("--profile", metavar="NAME", help="public, private, v2 or sandbox.")
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, for errors too.")
debug = click.option("--debug", is_flag=True, help="Log to stderr; safe to paste.")


def query_of(asked: dict[str, Any]) -> ReportQuery:
    """The query in a command's options.  Raises InvalidQuery or UsageError."""
    return ReportQuery.of(
        asked["metrics"],
        asked["dimensions"],
        start=asked["start"],
        end=asked["end"],
        filters=_filters(asked["filters"], asked["channels"]),
        product=asked["product"],
    )


def _filters(pairs: tuple[str, ...], channels: tuple[str, ...]) -> dict[str, str]:
    if len(set(channels)) > 1:
        raise InvalidQuery(
            f"{len(channels)} channels need {len(channels)} reports, since a filter takes one value.",
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
