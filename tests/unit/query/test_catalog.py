"""The catalogue: every name, its rule, and what the published matrix says of each pair."""

import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from dailymotion_reports.query.catalog import (
    Catalog,
    Dimension,
    Filter,
    InputField,
    Limits,
    Metric,
    Product,
    load_catalog,
    nearest,
    parse_catalog,
)

CATALOG = load_catalog()

RECOMPUTED = {
    "AVERAGE_WATCH_TIME_SEC": ("TIME_WATCHED_SECONDS", "VIEWS"),
    "NO_AD_RATE": ("NO_ADS", "TOTAL_INVENTORY"),
    "FILL_RATE": ("NB_IMPRESSION", "SELLABLE_INVENTORY"),
}
LEVELS = {
    "STORAGE_USED_BYTES",
    "STORAGE_USED_SECONDS",
    "STORAGE_USED_MEDIA_COUNT",
    "STORAGE_USED_RENDITION_COUNT",
}
NEVER_RECOMBINED = {
    "VIEW_THROUGH_RATE",
    "LIVE_VIEWERS",
    "ECPM_EUR",
    "ECPM_USD",
    "ERPM_EUR",
    "ERPM_USD",
    "VIEWABILITY_SCORE",
    "GDPR_FULL_CONSENT_SCORE",
    "VTR_SCORE",
    "IVT_SCORE",
    "BANDWIDTH_USED_MEDIA_COUNT",
    "TRANSCODING_USED_LIVE_MEDIA_COUNT",
    "TRANSCODING_USED_VOD_MEDIA_COUNT",
    "STORAGE_LIFETIME_USED_BYTES",
    "STORAGE_LIFETIME_USED_SECONDS",
    "STORAGE_LIFETIME_USED_MEDIA_COUNT",
    "STORAGE_LIFETIME_USED_RENDITION_COUNT",
}


def raw() -> dict[str, Any]:
    return tomllib.loads(files("dailymotion_reports.query").joinpath("catalog.toml").read_text(encoding="utf-8"))


def named(rule: str) -> set[str]:
    return {name for name, metric in CATALOG.metrics.items() if metric.rule == rule}


def test_every_name_that_is_known_is_there() -> None:
    assert len(CATALOG.metrics) == 62
    assert len(CATALOG.dimensions) == 53
    assert set(CATALOG.filters) == {
        "channelSlug",
        "videoOwnerChannelSlug",
        "visitorDomainGroup",
        "mediaType",
        "monetizationType",
    }
    assert CATALOG.products == ("CONTENT", "EMBED", "CLAIM", "ALL")


def test_names_are_spelled_as_the_api_spells_them() -> None:
    for name in (*CATALOG.metrics, *CATALOG.dimensions):
        assert name == name.upper().strip()
        assert " " not in name
        assert "-" not in name
    assert not set(CATALOG.metrics) & set(CATALOG.dimensions), "both become columns of one table"


def test_only_ratios_with_documented_formula_and_base_are_recomputed() -> None:
    assert named("recompute") == set(RECOMPUTED)
    for name, parts in RECOMPUTED.items():
        metric = CATALOG.metrics[name]
        assert (metric.numerator, metric.denominator) == parts
        assert metric.type == "decimal"


@pytest.mark.parametrize("part", sorted({part for parts in RECOMPUTED.values() for part in parts}))
def test_the_parts_of_a_ratio_exist_and_may_be_added(part: str) -> None:
    assert CATALOG.metrics[part].rule == "add"
    assert CATALOG.metrics[part].type == "integer"


def test_a_formula_names_its_parts_and_how_sure_it_is() -> None:
    for name, metric in CATALOG.metrics.items():
        assert bool(metric.formula) == bool(metric.parts) == bool(metric.formula_confidence), name
        assert set(metric.parts) <= set(CATALOG.metrics), name
        if metric.rule == "recompute":
            assert metric.formula_confidence == "documented"
            assert metric.formula == f"{metric.numerator} / {metric.denominator}"


def test_numerator_and_denominator_are_made_of_the_parts() -> None:
    quotients = {name: m for name, m in CATALOG.metrics.items() if m.numerator}
    assert set(RECOMPUTED) < set(quotients)
    for name, metric in quotients.items():
        assert metric.denominator, name
        named = {*(metric.numerator or "").split(" + "), *metric.denominator.split(" + ")}
        assert named == set(metric.parts), name


def test_a_price_per_mille_is_told_by_its_formula_and_never_recomputed() -> None:
    metric = CATALOG.metrics["ECPM_EUR"]
    assert (metric.rule, metric.times) == ("none", 1000)
    assert (metric.numerator, metric.denominator) == ("ESTIMATED_EARNINGS_EUR", "NB_IMPRESSION")
    assert {m.times for m in CATALOG.metrics.values()} == {1, 100, 1000}


