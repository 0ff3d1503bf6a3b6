"""The way out: redirects, proxies, .netrc, and secrets that arrive as they are."""

import base64
import logging
import socket
import ssl
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
import trustme
from tests.faults.network import (
    ACCEPTED,
    CREDENTIALS,
    REQUEST,
    TOKEN,
    Recorder,
    Seen,
    Way,
    given,
    plain_environment,
    profile_at,
    recording,
    service,
    way,
)

from dailymotion_reports.client.httpx2_transport import AsyncHttpx2Transport, Httpx2Transport
from dailymotion_reports.errors import (
    ConnectFailed,
    DmrError,
    InvalidSettings,
    ProxyRefused,
    RedirectRefused,
    TransportError,
)
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.oauth import Credentials

__all__ = ["plain_environment", "way"]
pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("plain_environment")]

LOGIN = "joe:canary%21@"
"""User name and password of a proxy, as they stand in its address."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def tls_for(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


STATUSES = [301, 302, 303, 307, 308]
WHITHER = ["other host", "other port", "other scheme", "same address"]


def leading(target: Recorder, own: Recorder, whither: str) -> str:
    match whither:
        case "other host" | "other scheme":
            return target.url("localhost")
        case "other port":
            return target.url()
    return own.url()


@pytest.mark.row("T14")
@pytest.mark.row("TM2")
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("whither", WHITHER)
@pytest.mark.parametrize("what", ["sign-in", "request"])
def test_T14_TM2_a_redirect_is_an_error_and_its_target_hears_nothing(
    way: Way, authority: trustme.CA, ca_file: Path, what: str, whither: str, status: int
) -> None:
    """T14 and TM2: each kind of redirect, of the sign-in and of a call, to each kind of target."""
    tls = tls_for(authority, "localhost") if whither == "other scheme" else None
    with recording(tls=tls) as target, recording() as own:
        address = leading(target, own, whither)

        def answer(seen: Seen) -> Response:
            if what == "request" and seen.path == "/oauth/token":
                return given(TOKEN)
            return given({}, status, Location=f"{address}/canary?code=canary")

        own.answer = answer
        with pytest.raises(RedirectRefused) as caught:
            way.ask(profile_at(own.url()), ca_file=ca_file)
    said = f"The service tried to redirect the {what} to {address} (HTTP {status}). Nothing was sent there."
    assert str(caught.value) == said
    assert (caught.value.code, caught.value.retry, caught.value.status) == ("api.redirected", "never", status)
    assert (target.connections, way.pauses) == (0, [])
    assert [seen.path for seen in own.seen] == ["/oauth/token", "/graphql"][: 1 if what == "sign-in" else 2]


@pytest.mark.row("TM1")
def test_TM1_a_download_says_nothing_of_the_api_s_and_nothing_of_the_home_folder_s(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TM1: neither token, cookie nor .netrc reaches the storage, on the same host name at that."""
    with_netrc(tmp_path, monkeypatch)
    with recording(lambda seen: replace_cookie(service(seen))) as own, recording() as storage:
        way.ask(profile_at(own.url()))
        way.fetch(f"{storage.url()}/file")
    ((_, headers),) = [(seen.path, {name.lower() for name, _ in seen.headers}) for seen in storage.seen]
    assert headers <= {"host", "connection", "user-agent", "accept", "accept-encoding"}
    assert own.seen[1].header("authorization") == ["Bearer canary-token"]
    assert own.seen[1].header("cookie") == []


def replace_cookie(answer: Response) -> Response:
    return replace(answer, headers={**answer.headers, "Set-Cookie": "session=canary; Path=/"})


def with_netrc(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".netrc", "_netrc"):
        path = folder / name
        path.write_text("machine 127.0.0.1 login joe password canary\ndefault login joe password canary\n")
        path.chmod(0o600)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("NETRC", str(folder / ".netrc"))


