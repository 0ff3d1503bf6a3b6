"""The way to a sandbox in the same process, on a clock that only waiting moves."""

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.conformance.talk import Kind
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.scopes import KNOWN
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import Profile, sandbox_profile

_SECONDS = 60.0


class Inside:
    """A `Way` to ``sandbox`` with a key of that kind, which asks for every scope there is."""

    def __init__(self, sandbox: Sandbox, kind: Kind) -> None:
        self._sandbox, self._transport = sandbox, SandboxTransport(sandbox)
        self.profile: Profile = sandbox_profile(sandbox.url, kind)
        self.credentials: Credentials = _credentials(sandbox, kind)

    def send(self, request: Request) -> Response:
        """The sandbox's answer, or its storage's."""
        return self._transport.send(request, _SECONDS)

    def sleep(self, seconds: float) -> None:
        """Let time pass on the sandbox's clock, and nowhere else."""
        self._sandbox.clock.advance(seconds)


def _credentials(sandbox: Sandbox, kind: Kind) -> Credentials:
    own = sandbox.service.tokens.identity
    if kind == "public":
        return Credentials(own.api_key, own.api_secret, own.username, own.password)
    return Credentials(own.client_id, own.client_secret, "", Secret(""), scopes=KNOWN)
