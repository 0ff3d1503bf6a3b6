"""Settings joined to the wire: which profile, which credentials."""

from pathlib import Path

import pytest
from tests.unit.made import request_for

from dailymotion_reports.errors import ConnectFailed, DmrError, MissingScope, NotAllowed, NotAuthenticated
from dailymotion_reports.query.forecast import DEFAULT_SCOPES
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.profiles import PRIVATE, PUBLIC, V2
from dailymotion_reports.workspace.access import (
    account_of,
    credentials_of,
    naming,
    profile_of,
    scopes_needed,
    token_store_of,
)

FOLDERS = Folders(Path("data"), Path("state"))


@pytest.mark.parametrize("profile", [PUBLIC, PRIVATE, V2], ids=lambda profile: profile.name)
def test_a_built_in_profile_is_found_by_its_name(profile: object) -> None:
    name = getattr(profile, "name")  # noqa: B009
    assert profile_of(Settings(name, FOLDERS)) is profile


def test_a_sandbox_with_an_account_uses_the_password_grant() -> None:
    profile = profile_of(Settings("sandbox", FOLDERS, username="sandbox-user", url="http://127.0.0.1:8787"))
    assert (profile.grant, profile.sandbox, profile.on_loopback) == ("password", True, True)
    assert profile.token_url == "http://127.0.0.1:8787/oauth/token"
    assert profile.graphql_url == "http://127.0.0.1:8787/"


def test_a_sandbox_without_an_account_uses_client_credentials() -> None:
    profile = profile_of(Settings("sandbox", FOLDERS, url="http://127.0.0.1:8787"))
    assert profile.grant == "client_credentials"
    assert profile.token_url == "http://127.0.0.1:8787/oauth/v1/token"
    assert profile.graphql_url == "http://127.0.0.1:8787/graphql"


def test_the_credentials_are_those_of_the_settings() -> None:
    settings = Settings(
        "public", FOLDERS, "key", Secret("hush"), "owner@example.com", Secret("pass"), ("read_reports",)
    )
    credentials = credentials_of(settings)
    assert (credentials.client_id, credentials.client_secret) == ("key", Secret("hush"))
    assert (credentials.username, credentials.password) == ("owner@example.com", Secret("pass"))
    assert credentials.scopes == ("read_reports",)


def test_the_scopes_for_reports_are_asked_for_where_none_are_set() -> None:
    assert credentials_of(Settings("private", FOLDERS)).scopes == DEFAULT_SCOPES
    assert {"create_reports", "read_reports"} <= set(DEFAULT_SCOPES)


def test_a_named_account_goes_where_its_kind_of_key_goes() -> None:
    assert profile_of(Settings("acme", FOLDERS, kind="v2")) is V2
    rehearsal = profile_of(Settings("rehearsal", FOLDERS, kind="v2", url="http://127.0.0.1:1"))
    assert (rehearsal.token_url, rehearsal.sandbox) == ("http://127.0.0.1:1/v2/token", True)


def test_the_same_key_is_the_same_account_whichever_end_point_it_signs_in_at() -> None:
    private = account_of(Settings("private", FOLDERS, api_key="k"))
    assert private == account_of(Settings("acme", FOLDERS, api_key="k", kind="v2"))
    assert private != account_of(Settings("private", FOLDERS, api_key="another"))
    assert private != account_of(Settings("public", FOLDERS, api_key="k", username="k"))
    assert account_of(Settings("public", FOLDERS, api_key="k", username="u")) == account_of(
        Settings("tv", FOLDERS, api_key="new key", username="u", kind="public")
    )


def test_profiles_of_sandboxes_are_accounts_of_their_own_whatever_their_keys() -> None:
    def sandbox(profile: str, key: str) -> str:
        return account_of(Settings(profile, FOLDERS, api_key=key, kind="private", url="http://127.0.0.1:1"))

    assert sandbox("sandbox", "a key") == sandbox("sandbox", "a new key")
    assert sandbox("acme", "a key") == sandbox("acme", "a new key")
    assert len({sandbox("sandbox", "a key"), sandbox("acme", "a key"), sandbox("globex", "a key")}) == 3


def test_a_report_needs_the_scopes_of_its_metrics_and_those_that_somebody_names() -> None:
    settings = Settings("private", FOLDERS)
    assert scopes_needed(settings, request_for(["VIEWS"])) == {"create_reports"}
    assert scopes_needed(settings, request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR", "FILL_RATE"])) == {
        "create_reports",
        "access_revenue",
        "access_ads",
    }
    named = Settings("private", FOLDERS, scopes=("create_reports", "delete_reports"))
    assert scopes_needed(named, request_for(["VIEWS"])) == {"create_reports", "delete_reports"}
    assert scopes_needed(Settings("public", FOLDERS), request_for(["ESTIMATED_EARNINGS_EUR"])) == set()


def test_a_scope_that_is_only_guessed_is_not_missed() -> None:
    named = Settings("private", FOLDERS, scopes=("create_reports", "access_ads"))
    assert scopes_needed(named, request_for(["ECPM_EUR"])) == {"create_reports", "access_ads"}


def test_a_scope_that_is_not_asked_for_is_told_with_where_it_should_be() -> None:
    origins = {"scopes": "config.toml:7"}
    named = Settings("private", FOLDERS, scopes=("create_reports",), origins=origins)
    with pytest.raises(MissingScope) as caught:
        scopes_needed(named, request_for(["FILL_RATE"]))
    assert caught.value.message == "FILL_RATE cannot be asked for without the scope access_ads."
    assert caught.value.hint == "config.toml:7 does not ask for it."


def test_tokens_are_kept_unless_the_settings_say_no(tmp_path: Path) -> None:
    folders = Folders(tmp_path, tmp_path)
    assert token_store_of(Settings("private", folders)) is not None
    assert token_store_of(Settings("private", folders, keep_tokens=False)) is None


@pytest.mark.parametrize(
    ("error", "next"),
    [
        (NotAuthenticated(), "dmr auth login --profile acme"),
        (MissingScope("access_ads", next="dmr config show"), "dmr config show --profile acme"),
        (MissingScope("access_ads"), "dmr auth login --profile acme"),
        (ConnectFailed(), ""),
        (NotAllowed(next="dmr catalog"), "dmr catalog"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_next_command_of_an_error_names_the_account(error: DmrError, next: str) -> None:
    with pytest.raises(DmrError) as caught, naming(Settings("acme", FOLDERS, kind="v2")):
        raise error
    assert caught.value.next == next


def test_a_sandbox_that_is_not_there_is_to_be_started_and_its_profile_has_no_sign_in() -> None:
    settings = Settings("sandbox", FOLDERS, url="http://127.0.0.1:9")
    with pytest.raises(ConnectFailed) as caught, naming(settings):
        raise ConnectFailed("127.0.0.1 cannot be reached.")
    assert caught.value.next == "dmr sandbox serve"
    assert "Does the sandbox at http://127.0.0.1:9 run?" in caught.value.hint
    with pytest.raises(NotAuthenticated) as refused, naming(settings):
        raise NotAuthenticated
    assert refused.value.next == "dmr config show --profile sandbox"
