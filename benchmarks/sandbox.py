"""Status reads per second of the sandbox over loopback, against the barest GraphQL server of the same parts.

The bare one has the same uvicorn, Starlette, graphql-core, schema and question, keeps parsed and validated documents
too, and answers the same bytes from resolvers that know nothing: no tokens, no clock, no reports, no faults, no guard.
Goal: at least 0.6 of its speed.  Run it by `make bench`.
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

CONNECTIONS = 8
NAMES = ("bare", "sandbox")


def question(token: str) -> bytes:
    """What our own client asks when it looks at one report, as JSON."""
    from dailymotion_reports.redaction import Secret
    from dailymotion_reports.wire.reporting import ReadReports

    return ReadReports((Secret(token),)).encode().encode("http://x/graphql").body


def serve_sandbox() -> None:
    """Be the sandbox, with a report that runs: print where to send which request, serve until the input closes."""
    from dailymotion_reports.sandbox.instance import Sandbox
    from dailymotion_reports.sandbox.server import running
    from dailymotion_reports.wire.http import Request

    create = (
        "mutation { askPartnerReportFile(input: {metrics: VIEWS, dimensions: DAY, "
        'startDate: "2023-07-01", endDate: "2023-07-01"}) { reportFile { reportToken } } }'
    )
    with Sandbox(report_seconds=86400.0) as sandbox, running(sandbox) as info:
        own = info["private"]
        form = {"grant_type": "client_credentials"} | {name: own[name] for name in ("client_id", "client_secret")}
        granted = sandbox.answer(Request("POST", own["token_url"], {}, urlencode(form).encode())).json()
        signed = {"authorization": f"Bearer {granted['access_token']}"}
        asked = Request("POST", own["graphql_url"], signed, json.dumps({"query": create}).encode())
        token = sandbox.answer(asked).json()["data"]["askPartnerReportFile"]["reportFile"]["reportToken"]
        tell(own["graphql_url"], signed["authorization"], token)


def serve_bare() -> None:
    """Be the bare server: the same, with nothing behind it."""
    import socket
    import threading

    import uvicorn
    from graphql import DocumentNode, execute_sync, parse, validate
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from dailymotion_reports.sandbox.schema import load_schema

    schema = load_schema("published")
    state = {
        "status": "IN_PROGRESS",
        "createDate": "2026-01-15T12:00:00+00:00",
        "downloadLinks": {"totalCount": 0, "pageInfo": {"hasNextPage": False, "nextPage": None}, "edges": []},
    }
    schema.type_map["Query"].fields["partner"].resolve = lambda *_: {}  # type: ignore[attr-defined]
    schema.type_map["PartnerSpace"].fields["reportFile"].resolve = lambda *_, **__: state  # type: ignore[attr-defined]

    @lru_cache(maxsize=128)
    def prepared(text: str) -> DocumentNode:
        document = parse(text)
        assert not validate(schema, document)
        return document

    async def answer(request: Request) -> Response:
        body = json.loads(await request.body())
        result = execute_sync(schema, prepared(body["query"]), variable_values=body["variables"])
        assert not result.errors
        return Response(json.dumps({"data": result.data}), media_type="application/json")

    bound = socket.create_server(("127.0.0.1", 0), backlog=128)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        Starlette(routes=[Route("/graphql", answer, methods=["POST"])]),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=logging.CRITICAL,
        access_log=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()
    tell(f"http://127.0.0.1:{bound.getsockname()[1]}/graphql", "Bearer x", "x")
    server.should_exit = True
    thread.join()


def tell(url: str, authorization: str, token: str) -> None:
    """Print what the client needs as a line of JSON, and wait until the input closes."""
    print(json.dumps({"url": url, "authorization": authorization, "token": token}), flush=True)
    sys.stdin.read()


@dataclass(frozen=True)
class Server:
    """Where a server is, the whole request to send it, and its process."""

    host: str
    port: int
    request: bytes
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that the process has used; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """Reads a second, and microseconds of the server's CPU a read, round by round."""

    speeds: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    def told(self, name: str) -> str:
        """Medians, and the spread of the speeds."""
        speed, work = statistics.median(self.speeds), statistics.median(self.work)
        spread = f"{min(self.speeds):.0f} to {max(self.speeds):.0f}"
        return f"{name:8} {speed:6.0f} a second ({spread}), {work:5.0f} µs of CPU each"


@contextmanager
def server(name: str) -> Iterator["Server"]:
    """A server in a process of its own."""
    command = [sys.executable, __file__, "--serve", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told: dict[str, Any] = json.loads(process.stdout.readline())
        at, body = urlsplit(told["url"]), question(told["token"])
        head = (
            f"POST {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nAuthorization: {told['authorization']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield Server(str(at.hostname), at.port or 0, head.encode() + body, process.pid)
        process.stdin.close()


async def one_connection(host: str, port: int, request: bytes, until: float) -> int:
    """Ask again and again on one connection; how often an answer came that is right."""
    reader, writer = await asyncio.open_connection(host, port)
    answers = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200")
        assert b'"IN_PROGRESS"' in body
        answers += 1
    writer.close()
    return answers


async def measure(at: Server, seconds: float, into: Measured) -> None:
    """One round over several connections at once."""
    begun, used = time.perf_counter(), at.cpu()
    asked = (one_connection(at.host, at.port, at.request, begun + seconds) for _ in range(CONNECTIONS))
    answers = sum(await asyncio.gather(*asked))
    into.speeds.append(answers / (time.perf_counter() - begun))
    into.work.append((at.cpu() - used) / answers * 1e6)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--serve", choices=NAMES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve_sandbox() if given.serve == "sandbox" else serve_bare()
    bare, own = Measured(), Measured()
    with server("bare") as theirs, server("sandbox") as ours:
        for at in (theirs, ours):
            asyncio.run(measure(at, given.seconds, Measured()))
        for _ in range(given.rounds):
            asyncio.run(measure(theirs, given.seconds, bare))
            asyncio.run(measure(ours, given.seconds, own))
    print(f"status reads over loopback, {CONNECTIONS} connections, {given.rounds} interleaved rounds, medians\n")
    print(bare.told("bare"), own.told("sandbox"), sep="\n")
    ratios = [one / other for one, other in zip(own.speeds, bare.speeds, strict=True)]
    print(f"sandbox / bare  {statistics.median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"by CPU          {statistics.median(bare.work) / (statistics.median(own.work) or 1):.2f}")
    return None


if __name__ == "__main__":
    main()
