"""Which words of an answer may be kept: those that a list names, and no others.

What a service says can hold anything: names of people and channels, titles, addresses, figures.  A list of what is
harmless cannot miss any of them, where a list of what is harmful would.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from dailymotion_reports.sandbox.schema import load_schema

UNKNOWN: Final = "…"
"""What stands for whatever is not on the list."""

LONGEST: Final = 300
"""Characters of a sentence that are kept."""

_ALONE = " ()[]{}<>,;!?=\"'`"
_RUN = re.compile(rf"[^\s{re.escape(_ALONE)}]+|.", re.DOTALL)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")
_QUOTED = re.compile(r"(?P<mark>[\"'`])(?P<text>[^\"'`]*)(?P=mark)")
_JOINTS = frozenset("_-.:/$@#+*&%")


@cache
def public_names() -> frozenset[str]:
    """The names of the published schema: types, fields, arguments and the words of enums, also in lower case."""
    found: set[str] = set()
    for name, kind in load_schema("published").type_map.items():
        found.add(name)
        if isinstance(kind, GraphQLEnumType):
            found.update(kind.values)
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType | GraphQLInterfaceType):
            for field, told in kind.fields.items():
                found.update((field, *getattr(told, "args", ())))
    return frozenset(found | {name.lower() for name in found})


@cache
def plain_words() -> frozenset[str]:
    """The words in which services excuse themselves, in lower case, and the numbers that documents name."""
    text = files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def kept(text: str) -> str:
    """``text`` with every word that is not on the list replaced by `UNKNOWN`, and so with whatever it is joined to.

    Between quotation marks nothing stays but a name of the schema or a single word of the list.
    """
    quoted = _QUOTED.sub(_named, re.sub(r"\S+://\S+", UNKNOWN, text[: 2 * LONGEST]))
    masked = "".join(run if run in _ALONE else " " if run.isspace() else _run(run) for run in _RUN.findall(quoted))
    return re.sub(rf"{UNKNOWN}(?: +{UNKNOWN})+", UNKNOWN, " ".join(masked.split()))[:LONGEST]


def kept_name(name: str) -> str:
    """``name`` where it is a name of the schema or made of words of the list, else `UNKNOWN`."""
    return _run(name)


def _named(found: re.Match[str]) -> str:
    return f"{found['mark']}{_run(found['text'])}{found['mark']}"


def _run(text: str) -> str:
    core = text.strip("[]!").rstrip(".:")
    if core in public_names() or core.lower() in plain_words():
        return text
    parts = [part for part in _PART.findall(core) if not set(part) <= _JOINTS]
    return text if all(part.lower() in plain_words() for part in parts) else UNKNOWN
