"""The catalogue: every name, its rule, and what the published matrix says of each pair."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from dailymotion_reports.query.catalog import Catalog, Limits, load_catalog, nearest, parse_catalog

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


def test_no_other_metric_pretends_to_have_parts() -> None:
    with_parts = {name for name, m in CATALOG.metrics.items() if m.numerator or m.denominator}
    assert with_parts == set(RECOMPUTED)


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
    dimensions = {*row["allowed"], *row["denied"], *row.get("seen", ()), *row.get("likely", ())}
    assert dimensions <= set(CATALOG.dimensions)
    assert not CATALOG.groups[group].allowed & CATALOG.groups[group].denied


@pytest.mark.parametrize("group", raw()["groups"])
def test_the_metrics_of_a_group_say_so_themselves(group: str) -> None:
    for metric in raw()["groups"][group]["metrics"]:
        assert CATALOG.metrics[metric].group == group


def test_every_fact_says_how_sure_it_is() -> None:
    sure = {"documented", "seen in schema", "seen in user code", "inferred", "unknown"}
    for kind in ("metrics", "dimensions", "filters", "products", "groups"):
        for name, row in raw()[kind].items():
            assert row["confidence"] in sure, (kind, name)
    for kind in ("metrics", "dimensions", "groups"):
        assert all(row["source"] for row in raw()[kind].values())


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
        ("ESTIMATED_EARNINGS_USD", "VISITOR_DEVICE_TYPE", "allowed"),
        ("ESTIMATED_EARNINGS_USD", "VISITOR_COUNTRY", "allowed"),
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
    assert answers == {"allowed", "denied", "unknown"}


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


def test_the_catalogue_is_read_once() -> None:
    assert load_catalog() is CATALOG
    assert isinstance(CATALOG, Catalog)
