"""Facts about figures: the matrix, products, filters, formulas (M, P and F of ``fidelity.toml``)."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from tests.contract.twin import Twin

BY_OWNER = (["VIEWS"], ["VIDEO_OWNER_CHANNEL_SLUG"])
AUDIENCE = [
    "HOUR",
    "DAY",
    "MONTH",
    "VIDEO_OWNER_CHANNEL_SLUG",
    "VIDEO_ID",
    "VIDEO_TITLE",
    "MEDIA_TYPE",
    "CONTENT_TAG",
    "CONTENT_TAG_LIST",
    "PLAYLIST_ID",
    "PLAYLIST_TITLE",
    "VIDEO_POSITION",
    "PLAYER_ID",
    "PLAYER_TITLE",
    "PUBLISHER_ID",
    "PUBLISHER_CHANNEL",
    "VISITOR_DOMAIN_GROUP",
    "VISITOR_PAGE_URL",
    "VISITOR_SUBDOMAIN",
    "VISITOR_COUNTRY",
    "VISITOR_DEVICE_TYPE",
    "ACTION",
]
REVENUE = [
    "DAY",
    "MONTH",
    "CHANNEL_SLUG",
    "VIDEO_OWNER_CHANNEL_SLUG",
    "VIDEO_ID",
    "VIDEO_TITLE",
    "CONTENT_TAG",
    "CONTENT_TAG_LIST",
    "PLAYLIST_ID",
    "PLAYLIST_TITLE",
    "VIDEO_POSITION",
    "PLAYER_ID",
    "PLAYER_TITLE",
    "PUBLISHER_ID",
    "PUBLISHER_CHANNEL",
    "VISITOR_DOMAIN_GROUP",
    "VISITOR_PAGE_URL",
]
UPLOADS = ["MONTH", "DAY", "VIDEO_OWNER_CHANNEL_SLUG", "VIDEO_ID", "VIDEO_TITLE", "VISIBILITY"]
PLAYLISTS = ("MEDIA_TYPE", "PLAYLIST_ID", "PLAYLIST_TITLE", "VIDEO_POSITION")
VISITORS = (
    "VISITOR_DOMAIN_GROUP",
    "VISITOR_PAGE_URL",
    "VISITOR_SUBDOMAIN",
    "VISITOR_COUNTRY",
    "VISITOR_DEVICE_TYPE",
)


def goes_with(twin: Twin, metric: str, dimensions: list[str], **days: str) -> None:
    for dimension in dimensions:
        assert twin.rows([metric], [dimension], **days), dimension


def is_quotient(twin: Twin, metric: str, above: str, below: str, times: int = 1) -> None:
    """Whether every row of a metric is one metric by another, rounded as it is written."""
    rows = twin.rows([above, below, metric], ["DAY"])
    assert len(rows) == 2
    for _, part, whole, ratio in rows:
        exact = times * Decimal(part) / Decimal(whole)
        assert Decimal(ratio) == exact.quantize(Decimal(ratio), ROUND_HALF_EVEN)


def clashes_with(twin: Twin, metrics: tuple[str, ...], dimensions: tuple[str, ...]) -> None:
    for metric in metrics:
        for dimension in dimensions:
            assert f"{metric} is not compatible with {dimension}" in twin.refused([metric], [dimension])


class TestTheMatrix:
    @pytest.mark.parametrize("metric", ["VIEWS", "TIME_WATCHED_SECONDS", "AVERAGE_WATCH_TIME_SEC", "VIEW_THROUGH_RATE"])
    def test_audience_goes_with_its_22_dimensions(self, twin: Twin, metric: str) -> None:
        assert len(AUDIENCE) == 22
        goes_with(twin, metric, AUDIENCE)

    @pytest.mark.parametrize("metric", ["ESTIMATED_EARNINGS_EUR", "ESTIMATED_EARNINGS_USD"])
    def test_earnings_go_with_the_dimensions_of_their_row(self, twin: Twin, metric: str) -> None:
        goes_with(twin, metric, REVENUE)

    def test_uploads_go_with_six_dimensions(self, twin: Twin) -> None:
        goes_with(twin, "UPLOADS", UPLOADS, startDate="2018-01-01", endDate="2018-06-29")

    @pytest.mark.parametrize("metric", ["LIVE_VIEWERS", "LIVE_TIME_WATCHED_SECONDS"])
    def test_live_figures_go_with_18_dimensions(self, twin: Twin, metric: str) -> None:
        live = [name for name in AUDIENCE if name not in PLAYLISTS]
        assert len(live) == 18
        goes_with(twin, metric, live)

    def test_earnings_do_not_go_with_hours(self, twin: Twin) -> None:
        clashes_with(twin, ("ESTIMATED_EARNINGS_EUR", "ESTIMATED_EARNINGS_USD"), ("HOUR",))

    def test_live_figures_do_not_go_with_media_and_playlists(self, twin: Twin) -> None:
        clashes_with(twin, ("LIVE_VIEWERS", "LIVE_TIME_WATCHED_SECONDS"), PLAYLISTS)

    def test_uploads_do_not_go_with_visitors(self, twin: Twin) -> None:
        clashes_with(twin, ("UPLOADS",), VISITORS)

    def test_uploads_do_not_go_with_hours(self, twin: Twin) -> None:
        clashes_with(twin, ("UPLOADS",), ("HOUR",))

    def test_visibility_goes_with_uploads_alone(self, twin: Twin) -> None:
        clashes_with(twin, ("VIEWS", "LIVE_VIEWERS"), ("VISIBILITY",))

    def test_channel_slug_goes_with_earnings_alone(self, twin: Twin) -> None:
        clashes_with(twin, ("VIEWS", "UPLOADS", "LIVE_VIEWERS"), ("CHANNEL_SLUG",))
        assert twin.create(["ESTIMATED_EARNINGS_EUR"], ["CHANNEL_SLUG"])

    def test_average_watch_time_is_time_by_views(self, twin: Twin) -> None:
        rows = twin.rows(["TIME_WATCHED_SECONDS", "VIEWS", "AVERAGE_WATCH_TIME_SEC"], ["VISITOR_COUNTRY"])
        assert len(rows) > 2
        for _, seconds, views, average in rows:
            exact = Decimal(seconds) / Decimal(views)
            assert Decimal(average) == exact.quantize(Decimal(average), ROUND_HALF_EVEN)

    def test_no_ad_rate_is_no_ads_by_inventory(self, twin: Twin) -> None:
        is_quotient(twin, "NO_AD_RATE", "NO_ADS", "TOTAL_INVENTORY")

    def test_fill_rate_is_impressions_by_sellable_inventory(self, twin: Twin) -> None:
        is_quotient(twin, "FILL_RATE", "NB_IMPRESSION", "SELLABLE_INVENTORY")

    def test_missed_impressions_are_sellable_inventory_without_impressions(self, twin: Twin) -> None:
        rows = twin.rows(["SELLABLE_INVENTORY", "NB_IMPRESSION", "NB_MISSED_IMPRESSION"], ["DAY"])
        assert len(rows) == 2
        assert all(int(sellable) - int(shown) == int(missed) > 0 for _, sellable, shown, missed in rows)

    def test_ecpm_is_earnings_by_thousand_impressions(self, twin: Twin) -> None:
        is_quotient(twin, "ECPM_EUR", "ESTIMATED_EARNINGS_EUR", "NB_IMPRESSION", times=1000)

    def test_days_and_hours_are_of_utc(self, twin: Twin) -> None:
        by_hour = twin.rows(["VIEWS"], ["HOUR"])
        summed: dict[str, int] = {}
        for hour, views in by_hour:
            summed[hour[:10]] = summed.get(hour[:10], 0) + int(views)
        assert summed == {day: int(views) for day, views in twin.rows(["VIEWS"], ["DAY"])}

    def test_months_are_of_the_calendar(self, twin: Twin) -> None:
        rows = twin.rows(["VIEWS"], ["MONTH"], startDate="2023-06-30", endDate="2023-07-01")
        assert [row[0] for row in rows] == ["2023-06", "2023-07"]


class TestProducts:
    @pytest.mark.parametrize("product", ["CONTENT", "EMBED", "CLAIM"])
    def test_a_product_has_the_rows_of_its_own_truth(self, twin: Twin, product: str) -> None:
        rows = twin.rows(*BY_OWNER, product=product)
        assert sorted(rows) == sorted(twin.truth("VIEWS", "VIDEO_OWNER_CHANNEL_SLUG", product))
        others = {"CONTENT", "EMBED", "CLAIM"} - {product}
        assert all(rows != twin.rows(*BY_OWNER, product=other) for other in others)

    def test_all_is_what_any_of_the_three_has(self, twin: Twin) -> None:
        views = {
            product: int(twin.rows(["VIEWS"], ["MONTH"], product=product)[0][1])
            for product in ("ALL", "CONTENT", "EMBED", "CLAIM")
        }
        parts = [views[product] for product in ("CONTENT", "EMBED", "CLAIM")]
        assert max(parts) < views["ALL"] <= sum(parts)

    def test_content_is_meant_where_no_product_is_named(self, twin: Twin) -> None:
        assert twin.rows(*BY_OWNER) == twin.rows(*BY_OWNER, product="CONTENT")
        assert twin.rows(*BY_OWNER) != twin.rows(*BY_OWNER, product="ALL")


class TestFilters:
    def test_owner_keeps_one_channel(self, twin: Twin) -> None:
        channel = twin.info["channels"][0]
        everything = {tuple(row) for row in twin.rows(*BY_OWNER)}
        kept = {tuple(row) for row in twin.rows(*BY_OWNER, filters={"videoOwnerChannelSlug": channel})}
        assert kept == {row for row in everything if row[0] == channel}
        assert len(kept) == 1 < len(everything)

    def test_domain_group_keeps_one_group(self, twin: Twin) -> None:
        rows = {tuple(row) for row in twin.rows(["VIEWS"], ["VISITOR_DOMAIN_GROUP"])}
        group = min(row[0] for row in rows if row[0])
        kept = twin.rows(["VIEWS"], ["VISITOR_DOMAIN_GROUP"], filters={"visitorDomainGroup": group})
        assert {tuple(row) for row in kept} == {row for row in rows if row[0] == group} != rows

    def test_media_type_keeps_one_kind(self, twin: Twin) -> None:
        rows = {tuple(row) for row in twin.rows(["VIEWS"], ["MEDIA_TYPE"])}
        kept = {word: twin.rows(["VIEWS"], ["MEDIA_TYPE"], filters={"mediaType": word}) for word in ("VIDEO", "LIVE")}
        for word, found in kept.items():
            assert {tuple(row) for row in found} == {row for row in rows if row[0] == word.lower()}
        assert kept["VIDEO"]

    def test_channel_keeps_the_data_of_one_channel(self, twin: Twin) -> None:
        asked = ["ESTIMATED_EARNINGS_EUR"], ["CHANNEL_SLUG"]
        rows = {tuple(row) for row in twin.rows(*asked)}
        channel = min(row[0] for row in rows if row[0])
        assert {tuple(row) for row in twin.rows(*asked, filters={"channelSlug": channel})} == {
            row for row in rows if row[0] == channel
        }

    def test_monetization_type_narrows(self, twin: Twin) -> None:
        words = ("CLAIM", "VIDEO_MONETIZATION", "WEBSITE_MONETIZATION")
        asked = ["VIEWS"], ["MONTH"]
        parts = [
            sum(int(row[1]) for row in twin.rows(*asked, product="ALL", filters={"monetizationType": w})) for w in words
        ]
        assert 0 < sum(parts) <= int(twin.rows(*asked, product="ALL")[0][1])

    def test_without_a_filter_a_key_reports_on_all_its_channels(self, twin: Twin) -> None:
        owners = {row[0] for row in twin.rows(*BY_OWNER)}
        assert len(owners) > 1
        assert owners <= set(twin.info["channels"])
