"""`make pictures`: pictures of a running system with its demo fleet, as the documentation shows them.

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Drawing without a graphics card.
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
START_TIMEOUT_S = 60
# Until the fleet has left where it parked at the start.
DRIVING_S = 45
# Until a map without a graphics card is drawn.
DRAWN_MS = 12_000
MAX_BYTES = 300_000

WIDE = (1120, 700)
WIDER = (1280, 720)
PHONE = (390, 844)


@dataclass(frozen=True, slots=True)
class System:
    """Where it is, and who may log in."""

    url: str
    login: str
    password: str
    admin_login: str
    admin_password: str


def main() -> None:
    """Takes all pictures, in two minutes."""
    PICTURES.mkdir(exist_ok=True)
    with running_system() as system, sync_playwright() as playwright:
        time.sleep(DRIVING_S)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take_page(browser, system, "page-light", size=WIDE, scheme="light")
        take_page(browser, system, "page-dark", size=WIDER, scheme="dark", selected="Car 002")
        take_page(browser, system, "page-phone", size=PHONE, scheme="light")
        take_admin(browser, system)
        take_reference(browser, system)
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
    browser: Browser, system: System, name: str, *, size: tuple[int, int], scheme: Any, selected: str | None = None
) -> None:
    """The page of a dispatcher, who may have selected a vehicle."""
    page = open_page(browser, size, scheme)
    page.goto(system.url)
    page.fill("input[name=login]", system.login)
    page.fill("input[name=password]", system.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("#link[data-state=live]")
    if selected is not None:
        page.locator("#list").get_by_text(selected, exact=True).click()
    page.wait_for_timeout(DRAWN_MS)
    save(page, name)


def take_admin(browser: Browser, system: System) -> None:
    """The list of trackers, as the staff sees it."""
    page = open_page(browser, WIDER, "light")
    page.goto(f"{system.url}/admin/trackers/tracker/")
    page.fill("input[name=username]", system.admin_login)
    page.fill("input[name=password]", system.admin_password)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("#result_list")
    # Or the list is cut at its right; a click would scroll to it.
    page.dispatch_event("#toggle-nav-sidebar", "click")
    save(page, "admin-trackers")


def take_reference(browser: Browser, system: System) -> None:
    """The reference for integrators."""
    page = open_page(browser, WIDE, "light")
    page.goto(f"{system.url}/docs/", wait_until="networkidle")
    save(page, "reference")


def open_page(browser: Browser, size: tuple[int, int], scheme: Any) -> Page:
    width, height = size
    return browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB")


def save(page: Page, name: str) -> None:
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} kB")
    if size > MAX_BYTES:
        raise SystemExit(f"{path.name} has more than {MAX_BYTES // 1000} kB")


if __name__ == "__main__":
    main()
