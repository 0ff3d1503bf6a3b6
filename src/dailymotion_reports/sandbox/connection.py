"""A connection that can be cut before anything was said on it, which the server itself offers no way to do."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """uvicorn's own, but applications find in their ``state`` a coroutine ``cut`` that ends the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember which connection the ``state`` of its requests belongs to."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "cut": self._cut}

    async def _cut(self) -> None:
        """End without a word; returns once the server knows, so that it adds none of its own."""
        self.transport.abort()
        while not self.cycle.disconnected:
            await asyncio.sleep(0)
