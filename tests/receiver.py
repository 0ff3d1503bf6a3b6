"""A receiver of webhooks on loopback, which keeps what it is sent and answers as it is told to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

SECRET = "/services/T4711/swordfish"
"""The path of its address, which is the secret in it."""


@dataclass
class Receiver:
    """What it was sent, the oldest first; ``status`` is what it answers, and ``location`` where it sends others."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""

    @property
    def address(self) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self.port}{SECRET}"

    @property
    def messages(self) -> list[Any]:
        """What it was sent, as JSON values."""
        return [json.loads(body) for body in self.bodies]

    @property
    def kinds(self) -> list[list[tuple[str, str]]]:
        """Kind and dataset of all news, message by message."""
        return [[(one["kind"], one["dataset"]) for one in message["news"]] for message in self.messages]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            receiver.paths.append(self.path)
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("location", receiver.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
