"""The search for secrets is itself proved: it finds what is planted, wherever, and tells it without its value."""

import gzip
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.canaries import Canaries, memorable
from tests.faults.inner import run_inner

VALUE = "canary-0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.fixture
def canaries() -> Canaries:
    made = Canaries()
    made.learn(VALUE, "a test")
    return made


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Path]:
    """A folder for leaks, gone before the suite's own search."""
    folder = tmp_path / "planted"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.row("PF29")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sandbox-" + "0a1b" * 10, "a secret of a sandbox"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl", "a signed token"),
        ("GET /x.csv?Expires=1&Signature=" + "0a" * 32, "the signature of a link"),
        ("/x.csv?X-Goog-Algorithm=GOOG4&X-Goog-Signature=" + "0a" * 32, "the signature of a link"),
        ("authorization: Bearer " + "Ab0" * 8, "a bearer token"),
        (f"-{VALUE}-", "a Secret made in a test"),
    ],
    ids=["sandbox", "signed-token", "link", "google-link", "bearer", "known-value"],
)
def test_what_is_a_secret_is_found_by_kind(canaries: Canaries, text: str, kind: str) -> None:
    assert canaries.in_text(f"before {text} after") == [kind]
    assert canaries.in_text(f"before {text} after".encode()) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer [secret]",
        'Bearer error="invalid_token"',
        "sandbox-owner@example.org",
        "?Signature=[secret]",
        "canary",
    ],
)
def test_what_is_masked_or_an_ordinary_word_is_no_find(canaries: Canaries, text: str) -> None:
    assert canaries.in_text(text) == []


@pytest.mark.parametrize(("value", "known"), [("x" * 40, False), ("short", False), ("two words of a title" * 2, False)])
def test_only_what_cannot_stand_anywhere_by_chance_is_known_again(value: str, known: bool) -> None:
    assert memorable(value) is known
    assert memorable(VALUE)


@pytest.mark.row("PF29")
def test_files_are_searched_packed_ones_too(canaries: Canaries, planted: Path) -> None:
    (planted / "plain.log").write_text(f"a line with {VALUE} in it")
    (planted / "packed.csv.gz").write_bytes(gzip.compress(VALUE.encode()))
    with zipfile.ZipFile(planted / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("logs/one.log", VALUE * 9)
    (planted / "spoilt.gz").write_bytes(gzip.compress(VALUE.encode())[:20])
    (planted / "clean.csv").write_text("day,views\n2023-07-01,1\n")
    (planted / "state").mkdir()
    (planted / "state" / "sandbox.json").write_text(VALUE)
    found = {path.name: kind for path, kind in canaries.in_files(planted)}
    assert found == dict.fromkeys(["plain.log", "packed.csv.gz", "bundle.zip"], "a Secret made in a test")


LEAKS = {
    "print": "print(secret.reveal())",
    "log": "logging.getLogger('some.library').warning('GET %s', secret.reveal())",
    "argv": "subprocess.run([sys.executable, '-c', '', secret.reveal()])",
    "shell": "subprocess.run('true ' + secret.reveal(), shell=True)",
    "child": "subprocess.run(['cat'], input=value, text=True, capture_output=True)",
    "capsys": "print(secret.reveal()); capsys.readouterr()",
    "file": "(tmp_path / 'own.log').write_text(secret.reveal())",
    "module": "(tmp_path_factory.mktemp('shared') / 'shared.log').write_text(secret.reveal())",
}
"""Ways out, each with a line of Python that takes it."""

HEAD = """
import logging, secrets, subprocess, sys
from dailymotion_reports.redaction import Secret

def test_that_masks():
    print(Secret(secrets.token_hex(20)))
"""

LEAK = """
def test_{way}(tmp_path, tmp_path_factory, capsys):
    value = secrets.token_hex(20)
    secret = Secret(value)
    {line}
"""


@pytest.mark.row("TM6")
@pytest.mark.row("TM7")
@pytest.mark.row("PF29")
@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one-process", "xdist"])
def test_a_leak_by_any_way_fails_the_run_and_is_not_repeated(planted: Path, workers: list[str]) -> None:
    text = HEAD + "".join(LEAK.format(way=way, line=line) for way, line in LEAKS.items())
    done = run_inner(planted, text, *workers)
    assert done.returncode == 1, done.stdout
    for way in set(LEAKS) - {"file", "module"}:
        assert f"ERROR tests/test_inner.py::test_{way}" in done.stdout
    # A find is told where the run fails; some settings of pytest repeat it in the summary.
    assert len(set(re.findall(r"a Secret made in \S+, line \d+ in \S*own.log", done.stdout))) == 1
    assert len(set(re.findall(r"a Secret made in \S+, line \d+ in \S*shared.log", done.stdout))) == 1
    assert not re.search(r"[0-9a-f]{40}", done.stdout), "a find is told without its value"


def test_a_suite_without_leaks_passes(planted: Path) -> None:
    done = run_inner(planted, HEAD, "-k", "masks")
    assert done.returncode == 0, done.stdout
