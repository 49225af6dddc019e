"""How much of a browser's main thread does the monitoring page take while a large fleet moves?

Usage: python benchmarks/page.py [--before CHECKOUT] [--trackers N] [--rate N] [--seconds S] [--view ZOOM/LAT/LNG]

What a graphics card would do for nothing is left out: drawing the map, and, while letters are typed, putting its
picture under the rest of the page. An empty wait for a frame is measured beside the letters: so much of them is no
search.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.processes import ROOT, Worker, daphne, listening, running, working  # noqa: E402
from benchmarks.support.product import LOGIN, PASSWORD, Place, prepared, product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# Text and boxes are drawn by the processor: a card that is emulated takes longer for them than either.
FLAGS += ["--js-flags=--expose-gc", "--disable-gpu-rasterization"]
TYPED = "van 1234"
WIDE: ViewportSize = {"width": 1440, "height": 900}
# Until what is done once at the start is done.
SETTLE_S = 5.0
# Of a longer look the trace would be gigabytes: after that the heap alone is looked at, once a minute.
TRACED_S = 60.0
PATIENCE_MS = 120_000

# What a graphics card would do for nothing is not done at all; what the page does to ask for it is.
STUB = """
for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"])
  for (const kind of [WebGLRenderingContext, WebGL2RenderingContext])
    if (name in kind.prototype) kind.prototype[name] = () => {};
