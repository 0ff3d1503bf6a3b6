"""What the page of another site can make a browser send: nothing of it takes effect, at neither port.

Each case is one request as raw lines, since no client library lets itself be made to send most of them.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

pytestmark = pytest.mark.row("TM17")

GUARDED = {403, 421}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(report_seconds=0.0, speed=0.0) as made:
        yield made


@pytest.fixture(scope="module")
def info(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    with running(sandbox) as told:
        yield told


def said(url: str, *lines: str, body: str = "") -> tuple[int, str]:
    """Status and text of the answer to these lines; 0 where the connection ends without one."""
    at = urlsplit(url)
    assert at.hostname
    assert at.port
    with closing(socket.create_connection((at.hostname, at.port), 10)) as connection:
        text = "\r\n".join([*lines, "Connection: close", f"Content-Length: {len(body)}", "", body])
        connection.sendall(text.encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode("latin-1")
    return (int(answer.split(" ", 2)[1]) if answer else 0), answer


HOSTS = {
    "another name": "evil.example:{port}",
    "another name at no port": "evil.example",
    "a name that leads here": "localtest.me:{port}",
    "a name that begins like ours": "127.0.0.1.evil.example:{port}",
    "a name that ends like ours": "evil-localhost:{port}",
    "ours as a part": "localhost.evil.example:{port}",
    "no port": "127.0.0.1",
    "another port": "127.0.0.1:1",
    "the port with a nought": "127.0.0.1:0{port}",
    "the port and a letter": "127.0.0.1:{port}x",
    "a dot at the end": "localhost.:{port}",
    "the address as a number": "2130706433:{port}",
    "the address in octal": "0177.0.0.1:{port}",
    "the address made short": "127.1:{port}",
    "another address of loopback": "127.0.0.2:{port}",
    "any address": "0.0.0.0:{port}",
    "any address of IPv6": "[::]:{port}",
    "loopback within IPv6": "[::ffff:127.0.0.1]:{port}",
    "a user before it": "evil@127.0.0.1:{port}",
    "a path behind it": "127.0.0.1:{port}/evil",
    "two in one": "127.0.0.1:{port}, evil.example",
    "nothing": "",
}
ORIGINS = {
    "another site": "http://evil.example",
    "another site by TLS": "https://evil.example",
    "nobody": "null",
    "nothing": "",
    "ours by TLS": "https://127.0.0.1:{port}",
    "ours at another port": "http://127.0.0.1:1",
    "ours at no port": "http://127.0.0.1",
    "ours by another name": "http://localhost:{port}",
    "ours with a path": "http://127.0.0.1:{port}/",
    "ours in part": "http://127.0.0.1:{port}.evil.example",
    "a file": "file://",
    "an extension": "chrome-extension://abcdefgh",
    "two in one": "http://127.0.0.1:{port} http://evil.example",
    "in capitals": "HTTP://127.0.0.1:{port}",
}
SITES = ["cross-site", "same-site", "CROSS-SITE", "cross-origin", "", "none, cross-site", "anything"]


def own(info: dict[str, Any], side: str) -> tuple[str, str, int]:
    """Address, host line and port of one of the two servers."""
    at = urlsplit(info[side])
    assert at.port
    return info[side], f"Host: {at.netloc}", at.port


def moved(sandbox: Sandbox, before: float) -> bool:
    return sandbox.clock.now() != before


@pytest.mark.parametrize("side", ["url", "storage_url"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", HOSTS)
def test_under_another_name_nothing_is_said(info: dict[str, Any], name: str, method: str, side: str) -> None:
    url, _, port = own(info, side)
    status, answer = said(url, f"{method} /_sandbox/stats HTTP/1.1", f"Host: {HOSTS[name].format(port=port)}")
    assert status in {421, 400}
    assert "reports_created" not in answer


@pytest.mark.parametrize("name", ORIGINS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_for_another_sites_page_nothing_is_done(sandbox: Sandbox, info: dict[str, Any], name: str, method: str) -> None:
    url, host, port = own(info, "url")
    before = sandbox.clock.now()
    origin = f"Origin: {ORIGINS[name].format(port=port)}"
    status, answer = said(
        url, f"{method} /_sandbox/clock HTTP/1.1", host, origin, body=json.dumps({"advance_seconds": 60})
    )
    assert status == 403
    assert "access-control" not in answer.lower()
    assert not moved(sandbox, before)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_a_browser_says_comes_from_elsewhere_is_not_done(
    sandbox: Sandbox, info: dict[str, Any], site: str, method: str
) -> None:
    url, host, _ = own(info, "url")
    before = sandbox.clock.now()
    lines = (f"{method} /_sandbox/clock HTTP/1.1", host, f"Sec-Fetch-Site: {site}", "Content-Type: text/plain")
    status, answer = said(url, *lines, body=json.dumps({"advance_seconds": 60}))
    assert status == 403
    assert "access-control" not in answer.lower()
    assert not moved(sandbox, before)


DOUBTFUL = {
    "no host at all": ("POST /_sandbox/clock HTTP/1.1",),
    "no host, and an older protocol": ("POST /_sandbox/clock HTTP/1.0",),
    "two hosts, ours first": ("POST /_sandbox/clock HTTP/1.1", "{host}", "Host: evil.example"),
    "two hosts, ours last": ("POST /_sandbox/clock HTTP/1.1", "Host: evil.example", "{host}"),
    "a target that names another host": ("POST http://evil.example/_sandbox/clock HTTP/1.1", "{host}"),
    "another host, and a target that names ours": ("POST {url}/_sandbox/clock HTTP/1.1", "Host: evil.example"),
    "two origins, ours first": (
        "POST /_sandbox/clock HTTP/1.1", "{host}", "Origin: {url}", "Origin: http://evil.example",
    ),
    "two sites, the harmless first": (
        "POST /_sandbox/clock HTTP/1.1", "{host}", "Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site",
    ),
    "a host that another header names": (
        "POST /_sandbox/clock HTTP/1.1", "Host: evil.example", "X-Forwarded-Host: {name}", "Forwarded: host={name}",
    ),
    "another method in a header": (
        "GET /_sandbox/clock HTTP/1.1", "{host}", "Origin: http://evil.example", "X-HTTP-Method-Override: POST",
    ),
    "a change of protocol": (
        "GET /_sandbox/clock HTTP/1.1", "{host}", "Origin: http://evil.example", "Upgrade: websocket",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_doubtful_is_not_done(sandbox: Sandbox, info: dict[str, Any], name: str) -> None:
    url, host, _ = own(info, "url")
    before = sandbox.clock.now()
    words = {"host": host, "name": host.removeprefix("Host: "), "url": url}
    lines = [line.format(**words) for line in DOUBTFUL[name]]
    status, _ = said(url, *lines, body=json.dumps({"advance_seconds": 60}))
    assert status in GUARDED | {400}
    assert not moved(sandbox, before)


ALLOWED = {
    "a program": (),
    "our own page": ("Origin: http://127.0.0.1:{port}", "Sec-Fetch-Site: same-origin"),
    "somebody who typed the address": ("Sec-Fetch-Site: none",),
}


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}", "[::1]:{port}"])
def test_who_may_is_let_in(sandbox: Sandbox, info: dict[str, Any], name: str, host: str) -> None:
    url, _, port = own(info, "url")
    before = sandbox.clock.now()
    named = host.format(port=port)
    lines = [line.replace("127.0.0.1:{port}", named) for line in ALLOWED[name]]
    status, answer = said(
        url, "POST /_sandbox/clock HTTP/1.1", f"Host: {named}", *lines, body=json.dumps({"advance_seconds": 60})
    )
    assert status == 200
    assert "access-control" not in answer.lower()
    assert sandbox.clock.now() == before + 60


def test_there_are_at_least_forty_cases_that_are_refused() -> None:
    assert len(HOSTS) * 4 + len(ORIGINS) * 2 + len(SITES) * 5 + len(DOUBTFUL) >= 40
