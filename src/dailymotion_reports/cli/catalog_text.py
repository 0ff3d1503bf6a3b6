"""What ``dmr catalog`` says: listings, the matrix, drift.  Text only; nothing is printed here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest

from dailymotion_reports.cli.columns import aligned, faint, strong, wrapped
from dailymotion_reports.cli.explanation import value_text
from dailymotion_reports.query.catalog import Catalog, Dimension, Fact, Filter, Fit, Metric, Product
from dailymotion_reports.query.drift import Difference, Drift, What
from dailymotion_reports.query.explain import kind_of

FIT_WORDS: Mapping[Fit, str] = {
    "allowed": "yes",
    "seen": "seen",
    "likely": "(yes)",
    "unknown": "?",
    "denied": "no",
}

LEGEND = (
    "yes: the published matrix allows it.  seen: only in user code.  (yes): inferred, and no more.",
    "no: documented as impossible.  ?: no public document says; it can be sent with --unverified.",
)


RULE_LEGEND = (
    "add: may be added up.  recompute: made again from its parts.",
    "level: never added up over days.  none: cannot be recombined.",
    "One name in full: dmr catalog explain NAME",
)
"""What the second column of a metric means; talk, not data."""


def listing(catalog: Catalog, facts: Sequence[Fact], width: int | None) -> Iterator[str]:
    """Facts below a heading for each kind, metrics for each group."""
    titles = [_title(catalog, fact) for fact in facts]
    ordered = sorted(facts, key=lambda fact: titles.index(_title(catalog, fact)))
    for number, (title, some) in enumerate(groupby(ordered, lambda fact: _title(catalog, fact))):
        if number:
            yield ""
        yield strong(title)
        yield from aligned((_row(fact) for fact in some), width)


def _title(catalog: Catalog, fact: Fact) -> str:
    match fact:
        case Metric():
            return f"Metrics: {catalog.groups[fact.group].title} ({fact.group})"
        case Dimension():
            return "Dimensions of time" if fact.kind == "time" else "Dimensions"
        case _:
            return f"{kind_of(fact).capitalize()}s"


def _row(fact: Fact) -> tuple[str, str, str]:
    match fact:
        case Metric():
            return fact.name, fact.rule, fact.meaning
        case Dimension():
            return fact.name, fact.type, fact.meaning
        case Filter():
            told = f"{fact.meaning}: {', '.join(fact.values)}" if fact.values else fact.meaning
            return fact.name, "word" if fact.values else "any text", told
        case Product():
            return fact.name, "default" if fact.default else "", fact.meaning
        case _:
            return fact.name, value_text(getattr(fact, "value", "")), fact.meaning


def found(facts: Iterable[Fact], width: int | None) -> Iterator[str]:
    """What a search found, one line each."""
    yield from aligned(((fact.name, kind_of(fact), fact.meaning) for fact in facts), width, indent="")


def matrix(catalog: Catalog, groups: Sequence[str], dimensions: Sequence[str], width: int | None) -> Iterator[str]:
    """Dimensions by groups of metrics, in at most 80 columns, and what the words mean.

    Where the width does not hold all groups, they stand below one another.
    """
    gap = "  " if width and width > _ROOMY else " "
    names = max((len(name) for name in dimensions), default=0)
    room = None if width is None else width - names
    for number, some in enumerate(_panels(groups, room, len(gap))):
        if number:
            yield ""
        yield from _panel(catalog, some, dimensions, gap)
    yield ""
    for sentence in LEGEND:
        yield from wrapped(sentence, min(width or _PLAIN, _PLAIN))


def _panel(catalog: Catalog, groups: Sequence[str], dimensions: Sequence[str], gap: str) -> Iterator[str]:
    names = max((len(name) for name in dimensions), default=0)
    headings = [group.split("_") for group in groups]
    sizes = [_size(group) for group in groups]
    for line in zip_longest(*headings, fillvalue=""):
        padded = (f"{part:<{size}}" for part, size in zip(line, sizes, strict=True))
        yield strong(gap.join((" " * names, *padded)).rstrip())
    for dimension in dimensions:
        fits = [catalog.group_fit(group, dimension) for group in groups]
        cells = (_cell(fit, size) for fit, size in zip(fits, (*sizes[:-1], 0), strict=True))
        yield gap.join((f"{dimension:<{names}}", *cells))


def _panels(groups: Sequence[str], room: int | None, gap: int) -> Iterator[Sequence[str]]:
    """The groups, as many at a time as ``room`` holds, one at least."""
    some: list[str] = []
    for group in groups:
        if some and room is not None and sum(_size(one) + gap for one in (*some, group)) > room:
            yield some
            some = []
        some = [*some, group]
    yield some


def _size(group: str) -> int:
    return max(map(len, (*group.split("_"), *FIT_WORDS.values())))


_ROOMY, _PLAIN = 100, 80


def _cell(fit: Fit, size: int) -> str:
    text = f"{FIT_WORDS[fit]:<{size}}"
    return strong(text) if fit == "allowed" else faint(text) if fit == "denied" else text


DRIFT_WORDS: Mapping[What, str] = {
    "required": "The API changed: it insists on fields that this version does not send, so it will refuse reports.",
    "gone": "In the public schema once, not at the service now.",
    "new": "At the service, not in this version's catalogue. Names to ask for can be sent with --unverified.",
    "type": "Of another type than before.",
    "deprecated": "Called outdated by the service.",
    "unseen": "Not shown by the service, so not compared.",
    "absent": "Not in the service's schema, nor in the public one before; nothing has changed.",
}
"""What each sort of difference means, the gravest first."""


def drift_text(drift: Drift, width: int | None) -> Iterator[str]:
    """What differs, below a sentence for each sort of difference, and whether that matters."""
    for what, sentence in DRIFT_WORDS.items():
        if some := drift.only(what):
            yield from (strong(line) for line in wrapped(sentence, width))
            yield from aligned((_difference(one) for one in some), width)
            yield ""
    verdict = "The catalogue differs from the service's schema." if drift.found else "No drift."
    yield from wrapped(f"{verdict} {drift.compared} names of the service were compared.", width)


def _difference(one: Difference) -> tuple[str, str, str]:
    return one.kind, one.name, one.detail
