"""Where to speak, and what counts as this machine."""

import dataclasses

import pytest

from dailymotion_reports.wire.profiles import (
    BUILT_IN,
    PRIVATE,
    PUBLIC,
    STORAGE_HOSTS,
    V2,
    Profile,
    is_loopback,
    sandbox_profile,
)


def test_the_built_in_profiles_speak_to_the_documented_addresses() -> None:
    assert {name: (p.token_url, p.graphql_url, p.grant, p.sends_version) for name, p in BUILT_IN.items()} == {
        "public": (
            "https://graphql.api.dailymotion.com/oauth/token",
            "https://graphql.api.dailymotion.com",
            "password",
            True,
        ),
        "private": (
            "https://partner.api.dailymotion.com/oauth/v1/token",
            "https://partner.api.dailymotion.com/graphql",
            "client_credentials",
            False,
        ),
        "v2": (
            "https://oauth2.dailymotion.com/v2/token",
            "https://partner.api.dailymotion.com/graphql",
            "client_credentials",
            False,
        ),
    }


@pytest.mark.parametrize("profile", [PUBLIC, PRIVATE, V2], ids=lambda profile: profile.name)
def test_no_built_in_profile_is_a_sandbox_or_on_this_machine(profile: Profile) -> None:
    assert BUILT_IN[profile.name] is profile
    assert not profile.sandbox
    assert not profile.on_loopback


def test_a_sandbox_has_the_paths_of_the_key_that_it_imitates() -> None:
    public = sandbox_profile("http://127.0.0.1:8080/", "public")
    assert (public.token_url, public.graphql_url) == ("http://127.0.0.1:8080/oauth/token", "http://127.0.0.1:8080/")
    assert (public.sends_version, public.sandbox, public.on_loopback) == (True, True, True)
    private = sandbox_profile("http://127.0.0.1:8080", "private")
    assert (private.token_url, private.graphql_url) == (
        "http://127.0.0.1:8080/oauth/v1/token",
        "http://127.0.0.1:8080/graphql",
    )
    assert (private.sends_version, private.sandbox) == (False, True)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/", True),
        ("http://[::1]:1/", True),
        ("http://127.9.8.7/", True),
        ("http://LOCALHOST/", True),
        ("http://127.0.0.1:80@evil.example/", False),
        ("http://evil.example/127.0.0.1", False),
        ("http://sandbox.example/", False),
    ],
)
def test_a_profile_is_on_this_machine_where_its_api_is(url: str, here: bool) -> None:
    profile = dataclasses.replace(PRIVATE, graphql_url=url)
    assert profile.on_loopback is here


@pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.1", "127.255.255.254", "127.0.0.0"])
def test_loopback_written_the_usual_way_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "0.0.0.0",
        "127.1",
        "127.0.0.256",
        "127.0.0.1.",
        "127.0.0.1.evil.example",
        "127.0.0.1.5",
        "127..0.1",
        "127.0.0.x",
        "127.0.0.-1",
        "0127.0.0.1",
        "0x7f.0.0.1",
        "2130706433",
        "::",
        "::ffff:127.0.0.1",
        "localhost.evil.example",
        "localhost.",
        "xlocalhost",
        "10.0.0.1",
        "169.254.169.254",
    ],
)
def test_what_only_looks_like_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_a_host_with_endless_digits_is_no_loopback_and_no_crash() -> None:
    assert not is_loopback("127.0.0." + "9" * 5000)


def test_report_files_come_from_two_families_of_hosts() -> None:
    assert STORAGE_HOSTS == ("storage.googleapis.com", "dailymotion.com")
