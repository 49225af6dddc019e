"""The examples in README.md, as they stand there, against what `make run` starts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.end_to_end.browser import needs_chromium, open_browser, show_page
from tests.end_to_end.servers import ROOT, wait_until
from tests.end_to_end.test_make_run import START_TIMEOUT_S, is_written, running
from tests.patience import PATIENCE_S
from tests.ports import free_port

WHAT_MAKE_RUN_SAYS = ("http://127.0.0.1:8000", "ws://127.0.0.1:8000", "printed by make run")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What `make run` tells of a fleet of three that nobody drives."""
    data_dir = tmp_path_factory.mktemp("readme") / "data"
    with running(data_dir, PORT=str(free_port()), TRACKERS="3", SIMULATE="0") as process:
        wait_until(lambda: is_written(data_dir / "demo.json", process), "demo.json", START_TIMEOUT_S)
        yield json.loads((data_dir / "demo.json").read_text())


def snippet(language: str, containing: str, demo: dict[str, str]) -> str:
    """The example in that language, with the port and the password of this run."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    (text,) = [block for block in blocks if containing in block]
    values = (demo["url"], demo["url"].replace("http", "ws"), demo["password"])
    for written, value in zip(WHAT_MAKE_RUN_SAYS, values, strict=True):
        text = text.replace(written, value)
    return text


def test_python_example_prints_the_state_of_each_tracker(demo: dict[str, str]) -> None:
    command = [sys.executable, "-u", "-c", snippet("python", "connect(", demo)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(4)]
        process.kill()
    assert "'success': True" in printed[0], printed
    assert all("'event': 'state'" in line for line in printed[1:]), printed


@pytest.mark.browser
@needs_chromium
def test_javascript_example_logs_the_state_of_each_tracker(demo: dict[str, str]) -> None:
    names = '{"imports": {"atmosphere.js": "/atmosphere.js"}}'
    script = snippet("js", "atmosphere.subscribe", demo)
    page_text = f'<!doctype html><script type="importmap">{names}</script><script type="module">{script}</script>'
    logged: list[str] = []
    with open_browser() as browser:
        page = browser.new_page()
        page.on("console", lambda line: logged.append(json.dumps(line.args[0].json_value())))
        page.on("pageerror", lambda error: logged.append(str(error)))
        show_page(page, demo["url"], page_text, {"atmosphere.js": "atmosphere.js/dist/index.js"})
        wait_until(lambda: (page.wait_for_timeout(50), len(logged) >= 4)[1], f"four messages: {logged}")
    assert '"success": true' in logged[0], logged
    assert all('"event": "state"' in line for line in logged[1:4]), logged


def test_report_example_is_taken_and_shown(demo: dict[str, str]) -> None:
    (address,) = re.findall(r'"(http[^"]+)"', snippet("sh", "curl", demo))
    assert httpx.get(address, timeout=PATIENCE_S).status_code == 200
    login = {"login": demo["login"], "password": demo["password"]}
    credential = httpx.post(f"{demo['url']}/user/auth", json=login, timeout=PATIENCE_S).json()["hash"]
    query = {"hash": credential, "tracker_id": demo["trackers"][0]["tracker_id"]}
    state = httpx.post(f"{demo['url']}/tracker/get_state", json=query, timeout=PATIENCE_S).json()["state"]
    assert (state["gps"]["location"]["lat"], state["battery_level"]) == (47.498, 80)
