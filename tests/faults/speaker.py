"""Whoever speaks to a sandbox in process with nothing but bytes: a good token, any body."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.wire.http import Request, Response

START = 1_768_478_400.0
"""Noon of 2026-01-15, UTC."""

ASK = {
    "metrics": ["VIEWS"],
    "dimensions": ["DAY"],
    "startDate": "2023-07-01",
    "endDate": "2023-07-01",
}
CREATE = """
mutation ($input: AskPartnerReportFileInput!) { askPartnerReportFile(input: $input) { reportFile { reportToken } } }
"""
READ = """
query ($t: String!) {
  partner { reportFile(reportToken: $t) { id status downloadLinks { edges { node { link } } } } }
}
"""


def still(seconds: float, **switches: Any) -> Sandbox:
    """A sandbox whose clock stands still and whose reports take so many seconds."""
    return Sandbox(report_seconds=seconds, clock=Clock.by_hand(START), **switches)


class Speaker:
    """Speaks to one sandbox, with a token of its private key."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        own = sandbox.info()["private"]
        form = {
            "grant_type": "client_credentials",
            "client_id": own["client_id"],
            "client_secret": own["client_secret"],
        }
        granted = self.post("/oauth/v1/token", urlencode(form).encode(), {})
        self.token = str(granted.json()["access_token"])

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """POST with the token, or with these headers instead."""
        signed = {"authorization": f"Bearer {self.token}"} if headers is None else headers
        return self.sandbox.answer(Request("POST", self.sandbox.url + path, signed, body))

    def get(self, path: str, **headers: str) -> Response:
        """GET with these headers."""
        return self.sandbox.answer(Request("GET", self.sandbox.url + path, headers))

    def graphql(self, query: str, variables: Any = None) -> Response:
        """A document with its variables."""
        return self.post("/graphql", json.dumps({"query": query, "variables": variables}).encode())

    def create(self) -> str:
        """A new report; its token."""
        payload = self.graphql(CREATE, {"input": ASK}).json()["data"]["askPartnerReportFile"]
        return str(payload["reportFile"]["reportToken"])
