"""No secret among arguments, and none that could be: what the command takes, and what its processes show."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dailymotion_reports.cli.main import group
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

SECRET = ("secret", "password", "token", "passphrase", "credential", "api-key", "apikey", "bearer")
BY_REFERENCE = ("-file", "--stdin")
"""Endings of options that name where a secret is, or that it comes over stdin."""

NUMBERS = ("integer", "float", "integer range", "float range")


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, with the words that lead there."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


@pytest.mark.row("TM6")
def test_TM6_no_option_of_any_command_takes_a_secret_as_its_value() -> None:
    walked = dict(commands(group))
    assert {"report", "sandbox serve", "catalog explain"} <= set(walked)
    taking = [
        f"dmr {path} {flag}"
        for path, command in walked.items()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.is_flag and parameter.type.name not in NUMBERS
        for flag in parameter.opts
        if any(word in flag.lower() for word in SECRET) and not flag.endswith(BY_REFERENCE)
    ]
    assert taking == []
    arguments = [
        f"dmr {path} {parameter.name}"
        for path, command in walked.items()
        for parameter in command.params
        if isinstance(parameter, click.Argument) and any(word in (parameter.name or "") for word in SECRET)
    ]
    assert arguments == []


@pytest.mark.row("TM6")
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="this system shows no command lines in /proc")
def test_TM6_the_process_list_shows_no_secret_while_a_report_is_made(tmp_path: Path) -> None:
    with Sandbox(report_seconds=0.2) as sandbox, running(sandbox) as info:
        sandbox.service.faults.arm("P3-unknown-status", 1000)
        names = {"DMR_API_KEY": "api_key", "DMR_API_SECRET": "api_secret", "DMR_USERNAME": "username"}
        told = {name: info[key] for name, key in names.items()} | {"DMR_PASSWORD": info["password"]}
        command = [sys.executable, "-m", "dailymotion_reports", "report", "VIEWS", "--from", "2023-07-01"]
        with subprocess.Popen(
            [*command, "--to", "2023-07-01", "--profile", "sandbox", "-o", "x.csv"],
            env=os.environ | told | {"DMR_URL": info["url"]}, cwd=tmp_path,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stderr is not None
            while "waiting" not in process.stderr.readline():
                assert process.poll() is None, "it ended before it waited"
            lines = list(process_list())
            process.kill()
    assert any(b"dailymotion_reports" in line for line in lines), "the command must be among them"
    for secret in (info["api_secret"], info["password"]):
        assert not [line for line in lines if secret.encode() in line]


def process_list() -> Iterator[bytes]:
    """The command lines of all processes that this user may see."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield (entry / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended
