"""Write docs/reference/library.md from the public names and their docstrings, or check it against them."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import dailymotion_reports as dmr
from pages import REFERENCE, ROOT, checking, kept, one_line, table, tidy

PAGE = REFERENCE / "library.md"

HEAD = """\
# Library

Written from the docstrings of `dailymotion_reports`. What stands here is public and stays; what does not may change any
day. Every name is loaded when it is first used, so that `import dailymotion_reports` costs next to nothing.

`AsyncWorkspace` and `AsyncSubmittedReport` have what `Workspace` and `SubmittedReport` have, to be awaited.
Whatever goes wrong is a `DmrError`: [errors](errors.md) lists them with their codes."""

GROUPS = {
    "Ask": ("Workspace", "AsyncWorkspace", "Report", "SubmittedReport", "AsyncSubmittedReport", "Progress", "Event"),
    "Questions": ("Question", "read_question", "ready_question", "ReportQuery", "ReportRequest", "Plan"),
    "Days": ("Period", "Window"),
    "Tables": ("Column", "LoadReceipt"),
    "Settings and secrets": ("Settings", "Secret"),
    "Errors": ("DmrError", "errors"),
}
"""The public names by what they are for; none may be left out."""


def page() -> Iterator[str]:
    """The parts of the page."""
    yield HEAD
    named = {name for group in GROUPS.values() for name in group}
    assert named | {"__version__"} == set(dmr.__all__), named ^ set(dmr.__all__)
    for title, names in GROUPS.items():
        yield f"\n## {title}\n"
        for name in names:
            yield from entry(name, getattr(dmr, name))


def entry(name: str, thing: Any) -> Iterator[str]:
    """What there is about one name."""
    yield f"### `{name}`\n"
    if inspect.ismodule(thing):
        yield f"{one_line(inspect.getdoc(thing)).partition('.')[0]}. Each with its code: [errors](errors.md)."
        return
    if inspect.isfunction(thing):
        yield signature(name, thing)
    yield prose(inspect.getdoc(thing))
    if inspect.isclass(thing):
        yield from values(thing)
        for method, function in methods(thing):
            yield f"\n#### `{name}.{method}`\n"
            yield signature(method, function) if callable(function) else ""
            yield prose(inspect.getdoc(function))


def values(kind: type[Any]) -> Iterator[str]:
    """A table of the fields of a dataclass, and of the properties of any class."""
    told = attribute_docs(kind)
    rows = [(one.name, type_name(one.type), told.get(one.name, "")) for one in own_fields(kind)]
    rows += [
        (name, type_name(inspect.get_annotations(one.fget)["return"]), one_line(inspect.getdoc(one)))
        for name, one in members(kind)
        if isinstance(one, property) and one.fget
    ]
    if rows:
        yield ""
        yield from table(("name", "type", "what it is"), ((f"`{a}`", f"`{b}`", c) for a, b, c in rows))


def own_fields(kind: type[Any]) -> Iterator[Any]:
    """The public fields of a dataclass."""
    yield from (one for one in (fields(kind) if is_dataclass(kind) else ()) if not one.name.startswith("_"))


def attribute_docs(kind: type[Any]) -> dict[str, str]:
    """What is said of each field, by the text that follows it in the source."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if one.__module__.startswith("dailymotion_reports"):
            source = inspect.getsource(one)
            found |= {name: one_line(text) for name, text in _TOLD.findall(source)}
    return found


_TOLD = re.compile(r'^    (\w+):[^\n]*\n    """(.*?)"""', re.M | re.S)


def members(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """Public members, in the order of the source, those of bases of ours after its own; each name once."""
    seen: set[str] = set()
    for one in kind.__mro__:
        if one.__module__.startswith("dailymotion_reports"):
            for name, member in vars(one).items():
                if not name.startswith("_") and name not in seen:
                    seen.add(name)
                    yield name, member


def methods(kind: type[Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Public methods, those of classes too."""
    for name, member in members(kind):
        if isinstance(member, classmethod | staticmethod) or inspect.isfunction(member):
            yield name, getattr(kind, name)


def signature(name: str, function: Callable[..., Any]) -> str:
    """How it is called, a line an argument where it has many."""
    found = inspect.signature(function)
    shown = [shown_parameter(one) for one in found.parameters.values() if one.name not in ("self", "cls")]
    places = kinds(found)
    if inspect.Parameter.KEYWORD_ONLY in places and inspect.Parameter.VAR_POSITIONAL not in places:
        shown.insert(places.index(inspect.Parameter.KEYWORD_ONLY), "*")
    lead = "await " if inspect.iscoroutinefunction(function) else ""
    end = f" -> {type_name(found.return_annotation)}"
    line = f"{lead}{name}({', '.join(shown)}){end}"
    if len(line) > 100:
        line = f"{lead}{name}(\n" + "".join(f"    {one},\n" for one in shown) + f"){end}"
    return f"```\n{line}\n```\n"


def kinds(found: inspect.Signature) -> list[Any]:
    """The kinds of the parameters that are shown."""
    return [one.kind for one in found.parameters.values() if one.name not in ("self", "cls")]


def shown_parameter(one: inspect.Parameter) -> str:
    """A parameter with its type and what it stands at."""
    star = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
    typed = f": {type_name(one.annotation)}" if one.annotation is not one.empty else ""
    stands = "" if one.default is one.empty else f" = {default(one.default)}"
    return f"{star}{one.name}{typed}{stands}"


def default(value: object) -> str:
    """A default as it would be written; what is no plain value is left out."""
    return repr(value) if isinstance(value, str | int | float | bool | tuple | None) else "…"


def type_name(annotation: object) -> str:
    """A type as the source spells it, without the names of modules."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(\w)", r"\1", text).strip("'\"")


def prose(text: str | None) -> str:
    """A docstring as Markdown: code that is set off stays so, and names are marked."""
    parts = re.split(r"\n\n", text or "")
    return "\n\n".join(set_off(part) if part.startswith("    ") else marked(part) for part in parts)


def set_off(part: str) -> str:
    return f"```\n{inspect.cleandoc(part)}\n```"


def marked(part: str) -> str:
    text = " ".join(part.split()).replace("``", "`")
    text = text.removesuffix(":") if text.endswith("::") else text
    return re.sub(r"(?:^|(?<=\.) )Raises\b", "\n\n*Raises*", text).strip()


def main() -> int:
    """Write or check; returns the exit code."""
    return kept({PAGE: tidy(page())}, check=checking(__doc__))


assert Path(dmr.__file__).is_relative_to(ROOT)

if __name__ == "__main__":
    sys.exit(main())
