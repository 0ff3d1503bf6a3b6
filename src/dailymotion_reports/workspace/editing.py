"""The schema by which editors complete and check a ``dmr.toml``, and where it is written."""

import json
import os
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Final

from dailymotion_reports.project.json_schema import TITLE
from dailymotion_reports.settings.files import CONFIG_BYTES, read_regular

SCHEMA_FILE: Final = "dmr.schema.json"
"""What a project's file says in its first line, beside which this is."""


def schema_text() -> str:
    """The schema of this version, as JSON."""
    return (resources.files("dailymotion_reports.project") / SCHEMA_FILE).read_text(encoding="utf-8")


def write_schema(folder: Path) -> Path | None:
    """Write the schema into a folder, whole or not at all; its path, or None where that cannot be done.

    One that another version wrote is replaced.  What else has its name is left as it is.
    """
    path = folder / SCHEMA_FILE
    part = path.with_name(f".{SCHEMA_FILE}.{os.getpid()}.part")
    try:
        if os.path.lexists(path) and not _is_ours(path):
            return None
        part.write_text(schema_text(), encoding="utf-8")
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        return None
    return path


def _is_ours(path: Path) -> bool:
    """Whether a file is a schema that `write_schema` wrote; a link is none."""
    try:
        held = json.loads(read_regular(path, CONFIG_BYTES, follow=False)[0])
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(held, dict) and held.get("title") == TITLE
