"""Questions and requests: spelling put in order, and fingerprints that mean what was asked."""

import hashlib
import json
import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.made import request_for

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportQuery, ReportRequest, spelled

JULY: Any = {"start": "2023-07-01", "end": "2023-07-04"}
REQUEST = request_for(
    ["VIEWS", "TIME_WATCHED_SECONDS"], ["DAY", "VIDEO_ID"], filters={"mediaType": "VIDEO", "channelSlug": "a"}
)


@pytest.mark.parametrize(
    "name", ["TIME_WATCHED_SECONDS", "time-watched-seconds", "Time_Watched-seconds", " time watched seconds "]
)
def test_a_name_is_spelled_as_the_api_spells_it(name: str) -> None:
    assert spelled(name) == "TIME_WATCHED_SECONDS"


@pytest.mark.parametrize(
    "metrics",
    ["views,time-watched-seconds", ["views", "time-watched-seconds"], (n for n in ("VIEWS", "TIME_WATCHED_SECONDS"))],
)
def test_names_come_in_one_text_or_in_several(metrics: Any) -> None:
    query = ReportQuery.of(metrics, "day, video-title", **JULY)
    assert query.metrics == ("VIEWS", "TIME_WATCHED_SECONDS")
    assert query.dimensions == ("DAY", "VIDEO_TITLE")


def test_commas_too_many_are_no_names() -> None:
    assert ReportQuery.of(",views,, ", " , ", **JULY).metrics == ("VIEWS",)
    assert ReportQuery.of("", "", **JULY).metrics == ()


def test_a_query_takes_dates_and_texts_and_a_product_in_any_case() -> None:
    query = ReportQuery.of("views", start=date(2023, 7, 1), end="2023-07-04", product="embed")
    assert query.window == Window(date(2023, 7, 1), date(2023, 7, 4))
    assert (query.product, query.dimensions, dict(query.filters)) == ("EMBED", (), {})
    assert ReportQuery.of("views", **JULY).product is None


def test_C6_a_day_that_is_none_is_named_first_or_last() -> None:
    with pytest.raises(InvalidQuery, match="The first day 'x'"):
        ReportQuery.of("views", start="x", end="2023-07-01")
    with pytest.raises(InvalidQuery, match="The last day 'x'"):
        ReportQuery.of("views", start="2023-07-01", end="x")


def test_columns_are_dimensions_then_metrics_in_lower_case() -> None:
    assert ReportQuery.of("VIEWS,UPLOADS", "DAY,VIDEO_ID", **JULY).columns == ("day", "video_id", "views", "uploads")
    assert REQUEST.columns == ("day", "video_id", "views", "time_watched_seconds")


def test_a_query_cannot_be_changed_behind_anybodys_back() -> None:
    filters = {"mediaType": "VIDEO"}
    query = ReportQuery.of("views", filters=filters, **JULY)
    filters["mediaType"] = "LIVE"
    assert dict(query.filters) == {"mediaType": "VIDEO"}
    with pytest.raises(TypeError):
        query.filters["mediaType"] = "LIVE"  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        query.product = "ALL"  # type: ignore[misc]


def test_a_fingerprint_is_the_sha256_of_what_is_asked_as_canonical_json() -> None:
    canonical = (
        '{"dimensions":["DAY","VIDEO_ID"],"end":"2023-07-04","filters":{"channelSlug":"a","mediaType":"VIDEO"},'
        '"metrics":["TIME_WATCHED_SECONDS","VIEWS"],"product":"CONTENT","start":"2023-07-01"}'
    )
    assert REQUEST.fingerprint == hashlib.sha256(canonical.encode()).hexdigest()


@given(
    st.permutations(["VIEWS", "UPLOADS", "LIVE_VIEWERS"]),
    st.permutations(["DAY", "VIDEO_ID", "ACTION"]),
    st.permutations([("mediaType", "VIDEO"), ("channelSlug", "é")]),
)
def test_a_fingerprint_does_not_depend_on_order(
    metrics: list[str], dimensions: list[str], filters: list[tuple[str, str]]
) -> None:
    first = request_for(
        ["VIEWS", "UPLOADS", "LIVE_VIEWERS"],
        ["DAY", "VIDEO_ID", "ACTION"],
        filters={"mediaType": "VIDEO", "channelSlug": "é"},
    )
    other = request_for(metrics, dimensions, filters=dict(filters))
    assert other.fingerprint == first.fingerprint
    assert other.question == first.question


