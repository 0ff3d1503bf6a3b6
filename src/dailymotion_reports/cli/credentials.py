"""Credentials for ``dmr auth login``: asked at a terminal, else from ``DMR_*``, or one JSON object on stdin."""

import difflib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import click

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import KINDS, Settings

FIELDS: Final = ("kind", "api_key", "api_secret", "username", "password", "scopes", "url", "ca_file")
"""Keys of the JSON object."""

SECRETS: Final = ("api_secret", "password")
STDIN: Final = "the object on stdin"
ANSWERS: Final = "the answers given"
"""Where a value comes from, as messages call it."""

_LONGEST: Final = 100_000
_WORDS: Final = {
    "api_key": "API key",
    "api_secret": "API secret",
    "username": "User name (the channel owner's e-mail)",
    "password": "Password",
}


def from_stdin() -> dict[str, Any]:
    """The JSON object on stdin, with secrets as ``Secret`` and scopes as a tuple.

    Raises InvalidSettings with everything that is wrong with it; no value is ever repeated.
    """
    try:
        given = json.loads(sys.stdin.buffer.read(_LONGEST)) if sys.stdin else None
    except (ValueError, RecursionError, OSError):
        given = None
    if not isinstance(given, dict):
        raise InvalidSettings(
            "What came on stdin is not one JSON object.",
            where="--stdin",
            hint='For example: {"api_key": "…", "api_secret": "…"}',
            next="dmr auth login --help",
        )
    problems = [problem for key, value in given.items() if (problem := _problem(key, value))]
    if problems:
        raise InvalidSettings(*problems, where="--stdin", hint="Nothing was sent.", next="dmr auth login --help")
    return {key: _value(key, value) for key, value in given.items()}


def _problem(key: str, value: object) -> str:
    if key not in FIELDS:
        meant = difflib.get_close_matches(key, FIELDS, 1, 0.6)
        return f"There is no {key!r:.60} in a sign-in. " + (
            f"Did you mean {meant[0]}?" if meant else f"There is {', '.join(FIELDS)}."
        )
    if key == "scopes" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ""
    if not isinstance(value, str):
        return f"{key} must be a text."
    if not value.strip():
        return f"{key} is empty."
    if key == "kind" and value not in KINDS:
        return f"kind must be {', '.join(KINDS[:-1])} or {KINDS[-1]}."
    return ""


def _value(key: str, value: Any) -> Any:
    if key in SECRETS:
        return Secret(value)
    if key == "scopes":
        return tuple(value.replace(",", " ").split() if isinstance(value, str) else value)
    return value


def from_settings(known: Settings) -> dict[str, Any]:
    """What environment and configuration say already."""
    return {key: value for key in FIELDS if (value := getattr(known, key))}


def asked(found: Mapping[str, Any], kind: str, *, anew: bool) -> dict[str, Any]:
    """What is still missing, asked at the terminal; secrets are not echoed.

    With ``anew`` secrets are asked for even where one is kept.
    """
    needed = ["api_key", "api_secret", *(("username", "password") if kind == "public" else ())]
    answers: dict[str, Any] = {}
    for key in needed:
        if key in SECRETS and (anew or not found.get(key)):
            answers[key] = Secret(_answer(_WORDS[key], hidden=True))
        elif key not in SECRETS and not found.get(key):
            answers[key] = _answer(_WORDS[key])
    return answers


def _answer(question: str, *, hidden: bool = False) -> str:
    """What a person answers; who answers nothing is told so and asked again, and Ctrl-C ends it."""
    while True:
        with _own_line(hidden):
            answer: str = click.prompt(question, default="", show_default=False, hide_input=hidden, err=True)
        if answer.strip():
            return answer if hidden else answer.strip()
        click.echo("Nothing was given; Ctrl-C ends the sign-in.", err=True)


@contextmanager
def _own_line(hidden: bool = False) -> Iterator[None]:
    """Whatever is said after an interrupted question has a line of its own."""
    try:
        yield
    except click.Abort:
        if not hidden:  # click ends the line of a hidden answer itself
            click.echo(err=True)
        raise


def asked_kind() -> str:
    """The kind of key, asked at the terminal."""
    click.echo(
        "A private key comes from an organization; a public key goes with the channel owner's account.", err=True
    )
    with _own_line():
        answer: str = click.prompt("Kind of key", type=click.Choice(KINDS), default="private", err=True)
    return answer


def at_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")
