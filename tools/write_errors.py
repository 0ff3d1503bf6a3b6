"""Write docs/reference/errors.md from the tree of errors, or check that it is what would be written."""

import sys
from collections.abc import Iterator

from dailymotion_reports import errors
from dailymotion_reports.cli.exits import code_of
from dailymotion_reports.errors import DmrError
from pages import REFERENCE, checking, kept, one_line

PAGE = REFERENCE / "errors.md"

HEAD = """\
# Errors

Written from `src/dailymotion_reports/errors` and `cli/exits.py`. Each error has a code that stays the same; scripts
may rely on it and on the exit code. With `--json` an error is one object on stdout:
`{"ok": false, "error": {"code", "message", "hint", "next", "retry"}}`. In Python every error is a
`dailymotion_reports.DmrError` with `.code`, `.message`, `.hint`, `.next` and `.retry`.

*May be tried again* says what may be done without a person: `never`; `later`, the same again; `sign_in` and repeat;
`resubmit`, ask for the report anew; `resume`, go on waiting for it.

| code | exit | in Python | what it means |
|---|---|---|---|"""

OTHERS = {
    "interrupted": (
        130,
        "Ctrl-C (130) or SIGTERM (143) ended the command.",
        "What was complete is kept. The message says whether a report goes on being made at the service.",
    ),
    "unexpected": (
        1,
        "Something happened that nobody foresaw: a fault of ours.",
        "Repeat it with `--debug`, and report what that prints; it holds no secrets.",
    ),
}
"""Codes of the command that are no classes."""


def classes(root: type[DmrError] = DmrError) -> Iterator[type[DmrError]]:
    """The tree, each class after the one it comes from."""
    yield root
    for kind in root.__subclasses__():
        if kind.__module__.startswith(errors.__name__):
            yield from classes(kind)


def anchor(code: str) -> str:
    """What a link to the code ends in."""
    return code.replace(".", "-").replace("_", "-")


def page() -> Iterator[str]:
    """The parts of the page."""
    yield HEAD
    kinds = {kind.code: kind for kind in reversed(list(classes()))}
    for code, kind in sorted(kinds.items()):
        yield f"| [`{code}`](#{anchor(code)}) | {code_of(code)} | `{kind.__name__}` | {one_line(kind.__doc__)} |"
    for code, (exit_code, meaning, _) in OTHERS.items():
        yield f"| [`{code}`](#{anchor(code)}) | {exit_code} | | {meaning} |"
    for code, kind in sorted(kinds.items()):
        yield from _entry(code, kind)
    for code, (exit_code, meaning, remedy) in OTHERS.items():
        yield f'\n<a id="{anchor(code)}"></a>\n## `{code}`\n\n{meaning}\n\nExit code {exit_code}.\n\n{remedy}'


def _entry(code: str, kind: type[DmrError]) -> Iterator[str]:
    yield f'\n<a id="{anchor(code)}"></a>\n## `{code}`\n\n{one_line(kind.__doc__)}\n'
    yield f"Exit code {code_of(code)}. Class `{kind.__name__}`. May be tried again: `{kind.retry}`."
    if kind.default_hint:
        yield f"\n{kind.default_hint}"
    if kind.default_next:
        yield f"\nNext: `{kind.default_next}`"


def main() -> int:
    """Write or check; returns the exit code."""
    return kept({PAGE: "\n".join(page()) + "\n"}, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
