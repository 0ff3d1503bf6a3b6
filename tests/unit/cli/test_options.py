"""Options that commands share: what people type becomes a query."""

from typing import Any

import click
import pytest

from dailymotion_reports.cli import options
from dailymotion_reports.errors import InvalidQuery, UsageError
from dailymotion_reports.query.report import ReportQuery


def query(*arguments: str) -> ReportQuery:
    """The query that these arguments mean, by way of click."""
    made: list[ReportQuery] = []

    @click.command()
    @options.question
    def command(**asked: Any) -> None:
        made.append(options.query_of(asked))

    command.main(["views", "--from", "2023-07-01", "--to", "2023-07-04", *arguments], standalone_mode=False)
    return made[0]


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
    from dailymotion_reports.query.catalog import load_catalog
    from dailymotion_reports.query.plan import plan

    with pytest.raises(InvalidQuery):
        plan(query("--channel", "a", "--filter", f"{name}=b"), load_catalog())


def test_several_channels_need_several_reports() -> None:
    with pytest.raises(InvalidQuery) as caught:
        query("--channel", "a", "--channel", "b")
    assert caught.value.problems == ("2 channels need 2 reports, since a filter takes one value.",)
    assert "VIDEO_OWNER_CHANNEL_SLUG" in caught.value.hint


def test_the_same_channel_twice_is_one_channel() -> None:
    assert dict(query("--channel", "a", "--channel", "a").filters) == {"videoOwnerChannelSlug": "a"}


def test_the_channels_that_are_counted_are_the_different_ones() -> None:
    with pytest.raises(InvalidQuery, match="2 channels need 2 reports"):
        query("--channel", "a", "--channel", "a", "--channel", "b")


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


@pytest.mark.parametrize("option", ["--from", "--to", "--product"])
def test_what_is_given_twice_is_refused_rather_than_the_last_taken(option: str) -> None:
    with pytest.raises(click.BadParameter, match=r"[23] times"):
        query(option, "2023-07-01", option, "2023-07-02")


def test_dimensions_add_up() -> None:
    assert query("--by", "day,video-id", "--by", "action").dimensions == ("DAY", "VIDEO_ID", "ACTION")


@pytest.mark.parametrize("option", ["--by", "--channel", "--filter", "--product"])
def test_an_empty_text_is_no_value(option: str) -> None:
    with pytest.raises(click.BadParameter, match="empty"):
        query(option, "")
