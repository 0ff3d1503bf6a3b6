"""Which links are followed: a table of hostile ones, all refused before a packet is sent."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dailymotion_reports.errors import DamagedFile, LinkRefused
from dailymotion_reports.flows.links import REDIRECTS, admit, check_addresses, identity, sent_on
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.profiles import BUILT_IN, PRIVATE, PUBLIC, STORAGE_HOSTS, Profile, sandbox_profile

SANDBOX = sandbox_profile("http://127.0.0.1:8080", "public")
REMOTE_SANDBOX = sandbox_profile("https://sandbox.example", "public")
NOT_LOOPBACK = [*BUILT_IN.values(), REMOTE_SANDBOX]
S = "storage.googleapis.com"

GOOD = [
    f"https://{S}/dailymotion-stats-report/Zm9v",
    f"https://{S}/dailymotion-stats-report/Zm9v?X-Goog-Signature=ab%20cd&X-Goog-Expires=600",
    f"https://{S}:443/x",
    f"https://{S}:/x",
    f"HTTPS://{S.upper()}/x",
    f"https://bucket.{S}/x",
    "https://dailymotion.com/x",
    "https://reports.api.dailymotion.com/x.csv",
    f"https://no-path.{S}",
    f"https://{S}/a//b/../c;d=e@f:g",
]

HOSTILE = [
    # Schemes.
    f"http://{S}/x",
    f"ftp://{S}/x",
    f"file://{S}/etc/passwd",
    "file:///etc/passwd",
    f"gopher://{S}/x",
    f"ws://{S}/x",
    f"//{S}/x",
    f"{S}/x",
    "/x",
    "",
    f"https:{S}/x",
    f"https:/{S}/x",
    f"https:///{S}/x",
    f"javascript://{S}/%0aalert(1)",
    "data:text/csv,day",
    f"http+unix://{S}/x",
    f"https+x://{S}/x",
    # User info.
    f"https://user@{S}/x",
    f"https://user:pass@{S}/x",
    f"https://@{S}/x",
    f"https://:@{S}/x",
    f"https://{S}@evil.example/x",
    f"https://{S}:443@evil.example/x",
    f"https://{S}%40evil.example@evil.example/x",
    # Characters that no address holds.
    f"https://{S}\\@evil.example/x",
    f"https://evil.example\\.{S}/x",
    f"https:\\\\{S}/x",
    f"\thttps://{S}/x",
    f" https://{S}/x",
    f"https://{S}/x ",
    f"https://{S}/a b",
    f"https://{S}/x\n",
    f"https://{S}/x\r\nHost: evil.example",
    f"https://{S}\t/x",
    f"ht\ntps://{S}/x",
    f"https://{S}/\x00",
    f"https://{S}/\x7f",
    f"https://evil.example\x00.{S}/x",
    # Beyond ASCII: full width, other dots, look-alikes, invisible, IDN.
    "https://ｓtorage.googleapis.com/x",
    "https://storage。googleapis。com/x",
    "https://storage．googleapis．com/x",
    "https://storage｡googleapis｡com/x",
    "https://evil.example。dailymotion.com/x",
    "https://evil.example／.dailymotion.com/x",
    "https://evil.example＃.dailymotion.com/x",
    "https://evil.example？.dailymotion.com/x",
    "https://dаilymotion.com/x",
    "https://daılymotion.com/x",
    "https://dailymotion.com\u200b/x",
    f"https://{S}/\u202ecsv",
    f"https://{S}/é",
    "https://xn--dilymotion-v5b.com/x",
    "https://dailymotion.xn--com-x",
    # Ports.
    f"https://{S}:80/x",
    f"https://{S}:8443/x",
    f"https://{S}:0/x",
    f"https://{S}:65536/x",
    f"https://{S}:-443/x",
    f"https://{S}:+443/x",
    f"https://{S}:443x/x",
    f"https://{S}:4_43/x",
    f"https://{S}:443:443/x",
    # Look-alikes.
    f"https://{S}.evil.example/x",
    f"https://{S}.:443.evil.example/x",
    f"https://x{S}/x",
    f"https://evil.example-{S}/x",
    "https://xdailymotion.com/x",
    "https://dailymotion.com.evil.example/x",
    "https://dailymotion.com-evil.example/x",
    "https://dailymotion.comx/x",
    "https://dailymotion.co/x",
    "https://dailymotion.org/x",
    "https://googleapis.com/x",
    "https://www.googleapis.com/x",
    "https://storage.googleapis.com.",
    "https://evil.example/https://storage.googleapis.com/x",
    f"https://evil.example?@{S}/x",
    f"https://evil.example#@{S}/x",
    f"https://evil.example?.{S}/x",
    f"https://evil.example#.{S}/x",
    f"https://evil.example/.{S}/x",
    f"https://evil.example:443/.{S}",
    "https://com/x",
    "https://./x",
    # Addresses of machines.
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    f"https://[{S}]/x",
    f"https://[::1].{S}/x",
    "https://[::1/x",
    "https://10.0.0.1/x",
    "https://192.168.0.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/x",
    "https://0x7f000001/x",
    "https://2130706433/x",
    "https://0177.0.0.1/x",
    "https://127.1/x",
    "https://0/x",
    "http://127.0.0.1:8080/x",
    "http://localhost:8080/x",
    "http://[::1]:8080/x",
]

NO_HOST_NAME = [
    "https://.dailymotion.com/x",
    "https://evil..dailymotion.com/x",
    f"https://evil.example%2f.{S}/x",
    f"https://evil.example%00.{S}/x",
    f"https://evil.example%23.{S}/x",
    f"https://evil.example;.{S}/x",
    f"https://evil.example,.{S}/x",
    "https://*.dailymotion.com/x",
    "https://{}.dailymotion.com/x",
    "https://<x>.dailymotion.com/x",
    f"https://{'a' * 64}.dailymotion.com/x",
]


def refused(link: str, profile: Profile) -> LinkRefused:
    with pytest.raises(LinkRefused) as caught:
        admit(Secret(link), profile)
    return caught.value


def test_the_table_has_at_least_sixty_different_links() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


@pytest.mark.parametrize("profile", NOT_LOOPBACK, ids=lambda profile: profile.token_url)
@pytest.mark.parametrize("link", HOSTILE)
def test_L7_a_hostile_link_is_refused(link: str, profile: Profile) -> None:
    error = refused(link, profile)
    assert error.retry == "never"


@pytest.mark.parametrize("link", NO_HOST_NAME)
def test_L7_a_host_that_is_no_host_name_is_refused(link: str) -> None:
    refused(link, PUBLIC)


@pytest.mark.parametrize("profile", [*NOT_LOOPBACK, SANDBOX], ids=lambda profile: profile.token_url)
@pytest.mark.parametrize("link", GOOD)
def test_a_link_to_the_storage_is_admitted_unchanged(link: str, profile: Profile) -> None:
    assert admit(Secret(link), profile) == link


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:8080/files/1?Expires=1&Signature=x",
        "http://127.0.0.1/x",
        "http://localhost:9/x",
        "http://[::1]:9/x",
        "https://127.0.0.1:8443/x",
        "https://localhost/x",
    ],
)
def test_links_to_this_machine_are_admitted_for_a_profile_on_this_machine_only(link: str) -> None:
    assert admit(Secret(link), SANDBOX) == link
    for profile in NOT_LOOPBACK:
        refused(link, profile)


ALSO_FOR_A_SANDBOX = [
    link for link in HOSTILE if not any(f"//{h}" in link for h in ("127.0.0.1", "localhost", "[::1]"))
]


@pytest.mark.parametrize(
    "link",
    [
        *ALSO_FOR_A_SANDBOX,
        "ftp://127.0.0.1/x",
        "file://localhost/etc/passwd",
        "http://user@127.0.0.1:8080/x",
        "http://127.0.0.1:8080@evil.example/x",
        "http://127.0.0.1.evil.example/x",
        "http://localhost.evil.example/x",
        "http://0.0.0.0:8080/x",
        "http://127.1:8080/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://169.254.169.254/x",
    ],
)
def test_L7_a_sandbox_on_this_machine_opens_no_other_door(link: str) -> None:
    refused(link, SANDBOX)


def test_L7_only_the_very_address_of_the_api_makes_a_profile_local() -> None:
    fake = dataclasses.replace(PRIVATE, name="sandbox", sandbox=True, graphql_url="https://127.0.0.1.evil.example/")
    refused("http://127.0.0.1:8080/x", fake)


def test_a_link_with_endless_digits_is_refused_and_no_crash() -> None:
    refused("http://127.0.0." + "9" * 5000 + "/x", SANDBOX)


@pytest.mark.parametrize("link", HOSTILE)
def test_a_refusal_never_shows_path_or_query_and_is_one_clean_line(link: str) -> None:
    shown = f"{link.removesuffix('/x')}/canary?Signature=canary"
    message = str(refused(shown, PUBLIC))
    assert "canary" not in message
    assert message.isprintable()


@settings(print_blob=True, max_examples=300, deadline=None)
@given(st.text(max_size=30), st.text(max_size=20), st.sampled_from(["https://", "http://", "", "https:"]))
def test_L7_no_text_around_an_evil_host_makes_it_good(before: str, after: str, scheme: str) -> None:
    link = f"{scheme}{before}evil.example{after}"
    try:
        admitted = admit(Secret(link), PUBLIC)
    except LinkRefused:
        return
    host = admitted.lower().removeprefix("https://").split("/")[0].split("?")[0].split("#")[0].split(":")[0]
    assert any(host == known or host.endswith("." + known) for known in STORAGE_HOSTS)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_TM3_an_address_of_the_public_internet_is_spoken_to(address: str) -> None:
    check_addresses(S, [address])


@pytest.mark.row("TM3")
@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "nonsense", ""])
def test_TM3_any_other_address_is_not_and_one_is_enough(address: str) -> None:
    with pytest.raises(LinkRefused, match="private network"):
        check_addresses(S, ["8.8.8.8", address])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_TM3_a_sandbox_on_this_machine_may_be_spoken_to(host: str) -> None:
    check_addresses(host, ["127.0.0.1", "::1"])


@pytest.mark.row("L10")
def test_L10_an_object_is_the_same_under_every_host_and_signature() -> None:
    same = {identity(f"https://{S}/b/x?Signature=a"), identity("https://cdn.dailymotion.com/b/x?Expires=1")}
    assert len(same) == 1
    assert identity(f"https://{S}/b/y") not in same


@pytest.mark.row("D15")
@pytest.mark.parametrize(
    ("status", "location", "target"),
    [
        (302, "/b/y", f"https://{S}/b/y"),
        (301, f"https://bucket.{S}/y", f"https://bucket.{S}/y"),
        (307, "y?z=1", f"https://{S}/b/y?z=1"),
        (308, f"//{S}/y", f"https://{S}/y"),
        (302, "", None),
        (304, "/b/y", None),
        (200, "/b/y", None),
    ],
)
def test_D15_a_redirect_within_the_storage_is_followed(status: int, location: str, target: str | None) -> None:
    assert sent_on(f"https://{S}/b/x", status, location, 0, PUBLIC) == target


@pytest.mark.row("D15")
def test_D15_three_redirects_are_followed_and_no_more() -> None:
    assert sent_on(f"https://{S}/b/x", 302, "/y", REDIRECTS - 1, PUBLIC)
    with pytest.raises(DamagedFile, match="more than 3 times"):
        sent_on(f"https://{S}/b/x", 302, "/y", REDIRECTS, PUBLIC)


@pytest.mark.row("D15")
@pytest.mark.parametrize("location", ["http://localhost/x", "https://[::1/x", "https://127.0.0.1/x", f"http://{S}/x"])
def test_D15_a_redirect_to_where_no_link_may_lead_is_refused(location: str) -> None:
    with pytest.raises(LinkRefused):
        sent_on(f"https://{S}/b/x", 302, location, 0, PUBLIC)
