"""The pretend service: a request and the time go in, an answer comes out.

It opens no socket, reads no clock and draws nothing at random; files, keys and identifiers are handed in through
its parts.  It is not safe for several threads at once: whoever has threads holds a lock around it.
What it does not imitate it refuses with HTTP 501 and the name of what is missing.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from graphql import ExecutionResult, GraphQLError, OperationType, execute_sync, get_operation_ast

from dailymotion_reports.errors import BrokenOff, NotBuilt
from dailymotion_reports.sandbox.call_faults import Arrival, Signed, down
from dailymotion_reports.sandbox.documents import Prepared, prepare
from dailymotion_reports.sandbox.fault import refused_token
from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.platform import Cast, Platform, is_read
from dailymotion_reports.sandbox.reports import Counts, Report, Reports
from dailymotion_reports.sandbox.resolvers import Call, bound_schema
from dailymotion_reports.sandbox.rules import Refusal, Rules
from dailymotion_reports.sandbox.schema import Edition
from dailymotion_reports.sandbox.tokens import Access, Door, Tokens
from dailymotion_reports.sandbox.traffic import Traffic, slow_down
from dailymotion_reports.sandbox.wording import entry, status
from dailymotion_reports.wire.graphql import GraphQLRequest
from dailymotion_reports.wire.http import Request, Response, parse_json
from dailymotion_reports.wire.oauth import TokenRefused

MAX_BODY: Final = 100 * 1024
"""Bytes of a request; assumed."""

TOKEN_PATHS: Final[Mapping[str, Door]] = {
    "/oauth/token": "public",
    "/oauth/v1/token": "private",
    "/v2/token": "v2",
}
GRAPHQL_PATHS: Final = ("", "/", "/graphql")
LOG_OUT: Final = "/logout"
"""Documented for the platform API: https://developers.dailymotion.com/guides/revoke-authorization"""

DETAILS: Final = "/auth"
"""Documented for the platform API: https://developers.dailymotion.com/guides/retrieve-access-token-details/"""


_STAGES: Final[Mapping[bool, tuple[Literal["ask", "read"], Literal["asked", "told"]]]] = {
    True: ("ask", "asked"),
    False: ("read", "told"),
}
"""Where faults strike a mutation, and where another request."""


class Service:
    """Token endpoints, GraphQL endpoint and the reads of the platform, over one account's reports.

    ``ways`` are the values of all switches: what the real service does there is not known.  ``cast`` is what there is.
    """

    def __init__(
        self,
        tokens: Tokens,
        reports: Reports[Any],
        rules: Rules,
        faults: Armory,
        ways: Mapping[str, Any],
        cast: Cast,
    ) -> None:
        self.tokens = tokens
        self.reports = reports
        self.faults = faults
        self.counts = Counts()
        self._rules, self._ways = rules, ways
        self._closed_until = 0.0
        self._traffic = Traffic(ways["calls_per_minute"])
        self._platform = Platform(cast, faults, ways)

    def handle(self, request: Request, now: float) -> Response:
        """The answer to ``request`` at ``now``, in epoch seconds.

        Raises BrokenOff where a fault makes the connection break off; the request may have taken effect.
        """
        self.reports.sweep(now)
        if now < self._closed_until:
            return down()
        instead: Response | None = self.faults.instead("arrival", Arrival(now, self._close_until))
        return instead or self._let_in(request, now)

    def _close_until(self, moment: float) -> None:
        self._closed_until = moment

    def _let_in(self, request: Request, now: float) -> Response:
        path = urlsplit(request.url).path
        if path in (LOG_OUT, DETAILS):
            return self._about_the_session(request, path, now)
        if is_read(request):
            return self._platform_read(request, now)
        if path not in TOKEN_PATHS and path not in GRAPHQL_PATHS:
            return _errors(404, f"There is nothing at {path!r:.80}.")
        if request.method != "POST":
            return _not_posted() if path in TOKEN_PATHS else _errors(405, "Only POST is understood here.", allow="POST")
        if len(request.body) > MAX_BODY:
            return _errors(413, f"A request has at most {MAX_BODY} bytes.")
        if path in TOKEN_PATHS:
            return self.tokens.answer(request, TOKEN_PATHS[path], now, self.faults, self.counts)
        return self._graphql(request, now)

    def due(self, request: Request, now: float) -> list[Report[Any]]:
        """The reports whose links ``request`` may be the first to show, or whose end, where their size decides it.

        Whoever holds a lock around `handle` can set their files beforehand, without it.
        """
        body = request.body
        looks = b"downloadLinks" in body or self._ways["most_rows_fails"]
        if len(body) > MAX_BODY or not looks:
            return []
        named = [report for report in self.reports.unmade(now) if report.token.encode() in body]
        return named if named and self._signed(request, now) else []

    def reset(self) -> None:
        """Forget reports, faults and counts.  Credentials and tokens stay good."""
        self.reports.clear()
        self.faults.clear()
        self.counts = Counts()
        self._closed_until = 0.0
        self._traffic = Traffic(self._ways["calls_per_minute"])
        self._platform.reset()

    def _platform_read(self, request: Request, now: float) -> Response:
        if request.method != "GET":
            return _errors(405, "Only GET is understood here.", allow="GET")
        access = self._signed(request, now)
        if access is None and request.header_lines().get("authorization"):
            return refused_token()
        return self._platform.answer(request, access, self.counts, now)

    def _about_the_session(self, request: Request, path: str, now: float) -> Response:
        if request.method != "GET":
            return _errors(405, "Only GET is understood here.", allow="GET")
        access = self._signed(request, now)
        if access is None:
            return refused_token()
        if path == DETAILS:
            return _json(200, _details(access, self.tokens.identity.username))
        self.tokens.log_out(access)
        self.counts.logouts += 1
        return _json(200, {})

    def _signed(self, request: Request, now: float) -> Access | None:
        """What the access token of a request stands for, or None where it bears no good one."""
        scheme, _, token = request.header_lines().get("authorization", "").partition(" ")
        return self.tokens.opened(token.strip(), now) if scheme.lower() == "bearer" else None

    def _graphql(self, request: Request, now: float) -> Response:
        access = self._signed(request, now)
        if access is None:
            return refused_token() if int(self._ways["expired_token"]) == 401 else _refused_in_200()
        left = self._traffic.pass_by(now)
        if left:
            return slow_down(self._ways["retry_after"], left, now)
        try:
            asked = GraphQLRequest.decode(_with_map(request))
        except (ValueError, RecursionError):
            return _errors(400, "The body is not a GraphQL request in JSON.")
        prepared = prepare(asked.query, self._ways["introspection"])
        return self._struck(asked, prepared, access, now) or self._answered(asked, prepared, access, now)

    def _struck(self, asked: GraphQLRequest, prepared: Prepared, access: Access, now: float) -> Response | None:
        """The answer as faults will have it: of one that comes before the request is looked at, or of one that
        happens to the answer; or None where the request is none that could be answered.
        """
        found = get_operation_ast(prepared.document, asked.operation) if prepared.document else None
        if found is None:
            return None
        before, after = _STAGES[found.operation is OperationType.MUTATION]
        signed = Signed(now, lambda: self.tokens.expire(access))
        instead: Response | None = self.faults.instead("call", signed) or self.faults.instead(before, signed)
        if instead:
            return instead
        answer: Response = self.faults.alter(after, self._answered(asked, prepared, access, now))
        return answer

    def _answered(self, asked: GraphQLRequest, prepared: Prepared, access: Access, now: float) -> Response:
        if prepared.document is None:
            return _answer(ExecutionResult(None, list(prepared.errors)), [], self._ways)
        call = Call(self.reports, self._rules, self.faults, self.counts, self._ways, now, access)
        result = execute_sync(
            bound_schema(self._edition(prepared)),
            prepared.document,
            context_value=call,
            variable_values=_tolerant(asked.variables, prepared.inputs),
            operation_name=asked.operation,
        )
        try:
            _raise_ours(result.errors or [])
        except NotBuilt as missing:
            self._take_back(call)
            return _errors(501, str(missing))
        return _answer(result, call.patches, self._ways)

    def _edition(self, prepared: Prepared) -> Edition:
        """The schema as a request finds it."""
        published: Edition = "published"
        edition: Edition = self.faults.alter("introspection", published) if prepared.introspects else published
        return edition

    def _take_back(self, call: Call) -> None:
        """A request of which a part is not built makes no report at all."""
        for report in call.created:
            self.reports.forget(report)
        self.counts.reports_created -= len(call.created)


