"""Links: which are followed, what becomes of those that have run out, and that hostile ones reach nobody."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.faults.downloading import Ready, ready
from tests.unit.flows.test_links import HOSTILE

from dailymotion_reports.client.httpx2_transport import AsyncHttpx2Transport, Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import DmrError, LinkExpired, LinkRefused, ReportGone
from dailymotion_reports.flows.receive import Receiver
from dailymotion_reports.redaction import Secret
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import BUILT_IN, Profile

pytestmark = pytest.mark.thorough

GOOD = "https://storage.googleapis.com/bucket/name?Signature=canary-signature"
QUESTION: Mapping[str, Any] = {"metrics": "VIEWS", "dimensions": "DAY", "start": "2023-07-01", "end": "2023-07-04"}
PRIVATE_ADDRESSES = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:0:0:0:0:80ff:fffe",
    "not an address",
]


@dataclass
class Leads:
    """A transport to a storage that leads elsewhere."""

    location: str
    streamed: list[str] = field(default_factory=list)
    status: int = 302

    @property
    def headers(self) -> Mapping[str, str]:
        return {"location": self.location}

    def chunks(self) -> Iterator[bytes]:
        yield b"day,views\n"

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator["Leads"]:
        self.streamed.append(url)
        yield self

    def close(self) -> None:
        """Nothing is held."""


def download(link: str, transport: Any, profile: Profile) -> None:
    client = Client(profile, Credentials("key", Secret("canary-secret")), transport)
    client.download(Secret(link), Receiver({"day": (), "views": ()}), lambda data: None)


@pytest.mark.row("TM3")
@pytest.mark.row("L7")
@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=list(BUILT_IN))
def test_TM3_no_hostile_link_sends_a_packet(profile: Profile) -> None:
    assert len(set(HOSTILE)) >= 60
    transport = Leads("")
    for link in HOSTILE:
        with pytest.raises(LinkRefused):
            download(link, transport, profile)
    assert transport.streamed == []


@pytest.mark.row("TM2")
@pytest.mark.row("TM3")
@pytest.mark.row("D15")
@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=list(BUILT_IN))
def test_TM3_no_redirect_to_a_hostile_link_is_followed(profile: Profile) -> None:
    for link in HOSTILE:
        transport = Leads(link)
        with pytest.raises(DmrError) as caught:
            download(GOOD, transport, profile)
        assert {urlsplit(url)[:2] for url in transport.streamed} == {("https", "storage.googleapis.com")}, link
        assert caught.value.code in ("data.link_refused", "data.damaged_file")


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What somebody tried to connect to; nobody gets anywhere."""
    tried: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.mark.row("TM3")
@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
@pytest.mark.parametrize("others", [[], ["8.8.8.8"]], ids=["alone", "beside-a-public-one"])
def test_TM3_a_name_that_stands_for_a_private_address_sends_no_packet(
    no_sockets: list[Any], address: str, others: list[str]
) -> None:
    transport = Httpx2Transport(resolve=lambda host, port: [*others, address])
    with pytest.raises(LinkRefused, match="private network"):
        download(GOOD, transport, BUILT_IN["public"])
    transport.close()
    assert no_sockets == []


