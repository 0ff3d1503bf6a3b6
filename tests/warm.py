"""A warm interpreter: it has loaded the command, and forks a process each time the command is run.

What a forked process does from there on is what ``python -m dailymotion_reports`` does; it is spared the second that
importing costs.  Nothing is opened and no thread begins before the fork.  A request is one message on a socket: the
arguments, the environment, the folder to work in, and descriptors for its input, its output, its errors and the word
to go.
Answered are two lines, the process's number and, when it has ended, its status as ``waitpid`` tells it.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
from importlib import import_module
from typing import Any

LOADED = (
    "asyncio",
    "concurrent.futures.thread",
    "duckdb",
    "encodings.idna",
    "filelock",
    "httpx2",
    "httpcore2",
    "rich.progress",
    "dailymotion_reports.cli.commands.report",
    "dailymotion_reports.cli.commands.resume",
    "dailymotion_reports.cli.telling",
    "dailymotion_reports.client.httpx2_transport",
    "dailymotion_reports.destinations.duckdb",
    "dailymotion_reports.jobs.sqlite_store",
    "dailymotion_reports.tables.export",
    "dailymotion_reports.workspace",
)

_LONGEST = 1 << 20
"""Bytes of a request."""

_PR_SET_PTRACER, _ANYBODY = 0x59616D61, ctypes.c_ulong(-1 % 2**64)


def serve(line: socket.socket) -> list[str] | None:
    """Fork for each request.  Returns the arguments in a process that was forked, None where nobody asks any more."""
    while True:
        message, handed, _, _ = socket.recv_fds(line, _LONGEST, 4)
        if not message:
            return None
        told = json.loads(message)
        ended, alive = os.pipe()
        pid = os.fork()
        if pid == 0:
            line.close()
            os.close(ended)
            os.set_inheritable(alive, False)
            _become(told, *handed)
            return list(told["arguments"])
        for descriptor in (alive, *handed):
            os.close(descriptor)
        line.sendall(b"%d\n" % pid)
        line.sendall(b"%d\n" % _awaited(line, pid, ended))


def _become(told: dict[str, Any], given: int, out: int, err: int, go: int) -> None:
    """Be a process of its own that works where it is told to, once it hears the word."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)
    for descriptor, place in ((given, 0), (out, 1), (err, 2)):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    if not os.read(go, 1):
        os._exit(0)
    os.close(go)


def _awaited(line: socket.socket, pid: int, ended: int) -> int:
    """The status of a process when it has ended; it is killed where whoever asked for it has gone."""
    asked = line.fileno()
    ready, _, _ = select.select([asked, ended], [], [])
    if asked in ready:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    os.close(ended)
    return os.waitpid(pid, 0)[1]


def main() -> None:
    """Load, serve, and in a forked process run the command."""
    with socket.socket(fileno=int(sys.argv[1])) as line:
        for name in LOADED:
            import_module(name)
        line.sendall(b"ready\n")
        arguments = serve(line)
    if arguments is not None:
        command = import_module("dailymotion_reports.cli.main")
        sys.argv = ["dmr", *arguments]
        command.main()


if __name__ == "__main__":
    main()
