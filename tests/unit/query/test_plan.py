"""The plan: what would be asked, or everything that is wrong, before anything is sent."""

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.errors import InvalidQuery, UnverifiedQuery, UsageError
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.checks import NEWER
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import Plan, asked, plan, sendable
from dailymotion_reports.query.question import Problem, Question
from dailymotion_reports.query.report import ReportQuery, ReportRequest

CATALOG = load_catalog()
EIGHT = "day,video-id,video-title,media-type,player-id,playlist-id,visitor-country,visitor-device-type"


def planned(
    metrics: str = "views",
    dimensions: str = "day",
    *,
    start: str = "2023-07-01",
    end: str = "2023-07-04",
    filters: Mapping[str, str] | None = None,
    product: str | None = None,
) -> Plan:
    return plan(ReportQuery.of(metrics, dimensions, start=start, end=end, filters=filters, product=product), CATALOG)


def problems(metrics: str = "views", dimensions: str = "day", **more: str) -> tuple[str, ...]:
    with pytest.raises(InvalidQuery) as caught:
        planned(metrics, dimensions, **more)  # type: ignore[arg-type]
    return caught.value.problems


def filter_problems(filters: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(InvalidQuery) as caught:
        planned(filters=filters)
    return caught.value.problems


def test_a_question_that_fits_becomes_one_request_in_exact_spelling() -> None:
    made = planned("views,Time-Watched-Seconds", "day,video title", filters={"media-type": "video"})
    assert made.requests == (
        ReportRequest(
            ("VIEWS", "TIME_WATCHED_SECONDS"),
            ("DAY", "VIDEO_TITLE"),
            Window(date(2023, 7, 1), date(2023, 7, 4)),
            {"mediaType": "VIDEO"},
            "CONTENT",
            "the whole question fits one report",
        ),
    )
    assert made.warnings == ()
    assert made.query.metrics == ("VIEWS", "TIME_WATCHED_SECONDS")


def test_the_product_is_content_where_none_is_named() -> None:
    assert planned().requests[0].product == "CONTENT"
    assert planned(product="all").requests[0].product == "ALL"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"VIDEO_OWNER_CHANNEL_SLUG": "My-Channel"}, {"videoOwnerChannelSlug": "My-Channel"}),
        ({"channelslug": "a b"}, {"channelSlug": "a b"}),
        ({"monetization-type": "claim"}, {"monetizationType": "CLAIM"}),
        (
            {"visitorDomainGroup": "x", "MediaType": "Live"},
            {"visitorDomainGroup": "x", "mediaType": "LIVE"},
        ),
    ],
)
def test_filters_are_sent_in_exact_spelling_and_free_values_unchanged(
    given: dict[str, str], sent: dict[str, str]
) -> None:
    assert dict(planned(filters=given).requests[0].filters) == sent


def test_C6_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(InvalidQuery) as caught:
        planned(
            "veiws,views",
            f"dya,channel-slug,publisher-id,action,{EIGHT}",
            start="2023-01-01",
            end="2023-12-31",
            filters={"country": "FR", "mediaType": "radio", "channelSlug": ""},
            product="everything",
        )
    error = caught.value
    assert [problem.split(".")[0] for problem in error.problems] == [
        "There is no metric VEIWS",
        "There is no dimension DYA",
        "The filter channelSlug has no value",
        "There is no filter country",
        "The filter mediaType cannot be 'radio'; it takes LIVE or VIDEO",
        "There is no product EVERYTHING",
        "9 dimensions are too many; a report takes at most 8",
        "VIEWS does not go with CHANNEL_SLUG",
    ]
    assert error.hint == f"8 things to mend; nothing was sent. {NEWER}"


def test_C6_an_unknown_name_says_what_was_probably_meant() -> None:
    assert problems("veiws") == ("There is no metric VEIWS. Did you mean VIEWS?",)
    assert problems("views", "days") == ("There is no dimension DAYS. Did you mean DAY?",)
    assert filter_problems({"media": "VIDEO"}) == ("There is no filter media. Did you mean mediaType?",)
    assert problems(product="embeds") == ("There is no product EMBEDS. Did you mean EMBED?",)
    (told,) = problems("xqzw")
    assert told.startswith("There is no metric XQZW. There is VIEWS, ")
    assert "docs/reference/catalogue.md" in told
    (told,) = problems("x" * 100_000)
    assert len(told) < 500