@pytest.mark.row("F4")
def test_F4_netrc_is_never_used(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F4: neither the sign-in nor a call nor a proxy's greeting takes a word from .netrc."""
    with_netrc(tmp_path, monkeypatch)
    with recording() as own, recording() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        way.ask(profile_at(own.url()))
        way.ask(profile_at("http://api.example"))
    for server in (own, proxy):
        assert [seen.header("authorization") for seen in server.seen] == [[], ["Bearer canary-token"]]
        assert [seen.header("proxy-authorization") for seen in server.seen] == [[], []]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every ``….example`` is this machine, though not by a name of its own."""
    asked = socket.getaddrinfo

    def found(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return asked("127.0.0.1" if name and name.endswith(".example") else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", found)


VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]


@pytest.mark.row("F4")
@pytest.mark.parametrize("variable", VARIABLES)
def test_F4_a_proxy_of_the_environment_opens_the_way_and_its_password_goes_no_further(
    way: Way,
    authority: trustme.CA,
    ca_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variable: str,
) -> None:
    """F4: one CONNECT for each pool, TLS to the service itself, and no word of the password in any log."""
    with recording(tls=tls_for(authority, "api.example")) as own, recording() as proxy:
        monkeypatch.setenv(variable, f"http://{LOGIN}127.0.0.1:{proxy.port}")
        with caplog.at_level(logging.DEBUG):
            way.ask(profile_at(own.url("api.example")), ca_file=ca_file)
            way.fetch(own.url("api.example") + "/file", ca_file=ca_file)
    login = base64.b64encode(b"joe:canary!").decode()
    assert [(seen.method, seen.path) for seen in proxy.seen] == [("CONNECT", f"api.example:{own.port}")] * 2
    assert [seen.header("proxy-authorization") for seen in proxy.seen] == [[f"Basic {login}"]] * 2
    assert [seen.path for seen in own.seen] == ["/oauth/token", "/graphql", "/file"]
    assert [seen.header("proxy-authorization") for seen in own.seen] == [[]] * 3
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "canary!" not in logged
    assert "canary%21" not in logged
    assert login not in logged


@pytest.mark.row("F4")
def test_F4_a_proxy_that_is_spoken_to_over_tls_is_believed_by_the_own_authority_too(
    way: Way, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F4: TLS to the proxy, and within it TLS to the service."""
    tls = tls_for(authority, "api.example"), tls_for(authority, "localhost")
    with recording(tls=tls[0]) as own, recording(tls=tls[1]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url("localhost"))
        assert way.ask(profile_at(own.url("api.example")), ca_file=ca_file).token.reveal() == "t1"
        with pytest.raises(ConnectFailed, match=f"the proxy localhost:{proxy.port} did not prove who it is"):
            way.ask(profile_at(own.url("api.example")))
    assert [seen.method for seen in proxy.seen] == ["CONNECT"]


@pytest.mark.row("F4")
def test_F4_behind_a_proxy_it_is_the_service_that_must_prove_who_it_is(
    way: Way, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F4: a wrong name at the end of the open way is the service's, and the proxy is not blamed."""
    with recording(tls=tls_for(authority, "other.example")) as own, recording() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(
            ConnectFailed, match=r"^api\.example did not prove who it is: its certificate is for another"
        ):
            way.ask(profile_at(own.url("api.example")), ca_file=ca_file)
    assert (len(proxy.seen), own.seen) == (1, [])


@pytest.mark.row("F4")
@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize("hosts", ["api.example", "other.example, .api.example,api.example", "*"])
def test_F4_hosts_that_need_no_proxy_are_reached_without(
    way: Way, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, hosts: str
) -> None:
    """F4: NO_PROXY, as httpx2 documents it."""
    with recording(tls=tls_for(authority, "api.example")) as own, recording() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv(variable, hosts)
        way.ask(profile_at(own.url("api.example")), ca_file=ca_file)
    assert (len(own.seen), proxy.connections) == (2, 0)


@pytest.mark.row("F4")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_F4_a_sandbox_of_this_machine_is_reached_without_any_proxy(
    way: Way, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """F4: its secrets stay on this machine, whatever the proxy variables say."""
    with recording() as own, recording() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        way.ask(profile_at(own.url(host)))
        way.fetch(f"{own.url(host)}/file")
    assert (len(own.seen), proxy.connections) == (3, 0)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.row("F4")
def test_F4_a_proxy_that_is_down_is_named_and_not_the_service(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """F4: its host and port, never its password; tried again in bounds."""
    port = closed_port()
    monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}127.0.0.1:{port}")
    with pytest.raises(ConnectFailed) as caught:
        way.ask(profile_at("https://api.example"))
    assert str(caught.value).startswith(f"The proxy 127.0.0.1:{port} cannot be reached: ")
    assert str(caught.value).endswith("Nothing was sent to api.example.")
    assert "canary" not in f"{caught.value!r} {caught.value.hint}"
    assert "HTTPS_PROXY" in caught.value.hint
    assert len(way.pauses) == 4


@pytest.mark.row("F4")
@pytest.mark.parametrize(
    ("refusal", "kind", "hint", "tries"),
    [
        ("407 Proxy Authentication Required", ProxyRefused, "USER:PASSWORD", 1),
        ("403 Forbidden by the \x1b[31mhouse", ProxyRefused, "allow this host", 1),
        ("502 Bad Gateway", ConnectFailed, "NO_PROXY", 5),
    ],
    ids=["407", "403", "502"],
)
def test_F4_a_proxy_that_opens_no_way_says_why(
    way: Way, monkeypatch: pytest.MonkeyPatch, refusal: str, kind: type[DmrError], hint: str, tries: int
) -> None:
    """F4: what a proxy forbids is not tried again, what may pass is."""
    with recording(refusal=refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}127.0.0.1:{proxy.port}")
        with pytest.raises(kind) as caught:
            way.ask(profile_at("https://api.example"))
    assert type(caught.value) is kind
    said = f"The proxy 127.0.0.1:{proxy.port} opened no way to api.example ("
    assert str(caught.value).startswith(said + refusal[:3])
    assert "canary" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert hint in caught.value.hint
    assert [seen.method for seen in proxy.seen] == ["CONNECT"] * tries


@pytest.mark.row("F4")
def test_F4_a_proxy_that_talks_nonsense_has_lost_no_report(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """F4: as long as the way is not open nothing was asked, so that no report may be running."""
    with recording() as own, recording(refusal="nonsense") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        profile = replace(profile_at(own.url()), graphql_url="https://api.example/graphql")
        with pytest.raises(ConnectFailed) as caught:
            way.ask(profile)
    assert [seen.path for seen in own.seen] == ["/oauth/token"]
    assert [seen.path for seen in proxy.seen] == ["api.example:443"]
    assert str(caught.value).startswith(f"The proxy 127.0.0.1:{proxy.port} cannot be reached: ")


BAD_PROXIES = [
    "ftp://joe:canary@proxy.example",
    "http://joe:canary@proxy.example:port",
    "http://[canary",
    "http://joe:can ary@proxy.example:99999",
    "http://",
    "http://joe:can/ary@proxy.example",
]


@pytest.mark.row("F4")
@pytest.mark.parametrize("make", [Httpx2Transport, AsyncHttpx2Transport])
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("address", BAD_PROXIES)
def test_F4_what_is_no_proxy_s_address_is_told_by_its_variable_and_not_shown(
    make: type[Httpx2Transport] | type[AsyncHttpx2Transport],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    address: str,
) -> None:
    """F4: an address that cannot be read, told before anything is sent."""
    monkeypatch.setenv(variable, address)
    with pytest.raises(InvalidSettings) as caught:
        make()
    assert (str(caught.value), caught.value.where) == (f"{variable} is not the address of a proxy.", variable)
    assert caught.value.__context__ is None


@pytest.mark.row("F4")
@pytest.mark.parametrize("make", [Httpx2Transport, AsyncHttpx2Transport])
def test_F4_a_socks_proxy_without_its_package_says_what_to_install(
    make: type[Httpx2Transport] | type[AsyncHttpx2Transport], monkeypatch: pytest.MonkeyPatch
) -> None:
    """F4: no traceback of somebody else's."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", f"socks5://{LOGIN}proxy.example:1080")
    with pytest.raises(InvalidSettings, match="ALL_PROXY names a SOCKS proxy") as caught:
        make()
    assert "pip install socksio" in caught.value.hint
    assert "canary" not in str(caught.value)


SECRETS = [
    "a&b=c&grant_type=password",
    "a+b c%20d%2Bé",
    " \"double\" 'single' `tick` $HOME \\n \\",
    "line\nline\r\nX-Evil: 1\r\n\r\nPOST / HTTP/1.1\r\n",
    "ünïcödé 日本語 🎬 \u200d\u00a0",
    "\t\x00\x1b[31m;#?/:@!*(),<>[]{}|^~",
]


@pytest.mark.row("F2")
@pytest.mark.parametrize("grant", ["password", "client_credentials"])
@pytest.mark.parametrize("secret", SECRETS)
def test_F2_a_secret_arrives_byte_for_byte(way: Way, secret: str, grant: str) -> None:
    """F2: key, secret, user name and password with every character that has a meaning somewhere on the way."""
    credentials = Credentials(f"k{secret}", Secret(f"s{secret}"), f"u{secret}", Secret(f"p{secret}"), (f"c{secret}",))
    with recording() as own:
        way.ask(profile_at(own.url(), grant=grant), credentials)
    signed, asked = own.seen
    wanted = {"client_id": f"k{secret}", "client_secret": f"s{secret}"}
    wanted |= {"username": f"u{secret}", "password": f"p{secret}"} if grant == "password" else {"scope": f"c{secret}"}
    fields = [pair.split(b"=") for pair in signed.body.replace(b"+", b" ").split(b"&")]
    found = {name.decode(): unquote_to_bytes(value) for name, value in fields}
    assert found == {"grant_type": grant.encode()} | {name: text.encode() for name, text in wanted.items()}
    assert (signed.method, asked.method, asked.path) == ("POST", "POST", "/graphql")
    assert own.connections == 1


@pytest.mark.row("F2")
def test_F2_a_slug_with_a_line_end_is_a_slug_and_no_header(way: Way) -> None:
    """F2: what stands in a question goes into the body, and there into the variables."""
    slug = "lumen\r\nX-Evil: 1\r\n\r\nPOST /evil HTTP/1.1"
    with recording() as own:
        way.ask(profile_at(own.url()), request=replace(REQUEST, filters={"videoOwnerChannelSlug": slug}))
    assert [seen.path for seen in own.seen] == ["/oauth/token", "/graphql"]
    assert b"lumen\\r\\nX-Evil" in own.seen[1].body
    assert own.seen[1].header("x-evil") == []


@pytest.mark.row("F2")
@pytest.mark.parametrize("token", ["canary\r\nX-Evil: 1", "canary\nX-Evil: 1", "canary\x00", "canary-tökèn"])
def test_F2_a_token_that_fits_no_header_makes_none(way: Way, token: str) -> None:
    """F2: the service is never sent a line that it made us write."""
    answers = {"/oauth/token": given(TOKEN | {"access_token": token}), "/graphql": given(ACCEPTED)}
    with recording(lambda seen: answers[seen.path]) as own, pytest.raises((TransportError, DmrError)) as caught:
        way.ask(profile_at(own.url()), CREDENTIALS)
    assert {seen.path for seen in own.seen} == {"/oauth/token"}
    assert "canary" not in f"{caught.value} {caught.value.hint}"
