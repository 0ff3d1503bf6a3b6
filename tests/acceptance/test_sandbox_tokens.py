"""Signing in to the sandbox over sockets: every trouble of it, sessions, scopes, and the date."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPMessage, RemoteDisconnected
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running
from dailymotion_reports.sandbox.token_faults import TOKEN_FAULTS

START = datetime(2026, 1, 15, tzinfo=UTC).timestamp()
NOW = "Thu, 15 Jan 2026 00:00:00 GMT"
LOOK = b'{"query": "{ __type(name: \\"PartnerReportMetric\\") { enumValues { name } } }"}'


class Site:
    """A sandbox on loopback and its one account."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.info = info

    def call(
        self, url: str, method: str = "GET", body: bytes = b"", bearer: str = ""
    ) -> tuple[int, HTTPMessage, bytes]:
        """Status, headers, body; redirects are not followed."""
        parts = urlsplit(url)
        connection = HTTPConnection(parts.netloc, timeout=10)
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        try:
            connection.request(method, parts.path or "/", body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def token(self, path: str = "/oauth/token", **form: str) -> tuple[int, HTTPMessage, bytes]:
        return self.call(self.info["url"] + path, "POST", urlencode(form).encode())

    def sign_in(self) -> tuple[int, HTTPMessage, bytes]:
        return self.token(grant_type="password", **self.key, **self.person)

    def refresh(self, token: str) -> tuple[int, HTTPMessage, bytes]:
        return self.token(grant_type="refresh_token", refresh_token=token, **self.key)

    def private(self, scope: str, path: str = "/v2/token") -> tuple[int, HTTPMessage, bytes]:
        own = {name: self.info["v2"][name] for name in ("client_id", "client_secret")}
        return self.token(path, grant_type="client_credentials", scope=scope, **own)

    def good(self) -> dict[str, str]:
        status, _, body = self.sign_in()
        assert status == 200
        return dict(json.loads(body))

    @property
    def key(self) -> dict[str, str]:
        return {"client_id": self.info["api_key"], "client_secret": self.info["api_secret"]}

    @property
    def person(self) -> dict[str, str]:
        return {name: self.info[name] for name in ("username", "password")}

    def arm(self, name: str, seed: int = 0) -> None:
        body = json.dumps({"name": name, "seed": seed}).encode()
        assert self.call(self.info["url"] + "/_sandbox/faults", "POST", body)[0] == 200

    def stats(self) -> dict[str, Any]:
        return dict(json.loads(self.call(self.info["url"] + "/_sandbox/stats")[2]))


@pytest.fixture(scope="module")
def one_site() -> Iterator[Site]:
    with Sandbox(clock=Clock.by_hand(START)) as sandbox, running(sandbox) as info:
        yield Site(info)


@pytest.fixture
def site(one_site: Site) -> Site:
    assert one_site.call(one_site.info["url"] + "/_sandbox/reset", "POST")[0] == 200
    return one_site


ON_THE_WAY = ("T3-reset", "T3-half-answer", "T3-stall", "T3-slow-head")
OF_A_REFRESH = ("T7-refresh-refused", "T8-refreshed-elsewhere")
BEFORE = [
    fault.name for fault in TOKEN_FAULTS if fault.stage == "token" and fault.name not in (*ON_THE_WAY, *OF_A_REFRESH)
]
STATUS = {"T1": 400, "T2": 429, "T4": 200}


@pytest.mark.parametrize("name", BEFORE)
def test_a_sign_in_meets_each_trouble_once_and_has_no_effect(site: Site, name: str) -> None:
    site.arm(name)
    status, headers, _ = site.sign_in()
    assert status == STATUS.get(name.split("-")[0], 0) or status == int(name.rpartition("-")[2])
    assert site.stats()["sign_ins"] == 0
    assert (headers["location"] == "http://127.0.0.1:9/elsewhere") == name.startswith("T14")
    assert (headers["retry-after"] is not None) == name.startswith("T2")
    assert headers["date"] == NOW
    assert site.sign_in()[0] == 200
    assert site.stats()["faults"][name] == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("T4-expires-text", "36000"),
        ("T4-expires-zero", 0),
        ("T4-expires-negative", -36000),
        ("T4-expires-absent", None),
    ],
)
def test_T4_lives_are_told_strangely(site: Site, name: str, said: object) -> None:
    site.arm(name)
    assert json.loads(site.sign_in()[2]).get("expires_in") == said
    assert site.stats()["faults"][name] == 1


