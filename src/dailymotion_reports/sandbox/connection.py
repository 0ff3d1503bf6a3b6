"""A connection that can be spoken over, and ended, past the server that holds it, which offers no way to do so."""

import asyncio
import socket
import struct
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

_NOTHING_LEFT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER for a connection whose end is a reset."""


class Connection(H11Protocol):
    """uvicorn's own, but applications find the connection itself in their ``state``, as ``wire``.

    ``gone`` is set once the connection has ended, by whomever.
    """

    gone: asyncio.Event

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember which connection the ``state`` of its requests belongs to."""
        super().connection_made(transport)
        self.gone = asyncio.Event()
        self.app_state = {**self.app_state, "wire": self}

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for it."""
        super().connection_lost(exc)
        self.gone.set()

    async def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self.flow.write_paused:
            await self.flow.drain()
        if not self.gone.is_set():
            self.transport.write(data)

    async def finish(self) -> None:
        """End in good order, once everything is sent; returns when the server knows, so that it adds nothing."""
        self.transport.close()
        await self.gone.wait()

    async def cut(self, reset: bool = False) -> None:
        """End without a word, with a reset if need be; returns when the server knows, so that it adds nothing."""
        if reset and (own := self.transport.get_extra_info("socket")) is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOTHING_LEFT)
        self.transport.abort()
        await self.gone.wait()