def test_C6_a_period_that_has_not_begun_is_refused_and_one_that_is_not_over_is_doubtful() -> None:
    asked = ReportQuery.of("views", "day", start="2023-07-01", end="2023-07-04")
    with pytest.raises(InvalidQuery, match="has not begun"):
        plan(asked, load_catalog(), date(2023, 6, 30))
    assert any("is not over" in one for one in plan(asked, load_catalog(), date(2023, 7, 4)).warnings)
    assert plan(asked, load_catalog(), date(2023, 7, 5)).warnings == ()


def test_C6_a_name_that_is_unknown_twice_is_told_once() -> None:
    assert problems("veiws,veiws") == ("There is no metric VEIWS. Did you mean VIEWS?",)


def test_C6_a_name_twice_is_a_mistake() -> None:
    assert problems("views,VIEWS") == ("The metric VIEWS is named twice.",)
    assert problems("views", "day,day") == ("The dimension DAY is named twice.",)


def test_C6_a_filter_twice_in_two_spellings_is_a_mistake() -> None:
    assert filter_problems({"mediaType": "VIDEO", "media-type": "LIVE"}) != ()


def test_C6_no_metric_is_a_mistake_and_no_dimension_is_not() -> None:
    assert problems("") == ("No metric was named.",)
    assert planned("views", "").requests[0].dimensions == ()


def test_eight_dimensions_are_planned() -> None:
    assert len(planned("views", EIGHT).requests[0].dimensions) == 8


def test_C6_nine_dimensions_name_the_one_too_many() -> None:
    nine = EIGHT.replace("video-title", "action") + ",publisher-id"
    assert problems("views", nine.replace("media-type", "visitor-subdomain")) == (
        "9 dimensions are too many; a report takes at most 8. Leave out PUBLISHER_ID, for example.",
    )


def test_a_ninth_dimension_that_follows_from_another_is_looked_up() -> None:
    made = planned("views", EIGHT + ",action")
    base, found = made.requests
    assert base.dimensions == tuple(n for n in made.query.dimensions if n != "VIDEO_TITLE")
    assert (found.dimensions, found.metrics) == (("VIDEO_ID", "VIDEO_TITLE"), ("VIEWS",))
    assert found.reason == "VIDEO_TITLE for each VIDEO_ID, since a report takes 8 dimensions"


def test_180_days_are_planned() -> None:
    assert planned(start="2023-01-01", end="2023-06-29").requests[0].window.days == 180


def test_181_days_whose_rows_do_not_say_when_are_added_up() -> None:
    made = planned("views", "video-id", start="2023-01-01", end="2023-06-30")
    assert [str(request.window) for request in made.requests] == ["2023-01-01..2023-06-29", "2023-06-30..2023-06-30"]
    assert made.recipe is not None
    assert [(figure.name, figure.how) for figure in made.recipe.figures] == [("VIEWS", "add")]


def test_C6_181_days_of_what_cannot_be_added_up_are_refused_with_the_longest_that_fits() -> None:
    with pytest.raises(InvalidQuery) as caught:
        planned("view-through-rate", "video-id", start="2023-01-01", end="2023-06-30")
    assert caught.value.problems == (
        "VIEW_THROUGH_RATE cannot be put together over 181 days (a report takes 180): no formula of it is known.",
    )
    assert "2023-01-01..2023-06-29" in caught.value.hint


def windows_of(dimensions: str, start: str, end: str) -> list[str]:
    return [str(request.window) for request in planned("views", dimensions, start=start, end=end).requests]


@pytest.mark.row("PF17")
def test_PF17_a_long_period_is_cut_into_windows_without_gap_or_overlap() -> None:
    assert windows_of("day,video-id", "2023-01-01", "2023-12-31") == [
        "2023-01-01..2023-06-29",
        "2023-06-30..2023-12-26",
        "2023-12-27..2023-12-31",
    ]
    reasons = [request.reason for request in planned(start="2023-01-01", end="2023-12-31").requests]
    assert reasons[1] == "part 2 of 3: a report takes at most 180 days"