def test_a_metric_knows_the_scopes_it_needs_and_how_sure_that_is() -> None:
    scopes = {name: (m.scopes, m.scopes_confidence) for name, m in CATALOG.metrics.items()}
    assert scopes["VIEWS"] == ((), None)
    assert scopes["ESTIMATED_EARNINGS_EUR"] == (("access_revenue",), "documented")
    assert scopes["FILL_RATE"] == (("access_ads",), "documented")
    assert scopes["ECPM_EUR"] == (("access_ads", "access_revenue"), "inferred")
    assert scopes["STORAGE_USED_BYTES"] == ((), None)
    for name, (needed, sure) in scopes.items():
        assert set(needed) <= set(CATALOG.scopes), name
        assert bool(needed) == bool(sure), name
        assert bool(needed) == (CATALOG.metrics[name].group in ("ads", "ads_quality", "revenue")), name


def test_only_one_product_is_taken_by_default() -> None:
    assert [p.name for p in CATALOG.product_facts.values() if p.default] == ["CONTENT"]


def test_known_values_and_empty_cells_are_data() -> None:
    assert CATALOG.dimensions["MEDIA_TYPE"].values == ("video", "live")
    assert CATALOG.dimensions["PLAYLIST_ID"].may_be_empty is True
    assert CATALOG.dimensions["VIDEO_ID"].may_be_empty is False
    assert CATALOG.dimensions["ACTION"].may_be_empty is None
    for name, dimension in CATALOG.dimensions.items():
        assert bool(dimension.values) == bool(dimension.values_confidence), name


def test_a_limit_that_nobody_gives_has_no_value() -> None:
    limits = CATALOG.limit_facts
    assert {name for name, limit in limits.items() if limit.confidence == "unknown"} == {
        name for name, limit in limits.items() if limit.value is None
    }
    assert limits["end_inclusive"].confidence == "inferred"
    assert limits["row_cap"].value is None
    assert limits["max_days"].note


def test_what_the_request_carries_is_known_with_its_types() -> None:
    required = {name for name, one in CATALOG.inputs.items() if one.required}
    assert required == {"dimensions", "metrics", "startDate", "endDate"}
    assert {name for name, status in CATALOG.statuses.items() if status.final} == {"FINISHED", "FAILED", "EXPIRED"}


def test_every_metric_has_its_rule() -> None:
    assert named("level") == LEVELS
    assert named("none") == NEVER_RECOMBINED
    assert named("add") == set(CATALOG.metrics) - LEVELS - NEVER_RECOMBINED - set(RECOMPUTED)
    assert len(named("add")) == 62 - 4 - 17 - 3


def test_whatever_is_added_is_a_count_or_money() -> None:
    for name in named("add"):
        metric = CATALOG.metrics[name]
        assert metric.type == ("decimal" if metric.currency else "integer"), name


def test_money_names_its_currency() -> None:
    for name, metric in CATALOG.metrics.items():
        ending = [c for c in ("EUR", "USD") if c in name.split("_")]
        assert metric.currency == (ending[0] if ending else None), name
        if metric.currency:
            assert metric.type == "decimal"


def test_only_a_tag_fans_out() -> None:
    assert [name for name, d in CATALOG.dimensions.items() if d.fans_out] == ["CONTENT_TAG"]


def test_times_have_types_of_their_own_and_everything_else_is_text() -> None:
    types = {name: d.type for name, d in CATALOG.dimensions.items() if d.type != "text"}
    assert types == {"MONTH": "month", "DAY": "date", "HOUR": "timestamp", "MINUTE": "timestamp"}


def test_a_media_type_may_come_under_another_name() -> None:
    others = {name: d.also_named for name, d in CATALOG.dimensions.items() if d.also_named}
    assert others == {"MEDIA_TYPE": ("video_media_type",)}


def test_the_limits_are_the_documented_ones() -> None:
    assert CATALOG.limits == Limits(
        max_concurrent_reports=2,
        max_dimensions=8,
        min_days=1,
        max_days=180,
        generation_max_minutes=120,
        retention_hours=48,
    )


@pytest.mark.parametrize("group", raw()["groups"])
def test_every_name_of_a_group_exists(group: str) -> None:
    row = raw()["groups"][group]
    assert set(row["metrics"]) <= set(CATALOG.metrics)
    sets = [set(row.get(key, ())) for key in ("allowed", "denied", "seen", "likely", "possible")]
    assert set().union(*sets) <= set(CATALOG.dimensions)
    assert sum(map(len, sets)) == len(set().union(*sets)), "a dimension stands in one of them"
    for tried in CATALOG.groups[group].tried:
        assert set(tried.metrics) <= set(CATALOG.metrics)
        assert set(tried.dimensions) <= set(CATALOG.dimensions)


