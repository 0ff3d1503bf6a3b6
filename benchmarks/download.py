"""Download 200 MB: ours against curl, capped at 100 MB/s and uncapped, and uncapped over TLS.

``ours`` is the client as it ships, with digests, checks and fsync, which curl has none of; ``bytes`` its transport
alone, into a file.  Goals: on the capped link ``ours`` at least 0.95 of curl; uncapped over TLS ``bytes`` at least 0.8;
memory growth at most 16 MB.  Run it by `make bench`.
"""

import argparse
import base64
import hashlib
import json
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import trustme
from benchmarks.paced import send

MEGABYTE = 1_000_000
ROW = b"2023-07-01,x8k2m4q,A title that is about as long as titles are,1234,5678\n"
HEADER = b"day,video_id,video_title,views,time_watched_seconds\n"


def make_file(path: Path, megabytes: int) -> str:
    """A report-like CSV of that size; returns its MD5 as storage names it."""
    block, md5 = ROW * 8192, hashlib.md5(usedforsecurity=False)
    with path.open("wb") as file:
        for data in (HEADER, *[block] * (megabytes * MEGABYTE // len(block))):
            file.write(data)
            md5.update(data)
    return base64.b64encode(md5.digest()).decode()


class Handler(BaseHTTPRequestHandler):
    """Serves one file; ``/capped`` at an average of 100 MB/s, anything else as fast as it goes."""

    protocol_version = "HTTP/1.1"
    source: ClassVar[Path]
    md5: ClassVar[str]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(self.source.stat().st_size))
        self.send_header("x-goog-hash", f"md5={self.md5}")
        self.end_headers()
        send(self.connection, self.source, 100 * MEGABYTE if self.path.startswith("/capped") else 0.0)

    def log_message(self, *arguments: object) -> None:
        """Nothing: the figures are the output."""


def serve(source: Path, md5: str, identity: str) -> None:
    """Be the server, over TLS where there is an ``identity``: print the port, serve until the input closes."""
    Handler.source, Handler.md5 = source, md5
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
    if identity:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(identity)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()


@contextmanager
def server_process(source: Path, md5: str, identity: Path | None = None) -> Iterator[int]:
    """A server in a process of its own, so that it does not share our interpreter."""
    command = [sys.executable, "-m", "benchmarks.download", "--serve", str(source), md5, str(identity or "")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()


def memory(field: str) -> int:
    """VmRSS or VmHWM of this process, in bytes."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in text.splitlines() if line.startswith(field)).split()[1]) * 1024


def ours(url: str, folder: Path, ca_file: str) -> None:
    """Download once with the shipped client, receiver and archive; print seconds and memory growth as JSON."""
    from dailymotion_reports.client.httpx2_transport import Httpx2Transport
    from dailymotion_reports.client.sync import Client
    from dailymotion_reports.files.archive import Archive
    from dailymotion_reports.flows.receive import Receiver
    from dailymotion_reports.redaction import Secret
    from dailymotion_reports.wire.oauth import Credentials
    from dailymotion_reports.wire.profiles import sandbox_profile

    profile = sandbox_profile(url.rsplit("/", 1)[0], "public")
    wanted: dict[str, tuple[str, ...]] = dict.fromkeys(HEADER.decode().strip().split(","), ())
    archive, way = Archive.open(folder), Httpx2Transport(ca_file or None)
    with Client(profile, Credentials("sandbox-key", Secret("sandbox-x")), way) as client:
        before, begun = memory("VmRSS"), time.perf_counter()
        with archive.staged("bench") as staging, staging.part(1, "bench") as part:
            received = client.download(Secret(url), Receiver(wanted, part.begin), part.write)
            part.keep(received)
        seconds = time.perf_counter() - begun
    assert "md5" in received.verified
    print(json.dumps({"seconds": seconds, "growth": memory("VmHWM") - before}))


def bare(url: str, folder: Path, ca_file: str) -> None:
    """The same with the transport alone: no digest, no check, no fsync, as curl does it."""
    from dailymotion_reports.client.httpx2_transport import Httpx2Transport
    from dailymotion_reports.client.sync import DOWNLOAD_HEADERS

    folder.mkdir()
    way = Httpx2Transport(ca_file or None)
    before, begun = memory("VmRSS"), time.perf_counter()
    with (folder / "bare.csv").open("wb", buffering=0) as file, way.stream(url, DOWNLOAD_HEADERS, 60.0) as body:
        for chunk in body.chunks():
            file.write(chunk)
    seconds = time.perf_counter() - begun
    way.close()
    print(json.dumps({"seconds": seconds, "growth": memory("VmHWM") - before}))


def time_ours(how: str, url: str, folder: Path, ca_file: str) -> tuple[float, int]:
    """One download in a fresh process: seconds, and bytes of memory growth."""
    command = [sys.executable, "-m", "benchmarks.download", f"--{how}", url, str(folder), ca_file]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    shutil.rmtree(folder)
    return told["seconds"], told["growth"]


def time_curl(url: str, folder: Path, ca_file: str) -> float:
    """One download by curl: seconds by its own clock."""
    target = folder.with_suffix(".curl")
    trust = ["--cacert", ca_file] if ca_file else []
    command = ["curl", "-s", *trust, "-o", str(target), "-w", "%{time_total}", url]
    seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    target.unlink()
    return seconds


def compare(name: str, url: str, folder: Path, rounds: int, size: int, ca_file: str = "") -> None:
    """Interleaved rounds after one of warming up; prints medians, spread, ratios and memory."""
    times: dict[str, list[float]] = {"curl": [], "ours": [], "bytes": []}
    growth = []
    for number in range(rounds + 1):
        by_curl = time_curl(url, folder, ca_file)
        by_us, grown = time_ours("ours", url, folder, ca_file)
        by_bytes, _ = time_ours("bare", url, folder, ca_file)
        if number:
            for who, seconds in zip(times, (by_curl, by_us, by_bytes), strict=True):
                times[who].append(seconds)
            growth.append(grown)
    middle = {who: statistics.median(each) for who, each in times.items()}
    for who, each in times.items():
        speed = size / middle[who] / MEGABYTE
        print(f"{name:9} {who:5} {middle[who]:7.3f} s  ({min(each):.3f} to {max(each):.3f})  {speed:7.0f} MB/s")
    print(
        f"{name:9} ours / curl  {middle['curl'] / middle['ours']:.3f}   memory growth {max(growth) / MEGABYTE:.1f} MB"
    )
    print(f"{name:9} bytes / curl {middle['curl'] / middle['bytes']:.3f}\n")


def identity_in(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine with its key, and the authority that signed it."""
    authority, identity, trusted = trustme.CA(), folder / "identity.pem", folder / "authority.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(identity))
    authority.cert_pem.write_to_path(str(trusted))
    return identity, trusted


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=3, metavar=("FILE", "MD5", "PEM"), help=argparse.SUPPRESS)
    for how in (ours, bare):
        parser.add_argument(f"--{how.__name__}", nargs=3, metavar=("URL", "DIR", "CA"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(Path(given.serve[0]), *given.serve[1:])
    for how in (ours, bare):
        if what := getattr(given, how.__name__):
            return how(what[0], Path(what[1]), what[2])
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        folder = Path(name)
        md5 = make_file(folder / "report.csv", given.megabytes)
        size = (folder / "report.csv").stat().st_size
        print(f"{size / MEGABYTE:.0f} MB over loopback, {given.rounds} interleaved rounds, medians (least to most)\n")
        with server_process(folder / "report.csv", md5) as port:
            for kind in ("capped", "uncapped"):
                compare(kind, f"http://127.0.0.1:{port}/{kind}", folder / "landing", given.rounds, size)
        identity, trusted = identity_in(folder)
        with server_process(folder / "report.csv", md5, identity) as port:
            compare("TLS", f"https://127.0.0.1:{port}/x", folder / "landing", given.rounds, size, str(trusted))
    return None


if __name__ == "__main__":
    main()
