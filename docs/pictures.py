"""`make pictures`: pictures of a running system with its demo fleet, as the documentation shows them, and of every view
of the page in daylight, dark, on a phone and from right to left, for whoever changes the page to look at (`views/`).

Starts what `make run` starts, at a free port and in a folder that goes away with it, and looks at it in Chromium.
`CHROMIUM` says where that is, if not at /usr/bin/chromium.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
# Of every view; they are not part of the documentation.
VIEWS = PICTURES / "views"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Drawing without a graphics card.
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
START_TIMEOUT_S = 150
# Until the fleet has left where it parked at the start.
DRIVING_S = 45
# Until a map without a graphics card is drawn.
DRAWN_MS = 12_000
# Until a panel has read what it shows, and is drawn.
SHOWN_MS = 2_500
MAX_BYTES = 500_000

Size = tuple[int, int]

WIDE = (1120, 700)
WIDER = (1280, 720)
PHONE = (390, 844)
SMALL_PHONE = (360, 640)


@dataclass(frozen=True, slots=True)
class System:
    """Where it is, and who may log in."""

    url: str
    login: str
    password: str
    admin_login: str
    admin_password: str


@dataclass(frozen=True, slots=True)
class Look:
    """How the page is looked at: pixels, `light` or `dark`, and the browser's language."""

    size: Size
    scheme: Any
    locale: str = "en-GB"


LOOKS = {
    "light": Look(WIDER, "light"),
    "dark": Look(WIDER, "dark"),
    "phone": Look(SMALL_PHONE, "light"),
    "arabic": Look(WIDER, "light", "ar"),
    "arabic-phone": Look(SMALL_PHONE, "dark", "ar"),
}


def press(*selectors: str) -> Callable[[Page], None]:
    """Shows a view by clicks on these, one after the other."""

    def click_all(page: Page) -> None:
        for selector in selectors:
            if page.locator("#more-open").is_visible() and page.locator(f"#more {selector}").count():
                page.click("#more-open")
            page.locator(selector).first.click()

    return click_all


VEHICLE = "#list .row:visible"
PAGE_VIEWS: Mapping[str, Callable[[Page], None]] = {
    "list": press(),
    "card": press(VEHICLE),
    "history": press(VEHICLE, "#history > summary"),
    "share": press(VEHICLE, "#sharing > summary"),
    "zones": press("#zones-open"),
    "rules": press("#rules-open"),
    "reports": press("#reports-open"),
    "alerts": press("#alerts-open"),
    "vehicles": press("#setup-open", "[data-shows=vehicles]"),
    "add": press("#setup-open", "[data-shows=vehicles]", "[data-does=add]"),
    "groups": press("#setup-open", "[data-shows=groups]"),
    "people": press("#setup-open", "[data-shows=people]"),
    "settings": press("#setup-open", "[data-shows=settings]"),
}
"""What is shown by what; each begins with a page on which nothing is open."""


def main() -> None:
    """Takes all pictures, in six minutes."""
    VIEWS.mkdir(parents=True, exist_ok=True)
    with running_system() as system, sync_playwright() as playwright:
        time.sleep(DRIVING_S)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take_page(browser, system, "page-light", size=WIDE, scheme="light")
        take_page(browser, system, "page-dark", size=WIDER, scheme="dark", selected="Car 002")
        take_page(browser, system, "page-phone", size=PHONE, scheme="light")
        take_admin(browser, system)
        take_reference(browser, system)
        for name, look in LOOKS.items():
            take_views(browser, system, name, look)
        browser.close()


@contextmanager
def running_system() -> Iterator[System]:
    """What `make run` starts, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="fleetsphere-") as folder:
        environment = {**os.environ, "DATA_DIR": folder, "PORT": str(free_port())}
        process = subprocess.Popen([sys.executable, "-m", "config.supervisor"], cwd=ROOT, env=environment)
        try:
            yield read_logins(Path(folder) / "demo.json", process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def read_logins(demo_file: Path, process: subprocess.Popen[bytes]) -> System:
    """What the system tells when it is ready."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not demo_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the system did not start; the lines above may say why")
        time.sleep(0.1)
    told = json.loads(demo_file.read_text())
    return System(**{name: told[name] for name in System.__slots__})


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def take_page(
    browser: Browser, system: System, name: str, *, size: Size, scheme: Any, selected: str | None = None
) -> None:
    """The page of a dispatcher, who may have selected a vehicle."""
    page = open_page(browser, Look(size, scheme))
    log_in(page, system)
    if selected is not None:
        page.locator("#list").get_by_text(selected, exact=True).click()
    page.wait_for_timeout(DRAWN_MS)
    save(page, PICTURES / name)
    page.close()


def take_views(browser: Browser, system: System, look_name: str, look: Look) -> None:
    """Every view of the page in one look; the first is of the login."""
    page = open_page(browser, look)
    page.goto(system.url)
    page.wait_for_selector("#login[open]")
    save(page, VIEWS / f"login-{look_name}")
    log_in(page, system)
    page.wait_for_timeout(DRAWN_MS)
    for view, show in PAGE_VIEWS.items():
        show(page)
        page.wait_for_timeout(SHOWN_MS)
        save(page, VIEWS / f"{view}-{look_name}")
        while page.locator(".panel:visible, #detail:visible").count():
            page.keyboard.press("Escape")
    page.close()


def log_in(page: Page, system: System) -> None:
    page.goto(system.url)
    page.fill("input[name=login]", system.login)
    page.fill("input[name=password]", system.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("#link[data-state=live]")


def take_admin(browser: Browser, system: System) -> None:
    """The list of trackers, as the staff sees it."""
    page = open_page(browser, Look(WIDER, "light"))
    page.goto(f"{system.url}/admin/trackers/tracker/")
    page.fill("input[name=username]", system.admin_login)
    page.fill("input[name=password]", system.admin_password)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("#result_list")
    # Or the list is cut at its right; a click would scroll to it.
    page.dispatch_event("#toggle-nav-sidebar", "click")
    save(page, PICTURES / "admin-trackers")


def take_reference(browser: Browser, system: System) -> None:
    """The reference for integrators."""
    page = open_page(browser, Look(WIDE, "light"))
    page.goto(f"{system.url}/docs/", wait_until="networkidle")
    save(page, PICTURES / "reference")


def open_page(browser: Browser, look: Look) -> Page:
    width, height = look.size
    return browser.new_page(viewport={"width": width, "height": height}, color_scheme=look.scheme, locale=look.locale)


def save(page: Page, picture: Path) -> None:
    """Raises `SystemExit` for one of the documentation that is larger than its readers should have to load."""
    path = picture.with_name(f"{picture.name}.png")
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} kB")
    if path.parent == PICTURES and size > MAX_BYTES:
        raise SystemExit(f"{path.name} has more than {MAX_BYTES // 1000} kB")


if __name__ == "__main__":
    main()
