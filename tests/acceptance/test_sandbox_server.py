"""The sandbox over sockets: two ports, the guard at the door, cut connections, a clean end."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.sandbox import server
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running, serve
from dailymotion_reports.sandbox.web import Hosts

ASK = (
    "mutation { askPartnerReportFile(input: {metrics: VIEWS, dimensions: [DAY, VIDEO_TITLE], "
    'startDate: "2023-07-01", endDate: "2023-07-01"}) { reportFile { reportToken } } }'
)
READ = "query ($t: String!) { partner { reportFile(reportToken: $t) { downloadLinks { edges { node { link } } } } } }"


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        return json.loads(self.body)


def call(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body, named)
        answer = connection.getresponse()
        received = answer.read()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, received)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(report_seconds=0.0) as made:
        yield made


@pytest.fixture(scope="module")
def info(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    with running(sandbox) as told:
        yield told


@pytest.fixture
def link(info: dict[str, Any]) -> str:
    assert call(info["url"] + "/_sandbox/reset", "POST").status == 200
    asked = graphql(info, ASK).json()["data"]["askPartnerReportFile"]
    variables = {"t": asked["reportFile"]["reportToken"]}
    edges = graphql(info, READ, variables).json()["data"]["partner"]["reportFile"]["downloadLinks"]["edges"]
    return str(edges[0]["node"]["link"])


def graphql(info: dict[str, Any], query: str, variables: Any = None) -> Answer:
    form = {
        "grant_type": "client_credentials",
        "client_id": info["private"]["client_id"],
        "client_secret": info["private"]["client_secret"],
    }
    granted = call(info["private"]["token_url"], "POST", urlencode(form).encode()).json()
    body = json.dumps({"query": query, "variables": variables}).encode()
    return call(info["graphql_url"], "POST", body, Authorization=f"Bearer {granted['access_token']}")


def arm(info: dict[str, Any], name: str) -> None:
    body = json.dumps({"name": name}).encode()
    assert call(info["url"] + "/_sandbox/faults", "POST", body).status == 200


def test_files_come_from_a_port_of_their_own(info: dict[str, Any], link: str) -> None:
    assert link.startswith(info["storage_url"] + "/dailymotion-stats-report/")
    assert urlsplit(info["url"]).port != urlsplit(info["storage_url"]).port
    whole = call(link)
    assert (whole.status, whole.headers["content-type"]) == (200, "text/csv")
    assert whole.headers["content-length"] == str(len(whole.body))
    part = call(link, Range="bytes=7-11", If_Range=whole.headers["etag"])
    assert (part.status, part.body) == (206, whole.body[7:12])
    head = call(link, "HEAD")
    assert (head.status, head.body, head.headers["x-goog-hash"]) == (200, b"", whole.headers["x-goog-hash"])


def test_the_storage_refuses_in_xml(info: dict[str, Any], link: str) -> None:
    forged = call(link + "0")
    assert (forged.status, b"SignatureDoesNotMatch" in forged.body) == (403, True)
    assert call(info["storage_url"] + "/").status == 403
    posted = call(link, "POST")
    assert (posted.status, posted.headers["allow"], b"MethodNotAllowed" in posted.body) == (405, "GET, HEAD", True)


def test_a_token_at_the_storage_is_counted_whatever_the_method(info: dict[str, Any], link: str) -> None:
    for method in ("GET", "HEAD", "PUT"):
        call(link, method, Authorization="Bearer x")
    assert call(info["url"] + "/_sandbox/stats").json()["bearer_at_storage"] == 3


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/", "POST"),
        ("PUT", "/", "GET, POST"),
        ("GET", "/oauth/token", "POST"),
        ("GET", "/_sandbox/clock", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(info: dict[str, Any], method: str, path: str, allow: str) -> None:
    answer = call(info["url"] + path, method)
    assert (answer.status, answer.headers["allow"]) == (405, allow)


def test_token_endpoints_refuse_in_their_own_words(info: dict[str, Any]) -> None:
    told = call(info["token_url"]).json()
    assert told["error"] == "invalid_request"
    assert "POST" in told["error_description"]


def test_info_holds_what_the_command_prints(info: dict[str, Any]) -> None:
    assert set(info) == {
        "url", "token_url", "graphql_url", "storage_url", "api_key", "api_secret", "username", "password",
        "channels", "first_day", "last_day", "private", "v2", "logout_url", "rest_url",
    }  # fmt: skip
    keys = {"token_url", "graphql_url", "rest_url", "client_id", "client_secret"}
    assert set(info["private"]) == set(info["v2"]) == keys
    assert info["v2"] == info["private"] | {"token_url": info["url"] + "/v2/token"}
    assert not any(str(value).endswith("/") for value in info.values())
    assert info["first_day"] == "2018-01-01"


@pytest.mark.parametrize("side", ["url", "storage_url"])
def test_other_hosts_and_origins_are_turned_away(info: dict[str, Any], side: str) -> None:
    address, port = info[side], urlsplit(info[side]).port
    path = "/_sandbox/stats" if side == "url" else "/"
    good = 200 if side == "url" else 403
    assert call(address + path, Host="evil.example").status == 421
    assert call(address + path, Host="127.0.0.1").status == 421
    assert call(address + path, Host=f"localhost:{port}").status == good
    assert call(address + path, Origin="http://evil.example").body.startswith(b'{"error": "Pages of other')
    assert call(address + path, Origin="null").status == 403
    assert call(address + path, Origin=address).status == good


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_what_a_browser_sends_from_another_site_is_turned_away(info: dict[str, Any], site: str, status: int) -> None:
    assert call(info["url"] + "/_sandbox/reset", "POST", Sec_Fetch_Site=site).status == status
    assert call(info["url"] + "/_sandbox/stats", Sec_Fetch_Site=site).status == 200


def test_a_target_in_absolute_form_is_understood_and_checked(info: dict[str, Any]) -> None:
    assert b"200 OK" in raw(info, f"GET {info['url']}/_sandbox/stats HTTP/1.1").splitlines()[0]
    assert b"405" in raw(info, f"GET {info['url']} HTTP/1.1").splitlines()[0]
    assert b"421" in raw(info, "GET http://evil.example/_sandbox/stats HTTP/1.1").splitlines()[0]


def raw(info: dict[str, Any], line: str) -> bytes:
    at = urlsplit(info["url"])
    with socket.create_connection((at.hostname, at.port), 10) as connection:
        connection.sendall(f"{line}\r\nHost: {at.netloc}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_server_for_everybody_knows_the_address_it_was_reached_at() -> None:
    hosts = Hosts.of(80, arrival=True)
    assert hosts.know("10.1.2.3:80", "10.1.2.3")
    assert hosts.know("[fe80::1]:80", "fe80::1")
    assert hosts.know("LocalHost:80", "10.1.2.3")
    assert not hosts.know("evil.example:80", "10.1.2.3")
    assert not hosts.know("10.1.2.3:81", "10.1.2.3")
    named = Hosts.of(80, "Sandbox.lan")
    assert named.know("sandbox.lan:80", "10.1.2.3")
    assert not named.know("10.1.2.3:80", "10.1.2.3")


@pytest.mark.row("U7")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1"])
def test_other_machines_are_let_in_only_where_that_is_said(sandbox: Sandbox, host: str) -> None:
    with pytest.raises(InvalidSettings, match="other machines") as refused:
        serve(sandbox, host, 0)
    assert "--allow-remote" in refused.value.hint


def test_links_name_the_host_by_which_the_client_came(info: dict[str, Any], link: str) -> None:
    by_name = info | {
        "graphql_url": info["graphql_url"].replace("127.0.0.1", "localhost"),
        "private": {name: value.replace("127.0.0.1", "localhost") for name, value in info["private"].items()},
    }
    asked = graphql(by_name, ASK).json()["data"]["askPartnerReportFile"]
    variables = {"t": asked["reportFile"]["reportToken"]}
    edges = graphql(by_name, READ, variables).json()["data"]["partner"]["reportFile"]["downloadLinks"]["edges"]
    own = edges[0]["node"]["link"]
    assert own.startswith(info["storage_url"].replace("127.0.0.1", "localhost") + "/")
    assert call(own).body == call(link).body


def test_answers_are_sent_without_waiting_for_the_receipt_of_the_last() -> None:
    with server._bound("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()[:2], 10):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.parametrize(("name", "whole"), [("D1-cut", True), ("D2-cut-chunked", False)])
def test_a_download_breaks_off(info: dict[str, Any], link: str, name: str, whole: bool) -> None:
    size = len(call(link).body)
    arm(info, name)
    with pytest.raises(IncompleteRead) as broken:
        call(link)
    assert len(broken.value.partial) == size // 2
    assert (broken.value.expected is not None) == whole


def test_a_lost_reply_leaves_a_report(sandbox: Sandbox, info: dict[str, Any]) -> None:
    call(info["url"] + "/_sandbox/reset", "POST")
    arm(info, "C1-lost-reply")
    with pytest.raises(RemoteDisconnected):
        graphql(info, ASK)
    assert call(info["url"] + "/_sandbox/stats").json()["reports_created"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 405),
        ("PUT", "/", b"", 405),
        ("GET", "/nothing", b"", 404),
        ("POST", "/graphql", b"x" * 200_000, 413),
        ("POST", "/oauth/token", b"\xff\xfe&=&&%%", 400),
        ("POST", "/_sandbox/clock", b"\xff", 400),
        ("GET", "/_sandbox/truth?metrics=%ff&start=2023-07-01&end=2023-07-01", b"", 400),
        ("GET", "/%5b%5b//..", b"", 404),
    ],
)
def test_nonsense_is_never_a_500(info: dict[str, Any], method: str, path: str, body: bytes, status: int) -> None:
    assert call(info["url"] + path, method, body).status == status


def test_a_port_that_is_taken_is_named_with_the_remedy(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidSettings, match=f"Port {port} .* taken") as refused:
            serve(sandbox, port=port)
    assert "--port 0" in refused.value.hint


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())
    with Sandbox() as made, running(made) as told:
        assert call(told["url"] + "/_sandbox/stats").status == 200
    assert set(threading.enumerate()) == before


PROGRAM = """
import json
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import serve
with Sandbox() as sandbox:
    serve(sandbox, port=0, ready=lambda info: print(json.dumps(info), flush=True))
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert call(told["url"] + "/_sandbox/stats").status == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "ended\n", "")
    assert list(tmp_path.iterdir()) == []


YEARS = "/_sandbox/truth?metrics=VIEWS&dimensions=DAY,VIDEO_TITLE&start=2018-01-01&end=2026-01-01"


def test_a_signal_ends_it_soon_whatever_it_is_at(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(tmp_path)}
    ) as process:
        assert process.stdout
        at = urlsplit(json.loads(process.stdout.readline())["url"])
        heads = [f"GET {YEARS} HTTP/1.1\r\nHost: {at.netloc}\r\n\r\n"] * 3
        heads.append(f"POST /graphql HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: 9\r\n\r\nhalf")
        with ExitStack() as open_ones:
            for head in heads:
                connection = open_ones.enter_context(socket.create_connection((at.hostname, at.port), 10))
                connection.sendall(head.encode())
            assert call(f"http://{at.netloc}/_sandbox/stats").status == 200
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "ended\n")
    assert list(tmp_path.iterdir()) == []


def test_the_sandbox_is_of_use_after_its_server_has_ended() -> None:
    with Sandbox() as made:
        with running(made):
            pass
        made.world.ensure(made.world.first_day, made.world.first_day)
