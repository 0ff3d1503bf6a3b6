"""``--json``: one object on stdout."""

import json
import re
import sys
from collections.abc import Mapping

import click

from dailymotion_reports.redaction import harmless_json


def error_object(code: str, message: str, hint: str = "", next: str = "", retry: str = "never") -> dict[str, str]:
    """What ``--json`` says of an error, under the key ``error``."""
    return {"code": code, "message": message, "hint": hint, "next": next, "retry": retry}


def print_object(value: Mapping[str, object]) -> None:
    """Print a JSON object; what its encoding cannot write or a terminal would obey is escaped.

    Bytes of a name that are no text, for which JSON has no place, are shown as ``\\xff``.
    """
    text = _HALVES.sub(_shown, json.dumps(value, ensure_ascii=False))
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    click.echo(harmless_json(text if encoding == "utf8" else json.dumps(json.loads(text))))


_HALVES = re.compile("[\ud800-\udfff]")


def _shown(found: re.Match[str]) -> str:
    """Half of a surrogate pair, which is how a byte that is no text arrives, within a JSON text."""
    number = ord(found[0])
    return f"\\\\x{number - _BYTES:02x}" if _BYTES <= number < _BYTES + 256 else f"\\\\u{number:04x}"


_BYTES = 0xDC00
"""Where Python puts the bytes of a name that are no text (PEP 383)."""
