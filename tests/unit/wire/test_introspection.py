"""The question for the service's names, and what answers of any shape are read as."""

from importlib.resources import files
from typing import Any

import pytest
from graphql import build_schema, graphql_sync, parse, validate

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.drift import ServiceField, ServiceNames
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.introspection import names_in, names_question

SCHEMA = build_schema(files("dailymotion_reports.sandbox").joinpath("schema.graphql").read_text(encoding="utf-8"))
QUESTION = names_question()
TEXT = {"kind": "SCALAR", "name": "String"}


def read(data: Any) -> ServiceNames:
    return names_in(GraphQLAnswer(data))


def field(type_: Any, **more: Any) -> ServiceField:
    names = read({"inputs": {"inputFields": [{"name": "x", "type": type_, **more}]}})
    assert names.inputs is not None
    return names.inputs["x"]


def test_the_question_is_a_valid_query_that_may_be_repeated() -> None:
    assert validate(SCHEMA, parse(QUESTION.query)) == []
    assert (QUESTION.operation, QUESTION.repeatable, dict(QUESTION.variables)) == ("ReportingNames", True, {})


def test_the_answer_of_a_schema_is_read_whole() -> None:
    names = read(graphql_sync(SCHEMA, QUESTION.query).data)
    catalog = load_catalog()
    assert names.metrics == tuple(catalog.metrics)
    assert names.dimensions == tuple(catalog.dimensions)
    assert names.products == catalog.products
    assert names.statuses == tuple(catalog.statuses)
    assert names.filters is not None
    assert names.filters["mediaType"] == ServiceField(
        "mediaType", "PartnerReportFilterMediaType", values=("LIVE", "VIDEO")
    )
    assert names.inputs is not None
    assert names.inputs["metrics"] == ServiceField("metrics", "[PartnerReportMetric]!", True)
    assert names.inputs["filters"] == ServiceField("filters", "PartnerReportFilters")
    assert names.deprecated == frozenset()


def test_a_field_is_required_unless_something_stands_for_it() -> None:
    required = {"kind": "NON_NULL", "ofType": TEXT}
    assert field(required) == ServiceField("x", "String!", True)
    assert field(required, defaultValue='"EUR"') == ServiceField("x", "String!", False)
    assert field(TEXT) == ServiceField("x", "String", False)


def test_a_type_is_written_as_the_schema_writes_it() -> None:
    inner = {"kind": "LIST", "ofType": {"kind": "NON_NULL", "ofType": TEXT}}
    assert field({"kind": "NON_NULL", "ofType": inner}).type == "[String!]!"


def test_values_of_an_enum_are_found_below_its_wrappings() -> None:
    kind = {"kind": "ENUM", "name": "Mood", "enumValues": [{"name": "GOOD"}, {"name": "BAD"}]}
    assert field({"kind": "NON_NULL", "ofType": kind}) == ServiceField("x", "Mood!", True, ("GOOD", "BAD"))


def test_outdated_names_are_remembered() -> None:
    names = read({"metrics": {"enumValues": [{"name": "OLD", "isDeprecated": True}, {"name": "NEW"}]}})
    assert (names.metrics, names.deprecated) == (("OLD", "NEW"), frozenset({"OLD"}))


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"metrics": None},
        {"metrics": []},
        {"metrics": "VIEWS"},
        {"metrics": {"enumValues": None}, "inputs": {"inputFields": None}},
        {"metrics": {"enumValues": {"name": "VIEWS"}}, "filters": {"inputFields": {"name": "x"}}},
        {"metrics": {"enumValues": "VIEWS"}, "inputs": ["x"]},
    ],
)
def test_C12_a_type_of_another_shape_is_not_shown(data: Any) -> None:
    assert read(data).empty


@pytest.mark.parametrize("entry", [None, "VIEWS", 7, [], {}, {"name": None}, {"name": 7}, {"name": ""}])
def test_C12_an_entry_of_another_shape_is_left_out(entry: Any) -> None:
    assert read({"metrics": {"enumValues": [entry, {"name": "VIEWS"}]}}).metrics == ("VIEWS",)
    names = read({"filters": {"inputFields": [entry, {"name": "x", "type": TEXT}]}})
    assert names.filters == {"x": ServiceField("x", "String")}


@pytest.mark.parametrize("type_", [None, "String", [], {}, {"kind": "NON_NULL"}, {"name": None}, {"kind": "NOVEL"}])
def test_C12_a_field_of_an_unknown_type_is_there_all_the_same(type_: Any) -> None:
    assert field(type_).type.strip("!") == "unknown"


def test_a_type_that_wraps_itself_comes_to_an_end() -> None:
    circle: dict[str, Any] = {"kind": "LIST"}
    circle["ofType"] = circle
    assert "unknown" in field(circle).type
