"""The built wheel, alone: it holds what it needs, asks for what it imports, and runs without the sources beside it."""

import json
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from tests.architecture.alone import ROOT, run

PACKAGE = ROOT / "src" / "dailymotion_reports"

# One worker is to build for all of them (pytest 9.2 with xdist 3.8 ignores groups: then each worker builds its own).
pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that has the wheel, and of other packages only what base.txt lists.

    Those are linked from the environment that runs the tests, so that nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("alone") / "venv"
    venv.create(folder, symlinks=True)
    variables = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", scheme="venv", vars=variables))
    for source in needed():
        (site / source.name).symlink_to(source)
    bin_folder = Path(sysconfig.get_path("scripts", scheme="venv", vars=variables))
    python = str(bin_folder / "python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", str(wheel), cwd=folder)
    return bin_folder


def needed() -> Iterator[Path]:
    """The files and folders, as installed here, of all that base.txt lists for this machine."""
    here = Path(sysconfig.get_path("purelib"))
    for line in (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith((" ", "#")):
            continue
        requirement = Requirement(line.rstrip("\\ "))
        try:
            files = distribution(requirement.name).files or []
        except PackageNotFoundError:
            assert requirement.marker, requirement
            continue
        for name in sorted({file.parts[0] for file in files} - {"..", "__pycache__"}):
            yield here / name


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    held = {PurePosixPath(name) for name in zipfile.ZipFile(wheel).namelist()}
    ours = {PurePosixPath(path.relative_to(PACKAGE.parent)) for path in PACKAGE.rglob("*") if path.is_file()}
    ours = {path for path in ours if "__pycache__" not in path.parts}
    assert {path for path in held if not path.parts[0].endswith(".dist-info")} == ours


@pytest.mark.parametrize(
    "name", ["py.typed", "query/catalog.toml", "sandbox/schema.graphql", "sandbox/world.sql", "sandbox/events.sql"]
)
def test_the_wheel_holds_the_data_beside_the_modules(wheel: Path, name: str) -> None:
    assert f"dailymotion_reports/{name}" in zipfile.ZipFile(wheel).namelist()


def test_the_wheel_holds_the_licence_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "test_" in name or name.startswith(("tests/", "benchmarks/", "examples/"))]


def test_the_wheel_alone_can_be_imported(scripts: Path, tmp_path: Path) -> None:
    code = "import dailymotion_reports as dmr; print(dmr.__file__, *(getattr(dmr, name) for name in dmr.__all__))"
    printed = run(str(scripts / "python"), "-I", "-c", code, cwd=tmp_path).stdout
    assert Path(printed.split()[0]).is_relative_to(scripts.parent)


@pytest.mark.parametrize(
    "absent", ["dlt", "hypothesis", "opentelemetry", "pandas", "polars", "pyarrow", "pytest", "requests", "numpy"]
)
def test_nothing_but_the_base_is_beside_the_wheel(scripts: Path, tmp_path: Path, absent: str) -> None:
    code = f"import importlib.util; assert importlib.util.find_spec({absent!r}) is None"
    run(str(scripts / "python"), "-I", "-c", code, cwd=tmp_path)


def test_every_module_but_those_of_an_extra_can_be_imported_with_the_base_alone(scripts: Path, tmp_path: Path) -> None:
    # The command runs when it is imported; the others need an extra and are loaded on first use.
    alone = (
        "__main__",
        "testing.fixtures",
        "jobs.postgres_server",
        "jobs.postgres_store",
        "destinations.delta_table",
        "destinations.delta_parts",
    )
    dlt = ("_checks", "_columns", "_source")
    postgres = ("", "_address", "_copy", "_rights", "_server", "_table")
    in_parts = *(f"destinations.postgres{part}" for part in postgres), *(f"integrations.dlt{part}" for part in dlt)
    rooms = (*alone, *in_parts, "integrations.airflow", "integrations.opentelemetry")
    apart = tuple(f"dailymotion_reports.{room}" for room in rooms)
    code = (
        "import importlib, pkgutil, dailymotion_reports as dmr\n"
        "for module in pkgutil.walk_packages(dmr.__path__, 'dailymotion_reports.'):\n"
        f"    module.name in {apart} or importlib.import_module(module.name)\n"
    )
    run(str(scripts / "python"), "-I", "-c", code, cwd=tmp_path)


def test_the_command_of_the_wheel_helps(scripts: Path, tmp_path: Path) -> None:
    printed = run(str(scripts / "dmr"), "--help", cwd=tmp_path).stdout
    assert "dmr demo" in printed


def test_the_command_of_the_wheel_makes_a_report_from_the_sandbox(scripts: Path, tmp_path: Path) -> None:
    printed = run(str(scripts / "dmr"), "demo", "--dir", str(tmp_path / "demo"), "--json", cwd=tmp_path).stdout
    assert json.loads(printed)["ok"] is True
    assert (tmp_path / "demo" / "demo.duckdb").stat().st_size
    header, *rows = (tmp_path / "demo" / "report.csv").read_text(encoding="utf-8").splitlines()
    assert header
    assert rows


def test_the_test_kit_of_the_wheel_works_where_pytest_is_beside_it(scripts: Path, tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()
    for name in ("pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments"):
        (beside / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
    (tmp_path / "test_theirs.py").write_text(
        "def test_it(workspace, sandbox):\n"
        "    sandbox.arm('P5-bad-gateway')\n"
        "    sandbox.check(workspace.report('views', 'day', start='2023-07-01', end='2023-07-04'))\n"
    )
    options = ["-q", "-p", "dailymotion_reports.testing", "-p", "no:cacheprovider", "test_theirs.py"]
    code = f"import sys; sys.path.append({str(beside)!r}); import pytest; sys.exit(pytest.main({options}))"
    assert "1 passed" in run(str(scripts / "python"), "-I", "-c", code, cwd=tmp_path).stdout