def test_a_long_period_by_month_is_cut_between_months() -> None:
    assert windows_of("month", "2023-01-15", "2023-12-31") == [
        "2023-01-15..2023-06-30",
        "2023-07-01..2023-11-30",
        "2023-12-01..2023-12-31",
    ]


def test_C6_an_end_before_the_start_is_refused() -> None:
    assert problems(start="2023-07-04", end="2023-07-01")[0].startswith("The period ends (2023-07-01) before")


@pytest.mark.parametrize(
    ("metrics", "dimensions", "told"),
    [
        ("estimated-earnings-eur", "hour", "ESTIMATED_EARNINGS_EUR does not go with HOUR. DAY does."),
        ("views", "channel-slug", "VIEWS does not go with CHANNEL_SLUG. VIDEO_OWNER_CHANNEL_SLUG does."),
        ("uploads", "hour", "UPLOADS does not go with HOUR. DAY does."),
        ("uploads", "minute", "UPLOADS does not go with MINUTE. DAY does."),
        ("views", "minute", "VIEWS does not go with MINUTE. HOUR does."),
        ("live-viewers", "media-type", "LIVE_VIEWERS does not go with MEDIA_TYPE."),
        ("views", "visibility", "VIEWS does not go with VISIBILITY."),
    ],
)
def test_C6_a_forbidden_pair_names_what_goes_instead(metrics: str, dimensions: str, told: str) -> None:
    assert problems(metrics, dimensions) == (told,)


def test_C6_every_forbidden_pair_is_named() -> None:
    assert problems("views,uploads", "channel-slug,hour") == (
        "VIEWS does not go with CHANNEL_SLUG. VIDEO_OWNER_CHANNEL_SLUG does.",
        "UPLOADS does not go with CHANNEL_SLUG. VIDEO_OWNER_CHANNEL_SLUG does.",
        "UPLOADS does not go with HOUR. DAY does.",
    )


def test_a_pair_of_which_nobody_knows_is_planned_with_a_warning() -> None:
    made = planned("fill-rate", "day,ad-format")
    assert len(made.requests) == 1
    assert made.warnings == ("No public document says whether FILL_RATE goes with DAY, AD_FORMAT.",)
    assert made.unverified == made.warnings


def test_metrics_of_two_groups_are_asked_for_side_by_side() -> None:
    made = planned("views,estimated-earnings-eur,time-watched-seconds", "day")
    assert [request.metrics for request in made.requests] == [
        ("VIEWS", "TIME_WATCHED_SECONDS"),
        ("ESTIMATED_EARNINGS_EUR",),
    ]
    assert [request.reason for request in made.requests] == ["metrics of audience", "metrics of revenue"]
    assert made.warnings == ()


def test_metrics_of_two_groups_share_a_report_where_what_nobody_confirms_may_be_sent() -> None:
    made = plan(ReportQuery.of("views,uploads", "day", period="2023-07", unverified=True), CATALOG)
    assert [request.metrics for request in made.requests] == [("VIEWS", "UPLOADS")]
    assert made.warnings == ("No public document says whether one report may hold metrics of audience and account.",)


def test_a_dimension_that_fans_out_is_planned_with_a_warning() -> None:
    (warning,) = planned("views", "content-tag").warnings
    assert "do not add the rows of CONTENT_TAG" in warning


@given(
    st.lists(st.sampled_from(sorted(CATALOG.metrics)), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(sorted(CATALOG.dimensions)), max_size=9, unique=True),
    st.dates(date(2018, 1, 1), date(2026, 1, 1)),
    st.integers(0, 200),
)
def test_what_is_planned_is_what_was_asked_and_within_the_limits(
    metrics: list[str], dimensions: list[str], start: date, more: int
) -> None:
    query = ReportQuery.of(metrics, dimensions, start=start, end=start + timedelta(more))
    denied = any(CATALOG.fit(m, d) == "denied" for m in metrics for d in dimensions)
    told_apart = {CATALOG.dimensions[name].type for name in dimensions} & {"date", "timestamp", "month"}
    added = {"add", "recompute"} >= {CATALOG.metrics[name].rule for name in metrics}
    if denied or not (added or told_apart or more < 180):
        with pytest.raises(InvalidQuery):
            plan(query, CATALOG)
        return
    with suppress(InvalidQuery) if len(dimensions) > 8 else nullcontext():
        check_requests(query, more)


