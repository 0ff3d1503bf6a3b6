"""The GraphQL envelope: document and variables one way, data and errors the other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from dailymotion_reports.errors import UnreadableAnswer
from dailymotion_reports.redaction import one_line
from dailymotion_reports.wire.http import Request, Response, parse_json

JSON = {"content-type": "application/json", "accept": "application/json"}


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A document with its variables.  ``repeatable`` is false where asking twice would do something twice."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    operation: str | None = None
    repeatable: bool = True

    def encode(self, url: str) -> Request:
        """The request for the GraphQL endpoint ``url``."""
        body: dict[str, Any] = {"query": self.query, "variables": dict(self.variables)}
        if self.operation:
            body["operationName"] = self.operation
        return Request("POST", url, JSON, json.dumps(body).encode(), self.repeatable)

    @classmethod
    def decode(cls, request: Request) -> Self:
        """What a client sent.  Raises ValueError where the body is not a GraphQL request in JSON."""
        body = parse_json(request.body)
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            raise ValueError("The body needs a text under 'query'.")
        variables, operation = body.get("variables"), body.get("operationName")
        if variables is not None and not isinstance(variables, dict):
            raise ValueError("'variables' must be an object.")
        if operation is not None and not isinstance(operation, str):
            raise ValueError("'operationName' must be a text.")
        return cls(body["query"], variables or {}, operation or None)


@dataclass(frozen=True, slots=True)
class GraphQLError:
    """One entry of ``errors``.  ``type`` has been seen on this service; ``path`` says which field failed."""

    message: str
    path: tuple[str | int, ...] = ()
    type: str = ""


@dataclass(frozen=True, slots=True)
class GraphQLAnswer:
    """Data and errors; both may be there, since a field can fail beside others that succeed."""

    data: Mapping[str, Any] | None
    errors: tuple[GraphQLError, ...] = ()

    @classmethod
    def decode(cls, response: Response) -> Self:
        """The envelope in an answer of any status.

        Raises UnreadableAnswer where the body is not JSON, or neither data nor errors stand in it.
        """
        try:
            body = response.json()
        except ValueError:
            raise UnreadableAnswer(
                f"The answer is not JSON ({response.glimpse()}).", status=response.status, sample=response.sample()
            ) from None
        if not isinstance(body, dict) or not ("data" in body or "errors" in body):
            raise UnreadableAnswer(
                f"The answer holds neither data nor errors ({response.glimpse()}).", status=response.status
            )
        data, errors = body.get("data"), body.get("errors")
        return cls(
            data if isinstance(data, dict) else None,
            tuple(_error(one) for one in (errors if isinstance(errors, list) else [errors])) if errors else (),
        )

    def encode(self, status: int = 200) -> Response:
        """The answer as the service gives it: HTTP 200, errors or not."""
        body: dict[str, Any] = {"data": self.data}
        if self.errors:
            body = {"errors": [_entry(error) for error in self.errors], **body}
        return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


def _error(entry: object) -> GraphQLError:
    if not isinstance(entry, dict):
        return GraphQLError(one_line(str(entry)))
    path = entry.get("path")
    steps = tuple(step for step in path if isinstance(step, str | int)) if isinstance(path, list) else ()
    message = one_line(str(entry.get("message") or "no message"))
    return GraphQLError(message, steps, str(entry.get("type") or ""))


def _entry(error: GraphQLError) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": error.message}
    if error.path:
        entry["path"] = list(error.path)
    if error.type:
        entry["type"] = error.type
    return entry
