"""One name explained: its own facts, and what follows from the others."""

import json

import pytest

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.explain import RULES, explained, explained_group, kind_of, told

CATALOG = load_catalog()
FACTS = list(CATALOG.facts())


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_every_fact_can_be_explained_as_json_with_its_source(fact: object) -> None:
    everything = explained(CATALOG, fact)  # type: ignore[arg-type]
    assert json.loads(json.dumps(everything)) == everything
    assert everything["sources"]
    assert everything["date"]
    assert everything["confidence"]
    assert len(everything["sources"]) == len(everything["source"])


def test_a_metric_says_how_it_is_added_up_and_what_it_is_part_of() -> None:
    views = explained(CATALOG, CATALOG.metrics["VIEWS"])
    assert views["rule_means"] == "may be added up, but not over tags (CONTENT_TAG), and not ALL with its parts"
    uploads = explained(CATALOG, CATALOG.metrics["UPLOADS"])
    assert uploads["rule_means"] == RULES["add"], "it does not go with tags"
    assert views["part_of"] == ["AVERAGE_WATCH_TIME_SEC", "VIEW_THROUGH_RATE"]
    assert views["row_complete"] is True


def test_the_dimensions_of_a_metric_are_told_by_how_they_fit() -> None:
    fits = explained(CATALOG, CATALOG.metrics["ESTIMATED_EARNINGS_EUR"])["goes_with"]
    assert fits["likely"] == ["VISITOR_COUNTRY"]
    assert fits["denied"] == ["HOUR"]
    assert sorted(name for names in fits.values() for name in names) == sorted(CATALOG.dimensions)
    for fit, names in fits.items():
        assert all(CATALOG.fit("ESTIMATED_EARNINGS_EUR", name) == fit for name in names)


def test_what_public_code_has_tried_is_told_of_the_metrics_it_tried_it_with() -> None:
    storage = explained(CATALOG, CATALOG.metrics["STORAGE_USED_BYTES"])
    assert storage["tried_with"][0] == ["DAY", "VIDEO_OWNER_ID", "VIDEO_OWNER_USERNAME"]
    assert explained(CATALOG, CATALOG.metrics["STORAGE_USED_SECONDS"])["tried_with"] == []


def test_a_dimension_tells_the_groups_it_goes_with() -> None:
    visibility = explained(CATALOG, CATALOG.dimensions["VISIBILITY"])
    assert visibility["goes_with"] == {
        "allowed": ["account"],
        "seen": [],
        "likely": [],
        "unknown": ["revenue", "ads", "ads_quality", "usage"],
        "denied": ["audience", "live"],
    }
    assert (visibility["kind"], visibility["column_kind"]) == ("dimension", "entity")


def test_what_only_user_code_has_asked_for_is_told_apart_from_what_is_published() -> None:
    revenue = explained(CATALOG, CATALOG.metrics["ESTIMATED_EARNINGS_EUR"])
    assert revenue["goes_with"]["seen"] == ["VISITOR_DEVICE_TYPE"]
    assert "VISITOR_DEVICE_TYPE" not in revenue["goes_with"]["allowed"]
    assert revenue["fit_confidence"]["seen"] == "seen in user code"
    assert explained(CATALOG, CATALOG.dimensions["VISITOR_DEVICE_TYPE"])["goes_with"]["seen"] == ["revenue"]


def test_a_group_is_its_metrics_and_its_row() -> None:
    revenue = explained_group(CATALOG, "revenue")
    assert json.loads(json.dumps(revenue)) == revenue
    assert (revenue["kind"], revenue["row_names"]) == ("group", ["ESTIMATED_EARNINGS_USD", "ESTIMATED_EARNINGS_EUR"])
    assert "ESTIMATED_EARNINGS_EUR_OLD" in revenue["metrics"]
    for fit, names in revenue["goes_with"].items():
        assert all(CATALOG.group_fit("revenue", name) == fit for name in names)
    assert len(revenue["sources"]) == len(revenue["source"]) == 2


def test_what_has_no_value_is_left_out() -> None:
    fields = told(CATALOG.metrics["UPLOADS"])
    assert not {"note", "currency", "formula", "parts", "scopes"} & set(fields)
    assert told(CATALOG.limit_facts["row_cap"])["confidence"] == "unknown"


def test_every_fact_has_a_word_for_what_it_is() -> None:
    assert list(dict.fromkeys(kind_of(fact) for fact in FACTS)) == [
        "metric", "dimension", "filter", "product", "limit", "scope", "status", "input field"
    ]  # fmt: skip
