"""Single raw exchanges: to whom they go, with what, and that nothing is kept of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.errors import InvalidSettings, LinkRefused, UnreadableAnswer
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.workspace.exchange import Exchange


class Scripted:
    """A transport that notes whom it is sent to, and with what."""

    def __init__(self, status: int = 200, body: bytes = b"ok") -> None:
        self.sent: list[Request] = []
        self.opened: list[tuple[str, dict[str, str]]] = []
        self.closed = False
        self._answer = Response(status, {"content-type": "text/csv"}, body)

    def send(self, request: Request, timeout: float) -> Response:
        self.sent.append(request)
        return self._answer

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Any]:
        self.opened.append((url, dict(headers)))
        yield _Body(self._answer)

    def close(self) -> None:
        self.closed = True


class _Body:
    def __init__(self, answer: Response) -> None:
        self.status, self.headers, self._body = answer.status, answer.headers, answer.body

    def chunks(self) -> Iterator[bytes]:
        yield self._body[:1]
        yield self._body[1:]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folders = Folders.resolve({"DMR_HOME": str(tmp_path)})
    return Settings(
        "tv", folders, kind="public", api_key="key", api_secret=Secret("s" * 9), username="u", password=Secret("p" * 9)
    )


LINK = "https://storage.googleapis.com/dailymotion-stats-report/x?Expires=1"
SIGNED = Request("GET", LINK, {"range": "bytes=0-1"}, bearer=Secret("token-token-token"))


@pytest.mark.parametrize(
    "url",
    [
        "https://graphql.api.dailymotion.com/oauth/token",
        "https://graphql.api.dailymotion.com",
        "https://api.dailymotion.com/logout",
        "https://api.dailymotion.com/auth",
    ],
)
def test_the_services_own_addresses_get_what_is_sent_as_it_is(settings: Settings, url: str) -> None:
    transport = Scripted(500)
    request = replace(SIGNED, url=url)
    assert Exchange(settings, transport).send(request).status == 500
    assert (transport.sent, transport.opened) == ([request], [])


def test_the_storage_gets_no_token(settings: Settings) -> None:
    transport = Scripted(206)
    answer = Exchange(settings, transport).send(SIGNED)
    assert (answer.status, answer.body, answer.media_type) == (206, b"ok", "text/csv")
    assert transport.opened == [(LINK, {"range": "bytes=0-1"})]
    assert transport.sent == []


@pytest.mark.parametrize("url", ["https://example.org/x", "http://127.0.0.1:9/x", "http://storage.googleapis.com/x"])
def test_nobody_else_gets_anything(settings: Settings, url: str) -> None:
    transport = Scripted()
    with pytest.raises(LinkRefused):
        Exchange(settings, transport).send(replace(SIGNED, url=url))
    assert (transport.sent, transport.opened) == ([], [])


def test_a_file_beyond_all_measure_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dailymotion_reports.workspace.exchange.MAX_ANSWER", 3)
    with pytest.raises(UnreadableAnswer):
        Exchange(settings, Scripted(body=b"1234")).send(SIGNED)


def test_a_password_that_is_not_kept_is_asked_for(settings: Settings) -> None:
    with pytest.raises(InvalidSettings, match="password") as refused:
        Exchange(replace(settings, password=Secret("")), Scripted())
    assert refused.value.where == "DMR_PASSWORD"


def test_credentials_of_the_other_world_are_refused(settings: Settings) -> None:
    with pytest.raises(InvalidSettings):
        Exchange(replace(settings, api_key="sandbox-key"), Scripted())


def test_it_gives_its_connections_back(settings: Settings) -> None:
    transport = Scripted()
    with Exchange(settings, transport):
        pass
    assert transport.closed