def check_requests(query: ReportQuery, more: int) -> None:
    """Each of a query's requests is one that the service takes, and together they have each day once."""
    requests, start = plan(query, CATALOG).requests, query.window.start
    asked_for = {name for request in requests for name in request.metrics}
    assert set(query.metrics) <= asked_for | {n for n in query.metrics if CATALOG.metrics[n].rule == "recompute"}
    for shape in {(request.metrics, request.dimensions) for request in requests}:
        own = [request for request in requests if (request.metrics, request.dimensions) == shape]
        days = [request.window.start + timedelta(n) for request in own for n in range(request.window.days)]
        assert days == [start + timedelta(n) for n in range(more + 1)], "each day is asked for once"
    for request in requests:
        assert (len(request.dimensions) <= 8, request.window.days <= 180) == (True, True)
        assert not any(CATALOG.fit(m, d) == "denied" for m in request.metrics for d in request.dimensions)


TODAY = date(2024, 3, 1)


def wrong(**question: Any) -> tuple[str, ...]:
    with pytest.raises(InvalidQuery) as caught:
        asked(Question(**question), CATALOG, TODAY)
    return caught.value.problems


def test_a_question_and_the_query_that_it_is_have_one_plan() -> None:
    question = Question("views", ("day,video-title",), period="2023-07", filters=("media-type=video",), channels=("a",))
    filters = {"media-type": "video", "videoOwnerChannelSlug": "a"}
    query = ReportQuery.of("views", "day,video-title", period="2023-07", filters=filters)
    assert asked(question, CATALOG, TODAY) == plan(query, CATALOG, TODAY)


def test_C6_what_cannot_be_read_does_not_hide_what_does_not_exist() -> None:
    assert wrong(
        metrics=("veiws", "uploads"),
        dimensions="dya,hour",
        filters=("mediaType", "country=FR", "media-type=VIDEO", "mediaType=LIVE"),
        channels=("a", "b"),
        product="embeds",
        start="yesterdya",
        mistakes=(Problem("july.toml:1: There is no key metric."),),
    ) == (
        "july.toml:1: There is no key metric.",
        "There is no metric VEIWS. Did you mean VIEWS?",
        "There is no dimension DYA. Did you mean DAY?",
        "The filter 'mediaType' is not NAME=VALUE.",
        "There is no filter country. There is channelSlug, videoOwnerChannelSlug, visitorDomainGroup, mediaType, "
        "monetizationType; docs/reference/catalogue.md lists them all.",
        "The filter mediaType is given twice; it takes one value.",
        "There is no product EMBEDS. Did you mean EMBED?",
        "The first day 'yesterdya' is not a day. Did you mean yesterday?",
        "The first day is given without a last day.",
        "UPLOADS does not go with HOUR. DAY does.",
    )


def test_C6_nothing_asked_is_told_as_what_is_missing() -> None:
    assert wrong() == ("No metric was named.", "No period was named.")
    assert wrong(mistakes=(Problem("There is no file."),), partial=True) == ("There is no file.",)


def test_a_year_is_three_reports() -> None:
    made = asked(Question("views", period="2023"), CATALOG, TODAY)
    assert [request.window.days for request in made.requests] == [180, 180, 5]


def test_C6_an_unknown_name_says_that_a_newer_one_can_be_sent() -> None:
    for question in ({"metrics": "new-one"}, {"dimensions": "new-one"}, {"filters": ("newOne=3",)}):
        with pytest.raises(InvalidQuery) as caught:
            asked(Question(**{"metrics": "views", "period": "2023-07"} | question), CATALOG, TODAY)
        assert caught.value.hint == NEWER


@pytest.mark.row("PF24")
def test_PF24_what_is_known_by_utc_days_is_not_shifted_into_another_zone() -> None:
    told = wrong(metrics="views,estimated-earnings-eur", dimensions="day", period="2023-07", timezone="Europe/Rome")
    assert told == ("ESTIMATED_EARNINGS_EUR is told by UTC days, and of these no day of Europe/Rome can be made.",)


