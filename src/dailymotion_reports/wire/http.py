"""Requests and responses as plain values, for every transport and for the sandbox alike."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from dailymotion_reports.redaction import Secret, one_line, scrub


def parse_json(text: bytes) -> Any:
    """JSON as values.  Raises ValueError where it is none, or nested beyond all measure."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested beyond all measure") from None


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the service.

    Header names are in lower case.  ``repeatable`` says whether asking twice does no harm: reading a state is
    repeatable, asking for a report is not.  The body and the bearer never show in ``repr``.
    """

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    repeatable: bool = True
    bearer: Secret | None = None

    def with_bearer(self, token: Secret) -> Self:
        """The same request, signed with an access token."""
        return replace(self, bearer=token)

    def header_lines(self) -> dict[str, str]:
        """All headers as they go over the wire, the bearer included.  Not for showing."""
        lines = _lower(self.headers)
        if self.bearer:
            lines["authorization"] = f"Bearer {self.bearer.reveal()}"
        return lines


@dataclass(frozen=True, slots=True)
class Response:
    """One whole answer.  Header names are in lower case; headers and body never show in ``repr``."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def json(self) -> Any:
        """The body as JSON.  Raises ValueError where it is none, or nested beyond all measure."""
        return parse_json(self.body)

    def header(self, name: str) -> str:
        """A header's value, or an empty text; ``name`` in lower case."""
        return self.headers.get(name, "")

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case, or an empty text."""
        return self.header("content-type").split(";")[0].strip().lower()

    def sample(self) -> str:
        """How the body begins, in one scrubbed line; for answers of the API only, never for tokens."""
        return scrub(one_line(self.body[:600].decode("utf-8", "replace"), 200))

    def glimpse(self) -> str:
        """The answer in a few words, fit for an error message: status, type and how long, never content."""
        return f"HTTP {self.status}, {self.media_type or 'no content type'}, {len(self.body)} bytes"
