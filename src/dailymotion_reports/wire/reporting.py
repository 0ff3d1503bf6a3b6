"""The two messages of the Reporting API: ask for a report, and read the state of reports.

Sources: https://developers.dailymotion.com/guides/generate-reports-using-public-api-key/ for the exchanges, and
the public schema of 2024-10-08 for types and nullability: every field on the way to a link may be null.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self, TypeVar

import msgspec

from dailymotion_reports.errors import TokenMissing, UnreadableAnswer
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLRequest

_T = TypeVar("_T")

MAX_ALIASES = 15
"""Reports that one read may name; more make a document that a careful server would refuse."""

ASK_DOCUMENT = """\
mutation AskReport($input: AskPartnerReportFileInput!) {
  askPartnerReportFile(input: $input) { reportFile { reportToken status createDate } }
}"""

_LINKS = "totalCount pageInfo { hasNextPage nextPage } edges { node { link } }"


@dataclass(frozen=True, slots=True)
class AskReport:
    """The mutation that starts a report.  It has no idempotency key: sent twice, it makes two reports."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    start: date
    end: date
    filters: Mapping[str, str] = field(default_factory=dict)
    product: str | None = None

    @classmethod
    def of(cls, request: ReportRequest) -> Self:
        """The message for a planned request."""
        return cls(
            request.metrics,
            request.dimensions,
            request.window.start,
            request.window.end,
            request.filters,
            request.product,
        )

    def encode(self) -> GraphQLRequest:
        """The mutation; days as plain ``YYYY-MM-DD``, which is what every known client sends."""
        asked: dict[str, Any] = {
            "metrics": list(self.metrics),
            "dimensions": list(self.dimensions),
            "startDate": str(self.start),
            "endDate": str(self.end),
            "filters": dict(self.filters),
        }
        if self.product:
            asked["product"] = self.product
        return GraphQLRequest(ASK_DOCUMENT, {"input": asked}, "AskReport", repeatable=False)

    @classmethod
    def decode(cls, asked: Mapping[str, Any]) -> Self:
        """The message in an ``input`` that the schema has already accepted (lists coerced, dates parsed)."""
        filters = asked.get("filters") or {}
        return cls(
            tuple(name for name in asked["metrics"] if name),
            tuple(name for name in asked["dimensions"] if name),
            asked["startDate"],
            asked["endDate"],
            {name: str(value) for name, value in filters.items() if value is not None},
            asked.get("product"),
        )


@dataclass(frozen=True, slots=True)
class ReportAccepted:
    """The service has started a report.  ``created`` is the server's date, from which 48 hours run."""

    token: Secret
    created: datetime | None = None

    @classmethod
    def decode(cls, answer: GraphQLAnswer) -> Self:
        """The token of a created report.  Raises TokenMissing where any field on the way to it is null."""
        payload = _convert(answer.data, _AskData).askPartnerReportFile
        file = payload.reportFile if payload else None
        if file is None or not file.reportToken:
            missing = "reportFile" if file is None else "reportToken"
            raise TokenMissing(f"The service accepted the request but sent no {missing}.")
        return cls(Secret(file.reportToken), _date(file.createDate))


@dataclass(frozen=True, slots=True)
class ReportState:
    """What the service says of one report.

    ``status`` is an open vocabulary: IN_PROGRESS, FINISHED, FAILED, EXPIRED, None, and words not known yet.
    ``links`` are the links of this page, ``holes`` counts entries without one (a missing list is one), ``total``
    is the server's count of all links.  ``found`` is false where the service does not know the report.
    """

    token: Secret
    status: str | None = None
    created: datetime | None = None
    links: tuple[Secret, ...] = ()
    holes: int = 0
    total: int | None = None
    next_page: int | None = None
    found: bool = True


@dataclass(frozen=True, slots=True)
class ReadReports:
    """The query that reads the state of several reports at once, one alias each, all at the same page."""

    tokens: tuple[Secret, ...]
    page: int | None = None

    def encode(self) -> GraphQLRequest:
        """The query.  Without ``page`` the paging arguments are left out, as in the guide's own query."""
        arguments = f"(page: {self.page})" if self.page else ""
        variables = ", ".join(f"$t{n}: String!" for n in range(len(self.tokens)))
        fields = "\n".join(
            f"    r{n}: reportFile(reportToken: $t{n}) {{ status createDate downloadLinks{arguments} {{ {_LINKS} }} }}"
            for n in range(len(self.tokens))
        )
        document = f"query ReadReports({variables}) {{\n  partner {{\n{fields}\n  }}\n}}"
        values = {f"t{n}": token.reveal() for n, token in enumerate(self.tokens)}
        return GraphQLRequest(document, values, "ReadReports")

    def decode(self, answer: GraphQLAnswer) -> tuple[ReportState, ...]:
        """One state per token, in order.  Raises UnreadableAnswer where the data is not of the schema's shape."""
        data = _convert(answer.data, _ReadData)
        files = data.partner or {}
        return tuple(_state(token, files.get(f"r{n}"), self.page or 1) for n, token in enumerate(self.tokens))


class _File(msgspec.Struct):
    reportToken: str | None = None  # noqa: N815
    status: str | None = None
    createDate: Any = None  # noqa: N815
    downloadLinks: "_Connection | None" = None  # noqa: N815


class _Connection(msgspec.Struct):
    edges: "list[_Edge | None] | None" = None
    pageInfo: "_PageInfo | None" = None  # noqa: N815
    totalCount: int | None = None  # noqa: N815


class _Edge(msgspec.Struct):
    node: "_Node | None" = None


class _Node(msgspec.Struct):
    link: str | None = None


class _PageInfo(msgspec.Struct):
    hasNextPage: bool = False  # noqa: N815
    nextPage: int | None = None  # noqa: N815


class _Payload(msgspec.Struct):
    reportFile: _File | None = None  # noqa: N815


class _AskData(msgspec.Struct):
    askPartnerReportFile: _Payload | None = None  # noqa: N815


class _ReadData(msgspec.Struct):
    partner: dict[str, _File | None] | None = None


def _state(token: Secret, file: _File | None, number: int) -> ReportState:
    if file is None:
        return ReportState(token, found=False)
    connection = file.downloadLinks or _Connection()
    # A list that is missing is not an empty list: it counts as one entry without a link.
    edges = [None] if connection.edges is None else connection.edges
    nodes = [edge.node if edge else None for edge in edges]
    links = tuple(Secret(node.link) for node in nodes if node and node.link)
    return ReportState(
        token=token,
        status=file.status,
        created=_date(file.createDate),
        links=links,
        holes=len(nodes) - len(links),
        total=connection.totalCount,
        next_page=_following(connection.pageInfo, number),
    )


def _following(page: _PageInfo | None, number: int) -> int | None:
    """The page after page ``number``; where the service says that there is one, but not which, the next."""
    if page is None or not page.hasNextPage:
        return None
    return number + 1 if page.nextPage is None else page.nextPage


def _convert(data: Mapping[str, Any] | None, shape: type[_T]) -> _T:
    try:
        return msgspec.convert(data or {}, shape)
    except msgspec.ValidationError as error:
        raise UnreadableAnswer(f"The answer is not of the documented shape: {error}.") from None


def _date(text: object) -> datetime | None:
    """The server's date, or None: a date that cannot be read must not cost us the report."""
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def tokens_in_reads(tokens: Sequence[Secret]) -> tuple[tuple[Secret, ...], ...]:
    """``tokens`` in groups that one read may name."""
    return tuple(tuple(tokens[n : n + MAX_ALIASES]) for n in range(0, len(tokens), MAX_ALIASES))
