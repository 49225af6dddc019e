"""A real browser, and the published Atmosphere clients in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, Playwright, Route, TimeoutError, expect, sync_playwright

from tests.described import check_message
from tests.patience import PATIENCE_S

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PACKAGES = Path(__file__).resolve().parents[2] / "events" / "frontend" / "node_modules"
PATIENCE_MS = PATIENCE_S * 1000
expect.set_options(timeout=PATIENCE_MS)

# No request to anybody but the server under test, and drawing without a graphics card.
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]

needs_chromium = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"there is no Chromium at {CHROMIUM}")

Result = TypeVar("Result")


class Chromium:
    """A browser that all tests of a process use, one after the other: its start takes longer than most of them.

    Pages have nothing in common, unless a test asks for that.
    """

    def __init__(self) -> None:
        self._playwright: Playwright | None = None

    def new_page(self, **options: Any) -> Page:
        """A page in a context of its own, with these options of a context; `page.context` opens tabs beside it."""
        context = self._browser.new_context(**options)
        context.route("**/world-atlas/*.json", _answer_with_coarse_land)
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()

    @contextmanager
    def own_profile(self, folder: Path) -> Iterator[Page]:
        """A page of a browser that keeps what it is given in a folder, as that of a person does."""
        assert self._playwright is not None
        context = self._playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=FLAGS)
        try:
            yield context.pages[0]
        finally:
            context.close()

    def enter(self) -> None:
        """From now on pages can be used, and Playwright's event loop counts as running in this thread."""
        if self._playwright is None:
            self._playwright = sync_playwright().start()
            self._loop = asyncio.get_running_loop()
            self._browser = self._launch()
            return
        asyncio._set_running_loop(self._loop)
        if not self._browser.is_connected():
            self._browser = self._launch()

    def leave(self) -> None:
        """Closes all pages; no event loop is running in this thread any more."""
        try:
            for context in self._browser.contexts:
                context.close()
        finally:
            asyncio._set_running_loop(None)

    def stop(self) -> None:
        if self._playwright is not None:
            asyncio._set_running_loop(self._loop)
            self._browser.close()
            self._playwright.stop()
            self._playwright = None

    def _launch(self) -> Browser:
        assert self._playwright is not None
        return self._playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def _answer_with_coarse_land(route: Route) -> None:
    """The finest map of all countries costs a page more than everything else that a test does with it."""
    route.fulfill(path=PACKAGES / "world-atlas" / "countries-110m.json")


chromium = Chromium()


@contextmanager
def open_browser() -> Iterator[Chromium]:
    """Chromium, whose pages are there for as long as the block runs."""
    chromium.enter()
    try:
        yield chromium
    finally:
        chromium.leave()


def press_at_top(page: Page, selector: str) -> None:
    """Clicks a button that stands at the top of the page, or on a phone in the menu there."""
    if page.locator("#more-open").is_visible():
        page.click("#more-open")
    page.click(selector)


def elsewhere(function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Calls something of Django's in a thread of its own: in the browser's thread an event loop is running."""

    def run() -> Result:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def show_page(page: Page, url: str, html: str, package_files: dict[str, str]) -> None:
    """Shows a page of the test's own at the server's origin, with files of npm packages beside it.

    The document comes from the server first: Chromium lets no page that did not come from this machine connect to it.
    """
    for name, path in package_files.items():
        page.route(f"{url}/{name}", _answer((PACKAGES / path).read_text()))
    page.goto(f"{url}/healthz")
    page.set_content(html)


def _answer(script: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=script, content_type="text/javascript")


def in_drawn_order(page: Page, selector: str, *words: str) -> list[str]:
    """The words within an element as they stand on the screen, from left to right."""
    lefts: list[float] = page.locator(selector).first.evaluate(FIND_LEFTS, words)
    return [word for _, word in sorted(zip(lefts, words, strict=True))]


FIND_LEFTS = """(element, words) => words.map((word) => {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const start = texts.currentNode.data.indexOf(word);
    if (start < 0) continue;
    const range = document.createRange();
    range.setStart(texts.currentNode, start);
    range.setEnd(texts.currentNode, start + word.length);
    return range.getBoundingClientRect().left;
  }
  throw new Error(`${word} is not in ${element.textContent}`);
})"""


class PageClient:
    """An application in the page that uses an Atmosphere client and keeps what its message callback gets."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.wait_for_function("window.isOpen === true", timeout=PATIENCE_MS)

    def push(self, document: dict[str, Any]) -> None:
        self._page.evaluate("document => window.push(JSON.stringify(document))", document)

    def message(self) -> dict[str, Any]:
        """The next message, which must be a JSON document: a heartbeat or handshake would not be."""
        self._page.wait_for_function("window.received.length > 0", timeout=PATIENCE_MS)
        message = self._page.evaluate("() => JSON.parse(window.received.shift())")
        check_message(message)
        return message

    def messages(self, count: int) -> list[dict[str, Any]]:
        return [self.message() for _ in range(count)]

    def everything(self, count: int) -> list[str]:
        """All texts that the message callback got, once there are so many, or fewer when they do not come."""
        with suppress(TimeoutError):
            self._page.wait_for_function("count => window.received.length >= count", arg=count, timeout=PATIENCE_MS)
        return self._page.evaluate("() => window.received")

    def close(self) -> None:
        self._page.evaluate("window.leave()")
