"""Facts about the schema (S of ``fidelity.toml``), as a client sees it who asks the sandbox for it."""

from functools import cache
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLNamedType, GraphQLObjectType, build_client_schema, get_introspection_query
from tests.contract.twin import Twin

from dailymotion_reports.query.catalog import load_catalog


@pytest.fixture(scope="module")
def types(one_sandbox: Any) -> dict[str, GraphQLNamedType]:
    said = Twin(one_sandbox).say(get_introspection_query(input_value_deprecation=True))
    return dict(build_client_schema(said["data"]).type_map)


def fields(kind: Any) -> dict[str, str]:
    return {name: str(field.type) for name, field in kind.fields.items()}


def arguments(kind: Any, field: str) -> dict[str, str]:
    return {name: str(argument.type) for name, argument in kind.fields[field].args.items()}


def values(kind: GraphQLNamedType) -> set[str]:
    assert isinstance(kind, GraphQLEnumType)
    return set(kind.values)


FIELDS = {
    "Mutation": {
        "askPartnerReportFile": "AskPartnerReportFilePayload",
    },
    "AskPartnerReportFileInput": {
        "dimensions": "[PartnerReportDimension]!",
        "metrics": "[PartnerReportMetric]!",
        "startDate": "DateTime!",
        "endDate": "DateTime!",
        "filters": "PartnerReportFilters",
        "product": "PartnerReportProduct",
        "clientMutationId": "String",
    },
    "AskPartnerReportFilePayload": {
        "reportFile": "PartnerReportFile",
        "status": "Status",
        "clientMutationId": "String",
    },
    "PartnerReportFile": {
        "id": "ID!",
        "reportToken": "String",
        "status": "PartnerReportStatus",
        "createDate": "DateTime!",
        "createdAt": "DateTime",
        "downloadLinks": "ReportFileDownloadLinkConnection",
    },
    "Query": {
        "partner": "PartnerSpace",
    },
    "PartnerSpace": {
        "reportFile": "PartnerReportFile",
    },
    "ReportFileDownloadLinkConnection": {
        "edges": "[ReportFileDownloadLinkEdge]!",
        "pageInfo": "PageInfo!",
        "metadata": "Metadata!",
        "totalCount": "Int",
    },
    "ReportFileDownloadLinkEdge": {
        "node": "ReportFileDownloadLink",
    },
    "ReportFileDownloadLink": {
        "id": "ID!",
        "link": "String",
    },
    "PageInfo": {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "nextPage": "Int",
    },
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_have_the_types_that_were_seen(types: dict[str, GraphQLNamedType], name: str) -> None:
    found = fields(types[name])
    assert {field: found[field] for field in FIELDS[name]} == FIELDS[name]


ARGUMENTS = {
    "Mutation.askPartnerReportFile": {"input": "AskPartnerReportFileInput!"},
    "PartnerSpace.reportFile": {"reportToken": "String!"},
    "PartnerReportFile.downloadLinks": {"first": "Int", "page": "Int"},
}


@pytest.mark.parametrize("place", ARGUMENTS)
def test_a_field_takes_the_arguments_that_were_seen(types: dict[str, GraphQLNamedType], place: str) -> None:
    kind, _, field = place.partition(".")
    assert arguments(types[kind], field) == ARGUMENTS[place]


WORDS = {
    "Status": {"SUCCESS"},
    "PartnerReportStatus": {"IN_PROGRESS", "FINISHED", "FAILED", "EXPIRED"},
    "PartnerReportProduct": {"CONTENT", "EMBED", "CLAIM", "ALL"},
    "PartnerReportFilterMediaType": {"VIDEO", "LIVE"},
    "PartnerReportFilterMonetizationType": {"CLAIM", "VIDEO_MONETIZATION", "WEBSITE_MONETIZATION"},
}


@pytest.mark.parametrize("name", WORDS)
def test_an_enum_has_the_words_that_were_seen(types: dict[str, GraphQLNamedType], name: str) -> None:
    assert values(types[name]) == WORDS[name]


FILTERS = {
    "channelSlug": "String",
    "videoOwnerChannelSlug": "String",
    "visitorDomainGroup": "String",
    "mediaType": "PartnerReportFilterMediaType",
    "monetizationType": "PartnerReportFilterMonetizationType",
}


def test_there_are_five_filters_of_one_value_each(types: dict[str, GraphQLNamedType]) -> None:
    assert fields(types["PartnerReportFilters"]) == FILTERS


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("AskPartnerReportFileInput", "clientMutationId"),
        ("AskPartnerReportFilePayload", "clientMutationId"),
        ("PartnerReportFile", "createdAt"),
    ],
)
def test_a_field_is_marked_as_outdated(types: dict[str, GraphQLNamedType], kind: str, field: str) -> None:
    assert getattr(types[kind], "fields")[field].deprecation_reason  # noqa: B009  (two kinds of types have fields)


