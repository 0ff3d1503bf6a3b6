"""Signing in and out against a sandbox in process: what is kept, what is taken away, what the service hears."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import NotAuthenticated
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.workspace.access import DEFAULT_SCOPES
from dailymotion_reports.workspace.signing import probe, sign_in, sign_out, signed_in


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture
def transport(sandbox: Sandbox) -> Transport:
    return SandboxTransport(sandbox)


@pytest.fixture
def public(sandbox: Sandbox, tmp_path: Path) -> Settings:
    folders = Folders.resolve({"DMR_HOME": str(tmp_path)})
    identity = sandbox.service.tokens.identity
    return Settings(
        "tv",
        folders,
        kind="public",
        url=sandbox.url,
        api_key=identity.api_key,
        api_secret=identity.api_secret,
        username=identity.username,
        password=identity.password,
    )


@pytest.fixture
def private(sandbox: Sandbox, public: Settings) -> Settings:
    identity = sandbox.service.tokens.identity
    key: dict[str, Any] = {"api_key": identity.client_id, "api_secret": identity.client_secret}
    return replace(public, profile="acme", kind="private", username="", password=Secret(""), **key)


def kept(settings: Settings) -> str:
    folder = settings.folders.secrets
    return "".join(path.read_text() for path in folder.glob("*.json")) if folder.exists() else ""


def test_a_sign_in_keeps_account_secret_and_tokens(private: Settings, transport: Transport) -> None:
    done = sign_in(private, transport=transport)
    assert done.scopes == frozenset(DEFAULT_SCOPES)
    assert timedelta(hours=9) < done.until - datetime.now(UTC) < timedelta(hours=11)
    assert not done.renewable
    assert private.api_secret.reveal() in kept(private)
    assert signed_in(private) == done


@pytest.mark.row("TM11")
def test_the_password_is_kept_only_where_it_is_needed_or_wished(public: Settings, sandbox: Sandbox) -> None:
    transport = SandboxTransport(sandbox)
    assert sign_in(public, transport=transport).renewable
    assert public.password.reveal() not in kept(public)
    sign_in(public, keep_password=True, transport=transport)
    assert public.password.reveal() in kept(public)


class WithoutRefresh(SandboxTransport):
    """A service whose sign-in brings no refresh token."""

    def send(self, request: Request, timeout: float) -> Response:
        answer = super().send(request, timeout)
        body = json.loads(answer.body)
        body.pop("refresh_token", None)
        return replace(answer, body=json.dumps(body).encode())


def test_without_a_refresh_token_the_password_is_kept(public: Settings, sandbox: Sandbox) -> None:
    assert not sign_in(public, transport=WithoutRefresh(sandbox)).renewable
    assert public.password.reveal() in kept(public)


@pytest.mark.row("T1")
def test_a_refused_sign_in_keeps_nothing(private: Settings, transport: Transport) -> None:
    wrong = replace(private, api_secret=Secret("sandbox-wrong"))
    with pytest.raises(NotAuthenticated):
        sign_in(wrong, transport=transport)
    assert kept(wrong) == ""
    assert signed_in(wrong) is None
    assert not (wrong.folders.config_file or Path()).is_file()


@pytest.mark.row("TM10")
def test_a_sign_out_ends_the_session_of_a_public_key_and_not_of_a_private_one(
    public: Settings, private: Settings, transport: Transport
) -> None:
    sign_in(public, transport=transport)
    sign_in(private, transport=transport)
    assert (done := sign_out(public, transport=transport)).revoked
    assert done.forgotten
    assert sign_out(private, transport=transport).revoked is None
    assert (signed_in(public), signed_in(private), kept(public)) == (None, None, "")


def test_a_sign_out_takes_away_tokens_that_cannot_be_read(private: Settings, transport: Transport) -> None:
    sign_in(private, transport=transport)
    (record,) = private.folders.tokens.glob("*.json")
    record.write_text("{")
    assert sign_out(private, transport=transport).forgotten
    assert not record.exists()


def test_a_probe_uses_what_is_kept_and_makes_no_report(private: Settings, sandbox: Sandbox) -> None:
    transport = SandboxTransport(sandbox)
    sign_in(private, transport=transport)
    probe(private, transport)
    counts = sandbox.service.counts
    assert (counts.token_requests, counts.reports_created) == (1, 0)
