"""Clients that programs write of the description: they import or compile, log in and read the fleet."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from tests.end_to_end.servers import ROOT, Daphne
from tests.people import PASSWORD
from trackers.models import Tracker

PACKAGES = ROOT / "events" / "frontend" / "node_modules"
# A machine without node has the one that comes as a Python package.
NODE = shutil.which("node", path=f"{os.environ.get('PATH', '')}{os.pathsep}{Path(sys.executable).parent}")
PATIENCE_S = 240

USE_PYTHON = """
import importlib, json, pkgutil, sys
import fleetsphere_client
from fleetsphere_client import AuthenticatedClient, Client
from fleetsphere_client.api.tracker import tracker_get_states, tracker_list
from fleetsphere_client.api.user import user_auth
from fleetsphere_client.models import TrackerGetStatesRequest, TrackerListRequest, UserAuthRequest

url, login, password = sys.argv[1:]
for module in pkgutil.walk_packages(fleetsphere_client.__path__, "fleetsphere_client."):
    importlib.import_module(module.name)
wrong = user_auth.sync(client=Client(url), body=UserAuthRequest(login=login, password="wrong"))
session = user_auth.sync(client=Client(url), body=UserAuthRequest(login=login, password=password))
client = AuthenticatedClient(url, token=session.hash_, prefix="NVX")
found = tracker_list.sync(client=client, body=TrackerListRequest()).list_
states = tracker_get_states.sync(client=client, body=TrackerGetStatesRequest(trackers=[one.id for one in found]))
print(json.dumps([wrong.status.code, [one.label for one in found], states.success]))
"""
USE_TYPESCRIPT = """
import createClient from "openapi-fetch";
import type { components, paths } from "./client";

declare const process: { argv: string[] };
const [baseUrl, login, password] = process.argv.slice(2);

async function main(): Promise<void> {
  const stranger = createClient<paths>({ baseUrl });
  const wrong = await stranger.POST("/user/auth", { body: { login, password: "wrong" } });
  const session = await stranger.POST("/user/auth", { body: { login, password } });
  const hash: string = session.data!.hash;
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `NVX ${hash}` } });
  const found: components["schemas"]["Tracker"][] = (await client.POST("/tracker/list", { body: {} })).data!.list;
  const trackers = found.map(({ id }) => id);
  const states = await client.POST("/tracker/get_states", { body: { trackers } });
  console.log(JSON.stringify([wrong.error!.status.code, found.map(({ label }) => label), states.data!.success]));
}
main();
"""


@pytest.fixture
def description(server: Daphne, tmp_path: Path) -> Path:
    """The document for generators, as it is served."""
    path = tmp_path / "openapi.json"
    path.write_bytes(httpx.get(f"{server.url}/docs/openapi-3.0.json", timeout=PATIENCE_S).content)
    return path


@pytest.fixture
def expected(alice: User, register: Callable[..., Tracker]) -> list[object]:
    """What a client is to print: the code of a wrong login, the labels of the fleet, whether there are states."""
    return [102, sorted([register(alice).label, register(alice).label]), True]


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def printed(output: str) -> list[object]:
    code, labels, success = json.loads(output)
    return [code, sorted(labels), success]


def test_a_generated_python_client_reads_the_fleet(
    server: Daphne, description: Path, alice: User, expected: list[object]
) -> None:
    folder = description.parent
    (folder / "config.yml").write_text("post_hooks: []\n")
    options = ["--path", description, "--meta", "none", "--config", "config.yml", "--fail-on-warning"]
    options += ["--output-path", folder / "fleetsphere_client"]
    run(sys.executable, "-m", "openapi_python_client", "generate", *options, folder=folder)
    script = folder / "use.py"
    script.write_text(USE_PYTHON)
    assert printed(run(sys.executable, script, server.url, alice.login, PASSWORD, folder=folder)) == expected


@pytest.mark.skipif(NODE is None, reason="there is no node")
@pytest.mark.skipif(not (PACKAGES / "openapi-typescript").is_dir(), reason="the packages of the page's tests lack")
def test_a_generated_typescript_client_compiles_and_reads_the_fleet(
    server: Daphne, description: Path, alice: User, expected: list[object]
) -> None:
    folder = description.parent
    (folder / "node_modules").symlink_to(PACKAGES)
    (folder / "package.json").write_text('{"type": "module"}')
    generator, compiler = PACKAGES / "openapi-typescript" / "bin" / "cli.js", PACKAGES / "typescript" / "bin" / "tsc"
    run(str(NODE), generator, description, "--output", folder / "client.ts", folder=folder)
    script = folder / "use.ts"
    script.write_text(USE_TYPESCRIPT)
    target = ["--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"]
    run(str(NODE), compiler, *target, "--lib", "es2022,dom", script, folder=folder)
    use = folder / "use.js"
    assert printed(run(str(NODE), use, server.url, alice.login, PASSWORD, folder=folder)) == expected