@pytest.mark.row("TM3")
@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_TM3_nor_for_coroutines(no_sockets: list[Any], address: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8", address]

    async def stream() -> None:
        transport = AsyncHttpx2Transport(resolve=resolve)
        try:
            async with transport.stream(GOOD, {}, 1.0):
                pass
        finally:
            await transport.aclose()

    with pytest.raises(LinkRefused, match="private network"):
        asyncio.run(stream())
    assert no_sockets == []


@pytest.mark.row("TM3")
def test_TM3_what_was_checked_is_what_is_spoken_to(no_sockets: list[Any]) -> None:
    looked_up: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append((host, port))
        return ["8.8.8.8", "2001:4860:4860::8888"]

    transport = Httpx2Transport(resolve=resolve)
    with pytest.raises(DmrError, match="cannot be reached"):
        download(GOOD, transport, BUILT_IN["public"])
    transport.close()
    assert looked_up == [("storage.googleapis.com", 443)]
    assert [address[:2] for address in no_sockets] == [("8.8.8.8", 443), ("2001:4860:4860::8888", 443)]


@pytest.fixture
def report(tmp_path: Path) -> Iterator[Ready]:
    """A report in two files."""
    with ready(tmp_path, rows_per_file=9000) as made:
        yield made


@pytest.mark.row("L7")
def test_L7_one_hostile_link_among_good_ones_and_nothing_is_downloaded(report: Ready) -> None:
    report.arm("L7-hostile-link")
    with pytest.raises(LinkRefused):
        report.fetch(report.look())
    assert (report.twin.fired("L7-hostile-link"), report.asked) == (1, [])


@pytest.mark.row("L5")
def test_L5_a_link_that_comes_twice_is_downloaded_once(report: Ready) -> None:
    first, second = report.links
    fetched = report.fetch((first, second, first))
    assert [path.read_bytes() for path in fetched.files] == report.stored
    assert len(report.asked) == 2


@pytest.mark.row("L6")
def test_L6_the_order_of_the_links_may_change_between_two_looks(report: Ready) -> None:
    report.arm("L8-expired-link", after=1)
    with pytest.raises(LinkExpired):
        report.fetch()
    report.arm("L6-reordered")
    again = report.look()
    assert [link.reveal() for link in again] == [link.reveal() for link in reversed(report.links)]
    fetched = report.fetch(again)
    assert [path.read_bytes() for path in fetched.files] == report.stored
    assert [asked.status for asked in report.asked] == [200, 403, 200]
    assert (report.twin.fired("L6-reordered"), report.twin.fired("L8-expired-link")) == (1, 1)


@pytest.mark.row("L8")
@pytest.mark.parametrize("fault", ["L8-expired-link", "L8-expired-link-400"])
def test_L8_new_links_go_on_where_the_old_ones_ended(report: Ready, fault: str) -> None:
    report.arm("D1-cut")
    report.arm(fault)
    with pytest.raises(LinkExpired):
        report.fetch()
    report.twin.clock.advance(minutes=1)
    fetched = report.fetch(report.look())
    assert [path.read_bytes() for path in fetched.files] == report.stored
    assert [asked.begin for asked in report.asked] == [
        None,
        len(report.stored[0]) // 2,
        len(report.stored[0]) // 2,
        None,
    ]
    assert report.twin.fired(fault) == 1


@pytest.mark.row("L8")
@pytest.mark.parametrize("fault", ["L8-expired-link", "L8-expired-link-400"])
def test_L8_a_question_is_answered_though_its_links_ran_out(tmp_path: Path, fault: str) -> None:
    with Twin.made() as twin:
        twin.arm(fault)
        with twin.workspace(tmp_path) as workspace:
            twin.check(workspace.report(**QUESTION))
        assert (twin.fired(fault), twin.stats["reports_created"]) == (1, 1)


@pytest.mark.row("L9")
def test_L9_an_object_that_is_gone_is_told_and_nothing_is_to_be_seen(report: Ready) -> None:
    report.arm("L9-object-gone")
    for _ in range(2):
        with pytest.raises(ReportGone):
            report.fetch(report.look())
    assert (report.twin.fired("L9-object-gone"), report.statuses, report.visible()) == (1, [404, 404], [])


@pytest.mark.row("L10")
def test_L10_a_link_to_another_host_that_is_allowed_is_the_same_file(report: Ready) -> None:
    report.arm("D1-cut")
    report.arm("L8-expired-link")
    with pytest.raises(LinkExpired):
        report.fetch()
    report.arm("L10-other-host")
    elsewhere = report.look()
    assert "//localhost:" in elsewhere[0].reveal()
    fetched = report.fetch(elsewhere)
    assert [path.read_bytes() for path in fetched.files] == report.stored
    assert report.asked[2].begin == len(report.stored[0]) // 2
    assert report.twin.fired("L10-other-host") == 1
