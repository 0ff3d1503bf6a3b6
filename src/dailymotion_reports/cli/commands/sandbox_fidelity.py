"""``dmr sandbox fidelity``: what the sandbox imitates, who says so, and what proves it."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.columns import aligned, faint, strong, terminal_width, wrapped
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.sandbox.fidelity import EVIDENCE, SCORED, Fact, load_facts, score, scores

_TITLES = {
    "documented": "Documented: a public page says so",
    "schema": "Schema: a public copy of the service's schema has it",
    "user-code": "User code: public programs rely on it",
    "assumed": "Assumed: nobody public says",
}


@click.command()
@click.option(
    "--evidence", "kinds", multiple=True, type=click.Choice(EVIDENCE), help="Only facts of this kind; repeatable."
)
@options.as_json
def fidelity(kinds: tuple[str, ...], as_json: bool) -> None:
    """Print every fact that the sandbox imitates, its evidence and proof, and the score.

    A fact counts only where its own test has passed. What the sandbox does not do is listed as lacking, and lowers
    the score; what is assumed is never counted.
    """
    facts = list(load_facts().values())
    shown = [fact for fact in facts if not kinds or fact.evidence in kinds]
    if as_json:
        print_object(_told(facts, shown))
        return
    width = terminal_width()
    for line in _table(shown, width):
        click.echo(line)
    for line in _sum(facts, width):
        click.echo(line)


def _told(facts: Sequence[Fact], shown: Iterable[Fact]) -> dict[str, object]:
    total = score(facts)
    return {
        "ok": True,
        "score": {**asdict(total), "percent": total.percent},
        "evidence": {kind: {**asdict(found), "percent": found.percent} for kind, found in scores(facts).items()},
        "facts": [{**asdict(fact), "state": fact.state} for fact in shown],
    }


def _table(facts: Sequence[Fact], width: int | None) -> Iterator[str]:
    """Facts below a heading for each kind of evidence; elsewhere than at a terminal a fact is one line."""
    if width is None:
        rows = ((f.id, f.state, f.evidence, " ".join(f.codes) or "-", _proof(f) or "-", f.fact) for f in facts)
        yield from aligned(rows, None, indent="")
        return
    for kind in EVIDENCE:
        some = [fact for fact in facts if fact.evidence == kind]
        head = max((len(fact.id) for fact in some), default=0) + 2
        yield from [strong(_TITLES[kind])] if some else []
        for fact in some:
            yield from _entry(fact, head, width)
        yield from [""] if some else []
    yield from _sources(facts, width)


def _entry(fact: Fact, head: int, width: int) -> Iterator[str]:
    """A fact, and below it how it stands, who says so, and its proof."""
    first, *others = wrapped(fact.fact, width - head)
    yield f"{fact.id:<{head}}{first}"
    yield from (" " * head + line for line in others)
    if fact.evidence == "assumed":
        return
    said = f"{fact.state}, source {' '.join(fact.codes)}" if fact.codes else fact.state
    proof, room = _proof(fact), width - head - 2
    together = f"{said}, {proof}" if proof else said
    for part in [together] if len(together) <= room else [f"{said},", *_broken(proof, room)]:
        yield from (faint(" " * (head + 2) + line) for line in textwrap.wrap(part, room))


def _broken(proof: str, room: int) -> list[str]:
    """A proof that is too long for a line, broken where the name of the test begins."""
    place, mark, name = proof.rpartition("::")
    return [place + mark, name] if mark and len(proof) > room else [proof]


def _proof(fact: Fact) -> str:
    if fact.lacking:
        return fact.lacking
    if fact.switch:
        return f"switch {fact.switch}"
    return fact.test.removeprefix("tests/contract/")


def _sources(facts: Iterable[Fact], width: int) -> Iterator[str]:
    named = {code: place for fact in facts for code, place in zip(fact.codes, fact.source, strict=True)}
    if named:
        yield strong("Sources")
        yield from aligned(sorted(named.items()), width, indent="")
        yield ""


def _sum(facts: Sequence[Fact], width: int | None) -> Iterator[str]:
    for kind, found in scores(facts).items():
        counted = "" if kind in SCORED else "  not counted"
        yield f"{kind:<12}{found.proved:>4} of {found.facts:<4}{found.percent:>6} %{counted}"
    assumed = sum(fact.evidence == "assumed" for fact in facts)
    yield f"{'assumed':<12}{assumed:>4}{'':<17}not counted"
    total = score(facts)
    sentence = f"Score: {total.proved} of {total.facts} documented and schema facts are proved, {total.percent} %."
    yield from (strong(line) for line in wrapped(sentence, width))
