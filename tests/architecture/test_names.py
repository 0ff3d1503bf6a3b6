"""How the house is kept: rooms with names that say something, short modules, a word on everything public."""

import ast
import inspect
import re
import tokenize
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "dailymotion_reports"
MODULES = sorted(PACKAGE.rglob("*.py"))

NAMELESS = {"utils", "util", "helpers", "helper", "common", "core", "manager", "managers", "misc", "lib"}
BY_STRING = {"destinations/registry.py", "cli/main.py"}
LONGEST = 400

Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


every_module = pytest.mark.parametrize("path", MODULES, ids=relative)


def test_no_folder_and_no_module_has_a_name_that_says_nothing() -> None:
    names = {part for path in MODULES for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert not names & NAMELESS


def test_imports_by_string_stand_in_the_registry_and_the_table_of_commands_only() -> None:
    found = {relative(path) for path in MODULES if imports_by_string(path.read_text(encoding="utf-8"))}
    assert found <= BY_STRING


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\nimportlib.import_module('x')",
        "from importlib import import_module as load\nload('x')",
        "room = __import__('x')",
        "import importlib.util\nimportlib.util.find_spec('x')",
        "import runpy\nrunpy.run_module('x')",
        "import pkgutil\npkgutil.resolve_name('x:y')",
    ],
)
def test_each_way_to_import_by_string_is_seen(source: str) -> None:
    assert imports_by_string(source)


def test_package_data_is_no_import_by_string() -> None:
    assert not imports_by_string("from importlib.resources import files\nfiles('x').joinpath('y').read_text()")


def imports_by_string(source: str) -> bool:
    """Whether a module has in hand what imports a module by its name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in {"__import__", "import_module", "find_spec", "run_module", "resolve_name"}:
                return True
        if isinstance(node, ast.ImportFrom) and node.module in {"importlib", "importlib.util", "runpy", "pkgutil"}:
            return bool({alias.name for alias in node.names} - {"resources", "metadata"})
    return False


@every_module
def test_a_module_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@every_module
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@every_module
def test_whatever_is_public_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [name for name, node in public(tree) if not ast.get_docstring(node) and not inherited(path, name)]
    assert not silent


def public(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, Documented]]:
    """Public functions, classes and methods, not those within functions; with their dotted names."""
    for child in node.body:
        # A test that ships says by its name what it claims.
        named = child.name.startswith(("_", "test_")) if isinstance(child, Documented) else True
        if isinstance(child, Documented) and not named and not only_declares(child):
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{prefix}{child.name}.")


def only_declares(node: Documented) -> bool:
    """Whether it is one spelling of an overload, or an attribute of a protocol, and so is described elsewhere."""
    decorators = {decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)}
    return "overload" in decorators or (
        "property" in decorators and [ast.unparse(line) for line in node.body] == ["..."]
    )


def inherited(path: Path, name: str) -> bool:
    """Whether a method without words of its own overrides one that has them."""
    owner, _, method = name.rpartition(".")
    if not owner:
        return False
    kind: object = import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))
    for part in owner.split("."):
        kind = getattr(kind, part)
    assert isinstance(kind, type)
    return any(inspect.getdoc(vars(base).get(method)) for base in kind.__mro__[1:] if method in vars(base))


def comments() -> Iterator[tuple[str, str]]:
    """Every comment of our Python files, with its file."""
    for folder in ("src", "tests", "benchmarks", "examples"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            with tokenize.open(path) as file:
                for token in tokenize.generate_tokens(file.readline):
                    if token.type == tokenize.COMMENT:
                        yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string


def test_nothing_is_silenced_without_saying_what() -> None:
    wholesale = re.compile(r"#\s*noqa(?!:\s*[A-Z]+[0-9]+)|#\s*type:\s*ignore(?!\[[a-z-]+)|#\s*ruff:\s*noqa")
    assert [place for place, comment in comments() if wholesale.match(comment)] == []
