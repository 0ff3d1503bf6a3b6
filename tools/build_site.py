"""Build the site of the documentation into a folder: every page of docs/, ordered by folder, and those of the root.

A new page needs no entry anywhere: its folder is its section, its first heading its title. A how-to alone is named in
one of the `GROUPS` below. A link or an anchor that leads nowhere fails the build.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pages import ROOT

SITE = ROOT / "site"
SECTIONS = {
    "tutorial": "Tutorial",
    "howto": "How to",
    "reference": "Reference",
    "explanation": "Explanation",
    "decisions": "Decisions",
    "project": "Project",
}
"""The folders in the order in which they are read, and what each is called."""

ABOUT = {
    "tutorial": "From nothing to a table that is filled every day, step by step.",
    "howto": "One task a page, for somebody who knows what they want.",
    "reference": "What there is, complete and dry. These pages are written from the code, and a test compares them.",
    "explanation": "Why it is as it is, and how far it can be relied on.",
    "project": "For those who change it, or want to know what has changed.",
}
GROUPS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "howto": {
        "Begin": ("get-a-key", "accounts", "behind-a-proxy", "use-the-sandbox"),
        "Ask": ("ask-questions", "outputs", "submit-and-collect"),
        "Keep tables": ("keep-datasets", "enrich-with-titles", "query-with-sql"),
        "Destinations": (
            "load-into-duckdb",
            "load-into-postgres",
            "load-into-sqlite",
            "load-into-a-lake",
            "load-with-dlt",
        ),
        "In production": ("run-on-a-schedule", "run-in-an-orchestrator", "watch-it", "share-a-ledger", "upgrade"),
        "Build and get help": ("test-your-pipeline", "get-help"),
    }
}
"""Sections with many pages, and how these are grouped, in the order in which they are read."""

RECIPES = "examples/deploy"
"""Files that pages hand out; the site has them too."""
PROJECT = ("CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")
"""Pages of the root that the site has too."""


def main() -> int:
    """Build, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=SITE)
    into = parser.parse_args().into.absolute()
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder).resolve()
        stage(staged)
        if code := built(staged):
            return code
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(staged / "site", into)
    return 0


def stage(folder: Path) -> None:
    """Lay out in ``folder`` what the site is built of."""
    docs = folder / "docs"
    shutil.copytree(ROOT / "docs", docs)
    shutil.copytree(ROOT / RECIPES, docs / RECIPES, ignore=shutil.ignore_patterns("__pycache__"))
    for page in docs.glob("*/*.md"):
        told = page.read_text(encoding="utf-8").replace(f"](../../{RECIPES}/", f"](../{RECIPES}/")
        page.write_text(told, encoding="utf-8")
    (docs / "project").mkdir()
    for name in PROJECT:
        text = (ROOT / name).read_text(encoding="utf-8")
        (docs / "project" / name.lower()).write_text(moved(text), encoding="utf-8")
    for section, about in ABOUT.items():
        (docs / section / "index.md").write_text("\n".join(contents(docs / section, about)), encoding="utf-8")
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (folder / "mkdocs.yml").write_text(f"{config}nav: {json.dumps(navigation(docs))}\n", encoding="utf-8")


def built(folder: Path) -> int:
    """Have the site built, and return the exit code; its words are shown where it fails."""
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr)
        sys.stderr.write(said.partition("Traceback")[0] or said)
    return done.returncode


def moved(text: str) -> str:
    """A page of the root whose links are those of a page in a folder of docs/."""
    text = re.sub(r"\]\(docs/", "](../", text)
    return re.sub(rf"\]\(({'|'.join(PROJECT)})", lambda found: f"]({found[1].lower()}", text)


def navigation(docs: Path) -> list[Mapping[str, object]]:
    """The home page, the sections with their pages, and the glossary."""
    sections: list[Mapping[str, object]] = [
        {title: list(entries(docs, section))} for section, title in SECTIONS.items()
    ]
    return [{"Home": "index.md"}, *sections[:-1], {"Glossary": "glossary.md"}, sections[-1]]


def entries(docs: Path, section: str) -> Iterator[object]:
    """The first page of a section, which has no title of its own, and then the others."""
    first = "README.md" if (docs / section / "README.md").exists() else "index.md"
    yield f"{section}/{first}"
    for group, found in grouped(docs / section):
        named = [{short(title(page)): f"{section}/{page.name}"} for page in found]
        yield from [{group: named}] if group else named


def contents(folder: Path, about: str) -> Iterator[str]:
    """A page that lists the pages of a section, each with its first sentence."""
    yield f"# {SECTIONS[folder.name]}\n\n{about}\n"
    for group, found in grouped(folder):
        yield from [f"\n## {group}\n"] if group else []
        for page in found:
            yield f"- [{short(title(page))}]({page.name})  \n  {first_sentence(page)}"


def grouped(folder: Path) -> Iterator[tuple[str, Sequence[Path]]]:
    """The pages of a section by its groups; in one without a name where it has none."""
    groups, found = GROUPS.get(folder.name), pages(folder)
    if groups is None:
        yield "", found
        return
    if astray := {page.stem for page in found} ^ {name for names in groups.values() for name in names}:
        raise SystemExit(f"Name each page of {folder.name} in one group of GROUPS: {', '.join(sorted(astray))}.")
    yield from ((group, [folder / f"{name}.md" for name in names]) for group, names in groups.items())


def pages(folder: Path) -> list[Path]:
    """The pages of a section: numbered ones by number, others by title."""
    found = [page for page in folder.glob("*.md") if page.name not in ("index.md", "README.md")]
    return sorted(found, key=lambda page: (page.name[:4] if page.name[:4].isdigit() else "", short(title(page))))


def title(page: Path) -> str:
    """The first heading."""
    found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.M)
    if not found:
        raise SystemExit(f"{page.name} has no heading to be its title.")
    return found[1].strip()


def short(name: str) -> str:
    """A title as the navigation shows it, where its section says already *how to*."""
    bare = re.sub(r"^How to ", "", name)
    return bare[:1].upper() + bare[1:]


def first_sentence(page: Path) -> str:
    """What a page begins with, as far as a reader of a list wants it: one sentence, without links."""
    text = re.split(r"^# .+$", page.read_text(encoding="utf-8"), maxsplit=1, flags=re.M)[1]
    found = next((part for part in text.split("\n\n") if re.match(r"\s*[\w*`]", part)), "")
    bare = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", " ".join(found.split()))
    return re.split(r"(?<=\.)\s", bare)[0].rstrip(":")


if __name__ == "__main__":
    sys.exit(main())
