"""Query files: what they say becomes a question, and every mistake is told with its line."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import asked
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.question_file import KEYS, read_question, written
from dailymotion_reports.query.report import ReportQuery

JULY = """\
about = "Views of one channel"
metrics = ["views", "time-watched-seconds"]
by = "day,video-title"
channel = "{channel}"
period = "2023-{month}"
product = "all"
unverified = true

[filters]
mediaType = "VIDEO"
visitorDomainGroup = "{{literally}} {channel}"

[parameters]
channel = "my-channel"
month = "07"
"""


def told(text: str, *given: str) -> list[str]:
    question = read_question(text, "july.toml", given)
    assert question.partial is bool(question.mistakes)
    return [problem.text for problem in question.mistakes]


def test_a_file_says_everything_that_a_question_has() -> None:
    assert read_question(JULY, "july.toml") == Question(
        metrics=["views", "time-watched-seconds"],
        dimensions="day,video-title",
        period="2023-07",
        filters=(("mediaType", "VIDEO"), ("visitorDomainGroup", "{literally} my-channel")),
        channels=("my-channel",),
        product="all",
        unverified=True,
    )


def test_what_is_given_goes_before_the_default() -> None:
    question = read_question(JULY, "july.toml", ("month=08", "channel=a=b {month}"))
    assert (question.period, question.channels) == ("2023-08", ("a=b {month}",)), "what is given is taken as it is"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("from = 2023-07-01\nto = 2023-07-04", date(2023, 7, 1), date(2023, 7, 4)),
        ('from = "2023-07"\nto = "yesterday"', "2023-07", "yesterday"),
    ],
)
def test_days_are_dates_or_texts(text: str, start: Any, end: Any) -> None:
    question = read_question(text, "july.toml")
    assert (question.start, question.end, question.mistakes) == (start, end, ())


@pytest.mark.row("F1")
def test_F1_every_mistake_is_told_with_its_line_and_the_nearest_name() -> None:
    text = """\
metric = ["views"]
by = ["day", 3]
dimensions = []
channel = "{chanel}"
period = 3
unverified = "yes"
from = 2023-07-01T10:00:00
product = 3

[filters]
mediaType = 3
country = "{nothing}"
visitorDomainGroup = "{empty}"

