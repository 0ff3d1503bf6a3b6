"""One name of the catalogue, explained in words.  Text only; nothing is printed here."""

from collections.abc import Iterator, Mapping
from typing import Any

from dailymotion_reports.cli.columns import WIDEST, aligned, strong, wrapped


def value_text(value: object) -> str:
    """The value of a limit; one that no public document gives is unknown."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)


def limit_text(value: object, unit: str | None) -> str:
    """The value of a limit with its unit: of one there is one, of an unknown number none."""
    if value is None or isinstance(value, bool) or not unit:
        return value_text(value)
    return f"{value} {unit.removesuffix('s') if value == 1 else unit}"


def explanation(told: Mapping[str, Any], width: int | None) -> Iterator[str]:
    """One name, as `explained` tells of it."""
    width = min(width, WIDEST) if width else None
    yield f"{strong(told['name'])}  {_what(told)}"
    yield from (f"  {line}" for line in wrapped(f"{told['meaning']}.", width and width - 2))
    yield ""
    yield from aligned(((label, text) for label, text in _lines(told) if text), width)


def _what(told: Mapping[str, Any]) -> str:
    return f"{told['kind']} of time" if told.get("column_kind") == "time" else str(told["kind"])


def _lines(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _measure(told)
    yield from _adding(told)
    yield from _column(told)
    yield "values", _doubted(", ".join(told.get("values", ())), told.get("values_confidence"))
    yield "example", told.get("example", "")
    yield "default", "taken where the product is left out" if told.get("default") else ""
    yield "final", "yes: nothing will change any more" if told.get("final") else ""
    yield from _scopes(told)
    yield from _fits(told)
    yield "note", told.get("note", "")
    yield from _origin(told)


def _origin(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Who says so, when, and how sure that is."""
    yield from (("source" if not n else "", address) for n, address in enumerate(told["sources"]))
    yield "seen", told["date"]
    yield "confidence", told["confidence"]


def _measure(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What it is a measure of, and in what."""
    yield "metrics", ", ".join(told.get("metrics", ()))
    if "group" in told:
        yield "group", f"{told['group']}: {told['group_title']}"
    if told["kind"] == "limit":
        yield "value", limit_text(told.get("value"), told.get("unit"))
    elif "unit" in told:
        yield "unit", told["unit"]
    yield "type", told.get("type", "")
    yield "currency", told.get("currency", "")


def _adding(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How a metric may be added up, and what it is made of."""
    if told["kind"] != "metric":
        return
    yield "adding up", told["rule_means"]
    yield "formula", _doubted(told.get("formula", ""), told.get("formula_confidence"))
    yield "made of", ", ".join(told.get("parts", ()))
    yield "part of", ", ".join(told["part_of"])


_EMPTY = {True: "cells may be empty", False: "never seen empty", None: "not known whether cells may be empty"}


def _column(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a dimension looks like as a column."""
    if told["kind"] != "dimension":
        return
    if told["meaning_confidence"] != "documented":
        yield "meaning", f"{told['meaning_confidence']}, from its name"
    yield "written", told.get("format", "")
    yield "also named", ", ".join(told.get("also_named", ()))
    if told["fans_out"]:
        words = "one event may count in several rows, so they must not be added up"
        yield "fans out", _doubted(words, told["fans_out_confidence"])
    yield "empty", _EMPTY[told.get("may_be_empty")]


def _scopes(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if told["kind"] == "scope":
        yield "asked with", f"a {told['key']} key"
    if told["kind"] != "metric":
        return
    needed = _doubted(", ".join(told.get("scopes", ())), told.get("scopes_confidence"))
    yield "scope", f"{needed}: a private key asks for it" if needed else "none beyond create_reports"


def _fits(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What it goes with; where a whole row is known or unknown, that is said in place of a list of names."""
    fits = told.get("goes_with")
    if not fits:
        return
    sure = told["fit_confidence"]
    yield "goes with", ", ".join(fits["allowed"])
    yield "seen with", _doubted(", ".join(fits["seen"]), sure["seen"])
    yield "likely with", _doubted(", ".join(fits["likely"]), sure["likely"])
    possible = told.get("possible", ())
    nothing = not any(fits[fit] for fit in ("allowed", "seen", "likely", "denied")) and told["kind"] != "dimension"
    others = ", ".join(name for name in fits["unknown"] if name not in possible)
    yield "not known", "no public document says with which dimensions" if nothing else others
    yield "perhaps", _doubted(", ".join(possible), "not known either; their names suggest it")
    yield "tried", "; ".join(" + ".join(one) for one in told.get("tried_with", ()))
    yield "not with", "all other dimensions" if told.get("row_complete") else ", ".join(fits["denied"])
    yield "matrix", told.get("group_note", "")


def _doubted(text: str, confidence: str | None) -> str:
    """``text``, with how sure it is where it is not documented."""
    return f"{text} ({confidence})" if text and confidence and confidence != "documented" else text