def _details(access: Access, username: str) -> dict[str, Any]:
    """The documented fields; what stands in them is invented.  A token that inherits everything lists no scope."""
    own = {"id": "xsandbox", "username": username, "screenname": "Sandbox Owner"}
    return {**own, "roles": [], "scope": list(access.scopes or ())}


def _not_posted() -> Response:
    refused = TokenRefused("invalid_request", "A token is asked for with POST and a form.", 405).encode()
    return replace(refused, headers={**refused.headers, "allow": "POST"})


def _with_map(request: Request) -> Request:
    """The request with ``variables: []`` made a map, which PHP writes so where it is empty (assumed to be accepted)."""
    body = parse_json(request.body) if b"[" in request.body else None
    if not isinstance(body, dict) or body.get("variables") != []:
        return request
    return replace(request, body=json.dumps({**body, "variables": {}}).encode())


def _tolerant(variables: Mapping[str, Any], maps: Collection[str]) -> dict[str, Any]:
    """``[]`` for filters means none, in an input or alone: PHP encodes an empty map so (assumed to be accepted)."""
    return {name: _mapped({} if value == [] and name in maps else value) for name, value in variables.items()}


def _mapped(value: Any) -> Any:
    return {**value, "filters": {}} if isinstance(value, dict) and value.get("filters") == [] else value


def _raise_ours(errors: list[GraphQLError]) -> None:
    """Raise what is no answer of the service: a cut connection, something not built, a mistake of ours."""
    causes = [error.original_error for error in errors if error.original_error]
    strange = [cause for cause in causes if not isinstance(cause, Refusal | GraphQLError)]
    for cause in sorted(strange, key=lambda cause: not isinstance(cause, BrokenOff)):
        raise cause


def _answer(result: ExecutionResult, patches: list[tuple[list[str | int], Any]], ways: Mapping[str, Any]) -> Response:
    data: Any = result.data
    for path, value in patches:
        place = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    errors = result.errors or []
    entries = [entry(error, ways["refusal_words"]) for error in errors]
    body = {"errors": entries, "data": data} if entries else {"data": data}
    return _json(status(errors, ways["refusal_status"]), body)


def _refused_in_200() -> Response:
    return _json(
        200, {"errors": [{"message": "The access token is not valid.", "type": "invalid_token"}], "data": None}
    )


def _errors(status: int, message: str, **headers: str) -> Response:
    return _json(status, {"errors": [{"message": message}]}, **headers)


def _json(status: int, body: Mapping[str, Any], **headers: str) -> Response:
    return Response(status, {"content-type": "application/json", **headers}, json.dumps(body).encode())