CHANGES: list[dict[str, Any]] = [
    {"metrics": ("VIEWS",)},
    {"dimensions": ("DAY",)},
    {"filters": {"mediaType": "LIVE", "channelSlug": "a"}},
    {"filters": {"mediaType": "VIDEO"}},
    {"filters": {}},
    {"product": "ALL"},
    {"metrics": ("VIEWS", "DAY"), "dimensions": ("TIME_WATCHED_SECONDS", "VIDEO_ID")},
]
WINDOWS = [
    Window(date(2023, 7, 1), date(2023, 7, 5)),
    Window(date(2023, 6, 30), date(2023, 7, 4)),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_another_question_has_another_fingerprint(change: dict[str, Any]) -> None:
    other = replace(REQUEST, **change)
    assert other.question != REQUEST.question
    assert other.fingerprint != REQUEST.fingerprint


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_days_change_the_fingerprint_and_not_the_question(window: Window) -> None:
    other = replace(REQUEST, window=window)
    assert other.question == REQUEST.question
    assert other.fingerprint != REQUEST.fingerprint


def test_the_reason_is_not_part_of_what_is_asked() -> None:
    assert replace(REQUEST, reason="because").fingerprint == REQUEST.fingerprint


def test_fingerprints_are_hexadecimal_and_differ_from_their_question() -> None:
    for digest in (REQUEST.fingerprint, REQUEST.question):
        assert len(digest) == 64
        assert int(digest, 16)
    assert REQUEST.fingerprint != REQUEST.question


def test_a_request_as_plain_values_is_what_plan_prints() -> None:
    request = ReportRequest(
        ("VIEWS",), ("DAY",), Window(date(2023, 7, 1), date(2023, 7, 4)), {"channelSlug": "a"}, "ALL", "why"
    )
    assert json.loads(json.dumps(request.as_dict())) == {
        "metrics": ["VIEWS"],
        "dimensions": ["DAY"],
        "filters": {"channelSlug": "a"},
        "product": "ALL",
        "start": "2023-07-01",
        "end": "2023-07-04",
        "reason": "why",
    }


def test_a_query_takes_a_period_and_words_for_its_first_and_last_day() -> None:
    today = date(2024, 3, 1)
    month = ReportQuery.of("views", period="last-month", today=today)
    assert (str(month.window), month.period) == ("2024-02-01..2024-02-29", "last-month")
    ends = ReportQuery.of("views", start="2024-01", end="yesterday", today=today)
    assert (str(ends.window), ends.period) == ("2024-01-01..2024-02-29", "2024-01..yesterday")
    assert ReportQuery.of("views", period="2023-07").window.days == 31


def test_C6_a_word_that_counts_from_today_needs_a_today() -> None:
    with pytest.raises(InvalidQuery, match="counts from today") as caught:
        ReportQuery.of("views", period="last-28-days")
    assert "today" in caught.value.hint


def test_how_the_days_were_spelled_is_no_part_of_what_is_asked() -> None:
    spelled_out = ReportQuery.of("views", start="2023-07-01", end="2023-07-31")
    assert ReportQuery.of("views", period="2023-07") == spelled_out


def test_C6_everything_that_cannot_be_read_is_told_at_once() -> None:
    with pytest.raises(InvalidQuery) as caught:
        ReportQuery.of(3, [None], start="x", filters={"a": 3}, product=4)  # type: ignore[arg-type,list-item,dict-item]
    assert caught.value.problems == (
        "The metrics must be names: one text, or several.",
        "The dimensions must be names: one text, or several.",
        "A filter has one name and one value, both texts.",
        "The product must be a name.",
        "The first day 'x' is not a day.",
        "The first day is given without a last day.",
    )


def test_a_query_crosses_processes_whole() -> None:
    more: Any = {"filters": {"mediaType": "VIDEO"}, "unverified": True, "allocate_by": "views"}
    query = ReportQuery.of("views", period="2023-07", **more)
    copy = pickle.loads(pickle.dumps(query))
    assert (copy, copy.period, copy.unverified, copy.allocate_by) == (query, "2023-07", True, "VIEWS")


def test_queries_and_requests_that_are_equal_are_one_key() -> None:
    first, second = (
        ReportQuery.of("views", start="2023-07-01", end="2023-07-02", filters={"mediaType": "LIVE"}) for _ in range(2)
    )
    assert len({first, second}) == 1
    assert len({first, replace(first, allocate_by="VIEWS"), replace(first, allocate_by="UPLOADS")}) == 3
    requests = [ReportRequest(("VIEWS",), (), first.window, {"mediaType": "LIVE"}, "CONTENT") for _ in range(2)]
    assert len(set(requests)) == 1