def test_a_report_file_is_a_node(types: dict[str, GraphQLNamedType]) -> None:
    kind = types["PartnerReportFile"]
    assert isinstance(kind, GraphQLObjectType)
    assert [one.name for one in kind.interfaces] == ["Node"]


def test_a_report_file_gives_no_reason(types: dict[str, GraphQLNamedType]) -> None:
    own = {"id", "reportToken", "status", "createDate", "createdAt", "downloadLinks"}
    assert set(fields(types["PartnerReportFile"])) == own


def test_a_partner_has_an_id_and_one_report(types: dict[str, GraphQLNamedType]) -> None:
    assert set(fields(types["PartnerSpace"])) == {"id", "reportFile"}


def test_nothing_deletes_a_report(types: dict[str, GraphQLNamedType]) -> None:
    assert set(fields(types["Mutation"])) == {"askPartnerReportFile"}


@cache
def seen(kind: str) -> frozenset[str]:
    """The names of a kind that the schema copy of 2024 has, by the catalogue's sources."""
    facts = getattr(load_catalog(), kind).values()
    return frozenset(fact.name for fact in facts if "SCH" in fact.source)


def test_the_metrics_of_the_schema_can_be_named(types: dict[str, GraphQLNamedType]) -> None:
    assert len(seen("metrics")) == 61
    assert seen("metrics") <= values(types["PartnerReportMetric"])


def test_the_dimensions_of_the_schema_can_be_named(types: dict[str, GraphQLNamedType]) -> None:
    assert len(seen("dimensions")) == 47
    assert seen("dimensions") <= values(types["PartnerReportDimension"])


def test_a_metric_of_the_documents_can_be_named(types: dict[str, GraphQLNamedType]) -> None:
    assert "AVERAGE_WATCH_TIME_SEC" not in seen("metrics")
    assert "AVERAGE_WATCH_TIME_SEC" in values(types["PartnerReportMetric"])


def test_a_dimension_of_the_documents_can_be_named(types: dict[str, GraphQLNamedType]) -> None:
    assert "PUBLISHER_ID" not in seen("dimensions")
    assert "PUBLISHER_ID" in values(types["PartnerReportDimension"])


def test_dimensions_of_user_code_can_be_named(types: dict[str, GraphQLNamedType]) -> None:
    sent = {"RENDITION_RESOLUTION", "RENDITION_FPS", "PLAYER_TYPE", "VIDEO_OWNER_ID", "VIDEO_OWNER_USERNAME"}
    assert sent <= values(types["PartnerReportDimension"])


class TestOnTheWire:
    def test_lists_must_be_there(self, twin: Twin) -> None:
        for name in ("metrics", "dimensions"):
            assert name in twin.refused(**{name: ...})
            assert name in twin.refused(**{name: None})

    def test_days_must_be_there(self, twin: Twin) -> None:
        for name in ("startDate", "endDate"):
            assert name in twin.refused(**{name: ...})

    def test_filters_and_product_may_be_left_out(self, twin: Twin) -> None:
        assert twin.create(filters=..., product=...)

    def test_a_moment_of_creation_is_in_iso_8601(self, twin: Twin) -> None:
        assert twin.selected(twin.create(), "createDate createdAt") == {
            "createDate": "2026-01-15T12:00:00+00:00",
            "createdAt": "2026-01-15T12:00:00+00:00",
        }

    def test_a_mutation_says_success_and_repeats_its_id(self, twin: Twin) -> None:
        asked = 'mutation { askPartnerReportFile(input: {metrics: [VIEWS], dimensions: [DAY], startDate: "2023-07-01",'
        said = twin.say(asked + ' endDate: "2023-07-01", clientMutationId: "m-1"}) { status clientMutationId } }')
        assert said["data"]["askPartnerReportFile"] == {"status": "SUCCESS", "clientMutationId": "m-1"}
