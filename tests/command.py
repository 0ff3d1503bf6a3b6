"""``dmr`` as users run it, in a process of its own: a plugin of pytest, with an interpreter for each of its workers.

The process is forked by a warm interpreter, which spares each run the import of the command.  What differs then is how
an interpreter comes up: runs with variables that tell it how are started anew, and so is whatever tests start by
themselves.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest
from tests.interpreter import Interpreter

LONGEST = 120.0
"""Seconds after which a run is said to hang."""

Done = subprocess.CompletedProcess[str]

_AT_START = ("PYTHON", "LC_", "LANG", "COVERAGE_")
"""How variables begin that an interpreter heeds when it comes up."""

_free = threading.Lock()
"""Held during a run: what runs at the same time is started anew."""

_open = ExitStack()
_warm: list[Interpreter] = []


def run_command(
    arguments: Sequence[str], folder: Path, given: object = None, environment: Mapping[str, str] | None = None
) -> Done:
    """Run ``dmr`` in a folder; ``given`` is what it reads, as JSON where it is no text."""
    text = "" if given is None else given if isinstance(given, str) else json.dumps(given)
    variables = os.environ | dict(environment or {})
    if any(name.startswith(_AT_START) for name in environment or ()) or not _free.acquire(blocking=False):
        return _cold(arguments, folder, text, variables)
    try:
        return _forked(arguments, folder, text, variables)
    finally:
        _free.release()


def _forked(arguments: Sequence[str], folder: Path, text: str, variables: Mapping[str, str]) -> Done:
    with tempfile.TemporaryFile() as read, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        read.write(text.encode())
        read.seek(0)
        code = _interpreter().run(arguments, variables, folder, (read, out, err), LONGEST)
        return finished(arguments, code, _text(out), _text(err))


def finished(arguments: Sequence[str], code: int, out: str, err: str) -> Done:
    """A run that has ended."""
    return subprocess.CompletedProcess(list(arguments), code, out, err)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the interpreter."""
    _warm.clear()
    _open.close()


def _interpreter() -> Interpreter:
    if not _warm:
        _warm.append(_open.enter_context(Interpreter.started()))
    return _warm[0]


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


def _cold(arguments: Sequence[str], folder: Path, text: str, variables: Mapping[str, str]) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "dailymotion_reports", *arguments],
        input=text,
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
