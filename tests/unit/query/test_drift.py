"""Drift: what the service has and we lack, what it lacks and we have, and what would make it refuse us."""

from dataclasses import replace
from typing import Any

import pytest

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.drift import SENT, Difference, ServiceField, ServiceNames, drift

CATALOG = load_catalog()
FILTERS = {f.name: ServiceField(f.name, f.type, values=f.values) for f in CATALOG.filters.values()}
INPUTS = {i.name: ServiceField(i.name, i.type, i.required) for i in CATALOG.inputs.values()}
SAME = ServiceNames(
    metrics=tuple(CATALOG.metrics),
    dimensions=tuple(CATALOG.dimensions),
    products=CATALOG.products,
    statuses=tuple(CATALOG.statuses),
    filters=FILTERS,
    inputs=INPUTS,
)


def differences(**changed: Any) -> list[tuple[str, str, str]]:
    return [(one.what, one.kind, one.name) for one in drift(CATALOG, replace(SAME, **changed)).differences]


def without(names: tuple[str, ...], *gone: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in gone)


def test_a_service_that_is_as_we_know_it_has_no_drift() -> None:
    found = drift(CATALOG, SAME)
    assert (found.differences, found.found, found.breaking) == ((), False, ())
    assert found.compared == 62 + 53 + 4 + 4 + 5 + 7


@pytest.mark.parametrize(
    ("field", "kind"),
    [("metrics", "metric"), ("dimensions", "dimension"), ("products", "product"), ("statuses", "status")],
)
def test_C12_a_name_that_we_lack_is_new(field: str, kind: str) -> None:
    assert differences(**{field: (*getattr(SAME, field), "NEW_NAME")}) == [("new", kind, "NEW_NAME")]


def test_C12_a_name_that_the_service_had_is_gone() -> None:
    assert differences(dimensions=without(SAME.dimensions or (), "PLAYLIST_TITLE")) == [
        ("gone", "dimension", "PLAYLIST_TITLE")
    ]


def test_a_name_that_the_public_schema_never_had_is_absent_and_no_news() -> None:
    found = drift(CATALOG, replace(SAME, metrics=without(SAME.metrics or (), "AVERAGE_WATCH_TIME_SEC")))
    (one,) = found.differences
    assert one == Difference("absent", "metric", "AVERAGE_WATCH_TIME_SEC", "documented, 2026-10-12")
    assert not found.found


def test_C12_a_new_required_field_means_that_the_service_will_refuse_us() -> None:
    inputs = {**INPUTS, "currency": ServiceField("currency", "String!", True)}
    found = drift(CATALOG, replace(SAME, inputs=inputs))
    assert found.differences == found.breaking == (Difference("required", "input field", "currency", "String!"),)


def test_a_new_field_that_may_be_left_out_is_only_new() -> None:
    found = drift(CATALOG, replace(SAME, inputs={**INPUTS, "currency": ServiceField("currency", "String")}))
    assert [(one.what, one.name) for one in found.differences] == [("new", "currency")]
    assert found.found
    assert not found.breaking


@pytest.mark.parametrize("name", SENT)
def test_a_field_that_we_send_and_the_service_takes_no_more_is_breaking(name: str) -> None:
    inputs = {key: value for key, value in INPUTS.items() if key != name}
    assert [one.name for one in drift(CATALOG, replace(SAME, inputs=inputs)).breaking] == [name]


def test_a_deprecated_field_that_is_hidden_is_no_news() -> None:
    assert differences(inputs={k: v for k, v in INPUTS.items() if k != "clientMutationId"}) == []


def test_a_filter_that_must_be_given_is_breaking() -> None:
    filters = {**FILTERS, "organization": ServiceField("organization", "String!", True)}
    assert differences(filters=filters) == [("required", "filter", "organization")]


def test_values_of_a_filter_come_and_go() -> None:
    filters = {**FILTERS, "mediaType": replace(FILTERS["mediaType"], values=("VIDEO", "AUDIO"))}
    assert differences(filters=filters) == [
        ("new", "value of mediaType", "AUDIO"),
        ("gone", "value of mediaType", "LIVE"),
    ]


def test_values_that_are_not_shown_are_not_compared() -> None:
    assert differences(filters={**FILTERS, "mediaType": replace(FILTERS["mediaType"], values=())}) == []


def test_another_type_is_told_and_what_may_be_null_is_not() -> None:
    inputs = {
        **INPUTS,
        "startDate": ServiceField("startDate", "Date!", True),
        "metrics": ServiceField("metrics", "[PartnerReportMetric!]!", True),
        "product": ServiceField("product", "unknown"),
    }
    found = drift(CATALOG, replace(SAME, inputs=inputs))
    assert found.differences == (Difference("type", "input field", "startDate", "Date!, it was DateTime!"),)


def test_what_the_service_calls_outdated_is_told() -> None:
    assert differences(deprecated=frozenset({"VIEWS", "UNHEARD_OF"})) == [("deprecated", "metric", "VIEWS")]


def test_a_type_that_is_not_shown_is_unseen_and_not_gone() -> None:
    assert differences(dimensions=None, filters=None) == [("unseen", "dimension", ""), ("unseen", "filter", "")]


def test_nothing_at_all_is_empty() -> None:
    assert ServiceNames().empty
    assert not replace(ServiceNames(), statuses=()).empty


def test_the_json_of_a_drift_is_what_is_promised() -> None:
    found = drift(CATALOG, replace(SAME, metrics=(*CATALOG.metrics, "NEW_METRIC")))
    assert found.as_dict() == {
        "found": True,
        "breaking": False,
        "compared": 136,
        "differences": [{"what": "new", "kind": "metric", "name": "NEW_METRIC", "detail": ""}],
    }
