"""Run the test of every fact of the sandbox, and write what passed: ``fidelity_proved.toml`` and the page of it.

``--check`` runs nothing: it only compares the page with the facts as they ship.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from dailymotion_reports.sandbox.fidelity import EVIDENCE, Fact, Score, load_facts, read_facts, score, scores
from pages import REFERENCE, ROOT, checking, kept

ROOM = ROOT / "src" / "dailymotion_reports" / "sandbox"
PAGE = REFERENCE / "fidelity.md"
PROVED = ROOM / "fidelity_proved.toml"
TESTS_FAILED = 1
"""pytest's exit code where tests ran and some have failed: those facts are then not proved."""

HEAD = """\
# Fidelity

How faithfully the sandbox imitates the service, fact by fact: written from
`src/dailymotion_reports/sandbox/fidelity.toml`, which `dmr sandbox fidelity` prints too. Nobody here has an account, so
every fact has its evidence: a public page (*documented*), a public copy of the schema (*schema*), public programs that
rely on it (*user-code*), or nothing (*assumed*).

The score counts documented and schema facts. One counts only where its own test has passed; what the sandbox does not
do stands in the table as *lacking*, and lowers the score. What was proved is counted from passed tests by
`python tools/write_fidelity.py`, and a whole run of the tests fails where that is no longer so.

How a partner with an account can find out whether the facts are right is told in
[how to use the sandbox](../howto/use-the-sandbox.md#compare-it-with-the-real-service)."""


def page(facts: Sequence[Fact]) -> Iterator[str]:
    """The page, line by line."""
    yield from (HEAD, "", _score_line(facts), "")
    yield "| evidence | proved | facts | |\n|---|---|---|---|"
    for kind, found in scores(facts).items():
        yield f"| {kind} | {found.proved} | {found.facts} | {found.percent} % |"
    for kind in EVIDENCE:
        yield from ("", f"## {kind.capitalize()}", "")
        yield from _table([fact for fact in facts if fact.evidence == kind], assumed=kind == "assumed")
    yield from ("", "## Sources", "", "| code | where |\n|---|---|")
    named = {code: place for fact in facts for code, place in zip(fact.codes, fact.source, strict=True)}
    yield from (f"| {code} | {named[code]} |" for code in sorted(named))


def _score_line(facts: Sequence[Fact]) -> str:
    found: Score = score(facts)
    return f"**{found.proved} of {found.facts}** documented and schema facts are proved: **{found.percent} %**."


def _table(facts: Sequence[Fact], *, assumed: bool) -> Iterator[str]:
    if assumed:
        yield "| id or switch | what the sandbox does |\n|---|---|"
        yield from (f"| {f'`{f.switch}`' if f.switch else f.id} | {_cell(f.fact)} |" for f in facts)
        return
    yield "| id | fact | source | proved by |\n|---|---|---|---|"
    for fact in facts:
        by = f"**lacking**: {_cell(fact.lacking)}" if fact.lacking else f"`{fact.test.removeprefix('tests/')}`"
        yield f"| {fact.id} | {_cell(fact.fact)} | {' '.join(fact.codes)} | {_state(fact)}{by} |"


def _state(fact: Fact) -> str:
    return "**unproved** by " if fact.state == "unproved" else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def prove() -> list[str]:
    """Run the tests of the facts; the ids of those that were proved, in their order."""
    tests = [fact.test for fact in read_facts((ROOM / "fidelity.toml").read_text(encoding="utf-8")).values()]
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "proved.json")
        command = [sys.executable, "-m", "pytest", "-q", "--write-proved", str(into), *filter(None, tests)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode > TESTS_FAILED:
            sys.exit("The tests could not be run; nothing was written.")
        return list(json.loads(into.read_text(encoding="utf-8")))


def write_proved(ids: Sequence[str]) -> None:
    """Write the ids as package data."""
    lines = [f'  "{name}",' for name in ids]
    head = (
        "# The facts of fidelity.toml whose own tests have passed.  Written by tools/write_fidelity.py, never by hand."
    )
    PROVED.write_text("\n".join([head, "", "proved = [", *lines, "]", ""]), encoding="utf-8")


def main() -> int:
    """Prove and write, or check; returns the exit code."""
    check = checking(__doc__)
    if not check:
        write_proved(prove())
    text = "\n".join(page(list(load_facts().values()))) + "\n"
    return kept({PAGE: text}, check=check)


if __name__ == "__main__":
    sys.exit(main())
