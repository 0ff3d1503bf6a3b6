"""Signing in and out against a sandbox in process: what is kept, what is taken away, what the service hears."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import InvalidSettings, NotAuthenticated, SecretsUnusable
from dailymotion_reports.query.forecast import DEFAULT_SCOPES
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.settings import private as private_files
from dailymotion_reports.settings.vault import FileVault
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.workspace.leaving import Left
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
    assert (done.taken, done.forgotten, done.good_until) == (True, False, None)
    left = sign_out(private, transport=transport)
    assert left.revoked is None
    assert left.good_until is not None, "a token that nobody can take back stays good"
    assert timedelta(hours=9) < left.good_until - datetime.now(UTC) < timedelta(hours=11)
    assert (signed_in(public), signed_in(private), kept(public)) == (None, None, "")


def test_a_sign_out_takes_away_tokens_that_cannot_be_read(private: Settings, transport: Transport) -> None:
    sign_in(private, transport=transport)
    (record,) = private.folders.tokens.glob("*.json")
    record.write_text("{")
    assert sign_out(private, transport=transport).taken
    assert not record.exists()


@pytest.mark.row("TM10")
def test_a_sign_in_with_another_key_ends_the_session_that_the_profile_had(
    public: Settings, private: Settings, sandbox: Sandbox
) -> None:
    transport = SandboxTransport(sandbox)
    assert sign_in(public, transport=transport).left == Left()
    done = sign_in(replace(private, profile="tv"), transport=transport)
    assert (done.left.taken, done.left.revoked, sandbox.service.counts.logouts) == (True, True, 1)
    back = sign_in(public, transport=transport)
    assert (back.left.taken, back.left.revoked) == (True, None)
    assert back.left.good_until is not None, "the private key's token is not taken back"
    (record,) = public.folders.tokens.glob("*.json")
    assert record.stem == public.tokens_name


@pytest.mark.row("TM10")
def test_a_sign_out_ends_the_sessions_of_keys_that_are_not_known_any_more(public: Settings, sandbox: Sandbox) -> None:
    transport = SandboxTransport(sandbox)
    sign_in(public, transport=transport)
    other = replace(public, api_secret=Secret(""), username="sandbox-other@example.org", password=Secret(""))
    done = sign_out(other, transport=transport)
    assert (done.taken, done.revoked, sandbox.service.counts.logouts) == (True, True, 1)
    assert list(public.folders.tokens.glob("*.json")) == []


def test_a_session_whose_key_is_gone_and_whose_token_has_run_out_is_said_to_go_on(
    public: Settings, sandbox: Sandbox
) -> None:
    transport = SandboxTransport(sandbox)
    sign_in(public, transport=transport)
    sandbox.clock.advance(50_000.0)
    done = sign_out(replace(public, api_secret=Secret("")), transport=transport)
    assert (done.taken, done.revoked) == (True, False)
    assert "access token has run out" in done.problem


@pytest.mark.row("F5")
def test_the_token_of_one_world_is_not_shown_to_the_other(public: Settings, sandbox: Sandbox) -> None:
    sign_in(public, transport=SandboxTransport(sandbox))

    class Nobody:
        def send(self, request: Request, timeout: float) -> Response:
            raise AssertionError(request.url)

        def close(self) -> None:
            pass

    real = Settings("tv", public.folders, kind="public")
    assert sign_out(real, transport=Nobody()).taken  # type: ignore[arg-type]
    assert list(public.folders.tokens.glob("*.json")) == []


def refusing(*names: str) -> Callable[[Any], None]:
    """A disk that takes no file into folders of these names."""
    real = private_files.try_folder

    def tried(folder: Path) -> None:
        if folder.name in names:
            raise OSError(28, "No space left on device")
        real(folder)

    return tried


@pytest.mark.row("T13")
@pytest.mark.parametrize("folder", ["config", "secrets", "tokens"])
def test_what_could_not_be_kept_is_found_before_the_service_is_asked(
    folder: str, public: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("settings.accounts", "workspace.signing"):
        monkeypatch.setattr(f"dailymotion_reports.{room}.try_folder", refusing(folder))
    with pytest.raises(InvalidSettings, match="No space left"):
        sign_in(public, transport=SandboxTransport(sandbox))
    assert sandbox.service.counts.token_requests == 0
    assert [path for path in public.folders.state.parent.rglob("*") if path.is_file()] == []


@pytest.mark.row("T13")
def test_a_sign_in_that_cannot_be_written_down_is_taken_back_and_its_session_ended(
    public: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dailymotion_reports.settings.accounts.write_private", full)
    with pytest.raises(InvalidSettings, match="No space left"):
        sign_in(public, transport=SandboxTransport(sandbox))
    counts = sandbox.service.counts
    assert (counts.token_requests, counts.logouts) == (1, 1)
    assert (kept(public), signed_in(public)) == ("", None)


@pytest.mark.row("T13")
def test_tokens_that_cannot_be_kept_after_all_end_their_session(
    public: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: FileVault, name: str, values: object) -> None:
        raise SecretsUnusable("No room.")

    monkeypatch.setattr(FileVault, "write", full)
    with pytest.raises(SecretsUnusable, match="No room"):
        sign_in(public, transport=SandboxTransport(sandbox))
    assert sandbox.service.counts.logouts == 1


def test_secrets_that_cannot_be_removed_do_not_hide_that_the_session_has_ended(
    public: Settings, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(public, transport=transport)

    def stuck(settings: Settings) -> bool:
        raise SecretsUnusable("It cannot be removed.")

    monkeypatch.setattr("dailymotion_reports.workspace.signing.forget_secrets", stuck)
    with pytest.raises(SecretsUnusable) as refused:
        sign_out(public, transport=transport)
    assert refused.value.hint.startswith("The service has ended the session all the same.")


def test_a_probe_uses_what_is_kept_and_makes_no_report(private: Settings, sandbox: Sandbox) -> None:
    transport = SandboxTransport(sandbox)
    sign_in(private, transport=transport)
    probe(private, transport)
    counts = sandbox.service.counts
    assert (counts.token_requests, counts.reports_created) == (1, 0)
