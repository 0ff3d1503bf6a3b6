"""The site of the documentation: every page, by folder, with nothing from elsewhere; and no link that leads nowhere."""

import importlib.util
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.examples.documents import ROOT

import build_site

LOADED = ("script", "img", "iframe", "source", "video", "audio", "embed")
"""What a browser loads by itself, from its ``src``; of links those whose kind is below."""

KINDS = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "prefetch", "modulepreload", "manifest"}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the site is built of, built."""
    if importlib.util.find_spec("zensical") is None:
        if os.environ.get("DMR_TEST_SYSTEM") == "required":
            pytest.fail("needs zensical: make docs")
        pytest.skip("needs zensical, which make docs installs")
    folder = tmp_path_factory.mktemp("site").resolve()
    build_site.stage(folder)
    assert build_site.built(folder) == 0
    return folder


@pytest.fixture(scope="module")
def site(staged: Path) -> Path:
    return staged / "site"


class Resources(HTMLParser):
    """The addresses of what a page makes a browser load."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and KINDS & set((given.get("rel") or "").split()):
            self.found.append(given.get("href") or "")
        if tag in LOADED:
            self.found.append(given.get("src") or "")
        self.found += re.findall(r"url\(\s*['\"]?([^'\")]+)", given.get("style") or "")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.found += addresses_of_styles(data)


def addresses_of_styles(text: str) -> list[str]:
    """What a style sheet makes a browser load, pictures that stand in it apart."""
    named = re.findall(r"""(?:@import\s+(?:url\(\s*)?|url\(\s*)['"]?([^'")\s;]+)""", text)
    return [one for one in named if not one.startswith("data:")]


def outside(addresses: list[str]) -> list[str]:
    return [one for one in addresses if re.match(r"(?:[a-z]+:)?//", one, re.IGNORECASE)]


def test_every_document_is_a_page(site: Path) -> None:
    documents = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert len(documents) > 50
    for path in documents:
        stem = "index" if path.stem == "README" else path.stem
        assert (site / path.parent / f"{stem}.html").is_file(), path


def test_the_navigation_holds_every_page_of_every_folder(staged: Path) -> None:
    named = str(build_site.navigation(staged / "docs"))
    pages = [path.relative_to(staged / "docs").as_posix() for path in (staged / "docs").rglob("*.md")]
    assert [page for page in pages if f"'{page}'" not in named] == []


def test_pages_and_styles_load_nothing_from_elsewhere(site: Path) -> None:
    pages, styles = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert len(pages) > 50
    assert {page: found for page in pages if (found := outside(Resources(page).found))} == {}
    assert {one: found for one in styles if (found := outside(addresses_of_styles(one.read_text("utf-8"))))} == {}


def test_what_would_be_loaded_from_elsewhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<link rel=stylesheet href=https://fonts.example/css><script src='//cdn.example/x.js'></script>"
        "<style>@import url('https://a.example/b.css');</style><a href=https://fine.example>a link is none</a>"
    )
    assert len(outside(Resources(page).found)) == 3


def test_every_link_leads_to_a_file_of_the_site(site: Path) -> None:
    led = {
        (page.relative_to(site).as_posix(), link)
        for page in site.rglob("*.html")
        for link in re.findall(r'<a [^>]*?href="([^"#?]+)', page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|/", link)
        and not ((found := (page.parent / link).resolve()).is_relative_to(site) and found.exists())
    }
    assert led == set()


def test_a_link_or_an_anchor_that_leads_nowhere_fails_the_build(
    staged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[a](nowhere.md), [b](#none)\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: Site\nstrict: true\n", encoding="utf-8")
    assert build_site.built(tmp_path.resolve()) == 1
    told = capsys.readouterr().err
    assert "page does not exist" in told
    assert "anchor does not exist" in told
    assert "Traceback" not in told


def test_what_a_page_is_about_is_its_first_sentence() -> None:
    assert build_site.first_sentence(ROOT / "docs" / "howto" / "keep-datasets.md") == (
        "What you want every morning is not a report but tables that are right."
    )
    assert build_site.title(ROOT / "docs" / "reference" / "catalogue.md") == "Catalogue"
    assert build_site.short("How to get a key") == "Get a key"
