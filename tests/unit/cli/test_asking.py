"""Options that commands share: what people type becomes a query."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from dailymotion_reports.cli import asking
from dailymotion_reports.errors import InvalidQuery, UsageError
from dailymotion_reports.query.report import ReportQuery

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")


def query(*arguments: str) -> ReportQuery:
    """The query that views of four days and these arguments mean, by way of click."""
    return bare("views", *DAYS, *arguments)


def bare(*arguments: str) -> ReportQuery:
    """The query that these arguments alone mean."""
    made: list[ReportQuery] = []

    @click.command()
    @asking.question
    def command(**asked: Any) -> None:
        made.append(asking.plan_of(asked).query)

    command.main(list(arguments), standalone_mode=False)
    return made[0]


def problems(*arguments: str) -> tuple[str, ...]:
    with pytest.raises(InvalidQuery) as caught:
        bare(*arguments)
    return caught.value.problems


def test_everything_that_is_asked_arrives() -> None:
    asked = query(
        "--by", "day,video-title", "--channel", "My-Channel", "--filter", "mediaType=VIDEO", "--product", "all"
    )  # fmt: skip
    assert asked == ReportQuery.of(
        "VIEWS",
        ["DAY", "VIDEO_TITLE"],
        start="2023-07-01",
        end="2023-07-04",
        filters={"videoOwnerChannelSlug": "My-Channel", "mediaType": "VIDEO"},
        product="ALL",
    )


def test_what_is_not_asked_is_left_open() -> None:
    asked = query()
    assert (asked.dimensions, dict(asked.filters), asked.product) == ((), {}, None)


def test_the_value_of_a_filter_may_hold_anything() -> None:
    assert dict(query("--filter", "channelSlug=a=b,c d ").filters) == {"channelSlug": "a=b,c d "}


@pytest.mark.parametrize("pair", ["mediaType", "=VIDEO"])
def test_a_filter_without_name_or_sign_is_refused_with_an_example(pair: str) -> None:
    with pytest.raises(UsageError) as caught:
        query("--filter", pair)
    assert repr(pair) in caught.value.message
    assert "mediaType=VIDEO" in caught.value.hint


def test_a_filter_given_twice_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="mediaType is given twice"):
        query("--filter", "mediaType=VIDEO", "--filter", "mediaType=LIVE")
    with pytest.raises(InvalidQuery, match="videoOwnerChannelSlug is given twice"):
        query("--channel", "a", "--filter", "videoOwnerChannelSlug=b")


@pytest.mark.parametrize("name", ["video-owner-channel-slug", "VIDEO_OWNER_CHANNEL_SLUG", "videoownerchannelslug"])
def test_C6_a_channel_and_the_same_filter_in_another_spelling_are_refused(name: str) -> None:
    with pytest.raises(InvalidQuery, match="videoOwnerChannelSlug is given twice"):
        query("--channel", "a", "--filter", f"{name}=b")


def test_several_channels_are_channels_of_one_question() -> None:
    asked = query("--channel", "a", "--channel", "b")
    assert (asked.channels, dict(asked.filters)) == (("a", "b"), {})


def test_several_products_are_products_of_one_question() -> None:
    assert query("--product", "content", "--product", "embed").products == ("CONTENT", "EMBED")


def test_a_time_zone_an_assumed_formula_and_figures_side_by_side_are_part_of_the_question() -> None:
    asked = query("--timezone", "Europe/Rome", "--assume-formula", "ecpm-eur", "--side-by-side")
    assert (asked.timezone, asked.assumed, asked.beside) == ("Europe/Rome", ("ECPM_EUR",), True)
    assert query("--allocate-by", "time-watched-seconds").allocate_by == "TIME_WATCHED_SECONDS"


def test_C6_figures_are_shared_out_by_one_metric_that_is_given_once() -> None:
    assert problems("views", "--period", "2023-07", "--allocate-by", "views", "--allocate-by", "uploads") == (
        "Invalid value for '--allocate-by': it is given 2 times; it takes one value.",
    )
    assert problems("views", "--period", "2023-07", "--allocate-by", "views", "--side-by-side") == (
        "Figures that are known coarser stand side by side or are shared out, not both.",
    )


def test_the_same_channel_twice_is_one_channel() -> None:
    assert dict(query("--channel", "a", "--channel", "a").filters) == {"videoOwnerChannelSlug": "a"}


def test_no_option_takes_a_secret() -> None:
    from dailymotion_reports.cli.main import COMMANDS, Lazy, group

    assert isinstance(group, Lazy)
    context = click.Context(group)
    flags = {
        flag
        for name in COMMANDS
        for parameter in (group.get_command(context, name) or group).params
        for flag in parameter.opts
    }
    assert "--profile" in flags
    assert not [flag for flag in flags if any(word in flag for word in ("secret", "password", "token", "key"))]


def test_a_period_stands_for_both_days_and_either_day_may_be_a_word() -> None:
    assert str(bare("views", "--period", "2023-07").window) == "2023-07-01..2023-07-31"
    assert str(bare("views", "--from", "2023-07", "--to", "2023-Q3").window) == "2023-07-01..2023-09-30"
    today = datetime.now(UTC).date()
    assert bare("views", "--period", "yesterday").window.end in (today - timedelta(1), today)


def test_C6_every_mistake_of_the_options_is_told_at_once() -> None:
    assert problems(
        "veiws", "--by", "dya", "--from", "2023-02-30", "--filter", "x", "--channel", "a", "--channel", "b",
        "--product", "embeds", "--set", "a=b",
    ) == (
        "--set gives values to the parameters of a query file, and none was named.",
        "There is no metric VEIWS. Did you mean VIEWS?",
        "There is no dimension DYA. Did you mean DAY?",
        "The filter 'x' is not NAME=VALUE.",
        "There is no product EMBEDS. Did you mean EMBED?",
        "The first day '2023-02-30' is not a day. The calendar has no such day.",
        "The first day is given without a last day.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((), "No period was named."),
        (("--to", "today"), "The last day is given without a first day."),
        (("--period", "today", "--to", "today"), "A period and days of its own exclude each other."),
    ],
)
def test_C6_days_that_are_missing_or_said_twice_are_told(days: tuple[str, ...], told: str) -> None:
    assert problems("views", *days) == (told,)


def test_a_ready_made_question_is_narrowed_and_replaced_by_options() -> None:
    asked = bare("--ready", "daily-overview", "--channel", "a", "--period", "2023-07", "--by", "month")
    assert asked.metrics == ("VIEWS", "TIME_WATCHED_SECONDS", "AVERAGE_WATCH_TIME_SEC")
    assert (asked.dimensions, str(asked.window)) == (("MONTH",), "2023-07-01..2023-07-31")
    assert dict(asked.filters) == {"videoOwnerChannelSlug": "a"}


def test_C6_one_question_is_asked_at_a_time() -> None:
    assert problems("views", "--ready", "devices") == (
        "--ready devices and views exclude each other: ask one question.",
    )


def test_C6_an_unknown_ready_made_question_does_not_hide_other_mistakes() -> None:
    assert problems("--ready", "device", "--by", "dya") == (
        "There is no ready-made question device. Did you mean devices?",
        "There is no dimension DYA. Did you mean DAY?",
    )


def test_a_query_file_is_asked_and_options_go_before_it(tmp_path: Path) -> None:
    path = tmp_path / "july.toml"
    path.write_text('metrics = "views"\nby = "day"\nperiod = "2023-07"\nchannel = "{c}"\n[parameters]\nc = "a"\n')
    assert bare(f"@{path}", "--set", "c=b") == ReportQuery.of(
        "views", "day", period="2023-07", filters={"videoOwnerChannelSlug": "b"}
    )
    assert bare(f"@{path}", "--from", "2023-07-01", "--to", "2023-07-04", "--by", "month") == ReportQuery.of(
        "views", "month", start="2023-07-01", end="2023-07-04", filters={"videoOwnerChannelSlug": "a"}
    )


def test_C6_mistakes_of_a_file_and_of_options_are_told_together(tmp_path: Path) -> None:
    assert problems(f"@{tmp_path / 'none.toml'}", "--by", "dya") == (
        f"There is no query file {tmp_path / 'none.toml'}.",
        "There is no dimension DYA. Did you mean DAY?",
    )


def test_nothing_asked_names_what_can_be() -> None:
    with pytest.raises(click.UsageError, match=r"name metrics, a query file \(@july.toml\), or --ready NAME"):
        bare(*DAYS)


def test_what_is_not_known_is_a_query_where_that_is_wanted() -> None:
    asked = bare("new-one", "--by", "day", "--unverified", *DAYS)
    assert (asked.metrics, asked.unverified) == (("NEW_ONE",), True)


@pytest.mark.parametrize("option", ["--from", "--to", "--timezone", "--period", "--ready"])
def test_what_is_given_twice_is_refused_rather_than_the_last_taken(option: str) -> None:
    with pytest.raises(InvalidQuery, match=r"[23] times"):
        query(option, "2023-07-01", option, "2023-07-02")


def test_dimensions_add_up() -> None:
    assert query("--by", "day,video-id", "--by", "action").dimensions == ("DAY", "VIDEO_ID", "ACTION")


@pytest.mark.parametrize(
    "option", ["--by", "--channel", "--filter", "--product", "--period", "--from", "--ready", "--set"]
)
def test_an_empty_text_is_no_value(option: str) -> None:
    with pytest.raises(InvalidQuery, match=f"Invalid value for '{option}': an empty text"):
        bare("views", option, "")


def test_a_bad_value_of_an_option_hides_no_other_mistake() -> None:
    assert problems("view", "--by", "hours", "--period", "", "--channel", "") == (
        "Invalid value for '--period': an empty text is no value.",
        "Invalid value for '--channel': an empty text is no value.",
        "There is no metric VIEW. Did you mean VIEWS?",
        "There is no dimension HOURS. Did you mean HOUR?",
    )


def test_a_file_and_names_exclude_each_other_and_names_are_joined_with_commas(tmp_path: Path) -> None:
    file = tmp_path / "q.toml"
    file.write_text('metrics = "views"\nperiod = "2023-07"\n')
    for words in ((f"@{file}", "uploads"), ("uploads", f"@{file}")):
        assert problems(*words) == (f"@{file} and uploads exclude each other: the file names the metrics.",)
    with pytest.raises(InvalidQuery) as caught:
        bare("views", "time-watched-seconds", *DAYS)
    assert "Names are joined with commas: views,time-watched-seconds" in caught.value.hint


@pytest.mark.parametrize("others", [("--period", "2023-07"), ("--by", "day"), ("views",), ("--unverified",)])
def test_the_list_of_ready_questions_takes_nothing_that_it_would_ignore(others: tuple[str, ...]) -> None:
    (told,) = problems("--ready", "list", *others)
    assert told.startswith("--ready list only shows what there is")