window.frames_ = 0;
requestAnimationFrame(function count() { window.frames_ += 1; requestAnimationFrame(count); });
"""
HAVE_ALL = "(count) => fleetsphere.states().filter(({ lat }) => lat !== null).length === count"
# Of a large fleet those are followed that are on the map.
HAVE_SOME = """(count) => {
  if (fleetsphere.link !== "live") return false;
  const states = fleetsphere.states();
  return states.length === count && states.some(({ lat }) => lat !== null);
}"""
# Without a graphics card each frame copies the picture of the map for tens of milliseconds, though nothing is drawn.
UNDRAWN = "() => document.querySelectorAll('canvas').forEach(({ style }) => (style.visibility = 'hidden'))"
# One letter more, until the frame after it is drawn; without a text a frame is waited for, and nothing typed.
TYPE = """async (text) => {
  const field = document.getElementById("search");
  const start = performance.now();
  if (text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}"""
TASK = "ThreadControllerImpl::RunTask"
LONG_MS = 50


@dataclass(frozen=True, slots=True)
class Bout:
    """What was measured of one checkout's page."""

    name: str
    ready_s: float
    thread_ms: float
    tasks_ms: list[float]
    """CPU time of each task of the main thread."""
    frames: float
    letters_ms: list[tuple[float, float]]
    """Until each letter's frame, and the main thread's CPU time until then."""
    empty_ms: list[tuple[float, float]]
    """The same where no letter was typed."""
    heaps_mb: list[float]
    """When watching begins, after each minute but the first, and at the end."""
    sent: float

    def cells(self) -> list[str]:
        shown, work = (sorted(times) for times in zip(*self.letters_ms, strict=True))
        empty = sorted(time for time, _ in self.empty_ms)
        return [
            self.name,
            f"{self.ready_s:.1f}",
            f"{self.thread_ms:.0f}",
            f"{sum(task > LONG_MS for task in self.tasks_ms)}, {max(self.tasks_ms, default=0):.0f}",
            f"{self.frames:.0f}",
            f"{shown[len(shown) // 2]:.0f}, {shown[-1]:.0f}",
            f"{empty[len(empty) // 2]:.0f}, {empty[-1]:.0f}",
            f"{work[len(work) // 2]:.0f}, {work[-1]:.0f}",
            f"{self.heaps_mb[0]:.0f}, {self.heaps_mb[-1]:.0f}",
            f"{self.sent:.0f}",
        ]


HEADS = ["page", "all states s", "main thread CPU ms/s", "tasks over 50 ms CPU, longest", "frames/s"]
HEADS += ["letter shown ms: median, worst", "empty frame ms: median, worst", "letter's CPU ms: median, worst"]
HEADS += ["heap MB: first, last", "changes/s"]


def measure(name: str, checkout: Path, place: Place, browser: Browser, arguments: argparse.Namespace) -> Bout:
    """Opens the page of a checkout, logs in, and looks on while the fleet moves."""
    with served(checkout, place) as url, working("driving", [str(arguments.trackers)], env_of(place)) as drive:
        drive.ask(action="everyone")
        page = browser.new_page(viewport=WIDE, reduced_motion="no-preference")
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(STUB)
        page.goto(f"{url}/#map={arguments.view}" if arguments.view else url)
        ready_s = log_in(page, arguments.trackers, HAVE_SOME if arguments.view else HAVE_ALL)
        bout = watch(name, page, drive, ready_s, arguments)
        page.close()
        return bout


def log_in(page: Page, trackers: int, is_ready: str) -> float:
    """Seconds from the login until the page has all states, or the first of a large fleet."""
    page.fill("input[name=login]", LOGIN)
    page.fill("input[name=password]", PASSWORD)
    start = time.monotonic()
    page.press("input[name=password]", "Enter")
    page.wait_for_function(is_ready, arg=trackers, polling=100)
    return time.monotonic() - start


def watch(name: str, page: Page, drive: Worker, ready_s: float, arguments: argparse.Namespace) -> Bout:
    """Looks on while the fleet moves, then types into the search."""
    browser = page.context.browser
    assert browser is not None
    devtools = page.context.new_cdp_session(page)
    # Not the time that went by: other things have this machine, too.
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    seconds = arguments.seconds
    moving = {"action": "drive", "seconds": SETTLE_S + seconds + 8, "per_s": arguments.rate}
    told: dict[str, Any] = {}
    driving = threading.Thread(target=lambda: told.update(drive.ask(**moving)))
    began = time.monotonic()
    driving.start()
    page.wait_for_timeout(SETTLE_S * 1000)
    heaps = [heap_mb(page, devtools)]
    traced_s = min(seconds, TRACED_S)
    page.evaluate("() => { window.frames_ = 0; }")
    browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    first, start = metrics(devtools), time.monotonic()
    page.wait_for_timeout(traced_s * 1000)
    last, looked_s = metrics(devtools), time.monotonic() - start
    tasks = tasks_of(json.loads(browser.stop_tracing()))
    frames = page.evaluate("() => window.frames_")
    while (left_s := start + seconds - time.monotonic()) > TRACED_S / 2:
        page.wait_for_timeout(min(left_s, TRACED_S) * 1000)
        heaps.append(heap_mb(page, devtools))
    page.evaluate(UNDRAWN)
    empty = [type_letter(page, devtools, "") for _ in TYPED]
    letters = [type_letter(page, devtools, TYPED[:length]) for length in range(1, len(TYPED) + 1)]
    heaps.append(heap_mb(page, devtools))
    driving.join()
    return Bout(
        name=name,
        ready_s=ready_s,
        thread_ms=1000 * (last["TaskDuration"] - first["TaskDuration"]) / looked_s,
        tasks_ms=tasks,
        frames=frames / looked_s,
        letters_ms=letters,
        empty_ms=empty,
        heaps_mb=heaps,
        sent=told["sent"] / (time.monotonic() - began),
    )


def heap_mb(page: Page, devtools: CDPSession) -> float:
    """What is in use after a garbage collection."""
    page.evaluate("() => gc()")
    return metrics(devtools)["JSHeapUsedSize"] / 1e6


def type_letter(page: Page, devtools: CDPSession, text: str) -> tuple[float, float]:
    before = metrics(devtools)["TaskDuration"]
    shown_ms: float = page.evaluate(TYPE, text)
    return shown_ms, 1000 * (metrics(devtools)["TaskDuration"] - before)


def tasks_of(trace: dict[str, Any]) -> list[float]:
    """The CPU milliseconds of each task of the page's main thread."""
    events = trace["traceEvents"]
    names = {(one["pid"], one["tid"]): one["args"]["name"] for one in events if one["name"] == "thread_name"}
    tasks = [one for one in events if one["name"] == TASK and names.get((one["pid"], one["tid"])) == "CrRendererMain"]
    used: dict[int, float] = {}
    for task in tasks:
        used[task["pid"]] = used.get(task["pid"], 0) + task.get("tdur", 0)
    page = max(used, key=lambda pid: used[pid], default=None)
    return [task.get("tdur", 0) / 1000 for task in tasks if task["pid"] == page]


def metrics(devtools: CDPSession) -> dict[str, float]:
    return {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}


def env_of(place: Place) -> dict[str, str]:
    return product_env(place.folder, place.redis_url)


@contextmanager
def served(checkout: Path, place: Place) -> Iterator[str]:
    """The address of a server of that checkout, with its own files of the page."""
    env = env_of(place)
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity=0"]
    subprocess.run(collect, cwd=checkout, env={**os.environ, **env}, check=True)
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        stack.enter_context(
            running(daphne("config.asgi:application", listener), env, listener=listener, folder=checkout)
        )
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="another checkout of the product to measure first")
    parser.add_argument("--trackers", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=1_000, help="changes per second")
    parser.add_argument("--view", default="", help="where the map is; all states are not waited for then")
    parser.add_argument("--seconds", type=float, default=15, help="for how long each page is looked at")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    checkouts = {"before": arguments.before} if arguments.before else {}
    checkouts["this page"] = ROOT
    with prepared(arguments.trackers) as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        bouts = [measure(name, folder, place, browser, arguments) for name, folder in checkouts.items()]
        browser.close()
    print(f"{arguments.trackers} vehicles, {arguments.rate:g} changes/s, {arguments.seconds:g} s each; {machine()}")
    print(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}\n")
    print_table(HEADS, (bout.cells() for bout in bouts))
    if arguments.seconds > TRACED_S:
        for bout in bouts:
            print(f"heap MB by the minute, {bout.name}: {', '.join(f'{heap:.1f}' for heap in bout.heaps_mb)}")


if __name__ == "__main__":
    main()
