"""dlt as it must be in a test: it tells nobody, and leaves nothing behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

ROOTS_FOLDER = Path("/var/dlt")
"""Where dlt writes an anonymous id when it is run by root, even where its telemetry is off."""


@contextmanager
def quiet(folder: Path) -> Iterator[None]:
    """In this process, for as long as the block lasts: no telemetry, and nothing is written but below ``folder``."""
    variables = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder / "dlt")}
    own = patch("dlt.common.runtime.run_context.global_dir", lambda: str(folder / "dlt"))
    with patch.dict(os.environ, variables), own:
        yield


@contextmanager
def nothing_left() -> Iterator[None]:
    """Of other processes of ours, whose home is a temporary folder: what dlt writes elsewhere is removed again."""
    note = ROOTS_FOLDER / ".anonymous_id"
    there = note.exists()
    try:
        yield
    finally:
        if not there:
            with suppress(OSError):
                note.unlink(missing_ok=True)
                ROOTS_FOLDER.rmdir()
