"""Both transports in process: the same answers, the same breaks."""

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest

from dailymotion_reports.errors import BrokenOff, ConnectFailed
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.transport import AsyncSandboxTransport, SandboxTransport
from dailymotion_reports.wire.http import Request
from dailymotion_reports.wire.reporting import AskReport

ASK = AskReport(("VIEWS",), ("DAY",), date(2023, 7, 1), date(2023, 7, 4), {}, "CONTENT")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(1_800_000_000.0)) as made:
        yield made


@pytest.fixture
def link(sandbox: Sandbox) -> str:
    sandbox.reset()
    report = sandbox.service.reports.create(ASK, sandbox.clock.now())
    return next(iter(sandbox.service.reports.links(report, sandbox.clock.now())))[1]


def streamed(sandbox: Sandbox, link: str) -> tuple[int, dict[str, str], bytes]:
    with SandboxTransport(sandbox).stream(link, {}, 1) as body:
        return body.status, dict(body.headers), b"".join(body.chunks())


async def streamed_async(sandbox: Sandbox, link: str) -> tuple[int, dict[str, str], bytes]:
    transport = AsyncSandboxTransport(sandbox)
    async with transport.stream(link, {}, 1) as body:
        found = body.status, dict(body.headers), b"".join([chunk async for chunk in body.chunks()])
    await transport.aclose()
    return found


def test_both_stream_the_same_file(sandbox: Sandbox, link: str) -> None:
    status, headers, body = streamed(sandbox, link)
    assert (status, headers["content-length"]) == (200, str(len(body)))
    assert body.startswith(b"day,views\n2023-07-01,")
    assert asyncio.run(streamed_async(sandbox, link)) == (status, headers, body)


def test_both_break_off_alike(sandbox: Sandbox, link: str) -> None:
    sandbox.service.faults.arm("D1-cut", times=2)
    with pytest.raises(BrokenOff):
        streamed(sandbox, link)
    with pytest.raises(BrokenOff):
        asyncio.run(streamed_async(sandbox, link))


def test_both_send_the_same_question(sandbox: Sandbox) -> None:
    request = Request("GET", f"{sandbox.url}/_sandbox/stats")
    blocking = SandboxTransport(sandbox).send(request, 1)
    assert blocking.status == 200
    assert asyncio.run(AsyncSandboxTransport(sandbox).send(request, 1)) == blocking


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest/", "https://example.org/", "http://127.0.0.1:1/"])
def test_nothing_else_can_be_reached(sandbox: Sandbox, url: str) -> None:
    with pytest.raises(ConnectFailed):
        SandboxTransport(sandbox).send(Request("GET", url), 1)
    with pytest.raises(ConnectFailed), SandboxTransport(sandbox).stream(url, {}, 1):
        pass


def test_closing_the_sandbox_removes_its_files() -> None:
    with Sandbox() as made:
        folder = made.storage.folder.parent
        assert folder.is_dir()
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
