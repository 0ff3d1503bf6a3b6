"""A client that speaks the wire's own messages to a sandbox in process."""

import json
from datetime import UTC, date, datetime

from dailymotion_reports.errors import BrokenOff
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLRequest
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenGranted, TokenRequest
from dailymotion_reports.wire.reporting import AskReport, ReadReports, ReportAccepted, ReportState

START = datetime(2026, 1, 15, tzinfo=UTC).timestamp()
ASK = AskReport(("VIEWS",), ("DAY", "VIDEO_TITLE"), date(2023, 7, 1), date(2023, 7, 2))


class Client:
    """Speaks the wire's own messages to a sandbox in process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.transport = sandbox, SandboxTransport(sandbox)
        self.info = sandbox.info()
        self.token = TokenGranted.decode(self.sign_in()).access_token

    def sign_in(self) -> Response:
        info = self.info
        form = TokenRequest(
            "password",
            info["api_key"],
            Secret(info["api_secret"]),
            info["username"],
            Secret(info["password"]),
        )
        return self.transport.send(form.encode(info["token_url"]), 1)

    def arm(self, name: str, **how: int) -> None:
        body = json.dumps({"name": name, **how}).encode()
        armed = self.transport.send(Request("POST", f"{self.info['url']}/_sandbox/faults", {}, body), 1)
        assert armed.status == 200

    def fired(self, name: str) -> int:
        stats = self.transport.send(Request("GET", f"{self.info['url']}/_sandbox/stats"), 1)
        return int(json.loads(stats.body)["faults"][name])

    def say(self, message: GraphQLRequest) -> Response:
        return self.transport.send(message.encode(self.info["graphql_url"]).with_bearer(self.token), 1)

    def ask(self) -> GraphQLAnswer:
        return GraphQLAnswer.decode(self.say(ASK.encode()))

    def finished(self) -> Secret:
        token = ReportAccepted.decode(self.ask()).token
        self.sandbox.clock.advance(2)
        return token

    def state(self, token: Secret, page: int | None = None) -> ReportState:
        message = ReadReports((token,), page)
        return message.decode(GraphQLAnswer.decode(self.say(message.encode())))[0]

    def download(self, **headers: str) -> tuple[int, dict[str, str], bytes, bool]:
        """Status, headers, what arrived, and whether the stream broke off."""
        link = self.state(self.finished()).links[0].reveal()
        got = bytearray()
        with self.transport.stream(link, headers, 1) as body:
            try:
                for chunk in body.chunks():
                    got += chunk
            except BrokenOff:
                return body.status, dict(body.headers), bytes(got), True
        return body.status, dict(body.headers), bytes(got), False
