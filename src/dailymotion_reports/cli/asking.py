"""What is asked: the options of a question, and the plan for them, for every command that asks one."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from dailymotion_reports.cli import completion
from dailymotion_reports.cli.options import many, once
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.plan import asked as planned
from dailymotion_reports.query.question import Problem, Question
from dailymotion_reports.query.ready import LIST, ready_question

F = TypeVar("F", bound=Callable[..., Any])

METRICS = "METRIC[,METRIC…]"


def question(command: F) -> F:
    """What is asked: metrics, dimensions, filters, product, days; or a query file, or a ready-made question."""
    for option in reversed(_QUESTION):
        command = option(command)
    return command


_QUESTION = (
    click.argument("metrics", metavar=METRICS, required=False, shell_complete=completion.metrics),
    once(
        "--ready", metavar="NAME", help=f"A ready-made question; {LIST} shows them all.",
        shell_complete=completion.ready,
    ),
    many(
        "--by", "dimensions", metavar="NAME[,NAME…]", help="Dimensions to group by, at most 8.",
        shell_complete=completion.dimensions,
    ),
    once(
        "--period", metavar="PERIOD", help="2023-07, yesterday, last-28-days, last-month, A..B…; at most 180 days.",
        shell_complete=completion.periods,
    ),
    once("--from", "start", metavar="DAY", help="First day, YYYY-MM-DD, UTC.", shell_complete=completion.periods),
    once("--to", "end", metavar="DAY", help="Last day, included.", shell_complete=completion.periods),
    many("--channel", "channels", metavar="SLUG", help="Only videos owned by this channel; one channel a report."),
    many(
        "--filter", "filters", metavar="NAME=VALUE", help="Narrow further; repeatable, one value a filter.",
        shell_complete=completion.filters,
    ),
    once(
        "--product", metavar="NAME", help="CONTENT (the default), EMBED, CLAIM or ALL.",
        shell_complete=completion.products,
    ),
    many("--set", "parameters", metavar="NAME=VALUE", help="A parameter of the query file; repeatable."),
    click.option("--unverified", is_flag=True, help="Send what no public document confirms, and names not known yet."),
)  # fmt: skip


def plan_of(asked: Mapping[str, Any]) -> Plan:
    """The plan for a command's options.  Raises InvalidQuery with every mistake at once; reads the clock.

    ``--ready list`` prints the list and ends the command.
    """
    if (asked["ready"] or "").lower() == LIST:
        _list_ready()
    return planned(_question(asked), load_catalog(), datetime.now(UTC).date())


def _list_ready() -> None:
    from dailymotion_reports.cli.ready import print_ready

    context = click.get_current_context()
    print_ready(bool(context.params.get("as_json")))
    context.exit(0)


def _question(asked: Mapping[str, Any]) -> Question:
    """The question, where options go before what a file or a ready-made question says."""
    named, metrics = asked["ready"], asked["metrics"]
    if metrics is None and named is None:
        raise click.UsageError(
            f"Missing argument '{METRICS}': name metrics, a query file (@july.toml), or --ready NAME.",
            click.get_current_context(),
        )
    options = _options(asked)
    if named is not None:
        return ready_question(named, asked["parameters"]).overridden(options)
    if metrics.startswith("@"):
        from dailymotion_reports.cli.question_file import question_from

        return question_from(metrics, asked["parameters"]).overridden(options)
    return options


def _options(asked: Mapping[str, Any]) -> Question:
    """What the options themselves ask."""
    metrics, mistakes = asked["metrics"] or "", []
    if asked["ready"] is not None and metrics:
        mistakes.append(Problem(f"--ready {asked['ready']} and {metrics} exclude each other: ask one question."))
    if metrics.startswith("@") or asked["ready"] is not None:
        metrics = ""
    elif asked["parameters"]:
        mistakes.append(Problem("--set gives values to the parameters of a query file, and none was named."))
    return Question(
        metrics=metrics,
        dimensions=asked["dimensions"],
        start=asked["start"],
        end=asked["end"],
        period=asked["period"],
        filters=asked["filters"],
        channels=asked["channels"],
        product=asked["product"],
        unverified=asked["unverified"],
        mistakes=tuple(mistakes),
    )
