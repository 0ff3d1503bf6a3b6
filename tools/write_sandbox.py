"""Write docs/reference/sandbox.md from the sandbox's switches and faults, or check that it is what would be written."""

import sys
from collections.abc import Iterator

from dailymotion_reports.cli.switch_text import shown
from dailymotion_reports.sandbox.fault import Stage
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.sandbox.switches import load_switches
from pages import REFERENCE, checking, kept

PAGE = REFERENCE / "sandbox.md"

HEAD = """\
# Switches and faults of the sandbox

Written from `src/dailymotion_reports/sandbox`. How they are used is told in
[How to use the sandbox](../howto/use-the-sandbox.md).

## Switches

Each is a question that no public document answers, or a choice that an account may make: `--set NAME=VALUE`, or
`Sandbox(name=value)`. A default of `-` stands for none.

| name | default | may be | what it decides | what is assumed, and why |
|---|---|---|---|---|"""

FAULTS = """
## Faults

Each begins with the id of its row in the project's table of troubles.

| where it strikes | names |
|---|---|"""

WHERE: dict[Stage, str] = {
    "arrival": "any request to the API",
    "token": "a token request, before it is looked at",
    "terms": "the terms of a sign-in that is let in",
    "granted": "the answer to a sign-in",
    "call": "any signed GraphQL request",
    "date": "the date of an answer of the API",
    "introspection": "a request that looks at the schema",
    "ask": "a request for a report, before it is looked at",
    "asked": "its answer, on the way",
    "read": "a request that reads, before it is looked at",
    "told": "its answer, on the way",
    "create": "a report, before it is made",
    "created": "a report that was just made",
    "partner": "the space that a read looks into",
    "state": "the state of a report",
    "links": "the links of a finished report",
    "files": "the files of a report, when they are made",
    "download": "a download that would succeed",
    "platform": "a read of the Platform API, before it is looked at",
    "platform-told": "its answer, on the way",
    "listed": "a page of a list of the Platform API",
}


def page() -> Iterator[str]:
    """The lines of the page."""
    yield HEAD
    for switch in load_switches().values():
        cells = (f"`{switch.name}`", f"`{shown(switch.default)}`", switch.allowed, switch.about, switch.why)
        yield f"| {' | '.join(cells)} |"
    yield FAULTS
    for stage, where in WHERE.items():
        names = ", ".join(f"`{name}`" for name, fault in TABLE.items() if fault.stage == stage)
        yield f"| {where} | {names} |"


def main() -> int:
    """Write the page, or with --check say whether it would change."""
    return kept({PAGE: "\n".join(page()) + "\n"}, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
