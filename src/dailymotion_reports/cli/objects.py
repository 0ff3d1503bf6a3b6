"""``--json``: one object on stdout."""

import json
import sys
from collections.abc import Mapping

import click

from dailymotion_reports.redaction import harmless_json


def error_object(code: str, message: str, hint: str = "", next: str = "", retry: str = "never") -> dict[str, str]:
    """What ``--json`` says of an error, under the key ``error``."""
    return {"code": code, "message": message, "hint": hint, "next": next, "retry": retry}


def print_object(value: Mapping[str, object]) -> None:
    """Print a JSON object; what its encoding cannot write or a terminal would obey is escaped."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    click.echo(harmless_json(json.dumps(value, ensure_ascii=encoding != "utf8")))
