"""Scopes alone: those of a token, and those that a metric needs."""

import pytest

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.sandbox.scopes import KNOWN, granted, needed


def test_scopes_keep_the_order_in_which_they_were_asked_for() -> None:
    assert granted("read_reports access_ads  read_reports", None) == ("read_reports", "access_ads")


@pytest.mark.parametrize(("allowed", "given"), [(None, None), ((), ()), (("create_reports",), ("create_reports",))])
def test_who_asks_for_none_gets_all_that_the_key_is_allowed(
    allowed: tuple[str, ...] | None, given: tuple[str, ...] | None
) -> None:
    assert granted(" ", allowed) == given


def test_a_metric_needs_every_scope_that_the_catalogue_gives_it() -> None:
    assert needed(load_catalog().metrics["ECPM_EUR"]) == ("access_ads", "access_revenue")
    assert needed(load_catalog().metrics["ESTIMATED_EARNINGS_EUR"]) == ("access_revenue",)
    assert needed(load_catalog().metrics["VIEWS"]) == ()


def test_every_scope_of_the_catalogue_is_known() -> None:
    assert {scope for metric in load_catalog().metrics.values() for scope in needed(metric)} <= set(KNOWN)
