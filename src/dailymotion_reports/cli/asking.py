"""What is asked: the options of a question, and the plan for them, for every command that asks one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import click

from dailymotion_reports.cli import completion
from dailymotion_reports.cli.options import many, mistakes, once
from dailymotion_reports.errors import DmrError, InvalidQuery, UsageError
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


def sharing(command: F) -> F:
    """How the question is answered: whether an answer that is there will do, and who goes first."""
    for option in reversed(_SHARING):
        command = option(command)
    return command


def lane(backfill: bool) -> Literal["daily", "backfill"]:
    """Who goes first."""
    return "backfill" if backfill else "daily"


_SHARING = (
    click.option("--fresh", is_flag=True, help="Ask anew, even where the same was asked in the last ten minutes."),
    click.option("--backfill", is_flag=True, help="Let everything else go first."),
)


def _once(*names: str, **settings: Any) -> Callable[[F], F]:
    return once(*names, gathered=True, **settings)


def _many(*names: str, **settings: Any) -> Callable[[F], F]:
    return many(*names, gathered=True, **settings)


_QUESTION = (
    click.argument("metrics", metavar=METRICS, nargs=-1, shell_complete=completion.metrics),
    _once(
        "--ready", metavar="NAME", help=f"A ready-made question; {LIST} shows them all.",
        shell_complete=completion.ready,
    ),
    _many(
        "--by", "dimensions", metavar="NAME[,NAME…]", help="Dimensions to group by, at most 8.",
        shell_complete=completion.dimensions,
    ),
    _once(
        "--period", metavar="PERIOD", help="2023-07, yesterday, last-28-days, last-month, A..B…",
        shell_complete=completion.periods,
    ),
    _once("--from", "start", metavar="DAY", help="First day, YYYY-MM-DD, UTC.", shell_complete=completion.periods),
    _once("--to", "end", metavar="DAY", help="Last day, included.", shell_complete=completion.periods),
    _many("--channel", "channels", metavar="SLUG", help="Only videos of this channel; repeatable, a report each."),
    _many(
        "--filter", "filters", metavar="NAME=VALUE", help="Narrow further; repeatable, one value a filter.",
        shell_complete=completion.filters,
    ),
    _many(
        "--product", metavar="NAME", help="CONTENT (the default), EMBED, CLAIM or ALL; repeatable, as a column.",
        shell_complete=completion.products,
    ),
    _once("--timezone", metavar="ZONE", help="Whose days are meant, such as Europe/Rome; they are made of UTC hours."),
    _many(
        "--assume-formula", "assume", metavar="METRIC", help="Recompute by a formula that no document gives; marked.",
        shell_complete=completion.metrics,
    ),
    click.option("--newest-first", "newest_first", is_flag=True, help="Ask for the newest days first."),
    click.option("--side-by-side", "beside", is_flag=True, help="Put figures that are known coarser below the others."),
    _once(
        "--allocate-by", "allocate_by", metavar="METRIC",
        help="Share out figures that are known coarser by this metric: an estimate, marked.",
        shell_complete=completion.metrics,
    ),
    _many("--set", "parameters", metavar="NAME=VALUE", help="A parameter of the query file; repeatable."),
    click.option("--unverified", is_flag=True, help="Send what no public document confirms, and names not known yet."),
)  # fmt: skip


def plan_of(asked: Mapping[str, Any], beside: Sequence[DmrError] = ()) -> Plan:
    """The plan for a command's options.  Raises InvalidQuery with every mistake at once; reads the clock.

    ``beside`` are errors of whatever else the command was told: usage errors among them are told with the rest, and
    a lone one is raised as it is.  ``--ready list`` prints the list and ends the command.
    """
    if (asked["ready"] or "").lower() == LIST:
        _list_ready()
    made = _made(_with(_question(asked), beside), beside, asked["newest_first"])
    for error in beside:
        raise error
    return made


def _made(question: Question, beside: Sequence[DmrError], newest_first: bool) -> Plan:
    try:
        return planned(question, load_catalog(), datetime.now(UTC).date(), newest_first=newest_first)
    except InvalidQuery as error:
        alone = next((one for one in beside if error.problems == (one.message,)), None)
        raise alone or error from None


def _with(question: Question, beside: Iterable[DmrError]) -> Question:
    """``question``, with the mistakes of what stands beside it, and of options whose values are none."""
    wrong = [Problem(text) for text in mistakes()]
    lost = question.partial or bool(wrong)
    wrong += [Problem(error.message, error.hint) for error in beside if isinstance(error, UsageError)]
    return replace(question, mistakes=(*wrong, *question.mistakes), partial=lost)


def _list_ready() -> None:
    """Print the list and end the command.  Raises UsageError for options that say what to do with an answer."""
    from dailymotion_reports.cli.ready import print_ready

    context = click.get_current_context()
    named = {param.name: param.opts[0] for param in context.command.params}
    kept = ("ready", "as_json", "debug", "profile")
    others = [named[name] for name, value in context.params.items() if value and name not in kept]
    wrong = [*mistakes(), *(f"--ready {LIST} only shows what there is: {one} is for one question." for one in others)]
    if wrong:
        raise InvalidQuery(*wrong)
    print_ready(bool(context.params.get("as_json")))
    context.exit(0)


def _question(asked: Mapping[str, Any]) -> Question:
    """The question, where options go before what a file or a ready-made question says."""
    named, metrics = asked["ready"], asked["metrics"]
    if not metrics and named is None and not mistakes():
        raise click.UsageError(
            f"Missing argument '{METRICS}': name metrics, a query file (@july.toml), or --ready NAME.",
            click.get_current_context(),
        )
    options = _options(asked)
    if named is not None:
        return ready_question(named, asked["parameters"]).overridden(options)
    if file := next((word for word in metrics if word.startswith("@")), None):
        from dailymotion_reports.cli.question_file import question_from

        return question_from(file, asked["parameters"]).overridden(options)
    return options


def _options(asked: Mapping[str, Any]) -> Question:
    """What the options themselves ask."""
    words, wrong = asked["metrics"], list(_words(asked["metrics"], asked["ready"]))
    from_file = asked["ready"] is not None or any(word.startswith("@") for word in words)
    if asked["parameters"] and not from_file:
        wrong.append(Problem("--set gives values to the parameters of a query file, and none was named."))
    return Question(
        metrics=() if from_file else words,
        dimensions=asked["dimensions"],
        start=asked["start"],
        end=asked["end"],
        period=asked["period"],
        filters=asked["filters"],
        channels=asked["channels"],
        product=asked["product"],
        unverified=asked["unverified"],
        timezone=asked["timezone"],
        assume=asked["assume"],
        beside=asked["beside"],
        allocate_by=asked["allocate_by"],
        mistakes=tuple(wrong),
    )


def _words(words: Sequence[str], ready: str | None) -> Iterator[Problem]:
    """What is wrong with words that name metrics, or a query file."""
    file = next((word for word in words if word.startswith("@")), None)
    if ready is not None and words:
        yield Problem(f"--ready {ready} and {' '.join(words)} exclude each other: ask one question.")
    elif file and len(words) > 1:
        others = " ".join(word for word in words if word is not file)
        yield Problem(f"{file} and {others} exclude each other: the file names the metrics.")
    elif len(words) > 1:
        joined = f"Names are joined with commas: {','.join(words)}"
        yield Problem(f"{' '.join(words)} are {len(words)} words where one is taken.", joined)
