"""Single exchanges with the service, raw: for recordings of how it answers, and for nothing else.

Each request is tried once, and nothing is kept: no token is read or written, so that signing out at the end of a
recording ends no session but its own.
"""

from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import CALL_SECONDS, SILENCE_SECONDS
from dailymotion_reports.client.transport import MAX_ANSWER, Transport
from dailymotion_reports.errors import InvalidSettings, UnreadableAnswer
from dailymotion_reports.flows.links import admit
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.check import worlds
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.workspace.access import credentials_of, profile_of


class Exchange:
    """The way to the service that ``settings`` name.

    Raises InvalidSettings where the credentials are of the wrong world, or where a password is needed and only
    tokens are kept: a recording signs in by itself.
    """

    def __init__(self, settings: Settings, transport: Transport | None = None) -> None:
        worlds(settings)
        if settings.by_password and not settings.password:
            raise InvalidSettings(
                "The password is not kept, and a recording signs in by itself.",
                where="DMR_PASSWORD",
                hint="Set DMR_PASSWORD, or DMR_PASSWORD_FILE, for this command.",
                next="dmr config show",
            )
        self.profile, self.credentials = profile_of(settings), credentials_of(settings)
        self._transport = transport or Httpx2Transport(settings.ca_file or None)
        addresses = (self.profile.token_url, self.profile.graphql_url, self.profile.logout_url)
        self._own = {_origin(address) for address in addresses if address}

    def send(self, request: Request) -> Response:
        """The answer to ``request``, whatever it says; redirects are answers and are not followed.

        What does not go to the service's own addresses is a download link: it is sent without a token, and only
        where links may lead.  Raises LinkRefused for others, and TransportError where no answer comes.
        """
        if _origin(request.url) in self._own:
            return self._transport.send(request, CALL_SECONDS)
        url = admit(Secret(request.url), self.profile)
        headers = replace(request, bearer=None).header_lines()
        with self._transport.stream(url, headers, SILENCE_SECONDS) as body:
            content = bytearray()
            for chunk in body.chunks():
                content += chunk
                if len(content) > MAX_ANSWER:
                    raise UnreadableAnswer(f"The file is larger than {MAX_ANSWER} bytes.", status=body.status)
            return Response(body.status, body.headers, bytes(content))

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
