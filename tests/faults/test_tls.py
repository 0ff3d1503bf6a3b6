"""TM4: whom we believe.  A server that does not prove who it is gets not one byte of a request."""

import http.client
import json
import os
import ssl
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from tests.faults.network import Recorder, Seen, Way, plain_environment, profile_at, recording, way

from dailymotion_reports.client.httpx2_transport import AsyncHttpx2Transport, Httpx2Transport
from dailymotion_reports.errors import CertificateRefused, ConnectFailed, InvalidSettings
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running
from dailymotion_reports.wire.http import Request, Response

__all__ = ["plain_environment", "way"]
pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("plain_environment")]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_context(certificate: trustme.LeafCert | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        certificate.configure_cert(context)
    return context


def self_signed(tmp_path: Path) -> ssl.SSLContext:
    itself, path = trustme.CA(), tmp_path / "self.pem"
    path.write_bytes(itself.private_key_pem.bytes() + itself.cert_pem.bytes())
    context = server_context()
    context.load_cert_chain(path)
    return context


def too_old(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = server_context(certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def unproven(kind: str, authority: trustme.CA, tmp_path: Path) -> ssl.SSLContext:
    now = datetime.now(UTC)
    match kind:
        case "self-signed":
            return self_signed(tmp_path)
        case "stranger":
            return server_context(trustme.CA().issue_cert("localhost"))
        case "wrong name":
            return server_context(authority.issue_cert("other.example"))
        case "wrong address":
            return server_context(authority.issue_cert("10.0.0.1"))
        case "expired":
            began, ended = now - timedelta(days=9), now - timedelta(days=1)
            return server_context(authority.issue_cert("localhost", not_before=began, not_after=ended))
        case "not yet":
            begins, ends = now + timedelta(days=1), now + timedelta(days=9)
            return server_context(authority.issue_cert("localhost", not_before=begins, not_after=ends))
    return too_old(authority.issue_cert("localhost"))


UNPROVEN = [
    ("self-signed", "localhost", "its certificate is self-signed", "DMR_CA_FILE"),
    ("stranger", "localhost", "its certificate comes from an authority that is not trusted here", "DMR_CA_FILE"),
    ("wrong name", "localhost", "its certificate is for another name", "address"),
    ("wrong address", "127.0.0.1", "its certificate is for another address", "address"),
    ("expired", "localhost", "its certificate has expired", "clock"),
    ("not yet", "localhost", "its certificate is not valid yet", "clock"),
    ("too old", "localhost", "it speaks no TLS that is new enough (1.2 or newer)", "TLS 1.2"),
]


@pytest.mark.row("TM4")
@pytest.mark.parametrize(("kind", "host", "why", "hint"), UNPROVEN, ids=[row[0] for row in UNPROVEN])
def test_TM4_a_server_that_does_not_prove_who_it_is_gets_nothing_and_is_not_asked_again(
    way: Way, authority: trustme.CA, ca_file: Path, tmp_path: Path, kind: str, host: str, why: str, hint: str
) -> None:
    """TM4: self-signed, unknown authority, wrong name, wrong time and an old protocol, for calls and downloads."""
    with recording(tls=unproven(kind, authority, tmp_path)) as server:
        for call in (
            lambda: way.ask(profile_at(server.url(host)), ca_file=ca_file),
            lambda: way.fetch(server.url(host) + "/file?Signature=canary", ca_file=ca_file),
        ):
            with pytest.raises(CertificateRefused) as caught:
                call()
            assert str(caught.value) == f"{host} did not prove who it is: {why}. Nothing was sent to it."
            assert hint in caught.value.hint
            assert (caught.value.code, caught.value.retry) == ("transport.certificate", "never")
    assert (server.connections, server.seen, way.pauses) == (2, [], [])


@pytest.mark.row("TM4")
def test_TM4_no_variable_of_the_environment_switches_the_checks_off(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TM4: what other programs understand as "do not check" means nothing here."""
    for name in ("PYTHONHTTPSVERIFY", "NODE_TLS_REJECT_UNAUTHORIZED", "SSL_VERIFY", "DMR_VERIFY", "HTTPX_VERIFY"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    with recording(tls=self_signed(tmp_path)) as server, pytest.raises(CertificateRefused):
        way.ask(profile_at(server.url("localhost")))
    assert server.seen == []


@pytest.mark.row("TM4")
def test_TM4_a_server_without_tls_is_no_service(way: Way) -> None:
    """TM4: where TLS is expected, nothing is said to whom does not speak it."""
    with recording() as server, pytest.raises(ConnectFailed, match="localhost cannot be reached: no TLS is spoken"):
        way.ask(profile_at(server.url("localhost").replace("http:", "https:")))
    assert server.seen == []


@pytest.mark.row("TM4")
def test_TM4_an_own_authority_is_believed_and_without_it_the_same_server_is_not(
    way: Way, authority: trustme.CA, ca_file: Path
) -> None:
    """TM4: the own CA file counts for calls and for downloads."""
    with recording(tls=server_context(authority.issue_cert("localhost"))) as server:
        url = server.url("localhost")
        assert way.ask(profile_at(url), ca_file=ca_file).token.reveal() == "t1"
        assert way.fetch(f"{url}/file", ca_file=ca_file)
        told = len(server.seen)
        with pytest.raises(CertificateRefused):
            way.ask(profile_at(url))
    assert told == len(server.seen) == 3


@pytest.mark.row("F4")
def test_F4_an_own_authority_is_believed_beside_the_one_that_the_environment_names(
    way: Way, authority: trustme.CA, ca_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F4: SSL_CERT_FILE replaces the system's store; the own CA file adds to it."""
    other, bundle = trustme.CA(), tmp_path / "other.pem"
    other.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    for issuer in (authority, other):
        with recording(tls=server_context(issuer.issue_cert("localhost"))) as server:
            assert way.ask(profile_at(server.url("localhost")), ca_file=ca_file).token.reveal() == "t1"


def unusable(tmp_path: Path, authority: trustme.CA, kind: str) -> Path:
    path = tmp_path / "ca.pem"
    match kind:
        case "folder":
            path.mkdir()
        case "nothing in it":
            path.write_bytes(b"")
        case "binary":
            path.write_bytes(ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode()))
        case "a key":
            path.write_bytes(authority.private_key_pem.bytes())
        case "prose":
            path.write_text("Ask the help desk, they have it.\n")
    return path


@pytest.mark.row("F4")
@pytest.mark.parametrize("kind", ["missing", "folder", "nothing in it", "binary", "a key", "prose"])
@pytest.mark.parametrize("make", [Httpx2Transport, AsyncHttpx2Transport])
def test_F4_a_ca_file_that_cannot_be_used_is_told_at_once_by_the_name_of_its_setting(
    make: type[Httpx2Transport] | type[AsyncHttpx2Transport],
    kind: str,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F4: before anything is sent, and for SSL_CERT_FILE too."""
    path = unusable(tmp_path, authority, kind)
    with pytest.raises(InvalidSettings) as caught:
        make(path)
    assert caught.value.where == "DMR_CA_FILE"
    assert str(path) in str(caught.value)
    assert "ca_file" in str(caught.value)
    assert "-----BEGIN CERTIFICATE-----" in caught.value.hint
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(InvalidSettings) as caught:
        make()
    assert caught.value.where == "SSL_CERT_FILE"


def test_an_empty_ca_file_setting_means_none_and_a_tilde_means_home(
    ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Httpx2Transport("").close()
    monkeypatch.setenv("HOME", str(ca_file.parent))
    Httpx2Transport("~/ca.pem").close()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(report_seconds=0.0) as sandbox, running(sandbox):
        yield sandbox


def over_tls(sandbox: Sandbox, authority: trustme.CA) -> AbstractContextManager[Recorder]:
    """The sandbox's own answers, from a server that speaks TLS."""

    def answer(seen: Seen) -> Response:
        headers = {name.lower(): value for name, value in seen.headers}
        return sandbox.answer(Request("POST", sandbox.url + seen.path, headers, seen.body))

    return recording(answer, server_context(authority.issue_cert("localhost")))


def bearers_at_storage(sandbox: Sandbox) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port)) as asked:
        asked.request("GET", "/_sandbox/stats")
        return int(json.load(asked.getresponse())["bearer_at_storage"])


@pytest.mark.row("TM4")
@pytest.mark.row("TM1")
def test_TM4_a_whole_report_over_tls_with_an_own_authority(
    sandbox: Sandbox, authority: trustme.CA, ca_file: Path
) -> None:
    """TM4, TM1: sign in, ask, look and download by the command; the storage never hears the token."""
    with over_tls(sandbox, authority) as server:
        refused = report(sandbox, server)
        assert (refused.returncode, refused.stdout, server.seen) == (8, "", [])
        assert "localhost did not prove who it is" in refused.stderr
        assert "DMR_CA_FILE" in refused.stderr
        assert "Traceback" not in refused.stderr
        done = report(sandbox, server, DMR_CA_FILE=str(ca_file))
    assert done.returncode == 0, done.stderr
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == ["day", "2023-07-01", "2023-07-02"]
    assert done.stdout == report(sandbox, None).stdout
    assert {"/oauth/token", "/"} <= {seen.path for seen in server.seen}
    assert bearers_at_storage(sandbox) == 0


def report(sandbox: Sandbox, server: Recorder | None, **environment: str) -> "subprocess.CompletedProcess[str]":
    told = sandbox.info()
    own = {f"DMR_{name.upper()}": told[name] for name in ("api_key", "api_secret", "username", "password")}
    own |= {"DMR_PROFILE": "sandbox", "DMR_URL": server.url("localhost") if server else sandbox.url}
    asked = ("report", "views", "--by", "day", "--from", "2023-07-01", "--to", "2023-07-02", "--format", "csv")
    return subprocess.run(
        [sys.executable, "-m", "dailymotion_reports", *asked],
        env=os.environ | own | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
