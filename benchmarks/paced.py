"""A server of files on loopback, in a process of its own, that sends so many bytes a second and no more.

As a program it serves a folder until its input closes: ``python -m benchmarks.paced FOLDER BYTES_A_SECOND``.
"""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

PIECE = 64 * 1024
LARGE_PIECE = 1024 * 1024
"""Bytes that are sent at a time where nothing holds them back, so that the server is faster than who reads."""


def send(connection: socket.socket, path: Path, pace: float) -> None:
    """Send a file, held back to so many bytes a second on the average; by nothing where that is 0."""
    begun, sent = time.perf_counter(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE if pace else LARGE_PIECE):
            connection.sendall(piece)
            sent += len(piece)
            ahead = sent / pace - (time.perf_counter() - begun) if pace else 0.0
            if ahead > 0.001:
                time.sleep(ahead)


class Handler(BaseHTTPRequestHandler):
    """Serves the files of a folder, whole."""

    protocol_version = "HTTP/1.1"
    folder: ClassVar[Path]
    pace: ClassVar[float]
    """Bytes a second; nothing holds it back where it is 0."""

    def do_GET(self) -> None:
        path = self.folder / Path(self.path).name
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(path.stat().st_size))
        self.end_headers()
        send(self.connection, path, self.pace)

    def log_message(self, *arguments: object) -> None:
        """Nothing: the figures are the output."""


@contextmanager
def served(folder: Path, pace: float = 0.0) -> Iterator[str]:
    """Serve the files of a folder for as long as the block lasts; gives the address that their names follow."""
    command = [sys.executable, "-m", "benchmarks.paced", str(folder), str(pace)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        process.stdin.close()


def main(folder: str, pace: str) -> None:
    """Be the server."""
    Handler.folder, Handler.pace = Path(folder), float(pace)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
