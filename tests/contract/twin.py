"""A signed-in client of nobody's making, in front of a sandbox whose clock stands still until a test moves it."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.wire.http import Request, Response

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
ASK = """mutation ($input: AskPartnerReportFileInput!) {
  askPartnerReportFile(input: $input) { reportFile { reportToken } } }"""
READ = """query PartnerGetReportFile($reportToken: String!) { partner { reportFile(reportToken: $reportToken) {
  status downloadLinks { edges { node { link } } } } } }"""
DAYS = {"startDate": "2023-07-01", "endDate": "2023-07-02"}
SCOPES = "create_reports read_reports access_revenue access_ads"


class Twin:
    """Speaks plain forms and plain JSON, as the vendor's guide shows them, and none of our own messages."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.info = sandbox, sandbox.info()
        self._transport = SandboxTransport(sandbox)
        self.bearer = str(self.signed_in()["access_token"])

    def send(self, method: Any, url: str, body: bytes = b"", bearer: str = "", **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._transport.send(Request(method, url, named, body, bearer=Secret(bearer) if bearer else None), 1)

    def form(self, url: str, **fields: str) -> Response:
        return self.send("POST", url, urlencode(fields).encode(), **FORM)

    @property
    def account(self) -> dict[str, str]:
        """The fields of a sign-in with the public key."""
        named = {"client_id": "api_key", "client_secret": "api_secret", "username": "username", "password": "password"}
        return {"grant_type": "password", **{field: self.info[key] for field, key in named.items()}}

    @property
    def key(self) -> dict[str, str]:
        """The fields of a sign-in with the private key."""
        own = self.info["private"]
        return {"grant_type": "client_credentials", **{field: own[field] for field in ("client_id", "client_secret")}}

    def signed_in(self, **changes: str) -> dict[str, Any]:
        return dict(self.form(self.info["token_url"], **(self.account | changes)).json())

    def with_key(self, scope: str = SCOPES, kind: str = "private") -> dict[str, Any]:
        return dict(self.form(self.info[kind]["token_url"], **self.key, scope=scope).json())

    def refreshed(self, token: str) -> Response:
        own = {name: self.account[name] for name in ("client_id", "client_secret")}
        return self.form(self.info["token_url"], grant_type="refresh_token", refresh_token=token, **own)

    def post(self, body: Any, bearer: str | None = None, url: str = "") -> Response:
        token = self.bearer if bearer is None else bearer
        return self.send("POST", url or self.info["graphql_url"], json.dumps(body).encode(), token, **JSON)

    def say(self, query: str, variables: Any = None, **how: str) -> dict[str, Any]:
        """The answer to a document, which came with HTTP 200."""
        answer = self.post({"query": query, "variables": variables}, **how)
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def ask(self, metrics: Any = ("VIEWS",), dimensions: Any = ("DAY",), **more: Any) -> dict[str, Any]:
        how = {name: more.pop(name) for name in ("bearer", "url") if name in more}
        asked = {"metrics": _plain(metrics), "dimensions": _plain(dimensions), **DAYS, **more}
        asked = {name: value for name, value in asked.items() if value is not ...}
        return self.say(ASK, {"input": asked}, **how)

    def create(self, *names: Any, **more: Any) -> str:
        said = self.ask(*names, **more)
        assert "errors" not in said, said
        return str(said["data"]["askPartnerReportFile"]["reportFile"]["reportToken"])

    def refused(self, *names: Any, **more: Any) -> str:
        """The words with which a report is refused; none was made."""
        said = self.ask(*names, **more)
        assert not (said["data"] or {}).get("askPartnerReportFile")
        return " ".join(error["message"] for error in said["errors"])

    def report(self, token: str) -> Any:
        return self.say(READ, {"reportToken": token})["data"]["partner"]["reportFile"]

    def selected(self, token: str, fields: str) -> Any:
        """These fields of a report."""
        query = f"query ($t: String!) {{ partner {{ reportFile(reportToken: $t) {{ {fields} }} }} }}"
        return self.say(query, {"t": token})["data"]["partner"]["reportFile"]

    def links(self, *names: Any, **more: Any) -> list[str]:
        """The links of a report that is asked for and finished."""
        token = self.create(*names, **more)
        self.sandbox.clock.advance(2)
        return [edge["node"]["link"] for edge in self.report(token)["downloadLinks"]["edges"]]

    def files(self, *names: Any, **more: Any) -> list[bytes]:
        answers = [self.send("GET", link) for link in self.links(*names, **more)]
        assert {answer.status for answer in answers} <= {200}
        return [answer.body for answer in answers]

    def rows(self, *names: Any, **more: Any) -> list[list[str]]:
        """The rows of all files, without their headers."""
        return [row for file in self.files(*names, **more) for row in records(file)[1:]]

    def truth(self, metrics: str, dimensions: str, product: str = "CONTENT") -> list[list[str]]:
        """The rows that are true of the same days."""
        asked = {"metrics": metrics, "dimensions": dimensions, "product": product}
        query = urlencode(asked | {"start": DAYS["startDate"], "end": DAYS["endDate"]})
        return records(self.send("GET", f"{self.info['url']}/_sandbox/truth?{query}").body)[1:]


def records(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode("utf-8"), newline="")))


def _plain(names: Any) -> Any:
    return list(names) if isinstance(names, Sequence) and not isinstance(names, str) else names
