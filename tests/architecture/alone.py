"""Environments that hold the built wheel and little else, and commands that run there as a stranger would run them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")
"""The versions of Python that are promised."""

UV = Path(sys.executable).with_name("uv")


def run(*command: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command as somebody with an empty home would, and see it succeed."""
    kept = {"PATH", "TMPDIR", "LANG", "LC_ALL"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    environment |= {"HOME": str(cwd), "DMR_HOME": str(cwd / "dmr-home"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def installed(folder: Path, wheel: Path, python: Path, extra: str = "") -> Path:
    """A new environment of ``python`` with the wheel and at most one of its extras; returns its folder of programs.

    Versions are those of requirements/dev.txt; what uv has kept is linked, the rest comes from the index.
    """
    _uv("venv", "--python", str(python), str(folder))
    programs = folder / "bin"
    wanted = f"{wheel}[{extra}]" if extra else str(wheel)
    constraints = str(ROOT / "requirements" / "dev.txt")
    _uv("pip", "install", "--python", str(programs / "python"), "--constraint", constraints, wanted)
    return programs


def _uv(*arguments: str) -> None:
    ignored = ("DMR_", "PYTHON", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ignored)}
    command = [str(UV), "--quiet", "--no-config", "--no-python-downloads", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def interpreter(version: str) -> Path | None:
    """A Python of that version on this machine, or None.

    Where DMR_TEST_PYTHONS lists programs, separated as in PATH, only those count; else what is on the PATH, and what
    the usual managers of versions have installed.
    """
    listed = os.environ.get("DMR_TEST_PYTHONS")
    candidates = map(Path, listed.split(os.pathsep)) if listed else _candidates(version)
    return next((path for path in candidates if _version(path) == version), None)


def _candidates(version: str) -> Iterator[Path]:
    if on_path := shutil.which(f"python{version}"):
        yield Path(on_path)
    home = Path.home()
    places: Iterable[tuple[Path, str]] = (
        (home / ".pyenv" / "versions", f"{version}.*"),
        (home / ".local" / "share" / "uv" / "python", f"cpython-{version}.*"),
        (home / ".local" / "share" / "mise" / "installs" / "python", f"{version}*"),
        (home / ".asdf" / "installs" / "python", f"{version}.*"),
    )
    for folder, pattern in places:
        yield from (found / "bin" / "python3" for found in sorted(folder.glob(pattern), reverse=True))


def _version(python: Path) -> str:
    """Major and minor version; empty where the program is none or does not run (the shims of pyenv may not)."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        told = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return told.stdout.strip() if re.fullmatch(r"3\.\d+\n", told.stdout) else ""
