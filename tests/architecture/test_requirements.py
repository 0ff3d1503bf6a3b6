"""What we ask of a package index: pinned, hashed, and from whichever index the machine is set to."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NAMES = [
    *("airflow", "base", "bootstrap", "browser", "dagster", "dev", "docs", "prefect", "release", "spark"),
]
LOCKED = sorted((ROOT / "requirements").glob("*.txt"))
READ_BY_INSTALLERS = [
    *LOCKED,
    *sorted((ROOT / "requirements").glob("*.in")),
    ROOT / "pyproject.toml",
    ROOT / "Makefile",
    *sorted((ROOT / ".ci").iterdir()),
]
ADDRESSES = re.compile(
    r"""(?<!no-emit-)index-url | find-links | trusted-host | (?<![\w-])(?:-i|-f)\s+\S*// | tool\.uv\.index
    | (?:PIP|UV)_\w*(?:INDEX|FIND_LINKS|TRUSTED)\w* | /simple\b | /packages/""",
    re.IGNORECASE | re.VERBOSE,
)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def requirements(path: Path) -> Iterator[tuple[Requirement, int, str]]:
    """Each requirement of a locked file, how many hashes it has, and who wants it."""
    text = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8"))
    for entry in re.findall(r"^(\S.*)\n((?: +#.*\n?)*)", text, flags=re.MULTILINE):
        line, comment = entry
        yield Requirement(re.sub(r"\s--hash=\S+", "", line)), line.count("--hash=sha256:"), comment


def wanted() -> dict[str, Requirement]:
    """What pyproject.toml depends on, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in project["dependencies"]}


@pytest.mark.parametrize("path", READ_BY_INSTALLERS, ids=relative)
def test_no_file_that_an_installer_reads_names_an_index(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if ADDRESSES.search(line)] == []


@pytest.mark.parametrize("path", [*LOCKED, ROOT / "Makefile"], ids=relative)
def test_locked_files_and_the_makefile_hold_no_address_at_all(path: Path) -> None:
    assert "://" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "-" + "-index-url address",
        "-i https://example.org/",
        "-" + "-extra-index-url=address",
        "--find-links ../wheels",
        "export PIP_INDEX_URL = x",
        "UV_DEFAULT_INDEX=x",
        "[[tool.uv.index]]",
        "# from files.example.org" + "/packages/x",
    ],
)
def test_an_index_would_be_seen(line: str) -> None:
    assert ADDRESSES.search(line)


def test_asking_for_no_index_in_what_is_written_is_no_index() -> None:
    assert not ADDRESSES.search("LOCK := --universal --generate-hashes --no-emit-index-url --no-header")


def test_the_locked_files_are_there() -> None:
    assert [path.name for path in LOCKED] == [f"{name}.txt" for name in NAMES]


@pytest.mark.parametrize("path", LOCKED, ids=relative)
def test_every_requirement_is_pinned_and_hashed(path: Path) -> None:
    found = list(requirements(path))
    assert found
    for requirement, hashes, _ in found:
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), requirement
        assert hashes, requirement


def test_every_installation_asks_for_hashes() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    lines = [line for line in recipe if re.search(r"\binstall\b.*-r ", line)]
    assert lines
    assert [line for line in lines if "--require-hashes" not in line] == []


def test_the_base_covers_exactly_what_the_project_depends_on() -> None:
    locked = {
        canonicalize_name(requirement.name): requirement
        for requirement, _, comment in requirements(ROOT / "requirements" / "base.txt")
        if "dailymotion-reports (pyproject.toml)" in comment
    }
    assert locked.keys() == wanted().keys()
    for name, requirement in locked.items():
        (pin,) = requirement.specifier
        assert wanted()[name].specifier.contains(pin.version), f"{requirement} is not {wanted()[name]}"


def test_nothing_stands_in_the_base_that_nobody_wants() -> None:
    for requirement, _, comment in requirements(ROOT / "requirements" / "base.txt"):
        assert "# via" in comment, requirement


def test_development_runs_on_the_very_versions_of_the_base() -> None:
    folder = ROOT / "requirements"
    base = {requirement.name: requirement.specifier for requirement, _, _ in requirements(folder / "base.txt")}
    dev = {requirement.name: requirement.specifier for requirement, _, _ in requirements(folder / "dev.txt")}
    assert {name: dev.get(name) for name in base} == base
