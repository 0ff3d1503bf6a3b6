"""The storage in process: ranges, digests, refusals."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import date

import pytest

from dailymotion_reports.sandbox.checksum import crc32c_text
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.delivery import Delivery, Unsatisfiable, span
from dailymotion_reports.sandbox.instance import Sandbox
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


def got(sandbox: Sandbox, link: str, **headers: str) -> Delivery:
    return sandbox.deliver("GET", link, {name.replace("_", "-"): value for name, value in headers.items()})


def test_the_whole_file_comes_with_its_digest_and_length(sandbox: Sandbox, link: str) -> None:
    whole = got(sandbox, link)
    assert whole.status == 200
    assert whole.headers["content-type"] == "text/csv"
    assert whole.headers["content-length"] == str(len(whole.body()))
    assert whole.headers["accept-ranges"] == "bytes"
    md5 = base64.b64encode(hashlib.md5(whole.body()).digest()).decode()
    assert whole.headers["x-goog-hash"] == f"crc32c={crc32c_text([whole.body()])},md5={md5}"
    assert whole.headers["x-goog-generation"].isdecimal()


def test_a_part_continues_where_the_other_ended(sandbox: Sandbox, link: str) -> None:
    whole = got(sandbox, link)
    body, etag = whole.body(), whole.headers["etag"]
    part = got(sandbox, link, range="bytes=20-", if_range=etag)
    assert (part.status, part.body()) == (206, body[20:])
    assert part.headers["content-range"] == f"bytes 20-{len(body) - 1}/{len(body)}"
    assert part.headers["content-length"] == str(len(body) - 20)


def test_another_version_is_answered_with_the_whole(sandbox: Sandbox, link: str) -> None:
    assert got(sandbox, link, range="bytes=20-", if_range='"other"').status == 200


def test_a_range_behind_the_end_is_416(sandbox: Sandbox, link: str) -> None:
    size = len(got(sandbox, link).body())
    behind = got(sandbox, link, range=f"bytes={size}-")
    assert (behind.status, behind.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-5", (95, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=90-" + "9" * 30, (90, 100)),
        ("bytes=-" + "9" * 5000, (0, 100)),
        ("bytes=" + "0" * 5000 + "7-8", (7, 9)),
        ("bytes=5-4", None),
        ("bytes=1-2,4-5", None),
        ("lines=1-2", None),
        ("bytes=x-y", None),
        ("bytes=-", None),
        ("", None),
    ],
)
def test_ranges_are_read_as_the_rfc_says(header: str, meant: tuple[int, int] | None) -> None:
    assert span(header, 100) == meant


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=-0", f"bytes={10**30}-"])
def test_ranges_without_a_byte_cannot_be_met(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        span(header, 100)


def test_conditions_are_kept(sandbox: Sandbox, link: str) -> None:
    etag = got(sandbox, link).headers["etag"]
    for good in (etag, "*", f'"x", {etag}'):
        assert got(sandbox, link, if_match=good).status == 200
        same = got(sandbox, link, if_none_match=good)
        assert (same.status, same.headers["etag"], same.body()) == (304, etag, b"")
    assert got(sandbox, link, if_none_match=f"W/{etag}").status == 304
    for bad in ('"x"', f"W/{etag}", ""):
        assert got(sandbox, link, if_match=bad).status == 412
    assert got(sandbox, link, if_none_match='"x"').status == 200


def test_a_link_runs_out_after_an_hour(sandbox: Sandbox, link: str) -> None:
    sandbox.clock.advance(3599)
    assert got(sandbox, link).status == 200
    sandbox.clock.advance(1)
    late = got(sandbox, link)
    assert (late.status, late.headers["content-type"].split(";")[0]) == (403, "application/xml")
    assert b"<Code>ExpiredToken</Code>" in late.body()


def test_a_forged_link_is_403_and_a_lost_file_404(sandbox: Sandbox, link: str) -> None:
    assert b"SignatureDoesNotMatch" in got(sandbox, link.replace("Expires=1", "Expires=9")).body()
    assert got(sandbox, link.split("?")[0]).status == 403
    sandbox.reset()
    lost = got(sandbox, link)
    assert (lost.status, b"<Code>NoSuchKey</Code>" in lost.body()) == (404, True)


def test_a_token_sent_along_is_counted_and_served(sandbox: Sandbox, link: str) -> None:
    assert got(sandbox, link, authorization="Bearer x").status == 200
    stats = json.loads(sandbox.answer(Request("GET", sandbox.url + "/_sandbox/stats")).body)
    assert stats["bearer_at_storage"] == 1
