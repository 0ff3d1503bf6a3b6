"""Submit a request, read the state of several, follow the pages of links."""

from collections.abc import Sequence
from dataclasses import replace

from dailymotion_reports.errors import PerhapsAccepted, RedirectRefused, ServerFault, TokenMissing, UnreadableAnswer
from dailymotion_reports.flows.session import Flow
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.faults import refused_call, refused_query
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLRequest
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.reporting import (
    AskReport,
    ReadReports,
    ReportAccepted,
    ReportState,
    tokens_in_reads,
)

MAX_PAGES = 1000
"""Link pages after which a report is taken to be paged in a circle."""


def submit(url: str, request: ReportRequest) -> Flow[ReportAccepted]:
    """Ask for a report at the GraphQL endpoint ``url``; the answer holds its token.

    Raises QueryRefused (or a closer ApiError) in the server's words, PerhapsAccepted where the service has a fault,
    TokenMissing where its answer holds no token.  A token that came is kept even where errors stand beside it: a report
    is running, and nobody else can find it.
    """
    try:
        answer = yield from _ask(url, AskReport.of(request).encode())
    except ServerFault as fault:
        raise PerhapsAccepted(f"{fault.message} The report may be running all the same.") from None
    except RedirectRefused:
        raise
    except UnreadableAnswer as error:
        raise TokenMissing(error.message) from None
    if not answer.errors:
        return ReportAccepted.decode(answer)
    try:
        return ReportAccepted.decode(answer)
    except UnreadableAnswer:
        raise refused_query(answer.errors) from None


def probe(url: str) -> Flow[Response]:
    """A question that costs nothing and takes no place: the answer to it, where the service lets us in.

    Raises ApiError where it does not.
    """
    response = yield GraphQLRequest("query Probe { __typename }").encode(url)
    if error := refused_call(response):
        raise error
    GraphQLAnswer.decode(response)
    return response


def read_states(url: str, tokens: Sequence[Secret]) -> Flow[tuple[ReportState, ...]]:
    """The state of each report, in order, with the links of all their pages.

    Raises QueryRefused where the service names errors and leaves a report out, and UnreadableAnswer where the
    pages of links go in a circle.
    """
    states: list[ReportState] = []
    for group in tokens_in_reads(tokens):
        for state in (yield from _read(url, ReadReports(group))):
            states.append((yield from _all_pages(url, state)))
    return tuple(states)


def _read(url: str, read: ReadReports) -> Flow[tuple[ReportState, ...]]:
    answer = yield from _ask(url, read.encode())
    states = read.decode(answer)
    if answer.errors and not all(state.found for state in states):
        raise refused_query(answer.errors)
    return states


def _all_pages(url: str, state: ReportState) -> Flow[ReportState]:
    seen = {1}
    while state.next_page is not None:
        page = state.next_page
        if page in seen or len(seen) >= MAX_PAGES:
            raise UnreadableAnswer(f"The pages of download links go in a circle (page {page} comes again).")
        seen.add(page)
        (more,) = yield from _read(url, ReadReports((state.token,), page))
        state = _joined(state, more)
    return state


def _joined(state: ReportState, more: ReportState) -> ReportState:
    return replace(
        state,
        links=(*state.links, *more.links),
        holes=state.holes + more.holes,
        next_page=more.next_page,
        status=more.status if more.found else None,
    )


def _ask(url: str, request: GraphQLRequest) -> Flow[GraphQLAnswer]:
    response = yield request.encode(url)
    refusal = refused_call(response)
    if refusal is not None:
        raise refusal
    return GraphQLAnswer.decode(response)