def test_T7_a_refresh_is_refused(site: Site) -> None:
    site.arm("T7-refresh-refused")
    token = site.good()["refresh_token"]
    assert (site.refresh(token)[0], site.refresh(token)[0]) == (400, 200)
    assert site.stats()["faults"]["T7-refresh-refused"] == 1


def test_T9_the_connection_ends_after_the_rotation(site: Site) -> None:
    site.arm("T9-cut-after-rotation")
    token = site.good()["refresh_token"]
    with pytest.raises(RemoteDisconnected):
        site.refresh(token)
    assert site.refresh(token)[0] == 400
    stats = site.stats()
    assert (stats["refreshes"], stats["faults"]["T9-cut-after-rotation"]) == (1, 1)


def test_T10_no_new_refresh_token_comes(site: Site) -> None:
    site.arm("T10-no-new-refresh")
    token = site.good()["refresh_token"]
    assert ["refresh_token" in json.loads(site.refresh(token)[2]) for _ in range(2)] == [False, True]
    assert site.stats()["faults"]["T10-no-new-refresh"] == 1


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/v2/token"])
def test_T11_a_scope_is_withheld(site: Site, path: str) -> None:
    site.arm("T11-fewer-scopes")
    scopes = [json.loads(site.private("create_reports access_revenue", path)[2])["scope"] for _ in range(2)]
    assert scopes == ["create_reports", "create_reports access_revenue"]
    assert site.stats()["faults"]["T11-fewer-scopes"] == 1


def test_TM2_a_signed_request_is_sent_to_the_port_that_the_seed_names(site: Site) -> None:
    site.arm("TM2-redirect", seed=4711)
    token = site.good()["access_token"]
    status, headers, _ = site.call(site.info["graphql_url"], "POST", LOOK, token)
    assert (status, headers["location"]) == (307, "http://127.0.0.1:4711/elsewhere")
    assert site.stats()["faults"]["TM2-redirect"] == 1


def test_C12_the_schema_drifts(site: Site) -> None:
    site.arm("C12-schema-drift")
    token = site.good()["access_token"]
    drifted, published = (site.call(site.info["graphql_url"], "POST", LOOK, token)[2] for _ in range(2))
    assert (b"NEW_METRIC" in drifted, b"NEW_METRIC" in published) == (True, False)
    assert site.stats()["faults"]["C12-schema-drift"] == 1


def test_the_newer_endpoint_refuses_passwords(site: Site) -> None:
    status, _, body = site.token("/v2/token", grant_type="password", **site.key, **site.person)
    assert (status, json.loads(body)["error"]) == (400, "unsupported_grant_type")
    assert b"removed" in body


def test_logging_out_ends_access_and_refresh_token(site: Site) -> None:
    tokens = site.good()
    address = site.info["url"] + "/auth"
    assert json.loads(site.call(address, bearer=tokens["access_token"])[2])["username"] == site.info["username"]
    assert site.call(site.info["logout_url"], bearer=tokens["access_token"])[0] == 200
    assert site.call(address, bearer=tokens["access_token"])[0] == 401
    assert site.refresh(tokens["refresh_token"])[0] == 400
    assert site.call(site.info["logout_url"])[0] == 401
    assert site.stats()["logouts"] == 1


@pytest.mark.parametrize("side", ["url", "storage_url"])
def test_every_answer_bears_the_sandboxs_date_and_only_that(site: Site, side: str) -> None:
    body = json.dumps({"advance_seconds": 86400}).encode()
    assert site.call(site.info["url"] + "/_sandbox/clock", "POST", body)[0] == 200
    for method in ("GET", "POST", "PUT"):
        headers = site.call(site.info[side] + "/nothing", method)[1]
        assert headers.get_all("date") == ["Fri, 16 Jan 2026 00:00:00 GMT"]
