"""The schema file: it parses, and it names everything that the catalog names."""

import tomllib
from importlib.resources import files

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    validate_schema,
)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(files("dailymotion_reports.sandbox").joinpath("schema.graphql").read_text(encoding="utf-8"))


def names(schema: GraphQLSchema, enum: str) -> set[str]:
    found = schema.type_map[enum]
    assert isinstance(found, GraphQLEnumType)
    return set(found.values)


def fields(schema: GraphQLSchema, name: str) -> dict[str, str]:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType | GraphQLInputObjectType)
    return {field: str(value.type) for field, value in found.fields.items()}


def test_the_schema_is_valid(schema: GraphQLSchema) -> None:
    assert validate_schema(schema) == []


@pytest.mark.parametrize(
    ("enum", "table", "count"),
    [("PartnerReportMetric", "metrics", 62), ("PartnerReportDimension", "dimensions", 53)],
)
def test_every_name_of_the_catalog_is_in_the_schema(schema: GraphQLSchema, enum: str, table: str, count: int) -> None:
    catalog = tomllib.loads(files("dailymotion_reports.query").joinpath("catalog.toml").read_text(encoding="utf-8"))
    assert names(schema, enum) == set(catalog[table])
    assert len(names(schema, enum)) == count


def test_the_types_of_the_request_are_the_services(schema: GraphQLSchema) -> None:
    assert fields(schema, "AskPartnerReportFileInput") == {
        "dimensions": "[PartnerReportDimension]!",
        "metrics": "[PartnerReportMetric]!",
        "startDate": "DateTime!",
        "endDate": "DateTime!",
        "filters": "PartnerReportFilters",
        "product": "PartnerReportProduct",
        "clientMutationId": "String",
    }
    assert fields(schema, "PartnerReportFilters") == {
        "channelSlug": "String",
        "videoOwnerChannelSlug": "String",
        "visitorDomainGroup": "String",
        "mediaType": "PartnerReportFilterMediaType",
        "monetizationType": "PartnerReportFilterMonetizationType",
    }


def test_the_types_of_the_answer_are_the_services(schema: GraphQLSchema) -> None:
    assert fields(schema, "PartnerReportFile") == {
        "id": "ID!",
        "reportToken": "String",
        "status": "PartnerReportStatus",
        "createDate": "DateTime!",
        "createdAt": "DateTime",
        "downloadLinks": "ReportFileDownloadLinkConnection",
    }
    assert fields(schema, "ReportFileDownloadLinkConnection") == {
        "edges": "[ReportFileDownloadLinkEdge]!",
        "pageInfo": "PageInfo!",
        "metadata": "Metadata!",
        "totalCount": "Int",
    }
    assert fields(schema, "PageInfo") == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "nextPage": "Int",
    }


def test_small_enums_hold_the_words_that_were_seen(schema: GraphQLSchema) -> None:
    assert names(schema, "PartnerReportStatus") == {"IN_PROGRESS", "FINISHED", "FAILED", "EXPIRED"}
    assert names(schema, "PartnerReportProduct") == {"CONTENT", "EMBED", "CLAIM", "ALL"}
    assert names(schema, "PartnerReportFilterMediaType") == {"VIDEO", "LIVE"}
    assert names(schema, "Status") == {"SUCCESS"}


def test_what_the_service_calls_deprecated_is_marked(schema: GraphQLSchema) -> None:
    marked = {
        (name, field)
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType) and not name.startswith("__")
        for field, value in kind.fields.items()
        if value.deprecation_reason
    }
    assert marked == {
        ("AskPartnerReportFileInput", "clientMutationId"),
        ("AskPartnerReportFilePayload", "clientMutationId"),
        ("PartnerReportFile", "createdAt"),
    }