@pytest.mark.parametrize("group", raw()["groups"])
def test_the_metrics_of_a_group_say_so_themselves(group: str) -> None:
    for metric in raw()["groups"][group]["metrics"]:
        assert CATALOG.metrics[metric].group == group


SURE = {"documented", "seen in schema", "seen in user code", "inferred", "unknown"}
TABLES = [kind for kind, rows in raw().items() if isinstance(rows, dict) and kind != "sources"]


def test_every_kind_of_fact_is_looked_at() -> None:
    assert set(TABLES) == {
        "metrics", "dimensions", "filters", "products", "groups", "limits", "scopes", "statuses", "inputs"
    }  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_every_fact_has_its_source_its_date_and_how_sure_it_is(kind: str) -> None:
    seen = {code: row["seen"] for code, row in raw()["sources"].items()}
    for name, row in raw()[kind].items():
        assert row["confidence"] in SURE, name
        assert row["date"] == max(seen[code] for code in row["source"]), name
        for key in (key for key in row if key.endswith("_confidence")):
            assert row[key] in SURE, (name, key)


def test_every_source_is_used_and_dated() -> None:
    used = {code for kind in TABLES for row in raw()[kind].values() for code in row["source"]}
    assert used == set(CATALOG.sources)
    for source in CATALOG.sources.values():
        assert source.address
        assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", source.seen), source.code


def test_a_key_that_no_fact_has_is_noticed() -> None:
    data = raw()
    data["metrics"]["VIEWS"]["colour"] = "red"
    with pytest.raises(TypeError, match="colour"):
        parse_catalog(data)


@pytest.mark.parametrize(
    ("metric", "dimension", "expected"),
    [
        ("VIEWS", "HOUR", "allowed"),
        ("VIEWS", "VISITOR_COUNTRY", "allowed"),
        ("VIEWS", "CHANNEL_SLUG", "denied"),
        ("VIEWS", "VISIBILITY", "denied"),
        ("VIEWS", "MINUTE", "denied"),
        ("AVERAGE_WATCH_TIME_SEC", "PLAYLIST_ID", "allowed"),
        ("UPLOADS", "HOUR", "denied"),
        ("UPLOADS", "VISIBILITY", "allowed"),
        ("UPLOADS", "VISITOR_COUNTRY", "denied"),
        ("LIVE_VIEWERS", "HOUR", "allowed"),
        ("LIVE_VIEWERS", "MEDIA_TYPE", "denied"),
        ("LIVE_TIME_WATCHED_SECONDS", "VIDEO_POSITION", "denied"),
        ("ESTIMATED_EARNINGS_EUR", "HOUR", "denied"),
        ("ESTIMATED_EARNINGS_EUR", "CHANNEL_SLUG", "allowed"),
        ("ESTIMATED_EARNINGS_EUR", "VISITOR_SUBDOMAIN", "allowed"),
        ("ESTIMATED_EARNINGS_USD", "VISITOR_DEVICE_TYPE", "seen"),
        ("ESTIMATED_EARNINGS_EUR_OLD", "VISITOR_DEVICE_TYPE", "likely"),
        ("ESTIMATED_EARNINGS_USD", "VISITOR_COUNTRY", "likely"),
        ("ESTIMATED_EARNINGS_EUR_OLD", "DAY", "likely"),
        ("ESTIMATED_EARNINGS_EUR_OLD", "VISITOR_COUNTRY", "likely"),
        ("ESTIMATED_EARNINGS_EUR_OLD", "HOUR", "unknown"),
        ("VIEWS", "NEWER_THAN_US", "unknown"),
        ("NEWER_THAN_US", "DAY", "unknown"),
        ("ESTIMATED_EARNINGS_EUR", "MEDIA_TYPE", "unknown"),
        ("ESTIMATED_EARNINGS_EUR", "ACTION", "unknown"),
        ("FILL_RATE", "DAY", "unknown"),
        ("FILL_RATE", "AD_FORMAT", "unknown"),
        ("STORAGE_USED_BYTES", "DAY", "unknown"),
        ("VIEWABILITY_SCORE", "HOUR", "unknown"),
    ],
)
def test_a_pair_fits_as_the_published_matrix_says(metric: str, dimension: str, expected: str) -> None:
    assert CATALOG.fit(metric, dimension) == expected


