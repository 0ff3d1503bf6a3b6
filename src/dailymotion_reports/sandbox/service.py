"""The pretend service: a request and the time go in, an answer comes out.

It opens no socket, reads no clock and draws nothing at random; files, keys and identifiers are handed in through
its parts.  It is not safe for several threads at once: whoever has threads holds a lock around it.
What it does not imitate it refuses with HTTP 501 and the name of what is missing.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType, execute_sync, get_operation_ast

from dailymotion_reports.errors import BrokenOff, NotBuilt
from dailymotion_reports.sandbox.documents import Prepared, input_variables, prepare
from dailymotion_reports.sandbox.faults import Armory, refused_token
from dailymotion_reports.sandbox.reports import Counts, Reports
from dailymotion_reports.sandbox.resolvers import Call, bound_schema
from dailymotion_reports.sandbox.rules import Refusal, Rules
from dailymotion_reports.sandbox.tokens import Door, Tokens
from dailymotion_reports.wire.graphql import GraphQLRequest
from dailymotion_reports.wire.http import Request, Response, parse_json
from dailymotion_reports.wire.oauth import TokenRefused

MAX_BODY: Final = 100 * 1024
"""Bytes of a request; assumed."""

TOKEN_PATHS: Final[Mapping[str, Door]] = {
    "/oauth/token": "public",
    "/oauth/v1/token": "private",
    "/v2/token": "private",
}
GRAPHQL_PATHS: Final = ("", "/", "/graphql")


class Service:
    """Token endpoints and GraphQL endpoint over one account's reports.

    ``links_per_page`` is the page size where the client names none; the real one is not known.
    """

    def __init__(self, tokens: Tokens, reports: Reports[Any], rules: Rules, *, links_per_page: int = 10) -> None:
        self.tokens = tokens
        self.reports = reports
        self.rules = rules
        self.faults = Armory()
        self.counts = Counts()
        self._links_per_page = links_per_page

    def handle(self, request: Request, now: float) -> Response:
        """The answer to ``request`` at ``now``, in epoch seconds.

        Raises BrokenOff where a fault makes the connection break off; the request may have taken effect.
        """
        self.reports.sweep(now)
        path = urlsplit(request.url).path
        if path not in TOKEN_PATHS and path not in GRAPHQL_PATHS:
            return _errors(404, f"There is nothing at {path!r:.80}.")
        if request.method != "POST" and path in TOKEN_PATHS:
            return _not_posted()
        if request.method != "POST":
            return _errors(405, "Only POST is understood here.", allow="POST")
        if len(request.body) > MAX_BODY:
            return _errors(413, f"A request has at most {MAX_BODY} bytes.")
        if path in TOKEN_PATHS:
            return self._token(request, TOKEN_PATHS[path], now)
        return self._graphql(request, now)

    def reset(self) -> None:
        """Forget reports, faults and counts.  Credentials and tokens stay good."""
        self.reports.clear()
        self.faults.clear()
        self.counts = Counts()

    def _token(self, request: Request, door: Door, now: float) -> Response:
        self.counts.token_requests += 1
        instead: Response | None = self.faults.alter("token", None)
        return instead or self.tokens.answer(request, door, now)

    def _graphql(self, request: Request, now: float) -> Response:
        scheme, _, token = request.header_lines().get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self.tokens.accepts(token.strip(), now):
            return refused_token()
        try:
            asked = GraphQLRequest.decode(_with_map(request))
        except (ValueError, RecursionError):
            return _errors(400, "The body is not a GraphQL request in JSON.")
        prepared = prepare(asked.query)
        return self._instead(prepared, asked.operation) or self._answered(asked, prepared, now)

    def _instead(self, prepared: Prepared, operation: str | None) -> Response | None:
        """The answer of a fault that comes before the request is looked at, or None."""
        found = get_operation_ast(prepared.document, operation) if prepared.document else None
        if found is None:
            return None
        stage: Literal["ask", "read"] = "ask" if found.operation is OperationType.MUTATION else "read"
        instead: Response | None = self.faults.alter("call", None) or self.faults.alter(stage, None)
        return instead

    def _answered(self, asked: GraphQLRequest, prepared: Prepared, now: float) -> Response:
        if prepared.document is None:
            return _answer(ExecutionResult(None, list(prepared.errors)), [])
        call = Call(self.reports, self.rules, self.faults, self.counts, self._links_per_page, now)
        result = execute_sync(
            bound_schema(),
            prepared.document,
            context_value=call,
            variable_values=_tolerant(asked.variables, prepared.document),
            operation_name=asked.operation,
        )
        try:
            _raise_ours(result.errors or [])
        except NotBuilt as missing:
            self._take_back(call)
            return _errors(501, str(missing))
        return _answer(result, call.patches)

    def _take_back(self, call: Call) -> None:
        """A request of which a part is not built makes no report at all."""
        for report in call.created:
            self.reports.forget(report)
        self.counts.reports_created -= len(call.created)


def _not_posted() -> Response:
    refused = TokenRefused("invalid_request", "A token is asked for with POST and a form.", 405).encode()
    return replace(refused, headers={**refused.headers, "allow": "POST"})


def _with_map(request: Request) -> Request:
    """The request with ``variables: []`` made a map, which PHP writes so where it is empty (assumed to be accepted)."""
    body = parse_json(request.body)
    if not isinstance(body, dict) or body.get("variables") != []:
        return request
    return replace(request, body=json.dumps({**body, "variables": {}}).encode())


def _tolerant(variables: Mapping[str, Any], document: DocumentNode) -> dict[str, Any]:
    """``[]`` for filters means none, in an input or alone: PHP encodes an empty map so (assumed to be accepted)."""
    maps = input_variables(document)
    return {name: _mapped({} if value == [] and name in maps else value) for name, value in variables.items()}


def _mapped(value: Any) -> Any:
    return {**value, "filters": {}} if isinstance(value, dict) and value.get("filters") == [] else value


def _raise_ours(errors: list[GraphQLError]) -> None:
    """Raise what is no answer of the service: a cut connection, something not built, a mistake of ours."""
    causes = [error.original_error for error in errors if error.original_error]
    strange = [cause for cause in causes if not isinstance(cause, Refusal | GraphQLError)]
    for cause in sorted(strange, key=lambda cause: not isinstance(cause, BrokenOff)):
        raise cause


def _answer(result: ExecutionResult, patches: list[tuple[list[str | int], Any]]) -> Response:
    data: Any = result.data
    for path, value in patches:
        place = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    entries = [_entry(error) for error in result.errors or ()]
    body = {"errors": entries, "data": data} if entries else {"data": data}
    return _json(200, body)


def _entry(error: GraphQLError) -> dict[str, Any]:
    """One error, with the service's ``type`` where it is a refusal of the service."""
    entry: dict[str, Any] = dict(error.formatted)
    if isinstance(error.original_error, Refusal):
        entry["type"] = error.original_error.type
    return entry


def _errors(status: int, message: str, **headers: str) -> Response:
    return _json(status, {"errors": [{"message": message}]}, **headers)


def _json(status: int, body: Mapping[str, Any], **headers: str) -> Response:
    return Response(status, {"content-type": "application/json", **headers}, json.dumps(body).encode())
