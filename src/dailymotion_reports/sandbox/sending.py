"""How answers go out: whole, in pieces, or as no honest server would send them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

from starlette.responses import Response as WebResponse
from starlette.types import Receive, Scope, Send

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.pause import reached
from dailymotion_reports.wire.http import Response

T = TypeVar("T")


class Cut(Exception):
    """The connection ends here; the server closes it when this comes out of an application."""


class Whole(WebResponse):
    """An answer of the API."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, answer.status, dict(answer.headers))


class Lost(WebResponse):
    """An answer that never arrives: the connection ends without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["state"]["wire"].cut()


class _Parts(WebResponse):
    """A file, piece by piece; for HEAD its headers only."""

    def __init__(self, delivery: Delivery, workers: Executor) -> None:
        super().__init__(status_code=delivery.status)
        self._delivery, self._workers = delivery, workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        delivery = self._delivery
        headers = [(name.encode(), value.encode("latin-1")) for name, value in delivery.headers.items()]
        await send({"type": "http.response.start", "status": delivery.status, "headers": headers})
        if scope["method"] != "HEAD":
            chunks = delivery.chunks()
            while chunk := await in_workers(self._workers, lambda: next(chunks, b"")):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if delivery.cut:
                raise Cut
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Bare(WebResponse):
    """An answer that the server would not send: its headers may lie, and its bytes take their time.

    Its pauses begin at the moment ``began``, when the request came.
    """

    def __init__(self, delivery: Delivery, clock: Clock, began: float, workers: Executor) -> None:
        super().__init__(status_code=delivery.status)
        self._delivery, self._clock, self._began, self._workers = delivery, clock, began, workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        delivery, wire = self._delivery, scope["state"]["wire"]
        due, sent = self._began, replace(delivery, source=b"") if scope["method"] == "HEAD" else delivery
        pieces = sent.paced(_head(delivery))
        while step := await in_workers(self._workers, lambda: next(pieces, None)):
            pause, piece = step
            due += pause
            if pause and not await reached(self._clock, due, wire.gone):
                return
            await wire.write(piece)
        await (wire.cut(delivery.reset) if delivery.cut else wire.finish())


def sent_as(delivery: Delivery, clock: Clock, began: float, workers: Executor) -> WebResponse:
    """The answer that sends a delivery: honestly where it can, byte by byte where it is to be odd or late.

    ``began`` is when the request came, in seconds of ``clock``, by which everything slow is paced.
    """
    if delivery.bare or delivery.reset or not delivery.pace.hurries:
        return _Bare(delivery, clock, began, workers)
    return _Parts(delivery, workers)


def _head(delivery: Delivery) -> bytes:
    """Status and headers as they stand, and that the end of the connection is the end of the answer."""
    headers = {**delivery.headers, "connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {delivery.status} {HTTPStatus(delivery.status).phrase}\r\n{lines}\r\n".encode("latin-1")


async def in_workers(workers: Executor, work: Callable[[], T]) -> T:
    """What ``work`` returns, done in a thread of ``workers`` while others are answered.  Raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(workers, work)