[parameters]
channel = "a"
empty = ""
days = 2
"""
    assert told(text, "chanel=1", "x", "channel=b", "channel=c") == [
        "july.toml:1: There is no key metric. Did you mean metrics?",
        "july.toml:2: by must be a text or a list of texts.",
        "july.toml:3: by and dimensions are the same: give one of them.",
        "july.toml:4: There is no parameter 'chanel'. Did you mean channel?",
        'july.toml:5: period must be a day, or a text such as "last-28-days".',
        "july.toml:6: unverified must be true or false.",
        'july.toml:7: from must be a day, or a text such as "last-28-days".',
        "july.toml:8: product must be a text or a list of texts.",
        "july.toml:11: filters.mediaType must be a text, in quotes.",
        "july.toml:12: There is no parameter 'nothing'.",
        "july.toml:13: The parameter empty has no value.",
        "july.toml:18: parameters.days must be a text, in quotes.",
        "july.toml has no parameter 'chanel'. Did you mean channel?",
        "The parameter 'x' is not NAME=VALUE.",
        "The parameter channel is given twice; it has one value.",
    ]


@pytest.mark.row("F1")
def test_F1_what_cannot_be_filled_is_not_missed_or_refused_again() -> None:
    question = read_question('metrics = ["{x}"]\nperiod = "{y}"\nchannel = "{z}"', "july.toml")
    assert (question.metrics, question.period, question.channels, question.partial) == ((), None, (), True)
    assert len(question.mistakes) == 3


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.row("F1")
def test_F1_a_key_that_holds_a_number_is_a_mistake(key: str) -> None:
    assert told(f'about = ""\n{key} = 3' if key != "about" else "\nabout = 3") == [
        f"july.toml:2: {key} must be {KEYS[key]}."
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('metrics = ["views"]\nperiod = 2023-07', 2),
        ("metrics = views", 1),
        ("metrics = [\n'a',", 2),
        ('a = "1"\na = "2"', 2),
        ("<html>", 1),
    ],
)
@pytest.mark.row("F1")
def test_F1_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    (problem,) = told(text)
    assert problem.startswith(f"july.toml:{line}: This is not TOML: ")


@pytest.mark.row("F1")
def test_F1_a_key_in_an_inline_table_is_told_with_the_line_of_the_table() -> None:
    assert told("\nfilters = { mediaType = 3 }") == ["july.toml:2: filters.mediaType must be a text, in quotes."]
    assert told("\nfilters.mediaType = 3") == ["july.toml:2: filters.mediaType must be a text, in quotes."]
    assert told('\n["filters"]\n"mediaType" = 3') == ["july.toml:3: filters.mediaType must be a text, in quotes."]


def test_an_empty_file_asks_nothing_and_is_no_mistake() -> None:
    assert read_question("", "july.toml") == Question()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    st.lists(st.sampled_from(["VIEWS", "UPLOADS", "NEW_ONE"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["DAY", "VIDEO_ID"]), unique=True),
    st.dictionaries(st.sampled_from(["videoOwnerChannelSlug", "media type", "newOne"]), TEXTS),
    st.sampled_from([None, "ALL"]),
    st.booleans(),
    st.sampled_from([None, "VIEWS", "NEW_ONE"]),
    st.sampled_from([{"period": "last-28-days"}, {"period": "2023-07"}, {"start": "2023-07-01", "end": "2023-07-04"}]),
)
def test_what_is_written_asks_the_same_again(
    metrics: list[str],
    dimensions: list[str],
    filters: dict[str, str],
    product: str | None,
    unverified: bool,
    allocate_by: str | None,
    days: dict[str, Any],
) -> None:
    today = date(2024, 3, 1)
    more: dict[str, Any] = {"filters": filters, "product": product, "unverified": unverified, "today": today}
    more |= {"allocate_by": allocate_by}
    query = ReportQuery.of(metrics, dimensions, **more, **days)
    again = read_question(written(query), "again.toml")
    assert again.mistakes == ()
    more["filters"] = dict(again.filters) | dict(zip(["videoOwnerChannelSlug"], again.channels, strict=False))
    more |= {"product": again.product, "unverified": again.unverified, "allocate_by": again.allocate_by}
    read = ReportQuery.of(
        again.metrics, again.dimensions, period=again.period, start=again.start, end=again.end, **more
    )
    assert (read, read.period) == (query, query.period)


@given(st.text(max_size=200))
def test_any_text_is_a_question_or_a_mistake(text: str) -> None:
    assert isinstance(read_question(text, "x.toml"), Question)


def test_a_file_of_the_catalogues_names_becomes_a_plan() -> None:
    plan = asked(read_question(JULY, "july.toml"), load_catalog(), date(2024, 3, 1))
    assert plan.requests[0].metrics == ("VIEWS", "TIME_WATCHED_SECONDS")
    assert dict(plan.requests[0].filters) == {
        "mediaType": "VIDEO",
        "videoOwnerChannelSlug": "my-channel",
        "visitorDomainGroup": "{literally} my-channel",
    }


@pytest.mark.parametrize(("value", "brace"), [("{a", "{"), ("a}", "}"), ("{{a}", "}"), ("{a}}", "}"), ("{{}", "}")])
@pytest.mark.row("F1")
def test_F1_a_lone_brace_is_a_mistake(value: str, brace: str) -> None:
    text = f'metrics = "views"\nchannel = "{value}"\n[parameters]\na = "x"\n'
    (mistake,) = read_question(text, "july.toml").mistakes
    assert mistake.text == f"july.toml:2: channel holds a lone {brace}."
    assert f"{brace}{brace}" in mistake.hint


@pytest.mark.parametrize(("value", "read"), [("{{a}}{{", "{a}{"), ("{{{a}", "{x"), ("{a}{{{a}}}", "x{x}")])
def test_a_doubled_brace_is_a_brace_beside_parameters_too(value: str, read: str) -> None:
    assert read_question(f'channel = "{value}"\n[parameters]\na = "x"\n', "july.toml").channels == (read,)


@pytest.mark.parametrize("line", ['by = ""', 'by = ["day", ""]', 'period = ""', 'channel = ""', 'product = ""'])
@pytest.mark.row("F1")
def test_F1_an_empty_text_is_no_value(line: str) -> None:
    key = line.partition(" ")[0]
    assert told(f'metrics = "views"\n{line}')[0] == f"july.toml:2: {key} holds an empty text, which is no value."
    assert read_question("by = []", "july.toml").mistakes == ()


@pytest.mark.parametrize("values", [5, [5], "x", [("a", "b")]])
def test_F1_parameters_that_are_none_are_mistakes_and_never_a_crash(values: Any) -> None:
    (mistake,) = read_question('metrics = "views"', "july.toml", values).mistakes
    assert mistake.text.endswith("is not NAME=VALUE.")


@pytest.mark.parametrize("text", [5, None, b"metrics = 'views'"])
def test_what_is_no_text_is_refused_in_words(text: Any) -> None:
    with pytest.raises(InvalidQuery, match="is no text of a query file"):
        read_question(text, "july.toml")
