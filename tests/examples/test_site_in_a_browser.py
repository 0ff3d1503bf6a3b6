"""The site in a real browser: nothing is asked of anybody else, nothing overflows, search finds, from the disk too."""

import contextlib
import functools
import http.server
import importlib.util
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.programs import located

import build_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.thorough, pytest.mark.system("chromium")]

PAGES = (
    "index.html",
    "tutorial/first-table.html",
    "howto/index.html",
    "howto/keep-datasets.html",
    "reference/command.html",
    "reference/library.html",
    "reference/catalogue.html",
    "explanation/durability.html",
    "decisions/index.html",
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the site, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    absent = [name for name in ("zensical", "playwright") if importlib.util.find_spec(name) is None]
    if absent and os.environ.get("DMR_TEST_SYSTEM") == "required":
        pytest.fail(f"needs {', '.join(absent)}: make browser")
    if absent:
        pytest.skip(f"needs {', '.join(absent)}, which make browser installs")
    folder = tmp_path_factory.mktemp("site").resolve()
    build_site.stage(folder)
    assert build_site.built(folder) == 0
    return folder / "site"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(site: Path) -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=located("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def asked(browser: "Browser") -> "Iterator[tuple[Page, list[str]]]":
    """A page, and what it asks for and complains of."""
    page = browser.new_page()
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url))
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    yield page, told
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "default"), (390, "slate")])
def test_pages_ask_nobody_else_and_fit_wide_and_narrow(
    asked: "tuple[Page, list[str]]", address: str, width: int, scheme: str
) -> None:
    page, told = asked
    page.emulate_media(color_scheme="dark" if scheme == "slate" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    for name in PAGES:
        page.goto(address + name, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("document.body.dataset.mdColorScheme") == scheme
    assert [one for one in told if not one.startswith((address, "data:", "blob:"))] == []


def test_a_wide_table_scrolls_in_a_box_of_its_own(asked: "tuple[Page, list[str]]", address: str) -> None:
    page, _ = asked
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(address + "reference/catalogue.html")
    page.wait_for_selector(".md-typeset__scrollwrap")
    box = page.evaluate("(b => [b.clientWidth, b.scrollWidth])(document.querySelector('.md-typeset__scrollwrap'))")
    assert box[0] <= 390 < box[1]


def _opened_search(page: "Page") -> "Locator":
    """The field of the search; the key is pressed again where the page's own script did not listen yet."""
    from playwright.sync_api import TimeoutError as NotYet

    field = page.get_by_placeholder("Search").last
    for _ in range(20):
        page.keyboard.press("Control+k")
        with contextlib.suppress(NotYet):
            field.wait_for(timeout=3000)
            break
    return field


@pytest.mark.parametrize("way", ["served", "from the disk"])
def test_search_finds_without_anybody_else(asked: "tuple[Page, list[str]]", site: Path, address: str, way: str) -> None:
    page, told = asked
    root = address if way == "served" else f"{site.as_uri()}/"
    page.goto(root + "howto/outputs.html", wait_until="networkidle")
    _opened_search(page).fill("provisional")
    page.get_by_text("What a table holds").last.wait_for()
    assert [one for one in told if not one.startswith((root, "data:", "blob:"))] == []


def test_of_a_session_in_a_terminal_the_commands_are_copied(browser: "Browser", address: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address + "howto/load-into-duckdb.html")
    block = page.locator(".highlight", has_text="rm my.duckdb")
    block.locator("button[data-md-type=copy]").click()
    lines = str(page.evaluate("navigator.clipboard.readText()")).split()
    assert lines[:2] == ["rm", "my.duckdb"]
    assert "$" not in lines
    assert "[4,4]" not in lines
    context.close()
