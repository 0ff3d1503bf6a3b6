"""Every command in README and docs runs, and prints what the document shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.documents import ROOT, Block, blocks, documents, masked

ALL = [block for path in documents() for block in blocks(path)]
CONSOLE = [block for block in ALL if block.kind == "console"]
FILES = [block for block in ALL if block.file]
PROGRAMS = [block for block in ALL if block.kind == "python" and not block.file]
REWRITE = os.environ.get("DMR_REWRITE_DOCUMENTS") == "1"


def run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """What a command prints, stdout and stderr as a reader sees them, progress lines apart."""
    done = subprocess.run(
        command,
        env=environment | {"DMR_HOME": str(folder / "home"), "HOME": str(folder)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.stdout


def reading(block: Block, environment: dict[str, str]) -> dict[str, str]:
    """The environment in which a reader has come to a block: with the sandbox that was started, or without."""
    if block.remark != "no sandbox":
        return environment
    return {name: value for name, value in environment.items() if not name.startswith("DMR_")}


def page(path: Path) -> object:
    """A page as a parameter: the README's commands are run always, those of the others by whoever takes the time."""
    name = str(path.relative_to(ROOT))
    return pytest.param(path, id=name, marks=[] if name == "README.md" else [pytest.mark.thorough])


@pytest.mark.system("curl", "jq")
@pytest.mark.parametrize("path", [page(path) for path in sorted({block.path for block in CONSOLE})])
def test_commands_print_what_the_document_shows(path: Path, reader: dict[str, str], tmp_path: Path) -> None:
    """The blocks of one document run one after the other in one folder, beside the files that the document shows."""
    for file in (block for block in FILES if block.path == path):
        (tmp_path / file.file).write_text(file.text, encoding="utf-8")
    for block in (block for block in CONSOLE if block.path == path):
        shown, printed = "", ""
        for command, output in block.exchanges():
            shown += f"$ {command}\n{output}"
            printed += f"$ {command}\n{run(['bash', '-c', command], reading(block, reader), tmp_path)}"
        if REWRITE and masked(printed) != masked(shown):
            path.write_text(path.read_text(encoding="utf-8").replace(block.text, printed), encoding="utf-8")
            continue
        assert block.compared(printed) == block.compared(shown), str(block)


@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_programs_in_documents_run(block: Block, reader: dict[str, str], tmp_path: Path) -> None:
    assert not block.not_run
    assert run(["python", "-W", "error", "-c", block.text], reader, tmp_path) == ""
    assert list(tmp_path.glob("*.csv"))


def test_files_stand_in_documents_whose_commands_use_them() -> None:
    assert {block.path for block in FILES} <= {block.path for block in CONSOLE}
    for file in FILES:
        commands = " ".join(command for block in CONSOLE if block.path == file.path for command, _ in block.exchanges())
        assert "pytest" in commands or file.file == "dmr.toml" or file.file in commands, file


@pytest.mark.parametrize(
    "tool",
    [
        "write_catalogue.py",
        "write_command.py",
        "write_configuration.py",
        "write_errors.py",
        "write_fidelity.py",
        "write_jobs.py",
        "write_library.py",
        "write_sandbox.py",
        "write_schema.py",
    ],
)
def test_a_page_that_is_written_from_the_source_is_what_would_be_written(tool: str) -> None:
    command = [sys.executable, str(ROOT / "tools" / tool), "--check"]
    assert subprocess.run(command, capture_output=True, text=True).stderr == ""


def test_what_is_not_run_says_why() -> None:
    silent = [str(block) for block in ALL if block.kind in ("sh", "bash") and not block.not_run]
    assert silent == []


def test_blocks_are_of_a_kind_that_is_known() -> None:
    assert {block.kind for block in ALL} <= {"", "sh", "console", "python", "toml"}
    assert all(block.file for block in ALL if block.kind == "toml")


def test_links_between_documents_lead_somewhere() -> None:
    for path in documents():
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.relative_to(ROOT)} links to {target}"
