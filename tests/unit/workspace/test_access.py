"""Settings joined to the wire: which profile, which credentials."""

from pathlib import Path

import pytest

from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.profiles import PRIVATE, PUBLIC, V2
from dailymotion_reports.workspace.access import DEFAULT_SCOPES, credentials_of, profile_of

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
