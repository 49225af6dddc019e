"""schemathesis calls everything that the OpenAPI document names, with what it allows and with what it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import call
from tests.end_to_end.servers import ROOT, Daphne
from tests.people import PASSWORD
from trackers.models import Tracker

# A change of the calls deserves ten minutes (CONTRIBUTING.md); without a time each operation is called once or twice.
SECONDS = int(os.environ.get("FUZZ_SECONDS", "0"))
EXTENT = (
    ["--max-time", str(SECONDS), "--phases", "coverage,fuzzing"]
    if SECONDS
    else ["--max-examples", "1", "--phases", "fuzzing"]
)
PATIENCE_S = SECONDS + 900
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SHOWN_CHARACTERS = 6000
SESSIONS = 1000
PANEL_SESSIONS = 5
# More than can succeed without a good hash.
LEAST_SUCCESSES = 15

Register = Callable[..., Tracker]


# It takes minutes of both processors: a test that waits to be alone would wait for its end, and all others behind that.
@pytest.mark.calm
def test_nothing_is_answered_that_is_not_described(serve: Start, register: Register, tmp_path: Path) -> None:
    server = serve()
    # Small ids are guessed: they are those of people on whom nothing depends.
    strangers = [new_user(f"stranger-{number}") for number in range(20)]
    owner = new_user("owner")
    sub_users = [new_user(f"sub-user-{number}", master=owner) for number in range(40)]
    trackers = [register(owner).pk for _ in range(120)]
    prepared = {
        "spared": [owner.pk],
        "strangers": [user.pk for user in strangers],
        "sub_users": [user.pk for user in sub_users[:5]],
        "doomed_sub_users": [user.pk for user in sub_users[5:]],
        "trackers": trackers[:20],
        "doomed_trackers": trackers[20:],
        "sessions": [create_session(owner) for _ in range(SESSIONS)],
        "panel_sessions": panel_hashes(server),
    }
    run, successes = run_schemathesis(server, prepared, tmp_path)
    assert run.returncode == 0, "\n".join(line[:300] for line in run.stdout.splitlines())[-SHOWN_CHARACTERS:]
    assert len(successes) >= LEAST_SUCCESSES


def new_user(name: str, **fields: Any) -> User:
    return User.objects.create_user(f"{name}@fleet.example", PASSWORD, **fields)


def panel_hashes(server: Daphne) -> list[str]:
    """Hashes of somebody who runs the panel."""
    User.objects.create_superuser("staff@fleet.example", PASSWORD)
    login = {"login": "staff@fleet.example", "password": PASSWORD}
    return [call(server, "panel/account/auth", **login)["hash"] for _ in range(PANEL_SESSIONS)]


def run_schemathesis(
    server: Daphne, prepared: dict[str, Any], directory: Path
) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """The run, and the operations that succeeded at least once."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/docs/openapi.json", "--url", server.url]
    command += ["--checks", CHECKS, "--seed", "1", "--continue-on-failure", "--no-color"]
    command += [*EXTENT, "--warnings", "off", "--generation-database", "none"]
    (directory / "prepared.json").write_text(json.dumps(prepared))
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.end_to_end.fuzzing",
        "FUZZING": str(directory),
        "PYTHONPATH": str(ROOT),
    }
    run = subprocess.run(command, env=environment, cwd=directory, capture_output=True, text=True, timeout=PATIENCE_S)
    return run, {line[4:] for line in (directory / "seen").read_text().splitlines() if line.startswith("200 ")}
