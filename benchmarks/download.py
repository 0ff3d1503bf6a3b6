"""Download 200 MB: ours (digests, checks and fsync on) against curl, capped at 100 MB/s and uncapped.

Goals for the capped link: speed at least 0.95 of curl, memory growth at most 16 MB.  Run it by `make bench`.
"""

import argparse
import base64
import hashlib
import json
import shutil
import socket
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

MEGABYTE = 1_000_000
PIECE = 64 * 1024
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
        pace = 100 * MEGABYTE if self.path.startswith("/capped") else None
        begun, sent = time.perf_counter(), 0
        with self.source.open("rb") as file:
            while piece := file.read(PIECE):
                self.connection.sendall(piece)
                sent += len(piece)
                ahead = sent / pace - (time.perf_counter() - begun) if pace else 0.0
                if ahead > 0.001:
                    time.sleep(ahead)

    def log_message(self, *arguments: object) -> None:
        """Nothing: the figures are the output."""


def serve(source: Path, md5: str) -> None:
    """Be the server: print the port, serve until the input closes."""
    Handler.source, Handler.md5 = source, md5
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()


@contextmanager
def server_process(source: Path, md5: str) -> Iterator[int]:
    """A server in a process of its own, so that it does not share our interpreter."""
    command = [sys.executable, __file__, "--serve", str(source), md5]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()


def memory(field: str) -> int:
    """VmRSS or VmHWM of this process, in bytes."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in text.splitlines() if line.startswith(field)).split()[1]) * 1024


def ours(url: str, folder: Path) -> None:
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
    entry = Archive.open(folder).entry("f" * 64, "bench")
    with Client(profile, Credentials("sandbox-key", Secret("sandbox-x")), Httpx2Transport()) as client:
        before, begun = memory("VmRSS"), time.perf_counter()
        with entry.landing(1) as landing:
            received = client.download(Secret(url), Receiver(wanted), landing.write)
            landing.keep()
        seconds = time.perf_counter() - begun
    assert "md5" in received.verified
    print(json.dumps({"seconds": seconds, "growth": memory("VmHWM") - before}))


def time_ours(url: str, folder: Path) -> tuple[float, int]:
    """One download in a fresh process: seconds, and bytes of memory growth."""
    command = [sys.executable, __file__, "--ours", url, str(folder)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    shutil.rmtree(folder)
    return told["seconds"], told["growth"]


def time_curl(url: str, folder: Path) -> float:
    """One download by curl: seconds by its own clock."""
    target = folder.with_suffix(".curl")
    command = ["curl", "-s", "-o", str(target), "-w", "%{time_total}", url]
    seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    target.unlink()
    return seconds


def compare(name: str, url: str, folder: Path, rounds: int, size: int) -> None:
    """Interleaved rounds after one of warming up; prints medians, spread, ratio and memory."""
    curl, own, growth = [], [], []
    for number in range(rounds + 1):
        by_curl = time_curl(url, folder)
        by_us, grown = time_ours(url, folder)
        if number:
            curl.append(by_curl)
            own.append(by_us)
            growth.append(grown)
    ratio = statistics.median(curl) / statistics.median(own)
    for who, times in (("curl", curl), ("ours", own)):
        middle = statistics.median(times)
        speed = size / middle / MEGABYTE
        print(f"{name:9} {who:5} {middle:7.3f} s  ({min(times):.3f} to {max(times):.3f})  {speed:7.0f} MB/s")
    print(f"{name:9} ours / curl  {ratio:.3f}   memory growth {max(growth) / MEGABYTE:.1f} MB\n")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=2, metavar=("FILE", "MD5"), help=argparse.SUPPRESS)
    parser.add_argument("--ours", nargs=2, metavar=("URL", "DIR"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(Path(given.serve[0]), given.serve[1])
    if given.ours:
        return ours(given.ours[0], Path(given.ours[1]))
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        folder = Path(name)
        md5 = make_file(folder / "report.csv", given.megabytes)
        size = (folder / "report.csv").stat().st_size
        print(f"{size / MEGABYTE:.0f} MB over loopback, {given.rounds} interleaved rounds, medians (least to most)\n")
        with server_process(folder / "report.csv", md5) as port:
            for kind in ("capped", "uncapped"):
                compare(kind, f"http://127.0.0.1:{port}/{kind}", folder / "landing", given.rounds, size)
    return None


if __name__ == "__main__":
    main()
