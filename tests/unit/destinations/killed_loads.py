"""A program that loads into a lake and is killed at a step: the n-th time that it touches a file of the lake.

It reads orders, a line of JSON each, and forks for each of them: nothing is imported twice, and what dies is a
process of its own, by SIGKILL.  It answers with the steps at which files were renamed and how many steps there
were, or that it was killed.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.query.catalog import load_catalog

STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate")


class Steps:
    """Counts what is done to files below ``lake``, and dies at one of them; at 0 never."""

    def __init__(self, lake: str, last: int) -> None:
        self.lake, self.last, self.count = lake, last, 0
        self.renames: list[int] = []
        self._sync = os.fsync
        sys.addaudithook(self.seen)
        os.fsync = self.synced  # type: ignore[assignment]

    def seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in STEPS and str(arguments[0]).startswith(self.lake):
            self.step()
            self.renames += [self.count] if event == "os.rename" else []

    def synced(self, descriptor: Any) -> None:
        self.step()
        self._sync(descriptor)

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def carried_out(order: dict[str, Any]) -> list[int]:
    """Load; the steps that were renames, and the last one."""
    request = request_for(["VIEWS"], ["DAY"])
    table = table_of(Path(order["files"]), request, order["text"].encode())
    load = Load(table, request, "private", "an account", datetime(2023, 8, 1, tzinfo=UTC))
    steps = Steps(order["lake"], order["last"])
    open_destination(order["into"]).load(load)
    return [*steps.renames, steps.count]


def forked(work: Callable[[], list[int]]) -> list[int]:
    """What the work says in a process of its own; -9 where that was killed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(write, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    return [-os.WTERMSIG(status)] if os.WIFSIGNALED(status) else json.loads(text)


if __name__ == "__main__":
    load_catalog()
    open_destination("parquet:x")
    for line in sys.stdin:
        print(json.dumps(forked(partial(carried_out, json.loads(line)))), flush=True)
