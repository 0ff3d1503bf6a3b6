"""The sandbox over sockets: API and storage on ports of their own, in one process.

Only the door: what is said is decided by `instance`.  Answers are made in worker threads of this server's own,
which end with it.  Requests that come under another name than the server's, or from another site's page, are
turned away, so that no page in a browser can reach the sandbox.
"""

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, Literal

import uvicorn

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.sandbox.connection import Connection
from dailymotion_reports.sandbox.ending import Ending, ended_by_signals
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.web import App, Hosts, api, storage
from dailymotion_reports.wire.profiles import is_loopback

Ready = Callable[[dict[str, Any]], None]

_WORKERS: Final = 8
_PATIENCE: Final = 1
"""Seconds that answers on their way are waited for at the end."""
_WILDCARDS: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def serve(
    sandbox: Sandbox,
    host: str = "127.0.0.1",
    port: int = 8787,
    *,
    allow_remote: bool = False,
    ready: Ready = lambda info: None,
    ending: Ending | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then return soon.  Must be called in the main thread.

    ``port`` 0 takes a free one; the storage always does.  ``ready`` gets `Sandbox.info` once both listen.
    ``ending`` is who hears the signals, where somebody does already.  Raises InvalidSettings where the address
    cannot be listened at, and for one that other machines can reach unless ``allow_remote``.
    """
    if reachable(host) and not allow_remote:
        raise InvalidSettings(
            f"At {host!r:.80} other machines could reach the sandbox.",
            where="--host",
            hint="Leave --host out, or say --allow-remote if that is what you want.",
            next="dmr sandbox serve",
        )
    with nullcontext(ending) if ending else ended_by_signals() as heard, _Pair(sandbox, host, port) as pair:
        heard.tell(pair.stop)
        pair.run(ready)


def reachable(host: str) -> bool:
    """Whether other machines can reach a server that listens at ``host``."""
    return not is_loopback(host.lower())


@contextmanager
def running(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Serve on free loopback ports in a thread of its own for as long as the block lasts; gives `Sandbox.info`.

    No signal is handled, and no thread is left behind.
    """
    with _Pair(sandbox, "127.0.0.1", 0) as pair:
        told = threading.Event()
        thread = threading.Thread(target=pair.run, args=(lambda info: told.set(),), name="dmr-sandbox", daemon=True)
        thread.start()
        try:
            while not told.wait(0.05) and thread.is_alive():
                pass
            if not told.is_set():
                raise RuntimeError("the sandbox's server ended before it was ready")
            yield sandbox.info()
        finally:
            pair.stop()
            thread.join()


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to its owner, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.up.set()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


class _Pair:
    """API and storage: bound first, so that their ports are known, then run side by side."""

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        self._sandbox = sandbox
        self._sockets = [_bound(host, port)]
        try:
            self._sockets.append(_bound(host, 0))
        except InvalidSettings:
            self._sockets[0].close()
            raise
        ports = [bound.getsockname()[1] for bound in self._sockets]
        sandbox.listen_at(*(f"http://{_spoken(host)}:{each}" for each in ports))
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="dmr-sandbox")
        wild = host in _WILDCARDS
        known = [Hosts.of(each, "" if wild else _spoken(host), wild) for each in ports]
        self._servers = [
            _Server(_config(App(make(sandbox, self._pool), hosts, sandbox.clock.now)))
            for make, hosts in zip((api, storage), known, strict=True)
        ]

    def run(self, ready: Ready) -> None:
        """Serve until `stop`."""
        asyncio.run(self._serve(ready))

    def stop(self) -> None:
        """Let `run` return; from any thread."""
        for server in self._servers:
            server.should_exit = True

    def __enter__(self) -> "_Pair":
        return self

    def __exit__(self, *_error: object) -> Literal[False]:
        with self._sandbox.world.stopping():
            self._pool.shutdown(cancel_futures=True)
        for bound in self._sockets:
            bound.close()
        return False

    async def _up(self) -> None:
        for server in self._servers:
            await server.up.wait()

    async def _serve(self, ready: Ready) -> None:
        tasks = [
            asyncio.ensure_future(server.serve(sockets=[bound]))
            for server, bound in zip(self._servers, self._sockets, strict=True)
        ]
        up = asyncio.ensure_future(self._up())
        await asyncio.wait((up, *tasks), return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        try:
            if not any(server.should_exit for server in self._servers):
                ready(self._sandbox.info())
        except BaseException:
            self.stop()
            raise
        finally:
            await asyncio.gather(*tasks)


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=logging.CRITICAL + 1,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_PATIENCE,
    )


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket.  Raises InvalidSettings saying what to do instead."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=128)
        # Connections inherit it; without it a second answer on the same connection waits for the first one's receipt.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InvalidSettings(
                f"Port {port} on {host} is already taken.",
                where="--port",
                hint="Choose another one with --port, or let a free one be found with --port 0.",
            ) from None
        raise InvalidSettings(
            f"The sandbox cannot listen at {host}, port {port}: {error.strerror or error}.", where="--host"
        ) from None
    except OverflowError:
        raise InvalidSettings(f"{port} is no port; ports are 0 to 65535.", where="--port") from None


def _spoken(host: str) -> str:
    """The host as it stands in an address; a wildcard is reached over loopback."""
    host = _WILDCARDS.get(host, host)
    return f"[{host}]" if ":" in host else host
