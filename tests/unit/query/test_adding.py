"""How a metric's cells become one, by its rule."""

import pytest

from dailymotion_reports.query.adding import Merge, figure
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.question import Problem
from dailymotion_reports.query.recipe import Figure

CATALOG = load_catalog()
DAYS = Merge("two days", "Group by DAY")
CHANNELS = Merge("two channels", "Group by channel", time=False)


@pytest.mark.parametrize("name", sorted(CATALOG.metrics))
@pytest.mark.row("PF15")
def test_PF15_every_metric_is_added_divided_anew_or_refused_by_name(name: str) -> None:
    made, rule = figure(name, CATALOG, (DAYS,), ()), CATALOG.metrics[name].rule
    match rule:
        case "add":
            assert made == Figure(name, "add")
        case "recompute":
            assert isinstance(made, Figure)
            assert (made.how, set(made.parts)) == ("ratio", set(CATALOG.metrics[name].parts))
        case _:
            assert isinstance(made, Problem)
            assert made.text.startswith(f"{name} cannot be put together over two days: ")
            assert made.hint.startswith("Group by DAY")


@pytest.mark.parametrize("name", sorted(CATALOG.metrics))
def test_nothing_is_put_together_where_each_row_stays_a_row(name: str) -> None:
    assert figure(name, CATALOG, (), ()) == Figure(name, "add" if CATALOG.metrics[name].rule == "add" else "one")


def test_a_level_is_a_sum_over_channels_and_none_over_days() -> None:
    assert figure("STORAGE_USED_BYTES", CATALOG, (CHANNELS,), ()) == Figure("STORAGE_USED_BYTES", "add")
    told = figure("STORAGE_USED_BYTES", CATALOG, (CHANNELS, DAYS), ())
    assert isinstance(told, Problem)
    assert "it is a level" in told.text


def test_a_formula_that_no_document_gives_is_used_only_where_it_is_assumed() -> None:
    told = figure("ECPM_EUR", CATALOG, (DAYS,), ())
    assert isinstance(told, Problem)
    assert "--assume-formula ECPM_EUR" in told.hint
    made = figure("ECPM_EUR", CATALOG, (DAYS,), ("ECPM_EUR",))
    assert made == Figure("ECPM_EUR", "ratio", ("ESTIMATED_EARNINGS_EUR",), ("NB_IMPRESSION",), 1000)


def test_a_name_that_the_catalogue_does_not_hold_is_not_put_together() -> None:
    assert isinstance(figure("NEW", CATALOG, (DAYS,), ()), Problem)
    assert figure("NEW", CATALOG, (), ()) == Figure("NEW", "one")