def test_the_newest_windows_are_asked_for_first_where_that_is_wanted() -> None:
    query = ReportQuery.of("views", "day", period="2023")
    made, newest = plan(query, CATALOG), plan(query, CATALOG, newest_first=True)
    assert newest.requests == tuple(reversed(made.requests))
    assert newest.recipe == made.recipe or newest.recipe is not None


def test_planning_takes_time_in_proportion_to_the_windows_and_says_why_each_is_a_report() -> None:
    channels = [f"c{n}" for n in range(50)]
    made = plan(
        ReportQuery.of("views,uploads", "day", start="2019-01-01", end="2023-12-31", channels=channels), CATALOG
    )
    assert len(made.requests) == 11 * 50 * 2
    assert len({request.fingerprint for request in made.requests}) == len(made.requests)
    assert made.requests[-1].reason.endswith("; metrics of account; of the channel c49")


def newer(**more: Any) -> Plan:
    question = Question("views,new-metric", "day,new-dim", period="2023-07", unverified=True)
    return asked(replace(question, **more), CATALOG, TODAY)


def test_names_newer_than_the_catalogue_are_sent_as_they_are_where_that_is_wanted() -> None:
    made = newer(filters=("newFilter=a b", "mediaType=audio"), product="new")
    (request,) = made.requests
    assert (request.metrics, request.dimensions) == (("VIEWS", "NEW_METRIC"), ("DAY", "NEW_DIM"))
    assert (dict(request.filters), request.product) == ({"newFilter": "a b", "mediaType": "AUDIO"}, "NEW")
    assert made.unverified == (
        "This catalogue holds no metric NEW_METRIC.",
        "This catalogue holds no dimension NEW_DIM.",
        "This catalogue holds no product NEW.",
        "This catalogue holds no filter newFilter.",
        "This catalogue holds no value audio of the filter mediaType.",
    )
    assert made.warnings == made.unverified
    assert sendable(made) is made


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"metrics": "néw"}, "'NÉW' cannot be a metric: names of the API have letters A to Z, digits and _ only."),
        ({"metrics": "1new"}, "'1NEW' cannot be a metric: names of the API have letters A to Z, digits and _ only."),
        (
            {"dimensions": "a) { x }"},
            "'A)_{_X_}' cannot be a dimension: names of the API have letters A to Z, digits and _ only.",
        ),
        (
            {"filters": ("new-filter=1",)},
            "'new-filter' cannot be a filter: names of the API have letters, digits and _ only.",
        ),
        ({"filters": ("newFilter=",)}, "The filter newFilter has no value."),
        ({"filters": ("newFilter=1", "newFilter=2")}, "The filter newFilter is given twice; it takes one value."),
        ({"filters": ("mediaType=a b",)}, "The filter mediaType cannot be 'a b'; it takes LIVE or VIDEO."),
        ({"metrics": "new,new"}, "The metric NEW is named twice."),
        ({"dimensions": "channel-slug"}, "VIEWS does not go with CHANNEL_SLUG. VIDEO_OWNER_CHANNEL_SLUG does."),
        ({"metrics": "live-viewers", "period": "2023"}, "LIVE_VIEWERS cannot be put together over 365 days"),
    ],
)
def test_C6_what_cannot_be_is_an_error_even_where_the_unverified_is_wanted(question: dict[str, Any], told: str) -> None:
    (problem,) = wrong(**{"metrics": "views", "period": "2023-07", "unverified": True} | question)
    assert problem.startswith(told)


def test_what_no_public_document_confirms_is_planned_and_not_sent() -> None:
    made = planned("fill-rate", "day,ad-format", filters={"channelSlug": "a b"}, product="all")
    assert made.unverified == ("No public document says whether FILL_RATE goes with DAY, AD_FORMAT.",)
    with pytest.raises(UnverifiedQuery) as caught:
        sendable(made)
    error = caught.value
    assert (error.code, error.problems) == ("usage.unverified", made.unverified)
    assert "--unverified" in error.hint
    assert error.next == (
        "dmr report FILL_RATE --by DAY,AD_FORMAT --filter 'channelSlug=a b' --product ALL "
        "--from 2023-07-01 --to 2023-07-04 --unverified"
    )