def test_every_pair_has_an_answer() -> None:
    answers = {CATALOG.fit(metric, dimension) for metric in CATALOG.metrics for dimension in CATALOG.dimensions}
    assert answers == {"allowed", "seen", "likely", "denied", "unknown"}


def test_a_metric_of_no_group_goes_with_nobody_knows_what() -> None:
    small = parse_catalog(raw() | {"groups": {}})
    assert small.fit("VIEWS", "CHANNEL_SLUG") == "unknown"


@pytest.mark.parametrize("name", ["mediaType", "mediatype", "MEDIA_TYPE", "media-type", "media type", "MediaType"])
def test_a_filter_is_found_in_any_spelling(name: str) -> None:
    found = CATALOG.filter_named(name)
    assert found is not None
    assert (found.name, found.values) == ("mediaType", ("LIVE", "VIDEO"))


def test_a_filter_that_is_none_is_not_found() -> None:
    assert CATALOG.filter_named("country") is None
    assert CATALOG.filter_named("") is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("VIEW", "VIEWS"),
        ("veiws", "VIEWS"),
        ("time-watched", "TIME_WATCHED_SECONDS"),
        ("AVERAGE_WATCH_TIME", "AVERAGE_WATCH_TIME_SEC"),
        ("ESTIMATED_EARNING_EUR", "ESTIMATED_EARNINGS_EUR"),
        ("earnings", "ESTIMATED_EARNINGS_USD"),
    ],
)
def test_the_nearest_metric_is_the_one_that_was_meant(name: str, meant: str) -> None:
    assert nearest(name, CATALOG.metrics) == meant


@pytest.mark.parametrize(
    ("name", "meant"), [("days", "DAY"), ("country", "VISITOR_COUNTRY"), ("device", "VISITOR_DEVICE_TYPE")]
)
def test_the_nearest_dimension_is_the_one_that_was_meant(name: str, meant: str) -> None:
    assert nearest(name, CATALOG.dimensions) == meant


@pytest.mark.parametrize("name", ["", "___", "xqzw", "😀"])
def test_nothing_is_near_to_nonsense(name: str) -> None:
    assert nearest(name, CATALOG.metrics) is None


@pytest.mark.parametrize(
    ("name", "kind", "exact"),
    [
        ("views", Metric, "VIEWS"),
        ("fill-rate", Metric, "FILL_RATE"),
        ("Video Title", Dimension, "VIDEO_TITLE"),
        ("media-type", Dimension, "MEDIA_TYPE"),
        ("mediaType", Filter, "mediaType"),
        ("claim", Product, "CLAIM"),
        ("startdate", InputField, "startDate"),
    ],
)
def test_a_name_is_found_in_any_spelling(name: str, kind: type, exact: str) -> None:
    found = CATALOG.named(name)
    assert found is not None
    assert (type(found), found.name) == (kind, exact)


def test_a_name_that_is_a_dimension_and_a_filter_is_both() -> None:
    assert [fact.name for fact in CATALOG.all_named("media-type")] == ["MEDIA_TYPE", "mediaType"]
    assert [fact.name for fact in CATALOG.all_named("mediaType")] == ["mediaType"]


@pytest.mark.parametrize("name", ["", "-", "wievs", "views,day"])
def test_a_name_that_is_none_is_not_found_at_all(name: str) -> None:
    assert CATALOG.named(name) is None
    assert CATALOG.all_named(name) == ()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("views", "VIEWS"),
        ("Country", "VISITOR_COUNTRY"),
        ("countries", "VISITOR_COUNTRY"),
        ("tags", "CONTENT_TAG"),
        ("watched-seconds", "TIME_WATCHED_SECONDS"),
        ("seconds watched live", "LIVE_TIME_WATCHED_SECONDS"),
        ("money", "ESTIMATED_EARNINGS_USD"),
        ("permission earnings", None),
        ("mobile", "VISITOR_DEVICE_TYPE"),
        ("bytes", "BANDWIDTH_USED_LIVE_BYTES"),
        ("hours", "HOUR"),
    ],
)
def test_a_search_finds_the_nearest_first(text: str, first: str | None) -> None:
    found = CATALOG.search(text)
    assert (found[0].name if found else None) == first


@pytest.mark.parametrize("text", ["", "  ", "-", "xqzw"])
def test_a_search_for_nothing_finds_nothing(text: str) -> None:
    assert CATALOG.search(text) == ()


def test_a_search_for_a_group_finds_its_metrics() -> None:
    found = {fact.name for fact in CATALOG.search("usage")}
    assert found >= {name for name, metric in CATALOG.metrics.items() if metric.group == "usage"}


def test_the_catalogue_is_read_once() -> None:
    assert load_catalog() is CATALOG
    assert isinstance(CATALOG, Catalog)
