"""``--json``: one object on stdout."""

import json
import sys
from collections.abc import Mapping

import click


def print_object(value: Mapping[str, object]) -> None:
    """Print a JSON object; what the stream's encoding cannot write is escaped, so that it stays JSON."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    click.echo(json.dumps(value, ensure_ascii=encoding != "utf8"))
