"""A way to a PostgreSQL server on loopback that breaks at a chosen moment of a transaction, a number of times."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Moment = Literal["in COPY", "before COMMIT", "after COMMIT", "never"]

_COMMIT = b"COMMIT\0"
"""How the end of a transaction is asked for on the wire."""


@dataclass
class Line:
    """Passes bytes on to ``port`` until the moment has come; then both ends find the other one gone."""

    port: int
    moment: Moment = "never"
    times: int = 1
    copied: int = 200_000
    """Bytes from the client after which a COPY is taken to be under way."""
    cuts: int = 0
    """How often it was cut."""
    lines: int = 0
    """How many connections came this way."""
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def own_port(self) -> int:
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.lines += 1
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        sent = 0
        with ExitStack() as stack, suppress(OSError):
            stack.enter_context(client)
            server = stack.enter_context(socket.create_connection(("127.0.0.1", self.port)))
            ready = stack.enter_context(selectors.DefaultSelector())
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    assert isinstance(key.fileobj, socket.socket)
                    data = key.fileobj.recv(65536)
                    sent += len(data) if key.fileobj is client else 0
                    if not data or (key.fileobj is client and self._is_cut(data, sent, server)):
                        return
                    key.data.sendall(data)

    def _is_cut(self, data: bytes, sent: int, server: socket.socket) -> bool:
        """Whether the line breaks now.  After COMMIT: once the server has answered, which nobody hears."""
        commits = _COMMIT in data
        due = {"in COPY": sent > self.copied, "before COMMIT": commits, "after COMMIT": commits}
        if self.cuts >= self.times or not due.get(self.moment):
            return False
        self.cuts += 1
        if self.moment == "after COMMIT":
            server.sendall(data)
            assert server.recv(65536)
        return True


@contextmanager
def cut_line(port: int, moment: Moment, times: int = 1) -> Iterator[Line]:
    """A line to the server at ``port``, for as long as the block lasts."""
    line = Line(port, moment, times)
    threading.Thread(target=line.serve, daemon=True).start()
    try:
        yield line
    finally:
        line.listener.close()