def test_the_period_that_was_asked_for_stands_in_the_command_that_sends_it() -> None:
    made = asked(Question("fill-rate", "day", period="last-month"), CATALOG, TODAY)
    with pytest.raises(UnverifiedQuery) as caught:
        sendable(made)
    assert caught.value.next == "dmr report FILL_RATE --by DAY --period last-month --unverified"


def test_the_metric_that_shares_out_stands_in_the_command_that_sends_it() -> None:
    question = Question("estimated-earnings-eur", "hour", period="2023-07", allocate_by="nb-impression")
    with pytest.raises(UnverifiedQuery) as caught:
        sendable(asked(question, CATALOG, TODAY))
    assert caught.value.next == (
        "dmr report ESTIMATED_EARNINGS_EUR --by HOUR --period 2023-07 --allocate-by NB_IMPRESSION --unverified"
    )


@pytest.mark.parametrize(
    ("metrics", "dimensions"),
    [
        ("views,estimated-earnings-eur", "day"),
        ("views", ""),
        ("fill-rate", ""),
        ("views", "content-tag"),
    ],
)
def test_what_is_merely_doubtful_is_sent_without_being_asked_twice(metrics: str, dimensions: str) -> None:
    made = planned(metrics, dimensions)
    assert made.unverified == ()
    assert sendable(made) is made


def test_a_pair_that_is_likely_is_a_warning_and_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(CATALOG), "fit", lambda self, metric, dimension: "likely")
    made = planned("views", "day")
    assert made.warnings == ("VIEWS probably goes with DAY; no public document says so plainly.",)
    assert sendable(made) is made


def test_a_pair_seen_in_user_code_only_is_sent_with_a_note() -> None:
    made = planned("estimated-earnings-eur", "day,visitor-device-type")
    (note,) = made.warnings
    assert note == (
        "ESTIMATED_EARNINGS_EUR with VISITOR_DEVICE_TYPE was seen in user code only; no public document says so."
    )
    assert sendable(made) is made


@pytest.mark.parametrize("wrong", ["views", None, 5])
def test_what_is_no_question_and_no_plan_is_refused_in_words(wrong: Any) -> None:
    with pytest.raises(InvalidQuery, match="is no question"):
        plan(wrong, CATALOG)
    with pytest.raises(UsageError, match="is no plan"):
        sendable(wrong)


def halved(metrics: str, dimensions: str, start: str, end: str, most: int, *, newest_first: bool = False) -> Plan:
    """The plan where every report of more than ``most`` days is too large."""
    query = ReportQuery.of(metrics, dimensions, start=start, end=end)
    return plan(query, load_catalog(), outgrown=lambda request: request.window.days > most, newest_first=newest_first)


def test_a_report_that_is_too_large_is_asked_for_in_parts_that_say_why() -> None:
    made = halved("views", "day", "2023-01-01", "2023-01-08", 2)
    assert [str(one.window)[-2:] for one in made.requests] == ["02", "04", "06", "08"]
    assert {one.reason for one in made.requests} == {"part of 2023-01-01..2023-01-08, which is too large"}
    newest = halved("views", "day", "2023-01-01", "2023-01-08", 2, newest_first=True)
    assert [str(one.window)[-2:] for one in newest.requests] == ["08", "06", "04", "02"]


def test_parts_of_rows_that_do_not_say_when_are_added_up_and_ratios_divided_anew() -> None:
    made = halved("average-watch-time-sec", "video-id", "2023-01-01", "2023-01-08", 4)
    assert made.recipe is not None
    assert made.recipe.merges
    assert {one.metrics for one in made.requests} == {("TIME_WATCHED_SECONDS", "VIEWS")}
    assert not made.warnings


def test_months_are_parted_between_months_and_one_month_stays_whole() -> None:
    made = halved("views", "month", "2023-01-15", "2023-03-31", 20)
    assert [str(one.window) for one in made.requests] == [
        "2023-01-15..2023-01-31",
        "2023-02-01..2023-02-28",
        "2023-03-01..2023-03-31",
    ]


def test_what_cannot_be_put_together_from_parts_stays_whole_with_a_warning() -> None:
    made = halved("view-through-rate", "visitor-country", "2023-01-01", "2023-01-08", 4)
    assert len(made.requests) == 1
    assert any("2023-01-01..2023-01-08 was too large before" in told for told in made.warnings)
