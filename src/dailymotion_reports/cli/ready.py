"""``--ready list``: the ready-made questions, each with what it answers and what it asks."""

import shutil
import textwrap
from datetime import UTC, datetime

import click

from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan, asked
from dailymotion_reports.query.ready import Ready, load_ready

_WIDEST = 100
_INDENT = " " * 4


def print_ready(as_json: bool) -> None:
    """Print the list on stdout, as text or as one JSON object."""
    plans = [(ready, _plan(ready)) for ready in load_ready().values()]
    if as_json:
        print_object({"ok": True, "ready": [_as_dict(ready, plan) for ready, plan in plans]})
        return
    for ready, plan in plans:
        click.echo(_filled(f"{ready.name}: {ready.about}.", "", _INDENT))
        click.echo(_filled(_asks(plan), _INDENT, _INDENT))


def _plan(ready: Ready) -> Plan:
    return asked(ready.question(), load_catalog(), datetime.now(UTC).date())


def _asks(plan: Plan) -> str:
    (request,) = plan.requests
    product = f"; product {request.product}" if plan.query.product else ""
    return f"{', '.join(request.metrics)} by {', '.join(request.dimensions)}{product}; {plan.query.period}"


def _as_dict(ready: Ready, plan: Plan) -> dict[str, object]:
    (request,) = plan.requests
    return {
        "name": ready.name,
        "about": ready.about,
        "metrics": list(request.metrics),
        "dimensions": list(request.dimensions),
        "filters": dict(request.filters),
        "product": request.product,
        "period": plan.query.period,
        "unverified": bool(plan.unverified),
    }


def _filled(text: str, first: str, rest: str) -> str:
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    return textwrap.fill(text, max(width, 30), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
